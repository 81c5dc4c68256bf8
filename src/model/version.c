#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "rimer/rimer.h"

#include <stdio.h>

const char *rimer_version(void) {
    return RIMER_VERSION;
}

const char *rimer_build_text(void) {
    static _Thread_local char text[256];
    const rm_kernels *table;
    const char *name = rm_kernels_choose(&table) == RIMER_OK ? table->name : "none";
    snprintf(text, sizeof text, "rimer %s (%s, kernel table %s)", RIMER_VERSION, rm_blas_text(),
             name);
    return text;
}
