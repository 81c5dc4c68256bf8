#!/bin/sh
# Inputs that no program may swallow: whatever the file holds, each that reads data says in one
# sentence what is wrong and where, ends with the right code and leaves nothing behind.
# Texts go through printf, words through a glob.
# shellcheck disable=SC2059
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
odd=${RIMER_BUILD:-$root/build}/tests/odd_hdf5
cd "$work" || exit 1
mkdir case
unset RIMER_LAYOUT

# refused_by CODE WORDS COMMAND...: in the folder `case`, whose files stay as they are
refused_by() {
    wanted=$1 words=$2
    shift 2
    before=$(ls -A)
    timeout 60 "$@" >../out 2>../err
    got=$?
    sentence=$(cat ../err)
    wrong=
    [ "$got" = "$wanted" ] || wrong="exit $got, not $wanted"
    [ -s ../out ] && wrong="$wrong; text on standard output"
    [ "$(wc -l <../err)" = 1 ] || wrong="$wrong; not one line"
    [ "$(ls -A)" = "$before" ] || wrong="$wrong; left $(echo *)"
    # shellcheck disable=SC2254
    case $sentence in *$words*) ;; *) wrong="$wrong; not \"$words\"" ;; esac
    [ -z "$wrong" ] || complaints="$complaints
    $(basename "$1"): ${wrong#; }: $(printf '%s' "$sentence" | head -n 3 | cut -c 1-300)"
}

# file_refused CODE WORDS FILE OPTION...: by each program; FILE is named from within `case`
file_refused() {
    code=$1 says=$2 file=$3 complaints=
    shift 3
    cd case || exit 1
    refused_by "$code" "$says" "$bin/rimer-info" "$file" "$@"
    refused_by "$code" "$says" "$bin/rimer-train" "$file" -o new.safetensors --epochs 0 "$@"
    refused_by "$code" "$says" "$bin/rimer-convert" "$file" new.csv "$@"
    cd ..
    [ -z "$complaints" ]
    report $? "$name$(printf ' %s' "$@")"
    [ -z "$complaints" ] || printf '%s\n' "${complaints#?}"
}

# bad NAME TEXT WORDS OPTION...: data refused
bad() {
    name=$1 words=$3
    printf "$2" >case/bad.csv
    shift 3
    file_refused 3 "bad.csv$words" bad.csv "$@"
    rm -f case/bad.csv
}

# wrong NAME TEXT WORDS OPTION...: options refused
wrong() {
    name=$1 words=$3
    printf "$2" >case/bad.csv
    shift 3
    file_refused 2 "$words" bad.csv "$@"
    rm -f case/bad.csv
}

# ---------------------------------------------------------------------- nothing, or no text
bad 'empty' '' ': the file is empty'
bad 'a byte order mark only' '\357\273\277' ': the file is empty'
bad 'blank lines only' '\n \n\r\n' ': the file has only blank lines'
bad 'a mark and blank lines' '\357\273\277\n\n' ': the file has only blank lines'
bad 'a header only' 'ds,v\n' ': a header but no row'
bad 'a header without an end' 'ds,v' ': a header but no row'
bad 'UTF-16, little end first' '\377\376d\0s\0' ': text in UTF-16; save it as UTF-8'
bad 'UTF-16, big end first' '\376\377\0d\0s' ': text in UTF-16; save it as UTF-8'
bad 'UTF-16 without a mark' 'd\0s\0,\0v\0\n\0' ':1: a NUL byte'
bad 'a NUL at the start' '\0ds,v\n1,2\n' ':1: a NUL byte'
bad 'a NUL in the middle' 'ds,v\n1,2\n2,\0003\n' ':3: a NUL byte'
bad 'a NUL in a quoted cell' 'ds,v\n1,"2\0"\n' ':2: a NUL byte'
bad 'a NUL at the end' 'ds,v\n1,2\n2,3\n\0' ':4: a NUL byte'
bad 'a zip archive' 'PK\003\004\024\0\0\0' ': is a zip archive: unpack it on the way (unzip -p FILE | ... -)'
bad 'a spreadsheet' "PK\\003\\004\\024$(printf '\\0%.0s' $(seq 25))[Content_Types].xml" \
    ': is a spreadsheet: export its sheet as CSV'
