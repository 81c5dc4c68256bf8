#include "data/dress.h"

#include <string.h>

#define GROUP 3       /* digits between two marks */
#define SMALL_GROUP 2 /* in India, but for the last */

static const char *const blanks[] = {
    " ", "\t", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x87"};

static const char *const currencies[] = {
    "US$", "R$",  "A$",  "C$",  "$",   "€",   "£",   "¥",   "₹",   "₽", "₩",   "₺",
    "₪",   "zł",  "kr.", "kr",  "Fr.", "Rs.", "Rs",  "EUR", "USD", "GBP", "CHF", "JPY",
    "CNY", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "INR", "BRL", "CAD", "AUD", "TRY",
};

/* A single letter needs a blank before it, as 5A may be a name. */
static const char *const units[] = {
    "%",   "‰",   "W",   "kW",    "MW",   "GW",   "Wh",   "kWh",  "MWh", "GWh", "J",   "kJ",
    "MJ",  "GJ",  "VA",  "kVA",   "V",    "mV",   "kV",   "A",    "mA",  "Hz",  "kHz", "MHz",
    "GHz", "°",   "°C",  "°F",    "K",    "bar",  "mbar", "Pa",   "hPa", "kPa", "psi", "m",
    "mm",  "cm",  "km",  "m/s",   "km/h", "mph",  "l",    "L",    "ml",  "m3",  "m³",  "m2",
    "m²",  "l/s", "l/h", "l/min", "m3/h", "m³/h", "m3/s", "m³/s", "g",   "mg",  "kg",  "t",
    "s",   "ms",  "min", "h",     "B",    "kB",   "KB",   "MB",   "GB",  "TB",  "KiB", "MiB",
    "GiB", "ppm", "ppb", "dB",    "lx",   "W/m2", "W/m²", "rpm",  "pcs", "Stk",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool take(const char **text, const char *word) {
    size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0)
        return false;
    *text += n;
    return true;
}

static bool take_blank(const char **text) {
    for (size_t i = 0; i < COUNT(blanks); i++)
        if (take(text, blanks[i]))
            return true;
    return false;
}

static bool take_blanks(const char **text) {
    bool some = false;
    while (take_blank(text))
        some = true;
    return some;
}

static bool take_minus(const char **text) {
    return take(text, "-") || take(text, "\xe2\x88\x92");
}

static bool take_currency(const char **text, char affix[RM_AFFIX_SIZE]) {
    for (size_t i = 0; i < COUNT(currencies); i++) {
        if (!take(text, currencies[i]))
            continue;
        strcpy(affix, currencies[i]);
        return true;
    }
    return false;
}

/* A mark between thousands; 0: none. */
static char take_mark(const char **text, char decimal) {
    if (take_blank(text))
        return ' ';
    if (take(text, "'") || take(text, "\xe2\x80\x99"))
        return '\'';
    if (**text != '.' && **text != ',')
        return 0;
    char mark = *(*text)++;
    return mark == decimal ? 0 : mark;
}

static size_t count_digits(const char *text) {
    size_t n = 0;
    while (is_digit(text[n]))
        n++;
    return n;
}

typedef struct digits {
    char *out;
    size_t n;
} digits;

static bool put(digits *to, const char *text, size_t n) {
    if (to->n + n + 2 > sizeof((rm_dressed *)NULL)->plain)
        return false;
    memcpy(to->out + to->n, text, n);
    to->n += n;
    to->out[to->n] = 0;
    return true;
}

/* Three digits behind each mark, or two in India, where more follow. */
static bool is_group(const char *text, char mark, char decimal) {
    size_t n = count_digits(text);
    const char *next = text + n;
    return n == GROUP || (n == SMALL_GROUP && mark == ',' && take_mark(&next, decimal) == ',');
}

static bool take_whole(const char **text, char decimal, digits *to, rm_dressed *dressed,
                       int *n_groups) {
    size_t n = count_digits(*text);
    bool fits = put(to, *text, n), small = n >= 1 && n <= GROUP;
    *text += n;
    for (*n_groups = 0; fits && small; ++*n_groups) {
        const char *at = *text;
        char mark = take_mark(&at, decimal);
        if (!mark || (dressed->dress.mark && mark != dressed->dress.mark) ||
            !is_group(at, mark, decimal))
            break;
        dressed->dress.mark = mark;
        n = count_digits(at);
        fits = put(to, at, n);
        *text = at + n;
    }
    return fits;
}

static bool take_number(const char **text, char decimal, digits *to, rm_dressed *dressed) {
    const char *first = *text;
    int n_groups;
    if (!take_whole(text, decimal, to, dressed, &n_groups))
        return false;
    bool fraction = **text == decimal && is_digit((*text)[1]);
    if (fraction) {
        size_t n = 1 + count_digits(*text + 1);
        if (!put(to, *text, n))
            return false;
        *text += n;
    }
    dressed->is_sure = n_groups > 1 || (n_groups && fraction) || dressed->dress.mark == ' ' ||
                       dressed->dress.mark == '\'';
    return *text > first;
}

static bool take_behind(const char **text, bool blank, char affix[RM_AFFIX_SIZE]) {
    if (take_currency(text, affix))
        return true;
    size_t best = 0;
    for (size_t i = 0; i < COUNT(units); i++) {
        size_t n = strlen(units[i]);
        bool letter = n == 1 && units[i][0] != '%';
        if (n <= best || strncmp(*text, units[i], n) != 0 || (letter && !blank))
            continue;
        strcpy(affix, units[i]);
        best = n;
    }
    *text += best;
    return best > 0;
}

bool rm_dress_read(const char *text, char decimal, rm_dressed *dressed) {
    digits to = {dressed->plain, 0};
    *dressed = (rm_dressed){0};
    take_blanks(&text);
    bool parentheses = take(&text, "("), negative = take_minus(&text);
    if (take_currency(&text, dressed->dress.before))
        take_blanks(&text);
    negative = negative || take_minus(&text);
    if (!put(&to, "-", parentheses || negative) || !take_number(&text, decimal, &to, dressed))
        return false;
    bool behind = !negative && !parentheses && take_minus(&text);
    bool blank = take_blanks(&text);
    if (*text && *text != ')' && !take_behind(&text, blank, dressed->dress.behind))
        return false;
    if ((parentheses && (negative || !take(&text, ")"))) ||
        (dressed->dress.before[0] && dressed->dress.behind[0]))
        return false;
    take_blanks(&text);
    if (behind) {
        memmove(dressed->plain + 1, dressed->plain, to.n + 1);
        dressed->plain[0] = '-';
    }
    return !*text;
}

bool rm_dress_same_affixes(const rm_dress *a, const rm_dress *b) {
    return strcmp(a->before, b->before) == 0 && strcmp(a->behind, b->behind) == 0;
}

rm_cell rm_dress_parse(const rm_dress *dress, const rm_cell_style *style, rm_cell kind,
                       const char *text, float *value) {
    rm_dressed dressed;
    if (kind == RM_CELL_NUMBER)
        return rm_dress_has_affix(dress) && *value != 0 ? RM_CELL_TEXT : kind;
    if (kind != RM_CELL_TEXT || !rm_dress_read(text, style->decimal, &dressed) ||
        (dressed.dress.mark && dressed.dress.mark != dress->mark && !dressed.is_sure &&
         !style->is_said) ||
        !rm_dress_same_affixes(&dressed.dress, dress))
        return kind;
    return rm_cell_parse(style, dressed.plain, value);
}
