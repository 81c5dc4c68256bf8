/* The GPU that the process has: its stream, its lock, what went wrong there, room for kernels. */
#ifndef RM_CUDA_CONTEXT_CUH
#define RM_CUDA_CONTEXT_CUH

extern "C" {
#include "kernels/cuda_library.h"
}

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <stdint.h>

#ifdef RM_REAL_DOUBLE
#error "the kernels of this folder are for float"
#endif

/* All work goes through one stream in the order of its calls. While one of these lives the calling
 * thread alone gives work, so that kernels that share the workspace stay together. */
struct rm_cuda_turn {
    rm_cuda_turn();
    ~rm_cuda_turn();
    rm_cuda_turn(const rm_cuda_turn &) = delete;
    rm_cuda_turn &operator=(const rm_cuda_turn &) = delete;
};

cudaStream_t rm_cuda_stream();
cublasHandle_t rm_cuda_blas();

/* Keeps the first failure, with the name of the call. */
void rm_cuda_note(const char *call, cudaError_t error);
void rm_cuda_note_blas(const char *call, cublasStatus_t status);

/* Room for one kernel call of a turn, NULL if there is none (noted). It grows at the first calls of a
 * size and stays. */
void *rm_cuda_workspace(size_t bytes);

/* Counts how often it grew, and so was moved. */
int64_t rm_cuda_workspace_age();

/* Whether something failed since the device was opened. */
bool rm_cuda_failed();

/* Between these nothing is reserved, sent or fetched: that fails. The second tells whether nothing
 * did, and if something did it is forgotten. */
void rm_cuda_begin_recording();
bool rm_cuda_end_recording();

/* Of rm_memory (graph.cu). */
void rm_cuda_repeat(rm_repeated **repeated, void (*work)(void *arg), void *arg);
void rm_cuda_forget(rm_repeated *repeated);

/* Blocks of big kernels that the GPU runs at the same time, roughly. */
int rm_cuda_processors();

#define RM_CUDA_DECLARATION(type, name, arguments) extern "C" type rm_cuda_##name arguments;
RM_KERNEL_LIST(RM_CUDA_DECLARATION)
#undef RM_CUDA_DECLARATION

/* Gives tables of all precisions, so far alike, the products that are theirs. */
void rm_cuda_set_products(rm_kernels tables[RM_PRECISIONS]);

/* Give a table the kernels that read and write the decay, the keys and the gradient of the output of
 * the recurrence as rm_half (formats.cuh). */
void rm_cuda_halve_elementwise(rm_kernels *table);
void rm_cuda_halve_heads(rm_kernels *table);
void rm_cuda_halve_wkv7(rm_kernels *table);

/* Gives a table the recurrence of odd head sizes for all. */
void rm_cuda_plain_wkv7(rm_kernels *table);

#endif
