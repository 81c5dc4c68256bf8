#!/bin/sh
# Intervals and quantiles, from training to the plot.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
data=$root/datasets/air_passengers.csv
cd "$work" || exit 1

"$bin/rimer-train" "$data" -o q.safetensors --epochs 1 --quantiles 0.1,0.5,0.9 >out 2>&1
same "$? $(grep -c '^forecaster .* WQL *80 in% *width' out)" '0 1' 'training ends with the scores of quantiles'
"$bin/rimer-train" "$data" -o p.safetensors --epochs 1 -q
"$bin/rimer-train" "$data" -o c.safetensors --epochs 1 -q --conformal
report $? 'points can be calibrated'
# told NAME WANT OPTIONS...: what is said of a calibration, and what the model keeps of it
told() {
    name=$1 want=$2
    shift 2
    "$bin/rimer-train" "$@" -o t.safetensors --epochs 1 --conformal --force 2>err >out
    same "$? $(sed -n 's/^conformal *//p' err | xargs) | $("$bin/rimer-info" t.safetensors | sed -n 's/^conformal *//p' | tail -n 1)" \
        "0 $want" "$name"
}
told 'few windows tell narrow intervals' '2 validation windows without overlap: enough for intervals up to 33 %, wider ones are a guess | 11 validation rows, 2 windows without overlap' \
    "$data" -H 6
told 'narrow quantiles a bit wider ones' '2 validation windows without overlap: enough for intervals up to 66 %, wider ones are a guess | 11 validation rows, 2 windows without overlap' \
    "$data" -H 6 --quantiles 0.1,0.9
told 'one window none at all' '1 validation window without overlap: too few for any interval | 5 validation rows, 1 window without overlap' \
    "$data" -H 12
told 'many windows all' ' | 397 validation rows, 50 windows without overlap' "$root/datasets/uk_demand.csv" -H 8 --context 64

"$bin/rimer-forecast" -m q.safetensors "$data" -H 30 --level 80,50 --quantiles 0.3 >wide.csv
same "$? $(head -n 1 wide.csv)" '0 ds,passengers,passengers-lo-50,passengers-hi-50,passengers-lo-80,passengers-hi-80,passengers-q-0.3' \
    'a wide table has them behind their channel'
same "$(awk -F , 'NR > 1 && !($5 < $3 && $3 < $7 && $7 < $2 && $2 < $4 && $4 < $6)' wide.csv)" '' \
    'in order, twice as far as the head reaches, too'
"$bin/rimer-forecast" -m q.safetensors "$data" -H 30 >points.csv
same "$(cut -d , -f 1,2 wide.csv | cksum)" "$(cksum <points.csv)" 'the points are the same without them'
"$bin/rimer-forecast" -m q.safetensors "$data" -H 2 --level 80 --style long >long.csv
same "$? $(head -n 1 long.csv)" '0 unique_id,ds,Rimer,Rimer-lo-80,Rimer-hi-80' 'a long table'
same "$(sed 1d long.csv | cut -d , -f 2-)" "$(sed -n 2,3p wide.csv | cut -d , -f 1,2,5,6)" 'with the same numbers'

# refused MODEL OPTIONS... NAME: the last argument is what the sentence has
refused() {
    model=$1
    "$bin/rimer-forecast" -m "$model" "$data" "$2" "$3" -o none.csv 2>err
    same "$? $(wc -l <err) $(grep -c -- "$4" err)" '2 1 1' "$model $2 $3 is refused"
    [ ! -e none.csv ]
    report $? 'and nothing is written'
}
refused q.safetensors --level 95 '80 % at most'
refused p.safetensors --level 80 '--conformal'
refused q.safetensors --quantiles 0.5,7 '"7"'
refused q.safetensors --level 80% '"80%"'
"$bin/rimer-forecast" -m c.safetensors "$data" -H 2 --level 95 >/dev/null
report $? 'a calibrated model has 95 %'
"$bin/rimer-forecast" -m c.safetensors "$data" --level 95 --no-conformal 2>err
same "$? $(grep -c 'only the forecast itself' err)" '2 1' 'but not without its calibration'

"$bin/rimer-forecast" -m c.safetensors "$data" --level 80 --adapt 1 >adapted.csv
same "$? $(cut -d , -f 1,2 adapted.csv | cksum)" \
    "0 $("$bin/rimer-forecast" -m c.safetensors "$data" | cksum)" 'intervals can adapt, points stay'
"$bin/rimer-forecast" -m c.safetensors "$data" --level 80 | cmp -s - adapted.csv
same "$?" 1 'and intervals do not'
"$bin/rimer-forecast" -m c.safetensors "$data" --level 80 --adapt 1 --follow 2>err
same "$? $(wc -l <err)" '2 1' 'but not in a stream'
"$bin/rimer-evaluate" -m c.safetensors "$data" --level 80 --adapt 1 --json >json
report $? 'rimer-evaluate scores them'

"$bin/rimer-evaluate" -m q.safetensors "$data" --baseline repeat >text
same "$? $(grep -c 'WQL' text) $(awk '$1 == "repeat" { print NF }' text)" '0 1 10' 'rimer-evaluate scores both'
"$bin/rimer-evaluate" -m c.safetensors "$data" --level 90 --json | tr -d ' \n' >json
grep -q '"intervals":\[{"level":90.0,"coverage":' json && grep -q '"wql":' json &&
    grep -q '"quantiles":{"levels":\[0.05,0.1,' json
report $? 'and in JSON'
"$bin/rimer-evaluate" -m p.safetensors "$data" --level 80 2>err
same "$? $(wc -l <err)" '2 1' 'points have no interval to score'

for options in '--quantiles 0.1,2' '--quantiles 0.1 --set loss=mse' '--set loss=pinball'; do
    # shellcheck disable=SC2086
    "$bin/rimer-train" "$data" -o no.safetensors -q $options 2>err
    same "$? $(wc -l <err)" '2 1' "rimer-train $options is refused"
done

"$bin/rimer-forecast" -m q.safetensors -m q.safetensors "$data" -H 30 --level 80,50 --quantiles 0.3 >twice.csv
same "$? $(cksum <twice.csv)" "0 $(cksum <wide.csv)" 'the mean of a model and itself, quantiles and all'
"$bin/rimer-evaluate" -m q.safetensors -m c.safetensors "$data" --level 80 --json | tr -d ' \n' >json
same "$(grep -o '"forecaster":"[^"]*"' json | xargs) $(grep -o '"level":[0-9.]*' json | xargs)" \
    'forecaster:ensembleof2 forecaster:Rimer,asis level:80.0' 'an ensemble has what all its members have'

"$bin/rimer-plot" wide.csv --truth "$data" --script >script
same "$? $(grep -c 'title .50, 80 % intervals.' script) $(grep -c '^.band' script)" '0 1 2' \
    'both intervals are shaded, quantiles are no channels'
finish
