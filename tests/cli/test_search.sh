#!/bin/bash
# rimer-search: grid and draws, the stopping rule, going on after any end, and what is refused.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C
air=$root/datasets/air_passengers.csv
cd "$work" || exit 1
cat >grid.json <<'END'
{"lr": [0.002, 0.5], "width": [16, 24, 20], "head_size": [4, 8]}
END
small=("$air" --space grid.json --layers 1 --epochs 8 -H 8 --context 16)

search() {
    "$bin/rimer-search" "$@" 2>err
}

# Results but for the seconds.
but_seconds() {
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i } { $at = ""; print }' "$1"
}
same_results() {
    cmp <(but_seconds "$1") <(but_seconds "$2")
}

# ------------------------------------------------------------------------------- the grid
search "${small[@]}" -q --no-stop --results all.csv -o best.safetensors >table
same "$? $(wc -c <err)" '0 0' 'a grid is gone through, quietly'
same "$(cut -d, -f1-4 all.csv | head -n 8 | tr '\n' ' ')" \
    'trial,lr,width,head_size 1,0.002,16,4 2,0.002,16,8 3,0.002,24,4 4,0.002,24,8 5,0.002,20,4 6,0.002,20,8 7,0.5,16,4 ' \
    'in the order of the file, the last setting changing fastest'
same "$(cut -d, -f5 all.csv | sort | uniq -c | tr -s ' \n' ' ')" ' 10 done 1 outcome 2 refused ' \
    'each point once, those that do not fit together refused'
same "$(sed -n 's/^6,.*,"\{0,1\}\(head_size 8[^"]*20\).*/\1/p' all.csv)" 'head_size 8 does not divide width 20' \
    'with the reason'
awk -F, '$5 == "done" {
    n = split($11, curve, " ")
    least = curve[1]; at = 0
    for (i = 2; i <= n; i++) if (curve[i] < least) { least = curve[i]; at = i - 1 }
    if (n != $6 + 1 || at != $7 || least != $8) { print; exit 1 } }' all.csv
report $? 'the curve has the fresh model and every epoch, and its least is the error'
best=$(awk -F, '$5 == "done"' all.csv | sort -t, -k8,8g | head -n 5 | cut -d, -f1 | tr '\n' ' ')
same "$(awk 'NR > 1 && NR < 7 { printf "%s ", $1 }' table)" "$best" 'the table has the best five'
same "$(sed -n 's/^trials *//p' table)" '12: 10 done, 0 stopped early, 2 refused; all are in all.csv' 'and the counts'
settings=$(sed -n 's/^best *trial [0-9]*: //p' table)
same "$settings" "$(awk -F, -v t="${best%% *}" '$1 == t { print "lr=" $2 " width=" $3 " head_size=" $4 }' all.csv)" \
    'and the best settings'
read -ra each <<<"$settings"
"$bin/rimer-train" "$air" --layers 1 --epochs 8 -H 8 --context 16 -q -o trained.safetensors \
    "${each[@]/#/--set=}" && cmp best.safetensors trained.safetensors
report $? 'the model that was kept is what rimer-train makes of them'

search "${small[@]}" --trials 2 --results two.csv >table
same "$? $(tail -n +2 two.csv | wc -l) $(grep -c '^trial  *[12]/2 .*val MSE.*lr=0.002 width=16 head_size=' err)" '0 2 2' \
    '--trials, and a line for each'

# ------------------------------------------------------------------------- the stopping rule
# A fifth trial that is bad, a sixth that is good in time but not in the end, bad ones until the
# median is what they all begin with, and one more.
cat >rule.json <<'END'
{"lr": [0.0005, 0.0012, 0.0004, 0.0015, 0.5, 0.0011, 0.6, 0.7, 0.8, 0.9, 0.95, 1, 0.002]}
END
rule=("$air" --space rule.json --layers 1 --epochs 8 -H 8 --context 16 --width 16 --patience 8 -q)
search "${rule[@]}" --no-stop --results whole.csv >table && search "${rule[@]}" --results rule.csv >table
report $? 'a search that stops what is bad'
# The rule once more, by the whole curves: TRIAL OUTCOME EPOCHS
awk -F, 'NR > 1 {
    n = split($9, curve, " ")
    best = curve[1]; ends = "done"
    for (e = 1; e < n; e++) {
        if (curve[e + 1] < best) best = curve[e + 1]
        bests[NR, e] = best
        m = 0
        for (t = 2; t < NR; t++) if ((t, 1) in bests) {
            last = e
            while (!((t, last) in bests)) last--
            x = bests[t, last]
            for (i = m++; i > 0 && sorted[i] > x; i--) sorted[i + 1] = sorted[i]
            sorted[i + 1] = x
        }
        middle = (sorted[int((m + 1) / 2)] + sorted[int(m / 2) + 1]) / 2
        if (m >= 5 && 4 * e >= 8 && e < 8 && best > middle) { ends = "stopped"; break }
    }
    print $1, ends, e < n ? e : n - 1
}' whole.csv >want
same "$(awk -F, 'NR > 1 { print $1, $3, $4 }' rule.csv)" "$(cat want)" \
    'trials above the median are stopped, no others, and when they should'
