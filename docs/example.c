/* Trains a small forecaster on a CSV file and prints the next twelve steps of every channel.
 *
 *     cc example.c -o example $(pkg-config --cflags --libs rimer)
 *     ./example datasets/air_passengers.csv */
#include <rimer/rimer.h>

#include <stdio.h>

static void print_forecast(const rimer_dataset *dataset, const rimer_forecast *forecast) {
    for (int64_t step = 0; step < rimer_forecast_horizon(forecast); step++) {
        char when[RIMER_TIME_SIZE];
        rimer_dataset_format_time(dataset, rimer_dataset_future_time(dataset, 0, step + 1),
                                  when, sizeof when);
        printf("%s", when);
        for (int64_t channel = 0; channel < rimer_dataset_n_channels(dataset); channel++)
            printf(",%.1f", (double)rimer_forecast_values(forecast, 0, channel)[step]);
        printf("\n");
    }
}

static rimer_status train_and_forecast(const char *path, rimer_dataset **dataset,
                                       rimer_model **model, rimer_forecast **forecast) {
    rimer_config config;
    rimer_config_init(&config);
    config.horizon = 12;
    config.context_len = 24;

    rimer_status status = rimer_dataset_read(path, NULL, dataset);
    if (status == RIMER_OK)
        status = rimer_config_choose(&config, *dataset); /* whatever is still 0 */
    if (status == RIMER_OK)
        status = rimer_train(*dataset, &config, NULL, model, NULL);
    if (status == RIMER_OK)
        status = rimer_forecast_dataset(*model, *dataset, config.horizon, 0, forecast);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: example DATA.csv\n");
        return 2;
    }
    rimer_dataset *dataset = NULL;
    rimer_model *model = NULL;
    rimer_forecast *forecast = NULL;
    rimer_status status = train_and_forecast(argv[1], &dataset, &model, &forecast);
    if (status == RIMER_OK)
        print_forecast(dataset, forecast);
    else
        fprintf(stderr, "example: %s\n", rimer_last_error());
    rimer_forecast_free(forecast);
    rimer_model_free(model);
    rimer_dataset_free(dataset);
    return rimer_status_exit_code(status);
}
