/* Fuzz target: the parsers of single cells. The first byte says which one, the rest is its text;
 * where it takes two texts, the first line is one of them. */
#include "common.h"
#include "data/frequency.h"
#include "data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 2048
#define TEXTS_MAX 32

/* ----------------------------------------------------------------------------- numbers */

/* The text with a point for the mark; "" if it cannot be a decimal number. strtod also takes
 * blanks, hexadecimals and words. */
static void spell_for_strtod(const char *text, char mark, char spelled[TEXT_MAX]) {
    size_t n = strlen(text);
    memcpy(spelled, text, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == mark)
            spelled[i] = '.';
        else if (!strchr("0123456789+-eE", text[i]))
            *spelled = 0;
    }
}

static rm_cell reference(const char *text, char mark, double *value) {
    char spelled[TEXT_MAX], *end;
    spell_for_strtod(text, mark, spelled);
    *value = strtod(spelled, &end);
    if (*spelled && !*end)
        return isinf(*value) ? RM_CELL_INFINITE : RM_CELL_NUMBER;
    text += *text == '-' || *text == '+';
    return rm_text_same_nocase(text, "inf") || rm_text_same_nocase(text, "infinity")
               ? RM_CELL_INFINITE
               : RM_CELL_TEXT;
}

static void try_number(const char *text, char mark) {
    double got = 0, wanted;
    rm_cell kind = rm_number_parse(text, mark, &got), right = reference(text, mark, &wanted);
    FUZZ_ASSERT(kind == right, "\"%s\" is %d, not %d", text, kind, right);
    FUZZ_ASSERT(kind != RM_CELL_NUMBER || rm_fuzz_same(got, wanted), "\"%s\": %a, not %a", text,
                got, wanted);
}

static void trim(const char *text, char trimmed[TEXT_MAX]) {
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    memcpy(trimmed, text, n);
    trimmed[n] = 0;
}

/* `na` are the spellings of a missing value; without them a cell is a number or a usual one. */
static void try_cell(const char *na, char *text, char mark) {
    static const char *const usual[] = {"", "na", "n/a", "nan", "null", "-"};
    rm_cell_style style;
    char trimmed[TEXT_MAX];
    float got = 0;
    double wanted;
    bool missing = false;
    if (!rm_cell_style_init(&style, mark, na))
        return;
    trim(text, trimmed);
    rm_cell right = reference(trimmed, mark, &wanted), kind = rm_cell_parse(&style, text, &got);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        missing = missing || rm_text_same_nocase(trimmed, usual[i]);
    FUZZ_ASSERT((kind == RM_CELL_MISSING) == isnan(got), "\"%s\" is %d", trimmed, kind);
    if (!*na && missing)
        right = RM_CELL_MISSING;
    else if (right == RM_CELL_NUMBER && isinf((float)wanted))
        right = RM_CELL_INFINITE;
    if (*na && kind == RM_CELL_MISSING)
        return;
    FUZZ_ASSERT(kind == right || (missing && *na), "\"%s\" is %d, not %d", trimmed, kind,
                right);
    FUZZ_ASSERT(kind != RM_CELL_NUMBER || rm_fuzz_same((double)got, (double)(float)wanted),
                "\"%s\": %a, not %a", trimmed, (double)got, wanted);
}

/* ------------------------------------------------------------------------------- times */

/* What was noon in another text's offset may be half past in that of the format. */
static bool shows_all(const rm_time_format *format, int64_t time) {
    return format->unit != RM_UNIT_HOUR || time % INT64_C(3600000000) == 0;
}

/* What a format writes, it reads as the same time; and so does its pattern in a fresh one. */
static void check_writing(rm_time_format format, int64_t time) {
    char text[64], again[64], pattern[RM_TIME_PATTERN_SIZE];
    int64_t back = 0;
    rm_time_format fresh = {.kind = RM_TIME_STAMPS};
    if (!shows_all(&format, time))
        return;
    rm_time_text(&format, time, text, sizeof text);
    FUZZ_ASSERT(rm_time_read(&format, text, &back) && back == time, "%lld \"%s\" %lld",
                (long long)time, text, (long long)back);
    rm_time_pattern_text(&format, pattern);
    if (format.kind == RM_TIME_STEPS)
        return;
    FUZZ_ASSERT(rm_time_pattern_set(&fresh, pattern) == RIMER_OK, "%s", rimer_last_error());
    FUZZ_ASSERT(rm_time_read(&fresh, text, &back) && back == time, "%lld \"%s\" %lld %s",
                (long long)time, text, (long long)back, pattern);
    rm_time_text(&fresh, time, again, sizeof again);
    FUZZ_ASSERT(strcmp(text, again) == 0, "\"%s\" \"%s\" %s", text, again, pattern);
}

