/* E6 and E8: the RWKV-7 recurrence and its gradient, a block a head of a row.
 *
 * Rows of the state do not meet in the recurrence, so a thread that holds a row runs it alone; what
 * backward sums over the rows is a thread's own sum once it holds a column. Head sizes 32 and 64
 * keep rows and columns in registers; the others go through wkv7_plain.cu.
 *
 * States are never rebuilt by dividing by the decay: forward saves one every RM_WKV7_CHUNK tokens,
 * [value][key]. Backward runs a chunk forward from there (rows), keeping what each token removed and
 * the state before every stretch of tokens in shared memory, and comes back through the stretches
 * (columns), each state run forward from the start of its stretch. */
#include "kernels/cuda/wkv7.cuh"

#define TILE 8 /* tokens whose vectors are in shared memory at once */

/* Vectors from .. from + n of a head into tile[.][N]; a barrier before and after. */
template <int N, class X>
__device__ static void load_tile(float (*tile)[N], const X *x, int64_t from, int n,
                                 int64_t stride) {
    for (int t = 0; t < n; t++)
        tile[t][threadIdx.x] = rm_get(x[(from + t) * stride + threadIdx.x]);
}

/* One token of one row: returns what it removes along alpha. */
template <int N>
__device__ static inline float step_row(float (&s)[N], const float *decay, const float *k,
                                        const float *alpha, const float *beta, float v) {
    float removed = 0;
#pragma unroll
    for (int j = 0; j < N; j++)
        removed += s[j] * alpha[j];
#pragma unroll
    for (int j = 0; j < N; j++)
        s[j] = s[j] * decay[j] + removed * beta[j] + v * k[j];
    return removed;
}

template <int N, class F>
__global__ void __launch_bounds__(N)
    wkv7_forward_kernel(float *y, float *state_out, float *checkpoints, const float *state_in,
                        rm_wkv7_inputs<F> x, int64_t T, int64_t H, int64_t per_head) {
    __shared__ float r[TILE][N], decay[TILE][N], k[TILE][N], alpha[TILE][N], beta[TILE][N];
    int64_t head = blockIdx.x, first = (head / H * T * H + head % H) * N, stride = H * N;
    int i = (int)threadIdx.x;
    float s[N];
    for (int j = 0; j < N; j++)
        s[j] = state_in ? state_in[(head * N + i) * N + j] : 0;
    for (int64_t from = 0; from < T; from += TILE) {
        int n = (int)(T - from < TILE ? T - from : TILE);
        __syncthreads();
        load_tile(r, x.r + first, from, n, stride);
        load_tile(decay, x.decay + first, from, n, stride);
        load_tile(k, x.k + first, from, n, stride);
        load_tile(alpha, x.alpha + first, from, n, stride);
        load_tile(beta, x.beta + first, from, n, stride);
        __syncthreads();
        if (checkpoints && from && from % RM_WKV7_CHUNK == 0)
            for (int j = 0; j < N; j++)
                checkpoints[(head * per_head + from / RM_WKV7_CHUNK - 1) * N * N + i * N + j] =
                    s[j];
        for (int t = 0; t < n; t++) {
            int64_t at = first + (from + t) * stride + i;
            step_row<N>(s, decay[t], k[t], alpha[t], beta[t], x.v[at]);
            float out = 0;
#pragma unroll
            for (int j = 0; j < N; j++)
                out += s[j] * r[t][j];
            y[at] = out;
        }
    }
    if (state_out)
        for (int j = 0; j < N; j++)
            state_out[(head * N + i) * N + j] = s[j];
}

/* Shared memory of backward: the state before each stretch (rows N + 1 apart, so that columns are read
 * without conflicts), what each token of a chunk removed, and a tile of the seven vectors. */
template <int N, int STRETCH> struct backward_room {
    float states[RM_WKV7_CHUNK / STRETCH][N][N + 1];
    float removed[RM_WKV7_CHUNK][N];
    float r[STRETCH][N], decay[STRETCH][N], k[STRETCH][N], v[STRETCH][N];
    float alpha[STRETCH][N], beta[STRETCH][N], dy[STRETCH][N];
    float dremoved[2][N];
};

