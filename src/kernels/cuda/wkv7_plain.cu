/* The recurrence for any head size, a block a head of a row. States lie in the workspace; a thread
 * has every so many rows, and for the sums over the rows every so many columns. As many blocks run as
 * the GPU has room for, each with a piece of the workspace of its own, so that its size does not
 * grow with the batch. */
#include "kernels/cuda/wkv7.cuh"

#define PLAIN_THREADS 128
#define PLAIN_BLOCKS 4 /* for each multiprocessor */

__device__ static int64_t first_of(int64_t head, int64_t T, int64_t H, int64_t N) {
    return (head / H * T * H + head % H) * N;
}

/* Row i of `next` from row i of `s`, which may be the same; returns what the token removes. */
template <class F>
__device__ static float step_row(float *next, const float *s, rm_wkv7_inputs<F> x, int64_t at,
                                 float v, int64_t N) {
    float removed = 0;
    for (int64_t j = 0; j < N; j++)
        removed += s[j] * rm_get(x.alpha[at + j]);
    for (int64_t j = 0; j < N; j++)
        next[j] = s[j] * rm_get(x.decay[at + j]) + removed * rm_get(x.beta[at + j]) +
                  v * rm_get(x.k[at + j]);
    return removed;
}

/* Rows do not meet: no barrier but none is needed. */
template <class F>
__global__ void plain_forward_kernel(float *y, float *state_out, float *checkpoints,
                                     const float *state_in, rm_wkv7_inputs<F> x, float *room,
                                     int64_t heads, int64_t T, int64_t H, int64_t N,
                                     int64_t per_head) {
    float *states = room + blockIdx.x * N * N;
    for (int64_t head = blockIdx.x; head < heads; head += gridDim.x) {
        int64_t first = first_of(head, T, H, N);
        for (int64_t i = threadIdx.x; i < N; i += blockDim.x) {
            float *s = states + i * N;
            for (int64_t j = 0; j < N; j++)
                s[j] = state_in ? state_in[(head * N + i) * N + j] : 0;
            for (int64_t t = 0; t < T; t++) {
                int64_t at = first + t * H * N;
                float out = 0;
                if (checkpoints && t && t % RM_WKV7_CHUNK == 0)
                    for (int64_t j = 0; j < N; j++)
                        checkpoints[((head * per_head + t / RM_WKV7_CHUNK - 1) * N + i) * N +
                                    j] = s[j];
                step_row(s, s, x, at, x.v[at + i], N);
                for (int64_t j = 0; j < N; j++)
                    out += s[j] * x.r[at + j];
                y[at + i] = out;
            }
            for (int64_t j = 0; state_out && j < N; j++)
                state_out[(head * N + i) * N + j] = s[j];
        }
    }
}

template <class F>
void rm_wkv7_plain_forward(float *y, float *state_out, float *checkpoints,
                           const float *state_in, rm_wkv7_inputs<F> x, int64_t B, int64_t T,
                           int64_t H, int64_t N) {
    rm_cuda_turn turn;
    unsigned blocks = rm_grid(B * H, PLAIN_BLOCKS * rm_cuda_processors());
    float *room = (float *)rm_cuda_workspace(blocks * (size_t)(N * N) * sizeof(float));
    if (room)
        rm_launch("wkv7_forward", plain_forward_kernel<F>, blocks, PLAIN_THREADS, 0, y,
                  state_out, checkpoints, state_in, x, room, B * H, T, H, N, rm_wkv7_saved(T));
}

/* A block's piece: the gradient of the state, the states around the tokens of a chunk, what each of
 * them removed, and the gradient of that. */
struct plain_room {
    float *g, *states, *removed, *dremoved;
};

static int64_t plain_room_size(int64_t N) {
    return N * N + (RM_WKV7_CHUNK + 1) * N * N + RM_WKV7_CHUNK * N + N;
}

__device__ static plain_room room_at(float *room, int64_t N) {
    float *states = room + N * N, *removed = states + (RM_WKV7_CHUNK + 1) * N * N;
    return {room, states, removed, removed + RM_WKV7_CHUNK * N};
}

/* By rows: G += dy r', dv, and what was removed: its gradient. */
template <class F>
__device__ static void rows_back(plain_room room, rm_wkv7_gradients d,
                                 const typename F::value *dy, rm_wkv7_inputs<F> x, int64_t at,
                                 int64_t N) {
    for (int64_t i = threadIdx.x; i < N; i += blockDim.x) {
        float *g = room.g + i * N, dv = 0, dremoved = 0;
        for (int64_t j = 0; j < N; j++) {
            g[j] += rm_get(dy[at + i]) * x.r[at + j];
            dv += g[j] * rm_get(x.k[at + j]);
            dremoved += g[j] * rm_get(x.beta[at + j]);
        }
        d.v[at + i] += dv;
        room.dremoved[i] = dremoved;
    }
}

