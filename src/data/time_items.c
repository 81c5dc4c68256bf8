#include "data/time_parts.h"

#include "data/zone.h"

#include <stdio.h>
#include <string.h>

#define MICROS_PER_SECOND INT64_C(1000000)
#define MICROS_PER_MILLI 1000
#define EPOCH_DIGITS_MAX 12  /* of seconds: microseconds fit in 64 bits */
#define MILLIS_DIGITS_MAX 15 /* the same of milliseconds */
#define MICROS_DIGITS_MAX 18
#define NANOS_DIGITS_MAX 21
#define NANOS_DIGITS 3 /* that a microsecond has */

#define NUMBER(part, width, exact, member, low, high) \
    { RM_PART_##part, width, exact, width, offsetof(rm_time_parts, member), low, high }
#define OTHER(part, longest) \
    { RM_PART_##part, 0, false, longest, 0, 0, 0 }

const rm_time_item rm_time_items[128] = {
    ['Y'] = NUMBER(YEAR, 4, true, year, 1, 9999),
    ['G'] = NUMBER(YEAR, 4, true, year, 1, 9999),
    ['y'] = NUMBER(YEAR, 2, true, year, 0, 99),
    ['m'] = NUMBER(MONTH, 2, false, month, 1, 12),
    ['d'] = NUMBER(DAY, 2, false, day, 1, 31),
    ['j'] = NUMBER(DAY_OF_YEAR, 3, false, day_of_year, 1, 366),
    ['q'] = NUMBER(QUARTER, 1, true, quarter, 1, 4),
    ['V'] = NUMBER(WEEK, 2, false, week, 1, 53),
    ['H'] = NUMBER(HOUR, 2, false, hour, 0, 24),
    ['I'] = NUMBER(HOUR, 2, false, hour, 1, 12),
    ['M'] = NUMBER(MINUTE, 2, false, minute, 0, 59),
    ['S'] = NUMBER(SECOND, 2, false, second, 0, 59),
    ['b'] = OTHER(MONTH, 13),
    ['B'] = OTHER(MONTH, 13),
    ['a'] = OTHER(WEEKDAY, 13),
    ['A'] = OTHER(WEEKDAY, 13),
    ['p'] = OTHER(HALF, 2),
    ['P'] = OTHER(HALF, 2),
    ['f'] = OTHER(FRACTION, 9),
    ['z'] = OTHER(ZONE, 6),
    ['s'] = OTHER(EPOCH, EPOCH_DIGITS_MAX + 1 + 10), /* a sign, a point and nine digits; longer
                                                        than a sign and NANOS_DIGITS_MAX */
    ['Q'] = OTHER(EPOCH, MILLIS_DIGITS_MAX + 1 + 10),
    ['%'] = OTHER(PERCENT, 1),
};

int rm_weekday(int64_t day_number) {
    int64_t day = (day_number + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int)(day < 0 ? day + 7 : day);
}

bool rm_take_fraction(const char **text, rm_time_parts *parts) {
    int n = 0, micros = 0;
    for (; **text >= '0' && **text <= '9'; ++*text, n++) {
        if (n < 6)
            micros = micros * 10 + (**text - '0');
        else if (**text != '0' && !parts->cuts)
            return false;
        else
            parts->was_cut |= **text != '0';
    }
    for (int i = n; i < 6; i++)
        micros *= 10;
    parts->micros = micros;
    parts->fraction = n;
    return n > 0 && n <= 9;
}

static bool take_offset(const char **text, rm_time_parts *parts) {
    int hours, minutes = 0;
    bool west = **text == '-';
    if (!rm_take(text, '+') && !rm_take(text, '-'))
        return false;
    if (rm_take_digits(text, 2, &hours) != 2)
        return false;
    bool colon = rm_take(text, ':'), more = **text >= '0' && **text <= '9';
    if ((colon || more) && rm_take_digits(text, 2, &minutes) != 2)
        return false;
    parts->zone_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
    return hours < 24 && minutes < 60;
}

static bool take_word(const char **text, const char *word) {
    size_t size = strlen(word);
    if (strncmp(*text, word, size) != 0)
        return false;
    *text += size;
    return true;
}

bool rm_take_zone(const char **text, bool words, rm_time_parts *parts) {
    const char *start = *text;
    bool utc =
        rm_take(text, 'Z') || (words && (take_word(text, "UTC") || take_word(text, "GMT")));
    if (!utc && !take_offset(text, parts))
        return false;
    size_t size = (size_t)(*text - start); /* six at most: +hh:mm */
    memcpy(parts->zone, start, size);
    parts->zone[size] = 0;
    return true;
}

static bool take_half(const char **text, rm_time_parts *parts) {
    char first = **text, second = first ? (*text)[1] : 0;
    parts->small_half = first == 'a' || first == 'p';
    if (second != (parts->small_half ? 'm' : 'M'))
        return false;
    parts->half = first == 'a' || first == 'A' ? 1 : first == 'p' || first == 'P' ? 2 : 0;
    *text += 2;
    return parts->half != 0;
}

static bool has_item(const char *pattern, char wanted) {
    for (const char *p = pattern; *p; p++)
        if (*p == '%' && *(p = rm_time_item_letter(p + 1)) == wanted)
            return true;
    return false;
}

bool rm_time_counts_from_1970(const char *pattern) {
    return has_item(pattern, 's') || has_item(pattern, 'Q');
}

char rm_time_item_unit(const char *letter) {
    bool said = *letter == 's' && letter[-1] == '}' && letter[-2] == 's';
    return said ? letter[-3] : 0;
}

int rm_time_count_digits(const char *pattern) {
    for (const char *p = pattern; *p; p++) {
        if (*p != '%')
            continue;
        p = rm_time_item_letter(p + 1);
        if (*p == 'Q')
            return 3;
        if (*p == 's')
            return rm_time_item_unit(p) == 'n' ? 9 : rm_time_item_unit(p) == 'u' ? 6 : 0;
    }
    return 0;
}

/* Whether the %s at `letter` has its fraction itself, and not by a %f behind it. */
static bool has_own_fraction(const char *pattern, const char *letter) {
    return *letter == 's' && !rm_time_item_unit(letter) && letter[1] != '.' &&
           !has_item(pattern, 'f');
}

/* One digit at least and at most `most`. */
static bool take_count(const char **text, int most, int64_t *count) {
    int n = 0;
    for (*count = 0; n < most && **text >= '0' && **text <= '9'; n++)
        *count = *count * 10 + (*(*text)++ - '0');
    return n > 0;
}

static bool take_seconds(const char **text, bool fraction, rm_time_parts *parts) {
    parts->negative = rm_take(text, '-');
    return take_count(text, EPOCH_DIGITS_MAX, &parts->seconds) &&
           (!fraction || !rm_take(text, '.') || rm_take_fraction(text, parts));
}

/* Of a fraction only whole microseconds can be kept. */
static bool take_millis(const char **text, rm_time_parts *parts) {
    int64_t millis;
    parts->negative = rm_take(text, '-');
    if (!take_count(text, MILLIS_DIGITS_MAX, &millis) ||
        (rm_take(text, '.') &&
         (!rm_take_fraction(text, parts) || parts->micros % MICROS_PER_MILLI)))
        return false;
    parts->seconds = millis / 1000;
    parts->micros = (int)(millis % 1000) * MICROS_PER_MILLI + parts->micros / MICROS_PER_MILLI;
    return true;
}

static void split_micros(int64_t micros, rm_time_parts *parts) {
    parts->seconds = micros / MICROS_PER_SECOND;
    parts->micros = (int)(micros % MICROS_PER_SECOND);
}

static bool take_micros(const char **text, rm_time_parts *parts) {
    int64_t micros;
    parts->negative = rm_take(text, '-');
    if (!take_count(text, MICROS_DIGITS_MAX, &micros))
        return false;
    split_micros(micros, parts);
    return true;
}

/* The last digits are those that a time cannot keep. */
static bool take_nanos(const char **text, rm_time_parts *parts) {
    parts->negative = rm_take(text, '-');
    int64_t micros = 0;
    int n = (int)strspn(*text, "0123456789"), finer = n < NANOS_DIGITS ? n : NANOS_DIGITS;
    if (n == 0 || n > NANOS_DIGITS_MAX)
        return false;
    take_count(text, n - finer, &micros);
    for (; finer > 0; finer--)
        parts->was_cut |= *(*text)++ != '0';
    split_micros(micros, parts);
    return parts->cuts || !parts->was_cut;
}

static bool take_since_1970(const char *pattern, const char *letter, const char **text,
                            rm_time_parts *parts) {
    char unit = rm_time_item_unit(letter);
    return unit == 'n'   ? take_nanos(text, parts)
           : unit == 'u' ? take_micros(text, parts)
                         : take_seconds(text, has_own_fraction(pattern, letter), parts);
}

/* `letter` points into the pattern: a dot that follows there is none of the name. */
static bool take_other(const char *pattern, const char *letter, const char **text,
                       rm_time_parts *parts) {
    switch (*letter) {
    case 'b':
    case 'B':
        return (parts->month = rm_month_take(text, letter[1] != '.', &parts->months)) != 0;
    case 'a':
    case 'A':
        return (parts->weekday = rm_weekday_take(text, &parts->weekdays)) != 0;
    case 'p':
    case 'P':
        return take_half(text, parts);
    case 'f':
        return rm_take_fraction(text, parts);
    case 'z':
        return rm_take_zone(text, true, parts);
    case 's':
        return take_since_1970(pattern, letter, text, parts);
    case 'Q':
        return take_millis(text, parts);
    default:
        return rm_take(text, '%');
    }
}

static bool take_number(const rm_time_item *item, bool exact, const char **text,
                        rm_time_parts *parts) {
    const char *start = *text;
    int value, n = rm_take_digits(text, item->width, &value);
    if (n == 0 || (exact && n < item->width) || value < item->low || value > item->high)
        return false;
    memcpy((char *)parts + item->field, &value, sizeof value);
    if (n < item->width)
        parts->bare |= RM_PART_BIT(item->part);
    else if (*start == '0')
        parts->padded |= RM_PART_BIT(item->part);
    return true;
}

static bool is_number(const char *pattern) {
    return *pattern == '%' && rm_time_item_of(*rm_time_item_letter(pattern + 1))->width > 0;
}

/* Numbers without anything between them must have all their digits. */
const char *rm_time_items_read(const char *pattern, const char *text, rm_time_parts *parts) {
    const char *whole = pattern;
    bool after_number = false;
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            if (!rm_take(&text, *pattern))
                return NULL;
            while (*pattern == ' ' && *text == ' ')
                text++;
            after_number = false;
            continue;
        }
        pattern = rm_time_item_letter(pattern + 1);
        bool flag = pattern[-1] == '-';
        const rm_time_item *item = rm_time_item_of(*pattern);
        if (item->width) {
            bool exact = item->exact || (!flag && (after_number || is_number(pattern + 1)));
            if (!take_number(item, exact, &text, parts))
                return NULL;
            if (*pattern == 'y')
                parts->year += parts->year < 69 ? 2000 : 1900;
        } else if (!take_other(whole, pattern, &text, parts))
            return NULL;
        after_number = item->width > 0;
    }
    return text;
}

