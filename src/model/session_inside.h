/* The inside of a rimer_session: what makes the paths of a forecast (paths.c), and what makes a
 * forecast of them (session.c). */
#ifndef RM_SESSION_INSIDE_H
#define RM_SESSION_INSIDE_H

#include "kernels/shared.h"
#include "model/fan.h"
#include "model/model_inside.h"
#include "rimer/forecast.h"

/* What patches are fed to: the rows of a batch; with quantiles the tracks of one row's fan. */
typedef struct rm_rolling {
    rm_pass *pass;
    rm_state state;
    rm_real *history, *missing; /* [rows][window]: normalised steps up to the last token */
    rm_shared produced;         /* [rows][levels][output_len] */
} rm_rolling;

struct rimer_session {
    const rimer_model *model;
    rimer_model of_twin; /* the model's twin alone, which `twin` runs */
    rimer_session
        *twin; /* whose paths are averaged with those of this one; NULL: there is none */
    const rm_kernels *kernels;
    const rm_real *params; /* the model's values where the kernels are */
    rm_arena copied;       /* on a device they are a copy */
    int64_t max_rows;
    int64_t block_rows; /* that go through the network at once */
    rm_pass *context;
    rm_rolling rows, tracks; /* tracks: only with quantiles */
    rm_arena arena, beside;  /* beside: what `arena` shares with the processor */
    rm_shared x;             /* [block_rows][context_len] */
    int64_t window;          /* context length rounded up to whole patches */
    rm_shared loc, scale;    /* [block_rows] of the contexts */
    rm_real *zero, *one;     /* [rows of a pass]: a scale back that changes nothing */
    rm_arena paths, paths_beside;
    rm_shared path;  /* [block_rows][levels][path_len]: forecast so far */
    rm_shared track; /* [RM_FAN_TRACKS][path_len]: what is fed back, with quantiles */
    int64_t path_len;
    rm_fan *fan;          /* NULL without quantiles */
    rimer_levels offered; /* that can be asked for */
    int median;           /* where 0.5 stands among them */
    rm_between *from;     /* [offered]: each of them from the head's levels */
    rm_places places;     /* of the first n_placed rows that are forecast */
    int64_t n_placed;
    rimer_place *placed; /* [placed_room] of rimer_session_place */
    int64_t placed_room;
    int64_t *order, order_room; /* [order_room] rows as they go through the network */
    rimer_place *block_places;  /* [block_rows] */
};

/* Rows whose steps went through the network before, patch by patch. */
typedef struct rm_carried {
    const rm_state *state;
    const rm_real *hidden;      /* [rows][D] of the newest token */
    const rm_real *x;           /* [rows][window] newest steps, NaN missing */
    const rm_real *loc, *scale; /* [rows] of the newest token */
} rm_carried;

/* Of a block, or of all: contexts [][context_len], of which the model reads the last n steps; or what
 * is carried. */
typedef struct rm_readings {
    const float *contexts;
    int64_t context_len, n;
    const int64_t *n_steps;    /* [] steps that a context has, if fewer; NULL: none has */
    const rm_carried *carried; /* NULL: contexts */
    const int64_t *rows;       /* [B] of the block; of what is carried one follows the other */
    rm_places places;          /* of the block, ahead by nothing */
} rm_readings;

/* Fills path.host[B][levels][0 .. horizon) in the units of the contexts, and scale.host. RIMER_FAILED: the
 * device did. */
rimer_status rm_paths_make(rimer_session *session, int64_t B, const rm_readings *from,
                           int64_t horizon);

/* Tokens of the two passes at once, and their rows, by kernels of the processor or of a device. */
void rm_paths_sizes(const rm_shape *s, int on_device, int64_t max_rows, rm_pass_size *context,
                    rm_pass_size *rollout);

/* rimer_session_create on any device, whichever is the model's. */
rimer_status rm_session_create(const rimer_model *model, const char *device, int64_t max_rows,
                               rimer_session **out);

/* RIMER_USAGE: further from 0 than a double counts. */
rimer_status rm_position_check(int64_t position);

/* Forecasts of all rows: quantiles out[n_rows][levels][horizon], or with NULL levels points
 * out[n_rows][horizon]. n_steps[n_rows] as in rimer_contexts. scales[n_rows] (may be NULL): the
 * deviation of each context by the instance norm, 1 without one. RIMER_USAGE as
 * rimer_session_forecast and rimer_session_quantiles. */
rimer_status rm_session_run(rimer_session *session, int64_t n_rows, int64_t context_len,
                            const float *contexts, const int64_t *n_steps, int64_t horizon,
                            const rimer_levels *levels, float *out, float *scales);

/* The same of rows that are carried: the network does not read them again. The model has a
 * state. */
rimer_status rm_session_go_on(rimer_session *session, int64_t n_rows, const rm_carried *carried,
                              int64_t horizon, const rimer_levels *levels, float *out);

#endif
