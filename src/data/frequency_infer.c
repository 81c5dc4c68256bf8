#include "data/frequency.h"

#include "data/time_parts.h"

#include <stdio.h>
#include <string.h>

/* Differences are counted in a small table. When it overflows with rare ones all counts go down
 * by one and empty places are used again: what is more than one in TALLY_MAX of all
 * survives, and a second pass counts it exactly (Misra and Gries 1982). */
#define TALLY_SLOTS 1024
#define TALLY_MAX 512

typedef struct tally {
    int64_t values[TALLY_SLOTS], counts[TALLY_SLOTS]; /* count 0: free */
    int n;
    bool overflowed;
    int64_t smallest; /* of all differences; 0: there were none */
} tally;

typedef struct series_times {
    const int64_t *times, *begin;
    int64_t n_series;
} series_times;

static int slot_of(const tally *t, int64_t value) {
    uint64_t hash = (uint64_t)value * UINT64_C(0x9e3779b97f4a7c15);
    int slot = (int)(hash >> 54);
    while (t->counts[slot] && t->values[slot] != value)
        slot = (slot + 1) % TALLY_SLOTS;
    return slot;
}

static void put_count(tally *t, int64_t value, int64_t count) {
    int slot = slot_of(t, value);
    t->n += t->counts[slot] == 0;
    t->values[slot] = value;
    t->counts[slot] += count;
}

/* The places of what is left must be found again, so it moves into a fresh table. */
static void thin_out(tally *t) {
    tally left = {.overflowed = true, .smallest = t->smallest};
    for (int i = 0; i < TALLY_SLOTS; i++)
        if (t->counts[i] > 1)
            put_count(&left, t->values[i], t->counts[i] - 1);
    *t = left;
}

static void count_difference(tally *t, int64_t value) {
    if (t->smallest == 0 || value < t->smallest)
        t->smallest = value;
    if (t->n == TALLY_MAX && t->counts[slot_of(t, value)] == 0)
        thin_out(t);
    else
        put_count(t, value, 1);
}

static int64_t months_of(int64_t time) {
    rm_civil civil = rm_civil_of(time);
    return civil.year * 12 + civil.month - 1;
}

static int64_t difference(const series_times *s, int64_t i, bool months) {
    return months ? months_of(s->times[i]) - months_of(s->times[i - 1])
                  : s->times[i] - s->times[i - 1];
}

/* Exact counts of what survived, and of the smallest. */
static void count_again(const series_times *s, bool months, tally *t) {
    put_count(t, t->smallest, 1);
    tally again = {.smallest = t->smallest};
    for (int64_t k = 0; k < s->n_series; k++)
        for (int64_t i = s->begin[k] + 1; i < s->begin[k + 1]; i++) {
            int64_t value = difference(s, i, months);
            if (value > 0 && t->counts[slot_of(t, value)])
                put_count(&again, value, 1);
        }
    *t = again;
}

static int64_t count_all(const series_times *s, bool months, tally *t) {
    int64_t n = 0;
    for (int64_t k = 0; k < s->n_series; k++)
        for (int64_t i = s->begin[k] + 1; i < s->begin[k + 1]; i++, n++) {
            int64_t value = difference(s, i, months);
            if (value > 0)
                count_difference(t, value);
        }
    if (t->overflowed)
        count_again(s, months, t);
    return n;
}

/* The most common one but `without`, the smallest of several. */
static int64_t most_common(const tally *t, int64_t without, int64_t *count) {
    int64_t best = 0;
    *count = 0;
    for (int i = 0; i < TALLY_SLOTS; i++) {
        if (t->counts[i] == 0 || t->values[i] == without)
            continue;
        if (t->counts[i] > *count || (t->counts[i] == *count && t->values[i] < best)) {
            *count = t->counts[i];
            best = t->values[i];
        }
    }
    return best;
}

