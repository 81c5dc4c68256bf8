#!/bin/bash
# rimer-forecast --follow: rows as they come, the state between runs, and all that can be wrong with
# both.
# Functions are called by the names that others get.
# shellcheck disable=SC2317
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
data=$root/datasets/uk_demand.csv
cd "$work" || exit 1

small=(--patch 24 --context 96 -H 24 --epochs 1 --set width=16 --set head_size=8
    --set windows_per_epoch=256 --set mask=on -q)
"$bin/rimer-train" "$data" -o m.safetensors "${small[@]}" --set norm=causal
"$bin/rimer-train" "$data" -o w.safetensors "${small[@]}" --quantiles 0.1,0.5,0.9
report $? 'two models'
follow() {
    "$bin/rimer-forecast" -m m.safetensors --follow "$@"
}
rows() { # rows FROM TO: the header and these rows of the data, from 1
    sed -n "1p;$(($1 + 1)),$(($2 + 1))p" "$data"
}
limit=60 # seconds that a wait lasts at most

# --------------------------------------------------------------------------- what comes out

rows 1 500 >all.csv
follow - <all.csv >all.out 2>all.err
same "$? $(head -n 1 all.out) $(cat all.err)" '0 cutoff,ds,demand_mw ' 'a wide table with a column cutoff'
same "$(wc -l <all.out) $(sed 1d all.out | cut -d , -f 1 | uniq | wc -l)" '481 20' \
    'a forecast after each of 20 whole patches'
same "$(sed -n 2p all.out | cut -d , -f 1,2)" '2000-06-05 11:30:00,2000-06-05 12:00:00' \
    'the first after the first patch, from the step behind it on'
follow all.csv | cmp - all.out
report $? 'a file by its name gives the same'
follow --style long -H 2 - <all.csv >long.out
same "$(sed -n '1p;2p' long.out | sed 's/[0-9.]*$//')" 'unique_id,ds,cutoff,Rimer
demand_mw,2000-06-05 12:00:00,2000-06-05 11:30:00,' 'a long table'
same "$(sed 1d long.out | cut -d , -f 4 | cksum)" "$(awk -F , 'NR > 1 && (NR - 2) % 24 < 2 { print $3 }' all.out | cksum)" \
    'a shorter horizon is the beginning of the longer'

# A name that is taken: what comes out could not be read again.
sed 's/demand_mw/cutoff/' all.csv >taken.csv
follow taken.csv >taken.out 2>err
same "$? $(wc -c <taken.out) $(cat err)" '2 0 rimer-forecast: style: two columns would be called "cutoff": use --style long, or rename the one of the data' \
    'a channel called cutoff'

# as_batch MODEL ROWS OPTION...: one forecast, after the last row, is that of the whole table
as_batch() {
    model=$1 n=$2
    shift 2
    rows 1 "$n" >some.csv
    "$bin/rimer-forecast" -m "$model" --follow --every "$n" "$@" - <some.csv | cut -d , -f 2- >stream.out
    "$bin/rimer-forecast" -m "$model" some.csv "$@" | cmp - stream.out
    report $? "$model: after $n rows as of a table of $n rows ($*)"
}
as_batch m.safetensors 5
as_batch m.safetensors 95 -H 60
as_batch m.safetensors 203 -H 30
as_batch w.safetensors 240
as_batch w.safetensors 251 -H 40 --level 80 --quantiles 0.3

# ------------------------------------------------------------------------------- the state

rm -f s.state
for part in '1 30' '31 260' '261 262' '263 500'; do
    # shellcheck disable=SC2086
    rows $part | follow --state s.state - | sed 1d
done >parts.out
sed 1d all.out | cmp - parts.out
report $? 'four runs with a state say what one run says'
same "$(find . -name '*.rimer-tmp*')" '' 'and leave nothing else'
head -c 2000 s.state | sed 's/[,{]/\n/g' | sed '/"recent"/,$d' |
    sed -n 's/^ *"\([a-z]*\)": *"\(rimer-stream-[0-9]*\)*.*/\1 \2/p' | xargs -n 1 >words
