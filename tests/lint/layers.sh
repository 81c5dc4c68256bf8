#!/bin/bash
# Checks every #include of src/, apps/ and include/ against layers.txt: tests/lint/layers.sh
set -eu
cd "$(dirname "$0")/../.."

libraries='csv|zlib|jansson|hdf5|hdf5_hl|cblas|lapacke?|openblas_config|check|omp|mpi|cuda.*|cublas.*'

includes() {
    find include src apps \( -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh' \) -exec \
        grep -noE '^[[:space:]]*#[[:space:]]*include[[:space:]]+(<[^>]+>|"[^"]+")' {} +
}

includes | awk -v libraries="^<($libraries)[.]h>\$" '
    FILENAME == "layers.txt" {
        sub(/#.*/, "")
        if (NF) {
            layer = $1
            sub(/:$/, "", layer)
            name = layer
            sub(/.*\//, "", name)
            allowed[layer, name] = known[layer] = 1
            for (i = 2; i <= NF; i++)
                allowed[layer, $i] = 1
        }
        next
    }
    {
        split($0, part, ":")
        file = part[1]
        line = part[2]
        layer = file
        while (!(layer in known) && sub(/\/[^\/]*$/, "", layer));
        target = $0
        sub(/.*include[[:space:]]+/, "", target)
        bad = 0
        if (!(layer in known)) {
            bad = "which is in no layer of layers.txt"
        } else if (target ~ /^</) {
            if (target ~ libraries && !((layer, target) in allowed))
                bad = "a library that layers.txt does not give to " layer
        } else {
            gsub(/"/, "", target)
            owner = target
            if (!sub(/\/.*/, "", owner))
                owner = layer ~ /^apps/ || target ~ /[.]inc$/ ? name_of(layer) : ""
            if (!((layer, owner) in allowed) && !((layer, target) in allowed))
                bad = "which layers.txt does not give to " layer
        }
        if (bad) {
            print file ":" line ": includes " target ", " bad
            failed = 1
        }
    }
    function name_of(layer) {
        sub(/.*\//, "", layer)
        return layer
    }
    END { exit failed }' layers.txt - || {
    echo 'not ok - layers'
    exit 1
}
echo 'ok - layers'
