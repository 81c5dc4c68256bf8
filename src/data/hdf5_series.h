/* One series of an HDF5 file: the datasets that hold its channels and its times. */
#ifndef RM_HDF5_SERIES_H
#define RM_HDF5_SERIES_H

#include "data/cf_time.h"
#include "data/hdf5_found.h"
#include "data/number.h"

#define RM_HDF5_CODES_MAX 16

/* A dataset with one or more channels, and what its attributes say of the numbers in it. */
typedef struct rm_hdf5_table {
    rm_hdf5_set set;
    int n_codes;
    double codes[RM_HDF5_CODES_MAX]; /* numbers that mean "missing" */
    bool scaled;
    double scale, offset;
    double *block; /* [rows of a block][columns]; NULL: none of its channels is wanted */
} rm_hdf5_table;

typedef struct rm_hdf5_series {
    int64_t n_tables, n_rows, n_columns;
    rm_hdf5_table *tables;
    rm_hdf5_set time; /* open if there are times */
    bool lends_time;  /* somebody else closes it */
} rm_hdf5_series;

/* Opens the n datasets of these names, all with the same number of rows, and looks at their
 * attributes. The names stay with the caller. RIMER_DATA: one of them is refused. */
rimer_status rm_hdf5_open_series(const rm_hdf5_file *file, const rm_hdf5_object *group,
                                 const char *const *names, int64_t n, rm_hdf5_series *series);

/* Opens the times and fills the clock. RIMER_DATA: they are refused, or do not fit the rows. */
rimer_status rm_hdf5_open_time(const rm_hdf5_file *file, const rm_hdf5_object *group,
                               rm_hdf5_series *series, rm_cf_clock *clock);
void rm_hdf5_close_series(const rm_hdf5_file *file, rm_hdf5_series *series);

/* Hands over the rows of the columns wanted, times later by `shift` microseconds. RIMER_DATA: a number beyond the range of float, a time that is none. */
typedef struct rm_hdf5_wanted {
    int64_t n;
    const int64_t *columns;     /* [n] counted over all tables */
    char *const *names;         /* [n_columns] */
    const rm_cell_style *style; /* numbers that the user says mean "missing" */
} rm_hdf5_wanted;
rimer_status rm_hdf5_read_series(const rm_hdf5_file *file, rm_hdf5_series *series,
                                 const rm_hdf5_wanted *wanted, rm_cf_clock *clock,
                                 int64_t shift, const rm_hdf5_taker *taker);

#endif
