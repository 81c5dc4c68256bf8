#include "trials.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEDIAN_OF 5 /* trials, at least */
#define REMEDY "choose another name for the results, or --force to begin anew"

static const char *const outcomes[] = {"done", "stopped", "refused"};

/* Behind "trial" and the searched settings, where trials are ranked by MSE and by CRPS. */
static const char columns_mse[] = ",outcome,epochs_run,best_epoch,val_mse,val_mae,seconds,"
                                  "val_mse_by_epoch,reason,fixed,data\n";
static const char columns_crps[] =
    ",outcome,epochs_run,best_epoch,val_crps,val_mse,val_mae,seconds,"
    "val_crps_by_epoch,reason,fixed,data\n";

static const char *curve_name(const trial_list *list) {
    return list->by_crps ? "val_crps_by_epoch" : "val_mse_by_epoch";
}

/* ---------------------------------------------------------------------------- settings */

void trials_config(const trial_list *list, int64_t index, rimer_config *config) {
    *config = *list->base;
    if (list->is_random)
        rimer_space_draw(list->space, (uint64_t)list->base->seed, index, config);
    else
        (void)rimer_space_point(list->space, index, config);
}

int trials_fold(const trial_list *list, int64_t fold, rimer_config *config) {
    int n = snprintf(config->split, sizeof config->split, "%s@%lld/%lld", list->base->split,
                     (long long)fold, (long long)list->folds);
    return n < (int)sizeof config->split;
}

/* A text that has one line, whatever a user wrote. */
static void value_text(const rimer_field *field, const rimer_config *config,
                       char text[RIMER_TEXT_SIZE]) {
    rimer_field_text(field, config, text, RIMER_TEXT_SIZE);
    rimer_text_harmless(text);
}

char *trials_settings(const trial_list *list, int64_t index, char *out, size_t size) {
    rimer_config config;
    trials_config(list, index, &config);
    *out = '\0';
    for (int64_t i = 0; i < rimer_space_n_keys(list->space); i++) {
        const rimer_field *field = rimer_space_key(list->space, i);
        char value[RIMER_TEXT_SIZE];
        size_t used = strlen(out);
        value_text(field, &config, value);
        snprintf(out + used, size - used, "%s%s=%s", i ? " " : "", field->name, value);
    }
    return out;
}

static int is_same(const rimer_space *space, const rimer_config *a, const rimer_config *b) {
    for (int64_t i = 0; i < rimer_space_n_keys(space); i++) {
        char one[RIMER_TEXT_SIZE], other[RIMER_TEXT_SIZE];
        rimer_field_text(rimer_space_key(space, i), a, one, sizeof one);
        rimer_field_text(rimer_space_key(space, i), b, other, sizeof other);
        if (strcmp(one, other) != 0)
            return 0;
    }
    return 1;
}

int64_t trials_twin(const trial_list *list, int64_t index) {
    rimer_config config, earlier;
    trials_config(list, index, &config);
    for (int64_t i = 0; i < index; i++) {
        trials_config(list, i, &earlier);
        if (is_same(list->space, &config, &earlier))
            return i;
    }
    return -1;
}

static int is_searched(const rimer_space *space, const rimer_field *field) {
    for (int64_t i = 0; i < rimer_space_n_keys(space); i++)
        if (rimer_space_key(space, i) == field)
            return 1;
    return 0;
}

