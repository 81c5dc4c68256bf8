/* The files of this folder are compiled once a table, with RM_TABLE set to its name; RM_KERNEL
 * gives each copy its own symbols. */
#ifndef RM_VARIANT_H
#define RM_VARIANT_H

#include "kernels/kernels.h"

#define RM_PASTE_(table, name) rm_##table##_##name
#define RM_PASTE(table, name) RM_PASTE_(table, name)
#define RM_KERNEL(name) RM_PASTE(RM_TABLE, name)

#define RM_KERNEL_DECLARATION(type, name, arguments) type RM_KERNEL(name) arguments;
RM_KERNEL_LIST(RM_KERNEL_DECLARATION)
#undef RM_KERNEL_DECLARATION

/* Head sizes that are known at compile time get loops of known length. */
#define RM_FOR_HEAD_SIZE(N, CALL) \
    switch (N) {                  \
    case 8:                       \
        CALL(8);                  \
        break;                    \
    case 16:                      \
        CALL(16);                 \
        break;                    \
    case 32:                      \
        CALL(32);                 \
        break;                    \
    case 64:                      \
        CALL(64);                 \
        break;                    \
    default:                      \
        CALL(N);                  \
    }

#endif
