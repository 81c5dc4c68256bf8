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

#endif
