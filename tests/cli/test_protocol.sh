#!/bin/sh
# rimer-evaluate --protocol blackgoose: says what it is, what was in the input, what copying scores.
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
finish
