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
enum { RIMER_LAYOUT_AUTO, RIMER_LAYOUT_WIDE, RIMER_LAYOUT_LONG, RIMER_LAYOUT_ROWS };
enum { RIMER_GUARD_YES, RIMER_GUARD_NO };
enum { RIMER_FORMAT_AUTO, RIMER_FORMAT_CSV, RIMER_FORMAT_GZ, RIMER_FORMAT_H5 };

/* How to read a table; see config.h for the form of the list, and docs/data.md for what each does:
 * `resample`, say, makes steps of a regular grid out of rows at any times, combined as `duplicates`
 * says (RIMER_DUPLICATES_ERROR: their mean), and excludes `no_time` and RIMER_STEPS_ROWS. */
/* clang-format off */
#define RIMER_READ_LIST(INT, REAL, CHOICE, TEXT)                                              \
    CHOICE(layout, "auto", "auto|wide|long|rows", "", "wide: a row a step, a column a channel; long: a row for each step of each series, named by a column; rows: a series a row; auto: long if there is a column unique_id, else wide") \
    TEXT(delimiter, "auto", "", "character between cells: auto, \",\", \";\", \"|\", tab")    \
    TEXT(decimal, "auto", "", "decimal mark of numbers: auto, . or ,")                        \
    INT(skip, "0", 0, 1000000, "", "lines before the table, which are not read")              \
    CHOICE(header, "auto", "auto|yes|no", "", "whether the first line names the columns")     \
    TEXT(na, "", "", "more spellings of a missing value, separated by commas, such as -9999") \
    TEXT(id_col, "", "", "column with the name of the series; default: unique_id, or the first in layout rows") \
    TEXT(time_col, "", "", "column with the time, or several that make it up, such as year,month,day,hour; default: the first column that holds times, or columns called so") \
    CHOICE(no_time, "no", "no|yes", "", "there is no time column: steps are numbered")        \
    TEXT(time_format, "", "", "how times are spelled, such as %d/%m/%Y %H:%M; default: found from the first rows") \
    TEXT(zone, "", "", "time zone of times without an offset, such as Europe/Berlin: its days of 23 and 25 hours are whole then") \
    TEXT(freq, "", "", "distance of steps, such as 30min, 1h, 1d, 1mo, 1q, 1y; default: inferred") \
    TEXT(resample, "", "", "combine the rows of each regular step, such as 1min, 1h, 1d, 1mo: their mean, or what --duplicates says; default: every row is a step") \
    CHOICE(steps, "time", "time|rows", "", "time: repeated times are refused, gaps become missing steps; rows: every row is the next step") \
    CHOICE(sort, "no", "no|yes", "", "accept rows out of time order and sort them")           \
    CHOICE(duplicates, "error", "error|first|last|mean|sum", "", "what to do with a repeated time, or with the rows of one step of --resample") \
    TEXT(channels, "", "target", "columns to keep, separated by commas; default: all that hold numbers") \
    TEXT(append, "", "", "file with the steps that follow, read with the same options: series are matched by their names, columns too") \
    CHOICE(guard, "yes", "yes|no", "", "HDF5: a child process reads the file, because the HDF5 library crashes over some damaged ones")
/* clang-format on */

typedef struct rimer_read_options {
    RIMER_FIELD_MEMBERS(RIMER_READ_LIST)
} rimer_read_options;

RIMER_API const rimer_field *rimer_read_fields(void);
RIMER_API void rimer_read_options_init(rimer_read_options *options);

/* Series in memory: read-only after reading, shareable between threads. */
typedef struct rimer_dataset rimer_dataset;

/* Reads a table: CSV (wide, long or a series a row), Monash .tsf, either of them gzipped, or
 * HDF5 (docs/data.md). The kind is told by the first bytes; "-" is stdin; "file.h5:/path" names
 * a dataset or group inside. NULL options are the defaults.
 * RIMER_IO: cannot be opened or read. RIMER_DATA: refused; the sentence names file, line,
 * column and text. RIMER_USAGE: an option out of its range, or that does not fit the file (no such
 * column). RIMER_NO_MEMORY: larger than this machine's memory. */
RIMER_API rimer_status rimer_dataset_read(const char *path, const rimer_read_options *options,
                                          rimer_dataset **out);

/* Reads a forecast, as rimer_forecast_write or rimer_follow wrote it; of an output of the latter
 * the newest. `options` are those by which the data were read that it continues, and `data` these
 * data (NULL: not known): what they say about times holds for the forecast as well, as it is
 * spelled like them; header, columns and decimal mark are its own. Fails as rimer_dataset_read
 * does. */