same "$(awk '{ printf "%s", substr($2, 1, 1) }' want)" ddddddsssssdd 'as this space has it'
search "${small[@]}" -q --results some.csv -o best2.safetensors >some.table &&
    grep -q '^[0-9]*,[^"]*,stopped,' some.csv && cmp best.safetensors best2.safetensors
report $? 'where some are stopped the best is still found'

# ---------------------------------------------------------------------------- of quantiles
# The least CRPS belongs to another trial than the least MSE.
echo '{"lr": [0.002, 0.02], "noise": [0, 0.5]}' >levels.json
levels=("$air" --space levels.json --layers 1 --epochs 6 -H 8 --context 16 --width 16)
tenths=(--set 'quantiles=0.1,0.5,0.9')
search "${levels[@]}" "${tenths[@]}" --results levels.csv -o levels.safetensors >table
same "$? $(head -n 1 levels.csv)" \
    '0 trial,lr,noise,outcome,epochs_run,best_epoch,val_crps,val_mse,val_mae,seconds,val_crps_by_epoch,reason,fixed,data' \
    'trials of quantiles have a CRPS'
# by_column N: numbers of the trials
by_column() {
    tail -n +2 levels.csv | sort -s -t, -k"$1,$1g" | cut -d, -f1 | tr '\n' ' '
}
same "$(awk 'NR == 1 || NR > 5 { next } { printf "%s ", $1 }' table)" "$(by_column 7)" 'are ranked by it'
[ "$(by_column 7)" != "$(by_column 8)" ]
report $? 'which is another order than that of the MSE'
awk -F, 'NR > 1 { split($11, curve, " "); least = curve[1]
    for (e in curve) if (curve[e] < least) least = curve[e]
    if (curve[$6 + 1] != $7 || least != $7) { print; exit 1 } }' levels.csv
report $? 'the curve is of it, and it is that of the epoch kept'
same "$("$bin/rimer-evaluate" "$air" -m levels.safetensors --part val --json | sed -n 's/^ *"crps": \([^,]*\),*$/\1/p' | head -n 1 | cut -c 1-8)" \
    "$(tail -n +2 levels.csv | sort -t, -k7,7g | head -n 1 | cut -d, -f7 | cut -c 1-8)" 'and of the model that is kept'
head -n 3 levels.csv >cut.csv
search "${levels[@]}" "${tenths[@]}" -q --results cut.csv --resume >table && same_results levels.csv cut.csv
report $? 'and it is gone on with'
cut -d, -f7 --complement levels.csv | sed '1s/val_crps_by/val_mse_by/' >old.csv
search "${levels[@]}" "${tenths[@]}" -q --results old.csv --resume >table
same "$? $(cat err)" '2 rimer-search: old.csv:1: is of another search, whose columns are not those of this one, which ranks quantiles by val_crps: choose another name for the results, or --force to begin anew' \
    'results of quantiles that were ranked by the MSE are refused'
