#!/bin/sh
# rimer-evaluate as a text: one forecaster, several beside each other, step by step, several series,
# and a forecaster that cannot be fitted.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

{ # two series of 90 and 60 days, the shares of a week and a trend
    echo unique_id,ds,y
    for day in $(seq 0 89); do
        echo "a,$day,$((day % 7 * 10 + day))"
        [ "$day" -lt 60 ] && echo "b,$day,$((day % 7))"
    done
} >two.csv
awk -F , 'NR == 1 { print "ds,y" } $1 == "a" { print $2 "," $3 }' two.csv >one.csv

"$bin/rimer-evaluate" --baseline repeat one.csv --horizon 7 --context 14 >text
same "$? $(grep -c '^forecaster  repeat, reading 14 steps$' text)" '0 1' 'one forecaster'
"$bin/rimer-train" one.csv -o points.safetensors --epochs 1 -q
"$bin/rimer-evaluate" -m points.safetensors one.csv >text
same "$? $(grep -c 'WQL' text)" '0 0' 'points have no score of quantiles'
awk -F , 'NR == 1; NR > 1 { print $1 "," (NR == 85 ? "1e30" : 7) }' one.csv >odd.csv
"$bin/rimer-evaluate" --baseline repeat odd.csv --horizon 7 --context 14 >text
same "$? $(grep -c '^standardised  MSE [0-9.]*e+[0-9]*  MAE [0-9.]*e+[0-9]*$' text) $(grep -c ' MASE -  ' text)" \
    '0 1 1' 'scores too large for four decimals, and one that is not defined'
same "$(grep -c 'inside .* MSIS -$' text) $(grep -c nan text)" '2 0' 'nor is it in intervals'
awk -F , 'NR == 1; NR > 1 { print $1 "," (NR > 60 ? "" : $2) }' one.csv >ended.csv
"$bin/rimer-evaluate" --baseline repeat ended.csv --horizon 7 --context 14 >text
same "$? $(grep -c 'RMSE -  MAE -  MASE -  R2 -' text) $(grep -c 'MAPE - %.*sMAPE -  WAPE -' text) $(grep -c 'inside      - %  width - ' text) $(grep -c nan text)" \
    '0 1 1 2 0' 'a part without a value has no scores'
"$bin/rimer-evaluate" --baseline , one.csv --horizon 7 2>err >text
same "$? $(wc -c <text) $(cat err)" '2 0 rimer-evaluate: needs something to score: -m MODEL or --baseline NAME (see --help)' \
    'no name is nothing to score'
awk 'NR == 1 { print } NR > 1 { printf "2024-01-%02d %02d:00,%s\n", 1 + NR / 24, NR % 24, NR % 5 }' one.csv >hours.csv
awk 'NR == 1 { print } NR > 1 { printf "2024-01-%02d %02d:%02d,%s\n", 1 + NR / 48, NR / 2 % 24, NR % 2 * 30, NR % 5 }' \
    one.csv >halves.csv
"$bin/rimer-train" hours.csv -o hours.safetensors --epochs 1 -q
for program in rimer-evaluate rimer-forecast; do
    "$bin/$program" -m hours.safetensors halves.csv 2>err >text
    same "$? $(grep -c 'have a step every 30min, the model was trained on one every 1h' err)" '0 1' \
        "$program tells of steps of another length"
done
"$bin/rimer-evaluate" -m hours.safetensors hours.csv 2>err >text
same "$? $(wc -l <err)" '0 0' 'and of none of the same'
"$bin/rimer-evaluate" --baseline seasonal-naive one.csv --horizon 7 --context 14 --by step >text
same "$? $(tail -n 7 text | awk '{ print $1 }' | xargs)" '0 1 2 3 4 5 6 7' '--by step has a row a step'
same "$(tail -n 1 text | awk '{ print NF }')" 3 'with MSE and MAE'
same "$(tail -n 8 text | awk '{ print length }' | sort -u | wc -l) $(grep -c ' seasonal-naive MSE  seasonal-naive MAE$' text)" '1 1' \
    'under whole names, however long'

"$bin/rimer-evaluate" --baseline repeat two.csv --horizon 7 --context 14 >text
same "$? $(grep -c '^data .* 2 series, 60 to 90 steps, 1 channel,' text)" '0 1' 'several series, of different lengths'
"$bin/rimer-evaluate" --baseline repeat two.csv --horizon 7 --context 14 --json |
    tr -d ' \n' >json
grep -q '"series":\["a","b"\]' json && grep -qE '"mean":\[\[[^]]*\],\[[^]]*\]\]' json
report $? 'JSON names the series, each with its own scale'


# The test part of b has 12 steps.
"$bin/rimer-evaluate" --baseline repeat two.csv --horizon 13 --context 14 >text
same "$? $(grep -c '^not scored  1 series too short for a window$' text)" '0 1' 'a series without a window is told'
"$bin/rimer-evaluate" --baseline repeat two.csv --horizon 12 --context 14 --json >json
same "$? $(grep -c '"n_short": 0' json)" '0 1' 'and counted'

"$bin/rimer-evaluate" --baseline linear one.csv --horizon 7 --context 70 >text 2>err
same "$? $(wc -l <err)" '3 1' 'a baseline that cannot be fitted'
finish
