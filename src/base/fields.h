/* Tables of fields: what rimer/config.h promises for any struct that a list describes. */
#ifndef RM_FIELDS_H
#define RM_FIELDS_H

#include "base/error.h"
#include "rimer/config.h"

#include <stddef.h>

/* Defines `static const rimer_field NAME[]` for the members that LIST gives to TYPE, ended by a
 * field whose name is NULL. One table a source file. */
#define RM_FIELD_TABLE(NAME, TYPE, LIST)                      \
    typedef TYPE rm_field_owner;                              \
    static const rimer_field NAME[] = {                       \
        LIST(RM_FIELD_INT_, RM_FIELD_REAL_, RM_FIELD_CHOICE_, \
             RM_FIELD_TEXT_){NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL}}

#define RM_FIELD_INT_(name, initial, min, max, alias, help)                         \
    {#name,         alias,         RIMER_FIELD_INT, offsetof(rm_field_owner, name), \
     (double)(min), (double)(max), initial,         "",                             \
     help},
#define RM_FIELD_REAL_(name, initial, min, max, alias, help)                         \
    {#name,         alias,         RIMER_FIELD_REAL, offsetof(rm_field_owner, name), \
     (double)(min), (double)(max), initial,          "",                             \
     help},
#define RM_FIELD_CHOICE_(name, initial, choices, alias, help)                           \
    {#name,   alias, RIMER_FIELD_CHOICE, offsetof(rm_field_owner, name), 0, 0, initial, \
     choices, help},
#define RM_FIELD_TEXT_(name, initial, alias, help) \
    {#name, alias, RIMER_FIELD_TEXT, offsetof(rm_field_owner, name), 0, 0, initial, "", help},

/* RIMER_USAGE: a member that rimer_fields_set would have refused. */
rimer_status rm_fields_check(const rimer_field *fields, const void *settings);

#endif
