#!/bin/bash
# Folds of a split: training and scoring on one of them, and rimer-search --folds.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C RIMER_THREADS=1 # such small networks wait for a second thread more than it helps
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

# ---------------------------------------------------------------------- a search on folds
cat >grid.json <<'END'
{"lr": [0.01, 0.0005, 0.002], "width": [16, 20], "head_size": [4, 8]}
END
common=(--layers 1 --epochs 3 -H 8 --context 16)
small=("$air" --space grid.json "${common[@]}" --folds 3 --no-stop)
search() {
    "$bin/rimer-search" "$@" -q 2>err
}
# Results but for the seconds.
but_seconds() {
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i } { $at = ""; print }' "$1"
}
same_results() {
    cmp <(but_seconds "$1") <(but_seconds "$2")
}

search "${small[@]}" --results all.csv -o best.safetensors >table
same "$? $(wc -c <err)" '0 0' 'a grid is gone through, quietly'
same "$(cut -d, -f5 all.csv | sort | uniq -c | tr -s ' \n' ' ')" ' 9 done 1 outcome 3 refused ' 'each point once'
same "$(grep -c ',context_len=16 horizon=8 epochs=3 folds=3,' all.csv)" 12 'the results say how many folds'
# One trial by hand: errors that rimer-train and rimer-evaluate print, and epochs of the logs.
mses='' maes='' runs='' bests=''
for fold in 1 2 3; do
    "$bin/rimer-train" "$air" "${common[@]}" --lr 0.002 --width 20 --set head_size=4 --split 0.7/0.1/0.2@$fold/3 \
        -q --log log.csv --force -o part.safetensors
    "$bin/rimer-evaluate" "$air" -m part.safetensors --part test --json | sed -n '/"standardised"/,$p' >json
    mses+=" $(sed -n 's/^ *"mse": \([^,]*\),*$/\1/p' json | head -n 1)"
    maes+=" $(sed -n 's/^ *"mae": \([^,]*\),*$/\1/p' json | head -n 1)"
    runs+=" $(tail -n 1 log.csv | cut -d, -f1)"
    bests+=" $(tail -n +2 log.csv | sort -s -t, -k5,5g | head -n 1 | cut -d, -f1)"
done
want=$(awk -v mses="$mses" -v maes="$maes" -v runs="$runs" -v bests="$bests" 'BEGIN {
    split(mses, mse, " "); split(maes, mae, " "); split(runs, run, " "); split(bests, best, " ")
    for (i = 1; i <= 3; i++) {
        sum += mse[i]; other += mae[i]; epochs += run[i]; at += best[i]
        curve = curve sprintf(i > 1 ? " %.9g" : "%.9g", sum / i)
    }
    printf "%d,%d,%.9g,%.9g,%s", epochs, at, sum / 3, other / 3, curve }')
same "$(awk -F, -v OFS=, '$2 == 0.002 && $3 == 20 && $4 == 4 { print $6, $7, $8, $9, $11 }' all.csv)" "$want" \
    'a trial has the means over what rimer-train and rimer-evaluate make of each fold'
# by_error COLUMN FILE: lines that were done, the best first
by_error() {
    grep ',done,' "$2" | sort -s -t, -k"$1,$1g"
}
same "$(awk 'NR > 1 && NR < 7 { printf "%s ", $1 }' table)" "$(by_error 8 all.csv | head -n 5 | cut -d, -f1 | tr '\n' ' ')" \
    'the table has the best five'
# train MODEL TRIAL: with the settings of a trial, on the split itself
train() {
    local each
    read -ra each <<<"$(awk -F, -v t="$2" '$1 == t { print "lr=" $2 " width=" $3 " head_size=" $4 }' all.csv)"
    "$bin/rimer-train" "$air" "${common[@]}" -q -o "$1" "${each[@]/#/--set=}"
}
train trained.safetensors "$(by_error 8 all.csv | head -n 1 | cut -d, -f1)" && cmp best.safetensors trained.safetensors
report $? 'the model is what rimer-train makes of the best settings on the split itself'
echo '{"context_len": [60, 70]}' >long.json
search "$air" --space long.json --layers 1 --epochs 1 -H 8 --folds 3 --results long.csv >table
same "$? $(cut -d, -f3 long.csv | tr '\n' ' ') $(grep -c 'of split 0.7/0.1/0.2@1/3 has no window of context 70 .*; shorten them, take fewer folds or change the split' long.csv)" \
    '0 outcome done refused  1' 'what does not fit a fold is refused with the reason, and what would help'
