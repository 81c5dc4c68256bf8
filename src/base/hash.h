/* FNV-1a over 64 bits: tells texts and arrays apart, guards against accidents, not against
 * forgers. */
#ifndef RM_HASH_H
#define RM_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RM_HASH_BEGIN UINT64_C(0xcbf29ce484222325)

static inline uint64_t rm_hash_bytes(uint64_t hash, const void *bytes, size_t size) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* With the closing NUL, so that "ab","c" is not "a","bc". */
static inline uint64_t rm_hash_text(uint64_t hash, const char *text) {
    return rm_hash_bytes(hash, text, strlen(text) + 1);
}

#endif
