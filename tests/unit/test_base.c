/* Arenas, names, random numbers, the thread pool, error sentences, files written aside. */
#define _XOPEN_SOURCE 700
#include "harness.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/labels.h"
#include "base/rng.h"
#include "base/threads.h"
#include "rimer/text.h"
#include "rimer/writefile.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(arena_measures_then_places) {
    rm_arena arena = {0};
    ck_assert_ptr_null(rm_arena_take(&arena, 3, 4));
    ck_assert_ptr_null(rm_arena_take(&arena, 100, 8));
    size_t measured = arena.used;
    ck_assert_int_eq(rm_arena_reserve(&arena), RIMER_OK);
    char *a = rm_arena_take(&arena, 3, 4), *b = rm_arena_take(&arena, 100, 8);
    ck_assert_uint_eq(arena.used, measured);
    ck_assert_uint_eq((uintptr_t)a % 64, 0);
    ck_assert_uint_eq((uintptr_t)b % 64, 0);
    ck_assert(b >= a + 12);
    for (int i = 0; i < 800; i++)
        ck_assert_int_eq(b[i], 0);
    rm_arena_free(&arena);

    rm_arena_take(&arena, INT64_MAX / 2, 1000);
    ck_assert_int_eq(rm_arena_reserve(&arena), RIMER_NO_MEMORY);
    ck_assert_ptr_null(arena.base);
}
END_TEST

/* Whether large pages were asked for where `at` lies: flag hg of its mapping. */
static int may_be_large(const char *at) {
    char line[512];
    unsigned long begin, end;
    int here = 0, found = 0;
    FILE *maps = fopen("/proc/self/smaps", "r");
    ck_assert_ptr_nonnull(maps);
    while (!found && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
            here = (uintptr_t)at >= begin && (uintptr_t)at < end;
        found = here && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg");
    }
    fclose(maps);
    return found;
}

START_TEST(large_blocks_ask_for_large_pages) {
    if (access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) != 0)
        return; /* the system has none */
    rm_arena arena = {0};
    char *array, *small;
    rm_arena_take(&arena, 3, RM_LARGE_PAGE);
    ck_assert_int_eq(rm_arena_reserve(&arena), RIMER_OK);
    ck_assert_int_eq(rm_array_new(&array, 3, RM_LARGE_PAGE), RIMER_OK);
    ck_assert_int_eq(rm_array_new(&small, 1, RM_LARGE_PAGE / 2), RIMER_OK);
    ck_assert(may_be_large(arena.base + 3 * RM_LARGE_PAGE / 2));
    ck_assert(may_be_large(array + 3 * RM_LARGE_PAGE / 2));
    ck_assert(!may_be_large(small));
    rm_arena_free(&arena);
    free(array), free(small);
}
END_TEST

START_TEST(arrays_refuse_overflow) {
    void *memory = NULL;
    ck_assert_int_eq(rm_array_new(&memory, INT64_MAX, 16), RIMER_NO_MEMORY);
    ck_assert_int_eq(rm_array_new(&memory, -1, 16), RIMER_NO_MEMORY);
    ck_assert_ptr_null(memory);
    int64_t *grown = NULL, capacity = 0;
    for (int64_t i = 0; i < 1000; i++) {
        ck_assert_int_eq(rm_array_grow(&grown, &capacity, i + 1, sizeof *grown), RIMER_OK);
        grown[i] = i;
    }
    ck_assert_int_eq(grown[999], 999);
    free(grown);
}
END_TEST

START_TEST(names_are_found) {
    rm_named names[] = {{"b", 0}, {"a", 1}, {"", 2}, {"b", 3}, {"ab", 4}, {"b", 5}};
    const char *const wanted[] = {"b", "a", "", "ab", "c", "B", "aa"};
    const int64_t at[] = {0, 1, 2, 4, -1, -1, -1}; /* of one name the first */
    rm_named_sort(names, 6);
    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(rm_named_find(names, 6, wanted[i]), at[i]);
    ck_assert_int_eq(rm_named_find(names, 0, "b"), -1);
}
END_TEST

