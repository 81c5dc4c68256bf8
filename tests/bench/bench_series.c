/* A night's work: forecasts a second over many series through the library's own batch path, points
 * and intervals, on one thread and on all. What weights say does not change the time. */
#include "base/threads.h"
#include "measure.h"
#include "rimer/rimer.h"
#include "stopwatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERIES = 100000, STEPS = 240, CONTEXT = 96, HORIZON = 48, SEASON = 24, RUNS = 3 };

/* Waves of a day under a noise of small steps; every channel a series. */
static rimer_dataset *make_dataset(void) {
    rm_real *noise = numbers(STEPS, -1, 1);
    float *values = room((int64_t)SERIES * STEPS, sizeof *values);
    rimer_dataset *dataset;
    for (int64_t s = 0; s < SERIES; s++)
        for (int64_t t = 0; t < STEPS; t++)
            values[s * STEPS + t] =
                (float)(10 + sin((double)(t + s % SEASON) * 6.283 / SEASON) +
                        0.1 * (double)noise[(t + s * 7) % STEPS]);
    if (rimer_dataset_from_values(values, STEPS, SERIES, NULL, &dataset) != RIMER_OK)
        fail("the series");
    free(noise);
    free(values);
    return dataset;
}

/* The default network of hourly series, with quantiles or without. */
static rimer_model *make_model(const char *quantiles) {
    rimer_config config;
    rimer_model *model;
    rimer_config_init(&config);
    config.context_len = CONTEXT;
    config.patch_len = SEASON;
    config.horizon = config.output_len = HORIZON;
    snprintf(config.quantiles, sizeof config.quantiles, "%s", quantiles);
    if (rimer_model_create(&config, &model) != RIMER_OK)
        fail("the model");
    return model;
}

static void time_forecasts(const char *name, const rimer_model *model,
                           const rimer_dataset *dataset, const char *intervals, int64_t threads,
                           int64_t horizon) {
    rimer_forecast_wanted wanted = {0};
    double times[RUNS];
    if (rimer_intervals_read(&wanted.intervals, intervals) != RIMER_OK)
        fail("the intervals");
    for (int run = 0; run < RUNS; run++) {
        rimer_forecast *forecast;
        double begin = now();
        if (rimer_forecast_dataset_with(model, dataset, horizon, threads, &wanted, &forecast) !=
            RIMER_OK)
            fail("the forecasts");
        times[run] = now() - begin;
        rimer_forecast_free(forecast);
    }
    double seconds = median_of(times, RUNS);
    printf("  %-40s %2lld thread%s %7.3f s %10.0f a second\n", name, (long long)threads,
           threads > 1 ? "s" : " ", seconds, SERIES / seconds);
}

int main(void) {
    rimer_dataset *dataset = make_dataset();
    rimer_model *points = make_model(""), *quantiles = make_model("0.1,0.5,0.9");
    int64_t all = rm_pool_threads(0);
    printf("forecasts of %d series, %d steps from the last %d\n", SERIES, HORIZON, CONTEXT);
    for (int64_t threads = 1; threads <= all; threads += threads < all ? all - 1 : all) {
        time_forecasts("points", points, dataset, "", threads, HORIZON);
        time_forecasts("with an interval of 80 %", quantiles, dataset, "80", threads, HORIZON);
        time_forecasts("points, twice as far, rolled out", points, dataset, "", threads,
                       2 * HORIZON);
    }
    rimer_model_free(points);
    rimer_model_free(quantiles);
    rimer_dataset_free(dataset);
    return 0;
}
