#!/bin/bash
# Outputs that cannot be written: full disks, limits, protected folders, names that are something
# else. Each time one sentence with the path and the reason, the right exit code, everything as it
# was, and no temporary file.
# Functions are called by name, and complaining never fails.
# shellcheck disable=SC2015,SC2317
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C
air=$root/datasets/air_passengers.csv
mkdir "$work/in" "$work/jail" "$work/else"
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
    rm -f "$work"/else/*
    case $1 in
    safetensors) $as "$bin/rimer-train" "$in/air.csv" -o "$2" --epochs 1 -H 12 -q --force ;;
    log) $as "$bin/rimer-train" "$in/air.csv" -o "$work/else/logged.safetensors" --log "$2" --epochs 1 -H 12 \
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
only='' kinds=''
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
only=${endings/log/} each 1 limit/ 'File too large' 'a file-size limit' limit
as=

if mkdir "$work/full" && mount -t tmpfs -o size=48k tmpfs "$work/full" 2>"$work/err"; then
    trap 'umount "$work/full"; rm -rf "$work"' EXIT
    old_files "$work/full"
    head -c 1M /dev/zero >"$work/full/rest" 2>"$work/err"
    also=$work/full
    only=${endings/log/} each 1 "$work/full/" 'No space left on device' 'a full disk' "$work/full"
    also=
else
    echo "skip - a full disk: $(head -n 1 "$work/err")"
fi

# A device takes what is written, and stays a device.
for ending in $endings; do ln -s /dev/full "full.$ending"; done
for ending in $endings; do
    case $ending in script | log | h5) continue ;; esac
    fails 1 "full.$ending" 'No space left on device' "a full device: $ending" write "$ending" "full.$ending"
done

before=$(state_of .)
write log full.log 2>"$work/err"
same "$? $(head -n 1 "$work/err")" '1 rimer-train: full.log: cannot be written: No space left on device' \
    'a log on a full device ends the training'
same "$(state_of .)" "$before" 'and nothing else changes'

# ------------------------------------------------------------------ names that are something else
mkdir folders
for ending in $endings; do
    mkdir "folders/old.$ending"
    ln -s nowhere/at-all "folders/new.$ending"
done
kinds=old each 1 folders/old.ENDING 'is a folder' 'a folder of that name' folders
kinds=new each 1 folders/new.ENDING 'leads nowhere' 'a link that leads nowhere' folders
each 1 nowhere/ 'there is no folder' 'no such folder' nowhere
each 1 in/air.csv/ 'there is no folder' 'a file for a folder' "$in/air.csv"
long=$(printf '%0300d' 0)
kinds=$long each 1 "$long" 'File name too long' 'a long name' .

# ------------------------------------------------------------------ protected folders
mkdir protected protected/only
old_files protected
old_files protected/only
if [ "$(id -u)" != 0 ]; then
    chmod -R a-w protected
elif [ -z "${RIMER_COVERAGE:-}" ] && command -v setpriv >/dev/null; then
    # Root may write anything, so somebody else tries, who could not write what ran there.
    cp -r "$bin" "$work/bin"
    chmod a+rx "$work" "$in" "$work/jail"
    chmod a+rwx "$work/else"
    chmod -R a+rX "$work/bin" "$in"
    chmod a+w protected/* # but not the folder
    somebody() {
        local program=$work/bin/${1##*/}
        shift
        setpriv --reuid 65534 --regid 65534 --clear-groups "$program" "$@"
    }
    as=somebody
fi
if [ "$(id -u)" != 0 ] || { [ "$as" ] && somebody rimer-info --version >/dev/null; }; then
    chmod a-w protected/old.*
    kinds=old each 1 protected/old.ENDING 'Permission denied' 'a protected file' protected
    kinds=new each 1 protected/new.ENDING 'Permission denied' 'a protected folder' protected
else
    echo 'skip - protected folders: root may write them, and nobody else can try'
fi
as=
chmod -R u+w protected