bad 'an old spreadsheet' '\320\317\021\340\241\261\032\341\0' ': is a spreadsheet'
bad 'xz' '\3757zXZ\0\0\004' ': is packed by xz: unpack it on the way (xzcat FILE'
bad 'Zstandard' '\050\265\057\375\004\0\0\0' ': is packed by Zstandard: unpack it on the way (zstdcat'
bad 'Parquet' 'PAR1\025\004\025\0' ': is a Parquet file: export it as CSV'
bad 'a database' 'SQLite format 3\0' ': is an SQLite database'
bad 'an array of NumPy' '\223NUMPY\001\0' ': is a NumPy array'
bad 'a classic netCDF file' 'CDF\001\0\0\0\0' ': is a classic netCDF file: make it netCDF-4'
bad 'a picture' '\211PNG\r\n\032\n\0\0' ':3: a NUL byte; this is not a text table'
bad 'JSON' '{"a": [1, 2]}\n' ': is JSON: write its values as CSV'
bad 'JSON lines' '\357\273\277{\n  "a": 1}\n' ': is JSON'
bad 'an array of JSON' '[\n[1, 2],\n[2, 3]]\n' ': is JSON'
bad 'HTML' '<html>\n<body>a</body>\n' ': is a page of HTML or XML'
bad 'prose' 'hello world\nand all\n' ': no column of numbers'

# ----------------------------------------------------------------------------- rows and quotes
bad 'a short first row' 'a\n1,2\n2,3\n' ':2: 2 cells here, 1 in the first row (*quotes'
bad 'a short row' 'ds,v\n1\n2,3\n' ':2: 1 cell here, 2 in the first row (*cut off'
bad 'a long row' 'ds,v\n1,2\n2,3,4\n3,4\n' ':3: 3 cells here, 2 in'
bad 'a short last row' 'ds,v\n1,2\n2,3\n3' ':4: 1 cell here, 2 in the first row (*cut off'
bad 'a long header' 'a,b,c\n1,2\n2,3\n' ':2: 2 cells here, 3 in'
bad 'decimal commas in a comma file' 'ds,v\n1,1,5\n2,2,5\n' ':2: 3 cells here, 2 in*--delimiter'
bad 'a row after quoted lines' 'w,v\n"a\nb",1\n"c"\n' ':4: 1 cell here, 2 in'
bad 'a delimiter behind rows alone' 'ds,v\n1,2,\n2,3,\n' \
    ':2: 3 cells here, 2 in the first row (a delimiter at the end of rows needs one at the end of the header'
bad 'columns apart by blanks' 'a  b\n1  2\n2  3\n' \
    ": no column of numbers: all of a row is one cell, the first \"1  2\" (columns that blanks keep apart need a delimiter"
bad 'a comment among the rows' 'ds,v\n1,2\n# restart\n2,3\n' ':3: 1 cell here, 2 in the first row (a comment? take it out'
bad 'an open quote' 'ds,v\n1,"2\n2,3\n' ':2: a quoted cell is not closed'
bad 'an open quote at the end' 'ds,v\n1,2\n2,3\n3,"' ':4: a quoted cell is not closed'
bad 'a quote alone' '"\n' ':1: a quoted cell is not closed'
bad 'a quote in a cell' 'ds,v\n1,2"3"\n' ':2: *a quote stands inside a cell'
bad 'text behind a quote' 'ds,v\n1,"2"3\n' ':2: *a quote stands inside a cell'
bad 'an odd number of quotes' 'ds,v\n1,"a""\n2,3\n' ':2: a quoted cell is not closed'
bad 'a blank line in one column' 'v\n1\n\n2\n' ':3: a blank line among the rows; write NA'
bad 'one name twice' 'a,b,a\n1,2,3\n' ':1: two columns are called "a"; rename one'
bad 'one name twice, with blanks' 'a,"b", b \n1,2,3\n' ':1: two columns are called "b"; rename one, or use --header no, or --skip if the names stand below'
bad 'a name given to no name' 'c1,\n1,2\n' ':1: two columns are called "c1"'
bad 'texts only' 'wind,kind\nNW,x\nSE,y\n' ': no column of numbers*--delimiter'
bad 'money' 'Datum;Umsatz\n31.12.2024;1.234,56 EUR\n01.01.2025;1.3,00 EUR\n' \
    ': no column of numbers beside the time; "Umsatz" begins with "1.234,56 EUR"*thousands'
