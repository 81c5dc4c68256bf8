# shellcheck shell=sh disable=SC2034
# What the tests of the programs share; sourced by them. They run in the project's folder, have an
# empty folder $work of their own, and end with `finish`.
set -u
root=${RIMER_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${RIMER_BIN:-$root/build/bin}
cd "$root" || exit 1
if [ ! -x "$bin/rimer-train" ]; then
    echo "not ok - there are no programs in $bin: set RIMER_BIN"
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# report STATUS NAME
report() {
    if [ "$1" = 0 ]; then
        echo "ok - $2"
    else
        echo "not ok - $2"
        failed=1
    fi
}

# same A B NAME: two texts
same() {
    [ "$1" = "$2" ]
    report $? "$3"
    [ "$1" = "$2" ] || printf '    got  %s\n    want %s\n' "$1" "$2"
}

finish() {
    exit "$failed"
}
