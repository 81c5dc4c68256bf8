/* The readers of the kinds of file; rimer_dataset_read picks one by the first bytes. */
#ifndef RM_READERS_H
#define RM_READERS_H

#include "base/labels.h"
#include "data/columns.h"
#include "data/dataset_inside.h"

/* What all readers of text begin with. */
typedef struct rm_text_source {
    const char *path;
    const rimer_read_options *options;
    rm_cell_style style;
    const rimer_dataset *before; /* the data that it continues; NULL: not known */
} rm_text_source;

/* Checks the options of `source`, and what they say of delimiter (0: to be found out) and
 * style. RIMER_USAGE. */
rimer_status rm_text_source_begin(rm_text_source *source, char *delimiter);

/* Settles the style by a sample. */
rimer_status rm_text_source_settle(rm_text_source *source, const rm_sample *sample);

/* Takes a sample of `most` rows, settles the style by it and finds its header. */
rimer_status rm_text_source_sample(rm_text_source *source, rm_csv *csv, int64_t most,
                                   rm_sample *sample);

/* A wide or a long table, whose sample was taken and whose header was found. The csv stays the
 * caller's. */
rimer_status rm_table_read(const rm_text_source *source, rm_csv *csv, const rm_sample *sample,
                           rimer_dataset **out);

/* A series a row: a name, then its values; empty cells at the end are no values. Rows may be
 * shorter than the first. */
rimer_status rm_series_rows_read(const rm_text_source *source, rm_csv *csv,
                                 const rm_sample *sample, rimer_dataset **out);

/* Whether the text that the input begins with is a Monash .tsf file. */
bool rm_tsf_is(rm_input *input);

/* Reads it; the input stays the caller's. */
rimer_status rm_tsf_read(const rm_text_source *source, rm_input *input, rimer_dataset **out);

/* The name by which a dataset of this path goes: the file's without folders, or "stdin". */
const char *rm_dataset_name_of(const char *path);

/* Series that come whole, one after the other. */
typedef struct rm_series_list {
    rm_labels ids;
    rm_stored_series *series;
    int64_t n, capacity;
    float *values; /* of the present series */
    int64_t n_values, values_capacity;
} rm_series_list;

/* Refuses options that such a file has no use for: "WHAT TIMES: leave time_col out".
 * RIMER_USAGE. */
rimer_status rm_series_list_check(const rimer_read_options *options, const char *what,
                                  const char *times);

rimer_status rm_series_list_value(rm_series_list *list, float value);

/* Ends the present series; its times are still 0. RIMER_DATA: `id` was there before; `shown`
 * and `line` tell where. */
rimer_status rm_series_list_end(rm_series_list *list, const char *shown, int64_t line,
                                const char *id);

/* Makes a dataset with one channel, called y, of all that was listed. RIMER_DATA: no series.
 * `shown` names the file. */
rimer_status rm_series_list_take(rm_series_list *list, const char *shown, const char *path,
                                 rimer_dataset **out);
void rm_series_list_free(rm_series_list *list);

/* What --freq says of a dataset that need not be asked for it, if anything. `shown` names the file.
 * RIMER_USAGE. */
rimer_status rm_dataset_set_frequency(rimer_dataset *dataset, const char *shown,
                                      const char *freq);

#endif