/* Known answers of Philox 4x32-10 from its authors' Random123 (kat_vectors): counter and key of
 * zeros give 6627e8d5 e169c58d bc57ac4c 9b00dbd8; words are handed out from the last. */
START_TEST(philox_known_answer) {
    static const uint32_t want[] = {0x9b00dbd8, 0xbc57ac4c, 0xe169c58d, 0x6627e8d5};
    rm_rng rng = rm_rng_make(0, 0);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(rm_rng_word(&rng), want[i]);
}
END_TEST

START_TEST(random_numbers) {
    rm_rng rng = rm_rng_make(42, 1), other = rm_rng_make(42, 2);
    double sum = 0, squares = 0;
    enum { N = 100000 };
    for (int i = 0; i < N; i++) {
        double x = rm_rng_normal(&rng);
        sum += x;
        squares += x * x;
    }
    ck_assert_double_lt(fabs(sum / N), 0.02);
    ck_assert_double_lt(fabs(squares / N - 1), 0.02);
    ck_assert_uint_ne(rm_rng_word(&rng), rm_rng_word(&other));
    int counts[6] = {0};
    for (int i = 0; i < 60000; i++)
        counts[rm_rng_below(&rng, 6)]++;
    for (int i = 0; i < 6; i++)
        ck_assert(abs(counts[i] - 10000) < 500);
    int64_t order[1000];
    char seen[1000] = {0};
    rm_rng_permutation(&rng, 1000, order);
    for (int i = 0; i < 1000; i++)
        seen[order[i]]++;
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(seen[i], 1);
}
END_TEST

