/* Enough of CUDA to run the kernels of src/kernels/cuda/ on the processor, for tests: the same
 * sources, compiled as C++, see this in the place of the toolkit's header. A block's threads are
 * fibers that take turns at barriers and shuffles; blocks run one after the other.
 *
 * While the stream is captured, kernels, products and asynchronous copies only go on a list, their arguments
 * as they are then; what waits or reserves breaks it off. A launched graph does what is on its list.
 *
 * Device memory is mapped without any access but while a kernel or a copy runs, so that a host that
 * touches it crashes. What is allocated is full of NaN and fenced, and broken fences abort. */
#ifndef RM_SHIM_CUDA_RUNTIME_H
#define RM_SHIM_CUDA_RUNTIME_H

#include <functional>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define __global__
#define __device__
#define __shared__ static /* one block at a time */
#define __launch_bounds__(n)

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {
    }
};

struct double2 {
    double x, y;
};

extern dim3 threadIdx, blockIdx, blockDim, gridDim;

void rm_shim_launch(dim3 blocks, dim3 threads, size_t shared,
                    const std::function<void()> &body);
void *rm_shim_shared();
void __syncthreads();

/* Of the lanes of a warp all bring a value of at most 8 bytes, and each gets that of another. */
void rm_shim_exchange(void *value, size_t size, unsigned from);
unsigned rm_shim_lane();

template <class T> T __shfl_sync(unsigned, T value, int from) {
    rm_shim_exchange(&value, sizeof value, (unsigned)from);
    return value;
}

template <class T> T __shfl_xor_sync(unsigned, T value, int step) {
    rm_shim_exchange(&value, sizeof value, rm_shim_lane() ^ (unsigned)step);
    return value;
}

typedef enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorMemoryAllocation = 2,
    cudaErrorNoDevice = 100,
    cudaErrorLaunchFailure = 719,
    cudaErrorStreamCaptureUnsupported = 900,
    cudaErrorStreamCaptureInvalidated = 901
} cudaError_t;

typedef struct shim_stream *cudaStream_t;
enum { cudaStreamNonBlocking = 1 };
typedef enum { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2 } cudaMemcpyKind;

struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem;
    int multiProcessorCount, major, minor;
};

const char *cudaGetErrorName(cudaError_t error);
const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int index);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *about, int index);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
typedef struct shim_graph *cudaGraph_t;
typedef struct shim_graph *cudaGraphExec_t;
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal = 1 };
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *out, cudaGraph_t graph,
                                          unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph);
typedef double *cudaEvent_t;
cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t begin, cudaEvent_t end);
cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
cudaError_t cudaMalloc(void **base, size_t bytes);
cudaError_t cudaFree(void *base);
cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind);

#endif
