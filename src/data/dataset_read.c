#include "data/hdf5_read.h"
#include "data/no_steps.h"
#include "data/readers.h"
#include "data/resample.h"

#include "base/fields.h"

#include <string.h>

RM_FIELD_TABLE(read_fields, rimer_read_options, RIMER_READ_LIST);

const rimer_field *rimer_read_fields(void) {
    return read_fields;
}

void rimer_read_options_init(rimer_read_options *options) {
    memset(options, 0, sizeof *options);
    rimer_fields_init(read_fields, options);
}

const char *rm_dataset_name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path;
}

/* 0: to be found out. */
static rimer_status delimiter_of(const rimer_read_options *options, char *delimiter) {
    static const struct {
        const char *text;
        char delimiter;
    } known[] = {{"auto", 0},   {",", ','},   {";", ';'},   {"|", '|'},
                 {"tab", '\t'}, {"\t", '\t'}, {"\\t", '\t'}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(options->delimiter, known[i].text) == 0) {
            *delimiter = known[i].delimiter;
            return RIMER_OK;
        }
    }
    RM_FAIL(USAGE, "delimiter \"%s\" is not understood: auto, \",\", \";\", \"|\" or tab",
            options->delimiter);
}

/* 0: to be found out. */
static rimer_status decimal_of(const rimer_read_options *options, char *decimal) {
    const char *mark = options->decimal;
    bool found_out = strcmp(mark, "auto") == 0;
    if (!found_out && strcmp(mark, ".") != 0 && strcmp(mark, ",") != 0)
        RM_FAIL(USAGE, "decimal \"%s\" is not understood: auto, . or ,", mark);
    *decimal = found_out ? 0 : mark[0];
    return RIMER_OK;
}

static rimer_status check_options(const rimer_read_options *options) {
    if (options->no_time == RIMER_YES && options->time_col[0])
        RM_FAIL(USAGE, "no_time and time_col \"%s\" exclude each other", options->time_col);
    if (options->no_time == RIMER_YES && options->time_format[0])
        RM_FAIL(USAGE, "no_time and time_format \"%s\" exclude each other",
                options->time_format);
    if (options->layout == RIMER_LAYOUT_WIDE && options->id_col[0])
        RM_FAIL(USAGE, "layout wide has no column of series: leave id_col \"%s\" out",
                options->id_col);
    return rm_resample_check(options);
}

rimer_status rm_text_source_begin(rm_text_source *source, char *delimiter) {
    RM_TRY(rm_fields_check(read_fields, source->options));
    RM_TRY(delimiter_of(source->options, delimiter));
    RM_TRY(decimal_of(source->options, &source->style.decimal));
    return check_options(source->options);
}

static rimer_status style_of(rm_text_source *source, char decimal) {
    if (!rm_cell_style_init(&source->style, decimal, source->options->na))
        RM_FAIL(USAGE, "na \"%s\": more than %d spellings", source->options->na, RM_NA_MAX);
    source->style.is_said = strcmp(source->options->decimal, "auto") != 0;
    return RIMER_OK;
}

rimer_status rm_text_source_settle(rm_text_source *source, const rm_sample *sample) {
    if (!source->style.decimal)
        source->style.decimal =
            rm_csv_delimiter(sample->csv) == ',' ? '.' : rm_sample_decimal(sample);
    return style_of(source, source->style.decimal);
}

/* Which column holds names in layout rows: its texts tell nothing about a header. */
rimer_status rm_text_source_sample(rm_text_source *source, rm_csv *csv, int64_t most,
                                   rm_sample *sample) {
    bool rows = source->options->layout == RIMER_LAYOUT_ROWS;
    RM_TRY(rm_sample_take(sample, csv, most));
    RM_TRY(rm_text_source_settle(source, sample));
    RM_TRY(rm_sample_find_header(sample, source->options, &source->style, rows ? 0 : -1));
    if (!rows) {
        RM_TRY(rm_sample_refuse_title(sample, &source->style));
        rm_sample_pass_names(sample);
    }
    if (!rows && sample->header && sample->n > 1 && rm_sample_has_units(sample, &source->style))
        rm_sample_take_units(sample);
    if (!rows && sample->header)
        rm_sample_pass_name_of_time(sample, &source->style);
    return RIMER_OK;
}

static rimer_status read_sampled(rm_text_source *source, rm_csv *csv, rimer_dataset **out) {
    bool rows = source->options->layout == RIMER_LAYOUT_ROWS;
    rm_sample sample;
    if (rows)
        rm_csv_allow_ragged(csv);
    RM_TRY(rm_text_source_sample(source, csv, RM_SAMPLE_ROWS, &sample));
    return rows ? rm_series_rows_read(source, csv, &sample, out)
                : rm_table_read(source, csv, &sample, out);
}

static rimer_status read_csv(rm_text_source *source, rm_input *input, char delimiter,
                             rimer_dataset **out) {
    rm_csv *csv;
    RM_TRY(rm_csv_open(&csv, input, delimiter, source->style.decimal));
    rimer_status status = read_sampled(source, csv, out);
    rm_csv_free(csv);
    return status;
}

static rimer_status read_tsf(rm_text_source *source, rm_input *input, rimer_dataset **out) {
    rimer_status status = style_of(source, '.');
    if (status == RIMER_OK)
        status = rm_tsf_read(source, input, out);
    rm_input_free(input);
    return status;
}

static rimer_status read_file(const char *path, const rimer_read_options *options,
                              rimer_dataset **out) {
    rm_text_source source = {.path = path, .options = options};
    rm_input *input;
    char delimiter;
    RM_TRY(rm_text_source_begin(&source, &delimiter));
    if (rm_hdf5_is(path))
        return rm_hdf5_read(path, source.options, out);
    RM_TRY(rm_input_open(&input, path));
    rimer_status status = rm_input_skip(input, options->skip);
    if (status != RIMER_OK) {
        rm_input_free(input);
        return status;
    }
    return rm_tsf_is(input) ? read_tsf(&source, input, out)
                            : read_csv(&source, input, delimiter, out);
}

/* What ran out of memory says how much it wanted, not for what. */
static rimer_status read_named(const char *path, const rimer_read_options *options,
                               rimer_dataset **out) {
    static const char start[] = "out of memory";
    rimer_status status = read_file(path, options, out);
    if (status != RIMER_NO_MEMORY || strncmp(rimer_last_error(), start, sizeof start - 1) != 0)
        return status;
    rm_error_set(status, "%s: %s: allow more (ulimit -v), or split it by its series or columns",
                 strcmp(path, "-") == 0 ? "(stdin)" : path, rimer_last_error());
    return status;
}

rimer_status rimer_dataset_read(const char *path, const rimer_read_options *options,
                                rimer_dataset **out) {
    RM_NEED(path, out);
    rimer_read_options defaults;
    rimer_dataset *dataset, *later;
    rimer_read_options_init(&defaults);
    options = options ? options : &defaults;
    if (!options->append[0])
        return read_named(path, options, out);
    RM_TRY(read_named(path, options, &dataset));
    rimer_status status = read_named(options->append, options, &later);
    if (status == RIMER_OK) {
        status = rimer_dataset_append(dataset, later);
        rimer_dataset_free(later);
    }
    if (status == RIMER_OK)
        *out = dataset;
    else
        rimer_dataset_free(dataset);
    return status;
}
