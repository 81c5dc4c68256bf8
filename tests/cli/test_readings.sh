#!/bin/bash
# --resample: rows at any times become steps of a regular grid, in every program and kind of file.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# Eight days of readings a minute apart, some seconds off, of which one stretch of hours is lost.
awk 'BEGIN { print "time,temp,power"
    for (n = 590; n < 12110; n++) { t = 60 * n + n * 7 % 5 - 2; s = t % 86400; h = s / 86400 * 6.2832
        if (n < 2590 || n > 2849)
            printf "2024-01-%02d %02d:%02d:%02d,%.2f,%s\n", 1 + t / 86400, s / 3600, s / 60 % 60, s % 60,
                10 + 5 * sin(h), n % 50 ? sprintf("%.1f", 300 + 100 * sin(h - 1.5)) : "" } }' >raw.csv
"$bin/rimer-info" raw.csv >out 2>err
same "$? $(grep -c 'is not a whole number of steps of .*or --resample to combine those of each step' err)" '3 1' \
    'times between steps are refused, and the way out is named'

"$bin/rimer-info" raw.csv --resample 1h >out 2>err
same "$? $(cat err)" '0 ' 'it reads them'
same "$(grep -E '^(layout|frequency|resampled)' out)" 'layout      wide, 11,260 rows
frequency   1h: as --resample says
resampled   11,260 rows to 193 steps of 1h, 3 of them without a row' 'and says what was done'
same "$(grep 'had no row' out)" '- 3 steps had no row and are missing now, in 1 gap' 'without advice that no longer fits'
"$bin/rimer-info" --json raw.csv --resample 60min --duplicates sum >out
same "$(sed -n 's/^ *"\(resample\|partial_steps\)": //p' out | tr -d '\n')" '"1h",1,' 'as JSON, too'
same "$(grep -c 'the last step of 1 series is left out: it may not have been over' out)" 1 \
    'a sum that may be too low is left out, and told'
"$bin/rimer-info" --json raw.csv --steps rows | grep -q '"resample": null'
report $? 'and where nothing is, nothing is said'

"$bin/rimer-convert" raw.csv hourly.csv --resample 1h -q
same "$(head -n 2 hourly.csv | cut -d . -f 1) $(wc -l <hourly.csv) $(grep -c ',,$' hourly.csv)" 'time,temp,power
2024-01-01 09:00:00,12 194 3' 'rimer-convert writes the regular table'
"$bin/rimer-info" hourly.csv >/dev/null
report $? 'which can be read without it'
awk -F, 'NR > 1 { h = substr($1, 12, 2); if (h == 10 && !day || substr($1, 9, 2) == day && h == 10) {
    day = substr($1, 9, 2); s += $2; n++ } } END { printf "%.4f\n", s / n }' raw.csv >mean
same "$(awk -F, 'NR == 3 { printf "%.4f\n", $2 }' hourly.csv)" "$(cat mean)" 'of the means'

gzip -k raw.csv
"$bin/rimer-convert" raw.csv.gz - --resample 1h -q | cmp - hourly.csv
report $? 'gzipped'
"$bin/rimer-convert" - - --resample 1h -q <raw.csv | cmp - hourly.csv
report $? 'from standard input'
(head -n 1 raw.csv && sed 1d raw.csv | tac) >back.csv
"$bin/rimer-convert" back.csv - --resample 1h --sort -q 2>/dev/null | cmp - hourly.csv
report $? 'out of order, with --sort'
(head -n 1 raw.csv && sed 1d raw.csv | tail -n +3001) >second.csv
head -n 3001 raw.csv >first.csv
"$bin/rimer-convert" first.csv - --resample 1h --append second.csv -q 2>err
same "$? $(grep -c 'begins in the step of .* (1h), in which first.csv ends' err)" '3 1' 'a step in two files is refused'
cut=$(grep -n ' 00:0' raw.csv | sed -n '/2024-01-03/{s/:.*//p;q}')
head -n $((cut - 1)) raw.csv >first.csv
(head -n 1 raw.csv && tail -n +"$cut" raw.csv) >second.csv
"$bin/rimer-convert" first.csv - --resample 1h --append second.csv -q | cmp - hourly.csv
report $? 'two files that meet at a step'

