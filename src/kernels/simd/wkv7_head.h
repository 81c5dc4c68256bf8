/* E6 and E8 for heads of N channels, RM_WKV7_CHUNK tokens at a time. Included once for each N
 * by wkv7_chunk.c, which has the equations and says what the names mean. */

#if N < MOST_LANES
#define LANES 8
#else
#define LANES MOST_LANES
#endif
#define VEC RM_NAME(vec, LANES)
#define LOAD RM_NAME(load, LANES)
#define STORE RM_NAME(store, LANES)
#define TRANSPOSE RM_NAME(transpose, LANES)
#define HEAD(name) RM_NAME(name##_, N)
#define ROOM HEAD(room)

/* Everything of a chunk. A pair of tiles is 16 rows: 8 tokens of the one, 8 of the other. */
typedef struct ROOM {
    float ar[TILES][PAIR][N], bk[TILES][PAIR][N], uv[TILES][PAIR][N], wy[TILES][PAIR][N];
    float dar[TILES][PAIR][N], dbk[TILES][PAIR][N];
    float art[TILES][N][PAIR], wyt[N][PAIR];
    float scores[TILES][TILES][PAIR][PAIR], dscores[PAIR][PAIR];
    float product[RM_WKV7_CHUNK + 1][N], inverse[RM_WKV7_CHUNK][N], dproduct[N];
    float state_t[N][N], g_t[N][N]; /* [value][key]; without _t: [key][value] */
    float (*state)[N], (*g)[N], start[N][N];
} ROOM;

/* to[columns][rows] = from[rows][columns]', both dense, in blocks of LANES. */
RM_INLINE void HEAD(transpose)(float *to, const float *from, int rows, int columns) {
    for (int i = 0; i < rows; i += LANES)
        for (int j = 0; j < columns; j += LANES) {
            VEC x[LANES];
            RM_UNROLL
            for (int l = 0; l < LANES; l++)
                x[l] = LOAD(from + (i + l) * columns + j);
            TRANSPOSE(x);
            RM_UNROLL
            for (int l = 0; l < LANES; l++)
                STORE(to + (j + l) * rows + i, x[l]);
        }
}

/* out[o][..width) (+)= sum over x < terms of factor[o * so + x * sx] * rows[x][..width). The
 * sums stand in registers: 16 of 32, or 8 of 16. */
RM_INLINE void HEAD(multiply)(float *out, int outs, int width, const float *factor, int so,
                              int sx, const float *rows, int terms, int add) {
    const int wide = width >= 2 * LANES ? 2 : 1;
    const int high = outs < REGISTERS / 2 / wide ? outs : REGISTERS / 2 / wide;
    for (int c = 0; c < width; c += wide * LANES)
        for (int o = 0; o < outs; o += high) {
            VEC sum[REGISTERS / 2];
            float *to = out + o * width + c;
            if (add) {
                RM_UNROLL
                for (int i = 0; i < high * wide; i++)
                    sum[i] = LOAD(to + i / wide * width + i % wide * LANES);
            } else {
                RM_UNROLL
                for (int i = 0; i < high * wide; i++)
                    sum[i] = (VEC){0};
            }
            for (int x = 0; x < terms; x++) {
                const float *row = rows + x * width + c;
                VEC first = LOAD(row), last = LOAD(row + (wide - 1) * LANES);
                RM_UNROLL
                for (int i = 0; i < high; i++) {
                    float f = factor[(o + i) * so + x * sx];
                    sum[i * wide] += f * first;
                    if (wide == 2)
                        sum[i * wide + 1] += f * last;
                }
            }
            RM_UNROLL
            for (int i = 0; i < high * wide; i++)
                STORE(to + i / wide * width + i % wide * LANES, sum[i]);
        }
}

/* The same for one tile on the diagonal: sum[o] += factor * rows[x] for x <= o (x < o if
 * strict) or, upwards, for x >= o (x > o). */
RM_INLINE void HEAD(triangle)(VEC *sum, const float *factor, int so, int sx, const float *rows,
                              int upwards, int strict) {
    RM_UNROLL
    for (int x = 0; x < TILE; x++) {
        VEC row = LOAD(rows + x * N);
        RM_UNROLL
        for (int o = 0; o < TILE; o++)
            if (upwards ? o + strict <= x : o >= x + strict)
                sum[o] += factor[o * so + x * sx] * row;
    }
}

RM_INLINE void HEAD(begin)(VEC *sum, const float *from, int add) {
    RM_UNROLL
    for (int o = 0; o < TILE; o++)
        sum[o] = add ? LOAD(from + o * N) : (VEC){0};
}

