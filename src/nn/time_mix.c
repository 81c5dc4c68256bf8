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
    int64_t M = B * T;
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

void rm_time_mix_forward(const rm_kernels *kernels, const rm_shape *s, const rm_time_mix *slots,
                         const rm_real *params, rm_time_mix_saved *saved,
                         rm_time_mix_room *room, rm_real *y, const rm_real *x,
                         const rm_real *v_first, rm_time_mix_state in, rm_time_mix_state out,
                         int64_t layer, int64_t B, int64_t T) {
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

    rm_linear_forward(kernels, saved->r, D, mixed[R], D, params + slots->receptance, M, D, D,
                      0);
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

    rm_factor_forward(kernels, saved->gate_hidden, mixed[G], params + slots->g1, M, D,
                      s->lora_gate);
    kernels->sigmoid_forward(saved->gate_hidden, saved->gate_hidden, NULL, M, s->lora_gate);
    rm_factor_forward(kernels, saved->gate, saved->gate_hidden, params + slots->g2, M,
                      s->lora_gate, D);

    if (layer > 0) {
        rm_factor_forward(kernels, saved->value_hidden, mixed[V], params + slots->v1, M, D,
                          s->lora_value);
        rm_factor_forward(kernels, saved->value_gate, saved->value_hidden, params + slots->v2,
                          M, s->lora_value, D);
        kernels->sigmoid_forward(saved->value_gate, saved->value_gate, params + slots->v0, M,
                                 D);
        kernels->value_mix_forward(saved->v, saved->v_own, v_first, saved->value_gate, M * D);
    }
    const rm_real *v = layer > 0 ? saved->v : saved->v_own;

    kernels->keys_forward(saved->alpha, saved->beta, saved->replace, saved->key_inverse,
                          saved->k, saved->rate, params + slots->k_k, params + slots->k_a,
                          s->key_norm, M, H, N);
    kernels->wkv7_forward(saved->y, out.wkv, saved->checkpoints, in.wkv, saved->r, saved->decay,
                          saved->replace, v, saved->alpha, saved->beta, room->scratch, B, T, H,
                          N);
    kernels->head_mix_forward(saved->out, saved->norm_mean, saved->norm_rstd, saved->y,
                              saved->r, saved->replace, v, saved->gate,
                              params + slots->ln_x_weight, params + slots->ln_x_bias,
                              params + slots->r_k, M, H, N, s->head_norm_eps);
    rm_linear_forward(kernels, y, D, saved->out, D, params + slots->output, M, D, D, 1);
}

/* From the output back through the recurrence: fills the room's dr, dreplace, dv, dgate, ddecay,
 * dalpha, dbeta. */
static void core_backward(const rm_kernels *kernels, const rm_shape *s,
                          const rm_time_mix *slots, const rm_real *params, rm_real *grads,
                          const rm_time_mix_saved *saved, rm_time_mix_room *room,
                          const rm_real *dy, rm_time_mix_state in, rm_time_mix_state din,
                          rm_time_mix_state dout, int64_t layer, int64_t B, int64_t T) {
    int64_t D = s->width, H = s->heads, N = s->head_size, M = B * T;
    const rm_real *v = layer > 0 ? saved->v : saved->v_own;
    rm_linear_backward(kernels, room->dout, D, grads + slots->output, dy, D, saved->out, D,
                       params + slots->output, M, D, D, 0);
    kernels->head_mix_backward(
        room->dy, room->dr, room->dreplace, room->dv, room->dgate, grads + slots->ln_x_weight,
        grads + slots->ln_x_bias, grads + slots->r_k, room->dout, saved->y, saved->r,
        saved->replace, v, saved->gate, params + slots->ln_x_weight, params + slots->ln_x_bias,
        params + slots->r_k, saved->norm_mean, saved->norm_rstd, M, H, N);
    kernels->wkv7_backward(room->dr, room->ddecay, room->dreplace, room->dv, room->dalpha,
                           room->dbeta, din.wkv, room->dy, dout.wkv, saved->checkpoints, in.wkv,
                           saved->r, saved->decay, saved->replace, v, saved->alpha, saved->beta,
                           room->scratch, B, T, H, N);
}

/* From the vectors of the recurrence back to the six mixed inputs. */
static void inputs_backward(const rm_kernels *kernels, const rm_shape *s,
                            const rm_time_mix *slots, const rm_real *params, rm_real *grads,
                            const rm_time_mix_saved *saved, rm_time_mix_room *room,
                            const rm_real *v_first, rm_real *dv_first, int64_t layer,
                            int64_t M) {
    int64_t D = s->width;
    rm_real *mixed[N_MIXED], *dmixed[N_MIXED];
    parts(mixed, saved->mixed, M * D);
    parts(dmixed, room->dmixed, M * D);

    kernels->keys_backward(room->dk, room->drate, grads + slots->k_k, grads + slots->k_a,
                           room->dalpha, room->dbeta, room->dreplace, saved->k, saved->rate,
                           saved->alpha, saved->key_inverse, params + slots->k_k,
                           params + slots->k_a, M, s->heads, s->head_size);
    rm_linear_backward(kernels, dmixed[R], D, grads + slots->receptance, room->dr, D, mixed[R],
                       D, params + slots->receptance, M, D, D, 0);
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

    rm_factor_backward(kernels, room->dhidden, grads + slots->g2, room->dgate,
                       saved->gate_hidden, params + slots->g2, M, s->lora_gate, D, 0);
    kernels->sigmoid_backward(room->dhidden, NULL, room->dhidden, saved->gate_hidden, M,
                              s->lora_gate);
    rm_factor_backward(kernels, dmixed[G], grads + slots->g1, room->dhidden, mixed[G],
                       params + slots->g1, M, D, s->lora_gate, 0);

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
                          rm_time_mix_state dout, int64_t layer, int64_t B, int64_t T) {
    core_backward(kernels, s, slots, params, grads, saved, room, dy, in, din, dout, layer, B,
                  T);
    inputs_backward(kernels, s, slots, params, grads, saved, room, v_first, dv_first, layer,
                    B * T);
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