/* Ascending, and all on the frequency's day of the month, at one hour a series. */
static bool keeps_day(const series_times *s, int day) {
    rm_frequency monthly = {.kind = RM_EVERY_MONTHS, .size = 1, .day = day};
    for (int64_t k = 0; k < s->n_series; k++)
        for (int64_t i = s->begin[k], steps; i < s->begin[k + 1]; i++)
            if ((i > s->begin[k] && s->times[i] <= s->times[i - 1]) ||
                !rm_frequency_count(&monthly, s->times[s->begin[k]], s->times[i], &steps))
                return false;
    return true;
}

static int latest_day(const int64_t *times, int64_t n) {
    int latest = 1;
    bool ends = true;
    for (int64_t i = 0; i < n; i++) {
        rm_civil civil = rm_civil_of(times[i]);
        if (civil.day > latest)
            latest = civil.day;
        ends &= civil.day == rm_days_in_month(civil.year, civil.month);
    }
    return ends ? 31 : latest;
}

/* On one day, whatever the order and the hours. */
static bool all_on(const int64_t *times, int64_t n, int day) {
    rm_frequency monthly = {.kind = RM_EVERY_MONTHS, .size = 1, .day = day};
    for (int64_t i = 0; i < n; i++)
        if (rm_frequency_forward(&monthly, times[i], 0) != times[i])
            return false;
    return true;
}

void rm_frequency_anchor(rm_frequency *frequency, const int64_t *times, int64_t n) {
    if (frequency->kind != RM_EVERY_MONTHS || n == 0)
        return;
    frequency->day = latest_day(times, n);
    if (n < 3 || all_on(times, n, frequency->day))
        return;
    if (all_on(times, n, RM_LAST_BUSINESS_DAY))
        frequency->day = RM_LAST_BUSINESS_DAY;
    else if (all_on(times, n, RM_FIRST_BUSINESS_DAY))
        frequency->day = RM_FIRST_BUSINESS_DAY;
}

/* One day for all, or else each series its own. */
static bool is_monthly(const series_times *s, int *day) {
    rm_frequency monthly = {.kind = RM_EVERY_MONTHS, .size = 1};
    int64_t n = s->begin[s->n_series] - s->begin[0];
    rm_frequency_anchor(&monthly, s->times + s->begin[0], n);
    *day = monthly.day;
    if (keeps_day(s, *day))
        return true;
    *day = 0;
    return s->n_series > 1 && keeps_day(s, 0);
}

/* Monday to Friday only, over a weekend at least. */
static bool leaves_out_weekends(const series_times *s) {
    rm_frequency business = {.kind = RM_EVERY_BUSINESS_DAYS, .size = 1};
    bool over_weekend = false;
    for (int64_t k = 0; k < s->n_series; k++) {
        int64_t from = s->begin[k], to = s->begin[k + 1], steps;
        for (int64_t i = from; i < to; i++)
            if (!rm_frequency_count(&business, s->times[from], s->times[i], &steps))
                return false;
        if (from == to)
            continue;
        int64_t first = rm_civil_of(s->times[from]).day_number,
                last = rm_civil_of(s->times[to - 1]).day_number;
        over_weekend |= first - rm_weekday(first) != last - rm_weekday(last);
    }
    return over_weekend;
}

/* A Friday and the Monday after it are neighbours too. */
static void count_business_days(const series_times *s, rm_frequency_facts *facts) {
    rm_frequency business = {.kind = RM_EVERY_BUSINESS_DAYS, .size = 1};
    tally t = {0};
    for (int64_t k = 0; k < s->n_series; k++)
        for (int64_t i = s->begin[k] + 1, steps; i < s->begin[k + 1]; i++) {
            rm_frequency_count(&business, s->times[i - 1], s->times[i], &steps);
            if (steps > 0)
                count_difference(&t, steps);
        }
    facts->n_agreeing = t.counts[slot_of(&t, 1)];
    facts->second = most_common(&t, 1, &facts->n_second);
}