/* "horizon=24 split=ett-h folds=3": threads never change a result. NULL: out of memory. */
static char *fixed_settings(const trial_list *list) {
    rimer_config defaults;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    rimer_config_init(&defaults);
    for (const rimer_field *field = rimer_config_fields(); field->name; field++) {
        char value[RIMER_TEXT_SIZE], usual[RIMER_TEXT_SIZE];
        value_text(field, list->base, value);
        value_text(field, &defaults, usual);
        if (strcmp(value, usual) != 0 && strcmp(field->name, "threads") != 0 &&
            !is_searched(list->space, field))
            fprintf(stream, "%s%s=%s", ftell(stream) ? " " : "", field->name, value);
    }
    if (list->folds)
        fprintf(stream, "%sfolds=%lld", ftell(stream) ? " " : "", (long long)list->folds);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

/* ------------------------------------------------------------------------------ trials */

/* A number as the file has it, so that a search that goes on compares what it did before. */
static double as_written(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    return strtod(text, NULL);
}

int trial_add_point(trial *one, double error) {
    double *grown = realloc(one->curve, (size_t)(one->n_curve + 1) * sizeof *grown);
    if (!grown)
        return 0;
    grown[one->n_curve++] = as_written(error);
    one->curve = grown;
    return 1;
}

void trial_end(trial *one, trial_outcome outcome, const rimer_train_report *report) {
    one->outcome = outcome;
    one->epochs = report->epochs;
    one->best_epoch = report->best_epoch;
    one->val_crps = as_written(report->val_crps);
    one->val_mse = as_written(report->val_mse);
    one->val_mae = as_written(report->val_mae);
}

int trial_refuse(trial *one, const char *reason) {
    trial_forget(one);
    one->outcome = TRIAL_REFUSED;
    one->reason = strdup(reason);
    return one->reason != NULL;
}

void trial_forget(trial *one) {
    free(one->curve);
    free(one->reason);
    *one = (trial){0};
}

/* What a trial is compared by at point n of its curve, or at its last: the best of the epochs so
 * far, the fresh model's included, or the mean over the folds so far. */
static double standing(const trial_list *list, const trial *one, int64_t n) {
    double best = HUGE_VAL;
    int64_t end = n < one->n_curve ? n : one->n_curve;
    for (int64_t i = list->folds ? end - 1 : 0; i < end; i++)
        best = fmin(best, one->curve[i]);
    return best;
}

static int by_size(const void *a, const void *b) {
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

int trials_are_better(const trial_list *list, const trial *now) {
    double *bests = malloc((size_t)(list->n + 1) * sizeof *bests);
    int64_t n = 0;
    if (!bests)
        return 0;
    for (int64_t i = 0; i < list->n; i++)
        if (list->items[i].outcome != TRIAL_REFUSED)
            bests[n++] = standing(list, &list->items[i], now->n_curve);
    qsort(bests, (size_t)n, sizeof *bests, by_size);
    int better = n >= MEDIAN_OF &&
                 standing(list, now, now->n_curve) > (bests[(n - 1) / 2] + bests[n / 2]) / 2;
    free(bests);
    return better;
}

double trial_error(const trial_list *list, const trial *one) {
    return list->by_crps ? one->val_crps : one->val_mse;
}

/* Of two trials of one list; with the same error the earlier one is better. */
static int is_better(const trial_list *list, const trial *a, const trial *b) {
    double x = trial_error(list, a), y = trial_error(list, b);
    return x < y || (x == y && a < b);
}

static int is_ranked(const trial_list *list, const trial *one) {
    return one->outcome != TRIAL_REFUSED && isfinite(trial_error(list, one)) &&
           !(list->folds && one->outcome == TRIAL_STOPPED);
}

int64_t trials_next_best(const trial_list *list, int64_t after) {
    const trial *items = list->items;
    int64_t best = -1;
    for (int64_t i = 0; i < list->n; i++) {
        if (!is_ranked(list, &items[i]))
            continue;
        if ((after < 0 || is_better(list, &items[after], &items[i])) &&
            (best < 0 || is_better(list, &items[i], &items[best])))
            best = i;
    }
    return best;
}

/* For one more trial. */
static int make_room(trial_list *list) {
    int64_t larger = list->capacity ? 2 * list->capacity : 64;
    if (list->n < list->capacity)
        return -1;
    trial *grown = realloc(list->items, (size_t)larger * sizeof *grown);
    if (!grown)
        return fail(list->program, 1, "out of memory: trials");
    list->items = grown;
    list->capacity = larger;
    return -1;
}

/* ----------------------------------------------------------------------------- writing */

static void put_cell(FILE *stream, const char *text) {
    int quoted = strpbrk(text, ",\"") != NULL;
    fputs(quoted ? ",\"" : ",", stream);
    for (; *text; text++)
        fprintf(stream, *text == '"' ? "\"%c" : "%c", *text);
    if (quoted)
        fputc('"', stream);
}

static void put_settings(FILE *stream, const trial_list *list, int64_t index) {
    rimer_config config;
    trials_config(list, index, &config);
    for (int64_t i = 0; i < rimer_space_n_keys(list->space); i++) {
        char value[RIMER_TEXT_SIZE];
        value_text(rimer_space_key(list->space, i), &config, value);
        put_cell(stream, value);
    }
}

static void put_trial(FILE *stream, const trial_list *list, int64_t index, const trial *one) {
    fprintf(stream, "%lld", (long long)index + 1);
    put_settings(stream, list, index);
    put_cell(stream, outcomes[one->outcome]);
    if (one->outcome == TRIAL_REFUSED)
        fputs(list->by_crps ? ",,,,," : ",,,,", stream);
    else {
        fprintf(stream, ",%lld,%lld", (long long)one->epochs, (long long)one->best_epoch);
        if (list->by_crps)
            fprintf(stream, ",%.9g", one->val_crps);
        fprintf(stream, ",%.9g,%.9g", one->val_mse, one->val_mae);
    }
    fprintf(stream, ",%.3f,", one->seconds);
    for (int64_t i = 0; i < one->n_curve; i++)
        fprintf(stream, "%s%.9g", i ? " " : "", one->curve[i]);
    put_cell(stream, one->reason ? one->reason : "");
    put_cell(stream, list->fixed);
    put_cell(stream, list->data);
    fputc('\n', stream);
}

int trials_add(trial_list *list, trial *ended) {
    ended->seconds = round(1000 * ended->seconds) / 1000; /* as written */
    int code = make_room(list);
    if (code >= 0)
        return code;
    put_trial(list->file.stream, list, list->n, ended);
    list->items[list->n++] = *ended;
    *ended = (trial){0};
    growing_add(&list->file, list->program);
    return list->file.failed || list->file.closed ? 1 : -1;
}

/* ----------------------------------------------------------------------------- reading */

/* The next cell of a line, without its quotes, in place; "" at the end of the line. */
static char *next_cell(char **rest) {
    char *from = *rest, *to = from, *cell = from;
    for (int inside = 0; *from && (inside || *from != ','); from++) {
        if (*from != '"' || (inside && from[1] == '"'))
            *to++ = *from;
        if (*from == '"' && inside && from[1] == '"')
            from++;
        else if (*from == '"')
            inside = !inside;
    }
    *rest = from + (*from != '\0');
    *to = '\0';
    return cell;
}

typedef struct line_reader {
    const trial_list *list;
    long long number; /* of the line */
    char *rest;
    int code; /* -1 while all is well */
} line_reader;

/* A cell that tells whose line this is. */
static void expect(line_reader *line, const char *column, const char *here) {
    char *there = next_cell(&line->rest);
    if (line->code < 0 && strcmp(there, here) != 0)
        line->code =
            fail(line->list->program, 2,
                 "%s:%lld: is of another search (%s is \"%s\" there, \"%s\" here): " REMEDY,
                 line->list->file.path, line->number, column, there, here);
}

static void is_damaged(line_reader *line, const char *column, const char *cell) {
    if (line->code < 0)
        line->code =
            fail(line->list->program, 2,
                 "%s:%lld: column \"%s\": \"%s\" was not written by a search: mend the "
                 "line, or --force to begin anew",
                 line->list->file.path, line->number, column, cell);
}

static double number_cell(line_reader *line, const char *column) {
    char *cell = next_cell(&line->rest), *end;
    double value = strtod(cell, &end);
    if (end == cell || *end)
        is_damaged(line, column, cell);
    return value;
}

static trial_outcome outcome_cell(line_reader *line) {
    const char *cell = next_cell(&line->rest);
    for (int i = TRIAL_DONE; i <= TRIAL_REFUSED; i++)
        if (strcmp(cell, outcomes[i]) == 0)
            return (trial_outcome)i;
    is_damaged(line, "outcome", cell);
    return TRIAL_REFUSED;
}

static char *curve_cell(line_reader *line, trial *one) {
    char *cell = next_cell(&line->rest), *at = cell, *end;
    for (;; at = end) {
        double value = strtod(at, &end);
        if (end == at || !trial_add_point(one, value))
            break;
    }
    if (*at)
        is_damaged(line, curve_name(line->list), cell);
    return cell;
}

/* When it is known that the line is of this search, with as many folds. */
static void check_curve(line_reader *line, const trial *one, const char *cell) {
    int64_t folds = line->list->folds, n = one->n_curve;
    int is_whole = one->outcome == TRIAL_REFUSED   ? n == 0
                   : !folds                        ? n == one->epochs + 1
                   : one->outcome == TRIAL_STOPPED ? n > 0 && n < folds
                                                   : n == folds;
    if (!is_whole)
        is_damaged(line, curve_name(line->list), cell);
}

static void expect_settings(line_reader *line) {
    const trial_list *list = line->list;
    rimer_config config;
    trials_config(list, list->n, &config);
    for (int64_t i = 0; i < rimer_space_n_keys(list->space); i++) {
        const rimer_field *field = rimer_space_key(list->space, i);
        char value[RIMER_TEXT_SIZE];
        value_text(field, &config, value);
        expect(line, field->name, value);
    }
}

static void read_scores(line_reader *line, trial *one) {
    one->outcome = outcome_cell(line);
    if (one->outcome == TRIAL_REFUSED) {
        for (int i = 0; i < 4 + line->list->by_crps; i++)
            (void)next_cell(&line->rest);
        return;
    }
    one->epochs = (int64_t)number_cell(line, "epochs_run");
    one->best_epoch = (int64_t)number_cell(line, "best_epoch");
    if (line->list->by_crps)
        one->val_crps = number_cell(line, "val_crps");
    one->val_mse = number_cell(line, "val_mse");
    one->val_mae = number_cell(line, "val_mae");
}

/* -1, or the exit code after a message. */
static int read_trial(const trial_list *list, char *text, trial *one) {
    line_reader line = {list, (long long)list->n + 2, text, -1};
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)list->n + 1);
    if (list->n == list->n_possible)
        return fail(
            list->program, 2,
            "%s:%lld: is of another search (there are %lld points in this grid): " REMEDY,
            list->file.path, line.number, (long long)list->n_possible);
    *one = (trial){0};
    expect(&line, "trial", number);
    expect_settings(&line);
    read_scores(&line, one);
    one->seconds = number_cell(&line, "seconds");
    const char *curve = curve_cell(&line, one);
    one->reason = strdup(next_cell(&line.rest));
    expect(&line, "fixed", list->fixed);
    expect(&line, "data", list->data);
    check_curve(&line, one, curve);
    if (line.code >= 0)
        trial_forget(one);
    return line.code;
}

