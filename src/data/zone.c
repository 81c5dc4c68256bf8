#include "data/zone.h"

#include "base/array.h"
#include "data/zone_footer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MICROS INT64_C(1000000)
#define FILE_MAX (1 << 20)
#define NAME_MAX_BYTES 64
#define OFFSET_MAX (26 * 3600) /* RFC 9636 gives -25 h to +26 h */
#define CHANGES_MAX 20000
#define HEADER 44
/* The calendar repeats after 400 years, weekdays too: so do the changes of a footer. */
#define CYCLE_YEARS 400
#define CYCLE_SECONDS (INT64_C(146097) * 86400)
#define FIRST_YEAR 1900
#define FIRST_SECOND INT64_C(-2208988800)
#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59 */

struct rm_zone {
    char name[NAME_MAX_BYTES + 1]; /* as it was loaded by; "" */
    int64_t n;
    int64_t *at;    /* [n] seconds at which the offset changes, ascending */
    int32_t *after; /* [n] the offset from then on */
    int32_t before; /* the offset before the first change */
    bool cycles;    /* the last 400 years of changes repeat */
};

void rm_zone_free(rm_zone *zone) {
    if (!zone)
        return;
    free(zone->at);
    free(zone->after);
    free(zone);
}

static rimer_status zone_new(rm_zone **out, int64_t room) {
    rm_zone *zone;
    RM_TRY(rm_array_new(&zone, 1, sizeof *zone));
    rimer_status status;
    RM_TRY_GOTO(status, fail, rm_array_new(&zone->at, room, sizeof *zone->at));
    RM_TRY_GOTO(status, fail, rm_array_new(&zone->after, room, sizeof *zone->after));
    *out = zone;
    return RIMER_OK;
fail:
    rm_zone_free(zone);
    return status;
}

/* The counts of a header, and where its parts begin. */
typedef struct block {
    const unsigned char *times, *indexes, *types, *end;
    uint32_t n_times, n_types, n_bytes, time_size;
} block;