if "$bin/rimer-convert" raw.csv raw.h5 --steps rows -q 2>err; then
    "$bin/rimer-convert" raw.h5 - --resample 1h -q | cmp - hourly.csv
    report $? 'HDF5 with times as they came'
    "$bin/rimer-convert" hourly.csv hourly.h5 -q
    "$bin/rimer-convert" hourly.h5 - --resample 2h -q | cmp - <("$bin/rimer-convert" hourly.csv - --resample 2h -q)
    report $? 'HDF5 that tells its steps'
    "$bin/rimer-convert" raw.csv numbers.h5 --no-time -q
    "$bin/rimer-info" numbers.h5 --resample 1h >/dev/null 2>err
    same "$? $(grep -c 'goes by times, and numbers.h5 has none' err)" '2 1' 'HDF5 without times'
fi

small=(--patch 12 --context 48 -H 12 --epochs 1 --set width=16 --set head_size=8 --set windows_per_epoch=64 -q)
"$bin/rimer-train" raw.csv -o m.safetensors --resample 1h "${small[@]}" 2>/dev/null &&
    "$bin/rimer-train" hourly.csv -o h.safetensors "${small[@]}" 2>/dev/null
report $? 'training on it'
forecast() { "$bin/rimer-forecast" -m m.safetensors "$@"; }
forecast raw.csv --resample 1h >next.csv 2>/dev/null
"$bin/rimer-forecast" -m h.safetensors hourly.csv 2>/dev/null | cmp - next.csv
report $? 'forecasts as of the regular table'
same "$(sed -n '2p' next.csv | cut -d , -f 1)" '2024-01-09 10:00:00' 'which begin behind the last step, over or not'
"$bin/rimer-plot" next.csv --truth raw.csv --resample 1h >plot 2>err
same "$? $(cat err)" '0 ' 'and are drawn over it'

# Rows as they come: a step is pushed when the first row of a later one is there.
sed '$d' hourly.csv | grep -v ',,$' >over.csv # missing steps are told by what follows them
forecast --follow --resample 1h raw.csv >follow.out 2>follow.err
forecast --follow over.csv >over.out 2>over.err
same "$? $(wc -l <follow.out)" '0 193' '16 forecasts of 12 steps'
cmp follow.out over.out
report $? 'as of the steps that are over'
same "$(cat follow.err)" 'rimer-forecast: raw.csv: 3 steps of 1h missing before 2024-01-02 23:00:00, and are read as missing' \
    'a gap is told'
for how in first last sum; do
    "$bin/rimer-convert" raw.csv - --resample 1h --duplicates $how -q | awk -F, 'NR == 1 || ($2 != "" && $1 < "2024-01-09 09")' |
        forecast --follow - 2>/dev/null >over.out
    forecast --follow --resample 1h --duplicates $how raw.csv 2>/dev/null | cmp - over.out
    report $? "--duplicates $how"
done
sed '99{h;d};100G' raw.csv | forecast --follow --resample 1h - >out 2>err
same "$? $(grep -c ':100: 2024-01-01 11:2.* comes after 2024-01-01 11:2.*out of order' err)" '3 1' \
    'a row out of order within its step'
sed '99{h;d};100G' raw.csv | forecast --follow --on-error skip --resample 1h - >out 2>err
same "$? $(wc -l <out)" '5 193' 'or it is left out'
printf 'time,temp,power\n2024-01-01 00:00:01,1,2\n2124-01-01 00:00:02,1,2\n' | forecast --follow --resample 1h - >out 2>err
same "$? $(grep -c ':3: 2124-01-01 00:00:.* comes behind a gap of .* steps after 2024-01-01 00:00:00, more than' err)" '3 1' 'a gap without end'
# A state holds the rows of the step that is not over, be it the first.
for part in '2 20' '21 30' '31 4000' '4001 4001' '4002 4010' '4011 99999'; do
    # shellcheck disable=SC2086
    set -- $part
    sed -n "1p;$1,$2p" raw.csv | forecast --follow --resample 1h --state s - 2>>parts.err | sed 1d
done >parts.out
sed 1d follow.out | cmp - parts.out
report $? 'six runs with a state say what one run says'
same "$(cat parts.err)" 'rimer-forecast: stdin: 3 steps of 1h missing before 2024-01-02 23:00:00, and are read as missing' \
    'a gap in one of them, too'
