#!/bin/sh
# Timer through the programs: preset, training, a forecast of several outputs, its score.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
air=$root/datasets/air_passengers.csv

same "$("$bin/rimer-info" --preset timer | sed -n 's/^parameters *//p')" 37,862,432 \
    'timer has 37,862,432 parameters'

for preset in small blackgoose timer gradient-linear; do
    "$bin/rimer-info" --preset "$preset" >"$work/out" 2>"$work/err"
    same "$? $(grep -c '^parameters' "$work/out")" '0 1' "the size of preset $preset is known without data"
done
"$bin/rimer-info" --set moments=auto --set phase=auto >"$work/out" 2>"$work/err"
same "$? $(grep -c 'moments no, phase no where not set' "$work/err")" '0 1' 'and what data would decide is said'
"$bin/rimer-train" "$air" -o "$work/t.safetensors" --preset timer --context 24 --horizon 12 \
    --patch 6 --set output_len=6 --set width=16 --set head_size=4 --set ffn_width=32 \
    --layers 2 --epochs 2 -q >"$work/out" 2>"$work/err"
report $? 'a small Timer is trained'
same "$("$bin/rimer-info" "$work/t.safetensors" | grep -c 'att.query.weight')" 2 \
    'its file holds attention in both layers'
"$bin/rimer-forecast" -m "$work/t.safetensors" "$air" -H 20 -o "$work/long.csv" &&
    "$bin/rimer-forecast" -m "$work/t.safetensors" "$air" -H 7 -o "$work/short.csv"
report $? 'it forecasts beyond its output'
same "$(wc -l <"$work/long.csv") $(head -8 "$work/long.csv" | cksum)" "21 $(cksum <"$work/short.csv")" \
    'a longer horizon begins like a shorter'
"$bin/rimer-evaluate" -m "$work/t.safetensors" "$air" --json >"$work/score.json"
same "$? $(grep -c '"forecaster": "Rimer"' "$work/score.json")" '0 1' 'and is scored'
finish
