#!/bin/sh
# rimer-plot: every kind of picture, both forms of forecast, and names that want to be commands.
# Names that look like commands are the point here.
# shellcheck disable=SC2016
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# hostile FIRST LAST: nine channels whose names gnuplot or a shell would run
hostile() {
    printf 'ds,"a'\''b","`touch pwned1`","x\ny","|touch pwned2","<touch pwned3","!touch pwned4",'
    printf '"c\007\033[31mred","$(touch pwned5)","system(""touch pwned6"") \\"\n'
    for day in $(seq "$1" "$2"); do
        printf '2020-01-%02d,%d,%d,%d,%d,%d,%d,%d,%d,%d\n' "$day" "$day" $((day * day)) 3 4 \
            $((-day)) 6 7 8 9
    done
}
hostile 1 30 >truth.csv
hostile 21 30 >forecast.csv

if command -v gnuplot >/dev/null; then
    "$bin/rimer-plot" forecast.csv --truth truth.csv -o plot.png
    same "$? $(head -c 4 plot.png | tail -c 3)" '0 PNG' 'nine channels with hostile names: PNG'
    "$bin/rimer-plot" forecast.csv -t truth.csv --channel '`touch pwned1`' -o "|touch pwned7'.svg" \
        --title '`touch pwned8`
system("touch pwned9")
!touch pwned10'
    same "$? $(grep -c '<svg' "|touch pwned7'.svg")" '0 1' 'hostile title and file name: SVG'
    grep -qF '`touch pwned8`?system(&quot;touch pwned9&quot;)?!touch pwned10' "|touch pwned7'.svg" ||
        grep -qF '`touch pwned8`?system("touch pwned9")?!touch pwned10' "|touch pwned7'.svg"
    report $? 'the hostile title is drawn as text'
    "$bin/rimer-plot" forecast.csv --truth truth.csv -o plot.pdf
    same "$? $(head -c 4 plot.pdf)" '0 %PDF' 'PDF'
    "$bin/rimer-plot" forecast.csv -o - --size 800x400 | head -c 24 | od -A n -t u1 -j 16 |
        tr -s ' \n' ' ' >size
    same "$(cat size)" ' 0 0 3 32 0 0 1 144 ' '--size gives a picture of 800 x 400 on standard output'
    "$bin/rimer-plot" forecast.csv --script | gnuplot -d - | head -c 4 | tail -c 3 >kind
    same "$(cat kind)" PNG '--script is what gnuplot would have got'
    same "$(find . -name '*pwned*' ! -name '|*' && find . -name '*.rimer-tmp*')" '' 'no command ran, nothing is left'
else
    echo 'skip - pictures: gnuplot is not here'
fi
mkdir bin && PATH=$work/bin "$bin/rimer-plot" forecast.csv -o none.png 2>err
same "$? $(cat err)" '1 rimer-plot: gnuplot is not installed: install it, or leave -o out to draw in the terminal' \
    'a missing gnuplot is told'
[ ! -e none.png ]
report $? 'and leaves no file'

# The terminal drawing: no control character, every row as wide as the next.
"$bin/rimer-plot" forecast.csv --truth truth.csv >drawn
same "$? $(LC_ALL=C tr -d '\n[:print:]\200-\377' <drawn | wc -c)" '0 0' 'the terminal gets no control characters'
"$bin/rimer-plot" forecast.csv --truth truth.csv --channel '!touch pwned4' >drawn
same "$(grep -c '•' drawn) $(grep -c 'touch pwned4' drawn)" '2 1' 'one channel, a flat forecast in one row under the legend'

# Long form: the same picture as the wide one.
printf 'unique_id,ds,Rimer,Rimer-lo-80,Rimer-hi-80,Rimer2\n' >long.csv
for day in $(seq 21 30); do
    printf '"q""a,b",2020-01-%02d,%d,%d,%d,1\n' "$day" "$day" $((day - 2)) $((day + 2))
done >>long.csv
printf 'ds,"q""a,b","q""a,b-lo-80","q""a,b-hi-80"\n' >wide.csv
for day in $(seq 21 30); do
    printf '2020-01-%02d,%d,%d,%d\n' "$day" "$day" $((day - 2)) $((day + 2))
