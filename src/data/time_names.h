/* Names of months and weekdays in several languages, and how a file spells them. */
#ifndef RM_TIME_NAMES_H
#define RM_TIME_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The spellings (rows of the tables, letter cases) in which all names so far are written. */
typedef struct rm_names {
    uint64_t styles;
    uint32_t cases;
} rm_names;

#define RM_NAMES_ANY ((rm_names){UINT64_MAX, UINT32_MAX})
#define RM_NAME_CODE_SIZE 4 /* two letters, at most one digit */

/* Takes a name off *text: its number from 1, 0 if there is none; narrows `names` down to what
 * is spelled like it. Any language and case will do, whatever came before. `dots`: a dot may
 * belong to the name ("janv."). */
int rm_month_take(const char **text, bool dots, rm_names *names);
int rm_weekday_take(const char **text, rm_names *names);

/* The name of a number from 1, 31 bytes at most. `full`: what to write while both fit. */
void rm_month_name(rm_names names, bool full, int number, char text[32]);
void rm_weekday_name(rm_names names, bool full, int number, char text[32]);

/* The spelling as a code, "pt", "Pt" or "PT" by letter case, "" for English capitalised, and
 * whether it is one of full names; and back: false for no code. */
void rm_month_code(rm_names names, bool *full, char code[RM_NAME_CODE_SIZE]);
void rm_weekday_code(rm_names names, bool *full, char code[RM_NAME_CODE_SIZE]);
bool rm_month_of_code(const char *code, size_t size, bool full, rm_names *names);
bool rm_weekday_of_code(const char *code, size_t size, bool full, rm_names *names);

#endif
