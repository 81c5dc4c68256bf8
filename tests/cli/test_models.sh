#!/bin/bash
# Several models: rimer-forecast and rimer-evaluate take the mean of their forecasts.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C
air=$root/datasets/air_passengers.csv
cd "$work" || exit 1

"$bin/rimer-train" "$air" -o a.safetensors -H 6 --context 12 --width 16 --epochs 2 -q &&
    "$bin/rimer-train" "$air" -o b.safetensors -H 12 --context 36 --width 32 --epochs 2 -q --seed 2 &&
    "$bin/rimer-train" "$air" -o c.safetensors -H 9 --context 24 --width 16 --epochs 2 -q --set scaler=robust &&
    "$bin/rimer-train" "$air" -o split.safetensors -H 6 --context 12 --width 16 --epochs 0 -q --split 0.6/0.2/0.2
report $? 'models that differ in all they are'

forecast() {
    "$bin/rimer-forecast" "$air" "$@" 2>err
}
for model in a b c; do forecast -m $model.safetensors -H 20 >$model.csv; done
forecast -m a.safetensors -m b.safetensors -m c.safetensors -H 20 >mean.csv
same "$? $(wc -l <mean.csv) $(head -n 1 mean.csv)" "0 21 $(head -n 1 a.csv)" 'a forecast of three models'
paste -d, a.csv b.csv c.csv mean.csv | awk -F, 'NR > 1 {
    want = ($2 + $4 + $6) / 3
    if ($1 != $7 || ($8 - want) ^ 2 > (1e-6 * want) ^ 2) { print; exit 1 } n++ } END { exit n != 20 }'
report $? 'is the mean of theirs'
forecast -m b.safetensors -m b.safetensors -H 20 >twice.csv
cmp b.csv twice.csv
report $? 'a model twice is that model'
forecast -m b.safetensors -m a.safetensors >short.csv
same "$? $(wc -l <short.csv)" '0 7' 'without -H as many steps as the shortest forecasts'

# value KEY: the first of that name
value() {
    sed -n "s/^ *\"$1\": \"*\([^\",]*\)\"*,*$/\1/p" json | head -n 1
}
score() { # score MODEL...
    local models=() each
    for each; do models+=(-m "$each.safetensors"); done
    "$bin/rimer-evaluate" "$air" "${models[@]}" -H 6 --json >json 2>err || cat err
}
sum=0
for model in a b c; do
    score $model
    same "$(value forecaster)" Rimer "a model alone: $model"
    sum=$(awk -v a="$sum" -v b="$(value mse)" 'BEGIN { printf "%.17g", a + b }')
done
windows=$(value n_windows)
score a b c
same "$(value forecaster), $(value context_len), $(value n_windows)" "ensemble of 3, 36, $windows" \
    'rimer-evaluate names an ensemble, and reads the longest context'
awk -v got="$(value mse)" -v sum="$sum" 'BEGIN { exit !(got > 0 && got < sum / 3) }'
report $? 'whose error is below the mean of their errors, as that of a mean must be'
"$bin/rimer-evaluate" "$air" -m a.safetensors -m b.safetensors --baseline repeat >text 2>err
same "$? $(grep -c '^ensemble of 2 .* 36$' text) $(grep -c '^repeat .* 36$' text) $(grep -c ' of 6 steps' text)" '0 1 1 1' \
    'beside a baseline, with the shortest horizon'
score b
mse=$(value mse)
score b b
same "$(value mse)" "$mse" 'a model twice scores as it does alone'

"$bin/rimer-evaluate" "$air" -m a.safetensors -m split.safetensors >text 2>err
same "$? $(grep -c 'a.safetensors was trained with the split 0.7/0.1/0.2 and split.safetensors with 0.6/0.2/0.2: say by --split' err)" \
    '2 1' 'models of different splits are not scored unasked'
"$bin/rimer-evaluate" "$air" -m a.safetensors -m split.safetensors --split 0.7/0.1/0.2 >text 2>err
same "$?" 0 'but asked'
forecast -m a.safetensors -m none.safetensors -o new.csv
same "$? $(grep -c 'none.safetensors' err) $(ls new.csv 2>/dev/null)" '1 1 ' 'one model that is not there'
forecast -m a.safetensors -m a.csv -o new.csv
same "$? $(grep -c 'a.csv' err) $(ls new.csv 2>/dev/null)" '4 1 ' 'one that is no model'
cp b.safetensors over.safetensors
forecast -m a.safetensors -m over.safetensors -o over.safetensors
same "$? $(grep -c 'over its input' err)" '2 1' 'a forecast over the second model'
cmp b.safetensors over.safetensors
report $? 'which is as it was'
many=()
for _ in $(seq 65); do many+=(-m a.safetensors); done
forecast "${many[@]}" >new.csv
same "$? $(cat err)" '2 rimer-forecast: --model: more than 64 are one too many' 'too many'
finish