# ------------------------------------------------------------------ rights of what is replaced
mkdir rights
for ending in $endings; do
    [ "$ending" = script ] && continue
    rm -f "$work"/else/*
    write "$ending" "rights/private.$ending" 2>"$work/err" && chmod 600 "rights/private.$ending" &&
        write "$ending" "rights/private.$ending" 2>"$work/err"
    same "$? $(stat -c %a "rights/private.$ending")" '0 600' "a private file that is replaced stays private: $ending"
done

# ------------------------------------------------------------------ outputs that are inputs
cp "$in/air.csv" air.csv
cp "$in/m.safetensors" m.safetensors
cp "$in/next.csv" next.png
ln -s air.csv link.csv
ln air.csv hard.csv
mkdir there
over='over its input'
for name in air.csv ./air.csv there/../air.csv "$PWD/air.csv" link.csv hard.csv; do
    fails 2 "$name" "$over" "data and model: $name" "$bin/rimer-train" air.csv -o "$name" -q
    fails 2 "$name" "$over" "data and log: $name" "$bin/rimer-train" air.csv --log "$name" -q
    fails 2 "$name" "$over" "data and forecast: $name" "$bin/rimer-forecast" -m m.safetensors air.csv -o "$name"
    fails 2 "$name" "$over" "input and output: $name" "$bin/rimer-convert" air.csv "$name"
done
for name in m.safetensors there/../m.safetensors; do
    fails 2 "$name" "$over" "model and forecast: $name" "$bin/rimer-forecast" -m m.safetensors air.csv -o "$name"
done
fails 4 air.csv '' 'data for a model' "$bin/rimer-forecast" -m air.csv air.csv -o next.csv
fails 2 next.png "$over" 'forecast and picture' "$bin/rimer-plot" next.png -o ./next.png
fails 2 next.png "$over" 'truth and picture' "$bin/rimer-plot" "$in/next.csv" -t next.png -o there/../next.png
for name in new.safetensors ./new.safetensors there/../new.safetensors "$PWD/new.safetensors" \
    new.train.safetensors ./new.train.safetensors; do
    fails 2 "$name" 'and the log' "model or state, and log: $name" \
        "$bin/rimer-train" air.csv -o new.safetensors --log "$name" -q
done

# ------------------------------------------------------------------ standard streams
full=('No space left on device' 'Bad file descriptor')
says() { # says NAME COMMAND...: on a full device, and on nothing at all
    local name=$1 i got before
    shift
    before=$(state_of . "$in")
    for i in 0 1; do
        if [ $i = 0 ]; then "$@" >/dev/full 2>"$work/err" </dev/null; else "$@" >&- 2>"$work/err" </dev/null; fi
        got=$?
        if [ "$got $(wc -l <"$work/err")" = '1 1' ] && [ "$(state_of . "$in")" = "$before" ] &&
            grep -qF "standard output: cannot be written: ${full[i]}" "$work/err"; then
            report 0 "standard output, ${full[i]}: $name"
        else
            report 1 "standard output, ${full[i]}: $name"
            echo "    exit $got: $(head -n 3 "$work/err")"
        fi
    done
}
for program in "$bin"/rimer-*; do
    for option in --help --version '--help-format man' '--help-format bash'; do
        # shellcheck disable=SC2086
        says "${program##*/} $option" "$program" $option
    done
done
says 'rimer-train --print-config' "$bin/rimer-train" air.csv --print-config
echo '{"layers": [0]}' >space.json
search=("$bin/rimer-search" air.csv --space space.json -H 12 --epochs 1 -q)
"${search[@]}" >"$work/out"
report $? 'a search for the cases below'
says rimer-search "${search[@]}" --resume
for name in --results -o; do
    "${search[@]}" --force "$name" full.csv 2>"$work/err" >"$work/out"
    same "$? $(cat "$work/err")" '1 rimer-search: full.csv: cannot be written: No space left on device' \
        "rimer-search $name on a full device"
done
says rimer-forecast "$bin/rimer-forecast" -m m.safetensors air.csv
says rimer-convert "$bin/rimer-convert" -q air.csv -
says 'rimer-convert, gz' "$bin/rimer-convert" -q air.csv - --format gz
says rimer-plot "$bin/rimer-plot" "$in/next.csv"
says 'rimer-plot --script' "$bin/rimer-plot" "$in/next.csv" --script
[ "$gnuplot" ] && says 'rimer-plot -o -' "$bin/rimer-plot" "$in/next.csv" -o -
says rimer-info "$bin/rimer-info" air.csv
says 'rimer-info of a model' "$bin/rimer-info" m.safetensors
says 'rimer-info --json' "$bin/rimer-info" air.csv m.safetensors --json
says rimer-evaluate "$bin/rimer-evaluate" -b repeat air.csv
says 'rimer-evaluate --json' "$bin/rimer-evaluate" -b repeat air.csv --json

# A name says what is in a file.
"$bin/rimer-forecast" -m "$in/m.safetensors" "$in/air.csv" -H 100 -o there/next.csv.GZ &&
    gzip -dc there/next.csv.GZ | cmp - "$in/next.csv"
report $? 'a forecast called .gz is gzipped'
"$bin/rimer-forecast" -m "$in/m.safetensors" "$in/air.csv" -o there/next.h5 2>"$work/err"
same "$? $(grep -c 'rimer-convert makes HDF5' "$work/err") $(ls there/next.h5 2>/dev/null)" '2 1 ' \
    'one called .h5 is refused'

# Without standard error there is nobody to tell, and no file takes its number.
"$bin/rimer-train" air.csv -o there/a.safetensors --epochs 1 -H 12 2>"$work/err" &&
    "$bin/rimer-train" air.csv -o there/b.safetensors --epochs 1 -H 12 >&- 2>&- <&- &&
    cmp there/a.safetensors there/b.safetensors
report $? 'a model trained without standard streams is the same'
"$bin/rimer-train" air.csv -o there/a.safetensors --force --log there/log.csv --epochs 1 -H 12 2>&-
same "$? $(grep -cv '^[0-9e][^ ]*$' there/log.csv) $(wc -l <there/log.csv)" '0 0 3' \
    'what is said to nobody does not end up in the log'
"$bin/rimer-convert" air.csv there/c.csv >&- 2>&- && cmp air.csv there/c.csv
report $? 'so is a table'
"$bin/rimer-info" - <&- >"$work/out" 2>"$work/err"
same "$? $(wc -l <"$work/err") $(wc -c <"$work/out")" '1 1 0' 'data from a standard input that is closed'
find . "$in" -name '*tmp*' >"$work/out"
same "$(cat "$work/out")" '' 'no temporary file is left'
finish