while read -r word; do grep -qF "\`$word\`" "$root/docs/files.md" || echo "$word"; done <words >missing
same "$(grep -c '' words) $(cat missing)" '9 ' 'docs/files.md tells what stands in it'
"$bin/rimer-forecast" -m w.safetensors --follow --state w.state --quantiles 0.1 all.csv >w.all
rm w.state
for part in '1 300' '301 500'; do
    # shellcheck disable=SC2086
    rows $part | "$bin/rimer-forecast" -m w.safetensors --follow --state w.state --quantiles 0.1 - | sed 1d
done | cmp - <(sed 1d w.all)
report $? 'also of a model that reads its context again'

# Two at once: the second is refused while the first waits for rows, and not when that is killed.
rm -f two.state
mkfifo rows.pipe
"$bin/rimer-forecast" -m m.safetensors --follow --state two.state rows.pipe >two.out 2>two.err &
pid=$!
exec 4>rows.pipe
rows 1 30 >&4
for _ in $(seq 1000); do
    [ -s two.out ] && break
    sleep 0.01
done
follow --state two.state all.csv >err.out 2>err
same "$? $(wc -c <err.out) $(cat err)" '1 0 rimer-forecast: two.state: another process is writing it: wait until that has ended, or choose another name' \
    'a state that another run goes on with is refused'
kill -9 $pid
wait $pid 2>/dev/null
exec 4>&-
follow --state two.state all.csv | cmp - all.out
same "$? $(echo two.*)" '0 two.err two.out two.state' 'and not once that run is killed'

# A disk that is full in the middle of a forecast.
(
    ulimit -f 20 # KiB, of which a state takes a few
    follow --state full.state - <all.csv >full.out 2>full.err
)
same "$? $(cat full.err)" '1 rimer-forecast: standard output: cannot be written: File too large; the next run with this state begins with that forecast' \
    'output that cannot be written ends it'
whole=$((($(wc -l <full.out) - 1) / 24)) # forecasts
[ $whole -gt 1 ] && [ $whole -lt 20 ] && ! head -n $((1 + 24 * whole)) full.out | cmp -s - full.out
report $? 'after some forecasts, and a part of one'
rows $((24 * (whole + 1) + 1)) 500 | follow --state full.state - >rest.out
same "$? $(cat <(head -n $((1 + 24 * whole)) full.out) <(sed 1d rest.out) | cksum)" "0 $(cksum <all.out)" \
    'the rows behind it bring that forecast, whole, and all others'
same "$(grep -c owed full.state)" 0 'and the state owes nothing then'
follow --state none.state - <all.csv >/dev/full 2>full.err
same "$? $(cat full.err) $(ls none.state 2>/dev/null)" '1 rimer-forecast: standard output: cannot be written: No space left on device ' \
    'where not even the header can be written there is no state'
cp s.state full.state
rows 501 530 | follow --state full.state - >/dev/full 2>full.err
same "$? $(cmp s.state full.state)" '1 ' 'or the one that was there'

# refused STATUS NAME WORDS COMMAND...: one sentence with WORDS, and the state as it was
refused() {
    code=$1 name=$2 words=$3
    shift 3
    cp s.state kept
    "$@" >refused.out 2>refused.err </dev/null
    same "$? $(wc -l <refused.err) $(grep -c -e "$words" refused.err)" "$code 1 1" "$name"
    cmp -s s.state kept || report 1 'the state is untouched'
}
goes_on() { rows 501 530 | follow "$@" -; }
as_other() { rows 501 530 | "$bin/rimer-forecast" -m w.safetensors --follow --state s.state -; }
refused 4 'the state of another model' 'of another model' as_other
: >cut.state
refused 4 'an empty state' 'cut.state: is neither a model nor a state: 0 bytes' goes_on --state cut.state
for size in 7 100 1000 "$(($(wc -c <s.state) - 1))"; do
    head -c "$size" s.state >cut.state
    refused 4 "a state cut off after $size bytes" cut.state goes_on --state cut.state
