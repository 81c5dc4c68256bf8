#!/bin/bash
# Training is killed with kill -9 at random instants and resumed, again and again. After every kill
# a copy of the folder is resumed to the end and its model compared with that of a straight run,
# byte by byte. It trains two networks (moments both), and both anew (refit). All the time a watcher reads what stands under the final names.
# Five kills; with RIMER_FULL=1 fifty.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
kills=5
[ -n "${RIMER_FULL:-}" ] && kills=50
seed=${RIMER_KILL_SEED:-$$}
RANDOM=$seed
cd "$work" || exit 1
mkdir straight run
command=("$bin/rimer-train" "$root/datasets/uk_demand.csv" -q -H 8 --context 64 --width 32 --batch 64
    --epochs 6 --patience 6 --set windows_per_epoch=512 --set moments=both --refit val)

now() {
    date +%s%N
}

begin=$(now)
"${command[@]}" -o straight/m.safetensors --log straight/log.csv
report $? 'a straight run'
length=$((($(now) - begin) / 1000000)) # milliseconds

# A file may go between the look and the reading, never be there and not be readable.
readable() {
    "$bin/rimer-info" "$1" >read.out 2>read.err && return 0
    grep -q 'No such file' read.err && return 0
    echo "    $1: $(cat read.err)"
    return 1
}

all_readable() {
    local file unreadable=0
    for file in run/m.safetensors run/m.train.safetensors run/m.best.safetensors; do
        [ ! -e "$file" ] || readable "$file" || unreadable=1
    done
    return $unreadable
}

: >watch
(
    n=0
    while [ -e watch ]; do
        all_readable >>unreadable || touch found-unreadable
        n=$((n + 1))
        sleep 0.01
    done
    echo "$n" >looks
) &
watcher=$!

# What never changes the bytes is different every time.
begin_run() {
    "${command[@]}" -o run/m.safetensors --log run/log.csv --resume --threads $((1 + RANDOM % 3)) \
        --set checkpoint_steps=$((1 + RANDOM % 20)) 2>run.err &
}

# same_end FOLDER: model and log are the straight run's (but for the log's seconds), and all that is there
same_end() {
    cmp straight/m.safetensors "$1/m.safetensors" &&
        cmp <(cut -d, -f1-6,8 straight/log.csv) <(cut -d, -f1-6,8 "$1/log.csv") &&
        [ "$(echo "$1"/*)" = "$1/log.csv $1/m.safetensors" ]
}

finish_copy() {
    rm -rf copy
    cp -r run copy
    "${command[@]}" -o copy/m.safetensors --log copy/log.csv --resume --threads $((1 + RANDOM % 3)) \
        2>>copy.err && same_end copy
}

# Most kills come at any time; some as soon as the model appears, when the other files are to go.
wait_for_instant() {
    if [ $((RANDOM % 5)) = 0 ]; then
        while [ ! -e run/m.safetensors ] && kill -0 $pid 2>/dev/null; do :; done
    else
        sleep "$(printf '0.%04d' $((RANDOM % (length > 1200 ? 9999 : length * 8))))"
    fi
}

killed=0 ended=0 equal=0 in_state=0 at_end=0 steps='' tries=0
while { [ $killed -lt $kills ] || [ $in_state = 0 ]; } && [ $tries -lt $((kills * 20)) ]; do
    tries=$((tries + 1))
    begin_run
    pid=$!
    wait_for_instant
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    code=$?
    if [ $code = 137 ]; then
        killed=$((killed + 1))
        if [ -e run/m.train.safetensors ]; then
            in_state=$((in_state + 1))
            steps="$steps $("$bin/rimer-info" --json run/m.train.safetensors |
                sed -n 's/^  "step": \([0-9]*\),$/\1/p')"
        else
            steps="$steps -"
        fi
        [ ! -e run/m.safetensors ] || at_end=$((at_end + 1))
        [ "$(find run -name '*.rimer-tmp*' | wc -l)" -le 3 ] || report 1 'temporary files pile up'
        if finish_copy; then equal=$((equal + 1)); else report 1 "kill $killed: other bytes"; fi
        [ ! -e run/m.safetensors ] || rm -f run/*
    else
        ended=$((ended + 1))
        [ $code = 0 ] || report 1 "a run that was not killed ends with $code: $(cat run.err)"
        same_end run || report 1 'a run that ended by itself: other bytes'
        rm -f run/*
    fi
done
rm watch
wait $watcher

echo "seed $seed: $killed kills, $in_state of them with a saved state, $at_end with the model written, at steps (-: none yet):$steps"
echo "$equal resumed copies equal the straight run; $ended runs ended before the kill; $(cat looks) looks at the files"
[ $killed -ge $kills ] && [ $equal = $killed ]
report $? "after each of $killed kills the resumed run has the bytes of the straight one"
[ $in_state -gt 0 ]
report $? 'some of the kills came when a state was saved'
[ ! -e found-unreadable ]
report $? 'no file under a final name was ever unreadable'
cat unreadable
"${command[@]}" -o run/m.safetensors --log run/log.csv --resume && same_end run
report $? 'the run that was killed so often ends with the same bytes, and leaves nothing else'
finish