RM_INLINE void HEAD(finish)(float *to, const VEC *sum) {
    RM_UNROLL
    for (int o = 0; o < TILE; o++)
        STORE(to + o * N, sum[o]);
}

/* U of a tile: what came before is in u, the tile's own tokens follow. */
static void HEAD(solve_removed)(float *uv, const float *u, const float *m, int add) {
    for (int c = 0; c < N; c += LANES) {
        VEC sum[TILE];
        HEAD(begin)(sum, u + c, add);
        HEAD(triangle)(sum, m + TILE * PAIR, 1, PAIR, uv + TILE * N + c, 0, 1);
        RM_UNROLL
        for (int s = 0; s < TILE; s++)
            RM_UNROLL
        for (int t = s + 1; t < TILE; t++)
            sum[t] += m[s * PAIR + t] * sum[s];
        HEAD(finish)(uv + c, sum);
    }
}

/* Y of a tile, once its U is known. */
static void HEAD(read_out)(float *y, const float *uv, const float *m, int add) {
    for (int c = 0; c < N; c += LANES) {
        VEC sum[TILE];
        HEAD(begin)(sum, y + c, add);
        HEAD(triangle)(sum, m + TILE, 1, PAIR, uv + c, 0, 0);
        HEAD(triangle)(sum, m + TILE * PAIR + TILE, 1, PAIR, uv + TILE * N + c, 0, 0);
        HEAD(finish)(y + c, sum);
    }
}

/* W and dV of a tile; what later tiles add is in du. W goes to wy, dV stays in du's second
 * half. */
static void HEAD(solve_gradient)(float *wy, float *du, const float *m, int add) {
    for (int c = 0; c < N; c += LANES) {
        VEC sum[TILE];
        HEAD(begin)(sum, du + c, add);
        HEAD(triangle)(sum, m + TILE, PAIR, 1, wy + TILE * N + c, 1, 0);
        RM_UNROLL
        for (int t = TILE - 1; t > 0; t--)
            RM_UNROLL
        for (int s = 0; s < t; s++)
            sum[s] += m[s * PAIR + t] * sum[t];
        HEAD(finish)(wy + c, sum);
        HEAD(begin)(sum, du + TILE * N + c, add);
        HEAD(triangle)(sum, m + TILE * PAIR + TILE, PAIR, 1, wy + TILE * N + c, 1, 0);
        HEAD(triangle)(sum, m + TILE * PAIR, PAIR, 1, wy + c, 1, 1);
        HEAD(finish)(du + TILE * N + c, sum);
    }
}

/* dA and dR of a tile (stacked) from its B and K or, upwards, dB and dK from its A and R. */
RM_INLINE void HEAD(diagonal)(float *out, const float *rows, const float *dm, int upwards,
                              int add) {
    const int so = upwards ? PAIR : 1, sx = upwards ? 1 : PAIR;
    for (int c = 0; c < N; c += LANES)
        RM_UNROLL
    for (int half = 0; half < 2; half++) {
        const float *m = dm + half * TILE * so;
        VEC sum[TILE];
        HEAD(begin)(sum, out + half * TILE * N + c, add);
        HEAD(triangle)(sum, m, so, sx, rows + c, upwards, upwards || !half);
        HEAD(triangle)
        (sum, m + TILE * sx, so, sx, rows + TILE * N + c, upwards, !upwards && !half);
        HEAD(finish)(out + half * TILE * N + c, sum);
    }
}

/* A, R, B, K and V of n tokens, rows of zeros up to a whole tile, and the decays' products. */
static void HEAD(prepare)(ROOM *x, tokens in, int n) {
    for (int c = 0; c < N; c += LANES) {
        VEC product = (VEC){0} + 1.0f, zero = (VEC){0};
        STORE(x->product[0] + c, product);
        for (int t = 0; t < n; t++) {
            int tile = t / TILE, row = t % TILE;
            int64_t at = t * in.stride + c;
            PREFETCH_TOKENS(in, at + N, 0);
            STORE(x->ar[tile][row] + c, LOAD(in.alpha + at) * product);
            product *= LOAD(in.decay + at);
            VEC inverse = 1.0f / product;
            STORE(x->ar[tile][TILE + row] + c, LOAD(in.r + at) * product);
            STORE(x->bk[tile][row] + c, LOAD(in.beta + at) * inverse);
            STORE(x->bk[tile][TILE + row] + c, LOAD(in.k + at) * inverse);
            STORE(x->uv[tile][TILE + row] + c, LOAD(in.v + at));
            STORE(x->product[t + 1] + c, product);
            STORE(x->inverse[t] + c, inverse);
        }
        for (int t = n; t % TILE; t++)
            for (int half = 0; half < PAIR; half += TILE) {
                STORE(x->ar[t / TILE][half + t % TILE] + c, zero);
                STORE(x->bk[t / TILE][half + t % TILE] + c, zero);
                STORE(x->uv[t / TILE][half + t % TILE] + c, zero);
            }
    }
}