/* A chunk forward by rows, from the state in `s`. */
template <int N, int STRETCH, class F>
__device__ static void run_chunk(backward_room<N, STRETCH> *room, float (&s)[N],
                                 rm_wkv7_inputs<F> x, int64_t at, int n, int64_t stride) {
    int i = (int)threadIdx.x;
    for (int from = 0; from < n; from += STRETCH) {
        int some = n - from < STRETCH ? n - from : STRETCH;
        for (int j = 0; j < N; j++)
            room->states[from / STRETCH][i][j] = s[j];
        __syncthreads();
        load_tile(room->decay, x.decay + at, from, some, stride);
        load_tile(room->k, x.k + at, from, some, stride);
        load_tile(room->alpha, x.alpha + at, from, some, stride);
        load_tile(room->beta, x.beta + at, from, some, stride);
        __syncthreads();
        for (int t = 0; t < some; t++)
            room->removed[from + t][i] =
                step_row<N>(s, room->decay[t], room->k[t], room->alpha[t], room->beta[t],
                            x.v[at + (from + t) * stride + i]);
    }
    __syncthreads();
}

/* Column i of the state after token t of a stretch, from the column before it. */
template <int N, int STRETCH>
__device__ static inline void step_column(const backward_room<N, STRETCH> *room, float (&s)[N],
                                          int t, const float *removed) {
    int i = (int)threadIdx.x;
    float decay = room->decay[t][i], beta = room->beta[t][i], k = room->k[t][i];
#pragma unroll
    for (int j = 0; j < N; j++)
        s[j] = s[j] * decay + removed[j] * beta + room->v[t][j] * k;
}

/* E8 for one token: row and column are those of dL/dS_t on entry and of dL/dS_{t-1} on return. */
template <int N, int STRETCH>
__device__ static void step_back(backward_room<N, STRETCH> *room, float (&row)[N],
                                 float (&column)[N], rm_wkv7_gradients d, int64_t at,
                                 int stretch, int t) {
    int i = (int)threadIdx.x;
    float s[N], dr = 0, dk = 0, dv = 0, dbeta = 0, ddecay = 0, dalpha = 0, dremoved = 0;
    for (int j = 0; j < N; j++)
        s[j] = room->states[stretch][j][i];
    for (int u = 0; u < t; u++)
        step_column(room, s, u, room->removed[stretch * STRETCH + u]);
    const float *removed = room->removed[stretch * STRETCH + t];
    float r = room->r[t][i], decay = room->decay[t][i], k = room->k[t][i];
    float alpha = room->alpha[t][i], beta = room->beta[t][i], dy = room->dy[t][i];
#pragma unroll
    for (int j = 0; j < N; j++) {
        float after = s[j] * decay + removed[j] * beta + room->v[t][j] * k;
        dr += after * room->dy[t][j];
        column[j] += room->dy[t][j] * r;
        dk += column[j] * room->v[t][j];
        dbeta += column[j] * removed[j];
        ddecay += column[j] * s[j];
    }
#pragma unroll
    for (int j = 0; j < N; j++) {
        row[j] += dy * room->r[t][j];
        dv += row[j] * room->k[t][j];
        dremoved += row[j] * room->beta[t][j];
    }
    /* Two in turn: who is ahead writes the next while others read this one. */
    float *shared = room->dremoved[t & 1];
    shared[i] = dremoved;
    __syncthreads();
#pragma unroll
    for (int j = 0; j < N; j++) {
        dalpha += s[j] * shared[j];
        column[j] = column[j] * decay + shared[j] * alpha;
    }
#pragma unroll
    for (int j = 0; j < N; j++)
        row[j] = row[j] * room->decay[t][j] + dremoved * room->alpha[t][j];
    d.r[at + i] += dr;
    d.k[at + i] += dk;
    d.v[at + i] += dv;
    d.decay[at + i] = ddecay;
    d.alpha[at + i] = dalpha;
    d.beta[at + i] = dbeta;
}

