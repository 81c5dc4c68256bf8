#!/bin/sh
# Rimer beside Timer, the Transformer whose place it takes, 96 steps ahead, trained by the same loop on
# the same machine, one after the other: parameters, the best validation error of each, how long each
# took to the error that both reach; and Timer's errors on the test part, rolled out to each horizon.
#     docs/timer.sh BIN DATA OUT [etth1|ettm1|weather]...
# TIMER names the settings of the opponent, LIMIT its seconds; HORIZONS chooses fewer.
set -eu
configs=$(dirname "$0")/../configs/results
bin=$1 data=$2 out=$3
shift 3
TIMER=${TIMER:-timer-128}
LIMIT=${LIMIT:-1800}
HORIZONS=${HORIZONS:-96 192 336 720}
mkdir -p "$out"

options() {
    case $1 in
    etth1) echo "$data/ETTh1.csv --split ett-h" ;;
    ettm1) echo "$data/ETTm1.csv.gz --split ett-m" ;;
    weather) echo "$data/weather.csv.gz --steps rows" ;;
    *) echo "$0: no data set \"$1\": etth1, ettm1, weather" >&2 && exit 2 ;;
    esac
}

# Trains unless it is there; stopped at the limit, a run keeps its log and the best model so far.
# shellcheck disable=SC2046
train() {
    set=$1 settings=$2
    [ -e "$out/$set-$settings.done" ] && return
    status=0
    timeout -s INT "$LIMIT" "$bin/rimer-train" $(options "$set") -c "$configs/$settings.json" -H 96 \
        -o "$out/$set-$settings.safetensors" --log "$out/$set-$settings.csv" --force >&2 || status=$?
    case $status in
    0 | 124 | 130) touch "$out/$set-$settings.done" ;;
    *) exit "$status" ;;
    esac
}

parameters() {
    "$bin/rimer-info" --json "$1" | sed -n 's/^ *"parameters": \([0-9]*\),*/\1/p'
}

model() {
    for file in "$1.safetensors" "$1.best.safetensors"; do
        [ -e "$file" ] && echo "$file" && return
    done
}

# The best validation MSE in a log, and the seconds to the first epoch at or below an error.
best() {
    awk -F, 'NR > 2 && (!n++ || $5 < best) { best = $5 } END { print best }' "$1"
}

seconds_to() {
    awk -F, -v error="$2" 'NR > 2 && $5 <= error + 0 { print $7; exit }' "$1"
}

# MSE / MAE of a model on the test part.
# shellcheck disable=SC2046
score() {
    "$bin/rimer-evaluate" $(options "$1") --part test -H "$3" --json -m "$2" | awk '
        /"standardised"/ { seen = 1 }
        seen && /"mse"|"mae"/ { gsub(/[ ,]/, ""); sub(/.*:/, ""); printf n++ ? " / %.4f" : "%.4f", $0 }
        n == 2 { exit }'
}

sets=${*:-etth1 ettm1 weather}
echo '| data set | Rimer: parameters | best MSE | Timer: parameters | best MSE | error both reach | Rimer, s | Timer, s | ratio |'
echo '|---|---|---|---|---|---|---|---|---|'
for name in $sets; do
    train "$name" "$name"
    train "$name" "$TIMER"
    ours=$out/$name-$name theirs=$out/$name-$TIMER
    a=$(best "$ours.csv") b=$(best "$theirs.csv")
    if [ -z "$a" ] || [ -z "$b" ]; then
        echo "$0: $name: LIMIT=$LIMIT is too short for one epoch of both" >&2
        continue
    fi
    both=$(echo "$a $b" | awk '{ print ($1 > $2 ? $1 : $2) }')
    fast=$(seconds_to "$ours.csv" "$both") slow=$(seconds_to "$theirs.csv" "$both")
    echo "$name $(parameters "$(model "$ours")") $a $(parameters "$(model "$theirs")") $b $both $fast $slow" |
        awk '{ printf "| %s | %d | %.4f | %d | %.4f | %.4f | %.0f | %.0f | %.1f |\n", $1, $2, $3, $4, $5, $6, $7, $8, $8 / $7 }'
done

printf '\n| data set | horizon | Timer MSE / MAE |\n|---|---|---|\n'
for name in $sets; do
    for horizon in $HORIZONS; do
        echo "| $name | $horizon | $(score "$name" "$(model "$out/$name-$TIMER")" "$horizon") |"
    done
done