bad 'another delimiter' 'ds,v\n2024-01-01,1\n' ': no column of numbers*--delimiter' --delimiter ';'

# ---------------------------------------------------------------------------------- numbers
bad 'two points' 'd,v\n2024-01-01,1\n2024-01-02,1.2.3\n' ':3: column "v": "1.2.3" is not a number'
bad 'thousands, or a decimal comma' 'd,v\n2024-01-01,"1,234"\n2024-01-02,1\n' \
    ':2: column "v": "1,234" is not a number (decimal comma? use --decimal , with --delimiter ,; thousands? use --decimal .)'
bad 'thousands, or decimal points' 'd;v;w\n2024-01-01;1.234;1,5\n2024-01-02;825;2,5\n' \
    ':2: column "v": "1.234" is not a number (decimal point? use --decimal .; thousands? use --decimal ,)'
bad 'euros in a comma file' 'd,v\n2024-01-01,"€ 1.234,50"\n2024-01-02,"€ 2,00"\n' \
    ':2: column "v": "€ 1.234,50" is not a number (decimal comma? use --decimal , with --delimiter ,)'
bad 'groups of two' 'd,v\n2024-01-01,12 34\n2024-01-02,1\n' ':2: column "v": "12 34" is not a number'
bad 'hexadecimal' 'd,v\n1,1\n2,0x1F\n' ':3: column "v": "0x1F" is not a number'
bad 'beyond a double' 'd,v\n1,1\n2,1e999\n' ':3: column "v": "1e999" is not finite'
bad 'beyond a float' 'd,v\n1,1\n2,-1e39\n' ':3: column "v": "-1e39" is not finite*--na'
bad 'infinity' 'd,v\n1,1\n2,inf\n' ':3: column "v": "inf" is not finite*--na'
bad 'minus infinity' 'd,v\n1,1\n2,-Infinity\n' ':3: column "v": "-Infinity" is not finite'
bad 'half an exponent' 'd,v\n1,1\n2,1e\n' ':3: column "v": "1e" is not a number'
bad 'two signs' 'd,v\n1,1\n2,--1\n' ':3: column "v": "--1" is not a number'
bad 'a sum of money' 'd,v\n1,1\n2,\0445\n' ':3: column "v": "?5" is not a number like those before it (a unit'
bad 'per cent' 'd,v\n1,1\n2,5%%\n' ':3: column "v": "5%" is not a number like those before it'
bad 'a unit' 'd,v\n1,1\n2,5 kW\n' ':3: column "v": "5 kW" is not a number like those before it'
bad 'an error of a spreadsheet' 'd,v\n1,1\n2,#N/A\n' ':3: column "v": "#N/A" is not a number*--na'
bad 'a fraction sign' 'd,v\n1,1\n2,\302\275\n' ':3: column "v": "½" is not a number'
bad 'a code for terminals' 'd,v\n1,1\n2,\033[31m2\n' ':3: column "v": "[?][[]31m2"'
bad 'a comma where points are' 'd;v\n1;1,5\n2;2,5\n' ':2: column "v": "1,5"*--decimal ,' --decimal .
bad 'a point where commas are' 'd;v\n1;1.5\n' ':2: column "v": "1.5"*--decimal .' --decimal ,
bad 'text where numbers were asked for' 'a,w\n1,NW\n' ':2: column "w": "NW" is not' --channels w
bad 'a sum beyond a float' 'ds,v\n1,3e38\n1,3e38\n2,1\n' ':2: column "v": the sum*range' --duplicates sum

