#!/bin/sh
# What all programs have in common: help, version, settings and where they come from.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"

for program in rimer-train rimer-search rimer-forecast rimer-evaluate rimer-plot rimer-info \
    rimer-convert; do
    "$bin/$program" --help >"$work/help" 2>"$work/err"
    same "$? $(wc -c <"$work/err")" '0 0' "$program --help"
    grep -q "^Usage: $program " "$work/help" && [ "$(grep -c "^  $program" "$work/help")" = 2 ]
    report $? "$program --help shows usage and two examples"
    awk 'length($0) > 96 && !/ # /{ exit 1 } / $/ { exit 1 }' "$work/help"
    report $? "$program --help fits and has no blanks at line ends"
    same "$("$bin/$program" -h)" "$(cat "$work/help")" "$program -h is --help"
    "$bin/$program" --version | grep -q '^rimer [0-9]*\.[0-9]*\.[0-9]'
    report $? "$program --version"
    "$bin/$program" --help-format bash | bash -n
    report $? "$program: shell completion is valid"
    "$bin/$program" --help-format man | grep -q '^\.SH OPTIONS'
    report $? "$program: manual page"
done
bash -c "$("$bin/rimer-train" --help-format bash); COMP_WORDS=(rimer-train --hori); COMP_CWORD=1
         _rimer_train; [ \"\${COMPREPLY[*]}\" = --horizon ]"
report $? 'completion finds --horizon'

docs/make-cli.sh "$bin" >"$work/cli.md" && cmp "$work/cli.md" docs/cli.md
report $? 'docs/cli.md is up to date (docs/make-cli.sh BIN >docs/cli.md)'

# value KEY ARGUMENT...: of the settings that would be used
value() {
    key=$1
    shift
    "$bin/rimer-train" --print-config "$@" | sed -n "s/^    \"$key\": \(.*[^,]\),*$/\1/p"
}

"$bin/rimer-train" --print-config --set lr=0.1 --layers 3 --set split=ett-h >"$work/a.json"
"$bin/rimer-train" --print-config -c "$work/a.json" >"$work/b.json"
cmp "$work/a.json" "$work/b.json"
report $? '--print-config reads back as it is'
same "$(value adam_eps)" 1e-18 'numbers keep their digits'
same "$(value loss -c configs/blackgoose.json)" '"mse"' 'a preset is a file of settings, too'

# Each source hides the ones before it.
printf '{"width": 128}\n' >"$work/c.json"
set -- --preset blackgoose
same "$(value width)" 64 'default'
same "$(value width "$@")" 512 'preset > default'
set -- "$@" -c "$work/c.json"
same "$(value width "$@")" 128 'file > preset'
same "$(RIMER_WIDTH=192 value width "$@")" 192 'environment > file'
same "$(RIMER_WIDTH=192 value width --set width=256 "$@")" 256 '--set > environment'
same "$(RIMER_WIDTH=192 value width --width 320 --set width=256 "$@")" 320 'option > --set'
same "$(value width --width 320 --width=384 "$@")" 384 'the last of two options counts'
same "$(value batch "$@" --set batch-size=7)" 7 'an alias with a dash is a key, too'

printf '{"d_model": 128, "e_layers": 2, "n_heads": 8, "data_path": "x", "epoch": 9}\n' >"$work/g.json"
same "$(value width -c "$work/g.json" 2>"$work/err")" 128 "BlackGoose's key for the width"
grep -q 'left out: n_heads, data_path$' "$work/err"
report $? 'keys without a meaning are named'

same "$("$bin/rimer-info" --preset blackgoose | sed -n 's/^parameters *//p')" 1,614,880 \
    'blackgoose has 1,614,880 parameters'
same "$("$bin/rimer-info" --preset blackgoose --json | sed -n 's/^ *"parameters": \([0-9]*\),/\1/p')" \
    1614880 'also as JSON'
finish
