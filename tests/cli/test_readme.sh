#!/bin/bash
# The commands of README.md and docs/tutorial.md work as they stand there; only training is cut short.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

report() {
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}

# Lines between ```sh and ``` that run a program; building has tests of its own.
run_commands() {
    awk '/^```/{ inside = /^```sh/; next } inside && /^(rimer-|head |sed |printf )/' "$RIMER_ROOT/$1" >commands
    while read -r command; do
        bash -c "$command" </dev/null
        code=$?
        case $code:$command in
        3:rimer-info*) code=0 ;; # a report on data too short to train on, as the text says
        esac
        report $code "$1: $command"
    done <commands
    [ "$(wc -l <commands)" -ge "$2" ]
    report $? "$1 shows the programs"
}

cd "$folder" || exit 1
ln -s "$RIMER_ROOT"/datasets "$RIMER_ROOT"/docs .
export PATH="$RIMER_BIN:$PATH" RIMER_EPOCHS=1 RIMER_WINDOWS_PER_EPOCH=256

run_commands README.md 9
[ "$(wc -l <next.csv)" -eq 97 ]
report $? 'the forecast has a header and 96 steps'
[ -s next.png ]
report $? 'the plot was written'

run_commands docs/tutorial.md 19
[ "$(wc -l <air-next.csv)" -eq 13 ] && [ "$(wc -l <co2-next.csv)" -eq 53 ]
report $? 'the forecasts of the tutorial have a header and a season'
run_commands docs/streaming.md 1
sed '2,$d' first.csv | cat - <(sed 1d first.csv) <(sed 1d then.csv) >parts.csv
rimer-forecast -m meter.safetensors --follow datasets/uk_demand.csv | cmp - parts.csv
report $? 'two runs with a state say what one says'
[ -s air-next.png ]
report $? 'the plot of the tutorial was written'
rimer-info datasets/air_passengers.csv >report
awk '/^```/{ inside = !inside; next } inside && /^data  /{ shown = 1 } !inside { shown = 0 } shown' \
    "$RIMER_ROOT/docs/tutorial.md" | diff - report
report $? 'the tutorial shows the report that rimer-info prints'
rimer-evaluate --baseline all datasets/air_passengers.csv --part val -H 12 --context 32 >table
for name in repeat seasonal-naive linear; do
    grep -qxF "$(awk -v name=$name '$1 == name { print $2, $3, $4 }' table)" \
        <(awk -v name=$name '$1 == name { print $2, $3, $4 }' "$RIMER_ROOT/docs/tutorial.md")
    report $? "the tutorial has the errors of $name"
done