RIMER_API rimer_status rimer_dataset_read_forecast(const char *path,
                                                   const rimer_read_options *options,
                                                   const rimer_dataset *data,
                                                   rimer_dataset **out);

/* Puts the steps of `later`, which is only read, behind those of `dataset`, series by series,
 * matched by their ids (the only series of two tables, whatever its name), and channels by
 * their names. Steps between are missing; without a time column the numbers go on. A series
 * that `later` has not stays as it is. RIMER_DATA, and nothing is changed: a series or a
 * channel that `dataset` has not, a time that is not after the last one, or off its grid.
 * RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_dataset_append(rimer_dataset *dataset, const rimer_dataset *later);

/* One series from memory: values[c * n_steps + t], NaN for missing, copied. `names` may be
 * NULL (c0, c1, ...), and else has one for each channel, no two the same. Steps are numbered.
 * RIMER_USAGE for sizes below 1 and a name that is there twice. RIMER_DATA names an infinite value. RIMER_NO_MEMORY. */
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

/* Columns that make up the time: 0 if there is none, 1, or more ("year", "month", ...). */
RIMER_API int64_t rimer_dataset_n_time_columns(const rimer_dataset *dataset);
RIMER_API const char *rimer_dataset_time_column(const rimer_dataset *dataset, int64_t column);

/* Their names, separated by commas; "" if there is none. */
RIMER_API const char *rimer_dataset_time_name(const rimer_dataset *dataset);

/* File name without folders, for reports. */
RIMER_API const char *rimer_dataset_name(const rimer_dataset *dataset);

/* Frequency as text: "30min", "1h", "1mo", "1" for numbered steps, "irregular". */
RIMER_API const char *rimer_dataset_frequency(const rimer_dataset *dataset);

/* FNV-1a over ids, names, times and value bits; ties a model to what it was trained on. */
RIMER_API uint64_t rimer_dataset_fingerprint(const rimer_dataset *dataset);

/* What reading met. */
typedef struct rimer_read_notes {
    int64_t n_rows;       /* data rows in the file */
    int64_t n_missing;    /* missing values, gaps included */
    int64_t n_gap_steps;  /* steps that had no row and were inserted as missing */
    int64_t n_gaps;       /* places where steps were inserted */
    int64_t n_duplicates; /* rows with a time that was there before in their series */
    int64_t n_partial; /* resample with duplicates sum: last steps that may not have been over
                             yet, and were left out, one a series at most */
    int64_t first_gap_series, first_gap_time;             /* the first inserted step, if any */
    int64_t first_duplicate_series, first_duplicate_time; /* if any */
    const char *layout; /* "wide", "long", "rows", "tsf", "hdf5", "memory" */
    int64_t units_line; /* line below the header that holds units and was left out; 0: none */
    int64_t n_headers;  /* rows that say the names of the columns again and were left out */
    const char *since_1970; /* numbered steps that look like times since 1970: the time format
                               that would read them so, as of rimer_time_since_1970; else "" */
    char resample[32];      /* steps into which rows were combined, as 1h; "" if not so */
    char ignored[RIMER_TEXT_SIZE]; /* columns left out, comma separated, "" if none */
    char reason[RIMER_TEXT_SIZE];  /* half a sentence: how the frequency was found */
} rimer_read_notes;
RIMER_API rimer_read_notes rimer_dataset_notes(const rimer_dataset *dataset);

/* What numbers that rise from `first` to `last` look like: "%s" if seconds since 1970, "%Q" if
 * milliseconds, "%{us}s" if micro- and "%{ns}s" if nanoseconds, always of the years 1975 to 2106;
 * else "". */
RIMER_API const char *rimer_time_since_1970(double first, double last);

/* Time of the k-th step (k >= 1) after the last of a series, continued by calendar. */
RIMER_API int64_t rimer_dataset_future_time(const rimer_dataset *dataset, int64_t series,
                                            int64_t k);

/* Where step `step` of a series stands, which may be one before or after it: steps since a Monday
 * at 0:00, as times are written, or in UTC where they came with a zone; since the year 0 for
 * months, quarters and years; where steps are numbered, the number. So the same hour of a week
 * is as many steps of a week, whatever series and file it stands in. */
RIMER_API int64_t rimer_dataset_position(const rimer_dataset *dataset, int64_t series,
                                         int64_t step);

/* Writes a time as the input spelled its times; several columns are joined by blanks. `size` of
 * RIMER_TIME_SIZE is enough. */
