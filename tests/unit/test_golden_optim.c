/* AdamW and Adam, clipping and the schedules against tests/golden/optim.h5. */
#include "golden.h"
#include "harness.h"

#include "kernels/kernels.h"
#include "rimer/config.h"
#include "train/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef RM_REAL_DOUBLE
#define RELATIVE 1e-12
#else
#define RELATIVE 1e-6 /* what the golden README asks of float32 */
#endif

/* Settings stand as attributes of the groups; this is their copy (golden README, Optimiser). */
typedef struct variant {
    const char *group;
    double lr, beta1, beta2, eps, decay;
    int decoupled;
} variant;

/* Relative to the largest value of the array: sums of opposite signs lose digits of their own. */
static void assert_relative(rm_golden *golden, const char *path, int step, const rm_real *got,
                            int64_t n) {
    const double *want = rm_golden_read(golden, path).values + step * n;
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(want[i]));
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)got[i] - want[i]) <= RELATIVE * largest,
                      "%s, step %d, [%lld]: got %.9g, want %.9g", path, step + 1, (long long)i,
                      (double)got[i], want[i]);
}

static void check_param(rm_golden *golden, const rm_kernels *k, const variant *v, int index) {
    char path[64];
    rm_real p[16], m[16] = {0}, moment[16] = {0}, average[16] = {0};
    snprintf(path, sizeof path, "in/p%d", index);
    int64_t n = rm_golden_read(golden, path).count;
    ck_assert_int_le(n, 16);
    memcpy(p, rm_golden_reals(golden, path), (size_t)n * sizeof *p);
    snprintf(path, sizeof path, "in/grad_p%d", index);
    rm_real *gradients = rm_golden_reals(golden, path);
    for (int step = 0; step < 3; step++) {
        rm_step now = {.lr = v->lr,
                       .correct1 = 1 - pow(v->beta1, step + 1),
                       .correct2 = 1 - pow(v->beta2, step + 1),
                       .factor = 1};
        k->adamw_step(p, m, moment, average, gradients + step * n, n, &now, 1, v->beta1,
                      v->beta2, v->eps, v->decoupled ? v->decay : 0,
                      v->decoupled ? 0 : v->decay, 1);
        for (int64_t i = 0; i < n; i++) /* rate 1 is a copy */
            ck_assert_double_eq_tol((double)average[i], (double)p[i], 1e-6);
        snprintf(path, sizeof path, "%s/p%d", v->group, index);
        assert_relative(golden, path, step, p, n);
        snprintf(path, sizeof path, "%s/m_p%d", v->group, index);
        assert_relative(golden, path, step, m, n);
        snprintf(path, sizeof path, "%s/v_p%d", v->group, index);
        assert_relative(golden, path, step, moment, n);
    }
}

START_TEST(adam_steps) {
    static const variant variants[] = {
        {"adamw", 1e-2, 0.9, 0.99, 1e-8, 0.1, 1},
        {"adamw_bigeps", 1e-2, 0.9, 0.999, 1e-3, 0, 1},
        {"adam", 1e-5, 0.9, 0.999, 1e-8, 0, 0},
        {"adam_l2", 1e-2, 0.9, 0.999, 1e-8, 0.1, 0},
    };
    rm_golden *golden = rm_golden_open("optim.h5");
    const rm_kernels *table;
    for (int i = 0; (table = rm_kernels_at(i)); i++)
        for (size_t v = 0; v < sizeof variants / sizeof *variants && rm_kernels_runs(table);
             v++)
            for (int index = 0; index < 3; index++)
                check_param(golden, table, &variants[v], index);
    rm_golden_close(golden);
}
END_TEST

/* Clipping is a factor: min(1, max_norm / (norm + 1e-6)) over all gradients together. */
START_TEST(clipping) {
    static const double limits[] = {0.5, 100};
    static const char *const groups[] = {"clip_0p5", "clip_100"};
    rm_golden *golden = rm_golden_open("optim.h5");
    const rm_kernels *k;
    ck_assert_int_eq(rm_kernels_choose(&k), RIMER_OK);
    for (int c = 0; c < 2; c++) {
        double squares = 0;
        char path[64];
        for (int index = 0; index < 3; index++) {
            snprintf(path, sizeof path, "in/grad_p%d", index);
            double part;
            k->sum_squares(&part, rm_golden_reals(golden, path),
                           rm_golden_read(golden, path).count / 3);
            squares += part;
        }
        ck_assert_double_eq_tol(sqrt(squares), 5.14002, 1e-5);
        rm_step now = {.correct1 = 1, .correct2 = 1};
        k->clip_factor(&now.factor, &(rm_tally){1, 1}, &squares, limits[c]);
        ck_assert_double_eq_tol(now.factor, fmin(1, limits[c] / (sqrt(squares) + 1e-6)), 1e-15);
        for (int index = 0; index < 3; index++) {
            snprintf(path, sizeof path, "in/grad_p%d", index);
            int64_t n = rm_golden_read(golden, path).count / 3;
            rm_real *g = rm_golden_reals(golden, path), m[16] = {0}, v[16] = {0},
                    average[16] = {0}, p[16] = {0};
            /* With beta1 0 the first moment is the clipped gradient. */
            k->adamw_step(p, m, v, average, g, n, &now, 0, 0, 0.9, 1, 0, 0, 0);
            snprintf(path, sizeof path, "%s/p%d", groups[c], index);
            assert_relative(golden, path, 0, m, n);
        }
    }
    rm_golden_close(golden);
}
END_TEST

START_TEST(schedules) {
    static const int kinds[] = {RIMER_SCHEDULE_COSINE, RIMER_SCHEDULE_RWKV};
    static const char *const paths[] = {"schedule/cosine", "schedule/rwkv_lm"};
    rm_golden *golden = rm_golden_open("optim.h5");
    for (int i = 0; i < 2; i++) {
        rm_schedule schedule = {kinds[i], 1e-3, 1e-5, 10, 100};
        double got[105];
        for (int64_t s = 0; s < 105; s++)
            got[s] = rm_schedule_rate(&schedule, s);
        ck_assert_int_eq(rm_golden_read(golden, paths[i]).count, 105);
        rm_assert_close(paths[i], got, rm_golden_read(golden, paths[i]).values, 105, 1e-15);
    }
    rm_golden_array loss = rm_golden_read(golden, "plateau/loss");
    rm_plateau plateau = rm_plateau_begin();
    double rates[64];
    for (int64_t i = 0; i < loss.count; i++) {
        rm_plateau_epoch(&plateau, loss.values[i], 1e-3);
        rates[i] = 1e-3 * plateau.factor;
    }
    rm_assert_close("plateau", rates, rm_golden_read(golden, "plateau/lr_after").values,
                    loss.count, 1e-15);
    rm_golden_close(golden);
}
END_TEST

int main(void) {
    return rm_test_main("golden optim " RM_REAL_NAME,
                        (const TTest *[]){adam_steps, clipping, schedules, NULL});
}