done >>wide.csv
script() {
    "$bin/rimer-plot" "$@" --title T --script | sed 's/END_[0-9a-f]*/END/'
}
same "$(script long.csv)" "$(script wide.csv)" 'long and wide forecasts draw the same'
script long.csv >drawn
same "$(grep -c "title '80 % interval'" drawn) $(grep -c '^\$forecast' drawn)" '1 1' \
    'lo and hi columns are an interval, not channels'
same "$(script - <long.csv)" "$(script long.csv)" '- is standard input'

# Several intervals lie upon each other, the widest first; the narrowest of five finds no room.
printf 'ds,y,y-lo-50,y-hi-50,y-lo-95,y-hi-95,y-lo-10,y-hi-10,y-lo-99.5,y-hi-99.5,y-lo-80,y-hi-80\n' >fan.csv
for day in 1 2 3; do
    printf '2020-01-0%d,0,-50,50,-95,95,-10,10,-99,99,-80,80\n' "$day"
done >>fan.csv
script fan.csv >drawn
same "$(grep -A1 '^\$band' drawn | grep -o ' -[0-9]*' | xargs)" '-99 -95 -80 -50' \
    'the four widest intervals, the widest first'
same "$(grep -o "title '[^']*intervals'" drawn)" "title '50, 80, 95, 99.5 % intervals'" 'they have one name'


# The legend is a line where title and subtitle leave room for it.
# legend OPTION...: how it lies, and the title beside it
legend() {
    "$bin/rimer-plot" "$@" --script |
        sed -n "s/^set key .* \(horizontal\|vertical\) .*/\1/p; s/^set label 1 '\(.*\)' at .*/\1/p" | xargs
}
long='A title that leaves no room for a line of words'
same "$(legend fan.csv --title short); $(legend fan.csv --title "$long")" "horizontal short; vertical $long" \
    'a legend beside a title, below each other where that is long'
same "$(legend fan.csv --title "$long, and goes on and on")" "vertical $long, and g…" 'and cut where it would lie upon them'

# In the terminal the widest is a shade, behind everything else, and named.
"$bin/rimer-plot" fan.csv >drawn
same "$? $(sed -n 1p drawn | grep -c '░░ 99.5 %$') $(grep -c '░░░░.*░░░░' drawn) $(grep -c '•••' drawn)" '0 1 15 1' \
    'a shaded interval in the terminal'

# Steps without times go on after the truth.
printf 'y\n1\n2\n3\n4\n' >steps.csv
printf 'y\n5\n6\n' >next.csv
"$bin/rimer-plot" next.csv --truth steps.csv --no-time --script >script.gp
same "$(sed -n '/^\$forecast0/,/^END/p' script.gp | sed '1d;$d' | tr '\n' ';')" '3 4;4 5;5 6;' \
    'numbered steps go on after the truth'

# So does an interval, which would be nothing of a single step.
printf 'y,y-lo-80,y-hi-80\n5,3,8\n' >single.csv
same "$("$bin/rimer-plot" single.csv --truth steps.csv --no-time --script | sed -n '/^\$band0/,/^END/p' | sed '1d;$d' | tr '\n' ';')" \
    '3 4 4;4 3 8;' 'an interval begins at the last true value'

# Lines of very many points are thinned to lowest and highest, values between gaps are points.
{
    echo t,y
    seq 0 99999 | sed 's/$/,1/;s/^54321,1/54321,7/;s/^77777,1/77777,-7/'
} >many.csv
"$bin/rimer-plot" many.csv --script | sed -n '/^\$forecast0/,/^END/p' >drawn
same "$(($(wc -l <drawn) < 9000)) $(grep -c '^54321 7$' drawn) $(grep -c '^77777 -7$' drawn)" '1 1 1' \
    'many points are thinned, extremes stay'
