#!/bin/bash
# Checks the tree: names of sources and of tests are unique, no path of somebody's machine stands in a file,
# links between documents lead somewhere, long files are pointed at: tests/lint/tree.sh
set -eu
cd "$(dirname "$0")/../.."
failed=0

files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -type f -not -path './build/*' | sed 's|^\./||'
    fi
}

twice=$(files | grep -E '\.(c|h|sh|cu|cuh|cpp)$' | sed 's|.*/||' | sort | uniq -d)
for name in $twice; do
    echo "$name: this name is there more than once:" "$(files | grep -E "(^|/)$name\$" | xargs)"
    failed=1
done

# A test's log and counts bear its name, whatever its kind.
twice=$(files | grep -E '/test_[^/]*\.(c|sh)$' | sed 's|.*/||; s|\..*||' | sort | uniq -d)
if [ -n "$twice" ]; then
    echo "These names are borne by two tests: $twice"
    failed=1
fi

# Spelt in pieces, so as not to find itself.
if files | xargs grep -nIE "(/wor""k|/hom""e|/roo""t|/Users)/[A-Za-z]" --; then
    echo 'These paths belong to one machine.'
    failed=1
fi

while IFS=: read -r document link; do
    target=$(dirname "$document")/${link%%#*}
    if [ ! -e "$target" ]; then
        echo "$document: links to $link, which is not there"
        failed=1
    fi
done < <(files | grep '\.md$' | xargs grep -HoE '\]\([^)#][^):]*\)' -- | sed 's/:\](\(.*\))/:\1/')

files | grep -E '\.(c|h|sh|cu|cuh|cpp)$' | xargs wc -l | awk '
    $2 != "total" && $1 > 600 { print "warning: " $2 " has " $1 " lines; 600 is the measure" }'

if [ "$failed" != 0 ]; then
    echo 'not ok - tree'
    exit 1
fi
echo 'ok - tree'
