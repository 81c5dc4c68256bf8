#!/bin/bash
# Signals: the first one stops a training with its state saved, the second leaves at once, a reader
# who goes away ends every program quietly.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
air=$root/datasets/air_passengers.csv
cd "$work" || exit 1

# job COMMAND...: in the background, where a shell has SIGINT ignored otherwise
job() {
    (
        trap - INT
        exec "$@"
    ) &
    pid=$!
}

long=("$air" -H 12 --epochs 150 --patience 150 -q)
"$bin/rimer-train" "${long[@]}" -o straight.safetensors --log straight.csv
report $? 'a straight run'

# begin NAME: trains in the background until its log has some epochs
begin() {
    job "$bin/rimer-train" "${long[@]}" -o "$1.safetensors" --log "$1.csv" 2>"$1.err"
    for _ in $(seq 1000); do
        [ -f "$1.csv" ] && [ "$(wc -l <"$1.csv")" -ge 4 ] && break
        sleep 0.01
    done
}

for signal in INT TERM HUP; do
    begin $signal
    kill -$signal $pid
    wait $pid
    same "$? $(wc -l <$signal.err) $(grep -c "$signal.train.safetensors.*$signal.best.safetensors.*--resume" $signal.err)" \
        '130 1 1' "SIG$signal: 130, and a sentence that says how to go on"
    [ ! -e $signal.safetensors ] && "$bin/rimer-info" $signal.train.safetensors $signal.best.safetensors >info
    same "$? $(grep -c "^stands      in epoch .* of 150, after .* steps" info)" '0 1' \
        "SIG$signal: the state and the best model are whole"
    printf '149,9,9,9,9,9,9\n149,9' >>$signal.csv # as if it had been killed later than it was saved
    "$bin/rimer-train" "${long[@]}" -o $signal.safetensors --log $signal.csv --resume 2>$signal.err
    same "$? $(wc -c <$signal.err)" '0 0' "SIG$signal: --resume goes on to the end"
    cmp straight.safetensors $signal.safetensors
    report $? "SIG$signal: to the bytes of the straight run"
    same "$(cut -d, -f1-6 $signal.csv | cksum)" "$(cut -d, -f1-6 straight.csv | cksum)" \
        "SIG$signal: and to the same log, but for the seconds"
done
same "$("$bin/rimer-info" --json straight.safetensors | grep -c '"kind": "model"')" 1 'a model is a model'

# One step is the whole epoch here, and takes long enough for a second signal to come during it.
job "$bin/rimer-train" "$root/datasets/uk_demand.csv" -H 48 --width 128 --set windows_per_epoch=200000 \
    --batch 100000 --epochs 3 -q -o twice.safetensors --log twice.csv 2>twice.err
for _ in $(seq 1000); do
    [ -f twice.csv ] && break
    sleep 0.01
done
kill -INT $pid
kill -TERM $pid
wait $pid
same "$? $(cat twice.err) $(echo twice.*)" \
    '130  twice.csv twice.csv.rimer-lock twice.err twice.safetensors.rimer-lock' \
    'a second signal leaves at once: nothing is said or saved, and empty locks stay'
"$bin/rimer-train" "$air" -H 12 --epochs 1 -q -o twice.safetensors --log twice.csv
same "$? $(echo twice.*)" '0 twice.csv twice.err twice.safetensors' 'that the next run clears away'

begin one
"$bin/rimer-train" "${long[@]}" -o ./one.safetensors --force 2>err
same "$? $(cat err)" '1 rimer-train: ./one.safetensors: another process is writing it: wait until that has ended, or choose another name' \
    'a model that another training makes is refused'
"$bin/rimer-train" "${long[@]}" -o two.safetensors --log one.csv 2>err
same "$? $(grep -c 'one.csv: another process is writing it' err) $(ls two.* 2>/dev/null)" '1 1 ' 'and so is its log'
kill -9 $pid
wait $pid 2>/dev/null
"$bin/rimer-train" "${long[@]}" -o one.safetensors --log one.csv --resume && cmp straight.safetensors one.safetensors
same "$? $(echo one*)" '0 one.csv one.err one.safetensors' 'once that is killed they are free, and nothing stays'

( # as nohup does
    trap '' HUP INT
    exec "$bin/rimer-train" "${long[@]}" -o ignored.safetensors --log ignored.csv
) &
pid=$!
for _ in $(seq 1000); do
    [ -f ignored.csv ] && break
    sleep 0.01
done
kill -HUP $pid
kill -INT $pid
wait $pid
same "$? $(echo ignored*)" '0 ignored.csv ignored.safetensors' 'what the caller ignores stays ignored'

# closed COMMAND...: its standard output is a pipe that nobody reads any more
closed() {
    exec 3> >(:)
    wait $!
    "$@" >&3 2>closed.err
    code=$?
    exec 3>&-
}
"$bin/rimer-forecast" -m straight.safetensors "$air" -o next.csv
closed "$bin/rimer-forecast" -m straight.safetensors "$air"
same "$code $(cat closed.err)" '141 ' 'rimer-forecast: a closed pipe ends it quietly'
closed "$bin/rimer-evaluate" -m straight.safetensors "$air"
same "$code $(cat closed.err)" '141 ' 'rimer-evaluate: a closed pipe ends it quietly'
closed "$bin/rimer-info" straight.safetensors
same "$code $(cat closed.err)" '141 ' 'rimer-info: a closed pipe ends it quietly'
closed "$bin/rimer-convert" "$air" -
same "$code $(cat closed.err)" '141 ' 'rimer-convert: a closed pipe ends it quietly'
closed "$bin/rimer-plot" next.csv --truth "$air"
same "$code $(cat closed.err)" '141 ' 'rimer-plot: a closed pipe ends it quietly'
if command -v gnuplot >/dev/null; then
    closed "$bin/rimer-plot" next.csv --truth "$air" -o -
    same "$code $(cat closed.err)" '141 ' 'rimer-plot -o -: a closed pipe ends it quietly'
else
    echo 'skip - rimer-plot -o -: gnuplot is not here'
fi
closed "$bin/rimer-train" "${long[@]}" -o pipe.safetensors --log -
same "$code $(wc -l <closed.err) $(grep -c -e --resume closed.err)" '130 1 1' \
    'rimer-train: a log that nobody reads any more stops it like a signal'
"$bin/rimer-train" "${long[@]}" -o pipe.safetensors --resume && cmp straight.safetensors pipe.safetensors
report $? 'and it can be resumed'
same "$(find . -name '*.rimer-tmp*')" '' 'nothing else is left'
finish
