#!/bin/sh
# Downloads public data sets from their public homes and checks every byte of them.
set -eu

# name in this folder | sha256 of the uncompressed content | address
table() {
    cat <<'END'
ETTh1.csv|f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066|https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTh1.csv
ETTh2.csv|a3dc2c597b9218c7ce1cd55eb77b283fd459a1d09d753063f944967dd6b9218b|https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTh2.csv
ETTm1.csv.gz|6ce1759b1a18e3328421d5d75fadcb316c449fcd7cec32820c8dafda71986c9e|https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTm1.csv
ETTm2.csv.gz|db973ca252c6410a30d0469b13d696cf919648d0f3fd588c60f03fdbdbadd1fd|https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTm2.csv
weather.csv.gz|34ee981d07313e51da2a50bb600072c8ae4a69cb4b0651f4cb93a069d7a2ba63|https://huggingface.co/datasets/thuml/Time-Series-Library/resolve/main/weather/weather.csv
exchange_rate.csv|d55e7aa2641009814a18ba3279431b13f6d413b0eab195b9ff21988d8cf94e97|https://raw.githubusercontent.com/junwoopark92/Self-Supervised-Contrastive-Forecsating/HEAD/dataset/exchange_rate/exchange_rate.csv
nyc_taxi.csv|d8fa6f7f0734bf5c8be12c52a94e20a82664c397d9dec4449156bd453d32856d|https://raw.githubusercontent.com/numenta/NAB/HEAD/data/realKnownCause/nyc_taxi.csv
END
}

usage() {
    cat <<'END'
Usage: datasets/fetch.sh [--to FOLDER] [NAME...]

  datasets/fetch.sh                     fetch everything that is not there yet
  datasets/fetch.sh ETTh1.csv           fetch one file

  --to FOLDER  where to put the files (default: the folder of this script)
  --list       names and addresses
  --help       this text

A file with a wrong sha256 is refused; nothing half done is left behind. Names that end in .gz
are compressed after the check; the programs read them as they are. RIMER_FETCH_BASE replaces
the addresses by BASE/file, for a mirror or a folder (file:///srv/data). Needs curl or wget.
END
}

fail() {
    echo "fetch.sh: $1" >&2
    exit "${2:-1}"
}

content_sum() {
    case $1 in
    *.gz) gzip -dc "$1" ;;
    *) cat "$1" ;;
    esac | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1
}

download() { # address file
    case $1 in
    file://*) cp "${1#file://}" "$2" ;;
    *)
        if command -v curl >/dev/null; then
            curl --fail --silent --show-error --location --output "$2" "$1"
        elif command -v wget >/dev/null; then
            wget --quiet --output-document="$2" "$1"
        else
            fail 'neither curl nor wget is here; install one of them'
        fi
        ;;
    esac
}

fetch() { # name sum address
    if [ -f "$folder/$1" ] && [ "$(content_sum "$folder/$1" 2>/dev/null)" = "$2" ]; then
        echo "$1 is there"
        return
    fi
    address=$3
    [ -z "${RIMER_FETCH_BASE:-}" ] || address=${RIMER_FETCH_BASE%/}/${3##*/}
    download "$address" "$aside" || fail "$1: cannot be fetched from $address"
    sum=$(content_sum "$aside")
    [ "$sum" = "$2" ] ||
        fail "$1: refused, for its sha256 is $sum where $2 is right ($address)"
    case $1 in
    *.gz)
        gzip -9 -n -c "$aside" >"$aside.gz"
        mv "$aside.gz" "$aside"
        ;;
    esac
    mv "$aside" "$folder/$1"
    echo "$1 fetched"
}

folder=$(dirname "$0")
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit
        ;;
    --list)
        table | sed 's/|[^|]*|/ /'
        exit
        ;;
    --to)
        [ $# -gt 1 ] || fail '--to needs a folder' 2
        folder=$2
        shift 2
        ;;
    -*) fail "no such option: $1 (see --help)" 2 ;;
    *) break ;;
    esac
done

for name in "$@"; do
    table | cut -d '|' -f 1 | grep -Fqx -e "$name" || fail "no such data set: $name (see --list)" 2
done
mkdir -p "$folder"
aside=$folder/.fetch.$$
trap 'rm -f "$aside" "$aside.gz"' EXIT
trap 'exit 130' INT TERM HUP

# shellcheck disable=SC2046 # names have no blanks
[ $# -gt 0 ] || set -- $(table | cut -d '|' -f 1)
for name in "$@"; do
    line=$(table | grep -F -e "$name|")
    sum=${line#*|}
    fetch "$name" "${sum%%|*}" "${sum#*|}"
done