template <int N, int STRETCH, class F>
__global__ void __launch_bounds__(N)
    wkv7_backward_kernel(rm_wkv7_gradients d, float *dstate_in, const typename F::value *dy,
                         const float *dstate_out, const float *checkpoints,
                         const float *state_in, rm_wkv7_inputs<F> x, int64_t T, int64_t H,
                         int64_t per_head) {
    RM_DYNAMIC_SHARED(shared);
    backward_room<N, STRETCH> *room = (backward_room<N, STRETCH> *)shared;
    int64_t head = blockIdx.x, first = (head / H * T * H + head % H) * N, stride = H * N;
    int i = (int)threadIdx.x;
    float row[N], column[N];
    for (int j = 0; j < N; j++) {
        row[j] = dstate_out ? dstate_out[(head * N + i) * N + j] : 0;
        column[j] = dstate_out ? dstate_out[(head * N + j) * N + i] : 0;
    }
    for (int64_t chunk = (T - 1) / RM_WKV7_CHUNK; chunk >= 0; chunk--) {
        int64_t from = chunk * RM_WKV7_CHUNK, at = first + from * stride;
        int n = (int)(T - from < RM_WKV7_CHUNK ? T - from : RM_WKV7_CHUNK);
        const float *saved = chunk      ? checkpoints + (head * per_head + chunk - 1) * N * N
                             : state_in ? state_in + head * N * N
                                        : NULL;
        __syncthreads(); /* of the chunk behind, all have read */
        {
            float s[N];
            for (int j = 0; j < N; j++)
                s[j] = saved ? saved[i * N + j] : 0;
            run_chunk(room, s, x, at, n, stride);
        }
        for (int stretch = (n - 1) / STRETCH; stretch >= 0; stretch--) {
            int begin = stretch * STRETCH, some = n - begin < STRETCH ? n - begin : STRETCH;
            __syncthreads();
            load_tile(room->r, x.r + at, begin, some, stride);
            load_tile(room->decay, x.decay + at, begin, some, stride);
            load_tile(room->k, x.k + at, begin, some, stride);
            load_tile(room->v, x.v + at, begin, some, stride);
            load_tile(room->alpha, x.alpha + at, begin, some, stride);
            load_tile(room->beta, x.beta + at, begin, some, stride);
            load_tile(room->dy, dy + at, begin, some, stride);
            __syncthreads();
            for (int t = some - 1; t >= 0; t--)
                step_back(room, row, column, d, at + (begin + t) * stride, stretch, t);
        }
    }
    if (dstate_in)
        for (int j = 0; j < N; j++)
            dstate_in[(head * N + i) * N + j] = row[j];
}

template <class F>
static rm_wkv7_inputs<F> inputs(const float *r, const float *decay, const float *k,
                                const float *v, const float *alpha, const float *beta) {
    typedef typename F::value value;
    return {r,
            (const typename F::decay *)decay,
            (const value *)k,
            v,
            (const value *)alpha,
            (const value *)beta};
}

template <int N, class F>
static void forward_for(float *y, float *state_out, float *checkpoints, const float *state_in,
                        rm_wkv7_inputs<F> x, int64_t B, int64_t T, int64_t H) {
    rm_launch("wkv7_forward", wkv7_forward_kernel<N, F>, (unsigned)(B * H), N, 0, y, state_out,
              checkpoints, state_in, x, T, H, rm_wkv7_saved(T));
}

template <int N, int STRETCH, class F>
static void backward_for(rm_wkv7_gradients d, float *dstate_in, const typename F::value *dy,
                         const float *dstate_out, const float *checkpoints,
                         const float *state_in, rm_wkv7_inputs<F> x, int64_t B, int64_t T,
                         int64_t H) {
    rm_launch("wkv7_backward", wkv7_backward_kernel<N, STRETCH, F>, (unsigned)(B * H), N,
              sizeof(backward_room<N, STRETCH>), d, dstate_in, dy, dstate_out, checkpoints,
              state_in, x, T, H, rm_wkv7_saved(T));
}

