/* Ways to start kernels. Sums have a fixed order and no atomics, so that the same call gives the
 * same bits. */
#ifndef RM_CUDA_LAUNCH_CUH
#define RM_CUDA_LAUNCH_CUH

#include "kernels/cuda/context.cuh"

#define RM_WARP 32
#define RM_THREADS 256 /* of a block, unless a kernel says otherwise */
#define RM_ALL_LANES 0xffffffffu

/* The tests run the same kernels on the processor (tests/cuda/), where a launch is a call and
 * dynamic shared memory a pointer. */
#ifdef RM_CUDA_SHIM
#define RM_DYNAMIC_SHARED(name) float *name = (float *)rm_shim_shared()
#else
#define RM_DYNAMIC_SHARED(name) extern __shared__ float name[]
#endif

template <class... P, class... A>
void rm_launch(const char *name, void (*kernel)(P...), dim3 blocks, dim3 threads, size_t shared,
               A... arguments) {
    rm_cuda_turn turn;
#ifdef RM_CUDA_SHIM
    rm_shim_launch(blocks, threads, shared, [=] { kernel(arguments...); });
    (void)name;
#else
    if (shared > 48 * 1024)
        rm_cuda_note(name,
                     cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                          (int)shared));
    kernel<<<blocks, threads, shared, rm_cuda_stream()>>>(arguments...);
    rm_cuda_note(name, cudaGetLastError());
#endif
}

static inline int64_t rm_div_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static inline unsigned rm_grid(int64_t wanted, int64_t most) {
    return (unsigned)(wanted < most ? wanted : most);
}

/* ------------------------------------------------------------------------------ elements */

template <class F> __global__ void rm_each_kernel(int64_t n, F f) {
    int64_t step = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step)
        f(i);
}

/* f(i) for all i < n, in any order. */
template <class F> void rm_each(const char *name, int64_t n, F f) {
    if (n > 0)
        rm_launch(name, rm_each_kernel<F>, rm_grid(rm_div_up(n, RM_THREADS), 8192), RM_THREADS,
                  0, n, f);
}

/* --------------------------------------------------------------------------------- warps */

template <class T> __device__ static inline T rm_warp_sum(T x) {
    for (int step = RM_WARP / 2; step; step /= 2)
        x += __shfl_xor_sync(RM_ALL_LANES, x, step);
    return x;
}

__device__ static inline float rm_warp_max(float x) {
    for (int step = RM_WARP / 2; step; step /= 2)
        x = fmaxf(x, __shfl_xor_sync(RM_ALL_LANES, x, step));
    return x;
}

/* Work for a warp each: all lanes of a warp get the same index. */
template <class F> __global__ void rm_each_warp_kernel(int64_t n, F f) {
    int64_t warps = (int64_t)gridDim.x * (blockDim.x / RM_WARP);
    int64_t first = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / RM_WARP;
    for (int64_t i = first; i < n; i += warps)
        f(i, (int)(threadIdx.x % RM_WARP));
}

/* f(i, lane) for all i < n by the lanes of one warp together. */
template <class F> void rm_each_warp(const char *name, int64_t n, F f) {
    if (n > 0)
        rm_launch(name, rm_each_warp_kernel<F>,
                  rm_grid(rm_div_up(n, RM_THREADS / RM_WARP), 16384), RM_THREADS, 0, n, f);
}

/* --------------------------------------------------------------------- sums over the rows */

#define RM_COLUMN_ROWS 8    /* threads over the rows of a block */
#define RM_COLUMN_SLICE 128 /* rows of one partial sum at least */
#define RM_COLUMN_SLICES 256

template <int K> struct rm_outputs { float *at[K]; };

