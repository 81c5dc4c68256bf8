#!/bin/sh
# The whole line on twelve weeks of British electricity demand: train, forecast, score, draw.
#     docs/demo.sh BIN OUT [option of rimer-train]...
set -eu
bin=$1
out=$2
shift 2
data=$(dirname "$0")/../datasets/uk_demand.csv
mkdir -p "$out"

step() {
    printf '\n== %s\n' "$1"
}

step 'Training on datasets/uk_demand.csv, half an hour a step, to forecast two days'
"$bin/rimer-train" "$data" --horizon 96 -o "$out/uk.safetensors" --force "$@"

step 'Continuing the series'
"$bin/rimer-forecast" -m "$out/uk.safetensors" "$data" -o "$out/forecast.csv"

step 'Scores on the test part, which training never saw'
"$bin/rimer-evaluate" -m "$out/uk.safetensors" --baseline all "$data" --part test

step 'Drawing'
"$bin/rimer-plot" "$out/forecast.csv" --truth "$data" --last 672 -o "$out/forecast.png"

cat <<END

$out/uk.safetensors  the model
$out/forecast.csv    the next two days
$out/forecast.png    the picture
END
