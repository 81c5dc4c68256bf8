#!/bin/sh
# rimer-forecast --on-error: a bad series among good ones.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# series ID SHIFT: 120 days
series() {
    awk -v id="$1" -v shift="$2" 'BEGIN { for (t = 0; t < 120; t++)
        printf "%s,%d,%d\n", id, t, shift + t % 7 * 3 + t % 5 }'
}
{
    echo unique_id,ds,y
    series a 10
    series b 20
} >train.csv
"$bin/rimer-train" train.csv -o m.safetensors -q --context 28 --horizon 4 --epochs 1 --conformal --set log1p=yes
report $? 'a model of two series'
{
    echo unique_id,ds,y
    series good 10
    series empty 10 | sed 's/,[0-9]*$/,/'
    series gone 10 | awk -F , -v OFS=, '$2 > 60 { $3 = "" } { print }'
    series negative 10 | sed '$s/,[0-9]*$/,-7/'
    series fine 20
} >data.csv

"$bin/rimer-forecast" -m m.safetensors data.csv -o none.csv 2>err
same "$? $(wc -l <err) $(grep -c 'empty' err)" '3 1 1' 'one bad series ends it'
same "$(grep -c -- '--on-error skip' err)" 1 'and says how to go on'
[ ! -e none.csv ]
report $? 'and nothing is written'

"$bin/rimer-forecast" -m m.safetensors data.csv --level 80 --on-error skip -o skip.csv 2>err
same "$? $(cut -d , -f 1 skip.csv | sort | uniq -c | xargs)" '5 4 fine 4 good 1 unique_id' 'bad ones are left out'
same "$(wc -l <err) $(grep -c '"empty"\|"gone"\|"negative"' err)" '4 3' 'and named'
same "$(tail -n 1 err)" 'rimer-forecast: 3 of 5 could not be forecast and were left out' 'and counted'
grep -v '^empty\|^gone\|^negative' data.csv >good.csv
"$bin/rimer-forecast" -m m.safetensors good.csv --level 80 >alone.csv
same "$? $(cksum <skip.csv)" "0 $(cksum <alone.csv)" 'the others are as they would be alone'

"$bin/rimer-forecast" -m m.safetensors data.csv --level 80 --on-error naive -o naive.csv 2>err
same "$? $(tail -n 1 err | grep -c 'repeat their last value')" '5 1' 'or repeat their last value'
last=$(grep '^gone,60,' data.csv | cut -d , -f 3)
same "$(grep '^gone,' naive.csv | cut -d , -f 3- | sort | uniq -c | xargs)" "4 $last,," 'without an interval'
same "$(grep '^negative,' naive.csv | cut -d , -f 3 | sort -u)" -7 'the very last'
same "$(grep -c '^empty,' naive.csv)" 0 'which needs one'
same "$(grep '^good,\|^fine,' naive.csv | cksum)" "$(grep '^good,\|^fine,' skip.csv | cksum)" 'and the others stay'
"$bin/rimer-forecast" -m m.safetensors data.csv --level 80 --on-error skip --threads 1 --adapt 1 2>/dev/null >adapted.csv
same "$? $(cut -d , -f 1 adapted.csv | sort -u | xargs)" '5 fine good unique_id' 'with intervals that adapt, too'

awk -F , 'NR > 1 { printf "%s%s,%s", $1 == id ? "" : (NR > 2 ? "\n" : "") $1, "", $3; id = $1 } END { print "" }' data.csv >rows.csv
"$bin/rimer-forecast" -m m.safetensors rows.csv --layout rows --on-error skip 2>err >rows.out
same "$? $(cut -d , -f 1 rows.out | sort -u | xargs) $(grep -c '"empty"' err)" '5 fine gone good unique_id 1' 'also of a series a row, where "gone" ends earlier'

"$bin/rimer-forecast" -m m.safetensors -m m.safetensors data.csv --level 80 --on-error skip 2>err >twice.csv
same "$? $(cksum <twice.csv) $(wc -l <err)" "5 $(cksum <skip.csv) 4" 'so do several models'

sed '/^b,1[01][0-9],/d' train.csv >behind.csv
series c 30 >>behind.csv
"$bin/rimer-forecast" -m m.safetensors behind.csv 2>err >behind.out
same "$? $(cat err)" '0 rimer-forecast: behind.csv: 1 of 3 series end before 119, where the others do, and are forecast from their own ends on: the first is "b", which ends at 99' 'a series that ends before the others is told of'
"$bin/rimer-forecast" -m m.safetensors train.csv 2>err >behind.out
same "$? $(wc -c <err)" '0 0' 'not where all end together'
grep -v '^c' behind.csv | sed '/^a,11[0-9],/d; 1a z,300,1' | "$bin/rimer-forecast" -m m.safetensors - 2>err >behind.out
same "$? $(wc -c <err)" '0 0' 'nor where each ends by itself'

grep '^empty\|^gone\|^unique' data.csv >bad.csv
"$bin/rimer-forecast" -m m.safetensors bad.csv --on-error skip -o none.csv 2>err
same "$? $(wc -l <err) $(find . -name none.csv | wc -l)" '3 1 0' 'nothing but bad ones is no forecast'