search "${levels[@]}" -q --set quantiles=0.2,0.8 --trials 1 --results narrow.csv >table &&
    echo '{"quantiles": ["", "0.1,0.5,0.9"]}' >mixed.json &&
    search "${levels[@]}" --space mixed.json -q --results mixed.csv >table
same "$? $(head -q -n 1 narrow.csv mixed.csv | grep -c ',best_epoch,val_mse,val_mae,seconds,val_mse_by_epoch,')" '0 2' \
    'the MSE ranks narrower quantiles, and where only some have quantiles'
echo '{"lr": [0.002, 0.02], "noise": [0, 0.5], "quantiles": ["0.1,0.5,0.9"]}' >listed.json
search "${levels[@]}" --space listed.json --results listed.csv >listed.table
same "$? $(tail -n +2 listed.csv | sort -s -t, -k10,10g | cut -d, -f1 | tr '\n' ' ')" "0 $(by_column 7)" \
    'where all of the space have them, it is the CRPS'

# ---------------------------------------------------------------------------------- draws
cat >range.json <<'END'
{"lr": {"min": 1e-4, "max": 0.1, "scale": "log"}, "layers": {"min": 0, "max": 2}, "loss": ["mse", "mae", "huber"]}
END
draw=("$air" --space range.json --random --epochs 1 -H 8 --context 16 --width 16 -q)
search "${draw[@]}" --trials 7 --results a.csv >table && search "${draw[@]}" --trials 7 --results b.csv >table &&
    same_results a.csv b.csv
report $? 'the same seed, the same trials and results'
search "${draw[@]}" --trials 3 --results c.csv >table
same "$(but_seconds c.csv)" "$(but_seconds a.csv | head -n 4)" 'fewer draws are the first of them'
search "${draw[@]}" --trials 7 --seed 2 --results d.csv >table
[ "$(cut -d, -f2-4 d.csv | cat - a.csv | cut -d, -f1-3 | sort -u | wc -l)" -gt 8 ] &&
    ! cmp -s <(cut -d, -f2-4 a.csv) <(cut -d, -f2-4 d.csv)
report $? 'another seed, other trials'
echo '{"layers": [0, 1]}' >few.json
search "$air" --space few.json --random --trials 6 --epochs 1 -H 8 --context 16 --width 16 -q --results few.csv >table
same "$? $(cut -d, -f3 few.csv | sort | uniq -c | tr -s ' \n' ' ') $(grep -c 'the settings of trial [12] again' few.csv)" \
    '0  2 done 1 outcome 4 refused  4' 'settings that come again are not trained again'

# ------------------------------------------------------------------------------- going on
search "${small[@]}" -q --results some.csv >table
same "$? $(grep -c 'some.csv: is there: --resume' err)" '2 1' 'results that are there are not replaced'
search "${small[@]}" -q --results none.csv -o best.safetensors >table
same "$? $(grep -c 'best.safetensors: is there' err) $(ls none.csv 2>/dev/null)" '2 1 ' 'nor is a model'
cp some.csv kept.csv
search "${small[@]}" -q --results some.csv -o best2.safetensors --resume >table
same "$? $(cat table)" "0 $(cat some.table)" 'a search that is done prints its table again'
cmp some.csv kept.csv && cmp best.safetensors best2.safetensors && [ "$(wc -l <some.csv)" = 13 ]
report $? 'and changes nothing'

# Cut off at any byte, as a kill in the middle of a write leaves it.
size=$(wc -c <some.csv) equal=0
header=$(head -n 1 some.csv | wc -c)
for part in "$header" $((header + 1)) $((size / 4)) $((size / 2)) $((size * 3 / 4)) $((size - 1)); do
    head -c "$part" some.csv >cut.csv
    search "${small[@]}" -q --results cut.csv --resume >table && same_results some.csv cut.csv && equal=$((equal + 1))
