#!/bin/bash
# Runs tests and counts: tests/run.sh BUILD TEST...
# A TEST is a Check program or a shell script that prints "ok - ", "not ok - " and "skip - "
# lines. Each writes BUILD/tests/log/NAME.log and gets a line here when it is through; skips and
# failures follow, and the counts close.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)

# Log and exit status -> BUILD/tests/log/NAME.count: "passed failed skipped", then what to show.
count() {
    awk -v status="$2" -v name="$3" '
    # file:line:P:case:test:0: Passed
    /^[^ :]+:[0-9]+:[PFE]:/ {
        split($0, part, ":")
        if (part[3] == "P")
            passes[part[5]]++
        else {
            failed++
            shown = shown "FAIL " name ": " $0 "\n"
        }
        next
    }
    /^ok - / { passed++; next }
    /^not ok - / { failed++; shown = shown "FAIL " name ": " substr($0, 10) "\n"; next }
    /^skip - / { skipped++; shown = shown "SKIP " name ": " substr($0, 8) "\n"; next }
    # "SKIP test: why"; Check counts that test as passed, which it is not
    /^SKIP / {
        test = $2
        sub(/:$/, "", test)
        if (!(test in skips))
            skipped++
        skips[test] = 1
        shown = shown "SKIP " name ": " substr($0, 6) "\n"
    }
    END {
        for (test in passes)
            passed += passes[test] - ((test in skips) ? 1 : 0)
        if (status == 124) {
            failed++
            shown = shown "FAIL " name ": did not end in time\n"
        } else if (status != 0 && !failed) {
            failed++
            shown = shown "FAIL " name ": exit status " status "\n"
        } else if (!passed && !failed && !skipped) {
            failed++
            shown = shown "FAIL " name ": reported nothing\n"
        }
        printf "%d %d %d\n%s", passed, failed, skipped, shown
    }' "$1"
}

run_one() {
    local logs=$1 test=$2 name log status=0
    name=$(basename "$test" .sh)
    if [[ $test == */f64/* ]]; then
        name=f64-$name
        unset RIMER_KERNELS # this build has the reference table only
    fi
    log=$logs/$name.log
    if [[ $test == *.sh ]]; then
        timeout 900 bash "$test" >"$log" 2>&1 </dev/null || status=$?
    else
        timeout 900 "$test" >"$log" 2>&1 </dev/null || status=$?
    fi
    count "$log" "$status" "$name" >"$logs/$name.count"
    local passed failed skipped
    read -r passed failed skipped <"$logs/$name.count"
    printf '%-32s %4d passed %3d failed %3d skipped\n' "$name" "$passed" "$failed" "$skipped"
}

if [ "$1" = --one ]; then
    run_one "$2" "$3"
    exit 0
fi

RIMER_BUILD=$(cd "$1" && pwd)
shift
# Settings of the one who calls must not reach the tests; data and kernel table may be chosen.
for variable in ${!RIMER_*}; do
    case $variable in
    RIMER_BUILD | RIMER_DATA | RIMER_KERNELS | RIMER_SANITIZED | RIMER_COVERAGE) ;;
    *) unset "$variable" ;;
    esac
done
export RIMER_BUILD RIMER_ROOT=$here RIMER_BIN=$RIMER_BUILD/bin
# A test may run make: with the same variables, without this make's job server.
unset MFLAGS
case ${MAKEFLAGS:-} in
*' -- '*) export MAKEFLAGS=" -- ${MAKEFLAGS#* -- }" ;;
*) unset MAKEFLAGS ;;
esac
export UBSAN_OPTIONS=print_stacktrace=1

logs=$RIMER_BUILD/tests/log
rm -rf "$logs"
mkdir -p "$logs"
[ $# -gt 0 ] && printf '%s\0' "$@" | xargs -0 -n 1 -P 2 "$0" --one "$logs"

cat "$logs"/*.count 2>/dev/null | grep '^SKIP'
failures=$(cat "$logs"/*.count 2>/dev/null | grep '^FAIL')
[ -n "$failures" ] && printf '%s\nThe logs are in %s\n' "$failures" "$logs"
cat "$logs"/*.count 2>/dev/null | awk -v wanted=$# -v ran="$(find "$logs" -name '*.count' | wc -l)" '
    /^[0-9]+ [0-9]+ [0-9]+$/ { passed += $1; failed += $2; skipped += $3 }
    END {
        failed += wanted - ran
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed || !passed
    }'