# ------------------------------------------------------------------------------------ times
bad 'out of order' 'd,v\n2024-01-01,1\n2024-01-03,2\n2024-01-02,3\n' \
    ':4: 2024-01-02 comes after 2024-01-03: rows are out of order (use --sort)'
bad 'steps out of order' 'd,v\n3,1\n1,2\n' ':3: 1 comes after 3' --time-col d
bad 'repeated' 'd,v\n2024-01-01,1\n2024-01-02,2\n2024-01-02,3\n' \
    ':4: the time 2024-01-02 was there before, in line 3 (use --duplicates'
bad 'an hour twice' 'd,v\n2024-10-27 01:00,1\n2024-10-27 02:00,2\n2024-10-27 02:00,3\n' \
    ':4: the time 2024-10-27 02:00 was there before, *or --zone NAME if clocks went back there'
bad 'off the grid' 'd,v\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n2024-01-01 02:00,2\n2024-01-01 02:30,3\n' \
    ':5: 2024-01-01 02:30 is not a whole number of steps of 1h*--freq'
bad 'between given steps' 'd,v\n2024-01-01,1\n2024-01-02,2\n' ':3: *steps of 7d' --freq 7d
bad 'a Saturday' 'd,v\n2024-01-06,1\n2024-01-08,2\n' \
    ':2: 2024-01-06 is not where steps of 1b fall' --freq 1b
bad 'a gap of three thousand years' 'd,v\n2024-01-01,1\n2024-01-02,2\n5024-01-03,2\n' \
    ':4: a gap of 1095727 missing steps*wrong time*--freq'
bad 'a gap in numbers' 'd,v\n1,1\n2,2\n999999999999,2\n' ':4: a gap of 999999999996' --time-col d
bad '30 February' 'd,v\n2024-01-31,1\n2024-02-30,2\n' ':3: column "d": "2024-02-30" is not a time'
bad '29 February' 'd,v\n2023-02-28,1\n2023-02-29,2\n' ':3: column "d": "2023-02-29" is not a time'
bad 'month 13' 'd,v\n2024-12-01,1\n2024-13-01,2\n' ':3: column "d": "2024-13-01" is not a time'
bad 'hour 25' 'd,v\n2024-01-31 23:00,1\n2024-01-31 25:00,2\n' ':3: column "d": "2024-01-31 25:00"'
bad 'minute 60' 'd,v\n2024-01-31 23:00,1\n2024-01-31 23:60,2\n' ':3: column "d": "2024-01-31 23:60"'
bad 'second 60' 'd,v\n2024-01-31 23:59:59,1\n2024-01-31 23:59:60,2\n' ':3: *"2024-01-31 23:59:60"'
bad 'no time in a row' 'd,v\n2024-01-01,1\n,2\n' ':3: column "d": "" is not a time'
bad 'a total' 'd;v\n2024-01-01;1\n2024-01-02;2\nSumme;3\n' \
    ':4: column "d": "Summe" is not a time, or not spelled like those before; take rows out that are no steps, such as a total'
bad 'NA for a time' 'd,v\n2024-01-01,1\nNA,2\n' ':3: column "d": "NA" is not a time'
bad 'another spelling' 'd,v\n2024-01-01,1\n02.01.2024,2\n' ':3: *"02.01.2024" is not*spelled like'
bad 'day or month' 'd,v\n01/02/2024,1\n02/02/2024,2\n' \
    ':2: column "d": "01/02/2024" may put the day or the month first: say --time-format'
bad 'an offset in some rows' 'd,v\n2024-03-31T01:00+01:00,1\n2024-03-31T03:00,2\n' ':3: *T03:00"'
bad 'an offset in a later row' 'd,v\n2024-03-31T01:00,1\n2024-03-31T03:00Z,2\n' ':3: *T03:00Z"'
bad 'not as the format says' 'd,v\n31/01/2024,1\n32/01/2024,1\n' \
    ':3: column "d": "32/01/2024" is not a time*%d/%m/%Y' --time-format %d/%m/%Y --time-col d
