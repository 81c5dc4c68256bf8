/* Numbers with something around them, as people write them: currencies and units, marks between the
 * thousands, the minus signs of accountants and typesetters. */
#ifndef RM_DRESS_H
#define RM_DRESS_H

#include "data/number.h"

#define RM_AFFIX_SIZE 16

/* What all numbers of a column have. */
typedef struct rm_dress {
    char mark;                  /* between thousands: , . ' or a blank of any kind; 0: none */
    char before[RM_AFFIX_SIZE]; /* a currency, "" if there is none */
    char behind[RM_AFFIX_SIZE]; /* a unit or a currency */
} rm_dress;

/* What one cell shows. */
typedef struct rm_dressed {
    rm_dress dress;
    bool
        is_sure; /* the mark is none of decimals: it stands twice, or beside one, or is ' or a blank */
    char plain[64]; /* the number as rm_number_parse reads it */
} rm_dressed;

/* Takes a cell apart; false: it is no number, however dressed. */
bool rm_dress_read(const char *text, char decimal, rm_dressed *dressed);

/* Whether the numbers of a column need a currency or a unit. */
static inline bool rm_dress_has_affix(const rm_dress *dress) {
    return dress->before[0] || dress->behind[0];
}

bool rm_dress_same_affixes(const rm_dress *a, const rm_dress *b);

/* Reads a cell of such a column that rm_cell_parse found to be of a kind: what has a currency or a unit
 * needs it in each cell but a zero. */
rm_cell rm_dress_parse(const rm_dress *dress, const rm_cell_style *style, rm_cell kind,
                       const char *text, float *value);

#endif