/* By columns: the sums over the rows, and G handed on to the token before. */
template <class F>
__device__ static void columns_back(plain_room room, rm_wkv7_gradients d,
                                    const typename F::value *dy, rm_wkv7_inputs<F> x,
                                    int64_t at, int64_t t, int64_t N) {
    const float *before = room.states + t * N * N, *after = before + N * N;
    const float *removed = room.removed + t * N;
    for (int64_t j = threadIdx.x; j < N; j += blockDim.x) {
        float dr = 0, dk = 0, dbeta = 0, ddecay = 0, dalpha = 0;
        for (int64_t i = 0; i < N; i++) {
            float *g = room.g + i * N + j;
            dr += after[i * N + j] * rm_get(dy[at + i]);
            dk += *g * x.v[at + i];
            dbeta += *g * removed[i];
            ddecay += *g * before[i * N + j];
            dalpha += before[i * N + j] * room.dremoved[i];
            *g = *g * rm_get(x.decay[at + j]) + room.dremoved[i] * rm_get(x.alpha[at + j]);
        }
        d.r[at + j] += dr;
        d.k[at + j] += dk;
        d.beta[at + j] = dbeta;
        d.decay[at + j] = ddecay;
        d.alpha[at + j] = dalpha;
    }
}

template <class F>
__global__ void
plain_backward_kernel(rm_wkv7_gradients d, float *dstate_in, const typename F::value *dy,
                      const float *dstate_out, const float *checkpoints, const float *state_in,
                      rm_wkv7_inputs<F> x, float *rooms, int64_t room_size, int64_t heads,
                      int64_t T, int64_t H, int64_t N, int64_t per_head) {
    plain_room room = room_at(rooms + blockIdx.x * room_size, N);
    for (int64_t head = blockIdx.x; head < heads; head += gridDim.x) {
        int64_t first = first_of(head, T, H, N);
        __syncthreads();
        for (int64_t i = threadIdx.x; i < N * N; i += blockDim.x)
            room.g[i] = dstate_out ? dstate_out[head * N * N + i] : 0;
        for (int64_t chunk = (T - 1) / RM_WKV7_CHUNK; chunk >= 0; chunk--) {
            int64_t from = chunk * RM_WKV7_CHUNK;
            int64_t n = T - from < RM_WKV7_CHUNK ? T - from : RM_WKV7_CHUNK;
            const float *saved = chunk ? checkpoints + (head * per_head + chunk - 1) * N * N
                                 : state_in ? state_in + head * N * N
                                            : NULL;
            __syncthreads();
            for (int64_t i = threadIdx.x; i < N; i += blockDim.x) {
                for (int64_t j = 0; j < N; j++)
                    room.states[i * N + j] = saved ? saved[i * N + j] : 0;
                for (int64_t t = 0; t < n; t++) {
                    int64_t at = first + (from + t) * H * N;
                    float *s = room.states + (t * N + i) * N;
                    room.removed[t * N + i] = step_row(s + N * N, s, x, at, x.v[at + i], N);
                }
            }
            for (int64_t t = n - 1; t >= 0; t--) {
                int64_t at = first + (from + t) * H * N;
                __syncthreads();
                rows_back(room, d, dy, x, at, N);
                __syncthreads();
                columns_back(room, d, dy, x, at, t, N);
            }
        }
        __syncthreads();
        for (int64_t i = threadIdx.x; dstate_in && i < N * N; i += blockDim.x)
            dstate_in[head * N * N + i] = room.g[i];
    }
}

template <class F>
void rm_wkv7_plain_backward(rm_wkv7_gradients d, float *dstate_in, const typename F::value *dy,
                            const float *dstate_out, const float *checkpoints,
                            const float *state_in, rm_wkv7_inputs<F> x, int64_t B, int64_t T,
                            int64_t H, int64_t N) {
    rm_cuda_turn turn;
    unsigned blocks = rm_grid(B * H, PLAIN_BLOCKS * rm_cuda_processors());
    int64_t size = plain_room_size(N);
    float *rooms = (float *)rm_cuda_workspace(blocks * (size_t)size * sizeof(float));
    if (rooms)
        rm_launch("wkv7_backward", plain_backward_kernel<F>, blocks, PLAIN_THREADS, 0, d,
                  dstate_in, dy, dstate_out, checkpoints, state_in, x, rooms, size, B * H, T, H,
                  N, rm_wkv7_saved(T));
}

template void rm_wkv7_plain_forward<rm_wide>(float *, float *, float *, const float *,
                                             rm_wkv7_inputs<rm_wide>, int64_t, int64_t, int64_t,
                                             int64_t);
template void rm_wkv7_plain_forward<rm_half>(float *, float *, float *, const float *,
                                             rm_wkv7_inputs<rm_half>, int64_t, int64_t, int64_t,
                                             int64_t);
template void rm_wkv7_plain_backward<rm_wide>(rm_wkv7_gradients, float *, const float *,
                                              const float *, const float *, const float *,
                                              rm_wkv7_inputs<rm_wide>, int64_t, int64_t,
                                              int64_t, int64_t);
template void rm_wkv7_plain_backward<rm_half>(rm_wkv7_gradients, float *, const rm_bf16 *,
                                              const float *, const float *, const float *,
                                              rm_wkv7_inputs<rm_half>, int64_t, int64_t,
                                              int64_t, int64_t);
