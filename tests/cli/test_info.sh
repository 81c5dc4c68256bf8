#!/bin/sh
# The report on data that an engineer wants before training.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
data=${RIMER_DATA:-$root/../shared/datasets}

# value KEY FILE OPTION...: a number or text of the JSON report's first level
value() {
    key=$1
    shift
    "$bin/rimer-info" --json "$@" 2>/dev/null | sed -n "s/^  \"$key\": \(.*[^,]\),*\$/\1/p"
}

for each in air_passengers mauna_loa_co2 sunspots uk_demand; do
    "$bin/rimer-info" "datasets/$each.csv" >"$work/out" 2>"$work/err"
    same "$? $(wc -c <"$work/err")" '0 0' "$each: a report and nothing else"
    awk 'length($0) > 100 || / $/ { print; bad = 1 } END { exit bad }' "$work/out"
    report $? "$each: the report is at most 100 columns wide"
    for line in data layout series time frequency missing seasons training; do
        grep -q "^$line " "$work/out" || report 1 "$each: a line \"$line\""
    done
    same "$(value rows "datasets/$each.csv")" "$(($(wc -l <"datasets/$each.csv") - 1))" \
        "$each: the rows are counted"
done
same "$("$bin/rimer-info" datasets/uk_demand.csv | tail -n 2 | tr -s ' ' | tr '\n' ';')" \
    ' channel lowest mean highest season; demand_mw 18640 29617 38777 336;' \
    'the table of channels has no empty column'
same "$(value first datasets/air_passengers.csv) $(value last datasets/air_passengers.csv)" \
    '"1949-01-01" "1960-12-01"' 'first and last time'
same "$(value frequency datasets/uk_demand.csv)" '"30min"' 'frequency'

cd "$work" || exit 1
{ # a gap at the 40th day, -9999 twice, a frozen stretch, one constant and one text
    echo 'ds,level,still,flat,word'
    for day in $(seq 0 199); do
        [ "$day" = 40 ] && continue
        level=$((day * 37 % 101)).5
        [ "$day" = 60 ] && level=-9999
        [ "$day" = 61 ] && level=-9999
        [ "$day" = 70 ] && level=
        still=$((day * 31 % 97 + 5))
        [ "$day" -ge 100 ] && [ "$day" -lt 130 ] && still=44
        echo "$(date -u -d "2024-01-01 $day days" +%F),$level,$still,7,calm"
    done
} >sensor.csv
"$bin/rimer-info" sensor.csv >out 2>err
same "$? $(wc -c <err)" '0 0' 'a report on a doubtful file'
has() {
    grep -qF -e "$1" out
    report $? "the report says: $1"
}
has 'gaps        1 with 1 step in all'
has 'left out    columns of text, or that count the rows: word'
has '-9999 2×'
has 'use --na -9999 ("level" 2×)'
has 'never changes, leave out with --channels: "flat"'
has 'stand still, as of a stuck sensor: "still"; the longest stretch is 30 steps of 44 from 2024-04-10'
has '1 step had no row and is missing now, in 1 gap'
"$bin/rimer-info" sensor.csv --na -9999 --target level >out
same "$? $(grep -c 9999 out) $(grep -c flat out)" '0 0 0' 'the way out is a way out, and --target is --channels'
"$bin/rimer-info" --json sensor.csv >out
for line in '"sentinel": -9999.0' '"sentinels": 2' '"first_missing": "2024-02-10"' '"longest_hole": 1' \
    '"frozen": 30' '"frozen_at": "2024-04-10"' '"constant": true' '"layout": "wide"' '"holes": 2' \
    '"per_series": [' '"notices": ['; do
    grep -qF -e "$line" out || report 1 "JSON has $line"
done
report 0 'the JSON report has the new keys'

printf 'ds,y\n2020-01-01,1\n2020-01-02,2\n' >short.csv
"$bin/rimer-info" short.csv >out 2>err
same "$? $(wc -l <err) $(grep -c '^training    not possible' out)" '3 1 1' \
    'too short: the report, one sentence and exit code 3'
