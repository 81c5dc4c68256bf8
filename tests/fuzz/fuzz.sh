#!/bin/bash
# Fuzzes: tests/fuzz/fuzz.sh BUILD SECONDS TARGET...
# BUILD/TARGET are programs made by `make fuzz`. Each begins with its committed corpus and what an
# earlier run left in BUILD/corpus, and may not read on for ever, nor take more than 2 GiB. An input
# that breaks something stays in BUILD/found.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
seconds=$2
shift 2
failed=0
export UBSAN_OPTIONS=print_stacktrace=1

# Bytes of an input at most.
longest() {
    case $1 in
    fuzz_cells) echo 512 ;;
    fuzz_hdf5 | fuzz_model) echo 16384 ;;
    *) echo 4096 ;;
    esac
}

for target in "$@"; do
    name=${target#fuzz_}
    scratch=$build/corpus/$name
    export TMPDIR=$build/tmp/$name
    mkdir -p "$scratch" "$TMPDIR" "$build/found"
    options=()
    [ -f "$here/$name.dict" ] && options+=("-dict=$here/$name.dict")
    if "$build/$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 \
        -max_len="$(longest "$target")" -print_final_stats=1 -artifact_prefix="$build/found/$name-" \
        ${options[@]+"${options[@]}"} "$scratch" "$here/corpus/$name" >"$build/$name.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")
        speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$build/$name.log")
        echo "ok - $target: $runs inputs, $speed a second"
    else
        echo "not ok - $target: $build/$name.log says what was found; the input is in"
        sed -n 's/.*Test unit written to /    /p' "$build/$name.log"
        failed=1
    fi
    rm -rf "$TMPDIR"
done
exit "$failed"
