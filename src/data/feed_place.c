#include "data/feed_place.h"

#include "base/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD_SIZE 128
#define OPEN " open " /* before the step to which rows still come */
#define TIME_MOST (INT64_C(1) << 61)
#define SECOND INT64_C(1000000) /* in microseconds */

rimer_status rm_place_write(const rm_place *place, const char *behind, char **out) {
    const char *open = place->open ? place->open : "";
    int64_t size = HEAD_SIZE + (int64_t)(strlen(open) + strlen(behind));
    char *text;
    RM_TRY(rm_array_new(&text, size, 1));
    snprintf(text, (size_t)size, "%d %d %" PRId64 " %d %d %" PRId64 " %d%s%s%s",
             (int)place->kind, place->has_time, place->time, place->knows_steps,
             (int)place->frequency.kind, place->frequency.size, place->frequency.day,
             place->open ? OPEN : "", open, behind);
    *out = text;
    return RIMER_OK;
}

rimer_status rm_place_read(const char *text, rm_place *place) {
    int kind, has_time, knows, every, day, end = 0;
    int64_t time, size;
    int n = sscanf(text, "%d %d %" SCNd64 " %d %d %" SCNd64 " %d%n", &kind, &has_time, &time,
                   &knows, &every, &size, &day, &end);
    bool open = n == 7 && strncmp(text + end, OPEN, strlen(OPEN)) == 0;
    if (n != 7 || (text[end] && !open) || kind < RM_TIME_STEPS || kind > RM_TIME_STAMPS ||
        time > TIME_MOST || time < -TIME_MOST || size < 1 || every < RM_EVERY_STEPS ||
        every > RM_EVERY_BUSINESS_DAYS || day < RM_LAST_BUSINESS_DAY || day > 31)
        RM_FAIL(MODEL, "the state does not tell where it stands in the stream");
    *place =
        (rm_place){.kind = (rm_time_kind)kind,
                   .has_time = has_time != 0,
                   .knows_steps = knows != 0,
                   .time = time,
                   .frequency = {.kind = (rm_frequency_kind)every, .size = size, .day = day},
                   .open = open ? text + end + strlen(OPEN) : NULL};
    return RIMER_OK;
}

/* As fine as the time, or as its neighbours would be. */
static void time_shown(const rm_place *place, char *text, size_t size) {
    int64_t minute = 60 * SECOND;
    rm_time_format format = {.kind = place->kind, .separator = '-'};
    format.unit = place->time % RM_MICROS_PER_DAY == 0 ? RM_UNIT_DAY
                  : place->time % minute == 0          ? RM_UNIT_MINUTE
                                                       : RM_UNIT_SECOND;
    format.between = format.unit == RM_UNIT_DAY ? 0 : ' ';
    format.fraction = place->time % SECOND ? 6 : 0;
    if (place->knows_steps)
        format = rm_frequency_spelling(&place->frequency, &format);
    rm_time_text(&format, place->time, text, size);
}

void rm_place_shown(const rm_place *place, char *time, size_t time_size, char *frequency,
                    size_t frequency_size) {
    *time = *frequency = '\0';
    if (place->has_time)
        time_shown(place, time, time_size);
    if (place->knows_steps)
        rm_frequency_text(&place->frequency, frequency, frequency_size);
}
