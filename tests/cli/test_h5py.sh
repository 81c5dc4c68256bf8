#!/bin/bash
# h5py and xarray open what Rimer writes as HDF5, and Rimer what they write.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
writer=${RIMER_BUILD:-$root/build}/tests/test_hdf5
cd "$work" || exit 1

files() {
    python3 "$root/tests/cli/h5files.py" "$@"
}

# value FILE KEY: of what rimer-info says of a file
value() {
    "$bin/rimer-info" --json "$1" 2>err </dev/null | tr -d ' ",' | sed -n "s/^$2://p" | head -n 1
}

if ! python3 -c 'import h5py' 2>/dev/null; then
    echo 'skip - HDF5 files of others: no h5py here'
    finish
fi

files make .
report $? 'h5py makes files'
same "$(value one.h5 steps) $(value one.h5 frequency) $(value one.h5 first) $(value one.h5 name)" \
    '48 1h 2000-01-0100:00:00 s\u00FCd' 'values, times and names of h5py are read'
same "$(value two.h5 series) $(value two.h5 frequency) $(value two.h5 name)" '2 1h a' \
    'a group a series, in the newest format'
same "$(value two.h5:/beta series) $(value two.h5:/beta/values first)" '1 2000-01-0100:00:00' \
    'a path names a group or a dataset'
"$bin/rimer-info" lzf.h5 >/dev/null 2>err
same "$? $(grep -c 'a filter other than deflate' err)" '3 1' 'the filter lzf is refused'
"$bin/rimer-info" one.h5:/nothing >/dev/null 2>err
same "$? $(grep -c 'there is no "/nothing"' err)" '3 1' 'a path to nothing is refused'

printf 'ds,süd,nord\n2000-01-01 00:00,1,2\n2000-01-01 01:00,,4\n2000-01-01 02:00,5,6\n' >in.csv
if [ -x "$writer" ]; then
    "$writer" in.csv out.h5 && files look out.h5
    report $? 'h5py sees the names and times that Rimer wrote'
else
    echo "skip - HDF5 files for others: there is no $writer"
fi

printf '%s\n' unique_id,ds,y a,2024-01-01,1 a,2024-01-02,2 b,2024-01-01,3 b,2024-01-02,4 \
    c,2024-01-02,5 c,2024-01-03,6 >many.csv
"$bin/rimer-convert" -q many.csv many.h5 && files lookmany many.h5
report $? 'h5py sees what series share'

if ! python3 -c 'import xarray, h5netcdf' 2>/dev/null; then
    echo 'skip - netCDF files of others: no xarray with h5netcdf here'
    finish
fi
files xmake .
report $? 'xarray makes a file'
same "$(value x.nc steps) $(value x.nc frequency) $(value x.nc last) $(value x.nc ignored)" \
    '48 1mo 2023-12-31 map' 'a netCDF variable is a channel'
same "$(value x.nc missing)" 1 'and its code for a missing value is understood'
if [ -x "$writer" ]; then
    files xlook out.h5
    report $? 'xarray sees the names and times that Rimer wrote'
fi
files xlookmany many.h5
report $? 'and each of many series'
finish