#define RIMER_TIME_SIZE 160
RIMER_API void rimer_dataset_format_time(const rimer_dataset *dataset, int64_t time, char *text,
                                         size_t size);

/* What clocks show at a time, as it is written: in the zone of the read options, if times are
 * instants; else the time itself. */
RIMER_API int64_t rimer_dataset_clock(const rimer_dataset *dataset, int64_t time);

/* The part of a time that stands in one of the time columns. */
RIMER_API void rimer_dataset_format_time_column(const rimer_dataset *dataset, int64_t column,
                                                int64_t time, char *text, size_t size);

/* How a table is written; see config.h for the form of the list. */
/* clang-format off */
#define RIMER_WRITE_LIST(INT, REAL, CHOICE, TEXT)                                             \
    CHOICE(format, "auto", "auto|csv|gz|h5", "", "what to write; auto: by the name's ending, .csv, .gz, .h5 or .hdf5, else csv") \
    CHOICE(layout, "auto", "auto|wide|long", "", "wide: a column a channel; long: unique_id, time, value; auto: wide for a single series, else long")
/* clang-format on */

typedef struct rimer_write_options {
    RIMER_FIELD_MEMBERS(RIMER_WRITE_LIST)
} rimer_write_options;

RIMER_API const rimer_field *rimer_write_fields(void);
RIMER_API void rimer_write_options_init(rimer_write_options *options);

/* Writes all steps, missing ones as empty cells (NaN in HDF5), so that reading the file again
 * gives the same values bit for bit and the same times. "-" is stdout (CSV, gzipped if the
 * options say so). Written aside and renamed. NULL options are the defaults. RIMER_IO.
 * RIMER_USAGE: an option out of its range, a layout that the data do not fit, HDF5 to stdout or a
 * pipe. RIMER_FAILED: HDF5 without libhdf5. */
RIMER_API rimer_status rimer_dataset_write(const rimer_dataset *dataset, const char *path,
                                           const rimer_write_options *options);

/* What an engineer asks of a channel before training. */
typedef struct rimer_survey {
    int64_t n_steps, n_missing;
    double min, mean, max, deviation;      /* of the observed values; NaN if there are none */
    int64_t n_holes;                       /* runs of missing steps */
    int64_t longest_hole, longest_hole_at; /* its steps, its first step; 0, -1: none */
    int64_t first_missing;                 /* step; -1: none */
    int64_t frozen, frozen_at; /* longest run of one value: its steps, its first step */
    double sentinel;           /* a value that looks like a code for "missing"; NaN: none */
    int64_t n_sentinels;
} rimer_survey;

/* Looks at one channel of one series. */
RIMER_API rimer_survey rimer_dataset_survey(const rimer_dataset *dataset, int64_t series,
                                            int64_t channel);

/* Candidate seasons in steps, likeliest first: detrended autocorrelation peaks of the first
 * n_steps of the series (all channels, pooled), the calendar's usual ones preferred. Returns
 * how many of max_seasons were filled; 0 when nothing repeats. */
RIMER_API int rimer_dataset_seasons(const rimer_dataset *dataset, int64_t n_steps,
                                    int max_seasons, int64_t *seasons);

/* The same of one channel of one series. */
RIMER_API int rimer_dataset_channel_seasons(const rimer_dataset *dataset, int64_t series,
                                            int64_t channel, int64_t n_steps, int max_seasons,
                                            int64_t *seasons);

/* Borders of the parts, in steps: training [0, train_end), validation [train_end, val_end),
 * test [val_end, test_end); what lies beyond is unused. */
typedef struct rimer_split {
    int64_t train_end, val_end, test_end;
} rimer_split;

/* `text` is "0.7/0.1/0.2" (training floor(0.7 n), test floor(0.2 n), validation the rest),
 * "ett-h" (8640/2880/2880), "ett-m" (four times that), "rows:A/B/C", or "last:B/C", counted
 * from the end. "@J/N" behind any of them is fold J of N, 1 <= J <= N, of what lies before its
 * test part: with V = val_end - train_end of the split, the fold's test part ends at
 * val_end - (N - J) floor(V / 2), is V steps long, and so is the validation part before it.
 * "+val" behind all that lets the training part end where the validation part does, which is
 * empty then; "+all" where the series does, also of one that is too short for the split.
 * RIMER_USAGE: text not understood. RIMER_DATA: n_steps too small for it, or a fold of a split
 * without a validation part. */
RIMER_API rimer_status rimer_split_make(const char *text, int64_t n_steps, rimer_split *split);

#ifdef __cplusplus
}
#endif
#endif