printf 't,y\n1,1\n2,\n3,3\n' >alone.csv
same "$("$bin/rimer-plot" alone.csv --script | grep -c 'with points')" 1 'values between gaps are points'
printf 't,y,y-lo-80,y-hi-80\n4,4,3,5\n5,,,\n6,6,4,9\n7,,,\n8,8,7,9\n9,9,8,11\n' >gaps.csv
"$bin/rimer-plot" gaps.csv --truth alone.csv --script >drawn
same "$(sed -n '/^plot/,$p' drawn | sed -n 's/.*[$]\([a-z]*\)0 using \([^ ]*\) with \([a-z]*\) .*/\1 \2 \3/p' | xargs)" \
    'band 1:2:3 filledcurves band 1:2:(0):4 vectors truth 1:3 points forecast 1:2 lines forecast 1:3 points' \
    'those of the truth and of an interval, too, beside what is a line'
same "$(sed -n '/^.truth0/,/^END/p;/^.band0/,/^END/p' drawn | sed '/[$E]/d' | tr '\n' ';')" \
    '3 3 3;4 3 5;;6 4 9 5;;8 7 9;9 8 11;1 1 1;;3 3 3;' 'a value alone has a column more'
"$bin/rimer-plot" long.csv --truth truth.csv 2>err
same "$? $(cat err)" '3 rimer-plot: truth.csv: has no values for the channels and times that the forecast needs' \
    'a truth that does not fit'

# A forecast of one of the channels of each series has the names of the series alone.
printf 'unique_id,ds,y,z\na,1,5,50\na,2,6,60\nb,1,7,70\nb,2,8,80\n' >both.csv
printf 'unique_id,ds,Rimer\na,3,7\nb,3,9\n' >of_z.csv
"$bin/rimer-plot" of_z.csv --truth both.csv --script >drawn 2>err
same "$? $(wc -c <drawn) $(cat err)" '2 0 rimer-plot: both.csv: series "a" has 2 columns of values, and the forecast does not say of which it is: name the one that it was made of, such as --channels y' \
    'a truth of several columns'
"$bin/rimer-plot" of_z.csv --truth both.csv --channels z --script >drawn 2>err
same "$? $(cat err) $(grep -A 2 '^.truth1 <<' drawn | tail -n 2 | xargs)" '0  1 70 2 80' 'is drawn when it says which'

# Many series: each with the truth of its own name; what begins elsewhere is left out and counted.
printf 'unique_id,ds,Rimer,Rimer-lo-80,Rimer-hi-80\na,2,7,6,8\na,3,9,8,10\nb,2,70,60,80\nb,3,90,80,100\nc,1,1,0,2\n' >many_long.csv
printf 'a,1,2\nb,40,50\nc,3\n' >many_rows.csv
"$bin/rimer-plot" many_long.csv --truth many_rows.csv --layout rows --script >drawn 2>err
same "$? $(grep -c '^\$forecast' drawn) $(grep -c '^1 50$' drawn) $(cat err)" \
    '0 2 2 rimer-plot: 1 more found no room, or begin at other times: choose one with --channel, or --series' \
    'many series are drawn with their truth'
"$bin/rimer-plot" many_long.csv --truth many_rows.csv --layout rows --channel c --script >drawn 2>err
same "$? $(grep -c '^\$forecast' drawn) $(grep -c '^0 3 3$' drawn)" '0 1 2' 'one of many series'
"$bin/rimer-plot" many_long.csv --channel d 2>err
same "$? $(grep -c 'did you mean "' err)" '2 1' 'a series that is not there'

# Labels beside a panel have room, however long; a small picture has small letters.
# field NAME: what the script in `drawn` sets it to
field() {
    sed -n "s/^set $1 at screen \([0-9.]*\)$/\1/p" drawn | head -n 1
}
printf 'ds,y\n1,123456789\n2,123456799\n3,123456809\n' >large.csv
"$bin/rimer-plot" large.csv --script --size 1200x600 >drawn
awk -v room="$(field lmargin)" 'BEGIN { exit !(room * 1200 > 90 && room < 0.2) }'
report $? 'room for nine digits'
"$bin/rimer-plot" forecast.csv --script --size 1200x600 >drawn
awk -v room="$(field lmargin)" 'BEGIN { exit !(room < 0.075) }'
report $? 'no more than needed for two'
scale() {
    "$bin/rimer-plot" forecast.csv --channel '!touch pwned4' --script --size "$1" |
        sed -n "s/.*pngcairo.* fontscale \([0-9.]*\) .*/\1/p"
}
same "$(scale 1200x600) $(scale 475x400) $(scale 1200x210)" '1 0.5 0.5' 'letters are smaller in a small picture'