awk -F , 'BEGIN { print "ds,a,b" } { print NR "," $3 "," }' train.csv | sed 2d >wide.csv
"$bin/rimer-forecast" -m m.safetensors wide.csv --on-error skip 2>err >out.csv
same "$? $(sed 1d out.csv | awk -F , '$2 == "" || $3 != ""') $(grep -c 'column "b"' err)" '5  1' 'a column of a wide table stays, empty'

for n in $(seq 1 9); do series "bad$n" 1 | sed 's/,[0-9]*$/,/'; done | cat good.csv - >many.csv
"$bin/rimer-forecast" -m m.safetensors many.csv --on-error skip 2>err >/dev/null
same "$? $(wc -l <err) $(tail -n 1 err | grep -c '9 of 11 .* first of them')" '5 6 1' 'of many the first are named'
"$bin/rimer-forecast" -m m.safetensors wide.csv --follow --on-error naive 2>err
same "$? $(wc -l <err)" '2 1' 'a stream has nothing to repeat'

# A channel that begins after the training part is not trained on: nor is it to decide which epoch is
# kept, or how wide the intervals of the others are.
awk 'BEGIN { print "ds,late,b"
    for (t = 1; t <= 400; t++) print t "," (t > 300 ? 1000 + t % 7 : "") "," 10 + 3 * sin(t / 4) + t % 5 / 5 }' >late.csv
train_late() { # train_late MODEL [OPTION]...
    model=$1
    shift
    "$bin/rimer-train" late.csv -o "$model" --freq 1 --context 32 -H 8 --epochs 1 --conformal "$@" 2>said >told
}
width() {
    "$bin/rimer-evaluate" -m "$1" late.csv --channels b --freq 1 | sed -n 's/.*95 % inside.*width \([^ ]*\) .*/\1/p'
}
train_late both.safetensors
same "$? $(awk '/^epoch   0/ { print ($7 < 1) }' said)" '0 1' 'a channel that begins late is not validated on'
train_late alone.safetensors --channels b
same "$(awk -v a="$(width both.safetensors)" -v b="$(width alone.safetensors)" 'BEGIN { print (a > 0 && a < 1.5 * b) }')" 1 \
    'nor calibrated on'
"$bin/rimer-evaluate" -m both.safetensors late.csv --freq 1 >scored
same "$? $(grep -c '^not scored  1 channel of which the training part has no value' scored)" '0 1' 'nor scored'

# A code for "missing" that nobody said is told of where it does harm.
awk 'BEGIN { print "ds,a,b"; for (t = 1; t <= 200; t++) print t "," (t % 50 == 9 ? -9999 : t % 7) "," t % 5 }' >codes.csv
"$bin/rimer-train" codes.csv -o codes.safetensors --epochs 1 2>said >told
same "$? $(grep -c 'column "a": -9999 lies far .* use --na -9999' said)" '0 1' 'training tells of -9999'
"$bin/rimer-forecast" -m codes.safetensors codes.csv 2>said >told
same "$? $(grep -c 'column "a": -9999 lies far' said)" '0 1' 'and so does a forecast'
"$bin/rimer-forecast" -m codes.safetensors codes.csv --na -9999 2>said >told
same "$? $(wc -l <said)" '0 0' 'unless it is said'

# A meter whose count is large beside how far it goes.
awk 'BEGIN { print "ds,meter"; for (t = 1; t <= 300; t++) printf "%d,%.0f\n", t, 3e9 + 50 * t + t % 7 }' >meter.csv
"$bin/rimer-info" meter.csv >told
same "$? $(grep -c 'held with 24 bits.*subtract what they have in common.*meter' told)" '0 1' 'digits that are lost are told of'
"$bin/rimer-train" meter.csv -o meter.safetensors --epochs 1 2>said >told
same "$? $(grep -c 'column "meter": values are held with 24 bits' said)" '0 1' 'by training, too'
awk 'BEGIN { print "ds,meter"; for (t = 1; t <= 300; t++) print t "," 50 * t + t % 7 }' >meter.csv
same "$("$bin/rimer-info" meter.csv | grep -c '24 bits')" 0 'and none when it begins at 0'
awk 'BEGIN { print "unique_id,ds,y"; for (t = 1; t <= 100; t++) printf "fine,%d,%d\nhuge,%d,%.0f\ncoded,%d,%d\n", t, t % 7,
    t, 3e9 + 50 * t + t % 7, t, t % 50 == 9 ? -9999 : t % 5 }' >doubtful.csv
"$bin/rimer-forecast" -m m.safetensors --on-error skip doubtful.csv 2>said >told
same "$(sed -n 's/.*doubtful.csv: \(series "[a-z]*", column "y": [^ ]*\) .*/\1/p' said | grep -v 'cannot' | xargs -d '\n')" \
    'series "huge", column "y": values series "coded", column "y": -9999' 'of many series the first is named'
finish
