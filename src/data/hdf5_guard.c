#include "data/hdf5_guard.h"

#include "data/hdf5_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_BYTES 65536
#define SECONDS_FREE 5
#define SECONDS_PER_MIB 20 /* deflate may make 1000 times as much of it */

/* Only what is inside a file may have a colon in its name. */
static rlim_t seconds_for(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0 || info.st_size < 0)
        return SECONDS_FREE + SECONDS_PER_MIB * 1024;
    return SECONDS_FREE + (rlim_t)(info.st_size >> 20) * SECONDS_PER_MIB;
}

/* Whoever kills the host means this one, too. */
static void end_with(pid_t host) {
#ifdef PR_SET_PDEATHSIG
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != host) /* it ended before */
        _exit(1);
}

/* Handlers of the host program are not for what happens in here; and a file that grows beyond its
 * limit is a failed write. */
static void leave_host(rlim_t seconds) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL,
                                  SIGXCPU, SIGINT, SIGTERM, SIGPIPE};
    int nowhere = open("/dev/null", O_RDWR);
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    signal(SIGXFSZ, SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (seconds != RLIM_INFINITY)
        setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds});
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
}

#define REPORT_MARK 0x52494d45 /* what comes without is no report */

/* What the child says at its end. */
typedef struct report {
    int mark;
    rimer_status status;
    char sentence[1024];
} report;

typedef struct errand {
    const char *path;
    rlim_t seconds;
    rimer_status (*there)(void *arg, FILE *to);
    rimer_status (*here)(void *arg, FILE *from);
    void *arg;
} errand;

static void be_child(const errand *e, pid_t host, int pipe_end) {
    report said = {REPORT_MARK, RIMER_OK, ""};
    end_with(host);
    leave_host(e->seconds);
    FILE *to = fdopen(pipe_end, "wb");
    if (!to)
        _exit(1);
    setvbuf(to, NULL, _IOFBF, PIPE_BYTES);
    said.status = e->there(e->arg, to);
    if (said.status != RIMER_OK)
        snprintf(said.sentence, sizeof said.sentence, "%s", rimer_last_error());
    (void)putc(0, to);
    (void)fwrite(&said, sizeof said, 1, to);
    _exit(fflush(to) == 0 ? 0 : 1);
}

static rimer_status hear_nothing(void *arg, FILE *from) {
    char zero;
    (void)arg;
    (void)rm_hdf5_pipe_read(from, &zero, 1);
    return RIMER_OK;
}

/* What counts is the word through the pipe: the host may collect children by itself. RIMER_OK with
 * what the child said, if `fallen` is false. */
static rimer_status hear(const errand *e, int pipe_end, report *said, bool *fallen) {
    FILE *from = fdopen(pipe_end, "rb");
    if (!from) {
        close(pipe_end);
        RM_FAIL(NO_MEMORY, "%s: out of memory for what a child process says", e->path);
    }
    rimer_status status = e->here(e->arg, from);
    if (status !=
        RIMER_NO_MEMORY) { /* else the child, which still speaks, ends with the pipe */
        *fallen = !rm_hdf5_pipe_read(from, said, sizeof *said) || said->mark != REPORT_MARK;
        status = *fallen || said->status ? RIMER_OK : status;
    }
    fclose(from);
    return status;
}

/* RIMER_FAILED: there can be no child. */
static rimer_status run(const errand *e, report *said, bool *fallen) {
    int ends[2];
    if (pipe(ends) != 0)
        RM_FAIL(FAILED, "%s: no pipe to a child process: %s", e->path, strerror(errno));
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    pid_t host = getpid(), child = fork();
    if (child == 0) {
        close(ends[0]); /* or nobody would tell it that the host listens no more */
        be_child(e, host, ends[1]);
    }
    int reason = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        RM_FAIL(FAILED, "%s: no child process for the HDF5 library: %s", e->path,
                strerror(reason));
    }
    rimer_status status = hear(e, ends[0], said, fallen);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static rimer_status pass_on(const report *said) {
    return said->status == RIMER_OK
               ? RIMER_OK
               : rm_error_set(said->status, "%.*s", (int)sizeof said->sentence, said->sentence);
}

rimer_status rm_hdf5_read_apart(const char *path, rimer_status (*there)(void *arg, FILE *to),
                                rimer_status (*here)(void *arg, FILE *from), void *arg) {
    errand e = {path, seconds_for(path), there, here, arg};
    report said = {0};
    bool fallen = false;
    rimer_status status = run(&e, &said, &fallen);
    if (status == RIMER_FAILED)
        return rm_error_set(status, "%s (--guard no reads without)", rimer_last_error());
    RM_TRY(status);
    if (fallen)
        RM_FAIL(DATA, "%s: the HDF5 library breaks down over this file; it is damaged", path);
    return pass_on(&said);
}

rimer_status rm_hdf5_write_apart(const char *path, rimer_status (*work)(void *arg, FILE *to),
                                 void *arg) {
    errand e = {path, RLIM_INFINITY, work, hear_nothing, arg};
    report said = {0};
    bool fallen = false;
    RM_TRY(run(&e, &said, &fallen));
    if (fallen)
        RM_FAIL(IO, "%s: cannot be written: the HDF5 library breaks down", path);
    return pass_on(&said);
}
