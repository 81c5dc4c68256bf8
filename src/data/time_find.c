#include "data/time_parts.h"

#include "base/array.h"
#include "base/decimal.h"
#include "data/frequency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES_MAX 4
#define BARE_DIGITS_MIN 12 /* shorter ones are numbers, or dates that rm_time_read knows */

/* Dates, and what may follow them. Day and month in both orders where both are usual, and a year of
 * two digits at either end. */
typedef struct spelling {
    const char *date;
    bool compact; /* nothing between date and clock either */
    bool alone;   /* a date without a clock, too */
    bool day;     /* a clock may follow */
} spelling;

static const spelling spellings[] = {
    {"%d.%m.%Y", false, true, true},
    {"%d.%m.%y", false, true, true},
    {"%d/%m/%Y", false, true, true},
    {"%d/%m/%y", false, true, true},
    {"%d-%m-%Y", false, true, true},
    {"%d-%m-%y", false, true, true},
    {"%m/%d/%Y", false, true, true},
    {"%m/%d/%y", false, true, true},
    {"%m-%d-%Y", false, true, true},
    {"%m-%d-%y", false, true, true},
    {"%y-%m-%d", false, true, true},
    {"%y/%m/%d", false, true, true},
    {"%Y.%m.%d", false, true, true},
    {"%Y-%m-%d", false, false, true},
    {"%Y/%m/%d", false, false, true},
    {"%Y%m%d", true, false, true},
    {"%d/%b/%Y", false, true, true},
    {"%d/%b/%y", false, true, true},
    {"%d %b %Y", false, true, true},
    {"%d %b %y", false, true, true},
    {"%d-%b-%Y", false, true, true},
    {"%d-%b-%y", false, true, true},
    {"%d.%b.%Y", false, true, true},
    {"%d. %b %Y", false, true, true},
    {"%d%b%Y", false, true, true},
    {"%d de %b de %Y", false, true, true},
    {"%b %d, %Y", false, true, true},
    {"%b %d %Y", false, true, true},
    {"%b-%d-%Y", false, true, true},
    {"%Y-%b-%d", false, true, true},
    {"%Y %b %d", false, true, true},
    {"%a, %d %b %Y", false, true, true},
    {"%a %d %b %Y", false, true, true},
    {"%a %d/%m/%Y", false, true, true},
    {"%a %m/%d/%Y", false, true, true},
    {"%b %Y", false, true, false},
    {"%b-%Y", false, true, false},
    {"%b/%Y", false, true, false},
    {"%b-%y", false, true, false},
    {"%b/%y", false, true, false},
    {"%Y %b", false, true, false},
    {"%Y-%b", false, true, false},
    {"%m/%Y", false, true, false},
    {"%m-%Y", false, true, false},
    {"%YM%m", false, true, false},
    {"%YQ%q", false, true, false},
    {"%Y-Q%q", false, true, false},
    {"%Y Q%q", false, true, false},
    {"%Y:Q%q", false, true, false},
    {"Q%q %Y", false, true, false},
    {"Q%q-%Y", false, true, false},
    {"Q%q/%Y", false, true, false},
    {"Q%q %y", false, true, false},
    {"Q%q-%y", false, true, false},
    {"%qQ%Y", false, true, false},
    {"%qQ%y", false, true, false},
    {"%Yq%q", false, true, false},
    {"%Y/Q%q", false, true, false},
    {"T%q %Y", false, true, false},
    {"%Y-T%q", false, true, false},
    {"%Ym%m", false, true, false},
    {"%Y年%m月", false, true, false},
    {"%Y年%m月%d日", false, true, true},
    {"%Y-%j", false, true, true},
    {"%a %b %d %H:%M:%S %Y", false, true, false},
    {"%a %b %d %H:%M:%S %z %Y", false, true, false},
    {"%d/%b/%Y:%H:%M:%S %z", false, true, false},
    {"%G-W%V-1", false, true, false},
    {"%G-W%V", false, true, false},
    {"%GW%V", false, true, false},
    {"%Y\x1f%m\x1f%d", false, true, true},
    {"%Y\x1f%b\x1f%d", false, true, true},
    {"%Y\x1f%m", false, true, false},
    {"%Y\x1f%b", false, true, false},
    {"%Y\x1f%q", false, true, false},
};

static const char *const clocks[] = {
    "%H:%M",       "%H:%M:%S", "%H:%M:%S.%f", "%H:%M:%S,%f",    "%I:%M %p",
    "%I:%M:%S %p", "%I:%M%p",  "%I:%M:%S%p",  "%I:%M:%S.%f %p", "%I %p",
    "%I%p",        "%H",       "%H-%M-%S",    "%H%M",           "%H%M%S",
    "%H%M%S.%f",   "%H.%M",    "%H.%M.%S",    "%H\x1f%M",       "%H\x1f%M\x1f%S",
};

