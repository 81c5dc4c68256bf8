/* The text format of the Monash forecasting archive: a header of @ lines, then for each series a
 * line of its attributes and values, "T1:1990-01-01 00-00-00:2640,2640,2160". */
#include "data/readers.h"

#include "base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_PATTERN "%Y-%m-%d %H-%M-%S"

typedef struct reading {
    const rm_text_source *source;
    rm_input *input;
    int64_t line;
    bool in_data;
    int64_t n_attributes, name, start; /* which attribute is which; -1: none */
    rm_frequency frequency;            /* size 0 until it is known */
    rm_time_format format;
    rm_series_list list;
    int64_t *starts; /* [list.n] */
    int64_t starts_capacity;
} reading;

/* The text of the next line, ended by a NUL; NULL behind the last one. */
static rimer_status next_line(reading *r, int64_t *passed, char **text) {
    int64_t size, next;
    bool found;
    rm_input_drop(r->input, *passed);
    r->line++;
    RM_TRY(rm_input_line(r->input, 0, r->line, &size, &next, &found));
    *passed = next;
    *text = found ? rm_input_text(r->input) : NULL;
    if (found)
        (*text)[size] = 0;
    return RIMER_OK;
}

static bool starts_with_word(const char *line, const char *word) {
    size_t n = strlen(word);
    char start[32] = "";
    snprintf(start, sizeof start, "%.*s", (int)n, line);
    return rm_text_same_nocase(start, word) &&
           (line[n] == 0 || line[n] == ' ' || line[n] == '\t');
}

bool rm_tsf_is(rm_input *input) {
    const char *text = rm_input_text(input);
    int64_t left = rm_input_held(input);
    while (left > 0 && (*text == '#' || *text == '\n' || *text == '\r')) {
        const char *end = memchr(text, '\n', (size_t)left);
        if (!end)
            return false;
        left -= end + 1 - text;
        text = end + 1;
    }
    char line[32] = "";
    snprintf(line, sizeof line, "%.*s", left < 31 ? (int)left : 31, text);
    line[strcspn(line, " \t\r\n")] = 0;
    static const char *const words[] = {"@relation", "@attribute",   "@frequency", "@horizon",
                                        "@missing",  "@equallength", "@data"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rm_text_same_nocase(line, words[i]))
            return true;
    return false;
}

static char *after_word(char *line) {
    line += strcspn(line, " \t");
    line += strspn(line, " \t");
    size_t size = strlen(line);
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t'))
        line[--size] = 0;
    return line;
}

/* "monthly", "half_hourly", "10_minutes". */
static rimer_status read_frequency(reading *r, const char *text) {
    static const struct {
        const char *name, *freq;
    } named[] = {{"yearly", "1y"},     {"quarterly", "1q"},      {"monthly", "1mo"},
                 {"weekly", "1w"},     {"daily", "1d"},          {"hourly", "1h"},
                 {"minutely", "1min"}, {"half_hourly", "30min"}, {"secondly", "1s"}},
      units[] = {{"seconds", "s"}, {"minutes", "min"}, {"hours", "h"}, {"days", "d"},
                 {"weeks", "w"},   {"months", "mo"},   {"years", "y"}};
    char freq[32];
    int64_t digits = (int64_t)strspn(text, "0123456789");
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(text, named[i].name) == 0 &&
            rm_frequency_parse(named[i].freq, &r->frequency))
            return RIMER_OK;
    for (size_t i = 0; digits > 0 && digits < 9 && i < sizeof units / sizeof *units; i++) {
        snprintf(freq, sizeof freq, "%.*s%s", (int)digits, text, units[i].freq);
        if (text[digits] == '_' && strcmp(text + digits + 1, units[i].name) == 0 &&
            rm_frequency_parse(freq, &r->frequency))
            return RIMER_OK;
    }
    RM_FAIL(DATA, "%s:%lld: @frequency \"%.40s\" is not known", rm_input_shown(r->input),
            (long long)r->line, text);
}

static rimer_status read_header(reading *r, char *line) {
    char *value = after_word(line);
    if (starts_with_word(line, "@data")) {
        if (r->n_attributes == 0)
            RM_FAIL(DATA, "%s:%lld: @data without an @attribute before it",
                    rm_input_shown(r->input), (long long)r->line);
        r->in_data = true;
    } else if (starts_with_word(line, "@frequency")) {
        return read_frequency(r, value);
    } else if (starts_with_word(line, "@attribute")) {
        if (starts_with_word(value, "series_name"))
            r->name = r->n_attributes;
        if (starts_with_word(value, "start_timestamp"))
            r->start = r->n_attributes;
        r->n_attributes++;
    } else if (*line != '@') {
        RM_FAIL(DATA,
                "%s:%lld: \"%.40s\" is no line that begins with @, and stands before @data",
                rm_input_shown(r->input), (long long)r->line, line);
    }
    return RIMER_OK;
}