done
sed 's/"steps":"500"/"steps":"501"/' s.state >changed.state
refused 4 'a state that was changed' 'checksum' goes_on --state changed.state
cp m.safetensors model.state
refused 4 'a model in the place of the state' 'not the state of a stream' goes_on --state model.state
mkdir folder.state
refused 1 'a folder' 'folder' goes_on --state folder.state
refused 1 'a folder that is not there' 'no folder' goes_on --state none/s.state
other_columns() { printf 'ds,wind\n2001-01-01 00:00:00,1\n' | follow --state s.state -; }
refused 3 'other columns than the state has' 'not those of the state' other_columns
earlier() { rows 400 401 | follow --state s.state -; }
refused 3 'rows that the state has seen' ':2: .*out of order' earlier
other_steps() { rows 501 530 | follow --state s.state --freq 1h -; }
refused 3 'other steps than the state counts' 'the state counts steps of 30min, and freq says steps of 1h' other_steps
headless() { rows 501 530 | sed 1d | follow --state s.state -; }
refused 3 'rows without their header' 'not those of the state s.state: begin with its header' headless
nothing_new() { sed 1q "$data" | follow --state s.state -; }
refused 0 'no row since' 'no row behind the header: the state stays as it is' nothing_new
cp kept s.state

# A channel that never changed goes on as it is, by rows and as a table.
awk 'BEGIN { print "t,y,c"; for (t = 1; t <= 400; t++) printf "%d,%.4f,0.1\n", t, sin(t / 4) }' >still.csv
"$bin/rimer-train" still.csv -o still.safetensors "${small[@]}" --set norm=causal --set origin=last --set zero_head=no
"$bin/rimer-forecast" -m still.safetensors still.csv >table.out
"$bin/rimer-forecast" -m still.safetensors --follow still.csv >stream.out
same "$(sed 1d table.out | cut -d , -f 3 | sort -u) $(sed 1d stream.out | cut -d , -f 4 | sort -u)" '0.1 0.1' \
    'a channel that is always 0.1 is forecast as 0.1'

# ------------------------------------------------------------------------ gaps and bad rows

sed '300,320d' all.csv >gap.csv
sed '300,320s/,.*/,/' all.csv >empty.csv
follow gap.csv >gap.out 2>gap.err
same "$? $(cat gap.err)" \
    '0 rimer-forecast: gap.csv: 21 steps of 30min missing before 2000-06-11 15:30:00, and are read as missing' \
    'a gap is told'
follow empty.csv | tail -n 168 | cmp - <(tail -n 168 gap.out)
report $? 'and is the same as rows without values'

# odd NAME WORDS SED: one row is changed by SED; refused, or left out
odd() {
    name=$1 words=$2
    sed "$3" all.csv >odd.csv
    follow --state odd.state odd.csv >odd.out 2>odd.err
    same "$? $(wc -l <odd.err) $(grep -c -e "$words" odd.err)" '3 1 1' "$name is refused"
    same "$(sed -n '2,241p' all.out | cksum)" "$(sed 1d odd.out | cksum)" 'what came before it counts'
    sed 1,261d all.csv | sed "1i ds,demand_mw" | follow --state odd.state - >rest.out 2>/dev/null &&
        [ "$(wc -l <rest.out)" -ge 240 ]
    report $? 'and the state goes on behind it'
    rm odd.state
    follow --on-error skip odd.csv >skip.out 2>skip.err
    same "$? $(grep -c -e "$words" skip.err) $(tail -n 1 skip.err)" \
        '5 1 rimer-forecast: the rows named above were left out' 'or it is left out'
    tail -n 24 all.out | cut -d , -f 1,2 | cmp - <(tail -n 24 skip.out | cut -d , -f 1,2)
    report $? 'to the end of the table'
}
odd 'a time out of order' ':262: 2000-06-05 01:30:00 comes after 2000-06-10 .*out of order' '261{p;s/^[^,]*/2000-06-05 01:30:00/}'
odd 'a time that comes twice' ':262: the time 2000-06-10 .* was there before' '261p'
odd 'what is no number' ':261: column "demand_mw": "12a" is not a number' '261s/,.*/,12a/'
odd 'what is no time' ':261: column "ds": "soon" is not a time' '261s/^[^,]*/soon/'
odd 'a row that is short' ':261: 1 cells here, 2 in the first row' '261s/,.*//'
odd 'a time off the grid' ':262: 2000-06-10 10:00:07 is not a whole number of steps of 30min' '261{p;s/^[^,]*/2000-06-10 10:00:07/}'
odd 'a quote that is not closed' ':261: a quoted cell is not closed on its line' '261s/,/,"/'
odd 'a quote inside a cell' ':261: .*a quote stands inside a cell' '261s/,/,"1"/'
odd 'a cell without end' ':261: a cell is longer than 65536 bytes' "261s/,.*/,$(printf %070000d 1)/"
odd 'a gap without end' ':262: 2199-01-01 00:00:00 comes behind a gap of .* steps after 2000-06-10 09:30:00, more than 100000' \
    '261{p;s/^[^,]*/2199-01-01 00:00:00/}'

