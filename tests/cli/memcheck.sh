#!/bin/sh
# The programs under valgrind's memcheck: no error, nothing lost. `make check-valgrind` runs it.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"

# Valgrind's processor has AVX2 and no more; kernels and BLAS choose by what it says of itself.
unset RIMER_KERNELS
cd "$work" || exit 1
head -n 300 "$root/datasets/uk_demand.csv" >data.csv
{ # gaps, and missing values
    echo unique_id,ds,y
    seq 60 | awk '{ print "a," $1 "," $1 % 7 }'
    seq 60 | awk '$1 % 9 { print "b," $1 "," ($1 % 5 ? $1 % 4 : "") }'
} >long.csv
printf 'ds,y\n2020-01-01,1\n2020-01-02,two\n' >refused.csv

# clean STATUS NAME PROGRAM ARGUMENT...
clean() {
    want=$1 name=$2 program=$3
    shift 3
    valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --error-exitcode=99 --log-file=memcheck.log "$bin/$program" "$@" >out.txt 2>err.txt
    status=$?
    [ "$status" = "$want" ] && [ ! -s memcheck.log ]
    report $? "$name"
    [ "$status" = "$want" ] || echo "    exit status $status: $(head -c 300 err.txt)"
    sed 's/^/    /' memcheck.log
}

small='--set width=16 --set head_size=8 --set windows_per_epoch=32'
# One setting a word.
# shellcheck disable=SC2086
clean 0 'training' rimer-train data.csv -o model.safetensors --context 48 --horizon 12 --patch 12 \
    --epochs 2 --batch 16 --threads 2 $small
echo '{"layers": [0, 1], "head_size": [8, 3]}' >space.json
# shellcheck disable=SC2086
clean 0 'a search' rimer-search data.csv --space space.json -o best.safetensors --context 48 \
    --horizon 12 --patch 12 --epochs 1 --batch 16 $small
# shellcheck disable=SC2086
clean 0 'a search that is done' rimer-search data.csv --space space.json -o best.safetensors \
    --context 48 --horizon 12 --patch 12 --epochs 1 --batch 16 $small --resume
clean 0 'a forecast' rimer-forecast -m model.safetensors data.csv -o next.csv
# shellcheck disable=SC2086
clean 0 'training with causal norm' rimer-train data.csv -o causal.safetensors --context 48 --horizon 12 \
    --patch 12 --epochs 1 --batch 16 $small --set norm=causal
clean 0 'rows that come one by one' rimer-forecast -m causal.safetensors --follow --state s.state data.csv
head -n 1 data.csv >more.csv
tail -n 20 "$root/datasets/uk_demand.csv" >>more.csv
clean 0 'and more of them' rimer-forecast -m causal.safetensors --follow --state s.state more.csv
clean 3 'rows that came before' rimer-forecast -m causal.safetensors --follow --state s.state data.csv
clean 0 'evaluation' rimer-evaluate -m model.safetensors data.csv --step 24
clean 0 'evaluation of a baseline' rimer-evaluate --baseline linear data.csv --context 48 \
    --horizon 12 --step 24
clean 0 'a report on data' rimer-info long.csv
clean 0 'a report on a model' rimer-info model.safetensors
clean 0 'CSV to HDF5' rimer-convert data.csv data.h5
clean 0 'HDF5 to gzipped CSV' rimer-convert data.h5 data.csv.gz
clean 0 'a drawing' rimer-plot next.csv --truth data.csv
clean 0 'a plot' rimer-plot next.csv --truth data.csv -o next.svg
clean 3 'refused data' rimer-train refused.csv -o none.safetensors
clean 4 'a refused model' rimer-forecast -m data.csv data.csv
clean 2 'a refused option' rimer-forecast --hroizon 3
finish
