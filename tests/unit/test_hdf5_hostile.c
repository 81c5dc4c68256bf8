/* HDF5 files that mean harm, or came to it: each is refused with a sentence of its own. */
#include "data/hdf5_guard.h"
#include "data/hdf5_read.h"
#include "data/hdf5_write.h"
#include "makeh5.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void fill(hid_t group, const char *name) {
    h5_put(group, name, H5T_NATIVE_FLOAT, 3, 0, (float[]){1, 2, 3});
}

/* A file whose only dataset is made with a creation list, and closed. */
static const char *made_with(hid_t list, hsize_t rows, hsize_t columns, const void *values) {
    const char *path = h5_path("made.h5");
    hid_t file = h5_create(path);
    H5Dclose(h5_put_as(file, "values", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, rows, columns, list,
                       values));
    H5Fclose(file);
    H5Pclose(list);
    return path;
}

START_TEST(values_in_other_files) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(list, "/etc/hostname", 0, 12);
    h5_refused(made_with(list, 3, 0, NULL), "", RIMER_DATA, "external storage");

    const char *path = h5_path("virtual.h5");
    hsize_t three = 3;
    hid_t space = H5Screate_simple(1, &three, NULL);
    list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_virtual(list, space, h5_path("source.h5"), "values", space);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(h5_put_as(file, "values", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 3, 0, list, NULL));
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "virtual");
    H5Pclose(list);
    H5Sclose(space);
}
END_TEST

static hid_t go_nowhere(const char *name, hid_t group, const void *value, size_t size,
                        hid_t link, hid_t transfer) {
    (void)name, (void)group, (void)value, (void)size, (void)link, (void)transfer;
    return -1;
}

START_TEST(links_that_are_not_followed) {
    static const H5L_class_t user = {
        .version = H5L_LINK_CLASS_T_VERS, .id = H5L_TYPE_UD_MIN + 9, .trav_func = go_nowhere};
    ck_assert_int_ge(H5Lregister(&user), 0);
    const char *path = h5_path("links.h5"), *other = h5_path("other.h5");
    hid_t file = h5_create(other);
    fill(file, "values");
    H5Fclose(file);
    for (int kind = 0; kind < 3; kind++) {
        static const char *const names[] = {"values", "time", "a"};
        for (int n = 0; n < 3; n++) {
            file = h5_create(path);
            fill(file, "target");
            if (n == 1)
                fill(file, "values");
            if (kind == 0)
                H5Lcreate_soft("/target", file, names[n], H5P_DEFAULT, H5P_DEFAULT);
            else if (kind == 1)
                H5Lcreate_external(other, "values", file, names[n], H5P_DEFAULT, H5P_DEFAULT);
            else
                ck_assert_int_ge(
                    H5Lcreate_ud(file, names[n], user.id, "x", 1, H5P_DEFAULT, H5P_DEFAULT), 0);
            H5Fclose(file);
            static const char *const said[] = {"soft link", "external link",
                                               "user-defined link"};
            h5_refused(path, "", RIMER_DATA, said[kind]);
            if (n != 2)
                continue;
            char inside[600];
            snprintf(inside, sizeof inside, "%s:/a/b", path);
            h5_refused(inside, "", RIMER_DATA, said[kind]);
        }
    }
}
END_TEST

static size_t nothing(unsigned flags, size_t n, const unsigned values[], size_t bytes,
                      size_t *size, void **buffer) {
    (void)flags, (void)n, (void)values, (void)size, (void)buffer;
    return bytes;
}

START_TEST(filters_that_are_not_ours) {
    static const H5Z_class2_t own = {H5Z_CLASS_T_VERS, 32015, 1, 1, "own", NULL, NULL, nothing};
    static const float values[3] = {1, 2, 3};
    hsize_t chunk = 3;
    for (int kind = 0; kind < 5; kind++) {
        hid_t list = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(list, 1, &chunk);
        if (kind == 0)
            H5Pset_filter(list, 32016, H5Z_FLAG_OPTIONAL, 0, NULL);
        if (kind == 1) {
            ck_assert_int_ge(H5Zregister(&own), 0);
            H5Pset_filter(list, 32015, H5Z_FLAG_MANDATORY, 0, NULL);
        }
        if (kind == 2)
            H5Pset_scaleoffset(list, H5Z_SO_FLOAT_DSCALE, 2);
        if (kind == 3)
            H5Pset_nbit(list);
        if (kind == 4)
            for (int i = 0; i < 2; i++)
                H5Pset_filter(list, H5Z_FILTER_DEFLATE, 0, 1, (unsigned[]){1});
        h5_refused(made_with(list, 3, 0, values), "", RIMER_DATA,
                   kind == 4 ? "same filter twice" : "a filter other than deflate");
    }
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, &chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 9);
    H5Pset_fletcher32(list);
    rimer_dataset_free(h5_dataset(made_with(list, 3, 0, values), ""));
}
END_TEST

