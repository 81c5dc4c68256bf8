#!/bin/bash
# --device: refused where there is no GPU, and whole through the kernels on the processor
# (tests/cuda/), which stand in the place of a GPU's where the loader finds them first.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/common.sh"

data=datasets/air_passengers.csv
shim=$(cd "$bin/../shim" && pwd)
small=(--epochs 2 --width 16 --layers 1 --set head_size=8 --context 48)

# With no library at all: the programs alone, in a folder of their own.
mkdir "$work/alone"
cp "$bin/rimer-train" "$bin/rimer-forecast" "$bin/rimer-evaluate" "$work/alone"
alone=$work/alone

"$alone/rimer-train" $data -o "$work/no.safetensors" --device cuda >"$work/out" 2>&1
same $? 1 'without the library --device cuda exits with 1'
grep -q 'needs librimer-cuda.so.*make CUDA=1.*device cpu needs nothing' "$work/out"
report $? 'and the sentence says what to do'
[ "$(wc -l <"$work/out")" = 1 ] && [ ! -e "$work/no.safetensors" ]
report $? 'before anything else is done'
"$alone/rimer-train" $data -o "$work/no.safetensors" --device gpu >"$work/out" 2>&1
same $? 2 'a name that is none exits with 2'

"$alone/rimer-train" $data -o "$work/auto.safetensors" "${small[@]}" --device auto 2>"$work/out"
same $? 0 '--device auto falls back to the processor'
grep -q '^device  *cpu: device cuda needs librimer-cuda.so' "$work/out"
report $? 'and says why'
"$alone/rimer-train" $data -o "$work/cpu.safetensors" "${small[@]}" -q
cmp -s "$work/auto.safetensors" "$work/cpu.safetensors"
report $? 'to the same model'

"$alone/rimer-forecast" -m "$work/cpu.safetensors" $data --follow --device auto >"$work/out" 2>&1
same "$? $(grep -c 'follow runs on the processor' "$work/out")" '2 1' '--follow has no device'

RIMER_KERNELS=ref "$alone/rimer-train" $data -o "$work/no.safetensors" "${small[@]}" --precision tf32 \
    >"$work/out" 2>&1
same $? 2 '--precision tf32 where neither GPU nor processor has it exits with 2'
grep -q 'precision tf32: .* need a GPU or AMX, .* use precision=float32' "$work/out" &&
    [ ! -e "$work/no.safetensors" ]
report $? 'and the sentence says why'
"$alone/rimer-train" $data -o "$work/no.safetensors" --precision half >"$work/out" 2>&1
same "$? $(grep -c 'is not one of float32|tf32|bfloat16' "$work/out")" '2 1' 'a precision that is none is refused'

# A library of another build.
printf 'const char *rm_cuda_open(void) { return "of another build"; }\n' >"$work/other.c"
"${CC:-gcc}" -shared -fPIC -o "$work/librimer-cuda.so" "$work/other.c"
LD_LIBRARY_PATH=$work "$alone/rimer-forecast" -m "$work/cpu.safetensors" $data --device cuda \
    >"$work/out" 2>&1
same $? 1 'what the library refuses exits with 1'
grep -q 'device cuda: of another build; device cpu needs nothing' "$work/out"
report $? 'and its sentence comes through'

if [ -n "${RIMER_SANITIZED:-}" ]; then
    echo 'skip - the kernels on the processor: fibers and sanitizers do not go together'
    finish
fi
on_shim() {
    LD_LIBRARY_PATH=$shim "$@"
}

RIMER_CUDA_SHIM_FAIL=cudaGetDeviceCount on_shim "$bin/rimer-evaluate" \
    -m "$work/cpu.safetensors" $data --device cuda >"$work/out" 2>&1
same $? 1 'without a GPU --device cuda exits with 1'
grep -q 'cudaGetDeviceCount: cudaErrorNoDevice' "$work/out"
report $? 'and names the call that failed'
RIMER_CUDA_SHIM_FAIL=cublasGemmEx on_shim "$bin/rimer-forecast" \
    -m "$work/cpu.safetensors" $data --device cuda -o "$work/no.csv" >"$work/out" 2>&1
same $? 1 'a call that fails later exits with 1'
grep -q 'cublasGemmEx' "$work/out" && [ ! -e "$work/no.csv" ]
report $? 'is named, and nothing is written'

# One model forecast and scored on both.
near() {
    awk -F, 'NR == FNR { want[FNR] = $2; next }
        FNR > 1 { d = $2 - want[FNR]; if (d > 0.05 || d < -0.05) exit 1; n++ }
        END { exit n < 20 }' "$1" "$2"
}
"$bin/rimer-forecast" -m "$work/cpu.safetensors" $data -H 40 -o "$work/cpu.csv"
on_shim "$bin/rimer-forecast" -m "$work/cpu.safetensors" $data -H 40 -o "$work/cuda.csv" \
    --device cuda:0 2>"$work/out"
near "$work/cpu.csv" "$work/cuda.csv"
report $? 'a forecast is the same on both but for rounding'
grep -q '^device  *cuda:0: a processor in the place of a GPU' "$work/out"
report $? 'and the device is named'
cpu=$("$bin/rimer-evaluate" -m "$work/cpu.safetensors" $data --part val --json)
cuda=$(on_shim "$bin/rimer-evaluate" -m "$work/cpu.safetensors" $data --part val --json \
    --device cuda 2>/dev/null)
mse() {
    sed -n 's/.*"mse": *\([0-9.]*\).*/\1/p' | head -n 1 | cut -c 1-6
}
same "$(mse <<<"$cuda")" "$(mse <<<"$cpu")" 'and so is a score'

# Training: twice the same file, and no mixing of devices.
train() {
    on_shim "$bin/rimer-train" $data "${small[@]}" -q --device cuda "$@"
}
train -o "$work/one.safetensors" && train -o "$work/two.safetensors" --threads 2
cmp -s "$work/one.safetensors" "$work/two.safetensors"
report $? 'two trainings give the same bits, whatever the threads'
! cmp -s "$work/one.safetensors" "$work/cpu.safetensors"
report $? 'which are not the bits of the processor'
train -o "$work/tf32.safetensors" --precision tf32
same "$? $(cmp -s "$work/tf32.safetensors" "$work/one.safetensors"; echo $?)" '0 1' \
    '--precision tf32 trains, to other bits'
"$bin/rimer-forecast" -m "$work/tf32.safetensors" $data -H 40 -o "$work/tf32.csv"
report $? 'and the model forecasts on the processor'
"$bin/rimer-train" $data "${small[@]}" -q -o "$work/one.safetensors" >"$work/out" 2>&1
same $? 2 'a model of another device is not replaced'
grep -q 'another device' "$work/out"
report $? 'and the sentence says so'
finish