/* The Monday of ISO week 1, which holds the 4th of January. */
static int64_t first_monday(int64_t year) {
    int64_t fourth = rm_civil_time(year, 1, 4, 0) / RM_MICROS_PER_DAY;
    return fourth - rm_weekday(fourth);
}

static bool is_leap(int year) {
    return rm_days_in_month(year, 2) == 29;
}

static bool day_of(const rm_time_parts *p, int64_t *day_number) {
    if (p->week) {
        *day_number = first_monday(p->year) + (p->week - 1) * 7;
        return *day_number < first_monday(p->year + 1);
    }
    if (p->day_of_year) {
        *day_number = rm_civil_time(p->year, 1, 1, 0) / RM_MICROS_PER_DAY + p->day_of_year - 1;
        return p->day_of_year <= 365 + is_leap(p->year);
    }
    int month = p->quarter ? p->quarter * 3 - 2 : p->month ? p->month : 1;
    int day = p->day ? p->day : 1;
    *day_number = rm_civil_time(p->year, month, day, 0) / RM_MICROS_PER_DAY;
    return day <= 28 || day <= rm_days_in_month(p->year, month);
}

bool rm_time_parts_clock(const rm_time_parts *parts) {
    return parts->hour < 24 || (!parts->minute && !parts->second && !parts->micros);
}

