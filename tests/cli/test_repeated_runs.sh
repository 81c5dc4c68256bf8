#!/bin/sh
# One command again and again: it never fails, and always says the same. 30 runs; RIMER_FULL=1 makes
# it 2,000. Run by hand: RIMER_FULL=1 tests/cli/test_repeated_runs.sh
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"

runs=30
[ -n "${RIMER_FULL:-}" ] && runs=2000
air=$root/datasets/air_passengers.csv
cd "$work" || exit 1
"$bin/rimer-train" "$air" -o model.safetensors --epochs 1 --set windows_per_epoch=32 -q &&
    "$bin/rimer-forecast" -m model.safetensors "$air" >first.csv && [ -s first.csv ]
report $? 'a model forecasts'

wrong=0
for run in $(seq "$runs"); do
    if [ $((run % 2)) = 0 ]; then
        "$bin/rimer-forecast" -m model.safetensors "$air" >next.csv
    else
        "$bin/rimer-forecast" -m model.safetensors "$air" -o next.csv
    fi
    status=$?
    if [ "$status" != 0 ] || ! cmp first.csv next.csv; then
        echo "run $run: exit status $status"
        wrong=$((wrong + 1))
    fi
    rm -f "$work/next.csv"
done
same "$wrong" 0 "$runs runs succeed with the same forecast"
same "$(find "$work" | wc -l)" 3 'they leave nothing behind' # the folder, the model, the forecast
finish