START_TEST(texts_are_made_harmless) {
    static const char *const pairs[][2] = {
        {"", ""},
        {"plain 'text' <&>", "plain 'text' <&>"},
        {"\x1b[2J\x07\x7f\t\r\n", "?[2J?????"},
        {"\xc2\x9b"
         "31m \x9b \xc2\xa0",
         "?31m ? \xc2\xa0"}, /* C1; a blank stays */
        {"\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c\xe2\x80\x8f", "?????"}, /* bidi */
        {"\xe2\x80\x8b\xef\xbb\xbf\xf3\xa0\x81\x81\xe2\x80\xa8", "????"}, /* not to be seen */
        {"\xe2\x80\x8d \xd7\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80", NULL},
        {"\xef\xbf\xbe\xef\xbf\xbf \xef\xbf\xbd", "?? \xef\xbf\xbd"},
        {"\xc0\xaf \xe0\x80\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xff", "?? ??? ??? ???? ?"},
        {"\xe4\xb8", "??"},
        {"\xf0\x9f\x98", "???"},
        {"\xc3", "?"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char text[64];
        strcpy(text, pairs[i][0]);
        rimer_text_harmless(text);
        ck_assert_str_eq(text, pairs[i][1] ? pairs[i][1] : pairs[i][0]);
    }
}
END_TEST

typedef struct work {
    int64_t done[500];
    int64_t fail_from; /* tasks from here on fail */
} work;

static rimer_status one_task(void *arg, int64_t index, int64_t worker) {
    work *self = arg;
    ck_assert_int_lt(worker, 3);
    if (index >= self->fail_from)
        RM_FAIL(DATA, "task %lld fails", (long long)index);
    self->done[index] += index;
    return RIMER_OK;
}

START_TEST(pool_runs_all) {
    rm_pool *pool;
    ck_assert_int_eq(rm_pool_create(3, &pool), RIMER_OK);
    ck_assert_int_eq(rm_pool_size(pool), 3);
    work self = {{0}, 1000};
    for (int round = 0; round < 20; round++)
        ck_assert_int_eq(rm_pool_run(pool, 500, one_task, &self), RIMER_OK);
    for (int64_t i = 0; i < 500; i++)
        ck_assert_int_eq(self.done[i], 20 * i);
    ck_assert_int_eq(rm_pool_run(pool, 0, one_task, &self), RIMER_OK);
    self.fail_from = 100;
    ck_assert_int_eq(rm_pool_run(pool, 500, one_task, &self), RIMER_DATA);
    ck_assert_str_eq(rimer_last_error(), "task 100 fails");
    self.fail_from = 1000;
    ck_assert_int_eq(rm_pool_run(pool, 500, one_task, &self), RIMER_OK);
    rm_pool_free(pool);
    rm_pool_free(NULL);
}
END_TEST

static rimer_status fails(void) {
    RM_FAIL(DATA, "a %s name\x1b[2J", "hostile\n");
}

START_TEST(sentences) {
    ck_assert_int_eq(fails(), RIMER_DATA);
    ck_assert_str_eq(rimer_last_error(), "a hostile? name?[2J");
    rm_error_prefix(RIMER_DATA, "%s: ", "file.csv");
    ck_assert_str_eq(rimer_last_error(), "file.csv: a hostile? name?[2J");
    rm_error_set(RIMER_DATA, "again: %s", rimer_last_error());
    ck_assert_str_eq(rimer_last_error(), "again: file.csv: a hostile? name?[2J");
    char *name = malloc(10001);
    memset(name, 'n', 10000);
    name[10000] = '\0';
    rm_error_set(RIMER_DATA, "data.csv:4711: \"%s\" is not a number", name);
    ck_assert_uint_eq(strlen(rimer_last_error()), 1023);
    ck_assert_str_eq(rimer_last_error() + 1023 - 20, "nnn\" is not a number");
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "data.csv:4711: \"nnn"));
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "nnn ... nnn"));
    for (size_t shift = 0; shift < 3; shift++) { /* no half character at the cuts */
        memset(name, 'n', 10000);
        for (size_t i = shift; i + 3 <= 9000; i += 3)
            memcpy(name + i, "\xe4\xb8\xad", 3);
        rm_error_set(RIMER_DATA, "%s", name);
        ck_assert_uint_lt(strlen(rimer_last_error()), 1024);
        ck_assert_ptr_null(strchr(rimer_last_error(), '?'));
        ck_assert_ptr_nonnull(strstr(rimer_last_error(), " ... "));
    }
    free(name);
    ck_assert_int_eq(rimer_status_exit_code(RIMER_MODEL), 4);
    ck_assert_int_eq(rimer_status_exit_code(RIMER_INTERRUPTED), 130);
    ck_assert_str_eq(rimer_status_text(RIMER_OK), "success");
}
END_TEST

static void assert_content(const char *path, const char *want) {
    char text[64] = {0};
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, file), strlen(want));
    fclose(file);
    ck_assert_str_eq(text, want);
}

/* What fails, or never was: nothing is left, and standard input stays open. */
START_TEST(writes_nothing) {
    rimer_writefile file = {0};
    rimer_writelock lock = {0};
    ck_assert_int_ne(dup2(open("/dev/null", O_RDONLY), STDIN_FILENO), -1);
    rimer_writefile_abandon(&file);
    ck_assert_int_ne(fcntl(STDIN_FILENO, F_GETFD), -1);
    ck_assert_int_eq(rimer_writefile_open(&file, ""), RIMER_IO);
    ck_assert_str_eq(rimer_last_error(), "a file to write needs a name");
    file.folder = 42;
    ck_assert_int_eq(rimer_writefile_open(&file, "/nowhere/file"), RIMER_IO);
    ck_assert_int_eq(file.folder, 42);
    ck_assert_int_eq(rimer_writelock_take(&lock, ""), RIMER_IO);
    rimer_writelock_release(&lock);
    ck_assert_int_ne(access(".rimer-tmp", F_OK), 0);
}
END_TEST

