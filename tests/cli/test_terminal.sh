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
finish