/* Scores of the tokens of tile `to` with those of earlier tiles, itself included. */
static void HEAD(score)(ROOM *x, int to) {
    HEAD(transpose)(x->art[to][0], x->ar[to][0], PAIR, N);
    for (int from = 0; from <= to; from++)
        HEAD(multiply)
    (x->scores[to][from][0], PAIR, PAIR, x->bk[from][0], N, 1, x->art[to][0], N, 0);
}

/* matrix (+)= sum over the tokens of left' right, both in pairs of tiles. */
RM_INLINE void HEAD(outer)(float *matrix, const float *left, const float *right, int tiles,
                           int add) {
    const int high = N < PAIR ? N : PAIR;
    for (int j = 0; j < N; j += high)
        HEAD(multiply)(matrix + j * N, high, N, left + j, 1, N, right, tiles * PAIR, add);
}

static void HEAD(scale_keys)(float *matrix, const float *factor) {
    for (int j = 0; j < N; j++)
        for (int c = 0; c < N; c += LANES)
            STORE(matrix + j * N + c, factor[j] * LOAD(matrix + j * N + c));
}

static void HEAD(copy_rows)(float *to, int64_t stride, const float *from, int n) {
    for (int t = 0; t < n; t++)
        for (int c = 0; c < N; c += LANES)
            STORE(to + t * stride + c, LOAD(from + t * N + c));
}

/* n tokens from x->state (0 unless `given`), which becomes the state after them if `wanted`. */
static void HEAD(forward_chunk)(ROOM *x, float *y, tokens in, int n, int given, int wanted) {
    int tiles = (n + TILE - 1) / TILE;
    float *uy = x->dar[0][0];
    HEAD(prepare)(x, in, n);
    for (int to = 0; to < tiles; to++) {
        HEAD(score)(x, to);
        if (given)
            HEAD(multiply)(uy, PAIR, N, x->art[to][0], 1, PAIR, x->state[0], N, 0);
        for (int from = 0; from < to; from++)
            HEAD(multiply)
        (uy, PAIR, N, x->scores[to][from][0], 1, PAIR, x->uv[from][0], PAIR, given || from);
        HEAD(solve_removed)(x->uv[to][0], uy, x->scores[to][to][0], given || to);
        HEAD(read_out)(uy + TILE * N, x->uv[to][0], x->scores[to][to][0], given || to);
        HEAD(copy_rows)
        (y + to * TILE * in.stride, in.stride, uy + TILE * N,
         n - to * TILE < TILE ? n - to * TILE : TILE);
    }
    if (wanted) {
        HEAD(outer)(x->state[0], x->bk[0][0], x->uv[0][0], tiles, given);
        HEAD(scale_keys)(x->state[0], x->product[n]);
    }
}

/* One row. All heads of a chunk come before the next chunk, so that memory is read in order. */
static void HEAD(forward)(ROOM *x, float (*carried)[N][N], float *y, float *state_out,
                          float *checkpoints, const float *state_in, tokens in, int64_t T,
                          int64_t H) {
    for (int64_t h = 0; h < H && state_in; h++)
        HEAD(transpose)(carried[h][0], state_in + h * N * N, N, N);
    for (int64_t t = 0; t < T; t += RM_WKV7_CHUNK) {
        int n = T - t < RM_WKV7_CHUNK ? (int)(T - t) : RM_WKV7_CHUNK;
        for (int64_t h = 0; h < H; h++) {
            int64_t at = t * in.stride + h * N;
            x->state = carried[h];
            if (checkpoints && t)
                memcpy(checkpoints + saved_at(h, t / RM_WKV7_CHUNK, T) * N * N, x->state,
                       sizeof carried[h]);
            HEAD(forward_chunk)
            (x, y + at, tokens_at(in, at), n, t > 0 || state_in, t + n < T || state_out);
        }
    }
    for (int64_t h = 0; h < H && state_out; h++)
        HEAD(transpose)(state_out + h * N * N, carried[h][0], N, N);
}