"$bin/rimer-train" "$air" -o none.safetensors -H 8 --context 90 -q --split 0.7/0.1/0.2@3/3 2>err
same "$? $(grep -c 'context 90 .*; shorten them or change the split' err)" '3 1' 'fewer folds would not help the last one'
search two.csv --space grid.json --trials 1 --split 0.6/0.2/0.2 -H 4 --context 8 --layers 1 --epochs 1 --folds 3 --results many.csv >table
same "$? $(cut -d, -f5 many.csv | tail -n 1)" '0 done' 'many series'

search "${small[@]}" --trials 1 --set quantiles=0.1,0.9 --results crps.csv >table
same "$?$(for fold in 1 2 3; do
    "$bin/rimer-train" "$air" "${common[@]}" --lr 0.01 --width 16 --set head_size=4 --set quantiles=0.1,0.9 -q --force \
        --split 0.7/0.1/0.2@$fold/3 -o part.safetensors &&
        "$bin/rimer-evaluate" "$air" -m part.safetensors --part test --json | sed -n 's/^ *"crps": \([^,]*\),*$/,\1/p' | head -n 1
done | awk -F, '{ sum += $2 } END { printf ",%.9g", sum / 3 }')" "0,$(tail -n 1 crps.csv | cut -d, -f8)" \
    'the CRPS of quantiles is a mean, too'

# ------------------------------------------------------------------------- the stopping rule
# Golovin's: the mean over the folds so far against the median of those of the trials before.
# On a series that grows ever faster, so that each fold is harder than the one before: of the trials
# that are stopped the first was good on one fold, the last has the least mean of all.
awk 'BEGIN { print "t,y"; for (t = 1; t <= 160; t++) print t "," exp((t / 80) ^ 2) * sin(t / 3) }' >grows.csv
echo '{"lr": [0.07, 0.05, 0.08, 0.06, 0.1, 0.2, 0.001, 0.09, 0.15, 0.04, 0.25]}' >rule.json
rule=(grows.csv --space rule.json "${common[@]}" --width 16 --set origin=none --folds 3)
search "${rule[@]}" --no-stop --results whole.csv >table && search "${rule[@]}" --results rule.csv >table
report $? 'a search that stops what is bad'
# The rule once more, by the whole curves: TRIAL OUTCOME FOLDS
awk -F, 'NR > 1 {
    n = split($9, mean, " ")
    for (f = 1; f <= n; f++) {
        means[NR, f] = mean[f]
        m = 0
        for (t = 2; t < NR; t++) {
            last = f
            while (!((t, last) in means)) last--
            x = means[t, last]
            for (i = m++; i > 0 && sorted[i] > x; i--) sorted[i + 1] = sorted[i]
            sorted[i + 1] = x
        }
        middle = (sorted[int((m + 1) / 2)] + sorted[int(m / 2) + 1]) / 2
        if (m >= 5 && 4 * f >= 3 && f < 3 && mean[f] > middle) break
    }
    print $1, f < n ? "stopped" : "done", f < n ? f : n
}' whole.csv >want
same "$(awk -F, 'NR > 1 { print $1, $3, split($9, mean, " ") }' rule.csv)" "$(cat want)" \
    'trials above the median are stopped between folds, no others'
same "$(awk '{ printf "%s", substr($2, 1, 1) }' want)" dddddssddss 'as this space has it'
same "$(awk -F, '$3 == "stopped" { n = split($9, mean, " "); if ($6 != mean[n]) print }' rule.csv)" '' 'with the mean so far'
same "$(tail -n +2 rule.csv | sort -s -t, -k6,6g | head -n 1 | cut -d, -f3) $(awk 'NR > 1 && NR < 7 { printf "%s ", $1 }' table)" \
    "stopped $(by_error 6 rule.csv | head -n 5 | cut -d, -f1 | tr '\n' ' ')" \
    'one that was stopped is not among the best, though the mean of its folds be the least'

# ------------------------------------------------------------------------------- going on
cp all.csv kept.csv
cp best.safetensors kept.safetensors
inode=$(stat -c %i kept.safetensors)
search "${small[@]}" --results kept.csv -o kept.safetensors --resume >table
same "$? $(stat -c %i kept.safetensors)" "0 $inode" 'a search that is done does not train the model again'
cmp all.csv kept.csv && cmp best.safetensors kept.safetensors
report $? 'and changes nothing'
rm kept.safetensors
search "${small[@]}" --results kept.csv -o kept.safetensors --resume >table
cmp best.safetensors kept.safetensors
report $? 'a model that is not there is made'