static rimer_status read_values(reading *r, char *text, const char *id) {
    for (char *comma; text; text = comma ? comma + 1 : NULL) {
        float value;
        comma = strchr(text, ',');
        if (comma)
            *comma = 0;
        bool unknown = strcmp(text, "?") == 0;
        rm_cell kind =
            unknown ? RM_CELL_MISSING : rm_cell_parse(&r->source->style, text, &value);
        if (unknown)
            value = __builtin_nanf("");
        if (kind != RM_CELL_NUMBER && kind != RM_CELL_MISSING)
            RM_FAIL(DATA, "%s:%lld: series \"%.80s\": \"%.80s\" is not %s",
                    rm_input_shown(r->input), (long long)r->line, id, text,
                    kind == RM_CELL_INFINITE ? "finite as a 32-bit float" : "a number");
        RM_TRY(rm_series_list_value(&r->list, value));
    }
    return RIMER_OK;
}

static rimer_status read_start(reading *r, const char *text, const char *id) {
    int64_t time = 0;
    RM_TRY(rm_array_grow(&r->starts, &r->starts_capacity, r->list.n + 1, sizeof *r->starts));
    if (r->start >= 0 && !rm_time_read(&r->format, text, &time))
        RM_FAIL(DATA,
                "%s:%lld: series \"%.80s\": \"%.40s\" is not a time such as "
                "1990-01-31 00-00-00",
                rm_input_shown(r->input), (long long)r->line, id, text);
    r->starts[r->list.n] = time;
    return RIMER_OK;
}

/* Attributes have no colon in them. */
static rimer_status read_series(reading *r, char *line) {
    char numbered[32], *start = NULL, *at = line;
    snprintf(numbered, sizeof numbered, "T%lld", (long long)r->list.n + 1);
    const char *id = numbered;
    for (int64_t a = 0; a < r->n_attributes; a++) {
        char *colon = strchr(at, ':');
        if (!colon)
            RM_FAIL(DATA,
                    "%s:%lld: %lld of the %lld attributes that the header names are here, "
                    "each ended by a colon",
                    rm_input_shown(r->input), (long long)r->line, (long long)a,
                    (long long)r->n_attributes);
        *colon = 0;
        id = a == r->name && *at ? at : id;
        start = a == r->start ? at : start;
        at = colon + 1;
    }
    RM_TRY(read_values(r, at, id));
    RM_TRY(read_start(r, start, id));
    return rm_series_list_end(&r->list, rm_input_shown(r->input), r->line, id);
}

static rimer_status read_lines(reading *r) {
    int64_t passed = 0;
    char *line;
    for (;;) {
        RM_TRY(next_line(r, &passed, &line));
        if (!line)
            break;
        if (*line == '#' || line[strspn(line, " \t")] == 0)
            continue;
        RM_TRY(r->in_data ? read_series(r, line) : read_header(r, line));
    }
    if (!r->in_data)
        RM_FAIL(DATA, "%s: there is no @data", rm_input_shown(r->input));
    return RIMER_OK;
}

static void fill_times(const reading *r, rimer_dataset *d) {
    for (int64_t s = 0; s < d->n_series; s++)
        for (int64_t t = 0; t < d->series[s].n_steps; t++)
            d->series[s].times[t] = rm_frequency_forward(&d->grid, r->starts[s], t);
}

/* Times need both a start and a frequency; else steps are numbered. */
static rimer_status finish(reading *r, rimer_dataset *d) {
    bool timed = r->start >= 0 && r->frequency.size > 0;
    if (timed) {
        d->format = r->format;
        RM_TRY(rm_dataset_set_time_columns(d, 1, (const char *const[]){"start_timestamp"}));
    }
    memset(r->starts, 0, timed ? 0 : (size_t)d->n_series * sizeof *r->starts);
    d->notes.layout = "tsf";
    strcpy(d->notes.reason, r->frequency.size ? "as @frequency says" : "steps are numbered");
    d->frequency = r->frequency.size ? r->frequency : rm_frequency_of_format(&d->format);
    d->grid = timed ? d->frequency : rm_frequency_of_format(&d->format);
    RM_TRY(rm_dataset_set_frequency(d, rm_input_shown(r->input), r->source->options->freq));
    if (timed)
        d->grid = d->frequency;
    fill_times(r, d);
    return RIMER_OK;
}

static rimer_status read_file(reading *r, rimer_dataset **out) {
    rimer_dataset *d;
    RM_TRY(rm_time_pattern_set(&r->format, START_PATTERN));
    RM_TRY(read_lines(r));
    RM_TRY(rm_series_list_take(&r->list, rm_input_shown(r->input), r->source->path, &d));
    rimer_status status = finish(r, d);
    if (status != RIMER_OK) {
        rimer_dataset_free(d);
        return status;
    }
    *out = d;
    return RIMER_OK;
}

rimer_status rm_tsf_read(const rm_text_source *source, rm_input *input, rimer_dataset **out) {
    reading r = {.source = source,
                 .input = input,
                 .line = rm_input_first_line(input) - 1,
                 .name = -1,
                 .start = -1,
                 .format = {.kind = RM_TIME_STAMPS}};
    RM_TRY(rm_series_list_check(source->options, "a .tsf file", "names its times itself"));
    rimer_status status = read_file(&r, out);
    rm_series_list_free(&r.list);
    free(r.starts);
    return status;
}