static const char *const betweens[] = {" ", "T", ", ", "_", "-", "\x1f", ""};
static const char *const zones[] = {"", "%z", " %z"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct candidate {
    char pattern[RM_TIME_PATTERN_SIZE];
    rm_time_format format; /* that has read all texts */
    uint32_t bare, padded; /* of all texts: bits of rm_time_part */
} candidate;

typedef struct finding {
    const char *const *texts;
    int64_t n;
    bool cuts;
    int n_candidates;
    candidate candidates[CANDIDATES_MAX];
} finding;

/* Takes the text apart as the candidate's pattern says. */
static bool read_evidence(candidate *c, const char *text) {
    rm_time_parts parts = {
        .months = RM_NAMES_ANY, .weekdays = RM_NAMES_ANY, .cuts = c->format.cuts};
    const char *rest = rm_time_items_read(c->pattern, text, &parts);
    c->bare |= parts.bare;
    c->padded |= parts.padded;
    return rest && *rest == 0;
}

/* A minute of one digit is no usual clock, and a day of the year has three. */
#define NEVER_BARE                                               \
    (RM_PART_BIT(RM_PART_MINUTE) | RM_PART_BIT(RM_PART_SECOND) | \
     RM_PART_BIT(RM_PART_DAY_OF_YEAR))

static bool reads_all(candidate *c, const char *const *texts, int64_t n) {
    if (rm_time_pattern_set(&c->format, c->pattern) != RIMER_OK)
        return false;
    for (int64_t i = 0; i < n; i++) {
        int64_t time;
        if (!rm_time_read(&c->format, texts[i], &time) || !read_evidence(c, texts[i]))
            return false;
    }
    return (c->bare & NEVER_BARE) == 0;
}

static void consider(finding *f, const char *date, const char *between, const char *clock,
                     const char *zone) {
    if (f->n_candidates == CANDIDATES_MAX)
        return;
    candidate *c = &f->candidates[f->n_candidates];
    *c = (candidate){.format = {.cuts = f->cuts}};
    snprintf(c->pattern, sizeof c->pattern, "%s%s%s%s", date, between, clock, zone);
    f->n_candidates += reads_all(c, f->texts, f->n);
}

static const char *rest_of(const char *pattern, const char *text) {
    rm_time_parts parts = {.months = RM_NAMES_ANY, .weekdays = RM_NAMES_ANY, .cuts = true};
    return text ? rm_time_items_read(pattern, text, &parts) : NULL;
}

/* The clocks that the first text goes on with. */
static void consider_clocks(finding *f, const spelling *s, const char *rest) {
    for (size_t b = 0; b < COUNT(betweens); b++) {
        const char *clock = rest_of(betweens[b], rest);
        if (!clock || (betweens[b][0] == 0 && !s->compact))
            continue;
        for (size_t c = 0; c < COUNT(clocks); c++) {
            const char *zone = rest_of(clocks[c], clock);
            for (size_t z = 0; z < COUNT(zones) && zone; z++) {
                const char *end = rest_of(zones[z], zone);
                if (end && *end == 0)
                    consider(f, s->date, betweens[b], clocks[c], zones[z]);
            }
        }
    }
}

static void consider_all(finding *f) {
    for (size_t i = 0; i < COUNT(spellings); i++) {
        const char *rest = rest_of(spellings[i].date, f->texts[0]);
        if (rest && *rest == 0 && spellings[i].alone)
            consider(f, spellings[i].date, "", "", "");
        if (rest && *rest && spellings[i].day)
            consider_clocks(f, &spellings[i], rest);
    }
}

/* Neighbours in time, up or down, wherever one series ends and the next begins; and how long all of
 * them take, in seconds. */
typedef struct order {
    bool monotone, regular;
    double span;
} order;

#define SPAN_SURE 100 /* times as long: days read as years, but not days read as months */

static bool is_regular(const int64_t *times, int64_t n) {
    int64_t *begin, n_series = 0;
    if (rm_array_new(&begin, n + 1, sizeof *begin) != RIMER_OK)
        return false;
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || times[i] <= times[i - 1])
            begin[n_series++] = i;
    begin[n_series] = n;
    rm_frequency frequency;
    rm_frequency_facts facts;
    bool found = rm_frequency_infer(RM_TIME_STAMPS, times, begin, n_series, &frequency, &facts);
    free(begin);
    return found && facts.n_agreeing == facts.n_neighbours;
}

static double span_of(const int64_t *times, int64_t n) {
    int64_t first = times[0], last = times[0];
    for (int64_t i = 1; i < n; i++) {
        first = times[i] < first ? times[i] : first;
        last = times[i] > last ? times[i] : last;
    }
    return (double)(last - first) / 1e6;
}