static uint32_t big32(const unsigned char *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t big64(const unsigned char *b) {
    uint64_t value = (uint64_t)big32(b) << 32 | big32(b + 4);
    int64_t result;
    memcpy(&result, &value, sizeof result);
    return result;
}

static rimer_status damaged(const char *shown, const char *what) {
    RM_FAIL(DATA, "%s: the zone file is damaged: %s", shown, what);
}

/* Finds the parts of the block that begins at `bytes`; checks that they fit into `size`. */
static rimer_status find_block(block *b, const char *shown, const unsigned char *bytes,
                               size_t size, uint32_t time_size) {
    if (size < HEADER || memcmp(bytes, "TZif", 4) != 0)
        return damaged(shown, "it does not begin as one");
    uint32_t n_utc = big32(bytes + 20), n_standard = big32(bytes + 24),
             n_leaps = big32(bytes + 28);
    b->n_times = big32(bytes + 32);
    b->n_types = big32(bytes + 36);
    b->n_bytes = big32(bytes + 40);
    b->time_size = time_size;
    if (n_leaps > FILE_MAX || b->n_times > CHANGES_MAX || b->n_types > 256 ||
        b->n_bytes > FILE_MAX || (n_utc && n_utc != b->n_types) ||
        (n_standard && n_standard != b->n_types))
        return damaged(shown, "its counts are impossible");
    b->times = bytes + HEADER;
    b->indexes = b->times + (size_t)b->n_times * time_size;
    b->types = b->indexes + b->n_times;
    size_t after = (size_t)b->n_times * (time_size + 1) + (size_t)b->n_types * 6 + b->n_bytes +
                   (size_t)n_leaps * (time_size + 4) + n_standard + n_utc;
    if (after > size - HEADER)
        return damaged(shown, "it is cut off");
    b->end = bytes + HEADER + after;
    return RIMER_OK;
}

static rimer_status check_block(const block *b, const char *shown,
                                const unsigned char *header) {
    if (big32(header + 28) > 0)
        RM_FAIL(DATA, "%s: the zone counts leap seconds, which times here do not", shown);
    if (b->n_types == 0 || b->n_bytes == 0)
        return damaged(shown, "it has no offsets");
    for (uint32_t i = 0; i < b->n_types; i++) {
        const unsigned char *type = b->types + (size_t)i * 6;
        int32_t offset = (int32_t)big32(type);
        if (offset < -OFFSET_MAX || offset > OFFSET_MAX || type[4] > 1 || type[5] >= b->n_bytes)
            return damaged(shown, "an offset is impossible");
    }
    for (uint32_t i = 0; i < b->n_times; i++)
        if (b->indexes[i] >= b->n_types)
            return damaged(shown, "a change has no offset");
    return RIMER_OK;
}

static int64_t time_of(const block *b, uint32_t i) {
    const unsigned char *bytes = b->times + (size_t)i * b->time_size;
    return b->time_size == 8 ? big64(bytes) : (int32_t)big32(bytes);
}

static rimer_status fill(rm_zone *zone, const block *b, const char *shown) {
    zone->before = (int32_t)big32(b->types);
    for (uint32_t i = 0; i < b->n_times; i++) {
        zone->at[i] = time_of(b, i);
        zone->after[i] = (int32_t)big32(b->types + (size_t)b->indexes[i] * 6);
        if ((i > 0 && zone->at[i] <= zone->at[i - 1]) || zone->at[i] > LAST_SECOND)
            return damaged(shown, "its changes do not ascend");
    }
    zone->n = b->n_times;
    return RIMER_OK;
}

/* Appends a change; one at the same second replaces the one before. */
static void add_change(rm_zone *zone, int64_t known, int64_t at, int32_t offset) {
    if (zone->n > 0 && at <= zone->at[zone->n - 1]) {
        if (zone->n > known && at == zone->at[zone->n - 1])
            zone->after[zone->n - 1] = offset;
        return;
    }
    zone->at[zone->n] = at;
    zone->after[zone->n++] = offset;
}

static void add_year(rm_zone *zone, int64_t known, const rm_zone_footer *footer, int64_t year) {
    int64_t begin = rm_zone_day_in(&footer->begin, year) - footer->standard;
    int64_t end = rm_zone_day_in(&footer->end, year) - footer->summer;
    if (begin <= end) {
        add_change(zone, known, begin, footer->summer);
        add_change(zone, known, end, footer->standard);
    } else {
        add_change(zone, known, end, footer->standard);
        add_change(zone, known, begin, footer->summer);
    }
}

/* Writes out what the footer says, one cycle of the calendar and a bit. */
static void follow(rm_zone *zone, const rm_zone_footer *footer) {
    int64_t known = zone->n, year = FIRST_YEAR;
    if (known > 0 && zone->at[known - 1] > FIRST_SECOND)
        year = rm_civil_of(zone->at[known - 1] * MICROS).year;
    if (!footer->has_summer)
        return; /* the last offset stays */
    for (int64_t y = year; y <= year + CYCLE_YEARS + 1; y++)
        add_year(zone, known, footer, y);
    zone->cycles = true;
}

/* The text between two line ends that closes a file of version 2 and later. */
static rimer_status read_footer(const char *shown, const unsigned char *bytes, size_t size,
                                rm_zone_footer *footer, bool *found) {
    char text[128];
    const unsigned char *end = size > 1 ? memchr(bytes + 1, '\n', size - 1) : NULL;
    if (!end || bytes[0] != '\n' || end - bytes > (ptrdiff_t)sizeof text)
        return damaged(shown, "its last line is missing");
    size_t n = (size_t)(end - bytes) - 1;
    memcpy(text, bytes + 1, n);
    text[n] = 0;
    *found = n > 0;
    if (*found && (strlen(text) != n || !rm_zone_footer_parse(text, footer)))
        return damaged(shown, "its last line is no rule");
    return RIMER_OK;
}

rimer_status rm_zone_parse(rm_zone **out, const char *shown, const unsigned char *bytes,
                           size_t size) {
    block b;
    rm_zone_footer footer = {0};
    bool has_footer = false;
    const unsigned char *header = bytes;
    RM_TRY(find_block(&b, shown, bytes, size, 4));
    if (bytes[4] != 0) {
        if (bytes[4] < '2' || bytes[4] > '9')
            return damaged(shown, "its version is unknown");
        header = b.end;
        RM_TRY(find_block(&b, shown, header, size - (size_t)(header - bytes), 8));
        RM_TRY(read_footer(shown, b.end, size - (size_t)(b.end - bytes), &footer, &has_footer));
    }
    RM_TRY(check_block(&b, shown, header));
    rm_zone *zone;
    RM_TRY(zone_new(&zone, b.n_times + (CYCLE_YEARS + 2) * 2));
    rimer_status status = fill(zone, &b, shown);
    if (status != RIMER_OK) {
        rm_zone_free(zone);
        return status;
    }
    if (has_footer)
        follow(zone, &footer);
    *out = zone;
    return RIMER_OK;
}

static bool is_name(const char *name) {
    size_t size = strlen(name);
    if (size == 0 || size > NAME_MAX_BYTES || name[0] == '/' || name[0] == '-' ||
        strstr(name, ".."))
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/") ==
           size;
}

static rimer_status load_file(rm_zone **out, const char *name, FILE *file, const char *path) {
    unsigned char *bytes;
    RM_TRY(rm_array_new(&bytes, FILE_MAX, 1));
    size_t size = fread(bytes, 1, FILE_MAX, file);
    rimer_status status;
    if (ferror(file) || size == 0)
        status = rm_error_set(RIMER_USAGE, "there is no time zone \"%s\": %s is no zone file",
                              name, path);
    else
        status = rm_zone_parse(out, path, bytes, size);
    free(bytes);
    return status;
}

static rimer_status find_file(rm_zone **out, const char *name) {
    static const char *const folders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                          "/etc/zoneinfo"};
    if (strcmp(name, "UTC") == 0)
        return zone_new(out, 0);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folders[i], name);
        FILE *file = fopen(path, "rb");
        if (!file && errno != ENOENT && errno != ENOTDIR)
            RM_FAIL(IO, "%s: cannot be opened: %s", path, strerror(errno));
        if (!file)
            continue;
        rimer_status status = load_file(out, name, file, path);
        fclose(file);
        return status;
    }
    RM_FAIL(USAGE,
            "there is no time zone \"%s\" in %s, %s or %s (names are such as Europe/Berlin; "
            "the package tzdata has them)",
            name, folders[0], folders[1], folders[2]);
}

