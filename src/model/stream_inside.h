/* The inside of a rimer_stream: stream.c runs it, stream_file.c keeps it. */
#ifndef RM_STREAM_INSIDE_H
#define RM_STREAM_INSIDE_H

#include "model/session_inside.h"
#include "rimer/stream.h"

struct rimer_stream {
    const rimer_model *model;
    rimer_session *session; /* has room for all channels */
    int64_t n_channels;
    char **names;        /* [n_channels]; NULL: not known */
    rimer_place *places; /* [n_channels] of the forecast that is made */
    int64_t window;      /* context_len, rounded up to whole patches */
    int64_t first;       /* position of the first step */
    int64_t n_steps;     /* pushed so far */
    float *recent;       /* [n_channels][2 * window], as they came; filled up to `end` */
    int64_t end;
    float *contexts;  /* [n_channels][context_len] scaled, to be read again */
    rm_scale *scales; /* [n_channels]; once a state is carried they stay */
    rm_pass *pass;    /* a token of each channel; NULL: such a model carries no state */
    rm_state state;
    rm_real *x;           /* [n_channels][window] scaled */
    rm_real *loc, *scale; /* [n_channels] of the newest patch */
};

/* Whether the window was full once, and all whole patches since then are in `state`. */
int rm_stream_has_state(const rimer_stream *stream);

/* Steps that are kept in `recent`. */
int64_t rm_stream_held(const rimer_stream *stream);

#endif
