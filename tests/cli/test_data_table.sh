#!/bin/bash
# The table of real files in docs/data.md is what docs/data-table.sh prints, and what the data sets'
# own README says.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
data=${RIMER_DATA:-$root/../shared/datasets}

if [ ! -r "$data/nab/nab_labels.csv" ]; then
    echo 'skip - the table of docs/data.md: the data sets are not here (RIMER_DATA names the folder)'
    exit 0
fi
"$root/docs/data-table.sh" "$bin" "$data" >"$work/table" 2>"$work/err"
same "$? $(cat "$work/err")" '0 ' 'the script knows every file'
sed -n '/^| file | command |/,/^$/p' "$root/docs/data.md" | sed '/^$/d' >"$work/printed"
diff "$work/printed" "$work/table"
report $? 'docs/data.md has the table as it is (docs/data-table.sh BIN DATA)'

# The first number of a text.
number() {
    grep -oE '[0-9]+' <<<"$1" | head -n 1
}
checked=0
while IFS='|' read -r _ file _ rows channels _; do
    file=$(tr -d ' `' <<<"$file")
    line=$(grep -F "| \`$file\` |" "$data/README.md" | head -n 1)
    if [ -z "$line" ] || [ -z "$(number "$rows")" ]; then
        continue
    fi
    IFS='|' read -r _ _ their_rows their_channels _ <<<"$line"
    [ "$(number "$their_rows")" = "$(number "$rows")" ]
    report $? "$file: $(number "$rows") rows, README:$their_rows"
    case $their_channels in
    *numeric*) their_channels=${their_channels#*(} ;; # "8 (7 numeric, 1 text)"
    *'+ label'*) their_channels=$(($(number "$their_channels") + 1)) ;;
    *'a row'* | *'a line'* | *where*) their_channels=$channels ;; # a series a row, lists
    esac
    [ "$(number "$their_channels")" = "$(number "$channels")" ]
    report $? "$file: $(number "$channels") channels, README: $their_channels"
    checked=$((checked + 1))
done <"$work/table"
[ "$checked" -ge 40 ]
report $? "$checked files are in the README of the data sets"
finish
