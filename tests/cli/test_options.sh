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
RIMER_CONTEX_LEN=96 value context_len >"$work/got" 2>"$work/err"
same "$(cat "$work/got" "$work/err")" '0
rimer-train: environment: RIMER_CONTEX_LEN is no setting and is not read: did you mean RIMER_CONTEXT_LEN?' \
    'a variable that is mistyped is told, and not read'
same "$(RIMER_D_MODEL=96 RIMER_width=96 value width 2>&1 | sed 's/.*environment: //' | sort | tr '\n' ' ')" \
    '64 RIMER_D_MODEL is no setting and is not read: did you mean RIMER_WIDTH? RIMER_width is no setting and is not read: did you mean RIMER_WIDTH? ' \
    'and so is an alias, or a name in small letters'
env "$(printf 'RIMER_\033[31m')=1" "$bin/rimer-info" none.csv 2>"$work/err"
same "$(LC_ALL=C tr -d '\n[:print:]' <"$work/err" | wc -c) $(grep -c 'did you mean RIMER_' "$work/err")" '0 1' \
    'a variable cannot drive a terminal'

# What one program reads is a known name to all of them: a variable is told by each or by none.
for program in "$bin"/rimer-*; do
    "$program" --help-format md
done | grep -o '^| `\(-., \)*--[a-z-]*' | sed 's/.*--//' | sort -u >"$work/names"
while read -r name; do
    variable=RIMER_$(echo "$name" | tr a-z- A-Z_)
    for program in "$bin"/rimer-*; do
        env "$variable=?" "$program" none 2>&1 | grep -c "environment: $variable is no setting"
    done | sort -u | xargs echo "$name"
done <"$work/names" >"$work/told"
same "$(grep -v '^[a-z-]* [01]$' "$work/told") $(grep -cE '^(width|freq|adapt|trials|on-error) 0$' "$work/told") $(grep -cE '^(model|follow) 1$' "$work/told")" \
    ' 5 2' \
    'all programs know the settings of each other'
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