letters() {
    "$bin/rimer-plot" large.csv --script -o "x.$1" | sed -n "s/^ *set terminal $2.* font '[^']*,\([0-9]*\)' fontscale \([0-9.]*\).*/\1 \2/p"
}
same "$(letters png pngcairo);$(letters svg svg);$(letters pdf pdfcairo)" '11 1;11 1.33;11 0.655' \
    'and as large in each kind of picture, by whose points they are'

# In the terminal the axis is as wide as its labels.
printf 'ds,y\n1,51234500000\n2,51234900000\n3,51235900000\n' >far.csv
"$bin/rimer-plot" far.csv >drawn
same "$(sed -n 's/ ┤.*//p' drawn | xargs)" '5.12355e+10 5.1235e+10 5.12345e+10' 'labels are whole'
same "$(sed -n 's/ │.*//p; s/ ┤.*//p' drawn | awk '{ print length }' | sort -u)" 11 'the axis is a line'

# Axis marks at round moments.
printf 'ds,y\n' >months.csv
for year in 2001 2002 2003 2004; do
    for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
        echo "$year-$month-01,$month"
    done
done >>months.csv
"$bin/rimer-plot" months.csv --script | grep '^set xtics' >marks
same "$(cat marks)" 'set xtics ("Jan\n2001" 978307200, "Jul" 993945600, "Jan\n2002" 1009843200, "Jul" 1025481600, "Jan\n2003" 1041379200, "Jul" 1057017600, "Jan\n2004" 1072915200, "Jul" 1088640000)' \
    'months and years on the axis'
printf 'ds,y\n1896-02-27,1\n1896-02-28,2\n1896-02-29,3\n1896-03-01,4\n1896-03-02,5\n' >leap.csv
same "$("$bin/rimer-plot" leap.csv --size 500x300 --script | sed -n '/^set xtics/s/ -[0-9]*//gp')" \
    'set xtics ("00:00\n27 Feb", "12:00", "00:00\n28 Feb", "12:00", "00:00\n29 Feb", "12:00", "00:00\n1 Mar", "12:00", "00:00\n2 Mar")' \
    'a leap day before 1970'

# axis SECONDS: the marks under 30 steps of so many seconds, drawn in a terminal
axis() {
    for step in $(seq 0 29); do
        printf '2020-01-%02d %02d:%02d:%02d,%d\n' $((step * $1 / 86400 + 1)) \
            $((step * $1 / 3600 % 24)) $((step * $1 / 60 % 60)) $((step * $1 % 60)) $((step % 5))
    done | sed '1i ds,y' >even.csv
    "$bin/rimer-plot" even.csv | sed '1,/└/d' | xargs
}
same "$(axis 1)" '00:00:00 00:00:05 00:00:10 00:00:15 00:00:20 00:00:25 1 Jan' 'seconds on the axis'
same "$(axis 600)" '00:00 01:00 02:00 03:00 04:00 1 Jan' 'hours'
same "$(axis 7200)" '00:00 12:00 00:00 12:00 00:00 1 Jan 2 Jan 3 Jan' 'hours of several days'
same "$(axis 86400)" '6 Jan 13 Jan 20 Jan 27 Jan 2020' 'weeks'
# counted MILLISECONDS: 30 steps of so many from 2020-01-01 00:00:59 on
counted() {
    seq 0 29 | awk -v each="$1" '{ printf "%.0f,%d\n", 1577836859000 + $1 * each, $1 % 5 }' |
        sed '1i ds,y' >even.csv
    "$bin/rimer-plot" even.csv --time-format %Q | sed '1,/└/d' | xargs
}
same "$(counted 259200000)" '13 Jan 27 Jan 10 Feb 24 Feb 9 Mar 23 Mar 2020' 'fortnights'
same "$(counted 50)" '59.0 s 59.2 s 59.4 s 59.6 s 59.8 s 0.0 s 0.2 s 0.4 s 1 Jan 00:00 1 Jan 00:01' \
    'tenths of a second'
