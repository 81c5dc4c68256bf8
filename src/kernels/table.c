#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <stdlib.h>
#include <string.h>

/* What the Makefile compiles, best first. */
#ifdef RM_HAS_avx512
#define IF_AVX512(X) X(avx512)
#else
#define IF_AVX512(X)
#endif
#ifdef RM_HAS_avx2
#define IF_AVX2(X) X(avx2)
#else
#define IF_AVX2(X)
#endif
#define TABLES(X) IF_AVX512(X) IF_AVX2(X) X(ref)

#define LIST_OF(table) \
    { .name = #table, RM_KERNEL_LIST(ENTRY_OF_##table) }
#define ENTRY_OF_ref(type, kernel, arguments) .kernel = rm_ref_##kernel,
#define ENTRY_OF_avx2(type, kernel, arguments) .kernel = rm_avx2_##kernel,
#define ENTRY_OF_avx512(type, kernel, arguments) .kernel = rm_avx512_##kernel,

#define DECLARE_ref(type, kernel, arguments) type rm_ref_##kernel arguments;
#define DECLARE_avx2(type, kernel, arguments) type rm_avx2_##kernel arguments;
#define DECLARE_avx512(type, kernel, arguments) type rm_avx512_##kernel arguments;
#define DECLARE(table) RM_KERNEL_LIST(DECLARE_##table)
TABLES(DECLARE)

#define LISTED(table) LIST_OF(table),
static const rm_kernels tables[] = {TABLES(LISTED)};
#define N_TABLES ((int)(sizeof tables / sizeof *tables))

const rm_kernels *rm_kernels_at(int index) {
    return index >= 0 && index < N_TABLES ? &tables[index] : NULL;
}

int rm_kernels_runs(const rm_kernels *table) {
#if defined(__x86_64__)
    if (strcmp(table->name, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
    if (strcmp(table->name, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
#endif
    return strcmp(table->name, "ref") == 0;
}

rimer_status rm_kernels_choose(const rm_kernels **out) {
    const char *wanted = getenv("RIMER_KERNELS");
    for (int i = 0; i < N_TABLES; i++) {
        if (wanted && *wanted && strcmp(wanted, tables[i].name) != 0)
            continue;
        if (rm_kernels_runs(&tables[i])) {
            *out = &tables[i];
            return RIMER_OK;
        }
        if (wanted && *wanted)
            RM_FAIL(USAGE, "RIMER_KERNELS=%s: this processor lacks the instructions", wanted);
    }
#define NAMED(table) " " #table
    RM_FAIL(USAGE, "RIMER_KERNELS=%s: no such kernel table; this build has" TABLES(NAMED),
            wanted);
}

#ifdef RM_HAS_bf16
void rm_bf16_gemm(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                  int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n, int64_t k);
#endif

rimer_status rm_kernels_round(rm_kernels *out, const rm_kernels *table) {
#ifdef RM_HAS_bf16
    if (strcmp(table->name, "avx512") == 0 && __builtin_cpu_supports("avx512bf16")) {
        *out = *table;
        out->gemm = rm_bf16_gemm;
        return RIMER_OK;
    }
#else
    (void)out;
#endif
    RM_FAIL(USAGE,
            "precision bfloat16: products of that kind need AVX-512 BF16, which kernel table "
            "%s on this processor does not have; use precision=float32",
            table->name);
}

int64_t rm_wkv7_checkpoints(int64_t B, int64_t T, int64_t H, int64_t N) {
    return B * H * ((T - 1) / RM_WKV7_CHUNK) * N * N; /* the first chunk has state_in */
}

int64_t rm_wkv7_scratch(int64_t H, int64_t N) {
    return RM_WKV7_SCRATCH(H, N);
}
