/* Speed of reading, beside the floor measured in the same run: `make bench`.
 *
 * A table of 321 channels and 26,304 rows is made (hourly, three decimals, 69 MB), then read by
 * rimer_dataset_read, by a loop that splits it by hand with the same number parser and keeps
 * nothing, by libcsv with callbacks that do nothing, and, where Python has it, by pandas' C
 * reader. Medians of several runs that take turns. */
#include "base/rng.h"
#include "data/number.h"
#include "rimer/rimer.h"
#include "stopwatch.h"

#include <csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 7, CHANNELS = 321, ROWS = 26304, CHUNK = 1 << 18 };

static void fail(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void make_table(const char *path) {
    FILE *file = fopen(path, "wb");
    rm_rng rng = rm_rng_make(1, 321);
    double level[CHANNELS];
    if (!file)
        fail("the table cannot be written");
    fputs("date", file);
    for (int c = 0; c < CHANNELS; c++) {
        level[c] = 20 * exp(5 * rm_rng_uniform(&rng));
        fprintf(file, ",MT_%03d", c);
    }
    for (int t = 0; t < ROWS; t++) {
        time_t moment = 1325376000 + (time_t)t * 3600;
        struct tm utc;
        char stamp[32];
        gmtime_r(&moment, &utc);
        strftime(stamp, sizeof stamp, "\n%Y-%m-%d %H:%M:%S", &utc);
        fputs(stamp, file);
        for (int c = 0; c < CHANNELS; c++)
            fprintf(file, ",%.3f",
                    level[c] * (1 + 0.3 * sin(t * 0.2618) + 0.1 * rm_rng_uniform(&rng)));
    }
    fputc('\n', file);
    if (fclose(file) != 0)
        fail("the table cannot be written");
}

/* ------------------------------------------------------------------------------ readers */

static void read_rimer(const char *path) {
    rimer_dataset *dataset;
    if (rimer_dataset_read(path, NULL, &dataset) != RIMER_OK)
        fail(rimer_last_error());
    rimer_dataset_free(dataset);
}

static volatile float sink;

/* Chunk by chunk; what is left of a cell goes to the front of the next one. */
static void read_by_hand(const char *path) {
    static char buffer[2 * CHUNK + 1];
    rm_cell_style style;
    size_t held = 0, got;
    FILE *file = fopen(path, "rb");
    if (!file || !rm_cell_style_init(&style, '.', ""))
        fail("the table cannot be read");
    setvbuf(file, NULL, _IONBF, 0);
    while ((got = fread(buffer + held, 1, CHUNK, file)) > 0) {
        char *cell = buffer, *end = buffer + held + got;
        for (char *at = buffer + held; at < end; at++) {
            float value = 0;
            if (*at != ',' && *at != '\n')
                continue;
            *at = 0;
            if (rm_cell_parse(&style, cell, &value) == RM_CELL_NUMBER)
                sink = value;
            cell = at + 1;
        }
        held = (size_t)(end - cell);
        memmove(buffer, cell, held);
    }
    fclose(file);
}

static void ignore_cell(void *cell, size_t size, void *user) {
    (void)cell, (void)size, (void)user;
}

static void ignore_row(int end, void *user) {
    (void)end, (void)user;
}

static void read_libcsv(const char *path) {
    static char buffer[CHUNK];
    struct csv_parser parser;
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file || csv_init(&parser, CSV_STRICT) != 0)
        fail("the table cannot be read");
    setvbuf(file, NULL, _IONBF, 0);
    while ((got = fread(buffer, 1, CHUNK, file)) > 0)
        csv_parse(&parser, buffer, got, ignore_cell, ignore_row, NULL);
    csv_fini(&parser, ignore_cell, ignore_row, NULL);
    csv_free(&parser);
    fclose(file);
}

/* ------------------------------------------------------------------------------- report */

static const struct reader {
    const char *name;
    void (*read)(const char *path);
} readers[] = {{"rimer_dataset_read", read_rimer},
               {"split by hand, same parser, nothing kept", read_by_hand},
               {"libcsv, empty callbacks", read_libcsv}};

enum { N_READERS = sizeof readers / sizeof *readers };

/* Peak resident memory of a process that does nothing else, in MiB; of the largest up to now, so
 * the smaller one is asked for first. */
static double peak_memory(const char *path) {
    struct rusage usage;
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (path)
            read_rimer(path);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 ||
        getrusage(RUSAGE_CHILDREN, &usage) != 0)
        fail("a child process failed");
    return (double)usage.ru_maxrss / 1024;
}

static void time_pandas(const char *path) {
    char command[1024];
    snprintf(
        command, sizeof command,
        "python3 -c \"\nimport sys, time\ntry:\n import numpy, pandas\nexcept ImportError:\n "
        "print('  pandas: not here'); sys.exit()\nn = []\nfor i in range(%d):\n"
        " t = time.perf_counter()\n"
        " pandas.read_csv('%s', dtype={f'MT_{c:03d}': numpy.float32 for c in range(%d)})\n"
        " n.append(time.perf_counter() - t)\n"
        "print(f'  %%-42s %%7.3f s' %% (f'pandas {pandas.__version__}, C reader, float32', "
        "sorted(n)[%d]))\n\" 2>/dev/null || echo '  pandas: no Python here'",
        RUNS, path, CHANNELS, RUNS / 2);
    fflush(stdout);
    if (system(command) != 0)
        printf("  pandas: could not be asked\n");
}

int main(void) {
    char path[] = "/tmp/rimer-bench-XXXXXX";
    double times[N_READERS][RUNS], megabytes = (double)CHANNELS * ROWS * 4 / (1 << 20);
    int fd = mkstemp(path);
    if (fd < 0)
        fail("no temporary file");
    make_table(path);
    double bytes = (double)lseek(fd, 0, SEEK_END);
    double before = peak_memory(NULL), peak = peak_memory(path);
    for (int run = -1; run < RUNS; run++) /* the first one warms up */
        for (int i = 0; i < N_READERS; i++) {
            double begin = now();
            readers[i].read(path);
            if (run >= 0)
                times[i][run] = now() - begin;
        }
    printf("reading %d channels, %d rows, %.1f MB\n", CHANNELS, ROWS, bytes / 1e6);
    for (int i = 0; i < N_READERS; i++) {
        double seconds = median_of(times[i], RUNS);
        printf("  %-42s %7.3f s %7.0f MB/s %6.0f %% of our time\n", readers[i].name, seconds,
               bytes / 1e6 / seconds, 100 * seconds / median_of(times[0], RUNS));
    }
    time_pandas(path);
    printf("  memory: %.1f MiB of float32, %.1f MiB at the peak over %.1f MiB before: %.2f "
           "times\n",
           megabytes, peak, before, (peak - before) / megabytes);
    close(fd);
    unlink(path);
    return 0;
}
