#!/bin/sh
# What a terminal gets and nobody else: a bar while training.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
if ! script -qec true /dev/null >/dev/null 2>&1; then
    echo 'skip - a terminal to try: script is not here'
    finish
fi
cd "$work" || exit 1
head -n 300 "$root/datasets/uk_demand.csv" >data.csv
unset NO_COLOR CI
export TERM=xterm

# bars SETTING... OPTION...: bars drawn on a terminal with these variables and options
bars() {
    rm -f "$work/model.safetensors"
    env "$1" script -qec "'$bin/rimer-train' data.csv -o model.safetensors --epochs 1 --horizon 8 \
        --context 16 --patch 8 --set windows_per_epoch=64 $2" /dev/null </dev/null >shown 2>&1 ||
        cat shown
    grep -c 'epoch 1/1' shown
}

[ "$(bars TERM=xterm '')" -gt 0 ]
report $? 'a bar with the epoch'
tr '\r' '\n' <shown | grep -q 'val MSE'
report $? 'and a line for each epoch'
same "$(bars TERM=dumb '')" 0 'no bar on a terminal that cannot go back'
same "$(bars NO_COLOR=1 '')" 0 'nor with NO_COLOR'
same "$(bars CI=true '')" 0 'nor with CI'
same "$(bars TERM=xterm -q)" 0 'nor with -q'

# plot COLUMNS: how a terminal of so many shows what is above the panel, without colours
printf 'ds,y,y-lo-80,y-hi-80\n2024-01-01 00:00,3,2,4\n2024-01-01 01:00,4,3,5\n' >next.csv
printf 'ds,y\n2023-12-31 22:00,3\n2023-12-31 23:00,4\n' >before.csv
plot() {
    NO_COLOR=1 script -qec "stty cols $1; '$bin/rimer-plot' next.csv --truth before.csv" /dev/null </dev/null |
        tr -d '\r' | sed '/│/,$d' >shown
}
plot 120
same "$(cat shown)" '            y  2 steps ahead from 2024-01-01 00:00  ⠤⠤ truth  •• forecast  ░░ 80 %' \
    'title and legend share a line where they fit'
plot 60
same "$(cat shown)" '            y  2 steps ahead from 2024-01-01 00:00
            ⠤⠤ truth  •• forecast  ░░ 80 %' 'else the legend stands below'
plot 36
same "$(cat shown)" '            y
 2 steps ahead from 2024-01-01 00:00
      ⠤⠤ truth  •• forecast  ░░ 80 %' 'further left where that is too narrow'
plot 28
same "$(cat shown)" '            y
2 steps ahead from 2024-01-…
⠤⠤ truth
•• forecast
░░ 80 %' 'no line is longer than the terminal'
finish
