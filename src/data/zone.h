/* Time zones, from the system's zone files: when clocks show what. */
#ifndef RM_ZONE_H
#define RM_ZONE_H

#include "data/timestamps.h"

/* Loads the rules of a zone such as "Europe/Berlin" ("UTC" always works). RIMER_USAGE: no such
 * zone (the sentence says where it was looked for), or a name that is none. RIMER_DATA: a file
 * that is damaged or counts leap seconds. */
rimer_status rm_zone_load(rm_zone **out, const char *name);

/* The name by which it was loaded; "" if it was not. */
const char *rm_zone_name(const rm_zone *zone);

/* The rules in the bytes of a zone file (TZif, RFC 8536 and 9636); `shown` is for sentences. */
rimer_status rm_zone_parse(rm_zone **out, const char *shown, const unsigned char *bytes,
                           size_t size);

/* What clocks show at an instant, both in microseconds. */
int64_t rm_zone_local(const rm_zone *zone, int64_t instant);

/* The instants at which clocks show `local`: *first, and *second after it where the hour came
 * twice, else the same. False: clocks never showed it (they were put forward). */
bool rm_zone_instants(const rm_zone *zone, int64_t local, int64_t *first, int64_t *second);

#endif
