#!/bin/bash
# The whole line on the smallest bundled series: train, forecast, evaluate, plot, and a run that is
# interrupted and goes on.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
air=$root/datasets/air_passengers.csv
cd "$work" || exit 1

"$bin/rimer-train" "$air" --epochs 3 --threads 1 -H 12 --log log.csv >out 2>err
same "$? $(wc -c <out)" '0 0' 'rimer-train says nothing on standard output'
[ -s air_passengers.safetensors ] && [ ! -e air_passengers.train.safetensors ]
report $? 'the model has the name of the data, the state is gone'
for name in Rimer repeat seasonal-naive linear; do
    grep -q "^$name .*[0-9]" err || report 1 "the table has $name"
done
grep -qE '^Rimer (beats every baseline|does NOT beat [a-z-]+) on the validation part' err
report $? 'it says plainly whether Rimer beats the baselines'
same "$(grep -E '^(training|epoch   0) ' err | sed 's/ *val .*//' | xargs)" \
    "training 3 epochs of $(awk -F, 'END { print $2 / 3 }' log.csv) step at most epoch 0 before training" \
    'it says how much training is to come, before the first epoch'
same "$(head -n 1 log.csv)" 'epoch,step,loss,lr,val_mse,val_mae,seconds' 'the log has its header'
awk -F, 'NR > 1 && (NF != 7 || $1 != NR - 2 || !($5 > 0)) { exit 1 } END { exit NR < 3 }' log.csv
report $? 'the log has a line an epoch'
"$bin/rimer-train" "$air" --epochs 3 --threads 2 -H 12 -o again.safetensors -q 2>err
same "$? $(wc -c <err)" '0 0' '-q says nothing'
cmp -s air_passengers.safetensors again.safetensors
report $? 'the same command gives the same bytes, with two threads too'

"$bin/rimer-train" "$air" --set scaler=robust --set log1p=yes --epochs 1 -o robust.safetensors -q
same "$? $("$bin/rimer-info" robust.safetensors | grep -cE '^scaler +robust, of log1p$|median .* spread')" \
    '0 2' 'a model with another scaler, which rimer-info shows'
"$bin/rimer-forecast" -m robust.safetensors "$air" -H 30 | awk -F, 'NR > 1 && !($2 > 100 && $2 < 1500) { exit 1 }'
report $? 'its forecast is in the units of the data'
awk -F, '{ print $0 "," (NR == 1 ? "late" : NR > 130 ? NR : "") }' "$air" >late.csv
"$bin/rimer-train" late.csv --epochs 1 -o late.safetensors 2>err
same "$? $(grep -c '^left out    column "late": nothing observed to train on$' err)" '0 1' \
    'a column without a value to train on is left out, which is said'

"$bin/rimer-train" "$air" --init again.safetensors --epochs 1 -o further.safetensors 2>err
same "$?" 0 '--init trains a model further'
grep -q 'forecast    12 steps' err
report $? '--init takes the settings of the model'
"$bin/rimer-train" "$air" --init again.safetensors --width 32 -o wider.safetensors -q 2>err
same "$? $(grep -c 'another network' err) $(ls wider* 2>/dev/null)" '2 1 ' \
    '--init with another width is refused'

"$bin/rimer-forecast" -m again.safetensors "$air" -o next.csv
same "$(sed -n '1p;2p;13p' next.csv | sed 's/,[0-9.]*$//' | tr '\n' ';')" \
    'ds,passengers;1961-01-01;1961-12-01;' 'the wide forecast goes on with the months'
same "$(wc -l <next.csv)" 13 'twelve steps'
awk -F, 'NR > 1 && !($2 > 100 && $2 < 1500) { exit 1 }' next.csv
report $? 'of a likely size'
"$bin/rimer-forecast" -m again.safetensors "$air" -H 30 --style long >long.csv
same "$(head -n 1 long.csv) $(wc -l <long.csv)" 'unique_id,ds,Rimer 31' 'the long forecast'
same "$(sed 's/^passengers,//' long.csv | sed -n '2,13p')" "$(sed 1d next.csv)" \
    'a longer horizon begins with the shorter one'
