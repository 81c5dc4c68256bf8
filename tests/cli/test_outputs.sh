#!/bin/bash
# Outputs that cannot be written: full disks, limits, protected folders, names that are something
# else. Each time one sentence with the path and the reason, the right exit code, everything as it
# was, and no temporary file.
# shellcheck disable=SC2015
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C
air=$root/datasets/air_passengers.csv
mkdir "$work/in" "$work/jail"
cp "$air" "$work/in/air.csv"
cp "$root/datasets/uk_demand.csv" "$work/in/uk.csv"
cd "$work/jail" || exit 1
in=$work/in
"$bin/rimer-train" "$in/air.csv" -o "$in/m.safetensors" --epochs 0 -H 12 -q &&
    "$bin/rimer-forecast" -m "$in/m.safetensors" "$in/air.csv" -H 100 -o "$in/next.csv"
report $? 'a model and a forecast for the cases below'
gnuplot=1
command -v gnuplot >/dev/null || gnuplot=
hdf5=1
"$bin/rimer-convert" -q "$in/air.csv" "$in/air.h5" 2>/dev/null || hdf5=
[ "$gnuplot" ] || echo 'skip - pictures: gnuplot is not here'
[ "$hdf5" ] || echo 'skip - HDF5: its library is not here'

# Every program that writes a file, by the ending of the file: write ENDING PATH
endings="safetensors log csv gz script ${hdf5:+h5} ${gnuplot:+png svg pdf}"
write() {
    case $1 in
    safetensors) $as "$bin/rimer-train" "$in/air.csv" -o "$2" --epochs 1 -H 12 -q --force ;;
    log) $as "$bin/rimer-train" "$in/air.csv" -o "${2%/*}/logged.safetensors" --log "$2" --epochs 1 -H 12 \
        -q --force ;;
    csv) $as "$bin/rimer-forecast" -m "$in/m.safetensors" "$in/air.csv" -H 2000 -o "$2" ;;
    gz | h5) $as "$bin/rimer-convert" -q "$in/uk.csv" "$2" ;;
    png | svg | pdf) $as "$bin/rimer-plot" "$in/next.csv" -t "$in/air.csv" -o "$2" ;;
    esac
}
as= # a command to run it by

state_of() { # names, kinds, links, bytes
    find "$@" -printf '%p %y %l\n' | sort
    find "$@" -type f -exec cksum {} +
}

# fails CODE PATH REASON NAME COMMAND...: the sentence has both words
fails() {
    local code=$1 path=$2 reason=$3 name=$4 got before
    shift 4
    before=$(state_of . "$in" ${also:+"$also"})
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    if [ "$got" != "$code" ] || [ "$(wc -l <"$work/err")" != 1 ] || [ -s "$work/out" ] ||
        ! grep -qF -e "$path" "$work/err" || ! grep -qF -e "$reason" "$work/err"; then
        report 1 "$name"
        echo "    exit $got, want $code, \"$path\", \"$reason\": $(head -n 3 "$work/err" "$work/out")"
    elif [ "$(state_of . "$in" ${also:+"$also"})" != "$before" ]; then
        report 1 "$name: something changed"
        diff <(echo "$before") <(state_of . "$in" ${also:+"$also"})
    else
        report 0 "$name"
    fi
}
also=

# each CODE PATH REASON NAME FOLDER: all that writes, into files that are there and that are not
each() {
    local ending kind
    for ending in ${only:-$endings}; do
        [ "$ending" = script ] && continue
        for kind in ${kinds:-old new}; do
            fails "$1" "${2//ENDING/$ending}" "$3" "$4: $ending, $kind" write "$ending" "$5/$kind.$ending"
        done
    done
}
only= kinds=
old_files() { # old_files FOLDER: what is there must survive
    for ending in $endings; do echo "what was there" >"$1/old.$ending"; done
    echo 'epoch,step,loss,lr,val_mse,val_mae,seconds' >"$1/old.log"
}

# ------------------------------------------------------------------ limits and full disks
mkdir limit
old_files limit
limited() {
    (ulimit -f 8 && "$@")
}
as=limited
for ending in $endings; do
    case $ending in script | log) continue ;; esac
    only=$ending each 1 limit/ 'File too large' 'a file-size limit' limit
done
