#!/bin/bash
# `make install` into an empty folder gives a library that a program finds through pkg-config,
# programs that run, manuals and completions; `make uninstall` takes all of it away again. So it
# is with a path that holds blanks, whose first word is somebody else's folder.
set -u
cd "$RIMER_ROOT" || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/usr
build=${RIMER_BUILD#"$RIMER_ROOT"/} # which make can say where blanks are in the path

report() {
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}

if [ -n "${RIMER_SANITIZED:-}" ]; then
    echo 'skip - a sanitised library is not one to install'
    exit 0
fi

! PKG_CONFIG_LIBDIR=$folder make --no-print-directory BUILD="$folder/build" CPPFLAGS=-nostdinc \
    >"$folder/said" 2>&1 &&
    grep -q '^missing: .*libhdf5-dev libjansson-dev' "$folder/said" &&
    grep -q 'make deps' "$folder/said" && ! grep -v -e ^missing -e deps -e '^make' "$folder/said"
report $? 'make tells which libraries it lacks, and how to get them'

mkdir "$folder/a path"
cp -R .ci Makefile configs include src "$folder/a path"
make -C "$folder/a path" --no-print-directory BUILD=build build/obj/src/base/preset.o >/dev/null
report $? 'make where blanks are in the path'

make --no-print-directory BUILD="$build" PREFIX="$prefix" install
report $? 'make install'

for program in apps/rimer-*.c; do
    name=$(basename "$program" .c)
    "$prefix/bin/$name" --version | grep -qi rimer
    report $? "$name --version runs from where it was installed"
    grep -q '^\.TH' "$prefix/share/man/man1/$name.1"
    report $? "$name has a manual page"
    bash -n "$prefix/share/bash-completion/completions/$name"
    report $? "$name has a completion that bash can read"
done

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
[ "$(pkg-config --modversion rimer)" = "$(sed -n 's/^VERSION *:= *//p' Makefile)" ]
report $? 'pkg-config knows the version'

grep -q "\"$(pkg-config --modversion rimer)\"" include/rimer/rimer.h
report $? 'header and Makefile agree about the version'

# shellcheck disable=SC2046
${CC:-cc} -std=c11 -Wall -Werror docs/example.c -o "$folder/shared" \
    $(pkg-config --cflags --libs rimer)
report $? 'docs/example.c builds against the installed library'

"$folder/shared" datasets/air_passengers.csv >"$folder/forecast.csv"
report $? 'docs/example.c runs on datasets/air_passengers.csv'

# A year that continues the file, with values near those of the year before.
cat "$folder/forecast.csv"
awk -F, '
    NR == 1 && $1 != "1961-01-01" || NR == 12 && $1 != "1961-12-01" { bad = 1 }
    !($2 > 300 && $2 < 900) { bad = 1 }
    END { exit bad || NR != 12 }' "$folder/forecast.csv"
report $? 'its twelve months continue the file'

# shellcheck disable=SC2046
${CC:-cc} -std=c11 docs/example.c -o "$folder/static" \
    $(pkg-config --static --cflags --libs rimer | sed 's/-lrimer/-l:librimer.a/') &&
    ! readelf -d "$folder/static" | grep -q librimer
report $? 'docs/example.c builds against the static library'

# All of the library's own names, which are a program's to use.
nm -g --defined-only "$RIMER_BUILD/obj/librimer.a" | awk '$NF ~ /^rm_/ { print "int " $NF ";" }' |
    sort -u >"$folder/names.c"
# shellcheck disable=SC2046
[ "$(wc -l <"$folder/names.c")" -gt 100 ] &&
    ${CC:-cc} -std=c11 docs/example.c "$folder/names.c" -o "$folder/names" \
        $(pkg-config --static --cflags --libs rimer | sed 's/-lrimer/-l:librimer.a/') &&
    "$folder/names" datasets/air_passengers.csv | cmp - "$folder/forecast.csv"
report $? 'no name of the static library is in the way of a program'

for standard in c++11 c++20; do
    # shellcheck disable=SC2046
    echo '#include <rimer/rimer.h>' | ${CXX:-c++} -std=$standard -Wall -Wextra -Wpedantic -Werror \
        -fsyntax-only $(pkg-config --cflags rimer) -x c++ -
    report $? "the headers are $standard"
done

"$folder/static" datasets/air_passengers.csv | cmp - "$folder/forecast.csv"
report $? 'both forecast the same bytes'

make --no-print-directory BUILD="$build" PREFIX="$prefix" uninstall
[ -z "$(find "$prefix" -type f -o -type l)" ]
report $? 'make uninstall leaves nothing behind'

blanks="$folder/some where/us r"
mkdir "$folder/some"
touch "$folder/some/where"
make --no-print-directory BUILD="$build" PREFIX="$blanks" install-strip >/dev/null
report $? 'make install where blanks are in the path'
export PKG_CONFIG_PATH="$blanks/lib/pkgconfig" LD_LIBRARY_PATH="$blanks/lib"
# As make and CMake take what pkg-config says.
sh -c "${CC:-cc} docs/example.c -o '$folder/blanks' $(pkg-config --cflags --libs rimer)"
report $? 'pkg-config says where they are'
"$folder/blanks" datasets/air_passengers.csv | cmp - "$folder/forecast.csv"
report $? 'and the program runs'
! readelf -S "$blanks/bin/rimer-info" "$blanks/lib"/librimer.{a,so} | grep -q debug_info &&
    "$blanks/bin/rimer-info" datasets/air_passengers.csv | grep -q '^training    possible'
report $? 'make install-strip leaves out what debuggers read'
make --no-print-directory BUILD="$build" PREFIX="$blanks" uninstall >/dev/null
[ -e "$folder/some/where" ] && [ -z "$(find "$folder/some where" -type f -o -type l)" ]
report $? 'make uninstall takes that away, and nothing else'

# A ~ that the shell left alone, a relative path, and a package in the making.
plan() {
    make -n --no-print-directory BUILD="$build" HOME=/someone install "$@"
}
plan PREFIX='~/.local' | grep -qx "install -m 644 .*librimer.a '/someone/.local/lib'"
report $? 'a ~ is the home folder'
plan PREFIX=here | grep -qF "s|@PREFIX@|$RIMER_ROOT/here|"
report $? 'rimer.pc has the whole of a relative path'
plan PREFIX=/usr DESTDIR=/stage | grep -qF "s|@PREFIX@|/usr|" &&
    plan PREFIX=/usr DESTDIR=/stage | grep -q "librimer.a '/stage/usr/lib'"
report $? 'DESTDIR stands before where files go, and not in rimer.pc'
