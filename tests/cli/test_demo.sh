#!/bin/bash
# docs/demo.sh does what the README promises: model, forecast, scores and picture, with a model
# that beats the seasonal naive clearly and is level with the linear map at least.
set -u
cd "$RIMER_ROOT" || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

report() {
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}

# Under sanitizers the steps are what matters.
shorter=()
[ -n "${RIMER_SANITIZED:-}" ] && shorter=(--epochs 1 --set windows_per_epoch=256)

docs/demo.sh "$RIMER_BIN" "$folder" "${shorter[@]}" >"$folder/out"
report $? 'the demo runs to its end'
cat "$folder/out"

# MSE of a forecaster in the table, under "Scores".
mse() {
    awk -v name="$1" '/^== /{ scores = /Scores/ } scores && $1 == name { print $2 }' "$folder/out"
}
for name in Rimer linear seasonal-naive repeat; do
    [[ $(mse "$name") =~ ^[0-9.]+$ ]]
    report $? "the table has $name"
done
if [ -z "${RIMER_SANITIZED:-}" ]; then
    awk -v a="$(mse Rimer)" -v b="$(mse seasonal-naive)" 'BEGIN { exit !(a > 0 && a < 0.9 * b) }'
    report $? "Rimer ($(mse Rimer)) beats the seasonal naive ($(mse seasonal-naive)) clearly"
    awk -v a="$(mse Rimer)" -v b="$(mse linear)" 'BEGIN { exit !(a > 0 && a <= 1.005 * b) }'
    report $? "Rimer ($(mse Rimer)) is level with the linear map ($(mse linear)) at least"
fi

# Two days of half hours that go on where the file ends, all numbers.
awk -F, '
    NR == 1 { if ($0 != "ds,demand_mw") bad = 1; next }
    NR == 2 && $1 != "2000-08-28 00:00:00" || NR == 97 && $1 != "2000-08-29 23:30:00" { bad = 1 }
    !($2 > 10000 && $2 < 70000) { bad = 1 }
    END { exit bad || NR != 97 }' "$folder/forecast.csv"
report $? 'the forecast continues the file by 96 half hours'

# An empty plot of this size has about 5000 bytes.
[ "$(head -c 8 "$folder/forecast.png" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] &&
    [ "$(wc -c <"$folder/forecast.png")" -gt 12000 ]
report $? 'the picture is a PNG with something in it'