/* Any head size; PLAIN: none in registers. */
template <class F, bool PLAIN>
static void forward(rm_real *y, rm_real *state_out, rm_real *checkpoints,
                    const rm_real *state_in, const rm_real *r, const rm_real *decay,
                    const rm_real *k, const rm_real *v, const rm_real *alpha,
                    const rm_real *beta, rm_real *scratch, int64_t B, int64_t T, int64_t H,
                    int64_t N) {
    (void)scratch;
    rm_wkv7_inputs<F> x = inputs<F>(r, decay, k, v, alpha, beta);
    if (N == 64 && !PLAIN)
        forward_for<64>(y, state_out, checkpoints, state_in, x, B, T, H);
    else if (N == 32 && !PLAIN)
        forward_for<32>(y, state_out, checkpoints, state_in, x, B, T, H);
    else
        rm_wkv7_plain_forward(y, state_out, checkpoints, state_in, x, B, T, H, N);
}

template <class F, bool PLAIN>
static void
backward(rm_real *dr, rm_real *ddecay, rm_real *dk, rm_real *dv, rm_real *dalpha,
         rm_real *dbeta, rm_real *dstate_in, const rm_real *dy_at, const rm_real *dstate_out,
         const rm_real *checkpoints, const rm_real *state_in, const rm_real *r,
         const rm_real *decay, const rm_real *k, const rm_real *v, const rm_real *alpha,
         const rm_real *beta, rm_real *scratch, int64_t B, int64_t T, int64_t H, int64_t N) {
    (void)scratch;
    rm_wkv7_inputs<F> x = inputs<F>(r, decay, k, v, alpha, beta);
    rm_wkv7_gradients d = {dr, ddecay, dk, dv, dalpha, dbeta};
    const typename F::value *dy = (const typename F::value *)dy_at;
    if (N == 64 && !PLAIN)
        backward_for<64, 8, F>(d, dstate_in, dy, dstate_out, checkpoints, state_in, x, B, T, H);
    else if (N == 32 && !PLAIN)
        backward_for<32, 4, F>(d, dstate_in, dy, dstate_out, checkpoints, state_in, x, B, T, H);
    else
        rm_wkv7_plain_backward(d, dstate_in, dy, dstate_out, checkpoints, state_in, x, B, T, H,
                               N);
}

extern "C" void rm_cuda_wkv7_forward(rm_real *y, rm_real *state_out, rm_real *checkpoints,
                                     const rm_real *state_in, const rm_real *r,
                                     const rm_real *decay, const rm_real *k, const rm_real *v,
                                     const rm_real *alpha, const rm_real *beta,
                                     rm_real *scratch, int64_t B, int64_t T, int64_t H,
                                     int64_t N) {
    forward<rm_wide, false>(y, state_out, checkpoints, state_in, r, decay, k, v, alpha, beta,
                            scratch, B, T, H, N);
}

extern "C" void rm_cuda_wkv7_backward(rm_real *dr, rm_real *ddecay, rm_real *dk, rm_real *dv,
                                      rm_real *dalpha, rm_real *dbeta, rm_real *dstate_in,
                                      const rm_real *dy, const rm_real *dstate_out,
                                      const rm_real *checkpoints, const rm_real *state_in,
                                      const rm_real *r, const rm_real *decay, const rm_real *k,
                                      const rm_real *v, const rm_real *alpha,
                                      const rm_real *beta, rm_real *scratch, int64_t B,
                                      int64_t T, int64_t H, int64_t N) {
    backward<rm_wide, false>(dr, ddecay, dk, dv, dalpha, dbeta, dstate_in, dy, dstate_out,
                             checkpoints, state_in, r, decay, k, v, alpha, beta, scratch, B, T,
                             H, N);
}

void rm_cuda_halve_wkv7(rm_kernels *table) {
    table->wkv7_forward = forward<rm_half, false>;
    table->wkv7_backward = backward<rm_half, false>;
}

void rm_cuda_plain_wkv7(rm_kernels *table) {
    table->wkv7_forward = forward<rm_wide, true>;
    table->wkv7_backward = backward<rm_wide, true>;
}