/* A format shows all of its texts only when it has read them all. */
static void try_format(rm_time_format format, const char *const *texts, int n) {
    int64_t times[TEXTS_MAX];
    int n_read = 0;
    for (int i = 0; i < n; i++) {
        int64_t time = 0;
        bool clocked = format.unit >= RM_UNIT_HOUR;
        if (!rm_time_read(&format, texts[i], &time))
            continue;
        /* midnights before the first clock were counted before its offset was known */
        if (!clocked && format.unit >= RM_UNIT_HOUR && !format.pattern[0])
            n_read = 0;
        times[n_read++] = time;
    }
    for (int i = 0; i < n_read; i++)
        check_writing(format, times[i]);
}

static void try_times(rm_time_kind kind, const char *const *texts, int n) {
    try_format((rm_time_format){.kind = kind}, texts, n);
}

static void try_pattern(const char *pattern, const char *const *texts, int n) {
    rm_time_format format = {0};
    if (rm_time_pattern_set(&format, pattern) == RIMER_OK)
        try_format(format, texts, n);
    else
        FUZZ_ASSERT(*rimer_last_error(), "no sentence for \"%s\"", pattern);
}

static void try_finding(const char *const *texts, int n) {
    rm_time_format found[2] = {0};
    int n_found = n ? rm_time_pattern_find(texts, n, &found[0], &found[1]) : 0;
    for (int k = 0; k < n_found; k++) {
        rm_time_format format = {0};
        FUZZ_ASSERT(rm_time_pattern_set(&format, found[k].pattern) == RIMER_OK, "%s",
                    rimer_last_error());
        for (int i = 0; i < n; i++) {
            int64_t time;
            FUZZ_ASSERT(rm_time_read(&format, texts[i], &time), "\"%s\" is not %s", texts[i],
                        found[k].pattern);
        }
        try_format(format, texts, n);
    }
}

/* ------------------------------------------------------------------------- frequencies */

/* Steps from a time are counted as they were taken, as far as calendars go. */
static void count_steps(const rm_frequency *frequency, int64_t origin, int64_t k) {
    int64_t moment = rm_frequency_forward(frequency, origin, k), counted = 0, span;
    bool calendar = frequency->kind >= RM_EVERY_MONTHS;
    if (__builtin_mul_overflow(k, frequency->size, &span) || moment == INT64_MAX ||
        moment == INT64_MIN || (calendar && (span > 500000 || span < -500000)))
        return;
    if (rm_frequency_forward(frequency, origin, 0) != origin)
        return;
    FUZZ_ASSERT(rm_frequency_count(frequency, origin, moment, &counted) && counted == k,
                "%lld steps of %lld (%d) from %lld are %lld", (long long)k,
                (long long)frequency->size, frequency->kind, (long long)origin,
                (long long)counted);
}

static void try_frequency(const char *text, const char *more) {
    rm_frequency frequency, again;
    char written[32];
    char *rest;
    if (!rm_frequency_parse(text, &frequency))
        return;
    FUZZ_ASSERT(frequency.size > 0, "%s", text);
    rm_frequency_text(&frequency, written, sizeof written);
    FUZZ_ASSERT(rm_frequency_parse(written, &again) && again.size == frequency.size &&
                    again.kind == frequency.kind,
                "\"%s\" is written \"%s\"", text, written);
    int64_t k = strtol(more, &rest, 10) % 1000000, origin = strtoll(rest, NULL, 10);
    /* times from the year 1 to 9999 */
    origin = frequency.kind == RM_EVERY_STEPS
                 ? origin % INT64_C(1000000000000000)
                 : INT64_C(-62135596800000000) +
                       (int64_t)((uint64_t)origin % UINT64_C(315537897600000000));
    count_steps(&frequency, origin, k);
}

/* -------------------------------------------------------------------------------------- */

static int split_lines(char *text, const char *lines[TEXTS_MAX]) {
    int n = 0;
    while (text && n < TEXTS_MAX) {
        char *feed = strchr(text, '\n');
        if (feed)
            *feed = 0;
        lines[n++] = text;
        text = feed ? feed + 1 : NULL;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[TEXT_MAX];
    const char *lines[TEXTS_MAX];
    if (size < 2 || size > TEXT_MAX || memchr(data, 0, size))
        return -1;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    int n = split_lines(text, lines);
    const char *last = n > 1 ? lines[1] : "";
    switch (*data) {
    case 'n':
        try_number(lines[0], '.');
        break;
    case 'N':
        try_number(lines[0], ',');
        break;
    case 'c':
        try_cell(n > 1 ? lines[0] : "", n > 1 ? text + strlen(text) + 1 : text, '.');
        break;
    case 'C':
        try_cell(n > 1 ? lines[0] : "", n > 1 ? text + strlen(text) + 1 : text, ',');
        break;
    case 's':
        try_times(RM_TIME_STEPS, lines, n);
        break;
    case 'y':
        try_times(RM_TIME_YEARS, lines, n);
        break;
    case 't':
        try_times(RM_TIME_STAMPS, lines, n);
        break;
    case 'p':
        try_pattern(lines[0], lines + 1, n - 1);
        break;
    case 'f':
        try_finding(lines, n);
        break;
    case 'q':
        try_frequency(lines[0], last);
        break;
    default:
        return -1;
    }
    return 0;
}