"$bin/rimer-info" --json short.csv datasets/none.csv 2>/dev/null >out
same "$?" 1 'a file that cannot be read decides'
"$bin/rimer-info" --json short.csv "$root/datasets/sunspots.csv" 2>/dev/null >out
same "$? $(grep -c '"possible": ' out)" '3 2' 'the other files are reported on'
same "$(value series short.csv) $(value steps short.csv)" '1 2' 'JSON of a short file'

awk 'BEGIN { print "ds,y"; for (i = 0; i < 300; i++) print i "," }' >nothing.csv
"$bin/rimer-info" nothing.csv >out 2>err
same "$? $(grep -c '^training    not possible: not one value' out)" '3 1' 'without a value there is no training'
"$bin/rimer-train" nothing.csv -o nothing.safetensors -q 2>err
same "$?" 3 'as rimer-train says'

# A time that nothing says is one.
awk 'BEGIN { print "at,y,meter"; for (i = 0; i < 300; i++) printf "%d,%d,%d\n", 1709251200 + 60 * i, i % 7, 90 * i }' >clock.csv
"$bin/rimer-info" clock.csv >out
same "$? $(grep -c '"at" only rises and looks like seconds since 1970.*--time-col' out) $(grep -c '"meter" only' out)" \
    '0 1 0' 'seconds since 1970 among the channels are pointed at'
"$bin/rimer-info" clock.csv --time-col at --time-format %s >out
same "$? $(grep -c '^frequency   1min' out) $(grep -c 'only rises' out)" '0 1 0' 'and are a time as the notice says'
for unit in '1 seconds %s' '1000 milliseconds %Q' '1000000 microseconds %{us}s' '1000000000 nanoseconds %{ns}s'; do
    # shellcheck disable=SC2086
    set -- $unit
    awk -v f="$1" 'BEGIN { for (i = 0; i < 300; i++) printf "%.0f,%d\n", f * (1709251200 + 60 * i), i % 7 }' >rows
    (echo at,y && cat rows) >clock.csv
    "$bin/rimer-info" clock.csv >out
    same "$? $(grep -c "looks like $2 since 1970.*--time-col, with --time-format $3" out)" '0 1' "$2 since 1970 as a channel"
    "$bin/rimer-info" clock.csv --time-col at --time-format "$3" >out
    same "$? $(grep -c '^frequency   1min' out) $(grep -c 'since 1970' out)" '0 1 0' 'and as a time'
    (echo timestamp,y && cat rows) >clock.csv
    "$bin/rimer-info" clock.csv >out
    same "$? $(sed -n 's/^frequency  *//p' out) $(grep -c 'since 1970' out)" '0 1min: 299 of 299 neighbours are 1min apart 0' \
        'under the name of a time they are one'
    "$bin/rimer-convert" clock.csv - -q | cmp - clock.csv
    report $? 'and are written as they were'
    [ "$1" -gt 1000 ] && continue # too many to number steps
    (echo step,y && cat rows) >clock.csv
    "$bin/rimer-info" clock.csv >out
    same "$? $(grep -c "steps are numbered by what looks like times since 1970.*--time-format $3\$" out)" '0 1' \
        'under a name that numbers steps'
    "$bin/rimer-train" clock.csv -o "$2.safetensors" --epochs 1 --set windows_per_epoch=8 >out 2>err
    same "$? $(grep -c "clock.csv: the steps are numbered by .*--time-format $3\$" err)" '0 1' 'is told by rimer-train'
    awk -F, 'NR == 1 || NR % 2 { print } NR > 1 && NR % 2 == 0 { print $1 + 1 "," $2 }' OFMT=%.0f CONVFMT=%.0f clock.csv >jitter.csv
    "$bin/rimer-info" jitter.csv >out 2>err
    same "$? $(grep -c "not a whole number of steps.*since 1970, as --time-format reads them with $3)" err)" '3 1' \
        'and where distances vary'
    "$bin/rimer-convert" clock.csv - --time-format "$3" -q | cmp - clock.csv
    report $? 'they are written as they were'
