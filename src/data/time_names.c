#include "data/time_names.h"

#include <string.h>

enum { TITLE = 1, SMALL = 2, CAPITALS = 4 };

/* A language may have several rows: with and without accents, three letters or more, with dots
 * where a name is cut off. At most 64 rows: rm_names has a bit for each. */
typedef struct style {
    char code[RM_NAME_CODE_SIZE];
    bool full;
    const char *names[12];
} style;

typedef struct table {
    const style *styles;
    int n_styles, n_names;
} table;

/* clang-format off */
static const style month_styles[] = {
    {"en", false, {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
    {"en2", false, {"jan", "feb", "mar", "apr", "may", "june", "july", "aug", "sept", "oct", "nov", "dec"}},
    {"de", false, {"jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"}},
    {"de2", false, {"jan", "feb", "mrz", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"}},
    {"de3", false, {"jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"}},
    {"de4", false, {"jan", "feb", "märz", "apr", "mai", "juni", "juli", "aug", "sept", "okt", "nov", "dez"}},
    {"fr", false, {"janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"}},
    {"fr2", false, {"janv", "fevr", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec"}},
    {"fr3", false, {"jan", "fév", "mar", "avr", "mai", "jun", "jul", "aoû", "sep", "oct", "nov", "déc"}},
    {"fr4", false, {"jan", "fev", "mar", "avr", "mai", "jun", "jul", "aou", "sep", "oct", "nov", "dec"}},
    {"es", false, {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"}},
    {"es2", false, {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"}},
    {"pt", false, {"jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"}},
    {"it", false, {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"}},
    {"nl", false, {"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"}},
    {"nl2", false, {"jan", "feb", "mrt", "apr", "mei", "juni", "juli", "aug", "sept", "okt", "nov", "dec"}},
    {"de5", false, {"jan.", "feb.", "märz", "apr.", "mai", "juni", "juli", "aug.", "sept.", "okt.", "nov.", "dez."}},
    {"fr5", false, {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}},
    {"pt3", false, {"jan.", "fev.", "mar.", "abr.", "mai.", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez."}},
    {"nl3", false, {"jan.", "feb.", "mrt.", "apr.", "mei", "jun.", "jul.", "aug.", "sep.", "okt.", "nov.", "dec."}},
    {"sv", false, {"jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"}},
    {"sv2", false, {"jan.", "feb.", "mars", "apr.", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec."}},
    {"da", false, {"jan.", "feb.", "mar.", "apr.", "maj", "jun.", "jul.", "aug.", "sep.", "okt.", "nov.", "dec."}},
    {"nb", false, {"jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des"}},
    {"nb2", false, {"jan.", "feb.", "mars", "apr.", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."}},
    {"pl", false, {"sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"}},
    {"en", true, {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}},
    {"de", true, {"januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"}},
    {"de2", true, {"januar", "februar", "marz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"}},
    {"de3", true, {"januar", "februar", "maerz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"}},
    {"fr", true, {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}},
    {"fr2", true, {"janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"}},
    {"es", true, {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}},
    {"es2", true, {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre"}},
    {"pt", true, {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"}},
    {"pt2", true, {"janeiro", "fevereiro", "marco", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"}},
    {"it", true, {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"}},
    {"nl", true, {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}},
    {"sv", true, {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"}},
    {"da", true, {"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"}},
    {"nb", true, {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"}},
    {"pl", true, {"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia"}},
};

static const style weekday_styles[] = {
    {"en", false, {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}},
    {"de", false, {"mo", "di", "mi", "do", "fr", "sa", "so"}},
    {"fr", false, {"lun", "mar", "mer", "jeu", "ven", "sam", "dim"}},
    {"es", false, {"lun", "mar", "mié", "jue", "vie", "sáb", "dom"}},
    {"es2", false, {"lun", "mar", "mie", "jue", "vie", "sab", "dom"}},
    {"pt", false, {"seg", "ter", "qua", "qui", "sex", "sáb", "dom"}},
    {"pt2", false, {"seg", "ter", "qua", "qui", "sex", "sab", "dom"}},
    {"it", false, {"lun", "mar", "mer", "gio", "ven", "sab", "dom"}},
    {"nl", false, {"ma", "di", "wo", "do", "vr", "za", "zo"}},
    {"en", true, {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}},
    {"de", true, {"montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"}},
    {"fr", true, {"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"}},
    {"es", true, {"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"}},
    {"es2", true, {"lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"}},
    {"pt", true, {"segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"}},
    {"pt2", true, {"segunda-feira", "terca-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sabado", "domingo"}},
    {"it", true, {"lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"}},
    {"it2", true, {"lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica"}},
    {"nl", true, {"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"}},
};
/* clang-format on */

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const table months = {month_styles, COUNT(month_styles), 12};
static const table weekdays = {weekday_styles, COUNT(weekday_styles), 7};

static bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}

/* The accented letters of the tables are two bytes, the second 32 further in small letters. */
static char small_of(char before, char c) {
    unsigned char byte = (unsigned char)c;
    bool accented = before == '\xc3' && byte >= 0x80 && byte <= 0x9e;
    return is_capital(c) || accented ? (char)(byte + 32) : c;
}

static char capital_of(char before, char c) {
    unsigned char byte = (unsigned char)c;
    bool accented = before == '\xc3' && byte >= 0xa0 && byte <= 0xbe;
    return is_small(c) || accented ? (char)(byte - 32) : c;
}

/* Bytes of `text` that are `name` in any case, 0 if it does not begin with it. */
static size_t match(const char *text, const char *name) {
    size_t n = 0;
    for (; name[n]; n++)
        if (small_of(n ? text[n - 1] : 0, text[n]) != name[n])
            return 0;
    return n;
}

static uint32_t cases_of(const char *text, size_t n) {
    uint32_t cases = TITLE | SMALL | CAPITALS;
    for (size_t i = 0; i < n; i++) {
        if (is_capital(text[i]))
            cases &= i ? CAPITALS : TITLE | CAPITALS;
        else if (is_small(text[i]))
            cases &= i ? TITLE | SMALL : SMALL;
    }
    return cases;
}

typedef struct search {
    const table *table;
    const char *text;
    bool dots; /* names may end in one */
} search;

/* The longest name wins: "mars" is not "mar". */
static int longest(const search *look, uint64_t among, size_t *size, uint64_t *styles) {
    const table *t = look->table;
    int number = 0;
    *size = 0;
    *styles = 0;
    for (int s = 0; s < t->n_styles; s++) {
        if (!(among >> s & 1))
            continue;
        for (int i = 0; i < t->n_names; i++) {
            size_t n = match(look->text, t->styles[s].names[i]);
            if (n == 0 || n < *size || (look->text[n - 1] == '.' && !look->dots))
                continue;
            if (n > *size)
                *styles = 0;
            *size = n;
            *styles |= UINT64_C(1) << s;
            number = i + 1;
        }
    }
    return number;
}

static bool goes_on(const char *text) {
    return is_capital(*text) || is_small(*text) || *text == '\xc3' || *text == '.';
}

/* What came before is tried first: that is what the next name is like, and fast. */
static int take(const search *look, const char **text, rm_names *names) {
    size_t size;
    uint64_t styles;
    uint32_t cases;
    int number = longest(look, names->styles, &size, &styles);
    if (!number || goes_on(*text + size))
        number = longest(look, UINT64_MAX, &size, &styles);
    if (!number)
        return 0;
    cases = cases_of(*text, size);
    if (styles & names->styles)
        names->styles &= styles;
    if (cases & names->cases)
        names->cases &= cases;
    *text += size;
    return number;
}

int rm_month_take(const char **text, bool dots, rm_names *names) {
    search look = {&months, *text, dots};
    return take(&look, text, names);
}

int rm_weekday_take(const char **text, rm_names *names) {
    search look = {&weekdays, *text, false};
    return take(&look, text, names);
}

/* The first style that fits, one with the wanted length if there is one. */
static const style *style_of(const table *t, rm_names names, bool full) {
    const style *found = NULL;
    for (int s = 0; s < t->n_styles; s++) {
        if (!(names.styles >> s & 1))
            continue;
        if (t->styles[s].full == full)
            return &t->styles[s];
        if (!found)
            found = &t->styles[s];
    }
    return found ? found : t->styles;
}

static uint32_t case_of(rm_names names) {
    return names.cases & TITLE ? TITLE : names.cases & SMALL ? SMALL : CAPITALS;
}

static void spell(const char *small, uint32_t letters, size_t size, char *text) {
    size_t n = 0;
    for (; small[n] && n + 1 < size; n++) {
        bool capital = letters == CAPITALS || (letters == TITLE && n == 0);
        text[n] = capital ? capital_of(n ? small[n - 1] : 0, small[n]) : small[n];
    }
    text[n] = 0;
}

void rm_month_name(rm_names names, bool full, int number, char text[32]) {
    spell(style_of(&months, names, full)->names[number - 1], case_of(names), 32, text);
}

void rm_weekday_name(rm_names names, bool full, int number, char text[32]) {
    spell(style_of(&weekdays, names, full)->names[number - 1], case_of(names), 32, text);
}

static void code_of(const table *t, rm_names names, bool *full, char *code) {
    const style *s = style_of(t, names, *full);
    *full = s->full;
    spell(s->code, case_of(names), RM_NAME_CODE_SIZE, code);
    if (strcmp(code, "En") == 0)
        code[0] = 0;
}

void rm_month_code(rm_names names, bool *full, char code[RM_NAME_CODE_SIZE]) {
    code_of(&months, names, full, code);
}

void rm_weekday_code(rm_names names, bool *full, char code[RM_NAME_CODE_SIZE]) {
    code_of(&weekdays, names, full, code);
}

static bool of_code(const table *t, const char *code, size_t size, bool full, rm_names *names) {
    uint32_t cases = cases_of(code, size);
    for (int s = 0; s < t->n_styles && cases; s++) {
        const style *row = &t->styles[s];
        if (row->full != full || strlen(row->code) != size || match(code, row->code) != size)
            continue;
        *names = (rm_names){UINT64_C(1) << s, cases};
        return true;
    }
    return false;
}

bool rm_month_of_code(const char *code, size_t size, bool full, rm_names *names) {
    return of_code(&months, code, size, full, names);
}

bool rm_weekday_of_code(const char *code, size_t size, bool full, rm_names *names) {
    return of_code(&weekdays, code, size, full, names);
}
