#!/bin/bash
# Names of channels, series and files that would be commands, escape sequences, formulas, markup or
# paths to whoever does not take care: each goes through every program that shows or writes names.
# Nothing may run, nothing may appear beside the outputs, and what is shown holds no control byte.
# RIMER_FULL=1 also draws every name alone as PNG and PDF.
# Names that look like commands are the point here; and complaining never fails.
# shellcheck disable=SC1003,SC2015,SC2016
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
export LC_ALL=C
mkdir "$work/jail" "$work/jail/out" "$work/home" "$work/tmp"
export HOME=$work/home TMPDIR=$work/tmp
cd "$work/jail" || exit 1

# The table: what a stranger calls a column, and how it is to be shown; the same where that is left
# out. A sign at the end of what is shown stands for a cut: only the beginning is compared.
names=() shown=()
name() {
    names+=("$1")
    shown+=("${2-$1}")
}
times() { # times N TEXT
    local all
    printf -v all "%$1s" ''
    printf '%s' "${all// /$2}"
}
name plain
name "a'b"
name "'; system('touch canary'); '"
name "'"
name "''''"
name "a''b'''c''''"
name '"quoted"'
name '"; system("touch canary"); "'
name '`touch canary`'
name '$(touch canary)'
name '${IFS}'
name '; touch canary;'
name '&& touch canary &'
name '| touch canary'
name '|touch canary'
name '<touch canary'
name '> canary'
name '>> canary'
name '!touch canary'
name '@canary'
name '#comment'
name '\\'
name 'ends in \'
name '\n\t\033[31m'
name '%s%s%n%d%p'
name '100 %'
name '{}'
name '{/Symbol a}_{b}^2'
name '{/=80 huge}'
name '~a{b} &{x} @a_b^c'
name '$band0 << END'
name 'END_0'
name $'new\nline' 'new?line'
name $'a\r\nb' 'a??b'
name $'quote\'\nset output "canary"\nsystem("touch canary")\n!touch canary\n' \
    "quote'?set output \"canary\"?sy"
name $'tab\there' 'tab?here'
name $'\a\b\x7f' '???'
name $'\e[2J\e[31mred' '?[2J?[31mred'
name $'\e]0;title\a' '?]0;title?'
name $'\e]8;;http://example.com\e\\link\e]8;;\e\\' '?]8;;http://example.com'
name $'\eP$q"p\e\\' '?P$q"p?\'
name $'\xc2\x9b31mC1' '?31mC1'
name $'\x9b31mraw C1' '?31mraw C1'
name $'\xe2\x80\xaegnp.exe' '?gnp.exe'
name $'\xe2\x81\xa6isolated\xe2\x81\xa9' '?isolated?'
name $'\xd8\x9cletter mark' '?letter mark'
name $'zero\xe2\x80\x8bwidth' 'zero?width'
name $'\xef\xbb\xbforder mark' '?order mark'
name $'\xe2\x80\xa8line separator' '?line separator'
name $'no \xef\xbf\xbf character' 'no ? character'
name $'tag \xf3\xa0\x81\x81' 'tag ?'
name $'broken \xff\xfe\xc0\xaf' 'broken ????'
name $'surrogate \xed\xa0\x80' 'surrogate ???'
name $'cut \xe2\x82' 'cut ??'
name $'\xc3\x9cn\xc3\xafc\xc3\xb6de'
name $'\xf0\x9f\x98\x80 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac'
name $'\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d (abc) 12'
name $'\xe4\xb8\xad\xe6\x96\x87\xe5\x90\x8d\xe5\xad\x97'
name $'e\xcc\x81 o\xcc\x88'
name "e$(times 500 $'\xcc\x81')" $'e\xcc\x81\xcc\x81\xcc\x81\xcc\x81'
name '=1+1'
name '=cmd|"/C calc"!A0'
name '+1+1'
name '-1-1'
name '-o'
name '--help'
name '@SUM(A1:A9)'
name 'a,b'
name 'a;b'
name '../../canary'
name '/etc/passwd'
name '*'
name '~'
name '<script>alert(1)</script>'
name '</text></svg><script>alert(1)</script>' '</text></svg><sc'
name '&amp; &#27; &lt;'
name 'mark <!-- --> up ]]>'
name '<?xml version="1.0"?>' '<?xml version="1.0'
name "$(times 10000 x)" xxxxxxxxxxxxxxxx
name "$(times 5000 $'\xd7\x90')" "$(times 10 $'\xd7\x90')"
name "$(times 3000 W)" WWWWWWWWWWWWWW
name "$(times 2000 'long name ')end" 'long name long'
name "$(times 3000 $'\xe4\xb8\xad')" "$(times 5 $'\xe4\xb8\xad')"
name "$(times 3000 $'\e[31m')" '?[31m?[31m?[31m'
n=${#names[@]}

quoted() {
    printf '"%s"' "${1//\"/\"\"}"
}

# table FIRST DAYS NAME...: a wide table
table() {
    local first=$1 days=$2
    shift 2
    printf ds
    for one; do
        printf ','
        quoted "$one"
    done
    echo
    awk -v first="$first" -v days="$days" -v n=$# 'BEGIN {
        for (t = first; t < first + days; t++) {
            printf "2020-%02d-%02d", 1 + int(t / 28), 1 + t % 28
            for (c = 0; c < n; c++)
                printf ",%d", (7 * c + 3 * t) % 11 + c
            print ""
        }
    }'
}

