#include "data/resample.h"

#include "data/time_parts.h"
#include "data/zone.h"

#include <math.h>
#include <string.h>

#define STEPS_TRIED 13 /* a year of months, and more than a day of two hours each */

rimer_status rm_resample_check(const rimer_read_options *options) {
    const char *step = options->resample;
    rm_frequency resample, freq;
    if (!*step)
        return RIMER_OK;
    if (options->steps == RIMER_STEPS_ROWS)
        RM_FAIL(USAGE,
                "resample \"%s\" and steps rows exclude each other: one puts rows to steps by "
                "their times, the other takes them as they come",
                step);
    if (options->no_time == RIMER_YES)
        RM_FAIL(USAGE, "resample \"%s\" goes by times: leave no_time out", step);
    if (options->freq[0] && strcmp(options->freq, step) != 0 &&
        !(rm_frequency_parse(options->freq, &freq) && rm_frequency_parse(step, &resample) &&
          freq.kind == resample.kind && freq.size == resample.size))
        RM_FAIL(USAGE, "resample \"%s\" makes steps of that length: leave freq \"%s\" out",
                step, options->freq);
    return RIMER_OK;
}

int rm_resample_how(const rimer_read_options *options) {
    return options->duplicates == RIMER_DUPLICATES_ERROR ? RIMER_DUPLICATES_MEAN
                                                         : options->duplicates;
}

/* Times of an hour would say of its minutes nothing, and those of a day of 23:00. */
static rimer_status check_spelling(const rm_resample *resample, const char *text,
                                   const char *shown, int64_t first,
                                   const rm_time_format *format) {
    rm_time_format finer = rm_frequency_spelling(&resample->step, format);
    int64_t start = rm_frequency_start(&resample->step, first);
    finer.zone_rules = NULL; /* what clocks show twice is another matter */
    for (int64_t k = 0; k < STEPS_TRIED && format->kind != RM_TIME_STEPS; k++) {
        int64_t time = rm_frequency_forward(&resample->step, start, k), read;
        char spelled[RIMER_TIME_SIZE];
        rm_time_format reading = finer;
        int64_t year = rm_civil_of(time).year;
        if (year < 1)
            RM_FAIL(USAGE, "resample \"%s\": the first step would begin before the year 1",
                    text);
        if (year > 9999)
            break;
        rm_time_text(&finer, time, spelled, sizeof spelled);
        if (rm_time_read(&reading, spelled, &read) && read == time)
            continue;
        for (char *mark; (mark = strchr(spelled, RM_TIME_COLUMN_MARK));)
            *mark = ' ';
        RM_FAIL(USAGE,
                "resample \"%s\": the times of %s are spelled too coarsely to tell where such "
                "steps begin (%s); take longer steps",
                text, shown, spelled);
    }
    return RIMER_OK;
}

static bool is_whole_days(const rm_frequency *step) {
    return step->kind != RM_EVERY_MICROS || step->size % RM_MICROS_PER_DAY == 0;
}

/* A day of 23 hours is a step as others are where times are those of a calendar. What tells an
 * instant cannot tell these; the offset behind an ISO text can be left out. */
static rimer_status take_days(rm_resample *resample, const char *text, const char *shown,
                              rm_time_format *format) {
    if (format->pattern[0] && (format->zone[0] || rm_time_counts_from_1970(format->pattern)))
        RM_FAIL(USAGE,
                "resample \"%s\": days of the zone %s differ in length, and the times of %s "
                "are spelled as instants, which cannot count them: leave zone out to have days "
                "of %s",
                text, rm_zone_name(format->zone_rules), shown,
                format->zone[0] ? "that offset" : "UTC");
    resample->days = format->zone_rules;
    format->zone_rules = NULL;
    format->zone[0] = 0;
    format->zone_minutes = 0;
    return RIMER_OK;
}

rimer_status rm_resample_begin(rm_resample *resample, const rimer_read_options *options,
                               const char *shown, int64_t first, rm_time_format *format) {
    const char *text = options->resample;
    *resample = (rm_resample){0};
    RM_TRY(rm_frequency_of_option("resample", text, format->kind, shown, &resample->step));
    if (format->kind == RM_TIME_STEPS && resample->step.kind != RM_EVERY_STEPS) {
        const char *since = rimer_time_since_1970((double)first, (double)first);
        RM_FAIL(
            USAGE,
            "resample \"%s\": the times of %s are plain numbers, which have no unit: give a "
            "bare number, or use --time-format%s%s",
            text, shown, *since ? " " : "", since);
    }
    if (format->zone_rules && is_whole_days(&resample->step)) {
        RM_TRY(take_days(resample, text, shown, format));
        first = rm_zone_local(resample->days, first);
    } else if (format->zone_rules) {
        resample->zone = format->zone_rules;
        resample->ahead = rm_zone_local(resample->zone, first) - first;
    }
    return check_spelling(resample, text, shown, first + resample->ahead, format);
}

bool rm_resample_start(const rm_resample *resample, int64_t time, int64_t *start) {
    if (resample->days)
        time = rm_zone_local(resample->days, time);
    *start = rm_frequency_start(&resample->step, time + resample->ahead) - resample->ahead;
    return !resample->zone || (rm_zone_local(resample->zone, time) - time - resample->ahead) %
                                      resample->step.size ==
                                  0;
}

void rm_combine(rm_combined *combined, float value) {
    if (isnan(value))
        return;
    if (combined->n++ == 0)
        combined->first = value;
    combined->last = value;
    combined->sum += (double)value;
}

float rm_combined_value(const rm_combined *combined, int how) {
    if (combined->n == 0)
        return NAN;
    return how == RIMER_DUPLICATES_FIRST  ? combined->first
           : how == RIMER_DUPLICATES_LAST ? combined->last
           : how == RIMER_DUPLICATES_MEAN ? (float)(combined->sum / (double)combined->n)
                                          : (float)combined->sum;
}