START_TEST(written_aside) {
    char path[128], missing[160];
    rimer_writefile file;
    snprintf(path, sizeof path, "%s/file", rm_test_folder());
    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    fputs("first", file.stream);
    fflush(file.stream);
    ck_assert_int_ne(access(path, F_OK), 0); /* not under its name before it is whole */
    ck_assert_int_eq(rimer_writefile_commit(&file), RIMER_OK);
    assert_content(path, "first");

    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    fputs("second", file.stream);
    char aside[160];
    snprintf(aside, sizeof aside, "%s", file.aside);
    close(fileno(file.stream)); /* as if the disk went away */
    ck_assert_int_eq(rimer_writefile_commit(&file), RIMER_IO);
    ck_assert_int_ne(access(aside, F_OK), 0);
    assert_content(path, "first");

    char link[160]; /* stays a link, and what it points to is written */
    struct stat info;
    snprintf(link, sizeof link, "%s/link", rm_test_folder());
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_int_eq(rimer_writefile_open(&file, link), RIMER_OK);
    fputs("third", file.stream);
    ck_assert_int_eq(rimer_writefile_commit(&file), RIMER_OK);
    assert_content(path, "third");
    ck_assert(lstat(link, &info) == 0 && S_ISLNK(info.st_mode));

    ck_assert_int_eq(chmod(path, 0620), 0); /* neither more nor less than it was */
    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    ck_assert(stat(file.aside, &info) == 0 && (info.st_mode & 0777) == 0620);
    ck_assert_int_eq(rimer_writefile_commit(&file), RIMER_OK);
    ck_assert(stat(path, &info) == 0 && (info.st_mode & 0777) == 0620);

    snprintf(missing, sizeof missing, "%s/no/such/folder", rm_test_folder());
    ck_assert_int_eq(rimer_writefile_open(&file, missing), RIMER_IO);
    ck_assert_int_eq(rimer_writefile_open(&file, rm_test_folder()), RIMER_IO);
}
END_TEST

/* What is no plain file is written itself: a device must not turn into a file. */
START_TEST(devices_stay_devices) {
    char path[128];
    struct stat after;
    rimer_writefile file;
    snprintf(path, sizeof path, "%s/null", rm_test_folder());
    ck_assert_int_eq(symlink("/dev/null", path), 0);
    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    fputs("gone", file.stream);
    ck_assert_int_eq(rimer_writefile_commit(&file), RIMER_OK);
    ck_assert_int_eq(lstat(path, &after), 0);
    ck_assert(S_ISLNK(after.st_mode));
    unlink(path);

    ck_assert_int_eq(symlink("/dev/full", path), 0);
    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    fputs("too much", file.stream);
    ck_assert_int_eq(rimer_writefile_commit(&file), RIMER_IO);
    ck_assert_ptr_nonnull(
        strstr(rimer_last_error(), "/null: cannot be written: No space left on device"));
    unlink(path);
}
END_TEST

/* A child writes aside and is killed: what it left is gone when the name is written again, or
 * removed. What a living process writes stays. */