size=$(wc -c <all.csv) equal=0
for part in $((size / 3)) $((size - 1)); do
    head -c "$part" all.csv >cut.csv
    search "${small[@]}" --results cut.csv --resume >table && same_results all.csv cut.csv && equal=$((equal + 1))
done
same "$equal" 2 'results that were cut off are gone on with to the same end'

search "${small[@]}" --trials 1 --results grow.csv -o grow.safetensors >table
train first.safetensors 1 && cmp first.safetensors grow.safetensors && ! cmp -s first.safetensors best.safetensors
report $? 'the model of a search of one trial'
search "${small[@]}" --results grow.csv -o grow.safetensors --resume >table
same_results all.csv grow.csv && cmp best.safetensors grow.safetensors
report $? 'is replaced when a longer one has a better'
cp first.safetensors grow.safetensors
search "${small[@]}" --results grow.csv -o grow.safetensors --resume >table
cmp best.safetensors grow.safetensors
report $? 'also if the longer one was killed before that'
never=$(awk -F, '$5 == "done" { if (least == "" || $8 < least) least = $8; else never = $1 } END { print never }' all.csv)
train never.safetensors "$never"
cp never.safetensors grow.safetensors
search "${small[@]}" --results grow.csv -o grow.safetensors --resume >table
same "$? $(grep -c 'grow.safetensors: is not the model of the best trial in grow.csv' err)" '2 1' \
    'the model of a trial that never was the best is refused'
cmp never.safetensors grow.safetensors
report $? 'and left alone'
sed '1!s/^\(\([^,]*,\)\{9\}\)[^,]*/\1400/; 4q' all.csv >late.csv # three trials of 400 s
search "${small[@]}" --results late.csv -o late.safetensors --seconds 1000 --resume >table
same "$? $(wc -l <late.csv)" '0 4' 'a budget that has ended'
train three.safetensors "$(by_error 8 late.csv | head -n 1 | cut -d, -f1)" && cmp three.safetensors late.safetensors
report $? 'leaves a model of the best so far'
search "${small[@]}" --results early.csv -o early.safetensors --seconds 0.001 >table
same "$? $(wc -l <early.csv) $(ls early.safetensors 2>/dev/null) $(cat err)" \
    '1 1  rimer-search: 0.001 seconds are not enough for one trial' 'a budget too small, even for a fold'

echo '{"lr": [0.002]}' >one.json
long=(--epochs 150 --set patience=150)
slow=("$air" --space one.json "${common[@]}" "${long[@]}" --folds 2 --results slow.csv -o slow.safetensors)
# interrupt_when CONDITION: the exit code of a search that goes on until then
interrupt_when() {
    rm -f err
    (
        trap - INT
        exec "$bin/rimer-search" "${slow[@]}" --resume >table 2>err
    ) &
    pid=$!
    for _ in $(seq 12000); do # two minutes: sanitised, on a busy machine, folds take their time
        eval "$1" && break
        sleep 0.01
    done
    kill -INT $pid
    wait $pid
}
interrupt_when '[ -f slow.csv ]'
same "$? $(wc -l <slow.csv) $(grep -c 'interrupted; slow.csv has 0 trials: run the same command with --resume to go on' err)" \
    '130 1 1' 'interrupted in a fold: 130, and how to go on'
interrupt_when 'grep -qs "^training " err'
same "$? $(wc -l <slow.csv) $(ls slow.safetensors 2>/dev/null) $(grep -c 'slow.csv has the trials: run .* --resume to train the model' err)" \
    '130 2  1' 'interrupted while the model is trained: the same'
cp slow.csv slow.kept
search "${slow[@]}" --resume >table
same "$? $(cmp slow.csv slow.kept)" '0 ' 'which then is trained alone'
"$bin/rimer-train" "$air" "${common[@]}" "${long[@]}" --lr 0.002 -q -o slow.whole && cmp slow.safetensors slow.whole
report $? 'to the same bytes'

# Its only fold trained, the trial would be done when it is scored: the bar tells when that is.
if script -qec true /dev/null >/dev/null 2>&1; then
    awk 'BEGIN {
        for (c = 0; c < 40; c++) header = header ",c" c
        print "t" header
        for (t = 1; t <= 1200; t++) {
            row = t
            for (c = 1; c <= 40; c++) row = row sprintf(",%.3f", sin(t * c / 50))
            print row
        } }' >wide.csv
    (
        trap - INT
        exec env -u NO_COLOR -u CI TERM=xterm script -qec "echo \$\$ >pid; exec '$bin/rimer-search' wide.csv --space one.json \
            --layers 2 --width 32 --context 64 -H 64 --patch 8 --set output_len=8 --epochs 1 --set windows_per_epoch=64 \
            --split 0.4/0.3/0.3 --folds 1 --results wide.found.csv -o wide.safetensors" /dev/null </dev/null >shown 2>&1
    ) &
    for _ in $(seq 12000); do
        grep -qs scored shown && break
        sleep 0.01
    done
    kill -INT "$(cat pid)"
    wait $!
    same "$? $(wc -l <wide.found.csv) $(ls wide.safetensors 2>/dev/null) $(grep -c 'wide.found.csv has 0 trials: run .* --resume to go on' shown)" \
        '130 1  1' 'interrupted while a fold is scored: 130, and its trial begins again'
