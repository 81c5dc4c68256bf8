/* Rows of one series, one at a time as they come, from a text that may never end. */
#ifndef RM_FEED_H
#define RM_FEED_H

#include "data/columns.h"
#include "data/input.h"
#include "rimer/dataset.h"

typedef struct rm_feed rm_feed;

/* Opens a wide CSV table and reads its header. RIMER_IO, RIMER_DATA, RIMER_USAGE
 * as rimer_dataset_read; RIMER_USAGE, too, for options that need all rows (layout, zone, sort,
 * duplicates but first without resample). RIMER_INTERRUPTED: `live` said so. With `whole_lines` a last line
 * without its end is no row. `max_gap`: see rm_feed_next. */
rimer_status rm_feed_open(rm_feed **out, const char *path, const rimer_read_options *options,
                          int64_t max_gap, bool whole_lines, rm_live live);
void rm_feed_free(rm_feed *feed);

/* Waits for the next row, which tells the time and its spelling (rm_columns_tell), and which
 * rm_feed_next then reads. Anything below needs this first. *found is 0 at the end, or where no row
 * would do. RIMER_DATA with *found of 1: a row that is refused, with its line; it is left behind,
 * and the next call looks at the one after it. */
rimer_status rm_feed_begin(rm_feed *feed, const rm_known_channels *known, int *found);

/* The table, one series with its newest row alone: names, how times are spelled, and the times
 * to come, once rm_feed_knows_steps. NULL before a row was found. Borrowed. */
const rimer_dataset *rm_feed_table(const rm_feed *feed);

/* The frequency of the options, or `otherwise` if it suits ("": not known); else the first two
 * rows tell. RIMER_USAGE: the options' does not suit. */
rimer_status rm_feed_set_frequency(rm_feed *feed, const char *otherwise);
int rm_feed_knows_steps(const rm_feed *feed);

/* Reads the next row: values[n_channels], and how many steps before it have no row. With resample:
 * as many rows as it takes to end a step, which is the newest then; the last one stays open. *found is 0
 * at the end. RIMER_DATA: a row that is refused, with line and column: out of order, a time
 * twice, off the grid, behind a gap of more than max_gap steps, a cell that is no number, a quote
 * that is not closed. It is left behind, and the next call reads on; but after other failures, or
 * where *found is 0, there is no next row. */
rimer_status rm_feed_next(rm_feed *feed, float *values, int64_t *gap, int *found);

/* Where the newest row stands (rimer_dataset_position), once rm_feed_knows_steps. */
int64_t rm_feed_position(const rm_feed *feed);

/* Line of the newest row. */
int64_t rm_feed_line(const rm_feed *feed);

/* At the end: the last line, if it had no end and was left out; else 0. */
int64_t rm_feed_cut_line(const rm_feed *feed);

/* The file's name for sentences. */
const char *rm_feed_shown(const rm_feed *feed);

/* Where the feed stands, to go on behind it in another text, whose first row tells how times
 * are spelled; `behind` is written behind it, and taken off again before it is used. The caller
 * frees it. `has_steps`: rows were handed out, or a step of them. RIMER_DATA: a place of other
 * times or steps. RIMER_MODEL: no place. */
rimer_status rm_feed_place(const rm_feed *feed, const char *behind, char **place);
rimer_status rm_feed_go_on(rm_feed *feed, const char *place, bool has_steps);

#endif
