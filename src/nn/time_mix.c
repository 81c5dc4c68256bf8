#include "nn/time_mix.h"

#include "nn/linear.h"

enum { R, W, K, V, A, G, N_MIXED };

int64_t rm_lora_largest(const rm_shape *s) {
    int64_t most = s->lora_decay;
    most = most > s->lora_rate ? most : s->lora_rate;
    most = most > s->lora_value ? most : s->lora_value;
    return most > s->lora_gate ? most : s->lora_gate;
}

void rm_time_mix_register(rm_time_mix *slots, rm_registry *registry, const rm_shape *s,
                          int64_t layer, const char *prefix) {
    RM_TIME_MIX_PARAMS(RM_PARAM_ADD)
}

void rm_time_mix_layout(rm_arena *arena, rm_time_mix_saved *to, const rm_shape *s, int64_t B,
                        int64_t T, int backward) {
    int64_t M = B * T, P = rm_ends_most(B, T);
    RM_TIME_MIX_SAVED(RM_BUFFER_TAKE)
    if (!backward)
        to->checkpoints = NULL;
}

void rm_time_mix_room_layout(rm_arena *arena, rm_time_mix_room *to, const rm_shape *s,
                             int64_t B, int64_t T, int backward) {
    int64_t M = backward * B * T;
    RM_TIME_MIX_ROOM(RM_BUFFER_TAKE)
}

/* Six equal parts of one buffer. */
static void parts(rm_real *part[N_MIXED], rm_real *whole, int64_t size) {
    for (int i = 0; i < N_MIXED; i++)
        part[i] = whole + i * size;
}

static void mix_slots(int64_t slot[N_MIXED], const rm_time_mix *slots) {
    slot[R] = slots->x_r;
    slot[W] = slots->x_w;
    slot[K] = slots->x_k;
    slot[V] = slots->x_v;
    slot[A] = slots->x_a;
    slot[G] = slots->x_g;
}

/* What is taken of the ends, in this order. */
enum { MIXED_R, MIXED_G, END_R, END_Y, END_REPLACE, END_V };

/* Copies lie in saved->ends; where the ends are all tokens they are `x` itself. */
static rm_real *end(const rm_time_mix_saved *saved, int which, rm_real *x, int64_t size,
                    int all) {
    return all ? x : saved->ends + which * size;
}

static const rm_real *take(const rm_kernels *kernels, const rm_time_mix_saved *saved, int which,
                           rm_real *x, int64_t B, int64_t T, int64_t E, int64_t D) {
    return rm_ends_take(kernels, end(saved, which, x, B * E * D, E == T), x, B, T, E, D);
}

/* Receptance and gate, which are of the ends alone; the recurrence reads a receptance of 0 before
 * them. */
static void ask(const rm_kernels *kernels, const rm_shape *s, const rm_time_mix *slots,
                const rm_real *params, const rm_time_mix_saved *saved, rm_real *mixed[N_MIXED],
                int64_t B, int64_t T, int64_t E) {
    int64_t D = s->width, P = B * E;
    rm_real *r = end(saved, END_R, saved->r, P * D, E == T);
    rm_linear_forward(kernels, r, D, take(kernels, saved, MIXED_R, mixed[R], B, T, E, D), D,
                      params + slots->receptance, P, D, D, 0);
    if (E < T)
        rm_ends_put(kernels, saved->r, r, B, T, E, D);
    rm_factor_forward(kernels, saved->gate_hidden,
                      take(kernels, saved, MIXED_G, mixed[G], B, T, E, D), params + slots->g1,
                      P, D, s->lora_gate);
    kernels->sigmoid_forward(saved->gate_hidden, saved->gate_hidden, NULL, P, s->lora_gate);
    rm_factor_forward(kernels, saved->gate, saved->gate_hidden, params + slots->g2, P,
                      s->lora_gate, D);
}