/* A line without its end is what a killed search left. */
static int read_trials(trial_list *list, FILE *old) {
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    int code = -1;
    while (code < 0 && (length = getline(&text, &room, old)) > 0 && text[length - 1] == '\n') {
        fputs(text, list->file.aside.stream);
        text[length - 1] = '\0';
        code = make_room(list);
        if (code < 0)
            code = read_trial(list, text, &list->items[list->n]);
        if (code < 0)
            list->n++;
    }
    free(text);
    return code;
}

/* -------------------------------------------------------------------- the file as a whole */

/* NULL: out of memory. */
static char *header_of(const trial_list *list) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    fputs("trial", stream);
    for (int64_t i = 0; i < rimer_space_n_keys(list->space); i++)
        put_cell(stream, rimer_space_key(list->space, i)->name);
    fputs(list->by_crps ? columns_crps : columns_mse, stream);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

/* The file appears with the trials that it has already. */
static int begin(trial_list *list, const char *header, FILE *old) {
    rimer_status status = growing_begin(&list->file, header);
    if (status != RIMER_OK)
        return fail_status(list->program, status);
    int code = old ? read_trials(list, old) : -1;
    if (code >= 0) {
        rimer_writefile_abandon(&list->file.aside);
        return code;
    }
    status = growing_appear(&list->file);
    return status == RIMER_OK ? -1 : fail_status(list->program, status);
}

int trials_open(trial_list *list, const char *path, int resume) {
    list->by_crps = rimer_space_by_crps(list->space, list->base);
    char *header = header_of(list);
    int is_ours = 1, code;
    list->file.path = path;
    list->fixed = fixed_settings(list);
    FILE *old = resume && header ? growing_old(path, header, &is_ours) : NULL;
    if (!header || !list->fixed)
        code = fail(list->program, 1, "out of memory: trials");
    else if (!is_ours)
        code = fail(
            list->program, 2,
            "%s:1: is of another search, whose columns are not those of this one%s: " REMEDY,
            path, list->by_crps ? ", which ranks quantiles by val_crps" : "");
    else
        code = begin(list, header, old);
    if (old)
        fclose(old);
    free(header);
    return code;
}

int trials_close(trial_list *list) {
    int code = growing_close(&list->file, list->program);
    for (int64_t i = 0; i < list->n; i++)
        trial_forget(&list->items[i]);
    free(list->items);
    free(list->fixed);
    return code;
}
