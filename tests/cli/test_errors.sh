#!/bin/sh
# Whatever is wrong: one sentence, the right exit code, nothing on standard output, nothing written.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"

air=$root/datasets/air_passengers.csv
cd "$work" || exit 1
"$bin/rimer-train" "$air" -o model.safetensors --epochs 0 -q --log log.csv
report $? 'a fresh model is made for the cases below'

: >empty.csv
printf 'ds,y\n2020-01-01,1\n2020-01-02,two\n2020-01-03,3\n' >text.csv
printf 'ds,y\n2020-01-01,1\n2020-01-03,2\n2020-01-02,3\n' >unsorted.csv
printf 'ds,y\n2020-01-01,1\n2020-01-01,2\n2020-01-02,3\n' >repeated.csv
printf 'ds,y\n2020-01-01,1\n2020-01-02,2\n' >short.csv
printf '{"ptach_len": 3}\n' >key.json
printf '{"lr": 1,\n "lr": 2}\n' >double.json
printf '\n{"lr": \n' >broken.json
printf '{"lr": "fast"}\n' >value.json
head -c 2000 /dev/urandom >garbage.safetensors
printf 'unique_id,ds,Rimer\na,2020-01-01,1\na,2020-01-02\n' >ragged.csv
printf 'unique_id,ds,Rimer\na,2020-01-01,1\na,2020-01-01,1\n' >twice.csv
tail -n 12 "$air" | sed '1i ds,passengers' >forecast.csv
size=$(wc -c <model.safetensors)
for part in 0 1 7 8 9 100 $((size / 2)) $((size - 1)); do
    head -c "$part" model.safetensors >"cut$part.safetensors"
done
mkdir folder folder.png
mkfifo pipe
ln -s /dev/full full.csv
: >protected.csv
chmod a-w protected.csv
cp forecast.csv forecast.png
{ # a model whose every weight is 8e37
    header=$((8 + $(od -A n -t u8 -N 8 model.safetensors)))
    head -c "$header" model.safetensors
    head -c $((size - header)) /dev/zero | tr '\0' '\176'
} >huge.safetensors
{ # a column that ended long ago, one with a gap in every window, one that is mostly gaps
    echo ds,ended,gaps,rare
    for year in $(seq 1700 2019); do
        printf '%s-01-01,%s,%s,%s\n' "$year" "$([ "$year" -lt 1750 ] && echo "$year")" \
            "$([ $((year % 3)) != 0 ] && echo "$year")" \
            "$([ $((year % 3)) = 0 ] && echo "$year")"
    done
} >missing.csv
before=$(ls -lA --time-style=full-iso)

# refused CODE WORDS PROGRAM ARGUMENT...
refused() {
    code=$1 words=$2 program=$3
    name="$1: $(shift 2 && echo "$*" | cut -c 1-70)"
    shift 3
    "$bin/$program" "$@" >out 2>err </dev/null
    got=$?
    lines=$(wc -l <err)
    if [ "$got" = "$code" ] && [ "$lines" = 1 ] && [ ! -s out ] && grep -qF -e "$words" err; then
        report 0 "$name"
    else
        report 1 "$name"
        echo "    exit $got, $lines lines, want \"$words\": $(cat err out | head -n 5)"
    fi
    rm -f out err
}

for each in rimer-train rimer-search rimer-forecast rimer-evaluate rimer-plot rimer-info; do
    refused 2 'did you mean --version?' $each --versoin
    refused 2 'unknown option -Z' $each -Z
    refused 2 'takes no value' $each --help=yes
    refused 2 'needs a' $each
done
refused 2 'did you mean --horizon?' rimer-train --horizn 3 "$air"
refused 2 'option --horizon needs a value' rimer-train "$air" --horizon
refused 2 'option -H needs a value' rimer-train "$air" -H
refused 2 'one argument too many' rimer-train "$air" "$air"
many=$(seq -s, 1 100)
refused 2 'channels: a text of 291 characters is too long; 255 are possible: cut the columns out beforehand' \
    rimer-train "$air" --target "$many"
refused 2 '"many" is not a whole number' rimer-train "$air" --layers many
refused 2 'out of range' rimer-train "$air" --layers 257
refused 2 'did you mean patch_len?' rimer-train "$air" --set ptach_len=3
refused 2 'write key=value' rimer-train "$air" --set patch_len
refused 2 'did you mean patch_len?' rimer-train "$air" -c key.json
refused 2 'double.json:2' rimer-train "$air" -c double.json
refused 2 'broken.json:' rimer-train "$air" -c broken.json
refused 2 'value.json: lr: "fast" is not a number' rimer-train "$air" -c value.json
refused 1 'none.json' rimer-train "$air" -c none.json
refused 2 'did you mean blackgoose?' rimer-train "$air" --preset blackgose
refused 2 'does not divide' rimer-train "$air" --set head_size=48
refused 2 'origin linear' rimer-train "$air" --set loss_tokens=all --set origin=linear
refused 2 'split' rimer-train "$air" --split half
RIMER_LAYERS=none
export RIMER_LAYERS
refused 2 'environment RIMER_LAYERS' rimer-train "$air"
unset RIMER_LAYERS

