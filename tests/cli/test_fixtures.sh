#!/bin/bash
# The numbers of docs/evaluation.md come out of rimer-evaluate: horizon 96 of the small data sets,
# or, with RIMER_FULL=1, every row. Run by hand: RIMER_FULL=1 tests/cli/test_fixtures.sh
set -u
root=${RIMER_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${RIMER_BIN:-$root/build/bin}
data=${RIMER_DATA:-$root/../shared/datasets}

report() {
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}

wanted() {
    [ -n "${RIMER_FULL:-}" ] && return 0
    [[ $1 != ETTm1* && $1 != weather* && $2 == 96 ]]
}

# The first value of a key after another key, as the JSON is printed: one a line.
value() {
    awk -v after="\"$2\"" -v key="\"$3\"" '
        index($0, after) { seen = 1 }
        seen && index($0, key) { gsub(/.*:|[ ,]/, ""); print; exit }' <<<"$1"
}

# |got - printed| within half of the last printed digit, or for `linear` 1e-4.
close_to() {
    awk -v got="$1" -v printed="$2" -v forecaster="$3" 'BEGIN {
        digits = length(printed) - index(printed, ".")
        limit = forecaster == "linear" ? 1e-4 : 0.5000001 * 10 ^ -digits
        off = got - printed
        exit !(got ~ /^[0-9]/ && off <= limit && off >= -limit) }'
}

# data split steps forecaster season drop-last horizon windows MSE MAE
rows() {
    sed -nE 's/^\| ([^ |]+) \|/\1|/p' "$root/docs/evaluation.md" | tr -d ' ' | tr '|' ' ' |
        awk 'NF == 10 && $5 ~ /^[0-9]+$/'
}

n=0
while read -r file split steps forecaster season drop horizon windows mse mae; do
    wanted "$file" "$horizon" || continue
    n=$((n + 1))
    name="$file $forecaster, horizon $horizon, drop-last $drop"
    if [ ! -r "$data/$file" ]; then
        echo "skip - $name: $file is not here (RIMER_DATA names the folder)"
        continue
    fi
    json=$("$bin/rimer-evaluate" --baseline "$forecaster" "$data/$file" --split "$split" \
        --steps "$steps" --context 336 --season "$season" --drop-last "$drop" \
        --horizon "$horizon" --json </dev/null)
    report $? "$name runs"
    got_windows=$(value "$json" forecaster n_windows)
    got_mse=$(value "$json" standardised mse)
    got_mae=$(value "$json" standardised mae)
    [ "$got_windows" = "$windows" ]
    report $? "$name: $got_windows windows, $windows expected"
    close_to "$got_mse" "$mse" "$forecaster"
    report $? "$name: MSE $got_mse, $mse expected"
    close_to "$got_mae" "$mae" "$forecaster"
    report $? "$name: MAE $got_mae, $mae expected"
done < <(rows)

[ "$n" -ge 7 ]
report $? "docs/evaluation.md has the rows ($n)"
