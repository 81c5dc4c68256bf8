#!/bin/sh
# Tables in other layouts and formats, and back.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
uk=$root/datasets/uk_demand.csv
cd "$work" || exit 1

"$bin/rimer-convert" "$uk" a.csv.gz 2>err
same "$? $(wc -l <err) $(grep -c '4,032 steps of 1 series, 1 channel, 0 missing values' err)" '0 1 1' \
    'one line says what was written'
"$bin/rimer-convert" "$uk" b.gz -q 2>err
same "$? $(wc -c <err)" '0 0' '-q says nothing'
cmp -s a.csv.gz b.gz
report $? 'a gzipped table has the same bytes under any name'
gzip -t a.csv.gz && "$bin/rimer-convert" -q a.csv.gz c.csv && cmp "$uk" c.csv
report $? 'CSV > gz > CSV gives the same text'
"$bin/rimer-convert" -q - - <"$uk" >piped && cmp piped "$uk"
report $? 'from standard input to standard output'
"$bin/rimer-convert" -q "$uk" - --format gz | gzip -dc | cmp - "$uk"
report $? 'gzipped to standard output'

for each in air_passengers mauna_loa_co2 sunspots; do
    "$bin/rimer-convert" -q "$root/datasets/$each.csv" "$each.csv"
    "$bin/rimer-convert" -q "$each.csv" - | cmp - "$each.csv"
    report $? "$each is written the same twice"
done

printf 'when;p (mbar);q\n2024-01-01;1,5;2\n2024-01-02;;3\n2024-01-04;1e-40;5\n' >gaps.csv
"$bin/rimer-convert" -q gaps.csv wide.csv --decimal ,
same "$(tr '\n' ' ' <wide.csv)" \
    'when,p (mbar),q 2024-01-01,1.5,2 2024-01-02,,3 2024-01-03,, 2024-01-04,1e-40,5 ' \
    'points, commas and every step'
"$bin/rimer-convert" -q gaps.csv long.csv --decimal , --to long
same "$(sed -n '1p;2p;4p;6p' long.csv | tr '\n' ' ')" \
    'unique_id,when,y p (mbar),2024-01-01,1.5 p (mbar),2024-01-03, q,2024-01-01,2 ' 'a row a value'
"$bin/rimer-convert" -q "$uk" uk_long.csv --to long
same "$(head -n 1 uk_long.csv) $(wc -l <uk_long.csv)" 'unique_id,ds,y 4033' 'a long table'
"$bin/rimer-convert" -q uk_long.csv - --to wide | cmp - "$uk"
report $? 'wide > long > wide gives the same text'
"$bin/rimer-convert" -q long.csv - --to wide --time-col when | cmp - wide.csv
report $? 'also with gaps and two channels'
"$bin/rimer-convert" -q long.csv - --time-col when | cmp - long.csv
report $? 'long > long gives the same text'

if "$bin/rimer-convert" -q wide.csv wide.h5 2>err; then
    "$bin/rimer-convert" -q wide.h5 - --to wide | cmp - wide.csv
    report $? 'CSV > HDF5 > CSV gives the same text'
else
    echo "skip - HDF5: $(head -n 1 err)"
fi

{ # a time in three columns
    echo year,month,day,y,z
    for day in $(seq 8 28); do echo "2024,2,$day,$((day % 7)),$day.5"; done
} >parts.csv
"$bin/rimer-convert" -q parts.csv - | cmp - parts.csv
report $? 'a time in several columns keeps them'
"$bin/rimer-convert" -q parts.csv - --to long | sed -n '1p;2p' | tr '\n' ' ' >header
same "$(cat header)" 'unique_id,year,month,day,y y,2024,2,8,1 ' 'in a long table, too'
"$bin/rimer-train" parts.csv --epochs 0 -H 3 -q -o parts.safetensors &&
    "$bin/rimer-forecast" -m parts.safetensors parts.csv | sed -n '1p;3p' |
    sed 's/,[-0-9.e]*,[-0-9.e]*$//' | tr '\n' ' ' >header
same "$(cat header)" 'year,month,day,y,z 2024,3,1 ' 'and in a forecast'

printf '=cmd,+b,-c,@d,"e ""f"""\n1,2,3,4,5\n6,7,8,9,0\n' >formulas.csv
"$bin/rimer-convert" -q formulas.csv - | head -n 1 >header
same "$(cat header)" '"=cmd","+b","-c","@d","e ""f"""' 'what a spreadsheet would run is quoted'

# A step may be finer than the spelling of what was read: times stay apart, and are read again as they are.
awk 'BEGIN { print "t,y"; for (i = 1; i < 30; i++) printf "2024-01-%02d,%d\n", i, i % 3 }' >days.csv
awk 'BEGIN { print "t,y"; for (i = 10; i < 40; i++) printf "2024-01-01 00:%02d,%d\n", i, i % 3 }' >minutes.csv
awk 'BEGIN { print "t,y"; for (i = 10; i < 40; i++) printf "%d,%d\n", 1577836800 + i, i % 3 }' >epochs.csv
# finer SECOND-TIME ARGUMENT...
finer() {
    second=$1
    shift
    "$bin/rimer-convert" -q "$@" finer.csv && "$bin/rimer-convert" -q "$@" finer.h5 &&
        "$bin/rimer-convert" -q finer.h5 - | cmp - finer.csv
    same "$? $(sed -n 3p finer.csv)" "0 $second," "$*"
}
finer '2024-01-01 06:00' days.csv --freq 6h
finer '2024-01-01 00:10:30' minutes.csv --freq 30s
finer '2024-01-01 00:10:00.25' minutes.csv --freq 250ms
finer 1577836810.5 epochs.csv --freq 500ms --time-format %s

printf 'ds,y\n2024-01-01,1\n2024-01-02,two\n' >bad.csv
before=$(ls -lA --time-style=full-iso)
# refused CODE WORDS ARGUMENT...
refused() {
    code=$1 words=$2
    shift 2
    "$bin/rimer-convert" "$@" >../out.$$ 2>../err.$$ </dev/null
    same "$? $(wc -l <../err.$$) $(wc -c <../out.$$)" "$code 1 0" "$code: $*"
    grep -qF -e "$words" ../err.$$ || report 1 "it says \"$words\": $(cat ../err.$$)"
    rm -f ../out.$$ ../err.$$
}
refused 2 'over its input' wide.csv wide.csv
refused 2 'over its input' wide.csv ./wide.csv
refused 2 'over its input' wide.csv:/x wide.csv
refused 2 'needs a table to read and one to write' wide.csv
refused 2 'not one of auto|wide|long' wide.csv x.csv --to rows
refused 2 'not one of auto|csv|gz|h5' wide.csv x.csv --format xls
refused 1 'there is no folder' wide.csv none/x.csv
refused 1 'none.csv' none.csv x.csv
refused 3 'not a number' bad.csv x.csv
refused 2 '' wide.csv - --format h5
refused 1 'cannot be written' wide.csv /dev/full
if [ "$(id -u)" = 0 ]; then
    echo 'skip - a folder that cannot be written: root may write it'
else
    mkdir closed
    chmod a-w closed
    refused 1 'cannot be written' wide.csv closed/x.csv
    rmdir closed
fi
same "$(ls -lA --time-style=full-iso)" "$before" 'failures leave nothing behind'

RIMER_LAYOUT=rows
export RIMER_LAYOUT
"$bin/rimer-convert" -q wide.csv - --layout wide | cmp - wide.csv
report $? 'the environment sets the layout that is read, not the one that is written'
finish