/* From the recurrence to the output. */
static void answer(const rm_kernels *kernels, const rm_shape *s, const rm_time_mix *slots,
                   const rm_real *params, const rm_time_mix_saved *saved, rm_real *y,
                   rm_real *v, int64_t B, int64_t T, int64_t E) {
    int64_t D = s->width, P = B * E;
    rm_real *ends = end(saved, END_REPLACE, saved->replace, P * D, E == T);
    kernels->head_mix_forward(saved->out, saved->norm_mean, saved->norm_rstd,
                              take(kernels, saved, END_Y, saved->y, B, T, E, D),
                              end(saved, END_R, saved->r, P * D, E == T),
                              rm_ends_take_between(kernels, ends, saved->replace, B, T, E, D),
                              take(kernels, saved, END_V, v, B, T, E, D), saved->gate,
                              params + slots->ln_x_weight, params + slots->ln_x_bias,
                              params + slots->r_k, P, s->heads, s->head_size, s->head_norm_eps);
    rm_linear_forward(kernels, y, D, saved->out, D, params + slots->output, P, D, D, 1);
}

void rm_time_mix_forward(const rm_kernels *kernels, const rm_shape *s, const rm_time_mix *slots,
                         const rm_real *params, rm_time_mix_saved *saved,
                         rm_time_mix_room *room, rm_real *y, const rm_real *x,
                         const rm_real *v_first, rm_time_mix_state in, rm_time_mix_state out,
                         int64_t layer, int64_t B, int64_t T, int64_t E) {
    int64_t D = s->width, H = s->heads, N = s->head_size, M = B * T;
    rm_real *mixed[N_MIXED];
    const rm_real *mix[N_MIXED];
    int64_t slot[N_MIXED];
    parts(mixed, saved->mixed, M * D);
    mix_slots(slot, slots);
    for (int i = 0; i < N_MIXED; i++)
        mix[i] = params + slot[i];
    kernels->shift_mix_forward(mixed, x, in.shift, mix, N_MIXED, B, T, D);
    if (out.shift)
        kernels->last_token(out.shift, x, B, T, D);

    ask(kernels, s, slots, params, saved, mixed, B, T, E);
    rm_linear_forward(kernels, saved->k, D, mixed[K], D, params + slots->key, M, D, D, 0);
    rm_linear_forward(kernels, saved->v_own, D, mixed[V], D, params + slots->value, M, D, D, 0);

    rm_factor_forward(kernels, saved->decay_hidden, mixed[W], params + slots->w1, M, D,
                      s->lora_decay);
    kernels->tanh_forward(saved->decay_hidden, saved->decay_hidden, M * s->lora_decay);
    rm_factor_forward(kernels, saved->decay_gate, saved->decay_hidden, params + slots->w2, M,
                      s->lora_decay, D);
    kernels->decay_forward(saved->decay, saved->decay_gate, saved->decay_gate,
                           params + slots->w0, M, D);

    rm_factor_forward(kernels, saved->rate_hidden, mixed[A], params + slots->a1, M, D,
                      s->lora_rate);
    rm_factor_forward(kernels, saved->rate, saved->rate_hidden, params + slots->a2, M,
                      s->lora_rate, D);
    kernels->sigmoid_forward(saved->rate, saved->rate, params + slots->a0, M, D);

    if (layer > 0) {
        rm_factor_forward(kernels, saved->value_hidden, mixed[V], params + slots->v1, M, D,
                          s->lora_value);
        rm_factor_forward(kernels, saved->value_gate, saved->value_hidden, params + slots->v2,
                          M, s->lora_value, D);
        kernels->sigmoid_forward(saved->value_gate, saved->value_gate, params + slots->v0, M,
                                 D);
        kernels->value_mix_forward(saved->v, saved->v_own, v_first, saved->value_gate, M * D);
    }
    rm_real *v = layer > 0 ? saved->v : saved->v_own;

    kernels->keys_forward(saved->alpha, saved->beta, saved->replace, saved->key_inverse,
                          saved->k, saved->rate, params + slots->k_k, params + slots->k_a,
                          s->key_norm, M, H, N);
    kernels->wkv7_forward(saved->y, out.wkv, saved->checkpoints, in.wkv, saved->r, saved->decay,
                          saved->replace, v, saved->alpha, saved->beta, room->scratch, B, T, H,
                          N);
    answer(kernels, s, slots, params, saved, y, v, B, T, E);
}

