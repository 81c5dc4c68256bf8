#include "data/cf_time.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define MICROS_PER_SECOND INT64_C(1000000)
#define NANOS_PER_SECOND INT64_C(1000000000)
#define FIRST_TIME (INT64_C(-62135596800) * MICROS_PER_SECOND)
#define LAST_TIME (INT64_C(253402300800) * MICROS_PER_SECOND - 1)
#define NOT_A_TIME INT64_MIN /* as numpy writes it, and so xarray */
#define STEP_MAX INT64_C(999999999999999)

static bool set_unit(rm_cf_clock *clock, const char *word, size_t size) {
    static const struct {
        const char *names;
        int64_t nanos;
    } units[] = {{" ns nsec nsecs nanosec nanosecs nanosecond nanoseconds ", 1},
                 {" us usec usecs microsec microsecs microsecond microseconds ", 1000},
                 {" ms msec msecs millisec millisecs millisecond milliseconds ", 1000000},
                 {" s sec secs second seconds ", NANOS_PER_SECOND},
                 {" min mins minute minutes ", 60 * NANOS_PER_SECOND},
                 {" h hr hrs hour hours ", 3600 * NANOS_PER_SECOND},
                 {" d day days ", 86400 * NANOS_PER_SECOND}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        for (const char *at = units[i].names; at[1]; at = strchr(at + 1, ' ')) {
            if (strncasecmp(at + 1, word, size) == 0 && at[1 + size] == ' ') {
                clock->nanos = units[i].nanos;
                return true;
            }
        }
    }
    return false;
}

/* Takes up to `most` digits; how many there were. */
static int take_number(const char **text, int most, int64_t *number) {
    int n = 0;
    for (*number = 0; n < most && **text >= '0' && **text <= '9'; n++)
        *number = *number * 10 + (*(*text)++ - '0');
    return n;
}

static bool take(const char **text, char c) {
    bool there = **text == c;
    *text += there;
    return there;
}

static bool take_date(const char **text, int64_t *micros) {
    int64_t year, month, day;
    if (!take_number(text, 4, &year) || !take(text, '-') || !take_number(text, 2, &month) ||
        !take(text, '-') || !take_number(text, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 ||
        day > rm_days_in_month(year, (int)month))
        return false;
    *micros = rm_civil_time(year, (int)month, (int)day, 0);
    return true;
}

/* H[:M[:S[.f]]] */
static bool take_hours(const char **text, int64_t *micros) {
    int64_t hour, minute = 0, second = 0, fraction = 0;
    int digits = 6;
    if (!take_number(text, 2, &hour) || (take(text, ':') && !take_number(text, 2, &minute)) ||
        (take(text, ':') && !take_number(text, 2, &second)))
        return false;
    if (take(text, '.')) {
        digits -= take_number(text, 6, &fraction);
        *text += strspn(*text, "0"); /* nanoseconds, if there are none */
    }
    while (digits-- > 0)
        fraction *= 10;
    *micros += ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + fraction;
    return hour < 24 && minute < 60 && second < 60;
}

bool rm_cf_offset(const char *text, int64_t *offset) {
    int64_t hours, minutes = 0;
    *offset = 0;
    if (!*text || strcasecmp(text, "Z") == 0 || strcasecmp(text, "UTC") == 0 ||
        strcasecmp(text, "GMT") == 0)
        return true;
    bool west = take(&text, '-');
    if (!west && !take(&text, '+'))
        return false;
    if (!take_number(&text, 2, &hours))
        return false;
    if ((take(&text, ':') || *text) && take_number(&text, 2, &minutes) != 2)
        return false;
    *offset = (west ? -1 : 1) * (hours * 60 + minutes);
    return !*text && hours < 24 && minutes < 60;
}

static bool set_origin(rm_cf_clock *clock, const char *text) {
    char copy[80];
    size_t size = strlen(text);
    while (size && text[size - 1] == ' ')
        size--;
    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    const char *rest = copy;
    if (!take_date(&rest, &clock->origin))
        return false;
    const char *hours = rest + strspn(rest, " T");
    if (hours > rest && *hours >= '0' && *hours <= '9') {
        rest = hours;
        if (!take_hours(&rest, &clock->origin))
            return false;
    }
    int64_t minutes;
    if (!rm_cf_offset(rest + strspn(rest, " "), &minutes))
        return false;
    clock->origin -= minutes * 60 * MICROS_PER_SECOND;
    return true;
}

bool rm_cf_clock_set(rm_cf_clock *clock, const char *units) {
    *clock = (rm_cf_clock){0};
    clock->numbers = !*units || strcmp(units, "1") == 0;
    if (clock->numbers)
        return true;
    const char *word = units + strspn(units, " ");
    size_t size = strcspn(word, " ");
    const char *since = word + size + strspn(word + size, " ");
    return set_unit(clock, word, size) && strncasecmp(since, "since ", 6) == 0 &&
           set_origin(clock, since + 6 + strspn(since + 6, " "));
}

static bool note(rm_cf_clock *clock, int64_t micros, int64_t *time) {
    int64_t result;
    if (__builtin_add_overflow(clock->origin, micros, &result) || result < FIRST_TIME ||
        result > LAST_TIME)
        return false;
    clock->has_clock |= result % RM_MICROS_PER_DAY != 0;
    clock->has_millis |= result % MICROS_PER_SECOND != 0;
    clock->has_micros |= result % 1000 != 0;
    *time = result;
    return true;
}

static bool note_step(int64_t number, int64_t *time) {
    if (number < -STEP_MAX || number > STEP_MAX)
        return false;
    *time = number;
    return true;
}

bool rm_cf_time(rm_cf_clock *clock, int64_t number, int64_t *time) {
    int64_t micros;
    if (clock->numbers)
        return note_step(number, time);
    if (clock->nanos < 1000)
        return (number % 1000 == 0 || (clock->cuts && number != NOT_A_TIME)) &&
               note(clock, number / 1000 - (number % 1000 < 0), time);
    return !__builtin_mul_overflow(number, clock->nanos / 1000, &micros) &&
           note(clock, micros, time);
}

/* To microseconds, or, where the number is too rough for them, to milliseconds or seconds: 0.1
 * hours are six minutes and not a microsecond more. */
bool rm_cf_time_real(rm_cf_clock *clock, double number, int64_t *time) {
    if (clock->numbers)
        return number == rint(number) && fabs(number) <= (double)STEP_MAX &&
               note_step((int64_t)number, time);
    double micros = number * ((double)clock->nanos / 1000), error = fabs(micros) * clock->grain;
    double unit = error < 0.5 ? 1 : error < 500 ? 1000 : 1e6;
    double rounded = rint(micros / unit) * unit;
    return fabs(rounded) < 9e18 && note(clock, (int64_t)rounded, time);
}

rm_time_format rm_cf_format(const rm_cf_clock *clock) {
    rm_time_format format = {.kind = clock->numbers ? RM_TIME_STEPS : RM_TIME_STAMPS};
    if (clock->numbers)
        return format;
    format.separator = '-';
    format.unit = clock->has_clock ? RM_UNIT_SECOND : RM_UNIT_DAY;
    format.between = clock->has_clock ? ' ' : 0;
    format.fraction = clock->has_micros ? 6 : clock->has_millis ? 3 : 0;
    return format;
}