START_TEST(values_that_are_no_numbers) {
    const char *path = h5_path("types.h5");
    for (int kind = 0; kind < 5; kind++) {
        hid_t type = kind == 0   ? H5Tcreate(H5T_COMPOUND, 8)
                     : kind == 1 ? H5Tcreate(H5T_OPAQUE, 3)
                     : kind == 2 ? H5Tcopy(H5T_STD_REF_OBJ)
                     : kind == 3 ? H5Tcopy(H5T_C_S1)
                                 : H5Tenum_create(H5T_NATIVE_INT);
        if (kind == 0)
            H5Tinsert(type, "x", 0, H5T_NATIVE_DOUBLE);
        if (kind == 4)
            H5Tenum_insert(type, "no", (int[]){0});
        hid_t file = h5_create(path);
        h5_put(file, "values", type, 3, 0, NULL);
        H5Fclose(file);
        H5Tclose(type);
        h5_refused(path, "", RIMER_DATA, "no plain numbers");
    }
}
END_TEST

START_TEST(values_beyond_float) {
    const char *path = h5_path("large.h5");
    static const double bad[] = {1e39, -1e300, (double)INFINITY};
    for (int i = 0; i < 3; i++) {
        hid_t file = h5_create(path);
        h5_put(file, "values", H5T_NATIVE_DOUBLE, 3, 2, (double[]){1, 2, 3, bad[i], 5, 6});
        h5_names(file, (const char *const[]){"p", "q"}, 2, 0, 0);
        H5Fclose(file);
        h5_refused(path, "", RIMER_DATA, "row 2, column \"q\"");
        rimer_dataset_free(h5_dataset(path, "channels=p"));
    }
}
END_TEST

START_TEST(times_that_are_none) {
    const char *path = h5_path("times.h5");
    static const double bad[] = {(double)NAN, 1e300, -1e12, 9223372036854775807.0};
    for (int i = 0; i < 4; i++) {
        hid_t file = h5_create(path);
        fill(file, "values");
        h5_put(file, "time", H5T_NATIVE_DOUBLE, 3, 0, (double[]){1, bad[i], 3});
        h5_text(file, "time", "units", "hours since 2000-01-01");
        H5Fclose(file);
        h5_refused(path, "", RIMER_DATA, "row 2");
    }
    hid_t file = h5_create(path);
    fill(file, "values");
    h5_put(file, "time", H5T_NATIVE_ULONG, 3, 0, (unsigned long[]){1, 2, (unsigned long)-1});
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "row 3");
    file = h5_create(path);
    fill(file, "values");
    h5_put(file, "time", H5T_NATIVE_DOUBLE, 3, 0, (double[]){1, 2.5, 3});
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "step number");
    file = h5_create(path);
    fill(file, "values");
    h5_put(file, "time", H5T_NATIVE_INT, 2, 0, (int[]){1, 2});
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "2 times for the 3 rows");
    file = h5_create(path);
    fill(file, "values");
    fill(file, "time");
    h5_text(file, "time", "units", "days since 2000-01-01");
    h5_text(file, "time", "calendar", "360_day");
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "360_day");
}
END_TEST

START_TEST(units_that_mean_nothing_are_refused) {
    static const char *const units[] = {"parsecs since 2000-01-01",
                                        "hours",
                                        "hours since",
                                        "hours since yesterday",
                                        "hours since 2000-13-01",
                                        "hours since 2000-01-01 25:00",
                                        "months since 2000-01-01",
                                        "hours since 2000-01-01 +99x"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const char *path = h5_path("units.h5");
        hid_t file = h5_create(path);
        h5_put(file, "values", H5T_NATIVE_FLOAT, 2, 0, (float[]){1, 2});
        h5_put(file, "time", H5T_NATIVE_INT, 2, 0, (int[]){1, 2});
        h5_text(file, "time", "units", units[i]);
        H5Fclose(file);
        h5_refused(path, "", RIMER_DATA, units[i]);
        rimer_dataset_free(h5_dataset(path, "no_time=yes"));
    }
}
END_TEST