done
same "$equal" 6 'results that were cut off are gone on with to the same end'

kills=0 killed=0
while [ $kills -lt 40 ] && [ $killed -lt 3 ]; do
    kills=$((kills + 1))
    rm -rf run
    mkdir run
    "$bin/rimer-search" "${small[@]}" -q --results run/r.csv -o run/m.safetensors >table 2>err &
    pid=$!
    for _ in $(seq 500); do
        [ -f run/r.csv ] && [ "$(wc -l <run/r.csv)" -ge $((2 + 2 * killed)) ] && break
        sleep 0.005
    done
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? = 137 ] || continue
    killed=$((killed + 1))
    echo "    killed with $(($(wc -l <run/r.csv) - 1)) trials of 12"
    search "${small[@]}" -q --results run/r.csv -o run/m.safetensors --resume >table &&
        same_results some.csv run/r.csv && cmp best.safetensors run/m.safetensors &&
        [ "$(echo run/*)" = 'run/m.safetensors run/r.csv' ]
    report $? "killed by kill -9, it ends with the same results and model"
done
[ $killed = 3 ]
report $? 'it was killed three times'

# A model that was saved before its line was written: of the trial that comes next.
head -n 1 some.csv >next.csv
"$bin/rimer-train" "$air" --layers 1 --epochs 8 -H 8 --context 16 -q --lr 0.002 --width 16 \
    --set head_size=4 -o next.safetensors
cp next.safetensors trained-1.safetensors
search "${small[@]}" -q --results next.csv -o next.safetensors --resume >table &&
    same_results some.csv next.csv && cmp best.safetensors next.safetensors
report $? 'a model without its line belongs to the next trial'

(
    trap - INT
    exec "$bin/rimer-search" "${small[@]}" --epochs 500 -q --set patience=500 --results int.csv -o int.safetensors >int.table 2>int.err
) &
pid=$!
for _ in $(seq 500); do
    [ -f int.csv ] && break
    sleep 0.01
done
search "${small[@]}" -q --results int.csv --resume >table
same "$? $(cat err)" '1 rimer-search: int.csv: another process is writing it: wait until that has ended, or choose another name' \
    'results that another search writes are refused'
search "${small[@]}" -q --results ./int.csv --force >table
same "$? $(grep -c 'another process' err) $(ls int.csv*)" '1 1 int.csv
int.csv.rimer-lock' 'with --force, too'
search "${small[@]}" -q --results other.csv -o int.safetensors --force >table
same "$? $(grep -c 'int.safetensors: another process is writing it' err) $(ls other.csv* 2>/dev/null)" '1 1 ' 'nor is its model anyone else'\''s'
"$bin/rimer-train" "$air" -q -o int.safetensors --force 2>err
same "$? $(grep -c 'int.safetensors: another process is writing it' err)" '1 1' 'a training'\''s, for one'
kill -INT $pid
wait $pid
same "$? $(ls int.csv*) $(wc -l <int.err) $(grep -c 'interrupted; int.csv has [0-9]* trials: run the same command with --resume' int.err)" '130 int.csv 1 1' \
    'interrupted: 130, and a sentence that says how to go on'

search "${small[@]}" -q --results late.csv --seconds 0.001 >table
same "$? $(wc -l <late.csv) $(cat err)" '1 1 rimer-search: 0.001 seconds are not enough for one trial' 'a budget too small'
search "${small[@]}" -q --results late.csv --seconds 1000 --resume >table && same_results some.csv late.csv
report $? 'is no obstacle to a larger one'
sed '1!s/^\(\([^,]*,\)\{9\}\)[^,]*/\1400/; 4q' some.csv >late.csv # three trials of 400 s
search "${small[@]}" -q --results late.csv --seconds 1000 --resume >table
same "$? $(wc -l <late.csv)" '0 4' 'seconds of before count'
search "${small[@]}" -q --results anew.csv --resume >table
same "$? $(head -n 1 err)" '0 rimer-search: anew.csv: is not there, so the search begins at the beginning' \
    '--resume begins where there is nothing'