bool rm_time_parts_date(rm_time_parts *parts, int64_t *midnight) {
    int64_t day_number;
    if (!day_of(parts, &day_number) || !rm_time_parts_clock(parts) ||
        (parts->weekday && rm_weekday(day_number) + 1 != parts->weekday))
        return false;
    if (parts->half)
        parts->hour = parts->hour % 12 + (parts->half == 2 ? 12 : 0);
    *midnight = day_number * RM_MICROS_PER_DAY;
    return true;
}

bool rm_time_settle(const rm_time_format *format, const rm_time_parts *parts, bool clock,
                    int64_t midnight, int64_t *time, int64_t *second_reading) {
    int64_t minutes = (int64_t)parts->hour * 60 + parts->minute;
    if (parts->zone[0] && format->zone_rules)
        minutes -= parts->zone_minutes;
    else if (parts->zone[0] && format->zone[0])
        minutes += format->zone_minutes - parts->zone_minutes;
    int64_t local =
        midnight + (minutes * 60 + parts->second) * MICROS_PER_SECOND + parts->micros;
    int64_t first = local, second = local;
    if (clock && !parts->zone[0] && format->zone_rules &&
        !rm_zone_instants(format->zone_rules, local, &first, &second))
        return false;
    *time = first;
    *second_reading = second - first;
    return true;
}

