#define _XOPEN_SOURCE 700
#include "harness.h"

#include "base/array.h"
#include "data/dataset_inside.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int rm_test_main(const char *suite, const TTest *const *tests) {
    Suite *all = suite_create(suite);
    for (; *tests; tests++) {
        TCase *one = tcase_create((*tests)->name);
        tcase_set_timeout(one, 600);
        tcase_add_test(one, *tests);
        suite_add_tcase(all, one);
    }
    SRunner *runner = srunner_create(all);
    srunner_run_all(runner, CK_VERBOSE);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

double rm_max_error(const double *got, const double *want, int64_t n, int64_t *where) {
    double worst = 0;
    *where = 0;
    for (int64_t i = 0; i < n; i++) {
        double error = got[i] == want[i] ? 0 : fabs(got[i] - want[i]);
        if (!(error <= worst)) { /* NaN comes in here too */
            worst = isnan(error) ? INFINITY : error;
            *where = i;
        }
    }
    return worst;
}

void rm_assert_close(const char *what, const double *got, const double *want, int64_t n,
                     double tolerance) {
    int64_t where;
    double error = rm_max_error(got, want, n, &where);
    ck_assert_msg(error <= tolerance, "%s[%lld]: got %.9g, want %.9g, off by %.3g > %.3g", what,
                  (long long)where, got[where], want[where], error, tolerance);
}

void rm_test_settings(rimer_config *config, const char *settings) {
    char text[512], *rest = text, *pair;
    snprintf(text, sizeof text, "%s", settings);
    while ((pair = strtok_r(rest, " ", &rest))) {
        char *value = strchr(pair, '=');
        ck_assert_ptr_nonnull(value);
        *value++ = '\0';
        ck_assert_msg(rimer_fields_set(rimer_config_fields(), config, pair, value) == RIMER_OK,
                      "%s", rimer_last_error());
    }
}

rimer_dataset *rm_test_series(int64_t n_series, const int64_t *lengths, int64_t n_channels,
                              float (*value)(int64_t series, int64_t channel, int64_t step)) {
    rimer_dataset *dataset;
    char name[32];
    ck_assert_int_eq(rm_dataset_new(&dataset, "many", n_channels, n_series), RIMER_OK);
    for (int64_t c = 0; c < n_channels; c++) {
        snprintf(name, sizeof name, "c%lld", (long long)c);
        ck_assert_int_eq(rm_string_copy(&dataset->channel_names[c], name), RIMER_OK);
    }
    for (int64_t s = 0; s < n_series; s++) {
        rm_stored_series *one = &dataset->series[s];
        snprintf(name, sizeof name, "s%lld", (long long)s);
        ck_assert_int_eq(rm_series_new(one, name, lengths[s], n_channels), RIMER_OK);
        for (int64_t t = 0; t < lengths[s]; t++) {
            one->times[t] = t;
            for (int64_t c = 0; c < n_channels; c++)
                one->values[c * lengths[s] + t] = value(s, c, t);
        }
    }
    return dataset;
}

const char *rm_project_path(const char *file) {
    static char path[2048];
    const char *root = getenv("RIMER_ROOT");
    snprintf(path, sizeof path, "%s/%s", root ? root : ".", file);
    return path;
}

const char *rm_dataset_path(const char *test, const char *file) {
    static char path[4096];
    const char *folder = getenv("RIMER_DATA");
    if (folder)
        snprintf(path, sizeof path, "%s/%s", folder, file);
    else
        snprintf(path, sizeof path, "%s/%s", rm_project_path("../shared/datasets"), file);
    if (access(path, R_OK) == 0)
        return path;
    printf("SKIP %s: %s is not here (RIMER_DATA names the folder)\n", test, file);
    fflush(stdout);
    return NULL;
}

static char folder[64];
static pid_t maker;

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *base) {
    (void)info, (void)flag, (void)base;
    return remove(path);
}

static void remove_folder(void) {
    if (getpid() == maker)
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *rm_test_folder(void) {
    if (maker != getpid()) {
        strcpy(folder, "/tmp/rimer-test-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        maker = getpid();
        atexit(remove_folder);
    }
    return folder;
}