search "${small[@]}" -q --results anew.csv --trials 1 -o best2.safetensors --force >table
same "$? $(wc -l <anew.csv)" '0 2' '--force begins anew'
cmp -s best.safetensors best2.safetensors
same $? 1 'with another model, too'

# -------------------------------------------------------------------------- what is refused
# refused CODE WORDS NAME ARGUMENT...: in one line; results, model and folder stay as they are
cp best.safetensors kept.safetensors
cp "$air" air.csv
state() {
    find . -type f ! -name err ! -name table -exec cksum {} + | sort
}
refused() {
    local code=$1 words=$2 name=$3 before got
    shift 3
    before=$(state)
    search "$@" -q >table
    got=$?
    if [ "$got" = "$code" ] && [ "$(wc -l <err)" = 1 ] && [ ! -s table ] && grep -qF -e "$words" err &&
        [ "$before" = "$(state)" ]; then
        report 0 "$name"
    else
        report 1 "$name"
        echo "    exit $got, want $code and \"$words\": $(cat err)"
        diff <(echo "$before") <(state)
    fi
}
resume=(--results kept.csv --resume)
refused 2 'kept.csv:2: is of another search (fixed is "context_len=16 horizon=8 epochs=8" there, "context_len=16 horizon=8 epochs=9"' \
    'results with other settings' "${small[@]}" --epochs 9 "${resume[@]}"
head -n 140 "$air" >shorter.csv
refused 2 'kept.csv:2: is of another search (data is "' 'results of other data' shorter.csv "${small[@]:1}" "${resume[@]}"
sed 's/0.002/0.003/' grid.json >other.json
refused 2 'kept.csv:2: is of another search (lr is "0.002" there, "0.003" here)' 'results of other values' \
    "${small[@]}" --space other.json "${resume[@]}"
echo '{"lr": [0.002, 0.5], "width": [16, 24]}' >other.json
refused 2 'kept.csv:1: is of another search, whose columns' 'results of other keys' "${small[@]}" --space other.json "${resume[@]}"
echo '{"lr": [0.002], "width": [16, 24, 20], "head_size": [4, 8]}' >other.json
refused 2 'kept.csv:8: is of another search (there are 6 points in this grid)' 'more results than points' \
    "${small[@]}" --space other.json "${resume[@]}"
refused 2 'a.csv:2: is of another search (lr is "' 'draws of another seed' "${draw[@]}" --trials 7 --seed 2 --results a.csv --resume
refused 2 'shorter.csv:1: is of another search' 'a table for results' "${small[@]}" --results shorter.csv --resume
sed 2d some.csv >edited.csv
refused 2 'edited.csv:2: is of another search (trial is "2" there, "1" here)' 'a line that is lacking' \
    "${small[@]}" --results edited.csv --resume
# damaged COLUMN EDIT: of line 3
damaged() {
    sed "3$2" some.csv >edited.csv
    refused 2 "edited.csv:3: column \"$1\"" "a damaged line: $1" "${small[@]}" --results edited.csv --resume
}
damaged outcome 's/done/gone/'
damaged epochs_run 's/\(done,\)[0-9]*/\1x/'
damaged val_mse 's/\(done,[0-9]*,[0-9]*\),[^,]*/\1,/'
damaged seconds 's/\(done,[^,]*,[^,]*,[^,]*,[^,]*\),[^,]*/\1,1 s/'
damaged val_mse_by_epoch 's/\(done,[0-9]*\)/\10/'
damaged val_mse_by_epoch 's/\(done,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*\),[^ ]*/\1,one/'

refused 2 'none.safetensors: is not there, though trial' 'a model that was not kept' "${small[@]}" "${resume[@]}" -o none.safetensors
refused 2 'trained-1.safetensors: is not the model of the best trial in kept.csv' 'the model of something else' \
    "${small[@]}" "${resume[@]}" -o trained-1.safetensors
