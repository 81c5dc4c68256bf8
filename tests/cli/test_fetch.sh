#!/bin/bash
# datasets/fetch.sh against a folder: what it takes, what it refuses, what it leaves behind.
# shellcheck disable=SC2317 # functions are called by check
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

check() { # name command...
    local name=$1
    shift
    if "$@"; then
        echo "ok - $name"
    else
        echo "not ok - $name"
        sed 's/^/    /' "$work/out" "$work/err" 2>/dev/null
        failed=1
    fi
}

# A copy of the script whose first two lines of the table are two little files of ours.
home=$work/home mirror=$work/mirror
mkdir -p "$home" "$mirror"
printf 'ds,v\n2024-01-01,1\n' >"$mirror/small.csv"
printf 'ds,v\n2024-01-01,2\n' >"$mirror/large.csv"
sum() {
    sha256sum <"$1" | cut -d ' ' -f 1
}
awk -v small="$(sum "$mirror/small.csv")" -v large="$(sum "$mirror/large.csv")" '
    /^ETTh1.csv\|/ {
        print "small.csv|" small "|https://nowhere.invalid/a/small.csv"
        print "large.csv.gz|" large "|https://nowhere.invalid/b/large.csv"
    }
    !/\|https:/' "$root/datasets/fetch.sh" >"$home/fetch.sh"

fetch() { # status arguments...
    local wanted=$1 status=0
    shift
    RIMER_FETCH_BASE=file://$mirror sh "$home/fetch.sh" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$wanted" ]
}
holds() { # file names that the folder must hold, no more and no less
    [ "$(cd "$1" && find . -type f | sed 's|^\./||' | sort | xargs)" = "$2" ]
}
says() {
    grep -Fq -e "$1" "$work/out" "$work/err"
}

check 'help' fetch 0 --help
check 'help shows an example' says 'datasets/fetch.sh ETTh1.csv'
check 'list' fetch 0 --list
check 'list names what there is' says 'large.csv.gz https://nowhere.invalid/b/large.csv'
check 'unknown option' fetch 2 --nix
check 'unknown name' fetch 2 --to "$work/none" small.csv nix.csv
check 'unknown name is named' says 'no such data set: nix.csv'
check 'a part of a name is no name' fetch 2 small
check 'nothing was made' test ! -e "$work/none"

check 'one file' fetch 0 --to "$work/one" small.csv
check 'one file is all' holds "$work/one" small.csv
check 'the bytes are right' cmp -s "$work/one/small.csv" "$mirror/small.csv"

check 'all files' fetch 0 --to "$work/all"
check 'all files are there' holds "$work/all" 'large.csv.gz small.csv'
check 'compressed content is right' \
    test "$(gzip -dc "$work/all/large.csv.gz")" = "$(cat "$mirror/large.csv")"
check 'again' fetch 0 --to "$work/all"
check 'again fetches nothing' says 'large.csv.gz is there'

echo broken >"$work/all/small.csv"
check 'a broken file is replaced' fetch 0 --to "$work/all" small.csv
check 'the replacement is right' cmp -s "$work/all/small.csv" "$mirror/small.csv"

echo old >"$work/one/small.csv"
echo '2024-01-02,9' >>"$mirror/small.csv"
check 'a wrong checksum is refused' fetch 1 --to "$work/one" small.csv
check 'a wrong checksum is named' says 'refused'
check 'a refused file leaves the old one' test "$(cat "$work/one/small.csv")" = old
check 'a refused file leaves nothing else' holds "$work/one" small.csv

rm "$mirror/small.csv"
check 'a missing file fails' fetch 1 --to "$work/gone" small.csv
check 'a missing file leaves nothing' holds "$work/gone" ''

# The real table: a name, 64 hexadecimal digits and an address a line.
sed -n "/<<'END'/,/^END/p" "$root/datasets/fetch.sh" | grep '|' >"$work/table"
well_formed() {
    [ -s "$work/table" ] &&
        ! grep -Evq '^[A-Za-z0-9_]+\.csv(\.gz)?\|[0-9a-f]{64}\|https://[^| ]+\.csv$' "$work/table"
}
check 'the table is well formed' well_formed

data=${RIMER_DATA:-$root/../shared/datasets}
if [ -r "$data/ETTh1.csv" ] && [ -r "$data/weather.csv.gz" ]; then
    cp "$data/ETTh1.csv" "$mirror"
    gzip -dc "$data/weather.csv.gz" >"$mirror/weather.csv"
    cp "$root/datasets/fetch.sh" "$home"
    check 'the real files pass' fetch 0 --to "$work/real" ETTh1.csv weather.csv.gz
    check 'the real files are there' holds "$work/real" 'ETTh1.csv weather.csv.gz'
else
    echo 'skip - the real files pass: ETTh1.csv and weather.csv.gz are not here (RIMER_DATA)'
fi
exit $failed