done
awk -F, 'NR > 1 { $1 = substr($1, 1, 13) } 1' OFS=, clock.csv >millis.csv
"$bin/rimer-info" millis.csv --time-format %s >out 2>err
same "$? $(grep -c 'is not a time spelled as --time-format says: %s (milliseconds are %Q)' err)" '3 1' 'milliseconds are no seconds'
printf 'time,y\n1709251200123456789,1\n1709251260000000000,2\n' >odd.csv
"$bin/rimer-info" odd.csv >out 2>err
same "$? $(grep -c 'odd.csv:2: column "time": .* (finer than microseconds, .*--resample.*--time-format %{us}s)$' err)" '3 1' \
    'what times cannot keep is refused'
"$bin/rimer-convert" odd.csv - --resample 1min -q >out
same "$? $(tr '\n' ' ' <out)" '0 time,y 1709251200000000000,1 1709251260000000000,2 ' 'unless steps are made of it'
# What rises with each row of a table without times is likely one that nothing tells.
for row in '"0." i' '200001 + i' '9709251200000000 + i * 3600000000'; do
    awk 'BEGIN { CONVFMT = OFMT = "%.0f"; print "elapsed,y"; for (i = 10; i < 99; i++) print '"$row"' "," i % 7 }' >rises.csv
    "$bin/rimer-info" rises.csv >out
    same "$? $(grep -c '"elapsed" rises with each row of a table without times.*--time-col.*--channels' out)" '0 1' \
        "a time that is read as a channel: $row"
done
"$bin/rimer-train" rises.csv -o rises.safetensors --epochs 1 --set windows_per_epoch=8 >out 2>err
same "$? $(grep -c 'rises.csv: column "elapsed": rises with each row' err)" '0 1' 'is told by rimer-train'
awk -F, '{ print $2 "," $1 }' rises.csv | "$bin/rimer-info" - >out
same "$? $(grep -c 'rises with each row' out)" '0 0' 'but only a first column is'

# Where some numbers have a mark between thousands and some have not, those are a thousandth.
awk 'BEGIN { print "d;v"; for (i = 0; i < 99; i++) { v = 900 + i * 37 % 200
    print i ";" (v < 1000 ? v : sprintf("1.%03d", v - 1000)) } }' >grouped.csv
"$bin/rimer-info" grouped.csv --time-col d >out
same "$? $(grep -c 'as if a mark between thousands were read as a decimal mark: .*: "v"$' out)" '0 1' \
    'marks between thousands are pointed at'
"$bin/rimer-train" grouped.csv --time-col d -o grouped.safetensors --epochs 1 >out 2>err
same "$? $(grep -c 'grouped.csv: column "v": whole numbers up to 999 stand beside' err)" '0 1' 'and told by rimer-train'
"$bin/rimer-forecast" -m grouped.safetensors grouped.csv --time-col d >out 2>err
same "$? $(grep -c 'grouped.csv: column "v": whole numbers up to 999 stand beside' err)" '0 1' 'and by rimer-forecast'
for value in 'v / 1000' 'i % 2 ? v : v / 100' 'i % 2 ? v : 0.125' 'i % 2 ? 0 : v / 1000' 'v'; do
    awk 'BEGIN { print "d,v"; for (i = 0; i < 99; i++) { v = 900 + i * 37 % 200; print i "," ('"$value"') } }' |
        "$bin/rimer-info" - --time-col d >out
    same "$? $(grep -c 'mark between' out)" '0 0' "no such marks: $value"
done

# Of columns that could be seconds, one that is of our time; its fraction goes on.
awk 'BEGIN { print "load,at"; for (t = 0; t < 60; t++) printf "%.1f,%.3f\n", 3 + t % 7 / 2, 1577836800.5 + t * 0.25 }' >fine.csv
"$bin/rimer-info" fine.csv --time-format %s >out
same "$? $(sed -n 's/^time  *//p' out) $(sed -n 's/^frequency  *\([^:]*\):.*/\1/p' out)" '0 1577836800.500 to 1577836815.250 250ms' \
    'seconds since 1970 with a fraction are a time'
same "$("$bin/rimer-convert" fine.csv - --time-format %s 2>err | sed -n '1,3p' | xargs)" 'at,load 1577836800.500,3 1577836800.750,3.5' \
    'and are written as they were'