# A stamp that is wrong, and near enough to be believed, makes all that follows late.
sed '261{p;s/^[^,]*/2000-06-12 10:00:00/}' all.csv >ahead.csv
follow --on-error skip ahead.csv 2>ahead.err >ahead.out
same "$? $(grep -c 'out of order' ahead.err)" '5 96' 'a row two days ahead is believed'
for resample in '' '--resample 30min'; do
    # shellcheck disable=SC2086
    follow --max-gap 48 --on-error skip $resample ahead.csv 2>ahead.err >ahead.out
    same "$? $(grep -c 'ahead.csv:262: 2000-06-12 10:00:00 comes behind a gap of 96 steps after 2000-06-10 09:30:00, more than 48 (--on-error skip' ahead.err) $(wc -l <ahead.err)" \
        '5 1 2' "--max-gap refuses it $resample"
    # shellcheck disable=SC2086
    follow $resample all.csv | cmp - ahead.out
    report $? 'and all others are read'
done
for part in '1 262' '263 502'; do
    # shellcheck disable=SC2086
    { [ "$part" = '1 262' ] || sed 1q ahead.csv; sed -n "${part/ /,}p" ahead.csv; } |
        follow --max-gap 48 --state ahead.state - 2>ahead.err | sed 1d
    [ "$part" = '1 262' ] && grep -c '(stdin):262: .*more than 48' ahead.err && "$bin/rimer-info" ahead.state | grep '^last'
done >parts.out
same "$(grep -v , parts.out)" '1
last time   2000-06-10 09:30' 'it does not enter a state'
grep , parts.out | cmp - <(sed 1d all.out)
report $? 'which goes on behind it'
follow --max-gap 21 gap.csv 2>gap.err | cmp - gap.out
same "$? $(wc -l <gap.err)" '0 1' 'a gap of as many steps as --max-gap is taken'
follow --max-gap 20 gap.csv 2>gap.err >out
same "$? $(grep -c 'a gap of 21 steps' gap.err)" '3 1' 'and one more is not'
follow --max-gap 0 all.csv | cmp - all.out
report $? 'none need to be missing'
odd 'a NUL byte' ':261: a NUL byte' '261s/,/,\x00/'
odd 'a row of NUL bytes, as a power cut leaves them,' ':261: a NUL byte' "261s/.*/$(printf '\\x00%.0s' $(seq 200))/"
# A last line that may be cut off: half a number looks like one.
cut='the last line has no line end, may be cut off, and is left out: send it again as a whole'
sed -n 1,48p all.csv | follow --state whole.state - >whole.out
for tail in 2 6 20; do # bytes that are missing
    sed -n 1,49p all.csv | head -c -$tail | follow --state half.state - >cut.out 2>cut.err
    same "$? $(cat cut.err)" "0 rimer-forecast: (stdin):49: $cut" "a line without its last $tail bytes is told"
    cmp half.state whole.state && cmp cut.out whole.out
    report $? 'and is in neither forecast nor state'
    rows 48 500 | follow --state half.state - | sed 1d | cmp - <(sed 1,25d all.out)
    report $? 'so the whole row goes on from there'
    rm -f half.state
