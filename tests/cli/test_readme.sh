#!/bin/bash
# The commands of README.md work as they stand there; only training is cut short.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

report() {
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}

cd "$folder" || exit 1
ln -s "$RIMER_ROOT"/datasets "$RIMER_ROOT"/docs .
export PATH="$RIMER_BIN:$PATH" RIMER_EPOCHS=1 RIMER_WINDOWS_PER_EPOCH=256

# Lines between ```sh and ``` that run a program; building has tests of its own.
awk '/^```/{ inside = /^```sh/; next } inside && /^(rimer-|head )/' "$RIMER_ROOT/README.md" >commands
while read -r command; do
    bash -c "$command"
    report $? "$command"
done <commands
[ "$(wc -l <commands)" -ge 7 ]
report $? 'the README shows the programs'
[ "$(wc -l <next.csv)" -eq 97 ]
report $? 'the forecast has a header and 96 steps'
[ -s next.png ]
report $? 'the plot was written'