sed 's/\.[0-9]*$/.0/' fine.csv | awk -F, 'NR == 1 || !seen[$2]++' >whole.csv
"$bin/rimer-info" whole.csv --time-format %s >out
same "$? $(sed -n 's/^time  *//p' out)" '0 1577836800.0 to 1577836815.0' 'also with a fraction of zeros'
"$bin/rimer-convert" fine.csv fine.again.csv --time-format %s 2>err && "$bin/rimer-convert" fine.csv fine.h5 --time-format %s 2>err &&
    "$bin/rimer-convert" fine.h5 - 2>err | cmp - fine.again.csv
report $? 'HDF5 keeps the spelling'
# Where rows follow each other, that is more than that their numbers could be of our time.
awk 'BEGIN { for (t = 0; t < 60; t++) printf "%.1f,%.2f,%d\n", 3 + t % 7 / 2, t / 4 - 2, 3e8 + t % 5 }' >since.rows
for columns in 1,2 3,2 2,1; do
    awk -F, -v columns=$columns 'BEGIN { split(columns, at, ","); print "a,b" } { print $at[1] "," $at[2] }' since.rows >since.csv
    "$bin/rimer-info" since.csv --time-format %s 2>&1 | sed -n 's/^time  *//p'
done >taken
same "$(sort <taken | uniq -c | xargs)" '3 -2.00 to 12.75' 'seconds from any moment on are the time of the rows that follow it'

# Names that would drive a terminal, break lines or columns.
esc=$(printf '\033')
printf 'ds,"a\nb","%s[31mred","say ""x""",=1+2,\377broken,%s\n' "$esc" \
    "$(printf 'x%.0s' $(seq 300))" >hostile.csv
for day in 1 2 3 4 5 6 7 8 9; do echo "2024-01-0$day,$day,1,2,3,4,5"; done >>hostile.csv
"$bin/rimer-info" hostile.csv >out 2>err
code=$?
same "$code $(LC_ALL=C grep -c "$esc" out) $(grep -c '^  a?b' out)" "$code 0 1" \
    'hostile names are made harmless'
"$bin/rimer-info" --json hostile.csv 2>/dev/null | LC_ALL=C grep -c "$esc" >count
same "$(cat count)" 0 'in JSON, too'

{ # 30 series: one much shorter, one constant, one mostly missing
    echo unique_id,ds,y
    for series in $(seq 30); do
        n=60
        [ "$series" = 7 ] && n=9
        awk -v s="$series" -v n="$n" 'BEGIN { for (i = 1; i <= n; i++)
            printf "s%d,%d,%s\n", s, i, s == 8 ? 5 : s == 9 && i % 3 && i < n ? "" : i * s % 17 }'
    done
} >many.csv
"$bin/rimer-info" many.csv >out 2>err
has 'series      30 of 9 to 60 steps, median 60, 1 channel'
grep -q '^  s8 .*constant' out && grep -q '^  s9 .* 40 ' out && grep -q '^  s7 ' out
report $? 'series with something to say are listed'
"$bin/rimer-info" --all many.csv 2>/dev/null | grep -c '^  s[0-9]' >count
same "$(cat count)" 30 '--all lists every series'
same "$("$bin/rimer-info" --json many.csv 2>/dev/null | grep -c '"id": ')" 30 \
    'JSON has every series'

# The second series begins, and has a hole, before the first.
printf 'unique_id,ds,y\nb,2020-03-01,1\nb,2020-03-02,\nb,2020-03-03,2\na,2020-01-01,1\na,2020-01-02,\na,2020-01-03,3\n' >holes.csv
"$bin/rimer-info" --json holes.csv 2>/dev/null >out
same "$(grep -o '"first_missing": "[0-9-]*"' out | head -n 1)" '"first_missing": "2020-01-02"' \
    'the first value that is missing of all series'

if [ -f "$data/weather.csv.gz" ]; then
    "$bin/rimer-info" "$data/weather.csv.gz" --steps rows >out
    same "$? $(grep -c '9999 [0-9]*×$' out) $(grep -c 'use --na -9999' out)" '0 3 1' \
        'the three columns of Weather with -9999 are found'
else
    echo 'skip - codes in Weather: weather.csv.gz is not here'
fi
finish
