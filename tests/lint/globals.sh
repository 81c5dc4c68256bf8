#!/bin/bash
# Checks that the library keeps no state that is not a caller's or a thread's own: nothing but the
# variables below lies in writable memory that threads share: tests/lint/globals.sh ARCHIVE
set -eu

# object:variable. The HDF5 library is one for the process; how to call it is looked up once, how
# it was set before a call is put back after, and hdf5_library.c's own lock guards all of it.
allowed='hdf5_library.o:is_loaded
hdf5_library.o:loaded
hdf5_library.o:lock
hdf5_library.o:plugins_before
hdf5_library.o:printer_before
hdf5_library.o:printer_data_before'

# Tables of pointers lie in .data.rel.ro, which is read-only once loaded, and thread-locals in .tbss.
found=$(objdump -t "$1" | awk '
    /file format/ { object = $1; sub(/:$/, "", object) }
    /\t/ {
        split($0, half, "\t")
        section = half[1]
        sub(/.* /, "", section)
        if (section ~ /^([.]data|[.]bss|[*]COM[*])/ && section !~ /^[.]data[.]rel[.]ro/ &&
            $NF != section)
            print object ":" $NF
    }' | sort -u)

list() {
    [ -z "$2" ] && return
    echo "$1:"
    while read -r name; do
        echo "    $name"
    done <<<"$2"
    failed=1
}
failed=0
list 'state that threads share' "$(comm -13 <(sort <<<"$allowed") <(echo "$found"))"
list 'allowed in tests/lint/globals.sh, not there' \
    "$(comm -23 <(sort <<<"$allowed") <(echo "$found"))"
if [ "$failed" != 0 ]; then
    echo 'not ok - globals'
    exit 1
fi
echo "ok - globals ($(wc -l <<<"$allowed") variables, all behind one lock)"