static void refuse_size(hsize_t rows, hsize_t columns, hsize_t piece, const char *part) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t pieces[2] = {piece, 1};
    H5Pset_chunk(list, columns ? 2 : 1, pieces);
    H5Pset_deflate(list, 1);
    h5_refused(made_with(list, rows, columns, NULL), "", RIMER_DATA, part);
}

/* Nothing is written: a file of a few hundred bytes claims all of it. */
START_TEST(sizes_beyond_the_file) {
    if (!getenv("RIMER_SANITIZED")) /* a sanitizer takes more than that for itself */
        setrlimit(RLIMIT_AS, &(struct rlimit){1u << 30, 1u << 30});
    refuse_size(0, 0, 1, "empty");
    refuse_size(1000000000000, 0, 1000, "claims 1000000000000 rows");
    refuse_size(UINT64_C(1) << 62, UINT64_C(1) << 62, 1000, "claims");
    refuse_size(100000, 100000, 1000, "claims");
    refuse_size(1, 2000000, 1, "more than 1000000 columns");
    const char *path = h5_path("piece.h5");
    hsize_t three = 3, endless = H5S_UNLIMITED, piece = 1u << 29;
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, &piece);
    hid_t file = h5_create(path), space = H5Screate_simple(1, &three, &endless);
    H5Dclose(
        H5Dcreate2(file, "values", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "pieces larger");
    list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_LATE);
    h5_refused(made_with(list, UINT64_C(1) << 40, 0, NULL), "", RIMER_DATA, "claims");
}
END_TEST

START_TEST(shapes_that_do_not_fit) {
    const char *path = h5_path("shape.h5");
    hsize_t size[3] = {2, 2, 2};
    for (int rank = 0; rank < 4; rank += 3) {
        hid_t file = h5_create(path);
        hid_t space = rank ? H5Screate_simple(rank, size, NULL) : H5Screate(H5S_SCALAR);
        H5Dclose(H5Dcreate2(file, "values", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT,
                            H5P_DEFAULT));
        H5Sclose(space);
        H5Fclose(file);
        h5_refused(path, "", RIMER_DATA, rank ? "has 3 dimensions" : "has 0 dimensions");
    }
    hid_t file = h5_create(path);
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "holds no dataset \"values\"");
    file = h5_create(path);
    H5Gclose(H5Gcreate2(file, "values", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    h5_refused(path, "", RIMER_DATA, "is no dataset");
}
END_TEST

START_TEST(names_that_do_not_fit) {
    const char *path = h5_path("names.h5");
    static char long_name[70001];
    memset(long_name, 'x', 70000);
    hid_t strings = H5Tcopy(H5T_C_S1), fixed = H5Tcopy(H5T_C_S1);
    H5Tset_size(strings, H5T_VARIABLE);
    H5Tset_size(fixed, 70000);
    for (int kind = 0; kind < 6; kind++) {
        hsize_t chunk = 1000;
        hid_t file = h5_create(path), list = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(list, 1, &chunk);
        fill(file, "values");
        if (kind == 0)
            h5_put(file, "names", strings, 1, 0, (const char *const[]){long_name});
        if (kind == 1)
            h5_put(file, "names", fixed, 1, 0, long_name);
        if (kind == 2)
            H5Dclose(h5_put_as(file, "names", strings, strings, 1000001, 0, list, NULL));
        if (kind == 3)
            fill(file, "names");
        if (kind == 4)
            h5_put(file, "names", strings, 2, 0, (const char *const[]){"a", "b"});
        if (kind == 5) {
            H5Ldelete(file, "values", H5P_DEFAULT);
            h5_put(file, "values", H5T_NATIVE_FLOAT, 1, 2, (float[]){1, 2});
            h5_put(file, "names", strings, 2, 0, (const char *const[]){"a", "a"});
        }
        H5Pclose(list);
        H5Fclose(file);
        static const char *const said[] = {
            "\"/names\"",       "longer than 65536",     "more than 1000000 names",
            "no list of names", "but there are 2 names", "are called \"a\""};
        h5_refused(path, "", RIMER_DATA, said[kind]);
    }
    H5Tclose(strings);
    H5Tclose(fixed);
}
END_TEST

START_TEST(attributes_that_do_not_fit) {
    static const struct {
        const char *name, *text, *said;
    } cases[] = {{"rimer_format", "%N", "rimer_format"},
                 {"rimer_time_columns", "", ""},
                 {"rimer_frequency", "often", "no frequency"},
                 {"rimer_format", "%Y\x1f%m\x1f%d", "contradict"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = h5_path("attributes.h5");
        hid_t file = h5_create(path);
        fill(file, "values");
        fill(file, "time");
        h5_text(file, "time", "units", "days since 2000-01-01");
        h5_text(file, "time", cases[i].name, cases[i].text);
        H5Fclose(file);
        if (*cases[i].said)
            h5_refused(path, "", RIMER_DATA, cases[i].said);
        else
            rimer_dataset_free(h5_dataset(path, ""));
    }
}
END_TEST

/* -------------------------------------------------------------------------- broken files */

/* A file with all that we read: two groups, packed values, times, names of any length. */
static char *sound_file(size_t *size) {
    const char *path = h5_path("sound.h5");
    hsize_t chunk[2] = {50, 2};
    static float values[300][2];
    static int times[300];
    for (int i = 0; i < 300; i++) {
        values[i][0] = (float)(i % 24);
        values[i][1] = (float)i;
        times[i] = i;
    }
    hid_t file = h5_create(path), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 2, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 4);
    for (int i = 0; i < 2; i++) {
        hid_t group =
            H5Gcreate2(file, i ? "one" : "two", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dclose(
            h5_put_as(group, "values", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 300, 2, list, values));
        h5_put(group, "time", H5T_NATIVE_INT, 300, 0, times);
        h5_text(group, "time", "units", "hours since 2000-01-01");
        h5_names(group, (const char *const[]){"p", "q"}, 2, 0, 0);
        H5Gclose(group);
    }
    H5Pclose(list);
    H5Fclose(file);
    FILE *stream = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, stream);
    fclose(stream);
    return bytes;
}

/* 0: read; 1: refused; 2: neither, or something came out of a refusal. */
static int outcome(const char *path) {
    rimer_dataset *dataset = NULL;
    rimer_status status = rimer_dataset_read(path, NULL, &dataset);
    if (status == RIMER_OK) {
        int right = dataset && rimer_dataset_n_series(dataset) > 0;
        rimer_dataset_free(dataset);
        return right ? 0 : 2;
    }
    return !dataset && rimer_last_error()[0] ? 1 : 2;
}

START_TEST(files_cut_short) {
    size_t size;
    char *bytes = sound_file(&size);
    ck_assert_int_eq(outcome(write_bytes("cut.h5", bytes, size)), 0);
    for (size_t i = 0; i < 50; i++)
        ck_assert_int_eq(outcome(write_bytes("cut.h5", bytes, size * i / 50)), 1);
    ck_assert_int_eq(outcome(write_bytes("cut.h5", bytes, size - 1)), 1);
    free(bytes);
}
END_TEST

static uint64_t random_state = 1;

static size_t random_below(size_t n) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(random_state >> 33) % n;
}

