/* Files that hold tables, but not as text. */
#ifndef RM_FILE_KIND_H
#define RM_FILE_KIND_H

#include <stdint.h>

/* What a file is by its first bytes, and what to do about it, as the end of a sentence; NULL: text, or
 * nobody knows. */
const char *rm_file_kind_refused(const char *bytes, int64_t n);

#endif