START_TEST(killed_writers_leave_nothing) {
    char path[128], first[160], second[160];
    rimer_writefile file, other;
    snprintf(path, sizeof path, "%s/killed", rm_test_folder());
    snprintf(first, sizeof first, "%s.rimer-tmp", path);
    snprintf(second, sizeof second, "%s.rimer-tmp1", path);
    for (int round = 0; round < 2; round++) {
        pid_t child = fork();
        if (child == 0) {
            if (rimer_writefile_open(&file, path) == RIMER_OK &&
                fputs("half", file.stream) >= 0)
                fflush(file.stream);
            raise(SIGKILL);
        }
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        ck_assert_int_eq(access(first, F_OK), 0);
        if (round == 0) {
            ck_assert_int_eq(rimer_writefile_remove(path), RIMER_OK);
            ck_assert_int_ne(access(first, F_OK), 0);
        }
    }
    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    ck_assert_str_eq(file.aside, first); /* the stale one's name */
    fputs("one", file.stream);
    ck_assert_int_eq(rimer_writefile_open(&other, path), RIMER_OK);
    ck_assert_str_eq(other.aside, second); /* the first is in use */
    fputs("two", other.stream);
    ck_assert_int_eq(rimer_writefile_commit(&file), RIMER_OK);
    assert_content(path, "one");
    rimer_writefile_abandon(&other);
    ck_assert_int_ne(access(first, F_OK), 0);
    ck_assert_int_ne(access(second, F_OK), 0);
    ck_assert_int_eq(rimer_writefile_remove(path), RIMER_OK);
    ck_assert_int_eq(rimer_writefile_remove(path), RIMER_OK); /* nothing there: fine */
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* Published: under its final name, and growing. */
START_TEST(published_files_grow) {
    char path[128];
    rimer_writefile file;
    FILE *stream;
    snprintf(path, sizeof path, "%s/grows", rm_test_folder());
    ck_assert_int_eq(rimer_writefile_open(&file, path), RIMER_OK);
    fputs("head", file.stream);
    ck_assert_int_eq(rimer_writefile_publish(&file, &stream), RIMER_OK);
    assert_content(path, "head");
    fputs(" and more", stream);
    fclose(stream);
    assert_content(path, "head and more");
}
END_TEST

/* A writer at a time, by whatever name; the lock of one that was killed is free. */
START_TEST(writers_exclude_each_other) {
    char path[128], link[128], beside[160];
    rimer_writelock lock = {0}, other = {0};
    snprintf(path, sizeof path, "%s/results", rm_test_folder());
    snprintf(link, sizeof link, "%s/link", rm_test_folder());
    snprintf(beside, sizeof beside, "%s.rimer-lock", path);
    pid_t child = fork();
    if (child == 0) {
        rimer_status status = rimer_writelock_take(&lock, path);
        raise(status == RIMER_OK ? SIGKILL : SIGTERM);
    }
    int how = 0;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    ck_assert_int_eq(access(beside, F_OK), 0); /* what it left */

    ck_assert_int_eq(rimer_writelock_take(&lock, path), RIMER_OK);
    ck_assert_int_eq(rimer_writelock_take(&other, path), RIMER_IO);
    ck_assert_ptr_null(other.name);
    ck_assert_ptr_nonnull(strstr(rimer_last_error(), "/results: another process is writing"));
    fclose(fopen(path, "w")); /* there is the file itself now, and another name for it */
    ck_assert_int_eq(symlink("results", link), 0);
    ck_assert_int_eq(rimer_writelock_take(&other, link), RIMER_IO);
    child = fork();
    if (child == 0)
        _exit(rimer_writelock_take(&other, path) != RIMER_IO);
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);

    rimer_writelock_release(&lock);
    rimer_writelock_release(&lock); /* nothing held: fine */
    ck_assert_int_ne(access(beside, F_OK), 0);
    ck_assert_int_eq(rimer_writelock_take(&other, link), RIMER_OK);
    ck_assert_int_eq(access(beside, F_OK), 0);
    rimer_writelock_release(&other);
    ck_assert_int_ne(access(beside, F_OK), 0);
}
END_TEST

START_TEST(nothing_is_held_where_nothing_can_be) {
    const char *const paths[] = {"-", "/dev/null", "/proc/self/results", "/no/such/results"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        rimer_writelock lock = {0};
        ck_assert_int_eq(rimer_writelock_take(&lock, paths[i]), RIMER_OK);
        ck_assert_ptr_null(lock.name);
        rimer_writelock_release(&lock);
    }
}
END_TEST

int main(void) {
    return rm_test_main(
        "base", (const TTest *[]){arena_measures_then_places, large_blocks_ask_for_large_pages,
                                  arrays_refuse_overflow, names_are_found, philox_known_answer,
                                  random_numbers, pool_runs_all, sentences,
                                  texts_are_made_harmless, writes_nothing, written_aside,
                                  devices_stay_devices, killed_writers_leave_nothing,
                                  published_files_grow, writers_exclude_each_other,
                                  nothing_is_held_where_nothing_can_be, NULL});
}