/* libhdf5 itself falls over some such files, in a child process. */
START_TEST(files_with_wrong_bytes) {
    size_t size;
    char *bytes = sound_file(&size);
    int counts[3] = {0}, broke_down = 0;
    for (int i = 0; i < 400; i++) {
        char *copy = malloc(size);
        memcpy(copy, bytes, size);
        for (size_t k = 0; k < 1 + random_below(8); k++)
            copy[random_below(size)] = (char)random_below(256);
        int what = outcome(write_bytes("flip.h5", copy, size));
        counts[what]++;
        broke_down += what == 1 && strstr(rimer_last_error(), "breaks down") != NULL;
        ck_assert_int_ne(what, 2);
        free(copy);
    }
    printf("wrong bytes: %d read, %d refused, %d of them because libhdf5 broke down\n",
           counts[0], counts[1], broke_down);
    fflush(stdout);
    free(bytes);
}
END_TEST

static rimer_status do_nothing(void *arg, FILE *to) {
    (void)to;
    (void)arg;
    return RIMER_OK;
}

static rimer_status refuse(void *arg, FILE *to) {
    (void)to;
    return rm_error_set(RIMER_USAGE, "%s is not wanted", (const char *)arg);
}

static rimer_status fall(void *arg, FILE *to) {
    (void)to;
    raise(*(int *)arg);
    return RIMER_OK;
}

static rimer_status never_end(void *arg, FILE *to) {
    (void)to;
    volatile int *n = arg;
    while (*n != 0)
        *n |= 1;
    return RIMER_OK;
}

static rimer_status speak(void *arg, FILE *to) {
    (void)to;
    (void)arg;
    puts("not to be heard");
    fputs("not to be heard", stderr);
    fflush(NULL);
    return RIMER_OK;
}

static rimer_status hear_the_end(void *arg, FILE *from) {
    (void)arg;
    while (getc(from) > 0)
        ;
    return RIMER_OK;
}