done
printf 'ds,demand_mw\r\n2001-01-01 00:00:00,1\r' | follow --state half.state - >out 2>err
same "$? $(cat err) $(grep -c '"steps":"1"' half.state)" '0  1' 'a carriage return ends a line'
rm half.state
for quoted in '"20' '"20"'; do
    printf 'ds,demand_mw\n2001-01-01 00:00:00,1\n2001-01-01 00:30:00,%s' "$quoted" | follow --state half.state - 2>err >out
    same "$? $(cat err) $(grep -c '"steps":"1"' half.state)" "0 rimer-forecast: (stdin):3: $cut 1" 'also inside quotes'
    rm half.state
done
printf 'ds,demand_mw\n2001-01-01 00:00:00,1' | follow --state half.state - >out 2>err
same "$? $(cat out err) $(ls half.state 2>/dev/null)" "0 rimer-forecast: (stdin):2: $cut " 'half a row alone leaves no state'
printf 'ds,demand_mw\n2001-01-01 00:00:00,1\n2001-01-01 00:30:00,\0' | follow --state half.state - 2>err >out
same "$? $(cat err) $(grep -c '"steps":"1"' half.state)" "0 rimer-forecast: (stdin):3: $cut 1" 'also with a NUL byte'
rm half.state
printf 'ds,\0dem\n2001-01-01,1\n' | follow --on-error skip - >out 2>err
same "$? $(cat err)" '3 rimer-forecast: (stdin):1: a NUL byte; this is not a text table' 'a NUL byte in the header'
printf 'ds,dem' | follow --state half.state - >out 2>err
same "$? $(cat err)" '3 rimer-forecast: (stdin): its only line has no line end, and may be cut off: send it as a whole' \
    'half a header is none'
sed -n 1,49p all.csv | head -c -1 | follow - | cmp - <(sed -n 1,49p all.out)
report $? 'without a state such a line is a row'

# first NAME WORDS SED: SED changes the first row, which is refused as a later one is, or left out
first() {
    name=$1 words=$2
    sed "$3" all.csv >first.csv
    follow --state first.state first.csv >first.out 2>first.err
    same "$? $(wc -l <first.err) $(grep -c -e "$words" first.err)" '3 1 1' "$name is refused"
    head -n 2 first.csv | follow --on-error skip --state first.state - 2>first.err >first.out
    same "$? $(grep -c -e "$words" first.err)" '5 1' 'or left out, be it the only one'
    follow --on-error skip first.csv >skip.out 2>skip.err
    same "$? $(grep -c -e "$words" skip.err)" '5 1' 'and with rows behind it'
    sed 2d first.csv | follow - | cmp - skip.out
    report $? 'these are read as if it had not been there'
    rm -f first.state
}
first 'a first row that is short' ':2: 1 cells here, 2 in the first row' '2s/,.*//'
first 'a first row that is long' ':2: 3 cells here, 2 in the first row' '2s/$/,1/'
first 'a first value that is no number' ':2: column "demand_mw": "ERR" is not a number' '2s/,.*/,ERR/'
first 'one in a column that no model knows' ':2: column "load": "ERR" is not a number' '1s/demand_mw/load/;2s/,.*/,ERR/'
first 'a first row with a quote that is not closed' ':2: a quoted cell is not closed' '2s/,/,"/'
first 'a NUL byte in the first row' ':2: a NUL byte' '2s/,/,\x00/'
first 'a first time that is none' ':2: column "ds": "soon" is not a time' '2s/^[^,]*/soon/'
first 'one under another name' ':2: column "when": "soon" is not a time' '1s/ds/when/;2s/^[^,]*/soon/'
printf 'ds,a,b\n2024-01-01,1\n' | follow - 2>err
same "$? $(cat err)" '3 rimer-forecast: (stdin):2: 2 cells here, 3 in the first row' 'some cells are not enough'
sed '1s/ds/"d\ns"/;2s/\(.*\),/,MW\n\1,"/' all.csv | follow --on-error skip - 2>err >skip.out
same "$? $(grep -c -e ':4: a quoted cell is not closed' -e ':3: a line of units' err)" '5 2' 'behind a line of units, too'
sed 1,2d skip.out | cmp - <(sed 2d all.csv | follow - | sed 1d)
report $? 'and names may go over two lines'
printf 'ds,a\n01/02/2024,3\n02/02/2024,1\n' | follow --on-error skip - 2>err
same "$? $(grep -c 'day or the month first' err)" '3 1' 'days that may be months are no fault of a row'

