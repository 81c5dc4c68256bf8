#!/bin/sh
# Lines that ran in a build with --coverage, a file a line and in total: tests/coverage.sh BUILD
# LEAST. A line counts once, however many objects it is compiled into; src/kernels/cuda/ does not
# count, nor does what ran only in a child that ends by _exit, as those that read and write HDF5.
# Fails if less than LEAST per cent ran. What did not is in BUILD/uncovered.txt.
set -eu
build=$1 least=$2
find "$build/obj/src" "$build/obj/apps" "$build/obj/kernels" -name '*.gcno' -exec \
    "${GCOV:-gcov}" -t {} + 2>/dev/null | awk -v least="$least" -v list="$build/uncovered.txt" '
    {
        count = $1
        number = $2
        sub(/:$/, "", count)
        sub(/:.*/, "", number)
    }
    $2 ~ /^0:Source:/ {
        file = $0
        sub(/.*0:Source:/, "", file)
        wanted = file ~ /^(src|apps|include)\// && file !~ /^src\/kernels\/cuda\//
        next
    }
    !wanted || number !~ /^[0-9]+$/ || number == 0 || count == "-" { next }
    {
        line = file ":" number
        if (!(line in ran)) {
            ran[line] = 0
            lines[file]++
        }
        if (count ~ /^[0-9]/ && !ran[line]) {
            ran[line] = 1
            covered[file]++
        }
    }
    END {
        sorted = "sort"
        for (file in lines) {
            printf "%5.1f %% %5d of %5d  %s\n", 100 * covered[file] / lines[file],
                covered[file], lines[file], file | sorted
            all += lines[file]
            all_covered += covered[file]
        }
        close(sorted)
        sorted = "sort -t : -k 1,1 -k 2,2n >" list
        for (line in ran)
            if (!ran[line])
                print line | sorted
        close(sorted)
        if (!all) {
            print "not ok - coverage: nothing ran"
            exit 1
        }
        share = 100 * all_covered / all
        printf "%s - coverage: %.1f %% of %d lines ran, %s %% are wanted\n",
            share < least ? "not ok" : "ok", share, all, least
        exit share < least
    }'