same "$(counted 1)" '59.000 s 59.005 s 59.010 s 59.015 s 59.020 s 59.025 s 1 Jan 00:00' 'and thousandths'

# Of very many series a few are drawn; the others cost nothing.
awk 'BEGIN { print "unique_id,ds,a,b"; for (i = 0; i < 60000; i++) print "s" i ",2024-01-01,1,2\ns" i ",2024-01-02,3,4" }' >many.csv
awk 'BEGIN { print "unique_id,ds,Rimer"; for (i = 60000; i--;) print "s" i ",2024-01-03,5\ns" i ",2024-01-04,6" }' >manynext.csv
timeout 20 "$bin/rimer-plot" manynext.csv --truth many.csv >drawn 2>err
same "$? $(cat err)" '2 rimer-plot: many.csv: series "s0" has 2 columns of values, and the forecast does not say of which it is: name the one that it was made of, such as --channels a' \
    '60,000 series are not compared with each other'
timeout 20 "$bin/rimer-plot" manynext.csv --truth many.csv --channels a >drawn 2>err
same "$? $(cat err)" '0 rimer-plot: 59991 more found no room, or begin at other times: choose one with --channel, or --series' 'nor looked for'

# What is said of times holds for the forecast, which is spelled like the truth; its header, columns
# and decimal mark are its own.
# points NAME ARGUMENT...: x and y of the lines of that name, in one line
points() {
    name=$1
    shift
    "$bin/rimer-plot" "$@" --script | sed -n "/^\\\$$name"'0 <</,/^END/p' | sed '1d;$d' | tr '\n' ';'
}
printf 'ds;y\n28.10.2023 23:00;1,5\n29.10.2023 00:00;-9\n29.10.2023 01:00;3\n' >night.csv
printf 'ds,y\n29.10.2023 02:00,4\n29.10.2023 02:00,-9\n29.10.2023 03:00,6\n' >hours.csv
same "$(points forecast hours.csv -t night.csv --zone Europe/Berlin --na -9)" \
    '1698541200 3;1698544800 4;1698548400 -9;1698552000 6;' 'an hour that comes twice, with its zone'
same "$(points truth hours.csv -t night.csv --zone Europe/Berlin --na -9)" \
    '1698534000 1.5 1.5;;1698541200 3 3;' 'the truth is on the same clock'
sed 2q hours.csv >hour.csv
same "$(points forecast hour.csv -t night.csv --zone Europe/Berlin)" '1698541200 3;1698544800 4;' \
    'a single step has the zone of the truth'
# That begins with the second of the two hours: the truth ends at the first.
{ cat night.csv && echo '29.10.2023 02:00;3,5'; } >nights.csv
printf 'ds,y\n29.10.2023 02:00,5\n29.10.2023 03:00,6\n' >second.csv
same "$(points forecast second.csv -t nights.csv --zone Europe/Berlin --na -9)" \
    '1698541200 3.5;1698544800 5;1698548400 6;' 'a forecast that begins with the second of two hours'
sed 2q second.csv >one.csv
same "$(points forecast one.csv -t nights.csv --zone Europe/Berlin --na -9)" '1698541200 3.5;1698544800 5;' \
    'of a single step'
printf 'unique_id,ds,Rimer\na,29.10.2023 02:00,5\na,29.10.2023 03:00,6\nb,29.10.2023 02:00,7\n' >longs.csv
printf 'unique_id;ds;y\na;29.10.2023 01:00;1\na;29.10.2023 02:00;2\nb;29.10.2023 00:00;3\nb;29.10.2023 01:00;4\n' >ends.csv
same "$(points forecast longs.csv -t ends.csv --zone Europe/Berlin --series a)|$(points forecast longs.csv -t ends.csv --zone Europe/Berlin --series b)" \
    '1698541200 2;1698544800 5;1698548400 6;|1698537600 4;1698541200 7;' 'each series by its own end'