bad 'texts for times' 'd,v\nx,1\ny,2\n' ':2: column "d": "x" is not a time such as' --time-col d
bad 'half a step' 'd,v\n1,1\n2.5,2\n' ':3: column "d": "2.5" is not a time' --time-col d
bad 'a step beyond measure' 'd,v\n12345678901234567,1\n' ':2: column "d": "12345' --time-col d
bad 'an impossible clock in a column' 'd,h,v\n2024-01-31,25,2\n' ':2: column "h": "25"' --time-col d,h
bad 'an impossible day in columns' 'year,month,day,v\n2024,2,30,2\n' ':2: *"2024 2 30" is not a time'
bad 'month 13 in a column' 'year,month,v\n2024,12,2\n2024,13,2\n' ':3: *"2024 13" is not a time'
wrong 'a zone of nowhere' 'd,v\n2024-03-31 01:00,1\n' 'there is no time zone "Europe/Atlantis"' \
    --zone Europe/Atlantis
wrong 'a path for a zone' 'd,v\n2024-03-31 01:00,1\n' 'is no name of a time zone' --zone ../../x
wrong 'a zone of numbers' 'd,v\n1,1\n2,2\n' 'has no times that it could be the zone of' --zone UTC
if [ -e /usr/share/zoneinfo/Europe/Berlin ]; then
    bad 'a clock time that never was' 'd,v\n2024-03-31 01:30,1\n2024-03-31 02:30,2\n' \
        ':3: column "d": "2024-03-31 02:30" is not a time*never showed' --zone Europe/Berlin
else
    echo 'skip - a clock time that never was: time zones are not installed'
fi

# ---------------------------------------------------------------------------------- options
table='d,h,v\n2024-01-31,1,2\n2024-02-01,2,3\n'
wrong 'no part of a time' "$table" '%N is no part of a time' --time-format '%N'
wrong 'no year' "$table" 'gives no year' --time-format '%d/%m'
wrong 'a day twice' "$table" 'gives the day of the month a second time' --time-format '%Y-%m-%d-%d'
wrong 'a bare per cent' "$table" 'ends in a single %' --time-format '%Y-%'
wrong 'minutes without hours' "$table" '%M needs an hour' --time-format '%Y-%m-%d %M'
wrong 'too few parts' "$table" 'for columns: 2; write one for each' --time-col d,h --time-format %Y
wrong 'an unknown time column' "$table" 'no column "when"; there are d, h, v' --time-col when
wrong 'an unknown second column' "$table" 'no column "x"; there are d, h, v' --time-col d,x
wrong 'a time column twice' "$table" '"d" is named twice' --time-col d,d
wrong 'an unknown channel' "$table" 'no column "w"; there are d, h, v' --channels v,w
wrong 'a channel twice' "$table" '"v" is named twice' --channels v,v
wrong 'the time for a channel' "$table" '"d" is the time column' --channels d
wrong 'an unknown id column' "$table" 'no column "who"; there are d, h, v' --id-col who
wrong 'an id column in a wide table' "$table" 'leave id_col "h" out' --id-col h --layout wide
wrong 'long without names' "$table" 'no column unique_id*--id-col' --layout long
wrong 'no time and its column' "$table" 'exclude each other' --no-time --time-col d
wrong 'an unknown unit' "$table" 'freq "5x" is not understood: a number with*30min' --freq 5x
wrong 'minutes or months' "$table" 'freq "1m" is not understood' --freq 1m
wrong 'no steps' "$table" 'freq "0d" is not understood' --freq 0d
wrong 'no unit' "$table" 'freq "5" has no unit, but bad.csv has times' --freq 5
wrong 'an odd delimiter' "$table" 'delimiter ":" is not understood: auto' --delimiter :
wrong 'an odd decimal mark' "$table" 'decimal ";" is not understood: auto' --decimal ';'
wrong 'too many spellings' "$table" 'more than 16 spellings' --na a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q