# What is no row in a table is none here either.
for line in ',' 'ds,demand_mw'; do
    sed "1a $line
30a $line
60a $line
\$a $line" all.csv | follow - 2>none.err | cmp - all.out
    same "$? $(cat none.err)" '0 ' "a row of \"$line\" is passed over, first, later and last"
done
sed '1a Date,' all.csv | follow - 2>none.err | cmp - all.out
same "$? $(cat none.err)" '0 ' 'a line that names the time alone, below the names, is passed over'
printf 'ds,demand_mw\nDate,\n' | follow - >out 2>none.err
same "$? $(grep -c ':2: column "ds": "Date" is not a time' none.err)" '3 1' 'and is a row where nothing follows'

# The first two rows say what a step is only where nothing else does.
awk -F, 'NR == 1 { print "step," $2; next } { print NR "," $2 }' "$data" >numbered.csv
"$bin/rimer-train" numbered.csv -o n.safetensors "${small[@]}" --set norm=causal
for freq in '' '--freq 30min'; do
    # shellcheck disable=SC2086
    head -n 40 all.csv | "$bin/rimer-forecast" -m n.safetensors --follow $freq - 2>none.err >out
    same "$? $(grep -c 'stdin:3: a step is 30min, as far as the first two rows are apart (--freq says' none.err) $(wc -l <none.err)" \
        "0 $([ "$freq" ] && echo 0 0 || echo 1 1)" "a step that two rows have shown is told ($freq)"
done

# beside VALUE: all.csv with a column that holds VALUE in the first row of a run, and words below
beside() { awk -F , -v value="$1" '{ print $1 "," (NR == 1 ? "sensor" : NR == 2 ? value : "ok") "," $2 }'; }
for value in ok 7 ''; do
    beside "$value" <all.csv | follow - 2>beside.err | cmp - all.out
    report $? "of the columns that the model knows no other is read ($value)"
    same "$(cat beside.err)" 'rimer-forecast: stdin: columns that the model does not know are left out: sensor (--channels takes others)' \
        'which is told'
done
for part in '1 30' '31 500'; do
    # shellcheck disable=SC2086
    rows $part | sed '1s/demand_mw/load/' >load.csv
    [ -e load.state ] && beside 7 <load.csv >more.csv && mv more.csv load.csv
    follow --state load.state load.csv 2>&1 | sed 1d
done >load.out
sed '1s/demand_mw/load/' all.csv | follow - | sed 1d | cmp - load.out
report $? 'nor of those that the state knows'