rimer_status rm_zone_load(rm_zone **out, const char *name) {
    if (!is_name(name))
        RM_FAIL(USAGE, "\"%.80s\" is no name of a time zone, such as Europe/Berlin or UTC",
                name);
    RM_TRY(find_file(out, name));
    strcpy((*out)->name, name);
    return RIMER_OK;
}

const char *rm_zone_name(const rm_zone *zone) {
    return zone->name;
}

/* How many changes are at or before a second. */
static int64_t changes_until(const rm_zone *zone, int64_t second) {
    int64_t low = 0, high = zone->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= second)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int32_t offset_after(const rm_zone *zone, int64_t n_changes) {
    return n_changes ? zone->after[n_changes - 1] : zone->before;
}

/* Seconds to go back from a second beyond the written changes, by whole cycles. */
static int64_t cycles_before(const rm_zone *zone, int64_t second) {
    if (!zone->cycles)
        return 0;
    int64_t beyond = second + 2 * OFFSET_MAX - zone->at[zone->n - 1];
    return beyond <= 0 ? 0 : (beyond + CYCLE_SECONDS - 1) / CYCLE_SECONDS * CYCLE_SECONDS;
}

static int64_t seconds_of(int64_t micros) {
    return micros / MICROS - (micros % MICROS < 0);
}

int64_t rm_zone_local(const rm_zone *zone, int64_t instant) {
    int64_t second = seconds_of(instant);
    second -= cycles_before(zone, second);
    return instant + offset_after(zone, changes_until(zone, second)) * MICROS;
}

/* Each stretch with one offset that may have shown `local` is asked whether it did. */
bool rm_zone_instants(const rm_zone *zone, int64_t local, int64_t *first, int64_t *second) {
    int64_t clock = seconds_of(local), back = cycles_before(zone, clock);
    int n = 0;
    clock -= back;
    for (int64_t i = changes_until(zone, clock - OFFSET_MAX); i <= zone->n; i++) {
        int64_t t = clock - offset_after(zone, i);
        bool begun = i == 0 || t >= zone->at[i - 1], ended = i < zone->n && t >= zone->at[i];
        if (begun && !ended) {
            int64_t instant = local - offset_after(zone, i) * MICROS;
            if (n++ == 0)
                *first = instant;
            *second = instant;
        }
        if (i < zone->n && zone->at[i] > clock + OFFSET_MAX)
            break;
    }
    return n > 0;
}
