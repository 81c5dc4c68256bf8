#!/bin/sh
# Writes docs/cli.md from the option tables of the programs: docs/make-cli.sh BIN >docs/cli.md
set -eu
bin=$1

cat <<'END'
# The programs

This page is made by `docs/make-cli.sh` from the same tables that drive `--help`, the manual pages
and shell completion.

Standard output carries data only; everything else goes to standard error. A progress bar is drawn
on a terminal only, and never with `-q`, `NO_COLOR` or `CI` set. `-` stands for standard input or
output. Files are written aside and renamed, so a name never holds half a file. Control characters
in names and data never reach the terminal.

Settings take their values in this order, later ones winning: default, `--preset`, `--config`,
environment (`RIMER_` and the key in capitals, such as `RIMER_CONTEXT_LEN`), `--set key=value`,
option. `--print-config` shows what will be used. A variable `RIMER_...` that no program reads is
told, with the setting whose name is nearest; it may be another program's.

Where addresses are limited (`ulimit -v`), set `OPENBLAS_NUM_THREADS=1`. OpenBLAS starts a thread for each
processor while it is loaded, each takes 128 MiB of addresses, and what it is refused it asks for again
without end. Rimer does not use these threads, so nothing gets slower.

END
"$bin/rimer-train" --help-format exit-codes
echo
for program in rimer-info rimer-train rimer-search rimer-forecast rimer-evaluate rimer-plot rimer-convert; do
    "$bin/$program" --help-format md
done
cat <<'END'
## Settings

Keys of `--config`, `--set` and the environment. The second name is the one that BlackGoose's
`config.json` uses.

END
"$bin/rimer-train" --help-format settings
