#!/bin/sh
# rimer-plot --log: the curves of what rimer-train --log writes.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

"$bin/rimer-train" "$root/datasets/air_passengers.csv" -o air.safetensors --log air.log.csv \
    --epochs 3 -q >/dev/null
"$bin/rimer-plot" --log air.log.csv --script >script
same "$? $(grep -c '^\$' script)" '0 3' 'a log is drawn in three panels'
same "$(sed -n '/^[$]truth1 /,/^END/p' script | sed '1d;$d' | awk 'NF { printf "%.6g ", $2 }')" \
    "$(awk -F, 'NR > 2 {printf "%.6g ", $3}' air.log.csv)" 'the loss of every epoch'
same "$(sed -n 's/^set xtics //p' script)" '("0" 0, "1" 1, "2" 2, "3" 3)' 'epochs are marked by whole numbers'
"$bin/rimer-plot" --log air.log.csv >drawn
same "$? $(grep -c 'validation MSE$\|training loss\|learning rate' drawn) $(grep -c 'truth' drawn)" \
    '0 3 0' 'in the terminal, without a legend of forecasts'

printf 'epoch,step,loss,lr,val_mse,val_mae,seconds\n0,0,,0.1,5,1,1\n1,4,3,0.1,2,1,1\n2,8,2,0.1,nan,1,1\n3,12,1,0.1,4,1,1\n' >odd.csv
same "$("$bin/rimer-plot" --log odd.csv | head -1 | sed 's/^ *//')" \
    'odd.csv  best validation MSE 2.0000 after epoch 1 of 3' 'the best epoch, an error that is no number aside'
same "$("$bin/rimer-plot" --log odd.csv --script | sed -n 's/^set arrow 1 from first \([0-9]*\),.*/\1/p')" 1 \
    'and where the line stands'
head -2 odd.csv >one.csv
"$bin/rimer-plot" --log one.csv >drawn
same "$? $(head -1 drawn | sed 's/^ *//')" '0 one.csv  best validation MSE 5.0000 after epoch 0 of 0' 'a log of one line'
if command -v gnuplot >/dev/null; then
    "$bin/rimer-plot" --log odd.csv -o log.png
    same "$? $(head -c 4 log.png | tail -c 3)" '0 PNG' 'as a picture'
else
    echo 'skip - picture: gnuplot is not here'
fi
"$bin/rimer-train" "$root/datasets/air_passengers.csv" -o sure.safetensors --log sure.log.csv \
    --epochs 3 --quantiles 0.1,0.5,0.9 2>said >told
crps=$(awk -F, 'NR > 1 && (NR == 2 || $8 < best) { best = $8 } END { printf "%.4f", best }' sure.log.csv)
same "$(head -1 sure.log.csv | cut -d, -f5-) $(grep -c "^epoch .*  best$" said) $(grep 'best$' said | tail -1 | sed 's/.*val CRPS \([^ ]*\) .*/\1/')" \
    "val_mse,val_mae,seconds,val_crps $(grep -c 'val CRPS.*best$' said) $crps" 'with quantiles epochs are kept by CRPS, and the log says so'
same "$("$bin/rimer-plot" --log sure.log.csv | head -1 | sed 's/^ *//;s/ after.*//')" \
    "sure.log.csv  best validation CRPS $crps" 'and the plot'
"$bin/rimer-train" "$root/datasets/air_passengers.csv" -o sure.safetensors --log sure.log.csv \
    --epochs 3 --quantiles 0.1,0.5,0.9 -q --force 2>err >told
same $? 0 'such a log is replaced like any other'
"$bin/rimer-train" "$root/datasets/uk_demand.csv" -o both.safetensors --log both.log.csv -H 8 --context 64 \
    --epochs 2 --set windows_per_epoch=256 --set moments=both 2>said >told
same "$? $(cut -d, -f1,8 both.log.csv | tr '\n' ' ')" '0 epoch,network 0,1 1,1 2,1 0,2 1,2 2,2 ' \
    'of two networks the log tells which'
best() {
    awk -F, -v network="$1" '$8 == network && (n++ == 0 || $5 < best) { best = $5 } END { printf "%.4f", best }' both.log.csv
}
same "$(grep -c '^twin  *[0-9]' said) $(grep -c '^2 networks ' said) $(grep -c '^twin  *2 epochs, best .; together val MSE' said)" \
    '4 1 1' 'and the terminal'
same "$("$bin/rimer-plot" --log both.log.csv | head -1 | sed 's/^ *//;s/ after epoch . of 2//;s/ after . of 2//;s/   .*//')" \
    "both.log.csv  best validation MSE $(best 1), its twin's $(best 2)" 'and the plot'
"$bin/rimer-plot" --log both.log.csv --script >script
same "$(grep -c '^\$' script) $(sed -n '/^[$]truth1 /,/^END/p' script | sed '1d;$d' | awk 'NF { printf "%.6g ", $2 }')" \
    "6 $(awk -F, '$8 == 2 && $3 != "" {printf "%.6g ", $3}' both.log.csv)" 'which has a line for either'
"$bin/rimer-info" --json both.safetensors >info.json
same "$? $(grep -c '"name": "twin.embed.weight"' info.json) $(grep -c '"twin_best_epoch"' info.json)" '0 1 1' \
    'one file holds both'
"$bin/rimer-plot" --log "$root/datasets/air_passengers.csv" 2>err
same "$? $(grep -c 'has no column "epoch": it is not a log' err)" '3 1' 'a table that is no log'
"$bin/rimer-plot" odd.csv --log odd.csv 2>err
same "$? $(grep -c 'needs a forecast, or' err)" '2 1' 'a forecast and a log at once'
"$bin/rimer-plot" 2>err
same "$?" 2 'nothing to draw'
"$bin/rimer-plot" --log odd.csv -o odd.csv 2>err
same "$? $(wc -l <odd.csv)" '2 5' 'the log is not drawn over'
cp odd.csv odd.png && "$bin/rimer-plot" --log odd.png -o odd.png 2>err
same "$? $(wc -l <odd.png)" '2 5' 'nor by any name'
finish