/* U again, then W; dV goes out. `given`, `later`: x->state and x->g are not zero. */
static void HEAD(backward_values)(ROOM *x, float *dv, int64_t stride, int n, int given,
                                  int later) {
    int tiles = (n + TILE - 1) / TILE;
    float *sums = x->dar[0][0];
    for (int to = 0; to < tiles; to++) {
        HEAD(score)(x, to);
        if (given)
            HEAD(multiply)(sums, TILE, N, x->art[to][0], 1, PAIR, x->state[0], N, 0);
        for (int from = 0; from < to; from++)
            HEAD(multiply)
        (sums, TILE, N, x->scores[to][from][0], 1, PAIR, x->uv[from][0], PAIR, given || from);
        HEAD(solve_removed)(x->uv[to][0], sums, x->scores[to][to][0], given || to);
    }
    for (int from = tiles - 1; from >= 0; from--) {
        if (later)
            HEAD(multiply)(sums, PAIR, N, x->bk[from][0], N, 1, x->g[0], N, 0);
        for (int to = tiles - 1; to > from; to--)
            HEAD(multiply)
        (sums, PAIR, N, x->scores[to][from][0], PAIR, 1, x->wy[to][0], PAIR,
         later || to < tiles - 1);
        HEAD(solve_gradient)
        (x->wy[from][0], sums, x->scores[from][from][0], later || from < tiles - 1);
        for (int t = from * TILE; t < n && t < (from + 1) * TILE; t++)
            for (int c = 0; c < N; c += LANES) {
                float *to = dv + t * stride + c;
                STORE(to, LOAD(to) + LOAD(sums + (TILE + t % TILE) * N + c));
            }
    }
}

/* The part of dB and dK that comes through the state after the chunk, and the gradient of the
 * logarithm of the last product. */
static void HEAD(backward_ends)(ROOM *x, int tiles, int given, int later) {
    memset(x->dproduct, 0, sizeof x->dproduct);
    for (int tile = 0; tile < tiles && later; tile++) {
        HEAD(multiply)(x->dbk[tile][0], PAIR, N, x->uv[tile][0], N, 1, x->g_t[0], N, 0);
        for (int c = 0; c < N; c += LANES) {
            VEC sum = LOAD(x->dproduct + c);
            for (int q = 0; q < PAIR; q++)
                sum += LOAD(x->bk[tile][q] + c) * LOAD(x->dbk[tile][q] + c);
            STORE(x->dproduct + c, sum);
        }
    }
    for (int c = 0; c < N && given && later; c += LANES) {
        VEC sum = LOAD(x->dproduct + c);
        for (int i = 0; i < N; i++)
            sum += LOAD(x->g_t[i] + c) * LOAD(x->state_t[i] + c);
        STORE(x->dproduct + c, sum);
    }
}

static void HEAD(backward_keys)(ROOM *x, int tiles, int given, int later) {
    HEAD(backward_ends)(x, tiles, given, later);
    for (int to = 0; to < tiles; to++) {
        HEAD(transpose)(x->wyt[0], x->wy[to][0], PAIR, N);
        if (given)
            HEAD(multiply)(x->dar[to][0], PAIR, N, x->wyt[0], 1, PAIR, x->state_t[0], N, 0);
        for (int from = 0; from <= to; from++) {
            HEAD(multiply)(x->dscores[0], PAIR, PAIR, x->uv[from][0], N, 1, x->wyt[0], N, 0);
            if (from < to) {
                HEAD(multiply)
                (x->dar[to][0], PAIR, N, x->dscores[0], 1, PAIR, x->bk[from][0], PAIR,
                 given || from);
                HEAD(multiply)
                (x->dbk[from][0], PAIR, N, x->dscores[0], PAIR, 1, x->ar[to][0], PAIR, 1);
            }
        }
        HEAD(diagonal)(x->dar[to][0], x->bk[to][0], x->dscores[0], 0, given || to);
        HEAD(diagonal)(x->dbk[to][0], x->ar[to][0], x->dscores[0], 1, later);
    }
}

static void HEAD(load_dy)(ROOM *x, gradients d, const float *dy, int64_t stride, int n) {
    for (int t = 0; t < (n + TILE - 1) / TILE * TILE; t++)
        for (int c = 0; c < N; c += LANES) {
            __builtin_prefetch(dy + t * stride + c + N);
            PREFETCH_TOKENS(d, t * stride + c, 1);
            STORE(x->wy[t / TILE][TILE + t % TILE] + c,
                  t < n ? LOAD(dy + t * stride + c) : (VEC){0});
        }
}