template <int K, class F>
__global__ void rm_column_kernel(float *partial, int64_t rows, int64_t width, F f) {
    __shared__ float part[RM_COLUMN_ROWS][K][RM_WARP];
    int64_t column = (int64_t)blockIdx.x * RM_WARP + threadIdx.x, slice = blockIdx.y;
    int64_t begin = rows * slice / gridDim.y, end = rows * (slice + 1) / gridDim.y;
    float sum[K] = {};
    if (column < width)
        for (int64_t row = begin + threadIdx.y; row < end; row += RM_COLUMN_ROWS) {
            float value[K];
            f(row, column, value);
            for (int k = 0; k < K; k++)
                sum[k] += value[k];
        }
    for (int k = 0; k < K; k++)
        part[threadIdx.y][k][threadIdx.x] = sum[k];
    __syncthreads();
    if (threadIdx.y == 0 && column < width)
        for (int k = 0; k < K; k++) {
            float all = 0;
            for (int i = 0; i < RM_COLUMN_ROWS; i++)
                all += part[i][k][threadIdx.x];
            partial[(slice * K + k) * width + column] = all;
        }
}

/* out[k][column] += the sum over all rows of value[k], which f(row, column, value) writes. */
template <int K, class F>
void rm_add_columns(const char *name, rm_outputs<K> out, int64_t rows, int64_t width, F f) {
    rm_cuda_turn turn;
    int64_t slices = rows / RM_COLUMN_SLICE;
    slices = slices < 1 ? 1 : slices > RM_COLUMN_SLICES ? RM_COLUMN_SLICES : slices;
    float *partial = (float *)rm_cuda_workspace((size_t)(slices * K * width) * sizeof(float));
    if (!partial)
        return;
    rm_launch(name, rm_column_kernel<K, F>,
              dim3((unsigned)rm_div_up(width, RM_WARP), (unsigned)slices),
              dim3(RM_WARP, RM_COLUMN_ROWS), 0, partial, rows, width, f);
    rm_each(name, K * width, [=] __device__(int64_t i) {
        float sum = 0;
        for (int64_t slice = 0; slice < slices; slice++)
            sum += partial[slice * K * width + i];
        out.at[i / width][i % width] += sum;
    });
}

/* Room for n values of a turn that rm_add_columns of up to K sums leaves alone; NULL as the
 * workspace. */
static inline float *rm_room_beside_columns(int64_t K, int64_t width, int64_t n) {
    int64_t taken = RM_COLUMN_SLICES * K * width;
    float *room = (float *)rm_cuda_workspace((size_t)(taken + n) * sizeof(float));
    return room ? room + taken : NULL;
}

/* ---------------------------------------------------------------------- sums over all of it */

#define RM_TOTAL_BLOCKS 256

template <class F> __global__ void rm_total_kernel(double2 *partial, int64_t n, F f) {
    __shared__ double2 part[RM_THREADS];
    double2 sum = {0, 0};
    int64_t step = (int64_t)gridDim.x * RM_THREADS;
    for (int64_t i = (int64_t)blockIdx.x * RM_THREADS + threadIdx.x; i < n; i += step) {
        double2 value = f(i);
        sum.x += value.x;
        sum.y += value.y;
    }
    part[threadIdx.x] = sum;
    for (int half = RM_THREADS / 2; half; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half) {
            part[threadIdx.x].x += part[threadIdx.x + half].x;
            part[threadIdx.x].y += part[threadIdx.x + half].y;
        }
    }
    if (threadIdx.x == 0)
        partial[blockIdx.x] = part[0];
}

template <class G> __global__ void rm_total_end(const double2 *partial, int n, G g) {
    double2 sum = {0, 0};
    for (int i = (int)threadIdx.x; i < n; i += RM_WARP) {
        sum.x += partial[i].x;
        sum.y += partial[i].y;
    }
    sum.x = rm_warp_sum(sum.x);
    sum.y = rm_warp_sum(sum.y);
    if (threadIdx.x == 0)
        g(sum);
}

/* g(the sum of the pairs f(i) over i < n), on the device. */
template <class F, class G> void rm_total(const char *name, int64_t n, F f, G g) {
    rm_cuda_turn turn;
    unsigned blocks = rm_grid(rm_div_up(n, 4 * RM_THREADS), RM_TOTAL_BLOCKS);
    blocks = blocks ? blocks : 1;
    double2 *partial = (double2 *)rm_cuda_workspace(blocks * sizeof *partial);
    if (!partial)
        return;
    rm_launch(name, rm_total_kernel<F>, blocks, RM_THREADS, 0, partial, n, f);
    rm_launch(name, rm_total_end<G>, 1, RM_WARP, 0, (const double2 *)partial, (int)blocks, g);
}

#endif