static order order_of(const candidate *c, const char *const *texts, int64_t n) {
    bool ascends = true, descends = true;
    int64_t *times;
    if (rm_array_new(&times, n, sizeof *times) != RIMER_OK)
        return (order){0};
    rm_time_format format = c->format;
    for (int64_t i = 0; i < n; i++)
        rm_time_read(&format, texts[i], &times[i]);
    for (int64_t i = 1; i < n; i++) {
        ascends &= times[i] >= times[i - 1];
        descends &= times[i] <= times[i - 1];
    }
    for (int64_t i = 0; descends && !ascends && i < n / 2; i++) {
        int64_t kept = times[i];
        times[i] = times[n - 1 - i];
        times[n - 1 - i] = kept;
    }
    order o = {ascends || descends, is_regular(times, n), span_of(times, n)};
    free(times);
    return o;
}

/* Whether the first of two readings is clearly the better one. */
static bool is_likelier(const order *a, const order *b) {
    if (a->monotone != b->monotone)
        return a->monotone;
    if (a->span * SPAN_SURE < b->span || b->span * SPAN_SURE < a->span)
        return a->span < b->span;
    return a->regular && !b->regular;
}

/* Leaves out the candidates that another one is likelier than. */
static void keep_likeliest(finding *f) {
    order orders[CANDIDATES_MAX];
    int n = 0;
    for (int i = 0; i < f->n_candidates; i++)
        orders[i] = order_of(&f->candidates[i], f->texts, f->n);
    for (int i = 0; i < f->n_candidates; i++) {
        bool beaten = false;
        for (int k = 0; k < f->n_candidates; k++)
            beaten = beaten || is_likelier(&orders[k], &orders[i]);
        if (!beaten)
            f->candidates[n++] = f->candidates[i];
    }
    f->n_candidates = n;
}

/* What the texts show of zeros; a month that shows nothing is as the day, and the day as it. */
static void settle_zeros(candidate *c) {
    uint32_t day = RM_PART_BIT(RM_PART_DAY), month = RM_PART_BIT(RM_PART_MONTH);
    uint32_t bare = c->bare;
    if ((bare & day) && !(c->padded & month))
        bare |= month;
    if ((bare & month) && !(c->padded & day))
        bare |= day;
    char with[RM_TIME_PATTERN_SIZE];
    size_t n = 0;
    for (const char *p = c->pattern; *p && n + 3 < sizeof with; p++) {
        with[n++] = *p;
        if (*p != '%')
            continue;
        const rm_time_item *item = rm_time_item_of(*++p);
        if (item->width && !item->exact && (bare & RM_PART_BIT(item->part)))
            with[n++] = '-';
        with[n++] = *p;
    }
    with[n] = 0;
    memcpy(c->pattern, with, n + 1);
}

static void take_candidate(const finding *f, candidate *c, rm_time_format *format) {
    settle_zeros(c);
    reads_all(c, f->texts, f->n);
    c->format.zone_rules = format->zone_rules;
    *format = c->format;
}

/* Digits alone could number anything: they must be long, and ascend. */
static bool may_be_digits(const finding *f) {
    if (!rm_decimal_is_digits(f->texts[0]))
        return true;
    if (f->n < 2 || strlen(f->texts[0]) < BARE_DIGITS_MIN)
        return false;
    for (int64_t i = 1; i < f->n; i++)
        if (strlen(f->texts[i]) != strlen(f->texts[0]) ||
            strcmp(f->texts[i], f->texts[i - 1]) <= 0)
            return false;
    return true;
}

static bool is_known(const char *const *texts, int64_t n, bool cuts) {
    rm_time_format format = {.kind = RM_TIME_STAMPS, .cuts = cuts};
    int64_t time;
    for (int64_t i = 0; i < n; i++)
        if (!rm_time_read(&format, texts[i], &time))
            return false;
    return true;
}

int rm_time_pattern_find(const char *const *texts, int64_t n, rm_time_format *format,
                         rm_time_format *other) {
    finding f = {.texts = texts, .n = n, .cuts = format->cuts};
    if (n < 1 || strlen(texts[0]) > RM_TIME_PATTERN_SIZE || !may_be_digits(&f) ||
        is_known(texts, n, f.cuts))
        return 0;
    consider_all(&f);
    if (f.n_candidates == 0)
        return 0;
    if (f.n_candidates > 1)
        keep_likeliest(&f);
    if (f.n_candidates > 1 && other) {
        other->zone_rules = format->zone_rules;
        take_candidate(&f, &f.candidates[1], other);
    }
    take_candidate(&f, &f.candidates[0], format);
    return f.n_candidates > 1 ? 2 : 1;
}
