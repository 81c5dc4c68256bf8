#define _GNU_SOURCE /* syscall */
#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <stdlib.h>
#include <string.h>
#ifdef RM_HAS_amx
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

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
#ifdef RM_HAS_neon
#define IF_NEON(X) X(neon)
#else
#define IF_NEON(X)
#endif
#define TABLES(X) IF_AVX512(X) IF_AVX2(X) IF_NEON(X) X(ref)

#define LIST_OF(table) \
    { .name = #table, RM_KERNEL_LIST(ENTRY_OF_##table) }
#define ENTRY_OF_ref(type, kernel, arguments) .kernel = rm_ref_##kernel,
#define ENTRY_OF_avx2(type, kernel, arguments) .kernel = rm_avx2_##kernel,
#define ENTRY_OF_neon(type, kernel, arguments) .kernel = rm_neon_##kernel,
#define ENTRY_OF_avx512(type, kernel, arguments) .kernel = rm_avx512_##kernel,

#define DECLARE_ref(type, kernel, arguments) type rm_ref_##kernel arguments;
#define DECLARE_avx2(type, kernel, arguments) type rm_avx2_##kernel arguments;
#define DECLARE_neon(type, kernel, arguments) type rm_neon_##kernel arguments;
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
    /* Every 64-bit ARM has NEON. */
    return strcmp(table->name, "ref") == 0 || strcmp(table->name, "neon") == 0;
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

typedef void gemm_kernel(rm_real *c, int64_t ldc, int add, int ta, int tb, const rm_real *a,
                         int64_t lda, const rm_real *b, int64_t ldb, int64_t m, int64_t n,
                         int64_t k);

/* Products that round, best first. */
typedef struct rounding {
    const char *name;
    int precision;
    gemm_kernel *gemm;
    int (*runs)(void);
} rounding;

#ifdef RM_HAS_amx
gemm_kernel rm_amx_gemm, rm_amx_gemm_halves;

/* The system lets a process have the tile registers when it asks. */
static int has_tiles(void) {
    enum { LEAF = 7, TILES = 1 << 24, TILES_OF_BF16 = 1 << 22, ASK = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx512bf16") && __get_cpuid_count(LEAF, 0, &a, &b, &c, &d) &&
           d & TILES && d & TILES_OF_BF16 && syscall(SYS_arch_prctl, ASK, TILE_DATA) == 0;
}
#endif

#ifdef RM_HAS_bf16
gemm_kernel rm_bf16_gemm;

static int has_bf16(void) {
    return __builtin_cpu_supports("avx512bf16");
}
#endif

static const rounding roundings[] = {
#ifdef RM_HAS_amx
    {"amx-bfloat16", RM_BFLOAT16, rm_amx_gemm, has_tiles},
    {"amx-tf32", RM_TF32, rm_amx_gemm_halves, has_tiles},
#endif
#ifdef RM_HAS_bf16
    {"avx512-bfloat16", RM_BFLOAT16, rm_bf16_gemm, has_bf16},
#endif
    {NULL, RM_PRECISIONS, NULL, NULL},
};

int rm_kernels_round_at(int index, rm_kernels *out, const rm_kernels *table) {
    const rounding *r = &roundings[index];
    *out = *table;
    out->name = r->name;
    out->gemm = r->gemm && strcmp(table->name, "avx512") == 0 && r->runs() ? r->gemm : NULL;
    return r->precision;
}

rimer_status rm_kernels_round(rm_kernels *out, const rm_kernels *table, int precision) {
    rm_kernels rounded;
    for (int i = 0, of; (of = rm_kernels_round_at(i, &rounded, table)) != RM_PRECISIONS; i++)
        if (of == precision && rounded.gemm) {
            *out = rounded;
            return RIMER_OK;
        }
    RM_FAIL(USAGE,
            "precision %s: products of that kind need %s, which kernel table %s on this "
            "processor does not have; use precision=float32",
            precision == RM_TF32 ? "tf32" : "bfloat16",
            precision == RM_TF32 ? "a GPU or AMX" : "AMX or AVX-512 BF16", table->name);
}

int64_t rm_wkv7_checkpoints(int64_t B, int64_t T, int64_t H, int64_t N) {
    return B * H * ((T - 1) / RM_WKV7_CHUNK) * N * N; /* the first chunk has state_in */
}

int64_t rm_wkv7_scratch(int64_t H, int64_t N) {
    return RM_WKV7_SCRATCH(H, N);
}
