/* Repeated work as a CUDA graph: called at first, which makes the workspace as large as it will be
 * and loads what the kernels need; recorded at the second time, if it can be; launched from then on. What a
 * GPU refuses to record is called each time. */
#include "kernels/cuda/context.cuh"

#include <new>

struct rm_repeated {
    cudaGraphExec_t graph; /* NULL: none yet */
    bool refused;          /* there will be none */
    int64_t workspace;     /* rm_cuda_workspace_age of what it uses */
};

/* A refusal is no failure of the work. */
static bool is_fine(cudaError_t error) {
    if (error != cudaSuccess)
        (void)cudaGetLastError();
    return error == cudaSuccess;
}

static void drop_graph(rm_repeated *repeated) {
    if (repeated->graph)
        (void)is_fine(cudaGraphExecDestroy(repeated->graph));
    repeated->graph = NULL;
}

/* Calls `work` while the stream takes notes instead of working. */
static bool record(rm_repeated *repeated, void (*work)(void *arg), void *arg) {
    cudaGraph_t notes = NULL;
    cudaStream_t stream = rm_cuda_stream();
    if (!is_fine(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal)))
        return false;
    rm_cuda_begin_recording();
    work(arg);
    bool fine = rm_cuda_end_recording();
    fine = is_fine(cudaStreamEndCapture(stream, &notes)) && fine;
    fine = fine && is_fine(cudaGraphInstantiateWithFlags(&repeated->graph, notes, 0));
    if (notes)
        (void)is_fine(cudaGraphDestroy(notes));
    if (!fine)
        repeated->graph = NULL;
    return fine;
}

void rm_cuda_repeat(rm_repeated **at, void (*work)(void *arg), void *arg) {
    rm_cuda_turn turn;
    bool first = !*at;
    if (first)
        *at = new (std::nothrow) rm_repeated();
    rm_repeated *repeated = *at;
    if (!repeated || first || repeated->workspace != rm_cuda_workspace_age()) {
        work(arg);
        if (repeated) {
            drop_graph(repeated); /* it would use a workspace that is gone */
            repeated->workspace = rm_cuda_workspace_age();
        }
        return;
    }
    if (!repeated->graph && !repeated->refused)
        repeated->refused = rm_cuda_failed() || !record(repeated, work, arg);
    if (repeated->graph)
        rm_cuda_note("cudaGraphLaunch", cudaGraphLaunch(repeated->graph, rm_cuda_stream()));
    else
        work(arg);
}

void rm_cuda_forget(rm_repeated *repeated) {
    rm_cuda_turn turn;
    if (repeated)
        drop_graph(repeated);
    delete repeated;
}