echo '29.10.2023 04:00,7' >>second.csv
same "$(points forecast second.csv --time-format '%d.%m.%Y %H:%M' --zone Europe/Berlin)" '1698544800 5;1698548400 6;1698552000 7;' \
    'without a truth it goes on evenly'
sed '/02:00/d; s/03:00/02:45/; s/04:00/03:00/' second.csv >short.csv
echo '29.10.2023 03:15,8' >>short.csv
same "$(points forecast short.csv --time-format '%d.%m.%Y %H:%M' --zone Europe/Berlin)" '1698547500 6;1698548400 7;1698549300 8;' \
    'by quarters of an hour, too'
same "$(points forecast hours.csv --time-format '%d.%m.%Y %H:%M' --duplicates last)" \
    '1698544800 -9;1698548400 6;' '--duplicates'
printf 'ds,y\n13/09/2023,1\n14/09/2023,2\n' >slashes.csv
printf 'ds,y\n03/10/2023,3\n04/10/2023,4\n' >slashed.csv
want='1696291200 3;1696377600 4;'
same "$(points forecast slashed.csv --time-format %d/%m/%Y)" "$want" '--time-format'
same "$(points forecast slashed.csv -t slashes.csv)" "1694649600 2;$want" 'days and months are told by the truth'
printf 'at,y\n1687982400,1\n1687986000,2\n' >unix.csv
printf 'unique_id,ds,Rimer\ny,1687989600,3\n' >unix_next.csv
same "$(points forecast unix_next.csv -t unix.csv --time-format %s --time-col at)" '1687986000 2;1687989600 3;' \
    'seconds since 1970, and a long forecast has columns of its own'
printf 'year,month,y\n2023,11,1\n2023,12,2\n' >parts.csv
printf 'unique_id,ds,Rimer\ny,2024 1,3\ny,2024 2,4\n' >parts_next.csv
same "$(points forecast parts_next.csv -t parts.csv)" '1701388800 2;1704067200 3;1706745600 4;' \
    'parts of a time, in one column of a long forecast'
printf '4711,4712\n10,20\n11,21\n12,22\n' >sensors.csv
printf '4711,4712\n13,23\n' >sensors_next.csv
same "$(points forecast sensors_next.csv -t sensors.csv --header yes --no-time)" '2 12;3 13;' \
    'a header of numbers above a single step'

# Of forecasts one behind the other, as --follow writes them, the newest is drawn.
printf 'ds,y\n1,1\n2,2\n3,3\n4,4\n5,5\n' >rows.csv
printf 'cutoff,ds,y\n2,3,30\n2,4,40\n3,4,41\n3,5,51\n' >follow.csv
same "$(points forecast follow.csv -t rows.csv)" '3 3;4 41;5 51;' 'the newest of a wide table'
same "$(points forecast - -t rows.csv <follow.csv)" '3 3;4 41;5 51;' 'from standard input'
printf 'cutoff,ds,y\n3,4,42\n3,5,\n' >>follow.csv
same "$(points forecast follow.csv -t rows.csv)" '3 3;4 42;;' 'a header above those of another run'
printf 'cutoff,ds,y\n' >>follow.csv
same "$(points forecast follow.csv -t rows.csv)" '3 3;4 42;;' 'a run without a forecast'
printf '3,4,43\n3,5,53\n3,5,54\n' >>follow.csv
"$bin/rimer-plot" follow.csv 2>err
same "$? $(cat err)" '3 rimer-plot: follow.csv:12: the time 5 was there before, in line 11 (use --duplicates first or --steps rows)' \
    'what is refused stands in the line of the file'
printf 'unique_id,ds,cutoff,Rimer\na,3,2,30\nb,3,2,7\na,4,3,41\na,5,3,51\nb,4,3,8\nb,5,3,9\n' >follow_long.csv
printf 'ds,a,b\n1,1,2\n2,2,2\n3,3,2\n' >two.csv
same "$(points forecast follow_long.csv -t two.csv -c a) $(points forecast follow_long.csv -t two.csv -c b)" \
    '3 3;4 41;5 51; 3 2;4 8;5 9;' 'of a long table'
