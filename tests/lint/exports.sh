#!/bin/bash
# Checks that the shared library exports what the headers declare, and nothing else, and that the
# static one leaves every name to a program that does not begin with rimer_:
# tests/lint/exports.sh SHARED STATIC
set -eu
headers=$(cd "$(dirname "$0")/../../include" && pwd)

declared=$(cat "$headers"/rimer/*.h | tr '\n' ' ' | grep -oE 'RIMER_API [^;(]*\(' |
    sed -E 's/.*[ *]([a-z0-9_]+)\($/\1/' | grep '^rimer_' | sort -u)
exported=$(nm -D --defined-only "$1" | awk '{ print $NF }' | sort -u)
archived=$(nm -g --defined-only "$2" | awk 'NF == 3 { print $NF }' | sort -u)

list() {
    [ -z "$2" ] && return
    echo "$1:"
    while read -r name; do
        echo "    $name"
    done <<<"$2"
    failed=1
}
failed=0
list 'declared in include/rimer, not exported' "$(comm -23 <(echo "$declared") <(echo "$exported"))"
list 'exported, not declared in include/rimer' "$(comm -13 <(echo "$declared") <(echo "$exported"))"
list 'declared in include/rimer, not in the archive' "$(comm -23 <(echo "$declared") <(echo "$archived"))"
list 'in the archive, without rimer_ in front' "$(grep -v '^rimer_' <<<"$archived")"
if [ "$failed" != 0 ]; then
    echo 'not ok - exports'
    exit 1
fi
echo "ok - exports ($(wc -l <<<"$declared") functions)"
