/* What one column of a table holds: times, and how they are spelled, or something else. */
#include "data/time_finding.h"

#include "base/array.h"
#include "base/decimal.h"
#include "data/time_parts.h"

#include <stdlib.h>
#include <string.h>

const char *rm_finding_cell(const rm_time_finding *f, int64_t k, int64_t column) {
    return rm_sample_cell(f->sample, k, column);
}

int64_t rm_finding_count(const rm_time_finding *f, int64_t column, rm_time_format *format,
                         bool *ascending) {
    int64_t before = INT64_MIN, time, id = f->columns->id;
    *ascending = true;
    for (int64_t k = 0; k < f->sample->n; k++) {
        if (!rm_time_read(format, rm_finding_cell(f, k, column), &time))
            return k;
        bool other = id >= 0 && k > 0 &&
                     strcmp(rm_finding_cell(f, k, id), rm_finding_cell(f, k - 1, id)) != 0;
        *ascending = *ascending && (other || time >= before);
        before = time;
    }
    return f->sample->n;
}

bool rm_finding_named_as_time(const rm_time_finding *f, int64_t column) {
    static const char *const names[] = {"ds", "date", "time", "timestamp", "datetime", "_time"};
    for (size_t i = 0; f->columns->has_header && i < sizeof names / sizeof *names; i++)
        if (rm_text_same_nocase(f->columns->names[column], names[i]))
            return true;
    return false;
}

bool rm_finding_has_word(const rm_time_finding *f, int64_t column) {
    return rm_finding_named_as_time(f, column) ||
           rm_column_has_word_of_time(f->columns, column);
}

rm_time_format rm_finding_stamps(const rm_time_finding *f) {
    return (rm_time_format){.kind = RM_TIME_STAMPS, .cuts = f->options->resample[0] != 0};
}

rimer_status rm_finding_bad_time(const rm_time_finding *f, int64_t column, int64_t k) {
    const char *text = rm_finding_cell(f, k, column), *given = f->options->time_format;
    const char *pattern = *given ? given : rm_time_since_1970(text);
    RM_FAIL(DATA, "%s:%lld: column \"%.80s\": \"%.80s\" is not a time %s%.80s%s", f->shown,
            (long long)rm_csv_held(f->sample->csv, f->sample->header + k)->line,
            f->columns->names[column], text,
            *given ? "spelled as --time-format says: "
                   : "such as 2024-01-31 12:00, or one spelled like those "
                     "before (--time-format names other spellings, --no-time "
                     "does without)",
            given, rm_time_finer_hint(pattern, text));
}

static rimer_status ambiguous(const rm_time_finding *f, int64_t column, const rm_time_format *a,
                              const rm_time_format *b) {
    const char *end = strncmp(b->pattern, "%y", 2) == 0 ? "year" : "month";
    RM_FAIL(DATA,
            "%s:%lld: column \"%.80s\": \"%.80s\" may put the day or the %s first: say "
            "--time-format \"%s\" or \"%s\"",
            f->shown, (long long)rm_csv_held(f->sample->csv, f->sample->header)->line,
            f->columns->names[column], rm_finding_cell(f, 0, column), end, a->pattern,
            b->pattern);
}

/* As rm_time_pattern_find, or of as many first texts as have a spelling in common, if the first is
 * a time: what follows them is refused when it is read. */
static int find_spelling(const char *const *texts, int64_t n, rm_time_format *format,
                         rm_time_format *other) {
    int found = rm_time_pattern_find(texts, n, format, other);
    int64_t shared = 1, beyond = n;
    if (found || rm_decimal_is_digits(texts[0]))
        return found;
    while (beyond - shared > 1) {
        int64_t half = shared + (beyond - shared) / 2;
        if (rm_time_pattern_find(texts, half, format, other))
            shared = half;
        else
            beyond = half;
    }
    return rm_time_pattern_find(texts, shared, format, other);
}

rimer_status rm_finding_pattern(const rm_time_finding *f, int64_t column,
                                rm_time_format *format, bool *found) {
    const char **texts;
    rm_time_format other;
    RM_TRY(rm_array_new(&texts, f->sample->n, sizeof *texts));
    for (int64_t k = 0; k < f->sample->n; k++)
        texts[k] = rm_finding_cell(f, k, column);
    int n = find_spelling(texts, f->sample->n, format, &other);
    free(texts);
    *found = n > 0;
    f->columns->none_tells = n == 2;
    return n == 2 ? ambiguous(f, column, format, &other) : RIMER_OK;
}

