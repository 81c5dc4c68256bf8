/* Data: series read from a file into memory, once. */
#ifndef RIMER_DATASET_H
#define RIMER_DATASET_H

#include "rimer/config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RIMER_HEADER_AUTO, RIMER_HEADER_YES, RIMER_HEADER_NO };
enum {
    RIMER_DUPLICATES_ERROR,
    RIMER_DUPLICATES_FIRST,
    RIMER_DUPLICATES_LAST,
    RIMER_DUPLICATES_MEAN,
    RIMER_DUPLICATES_SUM
};
enum { RIMER_STEPS_TIME, RIMER_STEPS_ROWS };

/* How to read a table; see config.h for the form of the list. */
/* clang-format off */
#define RIMER_READ_LIST(INT, REAL, CHOICE, TEXT)                                              \
    TEXT(delimiter, "auto", "", "character between cells: auto, \",\", \";\", \"|\", tab")    \
    TEXT(decimal, ".", "", "decimal mark of numbers: . or ,")                                 \
    CHOICE(header, "auto", "auto|yes|no", "", "whether the first line names the columns")     \
    TEXT(na, "", "", "one more spelling of a missing value, such as -9999")                   \
    TEXT(time_col, "", "", "column with the time; default: the first column if it holds times") \
    CHOICE(no_time, "no", "no|yes", "", "there is no time column: steps are numbered")        \
    TEXT(freq, "", "", "distance of steps, such as 30min, 1h, 1d, 1mo, 1q, 1y; default: inferred") \
    CHOICE(steps, "time", "time|rows", "", "time: repeated times are refused, gaps become missing steps; rows: every row is the next step") \
    CHOICE(sort, "no", "no|yes", "", "accept rows out of time order and sort them")           \
    CHOICE(duplicates, "error", "error|first|last|mean|sum", "", "what to do with a repeated time") \
    TEXT(channels, "", "", "columns to keep, separated by commas; default: all")
/* clang-format on */

typedef struct rimer_read_options {
    RIMER_FIELD_MEMBERS(RIMER_READ_LIST)
} rimer_read_options;

RIMER_API const rimer_field *rimer_read_fields(void);
RIMER_API void rimer_read_options_init(rimer_read_options *options);

/* Series in memory: read-only after reading, shareable between threads. */
typedef struct rimer_dataset rimer_dataset;

/* Reads a wide CSV: one row a step, one column a channel, a time column first, named, or none.
 * gzip is seen by its first bytes; "-" is stdin. NULL options are the defaults.
 * RIMER_IO: cannot be opened or read. RIMER_DATA: refused; the sentence names file, line,
 * column and text. RIMER_USAGE: an option that does not fit the file (no such column). */
RIMER_API rimer_status rimer_dataset_read(const char *path, const rimer_read_options *options,
                                          rimer_dataset **out);

/* One series from memory: values[c * n_steps + t], NaN for missing, copied. `names` may be
 * NULL (c0, c1, ...). Steps are numbered. RIMER_USAGE for sizes below 1. */
RIMER_API rimer_status rimer_dataset_from_values(const float *values, int64_t n_steps,
                                                 int64_t n_channels, const char *const *names,
                                                 rimer_dataset **out);

RIMER_API void rimer_dataset_free(rimer_dataset *dataset);

/* A borrowed look at one series; valid while the dataset lives. */
typedef struct rimer_series {
    const char *id; /* "" for the single series of a wide table */
    int64_t n_steps;
    int64_t n_channels;
    const float *values;  /* [n_channels][n_steps], NaN is missing */
    const int64_t *times; /* [n_steps] microseconds since 1970-01-01 (UTC as written), or step
                             numbers when there is no time column */
} rimer_series;

RIMER_API int64_t rimer_dataset_n_series(const rimer_dataset *dataset);
RIMER_API rimer_series rimer_dataset_series(const rimer_dataset *dataset, int64_t index);
RIMER_API int64_t rimer_dataset_n_channels(const rimer_dataset *dataset);
RIMER_API const char *rimer_dataset_channel_name(const rimer_dataset *dataset, int64_t channel);

/* Name of the time column, "" if there is none. */
RIMER_API const char *rimer_dataset_time_name(const rimer_dataset *dataset);

/* File name without folders, for reports. */
RIMER_API const char *rimer_dataset_name(const rimer_dataset *dataset);

/* Frequency as text: "30min", "1h", "1mo", "1" for numbered steps, "irregular". */
RIMER_API const char *rimer_dataset_frequency(const rimer_dataset *dataset);

/* FNV-1a over ids, names, times and value bits; ties a model to what it was trained on. */
RIMER_API uint64_t rimer_dataset_fingerprint(const rimer_dataset *dataset);

/* What reading met. */
typedef struct rimer_read_notes {
    int64_t n_rows;                /* data rows in the file */
    int64_t n_missing;             /* missing values, gaps included */
    int64_t n_gap_steps;           /* steps that had no row and were inserted as missing */
    int64_t n_gaps;                /* places where steps were inserted */
    int64_t n_duplicates;          /* rows with a time that was there before */
    char ignored[RIMER_TEXT_SIZE]; /* text columns left out, comma separated, "" if none */
} rimer_read_notes;
RIMER_API rimer_read_notes rimer_dataset_notes(const rimer_dataset *dataset);

/* Time of the k-th step (k >= 1) after the last of a series, continued by calendar. */
RIMER_API int64_t rimer_dataset_future_time(const rimer_dataset *dataset, int64_t series,
                                            int64_t k);

/* Writes a time as the input spelled its times. `size` of 64 is enough. */
RIMER_API void rimer_dataset_format_time(const rimer_dataset *dataset, int64_t time, char *text,
                                         size_t size);

/* Candidate seasons in steps, likeliest first: detrended autocorrelation peaks of the first
 * n_steps of the series (all channels, pooled), the calendar's usual ones preferred. Returns how
 * many of max_seasons were filled; 0 when nothing repeats. */
RIMER_API int rimer_dataset_seasons(const rimer_dataset *dataset, int64_t n_steps,
                                    int max_seasons, int64_t *seasons);

/* Borders of the parts, in steps: training [0, train_end), validation [train_end, val_end),
 * test [val_end, test_end); what lies beyond is unused. */
typedef struct rimer_split {
    int64_t train_end, val_end, test_end;
} rimer_split;

/* `text` is "0.7/0.1/0.2" (training floor(0.7 n), test floor(0.2 n), validation the rest),
 * "ett-h" (8640/2880/2880), "ett-m" (four times that) or "rows:A/B/C".
 * RIMER_USAGE: text not understood. RIMER_DATA: n_steps too small for it. */
RIMER_API rimer_status rimer_split_make(const char *text, int64_t n_steps, rimer_split *split);

#ifdef __cplusplus
}
#endif
#endif
