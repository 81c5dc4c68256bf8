/* Where a model runs: on the processor, or on a GPU. */
#ifndef RIMER_DEVICE_H
#define RIMER_DEVICE_H

#include "rimer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rimer_device {
    char name[32];      /* "cpu", or "cuda:0" for the first GPU */
    char text[160];     /* what it is, for a reader */
    char refused[1024]; /* of "auto": why it is no GPU; "" otherwise */
} rimer_device;

/* What `wanted` comes to here: "cpu", "cuda" (the first GPU), "cuda:N", or "auto", a GPU if one
 * can be used, else the processor. GPUs are NVIDIA's and need librimer-cuda.so, which `make CUDA=1`
 * builds and which is opened here, not before. RIMER_USAGE: no such name. RIMER_FAILED: this GPU
 * cannot be used, and the sentence says which call failed. */
RIMER_API rimer_status rimer_device_find(const char *wanted, rimer_device *out);

/* Sessions of the model that are opened from now on run there; a fresh or loaded model is the
 * processor's, and a trained one belongs where it was trained. Numbers of different devices differ
 * by rounding. Not part of the model's file. Streams (stream.h) stay on the processor, which a token
 * at a time suits better. As rimer_device_find. */
RIMER_API rimer_status rimer_model_set_device(rimer_model *model, const char *wanted);

#ifdef __cplusplus
}
#endif
#endif