# ------------------------------------------------------------------------ long, a series a row
bad 'an empty id' 'unique_id,ds,y\na,1,2\n,2,3\n' ':3: column "unique_id": the name*is empty'
bad 'a time twice in a series' 'unique_id,ds,y\na,1,2\nb,1,2\na,1,3\n' \
    ':4: series "a": the time 1 was there before, in line 2 (use'
bad 'a series out of order' 'unique_id,ds,y\na,2,2\nb,1,2\na,1,3\n' \
    ':4: series "a": 1 comes after 2*--sort'
bad 'text in a long table' 'unique_id,ds,y\na,2024-01-01,2\nb,2024-01-01,x\n' ':3: column "y": "x"'
bad 'no values in a long table' 'unique_id,ds\na,2024-01-01\n' ': no column of numbers'
bad 'text in a row' 'a,1,2\nb,1,x\n' ':2: series "b", cell 3: "x" is not a number' --layout rows
bad 'too large in a row' 'a,1,1e99\n' ':1: series "a", cell 3: "1e99" is not finite' --layout rows
bad 'a comma in a row' 'a,1,2\nb,"1,5"\n' ':2: series "b", cell 2: "1,5"*--decimal ,' --layout rows
bad 'no name in a row' 'a,1,2\n,3,4\n' ':2: the name of the series is empty' --layout rows
bad 'a name twice' 'a,1,2\nb,1,2\na,3\n' ':3: a series called "a" was there before' --layout rows
wrong 'times of rows' 'a,1\n' 'layout rows has no times: leave time_col out' --layout rows --time-col a
wrong 'channels of rows' 'a,1\n' 'one channel: leave channels "a" out' --layout rows --channels a
wrong 'no such id column' 'id,v\na,1\n' 'no column "name"' --layout rows --id-col name

# ---------------------------------------------------------------------------- Monash .tsf
head='@relation r\n@attribute series_name string\n@attribute start_timestamp date\n'
day='2024-02-20 00-00-00'
bad 'tsf: no data' "$head" ': there is no @data'
bad 'tsf: no series' "$head@data\n" ': not one series is in it'
bad 'tsf: no attribute' '@relation r\n@data\n1,2\n' ':2: @data without an @attribute before it'
bad 'tsf: data before the header' '@relation r\nT1:1,2\n@data\n' ':2: "T1:1,2" is no line that begins'
bad 'tsf: too few attributes' "$head@data\na:1,2\n" ':5: 1 of the 2 attributes'
bad 'tsf: too many attributes' "$head@data\na:$day:b:1,2\n" ':5: series "a": "b:1" is not a number'
bad 'tsf: 30 February' "$head@data\na:2024-02-30 00-00-00:1\n" ':5: series "a": "2024-02-30 00'
bad 'tsf: a start without a clock' "$head@data\na:2024-02-20:1\n" ':5: *"2024-02-20" is not a time such'
bad 'tsf: a text' "$head@data\na:$day:1,x\n" ':5: series "a": "x" is not a number'
bad 'tsf: beyond a float' "$head@data\na:$day:1e99\n" ':5: series "a": "1e99" is not finite'
bad 'tsf: a name twice' "$head@data\na:$day:1\na:$day:2\n" ':6: a series called "a" was there before'
bad 'tsf: an unknown frequency' "$head@frequency often\n@data\n" ':4: @frequency "often" is not known'
bad 'tsf: no frequency at all' "$head@frequency 0_hours\n@data\n" ':4: @frequency "0_hours" is not known'
bad 'tsf: a NUL' "$head@data\na:$day:1,\0,2\n" ':5: a NUL byte'
wrong 'tsf: a frequency without a unit' "$head@frequency daily\n@data\na:$day:1\n" \
    'freq "3" has no unit, but bad.csv has times' --freq 3
wrong 'tsf: a time column' "$head@data\na:$day:1\n" 'leave time_col out' --time-col a
wrong 'tsf: channels' "$head@data\na:$day:1\n" 'leave channels "a" out' --channels a