# Where cells end with semicolons, the first value with a decimal mark shows it.
marked() { awk -F , -v mark="$1" 'NR == 1 { print "ds;demand_mw"; next }
    { v = $2 (NR > 4 ? mark "5" : ""); print $1 ";" v }' all.csv; }
marked . | tr ';' , | follow - >marks.out
for mark in . ','; do
    marked $mark | follow - | cmp - marks.out
    report $? "decimal $mark behind whole numbers"
done
marked , | sed '4s/;.*/;1.5x/;5s/^[^;]*/soon/;5s/,/./' | follow --on-error skip - >out 2>err
same "$? $(wc -l <err)" '5 4' 'a row that is refused shows no mark'
marked , | follow --decimal . - 2>err >out
same "$? $(grep -c ':5: .*--decimal ,' err)" '3 1' '--decimal says it beforehand'

sed 261p all.csv | follow --duplicates first - | cmp - all.out
report $? '--duplicates first takes the first'
sed '$p' all.csv | follow --duplicates first --every 1 - | cmp - <(follow --every 1 all.csv)
report $? 'at the end, too'
# Texts that leave out fractions of zeros: the first row of a run does not show what a step is.
awk 'BEGIN { print "ds,demand_mw"; for (t = 0; t < 50; t++)
    printf "2024-01-01 00:00:%02d%s,%d\n", t / 2, t % 2 ? ".500000" : "", 20000 + 5000 * sin(t / 8) }' >fine.csv
head -n 25 fine.csv | follow -H 2 --state fine.state --freq 500ms - >/dev/null
sed '2,25d' fine.csv | follow -H 2 --state fine.state --every 1 - | sed -n '2,3p' | cut -d, -f 1,2 >fine.out
same "$(xargs <fine.out)" '2024-01-01 00:00:12.0,2024-01-01 00:00:12.5 2024-01-01 00:00:12.0,2024-01-01 00:00:13.0' \
    'times of a fraction of a second stay apart'
sed 's/^[^,]*,//' all.csv | follow --no-time - | cut -d , -f 2 | cmp - <(cut -d , -f 3 all.out)
report $? 'rows without times are counted'
printf 'ds,y\n' | follow - >out 2>err
same "$? $(cat err)" '3 rimer-forecast: (stdin): a header but no row of data' 'a header alone'
follow - </dev/null >out 2>err
same "$? $(cat err)" '3 rimer-forecast: (stdin): the file is empty' 'nothing at all'

# --------------------------------------------------------------------------------- live

# until COMMAND...: waits until it succeeds
until_so() {
    for _ in $(seq $((limit * 50))); do
        "$@" && return 0
        sleep 0.02
    done
    return 1
}
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

mkfifo pipe
: >live.out
(
    trap - INT
    exec "$bin/rimer-forecast" -m m.safetensors --follow --state live.state - <pipe >live.out 2>live.err
) &
pid=$!
exec 4>pipe
rows 1 24 >&4
until_so has_lines live.out 25
report $? 'a forecast comes while more rows are awaited'
sed -n 26,48p "$data" >&4
sed -n 49p "$data" | head -c 12 >&4 # half a row
sleep 0.3
same "$(wc -l <live.out)" 25 'and no other one before the patch is whole'
sed -n 49p "$data" | tail -c +13 >&4
until_so has_lines live.out 49
report $? 'a row may come in halves'
kill -INT $pid
wait $pid
same "$? $(cat live.err)" '130 rimer-forecast: stopped; live.state goes on from here with --state' \
    'a signal ends it'
exec 4>&-
rows 49 500 | follow --state live.state - | sed 1d | cmp - <(sed 1,49d all.out)
report $? 'with its state saved'

# Before that, a report tells it; and that of another state says what stands there.
(
    ulimit -f 20
    follow --state owed.state - <all.csv >owed.out 2>&1
)
"$bin/rimer-info" owed.state >out 2>err
same "$? $(cat err)" '0 ' 'rimer-info reports on a state'
same "$(sed -n 's/^forecast *//p' out)" 'owed after the last step: the next run begins with it' \
    'which owes a forecast'
"$bin/rimer-info" s.state | sed '/^model/d' >out
same "$(cat out)" 'stream      s.state
format      rimer-stream-2
stands      after 500 steps
last time   2000-06-15 09:30
frequency   30min
forecast    none is owed
channels    1
  demand_mw' 'or owes none'