sed 1d rows.csv | cut -d , -f 2 | sed '1i y' >numbered.csv
printf 'cutoff,y\n1,30\n1,40\n2,41\n2,51\n' >follow_numbered.csv
same "$(points forecast follow_numbered.csv -t numbered.csv --no-time)" '2 3;3 41;4 51;' \
    'without times the cutoff says where it stands'
same "$(points forecast follow_numbered.csv -t numbered.csv)" '2 3;3 41;4 51;' 'with or without --no-time'
printf 'cutoff,y\n1,30\n2,40\n3,41\n' >own.csv
same "$(points forecast own.csv -t own.csv --time-col cutoff)" '1 30;2 40;3 41;' 'a time column called cutoff is one'
printf 'cutoff,ds,y\n' >none.csv
"$bin/rimer-plot" none.csv 2>err
same "$? $(cat err)" '3 rimer-plot: none.csv: a header but no row of data' 'no forecast at all'

# Every panel has two numbers beside it, however narrow what it shows: tops of 40 ranges in turn.
for top in $(seq 691 730); do
    printf 'ds,a,b\n1,0.687,1\n2,0.%d,2\n' "$top" >narrow.csv
    "$bin/rimer-plot" narrow.csv | sed -n '/ a$/,/ b$/p' | grep -c '[0-9] ┤'
done >counts
same "$(sort -n counts | head -n 1)" 2 'two numbers at least beside a narrow range'

# scores FORECASTER LEVELS OBSERVED
scores() {
    printf '{"forecaster":%s,"dataset":"`touch pwned20`","quantiles":{"levels":%s,"observed":%s}}' "$1" "$2" "$3"
}
hostile_name='"`touch pwned21`'"'"'\nsystem(\"touch pwned22\")"'
{
    printf '['
    scores "$hostile_name" '[0.1,0.5,0.9]' '[0.2,0.5,0.8]'
    printf ','
    scores '"b"' '[0.1,0.9]' '[null,0.7]'
    printf ',{"forecaster":"points"}]'
} >scores.json
"$bin/rimer-plot" --calibration scores.json --script >script
same "$? $(grep -c '^set label 3' script) $(grep -A 3 '^.forecast0 <<' script | tail -n 3 | xargs)" \
    '0 2 10 20 50 50 90 80' 'calibration: a panel each, shares below levels in per cent'
# The margins of the second panel as dots of the picture: from 652 to 1176, about as high.
same "$(grep -o 'size [0-9]*,[0-9]*' script | tail -n 1) $(sed -n 's/^set [lr]margin at screen //p' script | tail -n 2 | xargs)" \
    'size 1200,700 0.5530 0.9800' 'beside each other, about as high as wide'
same "$(grep -A 2 '^.truth1 <<' script | tail -n 2 | xargs) $(grep -c "title 'promised'" script)" '0 0 100 100 1' \
    'over the diagonal'
grep -q 'b, mean error 20.0' script
report $? 'and by how much they are off'
"$bin/rimer-plot" --calibration - <scores.json >drawing
same "$? $(grep -c 'promised' drawing)" '0 1' 'in the terminal, too'
if command -v gnuplot >/dev/null; then
    "$bin/rimer-plot" --calibration scores.json -o calibration.png
    same "$? $(head -c 4 calibration.png | tail -c 3)" '0 PNG' 'calibration as a picture'
fi
same "$(find . -name 'pwned*' | wc -l)" 0 'hostile forecasters run nothing'
for text in '{' '[1]' '{"forecaster":"x"}' '[]' "$(scores '"x"' '[0.1,0.9]' '[0.1]')"; do
    printf '%s' "$text" >bad.json
    "$bin/rimer-plot" --calibration bad.json -o none.png 2>err
    same "$? $(wc -l <err) $(grep -c '^rimer-plot: bad.json' err)" '3 1 1' "refused: $text"
done
[ ! -e none.png ]
report $? 'and no picture is left'
"$bin/rimer-plot" --calibration scores.json --log log.csv 2>err
same "$?" 2 'one thing at a time'
finish