# ------------------------------------------------------------------------------------- gzip
{
    echo d,v
    seq -f '%.0f,1' 5000
} | gzip >good.gz
size=$(wc -c <good.gz)
# made NAME CODE WORDS FILE OPTION...: a file that was made before
made() {
    name=$1 code=$2 words=$3 file=$4
    shift 4
    file_refused "$code" "$words" "$file" "$@"
}
for part in 5 100 $((size / 2)) $((size - 1)); do
    head -c "$part" good.gz >case/cut.gz
    made "gzip cut off at $part" 3 'cut.gz: the gzip file is damaged or cut off' cut.gz
done
{
    head -c $((size / 2)) good.gz
    printf '\125'
    tail -c +$((size / 2 + 2)) good.gz
} >case/flipped.gz
made 'gzip with a wrong byte' 3 'flipped.gz: the gzip file is damaged' flipped.gz
gzip -c good.gz >case/twice.gz
made 'gzip of gzip' 3 'twice.gz: gzip inside gzip; unpack it once' twice.gz
# A gigabyte costs nothing as a thousand times the same member.
members() {
    gzip -9 >member
    i=0
    while [ $((i += 1)) -le 1024 ]; do
        cat member
    done
}
{
    echo d,v | gzip
    yes 1,2 | head -c 1048576 | members
} >case/bomb.gz
made 'a gzip bomb' 3 'bomb.gz: * more than 200 times as much: this is no table' bomb.gz
{
    printf 'd,v\n1,' | gzip
    head -c 1048576 /dev/zero | tr '\0' x | members
} >case/field.gz
made 'a field of 1 GB, gzipped' 3 'field.gz*' field.gz
rm -f case/*.gz

# ---------------------------------------------------------------------- wide, long and large
# wide_table COLUMNS CELL NAME: three rows; the last but one column has that cell and name
wide_table() {
    awk -v n="$1" -v cell="$2" -v name="$3" 'BEGIN {
        for (row = 0; row < 4; row++) {
            for (c = 1; c <= n; c++) {
                text = row == 0 ? "x" c : c
                if (c == n - 1 && row == 0)
                    text = name
                if (c == n - 1 && row == 2)
                    text = cell
                printf "%s%s", (c > 1 ? "," : ""), text
            }
            print ""
        }
    }'
}
wide_table 10000 5 last >good_wide.csv
"$bin/rimer-convert" -q good_wide.csv - | cmp -s - good_wide.csv
report $? '10,000 columns are read and written'
wide_table 10000 oops last >case/wide.csv
made 'a bad cell in column 9,999' 3 'wide.csv:3: column "last": "oops" is not a number' wide.csv
wide_table 10000 5 x7 >case/wide.csv
made 'the name of column 9,999 twice' 3 'wide.csv:1: two columns are called "x7"' wide.csv
awk 'BEGIN {
    for (row = 0; row < 4; row++) {
        printf "%s", (row == 0 ? "d" : row == 3 ? "4500-01-01" : "2024-01-0" row)
        for (c = 0; c < 2000; c++)
            printf ",%s", (row == 0 ? "x" c : 1)
        print ""
    }
}' >case/wide.csv
made 'a gap that many columns make large' 3 'wide.csv:4: a gap of * missing steps' wide.csv
rm case/wide.csv
{
    echo d,v
    seq -f '%.0f,1' 4998
    echo 4999,late
} >case/late.csv
made 'a text in line 5000' 3 'late.csv:5000: column "v": "late" is not a number' late.csv
rm case/late.csv

# streamed NAME WORDS: standard input, which ends when nobody reads it
streamed() {
    complaints=
    cd case || exit 1
    refused_by 3 "$2" "$bin/rimer-info" -
    cd ..
    [ -z "$complaints" ]
    report $? "$1"
    [ -z "$complaints" ] || printf '%s\n' "${complaints#?}"
}
{
    printf 'd,v\n1,'
    head -c 1000000000 /dev/zero | tr '\0' x
} 2>/dev/null | streamed 'a field of 1 GB' '(stdin):2: a line is longer than 64 MiB'
{
    printf 'd,v\n1,"'
    head -c 1000000000 /dev/zero | tr '\0' x
} 2>/dev/null | streamed 'a quoted field of 1 GB' '(stdin):2: '
{
    printf 'd,v\n1,"'
    yes 'in lines'
} 2>/dev/null | streamed 'a quoted field without an end' '(stdin):2: a cell is longer than'
head -c 1000000000 /dev/zero | streamed 'a gigabyte of NULs' '(stdin):1: a NUL byte'
streamed 'nothing comes' '(stdin): the file is empty' </dev/null

# ------------------------------------------------------------------------------------- HDF5
if [ -x "$odd" ]; then
    # hdf5 CASE WORDS
    hdf5() {
        "$odd" "$1" case/odd.h5
        made "HDF5: $1" 3 "odd.h5: $2" odd.h5
        rm -f case/odd.h5
    }
    hdf5 external '"/values" is not read: its values lie in other files'
    hdf5 link '"/values" is an external link'
    hdf5 soft '"/values" is a soft link'
    hdf5 virtual '"/values" is not read: it is a virtual dataset'
    hdf5 filter '"/values" is not read: it is packed by a filter other than deflate'
    hdf5 compound '"/values" holds no plain numbers'
    hdf5 texts '"/values" holds no plain numbers'
    hdf5 cube '"/values" has 3 dimensions; 1 or 2 can be read'
    hdf5 time '"/time" has 5 times for the 6 rows of "/values"'
    hdf5 nothing '*has no dataset "values"'
    hdf5 rows '"/values" is empty'
    hdf5 huge '"/values" claims 274877906944 rows of 1, more than a file of its size can hold'
    "$odd" good case/good.h5
    made 'HDF5: no such dataset' 3 'good.h5: there is no "/none" in it' good.h5:/none
    "$bin/rimer-info" case/good.h5 >out 2>&1
    report $? 'HDF5: what is good is read'
    mv case/good.h5 .
    size=$(wc -c <good.h5)
    complaints=
    cd case || exit 1
    part=50
    while [ "$part" -lt "$size" ]; do
        head -c "$part" ../good.h5 >cut.h5
        refused_by 3 'cut.h5' "$bin/rimer-info" cut.h5
        : $((part += (size + 49) / 50))
    done
    cd ..
    [ -z "$complaints" ]
    report $? 'HDF5: cut off at fifty places'
    [ -z "$complaints" ] || printf '%s\n' "${complaints#?}"
    rm -f case/cut.h5
else
    echo "skip - HDF5: there is no $odd (make check builds it)"
fi
printf 'hello\nworld\n' >case/text.h5
made 'a text called .h5' 3 'text.h5: no column of numbers' text.h5
rm case/text.h5

# ------------------------------------------------------------------------- not a file at all
mkdir case/folder.csv
made 'a folder' 1 'folder.csv: is a folder' folder.csv
rmdir case/folder.csv
made 'a missing file' 1 'none.csv: ' none.csv
made 'a file in a missing folder' 1 'nowhere/none.csv: ' nowhere/none.csv
: >case/secret.csv
chmod 0 case/secret.csv
if [ -r case/secret.csv ]; then
    echo 'skip - an unreadable file: root may read it'
else
    made 'an unreadable file' 1 'secret.csv: cannot be opened' secret.csv
fi
rm -f case/secret.csv
mkfifo case/pipe.csv
complaints=
cd case || exit 1
timeout 60 sh -c ': >pipe.csv' &
refused_by 3 'pipe.csv: the file is empty' "$bin/rimer-train" pipe.csv -o new.safetensors
wait
timeout 60 sh -c ': >pipe.csv' &
refused_by 3 'pipe.csv: the file is empty' "$bin/rimer-convert" pipe.csv new.csv
wait
cd ..
[ -z "$complaints" ]
report $? 'a pipe with nothing in it'
[ -z "$complaints" ] || printf '%s\n' "${complaints#?}"
rm case/pipe.csv

same "$(ls -A case)" '' 'nothing was left'
finish