else
    echo 'skip - interrupted while a fold is scored: script, for a terminal, is not here'
fi

# A training of the same settings that was interrupted under the model's name is left alone.
(
    trap - INT
    exec "$bin/rimer-train" "$air" "${common[@]}" "${long[@]}" --lr 0.002 -q -o other.safetensors \
        --set checkpoint_steps=1 2>err
) &
pid=$!
for _ in $(seq 2000); do
    [ -f other.train.safetensors ] && break
    sleep 0.01
done
kill -INT $pid
wait $pid
same "$? $(ls other*)" '130 other.best.safetensors
other.train.safetensors' 'a training that was interrupted'
cp other.train.safetensors slow.train.safetensors
inode=$(stat -c %i slow.safetensors)
search "${slow[@]}" --resume >table
same "$? $(stat -c %i slow.safetensors) $(cmp other.train.safetensors slow.train.safetensors)" "0 $inode " \
    'its state is not gone on with by a search that has the model'
: >empty.safetensors
search "${slow[@]/slow.safetensors/empty.safetensors}" --resume >table
same "$? $(wc -c <empty.safetensors) $(grep -c 'empty.safetensors: is not the model of the best trial' err)" '2 0 1' \
    'an empty file is no model, and none is trained into it'

# -------------------------------------------------------------------------- what is refused
# refused CODE WORDS NAME ARGUMENT...: in one line; nothing changes
state() {
    find . -type f ! -name err ! -name table -exec cksum {} + | sort
}
refused() {
    local code=$1 words=$2 name=$3 before got
    shift 3
    before=$(state)
    search "$@" >table
    got=$?
    if [ "$got" = "$code" ] && [ "$(wc -l <err)" = 1 ] && [ ! -s table ] && grep -qF -e "$words" err &&
        [ "$before" = "$(state)" ]; then
        report 0 "$name"
    else
        report 1 "$name"
        echo "    exit $got, want $code and \"$words\": $(cat err)"
    fi
}
plain=("$air" --space grid.json "${common[@]}" --no-stop)
search "${plain[@]}" --trials 1 --results plain.csv >table
refused 2 'kept.csv:2: is of another search (fixed is "context_len=16 horizon=8 epochs=3 folds=3" there, "context_len=16 horizon=8 epochs=3 folds=2" here)' \
    'results of other folds' "${plain[@]}" --folds 2 --results kept.csv --resume
refused 2 'epochs=3 folds=3" there, "context_len=16 horizon=8 epochs=3" here)' 'results of folds where there are none' \
    "${plain[@]}" --results kept.csv --resume
refused 2 'epochs=3" there, "context_len=16 horizon=8 epochs=3 folds=3" here)' 'results without folds' \
    "${small[@]}" --results plain.csv --resume
sed '2s/^\(\([^,]*,\)\{10\}[^ ]* [^ ]*\) [^,]*/\1/' kept.csv >edited.csv
refused 2 'edited.csv:2: column "val_mse_by_epoch"' 'a line that lacks a fold' "${small[@]}" --results edited.csv --resume
sed '2s/done/stopped/' kept.csv >edited.csv
refused 2 'edited.csv:2: column "val_mse_by_epoch"' 'one that was stopped behind its last' "${small[@]}" --results edited.csv --resume
refused 3 "fold 1 of 15 of split 0.7/0.1/0.2 has too few steps to train on: take fewer --folds, or a longer series" \
    'a series too short for so many folds' "${plain[@]}" --folds 15 --results new.csv
refused 2 'split 0.7/0.1/0.2@1/2: --folds makes the folds itself: give a split without one' 'folds of a fold' \
    "${plain[@]}" --folds 2 --split 0.7/0.1/0.2@1/2 --results new.csv
refused 3 '0 to validate' 'a split without a validation part' "${plain[@]}" --folds 2 --split last:0/16 --results new.csv
refused 2 'folds' 'a number of folds that is none' "${plain[@]}" --folds -1 --results new.csv
finish
