/* Memory that runs out at will. A program linked with the Makefile's SCARCE flags has its calls of
 * malloc and its kin, and those of the library, go through here; what other libraries take for
 * themselves is left alone, but for jansson's, whose hooks are set. */
#ifndef RM_SCARCE_H
#define RM_SCARCE_H

#include "rimer/status.h"

#include <stddef.h>
#include <stdint.h>

/* What is tried: makes something, frees it, and on success says in *result what it was, so that a
 * success in spite of a refusal can be held against one without. `arg` is the caller's. */
typedef rimer_status (*rm_scarce_path)(void *arg, uint64_t *result);

/* Runs `path` with memory enough, then once for each of its allocations (for some of them evenly
 * spread, if they are many and RIMER_FULL is not set) with that one refused, and
 * once with that one and all after it. Each time the status must be an error with a sentence that
 * speaks of memory, or the result the same; nothing may be left allocated. Returns the number of
 * allocations; `after` (may be NULL) is called after each run. */
int64_t rm_scarce_try(const char *name, rm_scarce_path path, void *arg,
                      void (*after)(void *arg, rimer_status status));

/* In a path: fails the test after the run if `claim` does not hold. Check's own assertions take
 * memory. */
#define RM_HOLDS(claim) rm_scarce_claim(claim, __FILE__, __LINE__, #claim)
void rm_scarce_claim(int holds, const char *file, int line, const char *claim);

/* FNV-1a of bytes, going on from `hash`. */
uint64_t rm_scarce_hash(uint64_t hash, const void *bytes, size_t size);

#endif
