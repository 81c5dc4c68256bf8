#!/bin/sh
# rimer-evaluate: what it takes where nothing is said; --protocol blackgoose: says what it is, what was
# in the input, what copying scores.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
air=$root/datasets/air_passengers.csv

"$bin/rimer-evaluate" --protocol blackgoose-sorted "$air" --context 8 >"$work/out"
same "$? $(sed -n 's/^in input *//p' "$work/out")" '0 7 of 8 targets, 87.5 %' \
    'the share of targets in the input is told'
same "$(sed -n 's/^copying  *scores R2 \([0-9.]*\) .*/\1/p' "$work/out")" \
    "$(sed -n 's/^copying  *\(0\.[0-9]*\) .*/\1/p' "$work/out")" 'copying is told and is a row of the table'
grep -q 'no test of forecasting' "$work/out"
report $? 'it says what it is'
"$bin/rimer-evaluate" --protocol blackgoose "$air" --context 8 --baseline linear,seasonal-naive \
    --json >"$work/json"
same "$? $(grep -c '"n_known": 7' "$work/json") $(grep -c '"protocol": "blackgoose"' "$work/json")" \
    '0 3 3' 'JSON: copying and two baselines'
same "$(grep -o '"split": "[^"]*"' "$work/json" | sort -u)" '"split": "0.7/0.2/0.1"' 'the published split'
"$bin/rimer-evaluate" --protocol blackgoose "$air" --context 8 -H 5 2>"$work/err"
same "$? $(grep -c 'as many targets as inputs: 8' "$work/err")" '2 1' 'another horizon is refused'
"$bin/rimer-evaluate" "$air" 2>"$work/err"
same "$?" 2 'without it something to score is needed'

# ---------------------------------------------------------- steps that a model was trained on
"$bin/rimer-train" "$air" --split rows:100/20/24 -H 4 --context 12 --patch 4 --width 16 --layers 1 \
    --set head_size=8 --epochs 1 -q --force -o "$work/air.safetensors"
# told WANT NAME OPTION...: what is said on stderr of a scored split
told() {
    want=$1 name=$2
    shift 2
    "$bin/rimer-evaluate" -m "$work/air.safetensors" "$@" >"$work/out" 2>"$work/err"
    same "$? $(sed 's/.*air.safetensors //; s/ so its errors.*//' "$work/err")" "0 $want" "$name"
}
trained='was trained, with the split rows:100/20/24, on'
told "$trained 20 of the 40 steps that are scored, 81 to 100," 'a test part inside the training is told' \
    "$air" --split rows:60/20/40
told "$trained 20 of the 20 steps that are scored, 61 to 80," 'so is a validation part' \
    "$air" --split rows:60/20/40 --part val --json
told '' 'nothing of its own split' "$air"
told '' 'nor of its validation part' "$air" --part val
told '' 'nor of one that begins later' "$air" --split rows:101/10/33
told '' "nor of blackgoose's" "$air" --protocol blackgoose --context 12
sed '$d' "$air" >"$work/other.csv"
told '' 'nor of other data' "$work/other.csv" --split rows:60/20/40
awk 'BEGIN { print "unique_id,ds,y"; for (s = 1; s <= 2; s++) for (t = 1; t <= 100 * s; t++)
    print s "," t "," sin(t / 2) }' >"$work/both.csv"
"$bin/rimer-train" "$work/both.csv" --split last:20/20 -H 4 --context 12 --patch 4 --width 16 --layers 1 \
    --set head_size=8 --epochs 1 -q --force -o "$work/air.safetensors"
told 'was trained, with the split last:20/20, on 40 of the 60 steps that are scored,' \
    'of several series all are counted' "$work/both.csv" --split rows:30/20/30

# ---------------------------------------------------------- a split without a validation part
# takes DATA OPTION...: horizon and context
takes() {
    "$bin/rimer-evaluate" --baseline linear --json "$@" >"$work/json" 2>"$work/err"
    sed -n 's/^ *"\(context_len\|horizon\)": \([0-9]*\),/\2/p' "$work/json" | xargs
}
uk=$root/datasets/uk_demand.csv
same "$(takes "$uk" --split last:0/96)" "$(takes "$uk" --split last:96/96)" 'the horizon is the one of any other split'
same "$(takes "$uk" --split last:0/20)" '336 20' 'and no longer than the test part'
awk 'BEGIN { print "unique_id,ds,y"; for (t = 1; t <= 200; t++) print "a," t "," sin(t / 2)
    for (t = 1; t <= 150; t++) print "b," t "," cos(t / 3) }' >"$work/two.csv"
same "$(takes "$work/two.csv" --split last:0/12 -H 6) $(cat "$work/err")" '42 6 ' 'the context of many series is chosen, too'
same "$(takes "$uk" --split last:0/0) $(cat "$work/err")" \
    ' rimer-evaluate: uk_demand.csv: 4032 steps are too few: 4032 would be left to train on and 0 to score' \
    'where nothing is to be scored, it says so'
"$bin/rimer-train" "$uk" --split last:0/96 -o "$work/m.safetensors" 2>"$work/err"
same "$? $(grep -c '0 to validate' "$work/err")" '3 1' 'training needs a validation part all the same'
finish
