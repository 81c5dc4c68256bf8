#!/bin/sh
# Trains and scores what a table of docs/results.md shows, and prints the table:
#     docs/results.sh BIN DATA OUT TABLE [option of rimer-train]...
# BIN holds the programs, DATA the data sets; OUT is made and keeps models, logs and scores. TABLE is a
# name of the list below. What OUT holds already is not run again, and a run that was interrupted goes
# on where it stood, so the same command finishes what another one began. SEEDS and HORIZONS choose
# fewer; PART=val scores the validation part, PART=none trains only.
set -eu
configs=$(dirname "$0")/../configs/results
bin=$1 data=$2 out=$3 table=$4
shift 4
SEEDS=${SEEDS:-1 2 3}
HORIZONS=${HORIZONS:-96 192 336 720}
PART=${PART:-test}

# table | data set | options of the data | settings | season | each: a model a horizon; N: one for all, its epoch kept by the
#     error at N steps | HORIZON:CONTEXT/PATCH/KEY=VALUE/... where they are not those of the settings
tables() {
    cat <<'END'
etth1 | ETTh1.csv | --split ett-h | etth1 | 24 | each | 192:512/64 336:512/64 720:720/48
etth1-folds | ETTh1.csv | --split ett-h | etth1 | 24 | each | 96:512/64/moments=yes 192:512/64/lr=0/epochs=1 336:336/48/lr=0/epochs=1 720:336/48/moments=yes
ettm1 | ETTm1.csv.gz | --split ett-m | ettm1 | 96 | each
weather | weather.csv.gz | --steps rows | weather | 144 | each
weather-cleaned | weather.csv.gz | --steps rows --na -9999 | weather | 144 | each
exchange | exchange_rate.csv | | exchange | 7 | each
etth1-all | ETTh1.csv | --split ett-h | etth1-all | 24 | 336
ettm1-all | ETTm1.csv.gz | --split ett-m | ettm1-all | 96 | 336
weather-all | weather.csv.gz | --steps rows | weather | 144 | 720
END
}

field() {
    tables | sed 's/ *| */|/g' | awk -F'|' -v name="$table" -v n="$1" '$1 == name { print $n }'
}

file=$(field 2) options=$(field 3) settings=$(field 4) season=$(field 5) scope=$(field 6)
if [ -z "$file" ]; then
    echo "$0: no table \"$table\"; there are $(tables | cut -d' ' -f1 | paste -sd' ')" >&2
    exit 2
fi
out=$out/$table
mkdir -p "$out"

# The first value of a key in JSON that has one a line, behind the first line that holds a text.
value() {
    awk -v after="$2" -v key="\"$3\":" '
        index($0, after) { seen = 1 }
        seen && index($0, key) { gsub(/.*: *|[ ,"]/, ""); print; exit }' "$1"
}

# Options of a horizon that has settings of its own.
reads() {
    for other in $(field 7); do
        [ "${other%%:*}" != "$1" ] ||
            echo "${other#*:}" | sed 's|/| --patch |; s|/| --set |g; s|^|--context |'
    done
}

# "mean ±deviation" of numbers, one a line, or the number alone.
spread() {
    awk '{ x[NR] = $1; sum += $1 }
        END { mean = sum / NR
              for (i = 1; i <= NR; i++) squares += (x[i] - mean) ^ 2
              printf "%.4f", mean
              if (NR > 1) printf " ±%.4f", sqrt(squares / (NR - 1)) }'
}

# Seconds that all models of a seed took, from one line a model.
seconds_of_seed() {
    awk -v seeds="$(echo "$SEEDS" | wc -w)" '{ sum += $1 } END { printf "%.0f", sum / seeds }'
}

# Where the model of a horizon and a seed is, without ending.
model() {
    case $scope in
    each) echo "$out/$1-seed$2" ;;
    *) echo "$out/all-seed$2" ;;
    esac
}

# One option a word in $options.
# shellcheck disable=SC2046,SC2086
train() {
    name=$1 steps=$2 seed=$3
    shift 3
    case $scope in [0-9]*) steps=$scope ;; esac
    [ -s "$name.json" ] && return
    "$bin/rimer-train" "$data/$file" $options -c "$configs/$settings.json" $(reads "$steps") -H "$steps" \
        --seed "$seed" -o "$name.safetensors" --log "$name.csv" --resume "$@"
    "$bin/rimer-info" --json "$name.safetensors" >"$name.json"
}

# Scores forecasters into a file, unless it is there.
# shellcheck disable=SC2086
score() {
    to=$1 horizon=$2
    shift 2
    [ -s "$to" ] && return
    "$bin/rimer-evaluate" "$data/$file" $options --part "$PART" -H "$horizon" --json "$@" >"$to.new"
    mv "$to.new" "$to"
}

# One line of the table: horizon, forecaster, files of scores (one a seed), parameters, seconds.
line() {
    horizon=$1 name=$2 after=$3 params=$4 seconds=$5
    shift 5
    mse=$(for f in "$@"; do value "$f" "$after" mse; done | spread)
    mae=$(for f in "$@"; do value "$f" "$after" mae; done | spread)
    echo "| $horizon | $name | $context | $mse | $mae | $params | $seconds |"
}

each_horizon() {
    horizon=$1
    shift
    scores='' all='' logs=''
    for seed in $SEEDS; do
        name=$(model "$horizon" "$seed")
        train "$name" "$horizon" "$seed" "$@" >&2
        [ "$PART" = none ] && continue
        score "$out/$horizon-seed$seed-$PART.json" "$horizon" -m "$name.safetensors"
        scores="$scores $out/$horizon-seed$seed-$PART.json" all="$all -m $name.safetensors"
        logs="$logs $name.csv"
    done
    [ "$PART" = none ] && return
    context=$(value "$name.json" '"config"' context_len)
    together=$out/$horizon-ensemble-$(echo "$SEEDS" | tr ' ' -)-$PART.json
    baselines=$out/$horizon-baselines-$PART.json
    # shellcheck disable=SC2086
    score "$together" "$horizon" $all
    score "$baselines" "$horizon" --baseline all --season "$season" --context "$context"
    params=$(value "$name.json" '{' parameters)
    seconds=$(for f in $logs; do tail -n 1 "$f" | cut -d, -f7; done | seconds_of_seed)
    # shellcheck disable=SC2086
    line "$horizon" Rimer '"standardised"' "$params" "$seconds" $scores
    line "$horizon" 'Rimer, all seeds averaged' '"standardised"' '' '' "$together"
    for name in linear seasonal-naive repeat; do
        line "$horizon" "$name" "\"forecaster\": \"$name\"" '' '' "$baselines"
    done
}

echo "| horizon | forecaster | context | MSE | MAE | parameters | training, s |"
echo '|---|---|---|---|---|---|---|'
for horizon in $HORIZONS; do
    each_horizon "$horizon" "$@"
done | tee "$out/rows-$PART"

# Means over the horizons: of each forecaster, of each seed's mean for Rimer's spread.
awk -F'|' '{ gsub(/^ +| +$/, "", $3); split($5, a, " "); split($6, b, " ")
        if (!($3 in n)) order[++k] = $3
        n[$3]++; mse[$3] += a[1]; mae[$3] += b[1] }
    END { for (i = 1; i <= k; i++) { f = order[i]
            printf "| mean | %s | | %.4f | %.4f | | |\n", f, mse[f] / n[f], mae[f] / n[f] } }' "$out/rows-$PART"