# No byte that drives a terminal, turns text around or is no UTF-8.
hostile=$'[\x01-\x09\x0b-\x1f\x7f]\\|\xc2[\x80-\x9f]\\|\xd8\x9c\\|\xe2\x80[\x8b\x8e\x8f\xa8-\xae]'
hostile+=$'\\|\xe2\x81[\xa0-\xaf]\\|\xef\xbb\xbf\\|\xef\xbf[\xbe\xbf]\\|\xf3\xa0[\x80-\xbf]'
is_clean() {
    ! grep -aq "$hostile" "$1" && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1
}

# complain WORDS: what went wrong with the present name, in a form that can be printed
wrong=
complain() {
    wrong+="    $1: $(printf '%s' "${2:-}" | head -c 60 | cat -v)"$'\n'
}
# all_well NAME: reports what complain has gathered
all_well() {
    [ -z "$wrong" ]
    report $? "$1"
    printf '%s' "$wrong"
    wrong=
}

# Whatever is there, with sizes; fontconfig keeps a cache in a home.
listing() {
    (cd "$work" && find . \( -path ./home/.cache -o -path ./jail/out -o -path ./said \
        -o -path ./err -o -path ./all \) -prune -o -type f -printf '%p %s\n' | sort)
}
is_xml() {
    if command -v xmllint >/dev/null; then
        xmllint --noout "$1" 2>/dev/null
    elif command -v python3 >/dev/null; then
        python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1" 2>/dev/null
    fi
}
unescaped() {
    sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&#39;/'"'"'/g; s/&amp;/\&/g' "$1"
}
has_gnuplot=1
command -v gnuplot >/dev/null || has_gnuplot=
[ "$has_gnuplot" ] || echo 'skip - pictures: gnuplot is not here'

# ------------------------------------------------------------------ all names in one table
table 0 60 "${names[@]}" >wide.csv
table 56 8 "${names[@]}" >forecast.csv
table 0 60 plain >plain.csv
"$bin/rimer-train" wide.csv -o model.safetensors --epochs 1 -H 4 --context 12 --patch 4 --width 16 \
    --layers 1 --set head_size=8 2>out/err
