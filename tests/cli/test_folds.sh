#!/bin/bash
# Folds of a split: training and scoring on one of them.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C
air=$root/datasets/air_passengers.csv
cd "$work" || exit 1

# ----------------------------------------------------------------------- a fold is a split
# 144 steps of which 0.7/0.1/0.2 trains on 100 and validates on 16
same "$(for part in 0.7/0.1/0.2@1/3 rows:68/16/16; do
    "$bin/rimer-evaluate" "$air" --baseline all -H 8 --context 24 --json --split $part | grep -v '"split"' | cksum
done | uniq | wc -l)" 1 'a fold is scored as the parts that it has'
"$bin/rimer-train" "$air" -o fold.safetensors -H 8 --context 16 --width 16 --epochs 2 -q --split 0.7/0.1/0.2@2/3 &&
    "$bin/rimer-train" "$air" -o rows.safetensors -H 8 --context 16 --width 16 --epochs 2 -q --split rows:76/16/16
report $? 'a model is trained on a fold'
for model in fold rows; do
    "$bin/rimer-evaluate" "$air" -m $model.safetensors --json >$model.json
    "$bin/rimer-forecast" "$air" -m $model.safetensors >$model.csv
done
same "$(grep '"split"' fold.json)" '  "split": "0.7/0.1/0.2@2/3",' 'keeps which'
cmp <(grep -v '"split"' fold.json) <(grep -v '"split"' rows.json) && cmp fold.csv rows.csv
report $? 'and is the one that its parts make'
"$bin/rimer-train" "$air" -o none.safetensors -q --split 0.7/0.1/0.2@4/3 2>err
same "$? $(grep -c 'a fold is written behind a split as @J/N' err)" '2 1' 'a fold that is none'
"$bin/rimer-train" "$air" -o none.safetensors -q --split 0.7/0.1/0.2@1/20 2>err
same "$? $(grep -c 'of 144 steps: fold 1 has nothing to train on; take fewer folds' err) $(ls none.safetensors 2>/dev/null)" \
    '3 1 ' 'one for which the series is too short'
printf 'unique_id,ds,y\n' >two.csv
awk 'BEGIN { for (t = 1; t <= 200; t++) print "long," t "," sin(t / 2); for (t = 1; t <= 50; t++) print "short," t "," cos(t / 3) }' >>two.csv
"$bin/rimer-train" two.csv -o two.safetensors --split 0.6/0.2/0.2@1/3 -H 4 --context 8 --width 16 --epochs 1 2>err &&
    "$bin/rimer-evaluate" two.csv -m two.safetensors -H 4 >text
same "$? $(grep -c 'left out    1 series, too short' err) $(sed -n 's/^windows  *\([0-9]*\) .*/\1/p' text)" '0 1 44' \
    'a fold of each of many series, by itself'
finish