"$bin/rimer-info" --json s.state owed.state >out
same "$(grep -c '"kind": "stream state"' out) $(sed -n 's/^ *"\(steps\|last_time\|owed\)": //p' out |
    head -n 3 | tr -d '\n')" '2 500,"2000-06-15 09:30",false,' 'as JSON, too'
same "$("$bin/rimer-info" s.state | sed -n 's/^model *//p')" "$("$bin/rimer-info" m.safetensors | sed -n 's/^in states *//p')" \
    'of which model it is, the report on the model tells'
same "$("$bin/rimer-info" --json s.state | sed -n 's/^ *"model"//p')" \
    "$("$bin/rimer-info" --json m.safetensors | sed -n 's/^ *"in_states"//p')" 'as JSON, too'
head -c -4 s.state >cut.state
"$bin/rimer-info" cut.state >out 2>err
same "$? $(wc -l <err) $(wc -c <out)" '4 1 0' 'one that is cut off is refused'
sed 's/"steps":"500"/"steps":"501"/' s.state >changed.state
"$bin/rimer-info" changed.state >out 2>err
same "$? $(cat err)" '4 rimer-info: changed.state: is damaged: its checksum does not fit' \
    'so is one that was changed'
endless() { awk 'BEGIN { print "demand_mw"; for (;; i++) print 20000 + 5000 * sin(i / 8) }'; }
endless 2>/dev/null | follow --no-time -H 1 --state endless.state - 2>endless.err | sed -n '1,3p;3q' >endless.out
same "${PIPESTATUS[*]}" "${PIPESTATUS[0]} 141 0" 'rows without end: a reader who leaves ends it'
same "$(wc -l <endless.out) $(cat endless.err)" '3 ' 'quietly'
printf 'demand_mw\n1\n' | follow --no-time --state endless.state - >out
same "$?" 0 'with its state saved'
"$bin/rimer-info" --json endless.state | sed -n 's/^ *"\(last_time\|frequency\|owed\)": //p' >out
same "$(tr -d '\n' <out)" 'null,"1",false,' 'which knows of no time'

# --------------------------------------------------------------------------------- usage

no() { # no WORDS OPTION...
    words=$1
    shift
    follow "$@" >out 2>err </dev/null
    same "$? $(grep -c -e "$words" err)" '2 1' "refused: $*"
}
no 'one model' -m w.safetensors all.csv
no 'standard output' -o x.csv all.csv
no 'layout wide' --layout long all.csv
no 'cannot be sorted' --sort all.csv
no 'first or error' --duplicates mean all.csv
no 'zone' --zone Europe/Berlin all.csv
no 'over its input' --state all.csv all.csv
no 'over its input' --state m.safetensors all.csv
no 'file of its own' --state - all.csv
no 'freq' --freq 1 all.csv
head -n 50 all.csv | "$bin/rimer-forecast" -m m.safetensors --follow --state kept.state - >x.out 2>err
"$bin/rimer-forecast" -m kept.state all.csv 2>err
same "$? $(grep -c 'kept.state: is the state of a stream, not a model' err)" '4 1' 'a state in the place of a model'
LC_ALL=C sed 's/rimer-stream-2/rimer-train-33/' kept.state >train.state
"$bin/rimer-forecast" -m train.state all.csv 2>err
same "$? $(grep -c 'is the state of a training, not a model: the best so far' err)" '4 1' 'and that of a training'
"$bin/rimer-forecast" -m m.safetensors --follow --append all.csv all.csv 2>err
same "$? $(grep -c -e '--append adds a file' err)" '2 1' 'a file behind what comes row by row'
"$bin/rimer-forecast" -m m.safetensors --state s all.csv 2>err
same "$? $(grep -c -e --follow err)" '2 1' '--state alone'
"$bin/rimer-forecast" -m m.safetensors --max-gap 100000 all.csv 2>err
same "$? $(grep -c -e 'go with --follow' err)" '2 1' '--max-gap alone'
no 'max' --max-gap -1 all.csv
[ ! -e x.csv ]
report $? 'nothing is written'
finish