refused 2 'grid.json: the results would be written over its input' 'results over the space' "${small[@]}" --results grid.json
refused 2 'air.csv: the results would be written over its input' 'results over the data' air.csv "${small[@]:1}" --results ./air.csv
refused 2 'grid.json: the model would be written over its input' 'a model over the space' "${small[@]}" --results new.csv -o grid.json
refused 2 'new.csv: cannot be both the model and the results' 'one file for both' "${small[@]}" --results new.csv -o ./new.csv
refused 1 'nowhere' 'results in no folder' "${small[@]}" --results nowhere/new.csv
refused 2 'the results need a file' 'results to standard output' "${small[@]}" --results -
refused 2 'a model is not written to standard output' 'a model to standard output' "${small[@]}" --results new.csv -o -
refused 2 'need a name for the results' 'data from standard input without a name' - "${small[@]:1}"
refused 2 'choose one' '--resume and --force' "${small[@]}" --results new.csv --resume --force
refused 2 'needs settings to try' 'no space' "$air" --results new.csv
refused 2 'range.json: has a range, which is for --random' 'a range without --random' "$air" --space range.json --results new.csv
refused 2 '--random has no end by itself' 'draws without an end' "$air" --space range.json --random --results new.csv
refused 1 'none.json: cannot be opened' 'a space that is not there' "$air" --space none.json --results new.csv
printf '{"lr": [0.1],\n "width" [3]}\n' >bad.json
refused 2 'bad.json:2: not valid JSON' 'a space that is no JSON' "$air" --space bad.json --results new.csv
printf '{"lr": [0.1], "widht": [3]}\n' >bad.json
refused 2 'bad.json: unknown key "widht": did you mean width?' 'a key that is none' "$air" --space bad.json --results new.csv
printf '{"\033[31m\\u001bred": [3]}\n' >bad.json
refused 2 'bad.json:1: not valid JSON: control character' 'a key that drives a terminal' "$air" --space bad.json --results new.csv
printf '{"\\u001b[31mred": [3]}\n' >bad.json
refused 2 'bad.json: unknown key "?[31mred"' 'the same in disguise' "$air" --space bad.json --results new.csv
printf '{"horizon": [4, 8]}\n' >bad.json
refused 2 'bad.json: horizon: cannot be searched' 'horizons' "$air" --space bad.json --results new.csv
head -n 5 "$air" >short.csv
refused 3 'short.csv' 'data too short' short.csv --space grid.json --results new.csv
refused 2 'split' 'a split that is none' "$air" --space grid.json --results new.csv --split half
echo '{"width": [20], "head_size": [3, 8]}' >unfit.json
search "${small[@]}" --space unfit.json -q --results unfit.csv -o unfit.safetensors >table
same "$? $(cat err) $(wc -l <unfit.csv) $(ls unfit.safetensors 2>/dev/null)" \
    '2 rimer-search: not one of 2 trials has a validation error; the first: head_size 3 does not divide width 20: choose a divisor of the width 3 ' \
    'not one point that fits'

# ---------------------------------------------------------------------------- strange names
strange=$'a "b", \e[31m\nc.csv'
cp "$air" "$strange"
echo '{"context_len": [16, 500]}' >long.json
search "$strange" --space long.json --epochs 1 -H 8 --width 16 >table
same "$? $(ls -b ./*.search.csv)" '0 ./a\ "b",\ \033[31m\nc.search.csv' 'data of a strange name'
cat err table "${strange%.csv}.search.csv" | tr -d '\n' | grep -q '[[:cntrl:]]'
same "$? $(wc -l <"${strange%.csv}.search.csv")" '1 3' 'which is shown and written without what drives a terminal'
grep -q '^2,500,refused,.*"a ""b"", ?\[31m?c.csv: ' "${strange%.csv}.search.csv"
report $? 'data that the settings do not fit are a reason, too'
search "$strange" --space long.json --epochs 1 -H 8 --width 16 --resume >table
same "$? $(wc -l <"${strange%.csv}.search.csv")" '0 3' 'and read back'
finish