static bool has_clock(const rm_time_format *format) {
    return format->unit >= RM_UNIT_HOUR;
}

int64_t rm_time_shown(const rm_time_format *format, int64_t time) {
    return format->zone_rules && has_clock(format) ? rm_zone_local(format->zone_rules, time)
                                                   : time;
}

void rm_time_zone_shown(const rm_time_format *format, int64_t time, char zone[8]) {
    const char *seen = format->zone[0] ? format->zone : "+00:00";
    int minutes = (int)((rm_time_shown(format, time) - time) / (60 * MICROS_PER_SECOND));
    bool word = seen[0] != '+' && seen[0] != '-';
    if (!format->zone_rules || (word && minutes == 0)) {
        memcpy(zone, seen, strlen(seen) + 1);
        return;
    }
    unsigned size = minutes < 0 ? (unsigned)-minutes : (unsigned)minutes;
    bool hours_only = !word && strlen(seen) == 3 && size % 60 == 0;
    int n = snprintf(zone, 8, "%c%02u", minutes < 0 ? '-' : '+', size / 60 % 100);
    if (!hours_only)
        snprintf(zone + n, 8 - (size_t)n, "%s%02u", !word && strlen(seen) == 5 ? "" : ":",
                 size % 60);
}

/* What is written next, cut off where the room ends. */
typedef struct writer {
    char *text;
    size_t size, n;
} writer;

static void put(writer *w, const char *text, size_t size) {
    for (size_t i = 0; i < size && w->n + 1 < w->size; i++)
        w->text[w->n++] = text[i];
}

static void put_text(writer *w, const char *text) {
    put(w, text, strlen(text));
}

static void put_number(writer *w, int64_t value, int digits) {
    char text[24];
    int n = snprintf(text, sizeof text, "%0*lld", digits, (long long)value);
    put(w, text, (size_t)n);
}

typedef struct shown {
    const rm_time_format *format;
    int64_t time;
    rm_civil civil;
    int hour, minute, second;
    int64_t week_year;
    int week;
} shown;

static int64_t number_of(const shown *s, char letter) {
    const rm_civil *civil = &s->civil;
    int64_t thursday = civil->day_number - rm_weekday(civil->day_number) + 3;
    int64_t week_year = rm_civil_of(thursday * RM_MICROS_PER_DAY).year;
    switch (letter) {
    case 'Y':
        return civil->year;
    case 'y':
        return civil->year % 100;
    case 'G':
        return week_year;
    case 'V':
        return (thursday - 3 - first_monday(week_year)) / 7 + 1;
    case 'm':
        return civil->month;
    case 'd':
        return civil->day;
    case 'j':
        return civil->day_number - rm_civil_time(civil->year, 1, 1, 0) / RM_MICROS_PER_DAY + 1;
    case 'q':
        return (civil->month + 2) / 3;
    case 'H':
        return s->hour;
    case 'I':
        return (s->hour + 11) % 12 + 1;
    case 'M':
        return s->minute;
    default:
        return s->second;
    }
}