bool rm_frequency_infer(rm_time_kind kind, const int64_t *times, const int64_t *begin,
                        int64_t n_series, rm_frequency *frequency, rm_frequency_facts *facts) {
    series_times s = {times, begin, n_series};
    tally t = {0};
    int day = 0;
    bool calendar = kind != RM_TIME_STEPS, months = calendar && is_monthly(&s, &day);
    rm_frequency_facts found = {.n_neighbours = count_all(&s, months, &t)};
    int64_t size = most_common(&t, 0, &found.n_agreeing);
    if (size == 0)
        return false;
    found.second = most_common(&t, size, &found.n_second);
    *frequency = (rm_frequency){.kind = months     ? RM_EVERY_MONTHS
                                        : calendar ? RM_EVERY_MICROS
                                                   : RM_EVERY_STEPS,
                                .size = size,
                                .day = day};
    if (calendar && !months && size == RM_MICROS_PER_DAY && leaves_out_weekends(&s)) {
        *frequency = (rm_frequency){.kind = RM_EVERY_BUSINESS_DAYS, .size = 1};
        count_business_days(&s, &found);
    }
    found.share = (double)found.n_agreeing / (double)found.n_neighbours;
    *facts = found;
    return true;
}

/* 17419 as 17,419. */
static const char *grouped(int64_t n, char text[32]) {
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%lld", (long long)n), out = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            text[out++] = ',';
        text[out++] = digits[i];
    }
    text[out] = 0;
    return text;
}

static void distances(const rm_frequency *frequency, const rm_frequency_facts *facts,
                      char *text, size_t size) {
    char agreeing[32], all[32], second[32], step[32], other[32];
    rm_frequency next = {.kind = frequency->kind, .size = facts->second};
    rm_frequency_text(frequency, step, sizeof step);
    int n =
        snprintf(text, size, "%s of %s neighbours are %s apart",
                 grouped(facts->n_agreeing, agreeing), grouped(facts->n_neighbours, all), step);
    if (facts->n_second == 0 || n < 0 || (size_t)n >= size)
        return;
    rm_frequency_text(&next, other, sizeof other);
    snprintf(text + n, size - (size_t)n, ", %s %s %s", grouped(facts->n_second, second),
             facts->n_second == 1 ? "is" : "are", other);
}

static const char *ordinal(int day) {
    bool teen = day >= 11 && day <= 13;
    return teen            ? "th"
           : day % 10 == 1 ? "st"
           : day % 10 == 2 ? "nd"
           : day % 10 == 3 ? "rd"
                           : "th";
}

/* What all times keep to; "" for a fixed distance. */
static void rule(const rm_frequency *frequency, char *text, size_t size) {
    int day = frequency->day;
    text[0] = 0;
    if (frequency->kind == RM_EVERY_BUSINESS_DAYS)
        snprintf(text, size, "a daily series that leaves out weekends");
    else if (frequency->kind != RM_EVERY_MONTHS)
        return;
    else if (day == RM_LAST_BUSINESS_DAY || day == RM_FIRST_BUSINESS_DAY)
        snprintf(text, size, "all times keep the month's %s business day",
                 day == RM_LAST_BUSINESS_DAY ? "last" : "first");
    else if (day == 0)
        snprintf(text, size, "every series keeps its day of the month");
    else
        snprintf(text, size, "all times keep the %d%s%s", day, ordinal(day),
                 day > 28 ? " or the month's last day" : " of the month");
}

void rm_frequency_reason(const rm_frequency *frequency, const rm_frequency_facts *facts,
                         char *text, size_t size) {
    char kept[80], apart[128];
    rule(frequency, kept, sizeof kept);
    distances(frequency, facts, apart, sizeof apart);
    bool both = kept[0] && facts->n_agreeing < facts->n_neighbours;
    snprintf(text, size, "%s%s%s", kept, both ? "; " : "", kept[0] && !both ? "" : apart);
}