/* From dA, dR, dB, dK to the gradients of what they were made of. The decay's is a sum over all
 * later products that it is part of; the first token of all has nothing to decay. */
static void HEAD(unscale)(ROOM *x, gradients d, tokens in, int n, int given) {
    for (int c = 0; c < N; c += LANES) {
        VEC sum = LOAD(x->dproduct + c);
        for (int t = n - 1; t >= 0; t--) {
            int tile = t / TILE, row = t % TILE;
            int64_t at = t * in.stride + c;
            VEC after = LOAD(x->product[t + 1] + c), before = LOAD(x->product[t] + c);
            VEC inverse = LOAD(x->inverse[t] + c);
            VEC da = LOAD(x->dar[tile][row] + c), dr = LOAD(x->dar[tile][TILE + row] + c);
            VEC db = LOAD(x->dbk[tile][row] + c), dk = LOAD(x->dbk[tile][TILE + row] + c);
            sum += dr * LOAD(x->ar[tile][TILE + row] + c) - db * LOAD(x->bk[tile][row] + c) -
                   dk * LOAD(x->bk[tile][TILE + row] + c);
            STORE(d.decay + at, t || given ? sum * (before * inverse) : (VEC){0});
            sum += da * LOAD(x->ar[tile][row] + c);
            STORE(d.alpha + at, da * before);
            STORE(d.beta + at, db * inverse);
            STORE(d.r + at, LOAD(d.r + at) + dr * after);
            STORE(d.k + at, LOAD(d.k + at) + dk * inverse);
        }
    }
}

/* x->g: gradient of the state after the chunk, then, if `wanted`, of the state before. */
static void HEAD(backward_chunk)(ROOM *x, gradients d, const float *dy, tokens in, int n,
                                 int given, int later, int wanted) {
    int tiles = (n + TILE - 1) / TILE;
    HEAD(prepare)(x, in, n);
    HEAD(load_dy)(x, d, dy, in.stride, n);
    if (later) {
        HEAD(scale_keys)(x->g[0], x->product[n]);
        HEAD(transpose)(x->g_t[0], x->g[0], N, N);
    }
    HEAD(backward_values)(x, d.v, in.stride, n, given, later);
    HEAD(backward_keys)(x, tiles, given, later);
    HEAD(unscale)(x, d, in, n, given);
    if (wanted)
        HEAD(outer)(x->g[0], x->ar[0][0], x->wy[0][0], tiles, later);
}

/* x->state of a chunk's start, both ways round. */
static void HEAD(load_start)(ROOM *x, const float *saved, const float *state_in) {
    x->state = x->start;
    if (saved) {
        memcpy(x->start, saved, sizeof x->start);
        HEAD(transpose)(x->state_t[0], saved, N, N);
    } else if (state_in) {
        memcpy(x->state_t, state_in, sizeof x->state_t);
        HEAD(transpose)(x->start[0], state_in, N, N);
    }
}

static void HEAD(backward)(ROOM *x, float (*carried)[N][N], gradients d, float *dstate_in,
                           const float *dy, const float *dstate_out, const float *checkpoints,
                           const float *state_in, tokens in, int64_t T, int64_t H) {
    int64_t last = (T - 1) / RM_WKV7_CHUNK;
    for (int64_t h = 0; h < H && dstate_out; h++)
        HEAD(transpose)(carried[h][0], dstate_out + h * N * N, N, N);
    for (int64_t chunk = last; chunk >= 0; chunk--) {
        int64_t t = chunk * RM_WKV7_CHUNK;
        int n = T - t < RM_WKV7_CHUNK ? (int)(T - t) : RM_WKV7_CHUNK;
        for (int64_t h = 0; h < H; h++) {
            int64_t at = t * in.stride + h * N;
            x->g = carried[h];
            HEAD(load_start)
            (x, chunk ? checkpoints + saved_at(h, chunk, T) * N * N : NULL,
             state_in ? state_in + h * N * N : NULL);
            HEAD(backward_chunk)
            (x, gradients_at(d, at), dy + at, tokens_at(in, at), n, chunk || state_in,
             chunk < last || dstate_out, chunk || dstate_in);
        }
    }
    for (int64_t h = 0; h < H && dstate_in; h++)
        HEAD(transpose)(dstate_in + h * N * N, carried[h][0], N, N);
}

#undef LANES
#undef VEC
#undef LOAD
#undef STORE
#undef TRANSPOSE
#undef HEAD
#undef ROOM
#undef N