static void put_fraction(writer *w, const shown *s, int64_t micros) {
    char digits[16];
    snprintf(digits, sizeof digits, "%06d000", (int)micros);
    put(w, digits, s->format->fraction ? (size_t)s->format->fraction : 6);
}

/* Behind a number that has it itself, where any was seen. */
static void put_own_fraction(writer *w, const shown *s, int64_t micros) {
    if (!s->format->fraction)
        return;
    put(w, ".", 1);
    put_fraction(w, s, micros);
}

/* Seconds before 1970 are a sign and a size, as numbers with a point are. */
static int64_t size_of(int64_t time) {
    return time < 0 ? -time : time;
}

static void put_since_1970(writer *w, const shown *s, char unit) {
    int64_t size = size_of(s->time);
    put_text(w, s->time < 0 ? "-" : "");
    put_number(w, unit ? size : size / MICROS_PER_SECOND, 1);
    if (unit == 'n' && size)
        put_text(w, "000");
}

static void put_other(writer *w, const shown *s, const char *item) {
    char text[32], letter = *item;
    switch (letter) {
    case 'b':
    case 'B':
        rm_month_name(s->format->months, letter == 'B', s->civil.month, text);
        put_text(w, text);
        break;
    case 'a':
    case 'A':
        rm_weekday_name(s->format->weekdays, letter == 'A', rm_weekday(s->civil.day_number) + 1,
                        text);
        put_text(w, text);
        break;
    case 'p':
    case 'P':
        put_text(w, s->hour < 12 ? (s->format->small_half ? "am" : "AM")
                                 : (s->format->small_half ? "pm" : "PM"));
        break;
    case 'f':
        put_fraction(w, s, s->civil.micros % MICROS_PER_SECOND);
        break;
    case 'z':
        rm_time_zone_shown(s->format, s->time, text);
        put_text(w, text);
        break;
    case 's':
        put_since_1970(w, s, rm_time_item_unit(item));
        break;
    case 'Q':
        put_text(w, s->time < 0 ? "-" : "");
        put_number(w, size_of(s->time) / MICROS_PER_MILLI, 1);
        put_own_fraction(w, s, size_of(s->time) % MICROS_PER_MILLI * 1000);
        break;
    default:
        put(w, "%", 1);
    }
}

rm_civil rm_time_civil(const rm_time_format *format, int64_t time) {
    int64_t local = rm_time_shown(format, time);
    rm_civil civil = rm_civil_of(local);
    if (!format->ends_days || !has_clock(format) || civil.micros)
        return civil;
    civil = rm_civil_of(local - RM_MICROS_PER_DAY);
    civil.micros = RM_MICROS_PER_DAY;
    return civil;
}

static shown shown_at(const rm_time_format *format, int64_t time) {
    shown s = {.format = format, .time = time};
    s.civil = rm_time_civil(format, time);
    int seconds = (int)(s.civil.micros / MICROS_PER_SECOND);
    s.hour = seconds / 3600;
    s.minute = seconds / 60 % 60;
    s.second = seconds % 60;
    return s;
}

void rm_time_pattern_write(const rm_time_format *format, int64_t time, char *text,
                           size_t size) {
    shown s =
        shown_at(format, rm_time_counts_from_1970(format->pattern) ? size_of(time) : time);
    s.time = time;
    writer w = {text, size, 0};
    for (const char *p = format->pattern; *p; p++) {
        if (*p != '%') {
            put(&w, p, 1);
            continue;
        }
        p = rm_time_item_letter(p + 1);
        bool bare = p[-1] == '-';
        const rm_time_item *item = rm_time_item_of(*p);
        if (item->width)
            put_number(&w, number_of(&s, *p), bare ? 1 : item->width);
        else
            put_other(&w, &s, p);
        if (has_own_fraction(format->pattern, p))
            put_own_fraction(&w, &s, s.civil.micros % MICROS_PER_SECOND);
    }
    if (size)
        w.text[w.n] = 0;
}