same "$("$bin/rimer-forecast" -m again.safetensors - <"$air")" "$(cat next.csv)" '- is standard input'

"$bin/rimer-evaluate" -m again.safetensors --baseline all "$air" >table
same "$? $(grep -cE '^(Rimer|repeat|seasonal-naive|linear) .*[0-9]' table)" '0 4' \
    'rimer-evaluate: four forecasters in a table'
"$bin/rimer-evaluate" -m again.safetensors "$air" --json --by step >score.json
same "$?" 0 'rimer-evaluate --json'
for key in forecaster dataset split part context_len horizon n_windows n_missing metrics \
    standardised original mse mae rmse mape smape wape mase r2 season scaler mean deviation by_step; do
    grep -q "\"$key\":" score.json || report 1 "the JSON has $key"
done
line=$(sed -n 's/^ *"mse": \([0-9.e-]*\),*$/\1/p' score.json | head -n 1)
awk -v a="$line" -v b="$(awk '$1 == "Rimer" { print $2 }' table)" \
    'BEGIN { d = a - b; exit !(a > 0 && d < 6e-5 && d > -6e-5) }'
report $? 'JSON and table agree'
same "$("$bin/rimer-evaluate" --baseline repeat,linear "$air" --json | grep -c '"forecaster"')" 2 \
    'several forecasters are an array'

"$bin/rimer-plot" next.csv --truth "$air" >drawn
same "$? $(grep -c '•' drawn | awk '{ print ($1 > 3) }') $(grep -c 'passengers  12 steps ahead from 1961-01-01' drawn)" \
    '0 1 1' 'rimer-plot draws it'

"$bin/rimer-info" again.safetensors --json >model.json
same "$? $(grep -c '"kind": "model"' model.json)" '0 1' 'rimer-info on the model'
"$bin/rimer-info" again.safetensors | grep -q '^parameters  [0-9,]*$'
report $? 'rimer-info counts parameters'
"$bin/rimer-info" "$air" again.safetensors --json | grep -c '"kind"' >kinds
same "$(cat kinds)" 2 'rimer-info on two files'
"$bin/rimer-info" "$air" | grep -q '^seasons     12'
report $? 'rimer-info finds the year'

# Stopped in the middle, it goes on to the same bytes.
demand=$root/datasets/uk_demand.csv
set -- "$demand" --epochs 8 --patience 100 --set windows_per_epoch=256 --threads 2 -H 8 --context 64
"$bin/rimer-train" "$@" -o straight.safetensors -q
report $? 'a straight run'
"$bin/rimer-train" "$@" -o resumed.safetensors -q --log run.csv 2>err &
pid=$!
for _ in $(seq 600); do
    [ -f run.csv ] && [ "$(wc -l <run.csv)" -ge 3 ] && break
    sleep 0.02
done
kill -TERM %1 # the job: a number may be somebody else by now
wait $pid
same "$? $(wc -l <err)" '130 1' 'SIGTERM ends a run with 130'
grep -q -- '--resume' err && [ -s resumed.train.safetensors ] && [ ! -e resumed.safetensors ]
report $? 'the state is saved, and it says how to go on'
"$bin/rimer-train" "$@" -o resumed.safetensors -q --log run.csv --resume
same "$? $(ls resumed*)" '0 resumed.safetensors' '--resume ends it'
cmp -s straight.safetensors resumed.safetensors
report $? 'the resumed run has the bytes of the straight one'
same "$(cut -d, -f1 run.csv | tail -n +2 | tr '\n' ' ')" '0 1 2 3 4 5 6 7 8 ' 'the log goes on, too'
"$bin/rimer-train" "$@" -o fresh.safetensors -q --log run.csv --resume --epochs 1 2>err
same "$? $(wc -l <err) $(cut -d, -f1 run.csv | tr '\n' ' ')" '0 1 epoch 0 1 ' \
    '--resume without a state says so and begins anew'
finish