/* From the output back to the recurrence: room's dy, dr, dreplace, dv, and the ends' dgate. */
static void answer_backward(const rm_kernels *kernels, const rm_shape *s,
                            const rm_time_mix *slots, const rm_real *params, rm_real *grads,
                            const rm_time_mix_saved *saved, const rm_time_mix_room *room,
                            const rm_real *dy, rm_real *v, int64_t B, int64_t T, int64_t E) {
    int64_t D = s->width, P = B * E;
    int all = E == T;
    rm_real *to[] = {room->dy, room->dr, room->dreplace, room->dv}, *of_ends[4];
    for (int i = 0; i < 4; i++) /* dmixed is free: inputs_backward writes it later */
        of_ends[i] = all ? to[i] : room->dmixed + i * P * D;
    rm_linear_backward(kernels, room->dout, D, grads + slots->output, dy, D, saved->out, D,
                       params + slots->output, P, D, D, 0);
    kernels->head_mix_backward(
        of_ends[0], of_ends[1], of_ends[2], of_ends[3], room->dgate, grads + slots->ln_x_weight,
        grads + slots->ln_x_bias, grads + slots->r_k, room->dout,
        end(saved, END_Y, saved->y, P * D, all), end(saved, END_R, saved->r, P * D, all),
        end(saved, END_REPLACE, saved->replace, P * D, all), end(saved, END_V, v, P * D, all),
        saved->gate, params + slots->ln_x_weight, params + slots->ln_x_bias,
        params + slots->r_k, saved->norm_mean, saved->norm_rstd, P, s->heads, s->head_size);
    if (all)
        return;
    rm_ends_put_between(kernels, room->dy, of_ends[0], B, T, E, D);
    for (int i = 1; i < 4; i++)
        rm_ends_put(kernels, to[i], of_ends[i], B, T, E, D);
}

/* Back through the recurrence, too: room's ddecay, dalpha, dbeta besides. */
static void core_backward(const rm_kernels *kernels, const rm_shape *s,
                          const rm_time_mix *slots, const rm_real *params, rm_real *grads,
                          const rm_time_mix_saved *saved, rm_time_mix_room *room,
                          const rm_real *dy, rm_time_mix_state in, rm_time_mix_state din,
                          rm_time_mix_state dout, int64_t layer, int64_t B, int64_t T,
                          int64_t E) {
    rm_real *v = layer > 0 ? saved->v : saved->v_own;
    answer_backward(kernels, s, slots, params, grads, saved, room, dy, v, B, T, E);
    kernels->wkv7_backward(room->dr, room->ddecay, room->dreplace, room->dv, room->dalpha,
                           room->dbeta, din.wkv, room->dy, dout.wkv, saved->checkpoints, in.wkv,
                           saved->r, saved->decay, saved->replace, v, saved->alpha, saved->beta,
                           room->scratch, B, T, s->heads, s->head_size);
}

/* Receptance and gate. Before the ends dr is 0, as dy is. The room's dout and dy were read already,
 * and hold gradients of ends here. */
static void ask_backward(const rm_kernels *kernels, const rm_shape *s, const rm_time_mix *slots,
                         const rm_real *params, rm_real *grads, const rm_time_mix_saved *saved,
                         rm_time_mix_room *room, rm_real *mixed[N_MIXED],
                         rm_real *dmixed[N_MIXED], int64_t B, int64_t T, int64_t E) {
    int64_t D = s->width, P = B * E;
    int all = E == T;
    const rm_real *dr = rm_ends_take(kernels, room->dout, room->dr, B, T, E, D);
    rm_real *to = all ? dmixed[R] : room->dy;
    rm_linear_backward(kernels, to, D, grads + slots->receptance, dr, D,
                       end(saved, MIXED_R, mixed[R], P * D, all), D, params + slots->receptance,
                       P, D, D, 0);
    if (!all)
        rm_ends_put(kernels, dmixed[R], to, B, T, E, D);

    rm_factor_backward(kernels, room->dhidden, grads + slots->g2, room->dgate,
                       saved->gate_hidden, params + slots->g2, P, s->lora_gate, D, 0);
    kernels->sigmoid_backward(room->dhidden, NULL, room->dhidden, saved->gate_hidden, P,
                              s->lora_gate);
    to = all ? dmixed[G] : room->dy;
    rm_factor_backward(kernels, to, grads + slots->g1, room->dhidden,
                       end(saved, MIXED_G, mixed[G], P * D, all), params + slots->g1, P, D,
                       s->lora_gate, 0);
    if (!all)
        rm_ends_put(kernels, dmixed[G], to, B, T, E, D);
}