code=$?
is_clean out/err
same "$code $?" '0 0' "rimer-train: $n names of channels"
[ "$has_gnuplot" ] && "$bin/rimer-plot" plain.csv -o out/warm.png # fontconfig fills its cache
rm -f out/*
before=$(listing)

{
    "$bin/rimer-info" wide.csv && "$bin/rimer-info" model.safetensors &&
        "$bin/rimer-evaluate" -m model.safetensors -b all wide.csv -H 4 --by step
} >out/text 2>&1
code=$?
is_clean out/text
same "$code $? $(awk 'length > 600' out/text | wc -l)" '0 0 0' 'reports of data, model and errors'
for ((i = 0; i < n; i++)); do
    grep -aqF -e "${shown[i]:0:12}" out/text || complain 'not in the report' "${names[i]}"
done
all_well 'rimer-info shows every name'

# Names come back as they were: from every form and layout, judged by another reader where one is.
"$bin/rimer-forecast" -m model.safetensors wide.csv -H 30 -o out/next.csv &&
    "$bin/rimer-forecast" -m model.safetensors wide.csv --style long -o out/next_long.csv &&
    "$bin/rimer-convert" -q wide.csv out/long.csv --to long &&
    "$bin/rimer-convert" -q out/long.csv out/back.csv --to wide &&
    "$bin/rimer-convert" -q wide.csv out/zipped.csv.gz
report $? 'forecasts and tables in both layouts are written'
names_of() {
    "$bin/rimer-info" --json "$@" >out/names.json || return 1
    grep -aq '[^ -~]' out/names.json && return 1 # but for line ends all is ASCII
    sed -n '/^  "channels"/,/^  "per_series"/s/^ *"name": //p' out/names.json
}
names_of wide.csv >out/want
code=$?
cp out/names.json out/data.json
same "$code $(wc -l <out/want)" "0 $n" 'rimer-info --json: every name, in ASCII'
for file in out/next.csv out/back.csv out/zipped.csv.gz; do
    names_of "$file" | cmp -s - out/want
    report $? "$file has the names of the data"
done
if "$bin/rimer-convert" -q plain.csv out/plain.h5 2>out/err; then
    # HDF5 keeps names of 4096 bytes at most
    fitting=()
    for one in "${names[@]}"; do [ ${#one} -lt 4000 ] && fitting+=("$one"); done
    table 0 60 "${fitting[@]}" >out/fitting.csv
    "$bin/rimer-convert" -q out/fitting.csv out/fitting.h5 && names_of out/fitting.h5 >out/got &&
        names_of out/fitting.csv | cmp -s - out/got
    report $? 'HDF5 has the names of the data'
else
    echo "skip - names in HDF5: $(head -n 1 out/err)"
fi
"$bin/rimer-evaluate" -b repeat wide.csv -H 4 --json >out/score.json
same "$? $(grep -ac '[^ -~]' out/score.json)" '0 0' 'rimer-evaluate --json is ASCII'
if command -v python3 >/dev/null; then
    printf '%s\0' "${names[@]}" | python3 -c '
import csv, json, sys
csv.field_size_limit(1 << 20)
def decode(b):
    return b.decode("utf-8", "surrogateescape")
want = [decode(b) for b in sys.stdin.buffer.read().split(b"\0")[:-1]]
exact = [w.encode("utf-8", "surrogateescape").decode("utf-8", "ignore") == w and
         not any(0xd800 <= ord(c) < 0xe000 for c in w) for w in want]
def table(path):
    return csv.reader(open(path, encoding="utf-8", errors="surrogateescape", newline=""))
for path in "out/next.csv", "out/back.csv":
    got = next(table(path))[1:]
    assert got == want, (path, [(g[:60], w[:60]) for g, w in zip(got, want) if g != w])
for path in "out/next_long.csv", "out/long.csv":
    ids = [row[0] for row in table(path)][1:]
    assert list(dict.fromkeys(ids)) == want, path
got = [c["name"] for c in json.load(open("out/data.json"))["channels"]]
assert len(got) == len(want)
for g, w, e in zip(got, want, exact):
    assert g == w if e else "?" in g, (g, w)
got = json.load(open("out/score.json"))["scaler"]["channels"]
assert all(g == w for g, w, e in zip(got, want, exact) if e)
print(sum(exact), "names exact in JSON")' >out/said 2>&1
    report $? 'another reader finds the same names in CSV and JSON'
    cat out/said
else
    echo 'skip - CSV and JSON by another reader: python3 is not here'
fi

# ------------------------------------------------------------------ every name alone
# What is said goes into one file, which must be clean.
refused() { # refused CODE WORDS NAME COMMAND...: one line of a sensible length
    local code=$1 words=$2 name=$3 said
    shift 3
    "$@" >"$work/said" 2>"$work/err" </dev/null
    [ $? = "$code" ] || complain "exit code of ${1##*/}, not $code" "$name"
    said=$(<"$work/err")
    [[ $said != *$'\n'* ]] && [ ! -s "$work/said" ] || complain "not one line of ${1##*/}" "$name"
    [ ${#said} -le 1100 ] || complain "a long line of ${1##*/}" "$name"
    [[ $said == *"$words"* ]] || complain "${1##*/} does not say '$words'" "$name"
    printf '%s\n' "$said" >>"$work/all"
}
all_clean() {
    is_clean "$work/all" || complain 'control bytes' "$(grep -a -m 1 "$hostile" "$work/all")"
    rm "$work/all"
}

# In a sentence about a cell; as an argument; as the text of a setting.
for ((i = 0; i < n; i++)); do
    one=${names[i]}
    printf 'ds,%s\n2020-01-01,1\n2020-01-02,x' "$(quoted "$one")" >out/bad.csv
    refused 3 "\"${shown[i]:0:12}" "$one" "$bin/rimer-info" out/bad.csv
    [[ $(<"$work/err") == *'is not a number ('* ]] || complain 'no reason' "$one"
    refused 2 'did you mean' "$one" "$bin/rimer-plot" forecast.csv --channel="$one?"
    refused 2 'layout' "$one" "$bin/rimer-convert" wide.csv out/never.csv --to="$one"
done
all_clean
all_well 'sentences: one clean line that says why'

# Drawings in the terminal, and scripts for gnuplot of one and the same length.
"$bin/rimer-plot" forecast.csv --channel=plain --script >out/script
mapfile -t want <out/script
for ((i = 0; i < n; i++)); do
    one=${names[i]}
    "$bin/rimer-plot" forecast.csv --truth wide.csv --channel="$one" >out/drawn 2>"$work/err" ||
        complain 'no drawing' "$one"
    drawn=$(<out/drawn)
    [[ $drawn == *"${shown[i]:0:12}"* ]] || complain 'not in the drawing' "$one"
    first=${drawn%%$'\n'*}
    [ ${#first} -le 400 ] && [ ! -s "$work/err" ] || complain 'words, or a long first line' "$one"
    "$bin/rimer-plot" forecast.csv --channel="$one" --title="$one" --script >out/script
    mapfile -t got <out/script
    [ ${#got[@]} = ${#want[@]} ] || complain 'the script' "$one"
    cat out/drawn out/script >>"$work/all"
done
all_clean
all_well 'drawings in the terminal, and scripts'

# Tags and what stands in them, but for the paths that are drawn.
tags_of() {
    tr '\n' ' ' <"$1" | grep -ao '<[^>]*>' | sed 's/ d=.*//' | sort | uniq -c
}
draw() { # draw NAME FILE ARGUMENT...
    "$bin/rimer-plot" --truth wide.csv -o "$2" "${@:3}" 2>"$work/err" && [ ! -s "$work/err" ] ||
        complain "no $2" "$1"
}
# judge_svg FILE LIKE NAME: well formed, and no tag that one with harmless names has not, nor one with
# a title so long that the legend is a column
judge_svg() {
    is_xml "$1" || complain 'SVG is not well formed' "$3"
    tags_of "$1" >out/tags
    tags_of "$2" | cmp -s - out/tags || tags_of "${2%.svg}-long.svg" | cmp -s - out/tags ||
        complain 'tags in SVG' "$3"
    tr -d '\t' <"$1" >>"$work/all"
}
svg_shows() { # svg_shows FILE NUMBER
    unescaped "$1" | grep -aqF -e "${shown[$2]:0:12}" || complain 'not in SVG' "${names[$2]}"
}
if [ "$has_gnuplot" ]; then
    # Nine names a picture, the first one also its title.
    for ((i = 0; i < n; i += 9)); do
        some=("${names[@]:i:9}")
        table 56 8 "${some[@]}" >out/nine.csv
        mapfile -t like < <(seq ${#some[@]})
        table 56 8 "${like[@]}" >out/like.csv
        for kind in png ${RIMER_FULL:+pdf}; do
            draw "${names[i]}" "out/$i.$kind" out/nine.csv --title="${names[i]}"
        done
        size=$(od -A n -t x1 -N 24 "out/$i.png" | tr -d ' \n')
        [[ $size == 89504e470d0a1a0a0000000d49484452000004b0* ]] ||
            complain 'not a PNG of 1200 dots' "${names[i]}"
        draw like out/like.svg out/like.csv --title=like --truth out/like.csv
        draw like out/like-long.svg out/like.csv --title="$(times 99 long)" --truth out/like.csv
        draw "${names[i]}" out/own.svg out/nine.csv --title="${names[i]}" --truth out/nine.csv
        judge_svg out/own.svg out/like.svg "${names[i]}"
        for ((k = i; k < i + ${#some[@]}; k++)); do svg_shows out/own.svg "$k"; done
    done
    draw plain out/some.pdf forecast.csv --channel=plain
    same "$(head -c 4 out/some.pdf)" %PDF 'PDF'
    all_clean
    all_well 'pictures of nine names each: PNG, and SVG with names as text'

    draw plain out/like.svg forecast.csv --channel=plain
    draw plain out/like-long.svg forecast.csv --channel=plain --title="$(times 99 long)"
    for ((i = 0; i < n; i++)); do
        [ "${RIMER_FULL:-}" ] || [ $((i % 8)) = 0 ] || continue
        draw "${names[i]}" out/one.svg forecast.csv --channel=plain --title="${names[i]}"
        judge_svg out/one.svg out/like.svg "${names[i]}"
        svg_shows out/one.svg "$i"
        for kind in ${RIMER_FULL:+png pdf}; do
            draw "${names[i]}" "out/one.$kind" forecast.csv --channel="${names[i]}"
        done
    done
    all_clean
    all_well 'names as titles'
fi

# What no font has would cover a PNG or PDF; an SVG is drawn elsewhere.
chinese=$'\xe4\xb8\xad\xe6\x96\x87'
mkdir out/empty
for kind in png svg; do
    PATH=$PWD/out/empty "$bin/rimer-plot" forecast.csv --channel=plain --title="A $chinese" --script \
        -o "out/x.$kind" >out/script
    grep '^set label 1' out/script | cut -d "'" -f 2
done >out/labels
same "$(tr '\n' ' ' <out/labels)" "A ?? A $chinese " 'characters without a font'

# Names that a table cannot have, or that no table has.
nameless() { # nameless HEADER WANT NAME
    { printf '%s\n' "$1" && seq 9 | sed 's/.*/2020-01-0&,&,&/'; } >out/nameless.csv
    "$bin/rimer-info" --json out/nameless.csv 2>out/err | sed -n 's/^      "name": //p' | tr '\n' ' ' >out/got
    same "$(cat out/got out/err)" "$2" "$3"
}
nameless 'ds,,b' '"c1", "b", ' 'an empty name is its position'
nameless 'ds," 	 ",b' '"c1", "b", ' 'so is one of blanks'
nameless 'ds,  a b ,b' '"a b", "b", ' 'blanks around a name do not count'
nameless $'ds,\e[1m,\e[1m' 'rimer-info: out/nameless.csv:1: two columns are called "?[1m"; rename one, or use --header no, or --skip if the names stand below' \
    'a name that is there twice'
{ printf 'ds,a\0b\n' && seq 9 | sed 's/.*/2020-01-0&,&/'; } >out/zero.csv
refused 3 'NUL' 'a byte of zero in a table' "$bin/rimer-info" out/zero.csv
# In a model: the name of its channel as JSON in JSON.
table 0 60 ChannelX >out/x.csv
"$bin/rimer-train" out/x.csv -o out/x.safetensors --epochs 0 -H 4 --context 12 --patch 4 --width 16 \
    --layers 1 --set head_size=8 -q
sed 's/Channel/\\\\u0000/' out/x.safetensors >out/zero.safetensors
refused 4 'zero.safetensors' 'a byte of zero in a model' "$bin/rimer-info" out/zero.safetensors
sed 's/Channel/\\\\u001b/' out/x.safetensors >out/escape.safetensors
"$bin/rimer-info" out/escape.safetensors | grep -a 'mean' >>"$work/all"
same "$(tail -n 1 "$work/all" | cut -c 1-6)" '  ?X  ' 'an escape in a model'
all_clean
all_well 'bytes that names cannot have'
same "$(listing)" "$before" 'no command ran, nothing is there but the outputs'

# ------------------------------------------------------------------ names that are no UTF-8
# Latin-1: the model knows its channels again, and a state its stream, as if they were ASCII.
small=(--epochs 1 -H 4 --context 12 --patch 4 --width 16 --layers 1 --set head_size=8 -q)
table 0 60 'Temp_C' 'Temp_D' >out/ascii.csv
table 0 60 $'Temp \xb0C' $'Temp \xb4D' >$'out/Z\xe4hler.csv'
for one in ascii $'Z\xe4hler'; do
    "$bin/rimer-train" "out/$one.csv" -o "out/$one.safetensors" "${small[@]}" &&
        "$bin/rimer-forecast" -m "out/$one.safetensors" "out/$one.csv" | sed 1d >"out/$one.next"
    head -n 31 "out/$one.csv" >"out/$one.first"
    sed 2,31d "out/$one.csv" >"out/$one.rest"
    for part in first rest; do
        "$bin/rimer-forecast" -m "out/$one.safetensors" --follow --state "out/$one.state" - \
            <"out/$one.$part" | sed 1d >>"out/$one.streamed" || report 1 "the $part of $one.csv"
    done
    # The same, but for names, if the model has its own scales and not those of a context.
    sed '2,$s/,[0-9]*$/,5/' "out/$one.csv" | tail -n 13 >"out/$one.flat"
    { head -n 1 "out/$one.csv" && cat "out/$one.flat"; } |
        "$bin/rimer-forecast" -m "out/$one.safetensors" - | sed 1d >>"out/$one.next"
done
[ -s out/ascii.next ] && cmp out/ascii.next $'out/Z\xe4hler.next'
report $? 'a model knows channels whose names are Latin-1'
[ -s out/ascii.streamed ] && cmp out/ascii.streamed $'out/Z\xe4hler.streamed'
report $? 'a state goes on with them'
"$bin/rimer-info" --json $'out/Z\xe4hler.safetensors' >out/names.json
same "$(sed -n 's/^ *"\(channel\|data\)": //p' out/names.json | tr '\n' ' ')" \
    '"Z?hler.csv", "Temp ?C", "Temp ?D", ' 'JSON shows a sign for each broken byte'
for key in name data; do
    grep -aq "${key}_hex" $'out/Z\xe4hler.safetensors' && ! grep -aq "${key}_hex" out/ascii.safetensors
    report $? "the file has ${key}_hex for what is no UTF-8, and only for that"
done

# ------------------------------------------------------------------ names of files
rm -rf out && mkdir out in
"$bin/rimer-convert" -q plain.csv in/plain.csv
for ((i = 0; i < n; i++)); do
    one=${names[i]}
    [[ $one == */* ]] || [ ${#one} -gt 200 ] && continue
    [ "$one" = plain ] || cp in/plain.csv "in/$one.csv" || complain 'no such file can be' "$one"
    "$bin/rimer-info" "in/$one.csv" >"$work/said" 2>&1 || complain 'rimer-info' "$one"
    is_clean "$work/said" && grep -aqF -e "${shown[i]:0:12}" "$work/said" ||
        complain 'report of a file' "$one"
    "$bin/rimer-convert" "in/$one.csv" "out/$one.csv" 2>"$work/said" || complain 'rimer-convert' "$one"
    is_clean "$work/said" && cmp -s in/plain.csv "out/$one.csv" || complain 'a table of that name' "$one"
    refused 1 'No such file' "$one" "$bin/rimer-forecast" -m "in/none$one" "in/$one.csv"
done
all_well 'files of such names are read and written'
diff <(ls -A in) <(ls -A out) >&2
same "$?" 0 'and there is one of each, nothing else'
finish