static rimer_status judge_given(const rm_time_finding *f, int64_t column,
                                rm_time_format *format, bool *is_time) {
    bool ascending;
    RM_TRY(rm_time_pattern_set(format, f->options->time_format));
    int64_t n = rm_finding_count(f, column, format, &ascending);
    *is_time = n == f->sample->n;
    return *is_time ? RIMER_OK : rm_finding_bad_time(f, column, n);
}

/* How numbers are read as times: by a pattern of rm_time_numbers, if all are in order; under a name
 * that says so they need not, and those of a count need not all be times. */
static bool reads_numbers(const rm_time_finding *f, int64_t column, bool named,
                          const rm_time_number *number, int64_t *n_read,
                          rm_time_format *format) {
    bool meant = named || rm_finding_named_as_time(f, column), ascending;
    *format = rm_finding_stamps(f);
    if (!meant && !rm_finding_has_word(f, column) &&
        !(number->is_long && rm_column_counts(f->columns, column)))
        return false;
    if (rm_time_pattern_set(format, number->pattern) != RIMER_OK)
        return false;
    int64_t n = rm_finding_count(f, column, format, &ascending);
    *n_read = *n_read > n ? *n_read : n;
    if (meant && rm_time_counts_from_1970(number->pattern))
        return n > 0;
    return n == f->sample->n && (meant || ascending || f->options->sort == RIMER_YES);
}

bool rm_finding_numbers(const rm_time_finding *f, int64_t column, bool named, int64_t *n_read,
                        rm_time_format *format) {
    rm_time_number numbers[RM_TIME_NUMBERS_MAX];
    int n = rm_time_numbers(rm_finding_cell(f, 0, column), numbers);
    for (int i = 0; i < n; i++)
        if (reads_numbers(f, column, named, &numbers[i], n_read, format))
            return true;
    return false;
}

/* A column that begins with a time is meant as one: a later cell that is none is refused
 * when it is read. Integers may as well be values. Without a user who says so they are times
 * only if they ascend and look like 20240131, or stand under a name that means a time. */
static rimer_status judge_column(const rm_time_finding *f, int64_t column, bool named,
                                 int64_t *n_read, rm_time_format *format, bool *is_time) {
    const char *first = rm_finding_cell(f, 0, column);
    bool digits_only = rm_decimal_is_digits(first), ascending;
    *is_time = true;
    *format = rm_finding_stamps(f);
    if (f->options->time_format[0])
        return judge_given(f, column, format, is_time);
    rm_time_format probe = *format;
    *n_read = rm_finding_count(f, column, &probe, &ascending);
    if ((*n_read > 0 && !digits_only) ||
        (*n_read == f->sample->n && (named || ascending || f->options->sort == RIMER_YES)))
        return RIMER_OK;
    if (rm_finding_numbers(f, column, named, n_read, format))
        return RIMER_OK;
    bool year = rm_time_has_name_of(f->columns, column, RM_COLUMN_YEAR);
    *format = (rm_time_format){.kind = RM_TIME_YEARS};
    if (year && rm_finding_count(f, column, format, &ascending) == f->sample->n)
        return RIMER_OK;
    *format = (rm_time_format){.kind = RM_TIME_STEPS};
    int64_t n_steps = rm_finding_count(f, column, format, &ascending);
    if (n_steps == f->sample->n &&
        (named || (ascending && rm_column_counts(f->columns, column))))
        return RIMER_OK;
    *n_read = *n_read > n_steps ? *n_read : n_steps;
    *format = rm_finding_stamps(f);
    return rm_finding_pattern(f, column, format, is_time);
}

void rm_finding_set(const rm_time_finding *f, int64_t column, const rm_time_format *format) {
    f->columns->n_time = 1;
    f->columns->time[0] = column;
    f->columns->format = (rm_time_format){.kind = format->kind, .cuts = format->cuts};
    if (format->pattern[0])
        f->columns->format = *format;
}

rimer_status rm_finding_take(const rm_time_finding *f, int64_t column, bool named) {
    rm_time_format format;
    int64_t n_read = 0;
    bool is_time;
    RM_TRY(judge_column(f, column, named, &n_read, &format, &is_time));
    if (is_time)
        rm_finding_set(f, column, &format);
    return is_time || !named ? RIMER_OK : rm_finding_bad_time(f, column, n_read);
}