/* From the vectors of the recurrence back to the six mixed inputs. */
static void inputs_backward(const rm_kernels *kernels, const rm_shape *s,
                            const rm_time_mix *slots, const rm_real *params, rm_real *grads,
                            const rm_time_mix_saved *saved, rm_time_mix_room *room,
                            const rm_real *v_first, rm_real *dv_first, int64_t layer, int64_t B,
                            int64_t T, int64_t E) {
    int64_t D = s->width, M = B * T;
    rm_real *mixed[N_MIXED], *dmixed[N_MIXED];
    parts(mixed, saved->mixed, M * D);
    parts(dmixed, room->dmixed, M * D);

    kernels->keys_backward(room->dk, room->drate, grads + slots->k_k, grads + slots->k_a,
                           room->dalpha, room->dbeta, room->dreplace, saved->k, saved->rate,
                           saved->alpha, saved->key_inverse, params + slots->k_k,
                           params + slots->k_a, M, s->heads, s->head_size);
    ask_backward(kernels, s, slots, params, grads, saved, room, mixed, dmixed, B, T, E);
    rm_linear_backward(kernels, dmixed[K], D, grads + slots->key, room->dk, D, mixed[K], D,
                       params + slots->key, M, D, D, 0);

    kernels->decay_backward(room->ddecay, grads + slots->w0, room->ddecay, saved->decay,
                            saved->decay_gate, M, D);
    rm_factor_backward(kernels, room->dhidden, grads + slots->w2, room->ddecay,
                       saved->decay_hidden, params + slots->w2, M, s->lora_decay, D, 0);
    kernels->tanh_backward(room->dhidden, room->dhidden, saved->decay_hidden,
                           M * s->lora_decay);
    rm_factor_backward(kernels, dmixed[W], grads + slots->w1, room->dhidden, mixed[W],
                       params + slots->w1, M, D, s->lora_decay, 0);

    kernels->sigmoid_backward(room->drate, grads + slots->a0, room->drate, saved->rate, M, D);
    rm_factor_backward(kernels, room->dhidden, grads + slots->a2, room->drate,
                       saved->rate_hidden, params + slots->a2, M, s->lora_rate, D, 0);
    rm_factor_backward(kernels, dmixed[A], grads + slots->a1, room->dhidden, mixed[A],
                       params + slots->a1, M, D, s->lora_rate, 0);

    if (layer > 0) {
        kernels->value_mix_backward(room->dv, dv_first, room->dvalue_gate, room->dv,
                                    saved->v_own, v_first, saved->value_gate, M * D);
        kernels->sigmoid_backward(room->dvalue_gate, grads + slots->v0, room->dvalue_gate,
                                  saved->value_gate, M, D);
        rm_factor_backward(kernels, room->dhidden, grads + slots->v2, room->dvalue_gate,
                           saved->value_hidden, params + slots->v2, M, s->lora_value, D, 0);
        rm_factor_backward(kernels, dmixed[V], grads + slots->v1, room->dhidden, mixed[V],
                           params + slots->v1, M, D, s->lora_value, 0);
    } else if (dv_first)
        kernels->add(room->dv, dv_first, M * D);
    rm_linear_backward(kernels, dmixed[V], D, grads + slots->value, room->dv, D, mixed[V], D,
                       params + slots->value, M, D, D, layer > 0 ? 1 : 0);
}

void rm_time_mix_backward(const rm_kernels *kernels, const rm_shape *s,
                          const rm_time_mix *slots, const rm_real *params, rm_real *grads,
                          const rm_time_mix_saved *saved, rm_time_mix_room *room, rm_real *dx,
                          const rm_real *dy, const rm_real *x, const rm_real *v_first,
                          rm_real *dv_first, rm_time_mix_state in, rm_time_mix_state din,
                          rm_time_mix_state dout, int64_t layer, int64_t B, int64_t T,
                          int64_t E) {
    core_backward(kernels, s, slots, params, grads, saved, room, dy, in, din, dout, layer, B, T,
                  E);
    inputs_backward(kernels, s, slots, params, grads, saved, room, v_first, dv_first, layer, B,
                    T, E);
    rm_real *dmixed[N_MIXED], *dmix[N_MIXED];
    const rm_real *mix[N_MIXED];
    int64_t slot[N_MIXED];
    parts(dmixed, room->dmixed, B * T * s->width);
    mix_slots(slot, slots);
    for (int i = 0; i < N_MIXED; i++) {
        mix[i] = params + slot[i];
        dmix[i] = grads + slot[i];
    }
    kernels->shift_mix_backward(dx, dmix, din.shift, dmixed, x, in.shift, mix, N_MIXED, B, T,
                                s->width);
}