/* The child is heard, and nothing of what it says believed. */
static rimer_status out_of_memory_here(void *arg, FILE *from) {
    (void)arg;
    (void)getc(from);
    return rm_error_set(RIMER_NO_MEMORY, "no memory for this");
}

static rimer_status speak_for_ever(void *arg, FILE *to) {
    while (fwrite(arg, 1, 8, to) == 8)
        ;
    return RIMER_OK;
}

static rimer_status tell_numbers(void *arg, FILE *to) {
    for (int i = 1; i <= 100000; i++)
        (void)putc(i % 200 + 1, to);
    return *(rimer_status *)arg;
}

static rimer_status count(void *arg, FILE *from) {
    int64_t n = 0;
    (void)arg;
    while (getc(from) > 0)
        n++;
    return n == 100000 ? RIMER_OK : rm_error_set(RIMER_FAILED, "%lld bytes", (long long)n);
}

static rimer_status try_apart(const char *path, rimer_status (*there)(void *arg, FILE *to),
                              void *arg) {
    return rm_hdf5_read_apart(path, there, hear_the_end, arg);
}

START_TEST(a_child_bears_what_happens) {
    const char *path = write_bytes("child.h5", "", 0);
    int heard = dup(STDOUT_FILENO), n = SIGSEGV;
    ck_assert_int_eq(try_apart(path, do_nothing, NULL), RIMER_OK);
    char what[] = "this";
    ck_assert_int_eq(try_apart(path, refuse, what), RIMER_USAGE);
    assert_said("this is not wanted");
    fflush(NULL); /* or the child would flush it, too */
    ck_assert_ptr_nonnull(freopen(h5_path("heard"), "w", stdout));
    ck_assert_int_eq(try_apart(path, speak, NULL), RIMER_OK);
    long size = ftell(stdout);
    dup2(heard, STDOUT_FILENO);
    close(heard);
    ck_assert_int_eq(size, 0);
    ck_assert_int_eq(try_apart(path, fall, &n), RIMER_DATA);
    assert_said("breaks down over this file");
    n = SIGKILL;
    ck_assert_int_eq(try_apart(path, fall, &n), RIMER_DATA);
    ck_assert_int_eq(try_apart(path, never_end, &n), RIMER_DATA); /* five seconds */
    rimer_status fine = RIMER_OK;
    ck_assert_int_eq(rm_hdf5_read_apart(path, tell_numbers, count, &fine), RIMER_OK);
    char bytes[8] = "endless";
    signal(SIGPIPE, SIG_IGN); /* a host that wants no signals */
    ck_assert_int_eq(rm_hdf5_read_apart(path, speak_for_ever, out_of_memory_here, bytes),
                     RIMER_NO_MEMORY);
    assert_said("no memory for this");
    signal(SIGPIPE, SIG_DFL);
    signal(SIGCHLD, SIG_IGN); /* a host that collects children by itself */
    ck_assert_int_eq(try_apart(path, do_nothing, NULL), RIMER_OK);
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

static rimer_status wait_for_the_end(void *arg, FILE *to) {
    (void)to;
    alarm(20); /* whatever becomes of the test */
    if (write(*(int *)arg, "", 1) == 1)
        pause();
    return RIMER_OK;
}

/* Else it would read, or write, on with nobody to do it for, beside what is begun anew. */
START_TEST(a_child_ends_with_its_host) {
    const char *path = write_bytes("child.h5", "", 0);
    int ends[2];
    char byte;
    ck_assert_int_eq(pipe(ends), 0);
    fflush(NULL);
    pid_t host = fork();
    if (host == 0)
        _exit(rm_hdf5_write_apart(path, wait_for_the_end, &ends[1]) != RIMER_OK);
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    kill(host, SIGKILL);
    ck_assert_int_eq(waitpid(host, NULL, 0), host);
    struct pollfd heard = {.fd = ends[0],
                           .events = POLLIN}; /* until nobody has the other end */
    ck_assert_int_eq(poll(&heard, 1, 5000), 1);
    ck_assert_int_eq(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}
END_TEST

int main(void) {
    return rm_test_main(
        "hdf5_hostile",
        (const TTest *[]){values_in_other_files, links_that_are_not_followed,
                          filters_that_are_not_ours, values_that_are_no_numbers,
                          values_beyond_float, times_that_are_none,
                          units_that_mean_nothing_are_refused, sizes_beyond_the_file,
                          shapes_that_do_not_fit, names_that_do_not_fit,
                          attributes_that_do_not_fit, files_cut_short, files_with_wrong_bytes,
                          a_child_bears_what_happens, a_child_ends_with_its_host, NULL});
}