refused 1 'none.csv' rimer-train none.csv -o new.safetensors
refused 1 'none.csv' rimer-forecast -m model.safetensors none.csv
refused 1 'none.csv' rimer-evaluate --baseline repeat none.csv
refused 1 'none.csv' rimer-info none.csv
refused 1 'none.csv' rimer-plot none.csv
refused 3 'empty.csv' rimer-train empty.csv -o new.safetensors
refused 3 'empty.csv' rimer-info empty.csv
refused 3 'text.csv:3' rimer-train text.csv -o new.safetensors
refused 3 '"two"' rimer-info text.csv
refused 3 'unsorted.csv:4' rimer-train unsorted.csv -o new.safetensors
refused 3 'repeated.csv:3' rimer-train repeated.csv -o new.safetensors
refused 3 'short' rimer-train short.csv -o new.safetensors
refused 3 'leaves none of 144 steps to train on; take' rimer-evaluate -b repeat "$air" --split 0/0/1
refused 3 'missing.csv: column "ended": not one of' rimer-forecast -m model.safetensors missing.csv
refused 3 'or train with origin=last' rimer-train missing.csv --channels rare --set origin=linear -q -o new.safetensors
refused 2 'nowhere' rimer-train "$air" --time-col nowhere -o new.safetensors
refused 2 'nothing' rimer-train "$air" --channels nothing -o new.safetensors

for part in 0 1 7 8 9 100 $((size / 2)) $((size - 1)); do
    refused 4 "cut$part.safetensors" rimer-forecast -m "cut$part.safetensors" "$air"
done
refused 4 'garbage.safetensors' rimer-evaluate -m garbage.safetensors "$air"
refused 4 'garbage.safetensors' rimer-info garbage.safetensors
refused 4 'air_passengers.csv' rimer-forecast -m "$air" "$air"
refused 1 'column "passengers": step 1 of the forecast is not a number' \
    rimer-forecast -m huge.safetensors "$air"
refused 1 'none.safetensors' rimer-forecast -m none.safetensors "$air"

refused 1 'is a folder' rimer-train "$air" -o folder
refused 1 'there is no folder' rimer-train "$air" -o nowhere/new.safetensors
refused 1 'full.csv: cannot be written' rimer-forecast -m model.safetensors "$air" -o full.csv
if [ "$(id -u)" = 0 ]; then
    echo 'skip - write-protected files: root may write them'
else
    refused 1 'is protected' rimer-forecast -m model.safetensors "$air" -o protected.csv
fi
refused 2 'over its input' rimer-plot forecast.png -o forecast.png
refused 2 'over its input' rimer-plot forecast.csv --truth forecast.png -o forecast.png
refused 2 'over its input' rimer-train text.csv -o text.csv
refused 2 'over its input' rimer-train text.csv -o folder/../text.csv
refused 2 'over its input' rimer-train text.csv --log ./text.csv
refused 2 'both the model and the log' rimer-train text.csv -o new --log new
refused 2 'both the training state and the log' rimer-train text.csv -o new --log new.train.safetensors
refused 2 'is the model of another run (layers is 1 there, 2 here)' \
    rimer-train "$air" -o model.safetensors --epochs 0 --layers 2 --log log.csv -q
refused 2 'is there and is no model of Rimer' rimer-train "$air" -o text.csv -q
refused 2 'is there and is no log of a training' rimer-train "$air" -o new.safetensors --log text.csv -q
refused 2 'standard input' rimer-train -
refused 1 'is a folder' rimer-forecast -m model.safetensors "$air" -o folder
refused 2 'over its input' rimer-forecast -m model.safetensors "$air" -o model.safetensors
refused 2 'needs a model' rimer-forecast "$air"
refused 2 'needs something to score' rimer-evaluate "$air"
refused 2 'did you mean' rimer-evaluate --baseline seasonl "$air"
refused 2 'not one of val|test' rimer-evaluate --baseline repeat --part train "$air"
refused 2 'not one of auto|wide|long' rimer-forecast -m model.safetensors "$air" --style tall

refused 2 'ends in .png, .svg or .pdf' rimer-plot forecast.csv -o plot.gif
refused 2 'not a size' rimer-plot forecast.csv --size big
refused 2 'not a size' rimer-plot forecast.csv --size 1200x600x2
refused 2 'did you mean "passengers"?' rimer-plot forecast.csv --channel passenger
refused 1 'is a folder' rimer-plot forecast.csv -o folder.png
refused 1 'there is no folder' rimer-plot forecast.csv -o nowhere/plot.png
refused 3 'ragged.csv:3' rimer-plot ragged.csv
refused 3 'twice.csv:3' rimer-plot twice.csv

same "$(ls -lA --time-style=full-iso)" "$before" 'nothing was written'

for command in 'rimer-info --json' 'rimer-evaluate --baseline repeat' \
    'rimer-evaluate --baseline repeat --json' 'rimer-train --print-config'; do
    # shellcheck disable=SC2086
    "$bin"/$command "$air" >/dev/full 2>err
    same "$? $(wc -l <err)" '1 1' "a full disk is noticed: $command"
done
refused 3 'not one target of the training part is observed' \
    rimer-train missing.csv --channels ended --set origin=last -q -o new.safetensors
awk 'BEGIN { print "ds,y"; for (i = 1; i <= 200; i++) print i "," (i <= 100 ? i % 5 : "") }' >half.csv
"$bin/rimer-train" half.csv --set origin=last --epochs 1 -o new.safetensors 2>err
same "$? $(grep -c 'no errors to judge' err) $(grep -c 'beats every' err)" '0 1 0' \
    'nothing to validate on is not a victory'
timeout 20 cat pipe >piped &
timeout 20 "$bin/rimer-forecast" -m model.safetensors "$air" -o pipe
code=$?
wait
"$bin/rimer-forecast" -m model.safetensors "$air" | cmp - piped && [ -p pipe ]
same "$? $code" '0 0' 'a pipe is written, not replaced'
"$bin/rimer-forecast" -m model.safetensors "$air" >/dev/full 2>err
same "$? $(wc -l <err)" '1 1' 'a full disk is noticed: rimer-forecast'
finish
