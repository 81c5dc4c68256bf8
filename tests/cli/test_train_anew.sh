#!/bin/bash
# --refit: what is trained anew, what is said of it, and what scores and searches make of it.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C RIMER_THREADS=1 # such small networks wait for a second thread more than it helps
air=$root/datasets/air_passengers.csv
cd "$work" || exit 1
small=(-H 8 --context 16 --width 16 --epochs 3)

"$bin/rimer-train" "$air" "${small[@]}" -o val.safetensors --refit val --log log.csv 2>said
same "$? $(grep -c '^trained  ' said) $(grep -c '^Rimer ' said) $(sed -n 's/^refit  *on \([0-9]*\) windows ([0-9]* rows): \(.*\)/\1 \2/p' said)" \
    '0 1 2 93 training and validation part' 'what validates best is told, then what is trained anew'
same "$(tail -n +2 log.csv | wc -l)" 4 'the log has the epochs that are validated'
"$bin/rimer-train" "$air" "${small[@]}" -o val.safetensors --refit val --resume 2>said
same "$? $(grep -c 'this run is done' said) $(grep -c validation said)" '0 1 0' 'it is done'
"$bin/rimer-info" val.safetensors --json >info.json
same "$(grep -c '"refit": "val"\|"split": "0.7/0.1/0.2"\|"refit_windows": 93' info.json)" 3 'the model tells how it was made'

# ------------------------------------------------------------------------------------ scores
same "$(for split in 0.7/0.1/0.2+val rows:116/0/28; do
    "$bin/rimer-evaluate" "$air" --baseline all -H 8 --context 24 --json --split $split | grep -v '"split"' | cksum
done | uniq | wc -l)" 1 'baselines learn as much'
"$bin/rimer-evaluate" "$air" -m val.safetensors --json >scores.json 2>err
same "$? $(grep '"split"' scores.json) $(wc -c <err)" '0   "split": "0.7/0.1/0.2+val", 0' 'the test part is scored'
"$bin/rimer-evaluate" "$air" -m val.safetensors --part val 2>err
same "$? $(grep -c 'has learnt its validation part (refit val): score the test part' err)" '2 1' 'the validation part is not'
"$bin/rimer-train" "$air" "${small[@]}" -o all.safetensors --refit all -q
"$bin/rimer-evaluate" "$air" -m all.safetensors 2>err
same "$? $(grep -c 'has learnt every step of its data (refit all): say by --split which steps are new' err)" '2 1' \
    'nothing is left to score'
"$bin/rimer-evaluate" "$air" -m all.safetensors --split last:0/20 2>err >scores
same "$? $(grep -c 'on 20 of the 20 steps that are scored, 125 to 144' err)" '0 1' 'or what it has seen is told'
"$bin/rimer-evaluate" "$air" -m val.safetensors -m all.safetensors 2>err
same "$? $(grep -c 'with the split 0.7/0.1/0.2+val and .* with 0.7/0.1/0.2+all: say by --split' err)" '2 1' \
    'two models that have learnt different parts'

"$bin/rimer-train" "$air" "${small[@]}" -o sure.safetensors --refit all --conformal -q
"$bin/rimer-forecast" -m sure.safetensors "$air" --level 80 --adapt 1 2>err >next.csv
same "$? $(grep -c 'sure.safetensors has learnt the steps that --adapt looks back on' err)" '0 1' 'intervals that adapt to what it has learnt'
head -140 "$air" >less.csv
"$bin/rimer-forecast" -m sure.safetensors less.csv --level 80 --adapt 1 2>err >next.csv
same "$? $(wc -c <err)" '0 0' 'other data are not known to be'

# A model that is told the scale reads its own, whatever part scores are standardised by.
"$bin/rimer-train" "$air" "${small[@]}" -o told.safetensors --set origin=linear --set origin_bias=constant -q
for split in 0.7/0.1/0.2 0.4/0.4/0.2; do
    "$bin/rimer-evaluate" "$air" -m told.safetensors --split $split --json | sed -n '/"original"/,/}/p' | awk '/"rmse"|"mae"/ { printf "%s %.4f\n", $1, $2 }'
done >errors
same "$(sort errors | uniq -c | awk '{ print $1 }' | tr '\n' ' ')" '2 2 ' 'errors are those of its forecasts'

# ------------------------------------------------------------------------------------ search
echo '{"lr": [0.002, 0.0005]}' >grid.json
"$bin/rimer-search" "$air" --space grid.json "${small[@]}" --refit all -o best.safetensors --results r.csv -q >table
code=$?
best=$(sed -n 's/^best *trial [0-9]*: //p' table)
"$bin/rimer-train" "$air" "${small[@]}" --refit all --set "$best" -o alone.safetensors -q
cmp best.safetensors alone.safetensors
same "$code $?" '0 0' 'the best of a search is trained anew'
"$bin/rimer-search" "$air" --space grid.json "${small[@]}" -o plain.safetensors --results plain.csv -q >/dev/null
cmp <(cut -d, -f1-6,8- r.csv | cut -d, -f1-5) <(cut -d, -f1-6,8- plain.csv | cut -d, -f1-5)
report $? 'whose trials are as without'
# A best trial that was behind the others at first, and that the stopping rule let live as it came early.
echo '{"lr": [0.021, 0.022, 0.023, 0.024, 0.025, 0.026]}' >late.json
"$bin/rimer-search" "$air" --space late.json -H 12 --context 24 --width 16 --epochs 40 --patience 1000 --set origin=last \
    --refit all -o late.safetensors --results late.csv -q >/dev/null 2>err
same "$? $(ls late.safetensors)" '0 late.safetensors' 'the best is not judged again when it is trained anew'
echo '{"refit": ["no", "all"]}' >bad.json
"$bin/rimer-search" "$air" --space bad.json -q --results bad.csv 2>err
same "$? $(grep -c 'refit: cannot be searched' err)" '2 1' 'it is no setting to search'
"$bin/rimer-train" "$air" --refit val --set schedule=plateau -o none.safetensors 2>err
same "$? $(grep -c 'refit trains without validation, by which schedule plateau goes' err)" '2 1' 'plateaus need validation'
finish