"$bin/rimer-info" s >out
same "$(sed -n 's/^\(last time\|frequency\) *//p' out | xargs)" '2024-01-09 08:00 1h' 'rimer-info tells the last step that is over'
goes_on() { # goes_on CODE WORDS ROW OPTION...
    code=$1 words=$2 row=$3
    shift 3
    cp s kept
    printf 'time,temp,power\n%s\n' "$row" | forecast --follow --state s - "$@" >out 2>err
    same "$? $(grep -c "$words" err)" "$code 1" "$words"
    cmp -s s kept || report 1 'the state is untouched'
}
goes_on 3 'rows of a step that is not over, so it goes on with resample' '2024-01-09 11:00:00,1,2'
goes_on 3 'counts steps of 1h, and resample makes steps of 2h' '2024-01-09 11:00:00,1,2' --resample 2h
goes_on 3 '2024-01-09 09:00:01 comes after 2024-01-09 09:.*out of order' '2024-01-09 09:00:01,1,2' --resample 1h
forecast --follow --state regular over.csv >over.out 2>/dev/null
printf 'time,temp,power\n2024-01-09 08:59:59,1,2\n' | forecast --follow --state regular --resample 1h - 2>err >out
same "$? $(grep -c '2024-01-09 08:59:59 comes after 2024-01-09 08:00:00' err)" '3 1' 'a row of a step that a regular table had'
{
    head -n 1 raw.csv
    grep -n '^2024-01-09 09:' raw.csv | cut -d : -f 2-
    echo 2024-01-09 12:01:00,1,2
} | forecast --follow --state regular --resample 1h --every 1 - 2>err >out
same "$? $(sed -n 2p out | cut -d , -f 1) $(wc -l <out)" '0 2024-01-09 09:00:00 13' 'or behind it'
forecast --follow --resample 1h --no-time raw.csv 2>err
same "$? $(grep -c 'goes by times' err)" '2 1' 'and without times'

# Times of databases, in nanoseconds, go on in nanoseconds; what times cannot keep of them is cut.
awk -F, 'NR == 1 { print; next } { split($1, t, /[-: ]/); s = 1704067200 + 86400 * (t[3] - 1) + 3600 * t[4] + 60 * t[5] + t[6]
    printf "%d%s,%s,%s\n", s, N, $2, $3 }' N=000000999 raw.csv >influx.csv
forecast influx.csv --resample 1h >nanos.csv 2>err
awk -F, 'NR == 1 { print; next } { split($1, t, /[-: ]/); s = 1704067200 + 86400 * (t[3] - 1) + 3600 * t[4] + 60 * t[5] + t[6]
    $1 = s "000000000" } 1' OFS=, next.csv >want.csv
cmp nanos.csv want.csv
report $? 'nanoseconds since 1970 go on as such'

# What loggers write around a table: lines before it, and units below the names.
{
    printf 'Station 5, north\nexported, today\n'
    sed '1a [UTC],degC,kW' hourly.csv
} >logger.csv
"$bin/rimer-info" logger.csv >out 2>err
same "$? $(grep -c ':3: 3 cells here, 2 in the first row .*--skip' err)" '3 1' 'lines before the table are refused with the way out'
"$bin/rimer-convert" logger.csv - --skip 2 -q | cmp - hourly.csv
report $? 'or skipped, and units are left out'
"$bin/rimer-info" logger.csv --skip 2 >out
same "$(grep '^- line' out)" '- line 4 holds units and no data, and is left out' 'which is told'
"$bin/rimer-info" logger.csv --skip 2 --json | grep -q '"units_line": 4'
report $? 'as JSON, too'
gzip -k logger.csv
"$bin/rimer-convert" - - --skip 2 -q <logger.csv.gz | cmp - hourly.csv
report $? 'gzipped, from standard input'
"$bin/rimer-convert" logger.csv - --skip 2 -q --append second.csv 2>err
same "$?" 3 'a second file is skipped as the first is'
forecast --follow logger.csv --skip 2 >units.out 2>units.err
forecast --follow hourly.csv >over.out 2>/dev/null
same "$? $(sed -n 1p units.err)" '0 rimer-forecast: logger.csv:4: a line of units is left out' 'told by --follow'
cmp units.out over.out
report $? 'which reads on behind it'
mkfifo pipe
forecast --follow --skip 2 - <pipe >live.out 2>live.err &
exec 4>pipe
head -n 4 logger.csv >&4
sleep 0.3
sed -n '5,$p' logger.csv >&4
exec 4>&-
wait $!
cmp live.out over.out
report $? 'also where rows come one by one'
printf 'time,temp,power\n[UTC],degC,kW\n' | forecast --follow - 2>err
same "$? $(grep -c 'column "time": "\[UTC\]" is not a time' err)" '3 1' 'units alone are no table'
if [ -e hourly.h5 ]; then
    "$bin/rimer-info" hourly.h5 --skip 2 2>err
    same "$? $(grep -c 'skip is for texts, this is HDF5' err)" '2 1' 'HDF5 has no lines'
fi
finish
