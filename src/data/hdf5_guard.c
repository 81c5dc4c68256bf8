#include "data/hdf5_guard.h"

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
    static const int signals[] = {SIGSEGV, SIGBUS,  SIGABRT, SIGFPE,
                                  SIGILL,  SIGXCPU, SIGINT,  SIGTERM};
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

/* What the child says at its end; small enough to go through a pipe in one piece. */
typedef struct report {
    rimer_status status;
    char sentence[1024];
} report;

static void be_child(pid_t host, rlim_t seconds, int pipe_end, rimer_status (*work)(void *arg),
                     void *arg) {
    report said = {RIMER_OK, ""};
    end_with(host);
    leave_host(seconds);
    said.status = work(arg);
    if (said.status != RIMER_OK)
        snprintf(said.sentence, sizeof said.sentence, "%s", rimer_last_error());
    _exit(write(pipe_end, &said, sizeof said) == (ssize_t)sizeof said ? 0 : 1);
}

/* What counts is the word through the pipe: the host may collect children by itself. False if there
 * is none. */
static bool hear(pid_t child, int pipe_end, report *said) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return read(pipe_end, said, sizeof *said) == (ssize_t)sizeof *said;
}

/* RIMER_OK with what the child said, if `fallen` is false. RIMER_FAILED: there can be no child. */
static rimer_status ask(const char *path, rlim_t seconds, rimer_status (*work)(void *arg),
                        void *arg, report *said, bool *fallen) {
    int ends[2];
    if (pipe(ends) != 0)
        RM_FAIL(FAILED, "%s: no pipe to a child process: %s", path, strerror(errno));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    pid_t host = getpid(), child = fork();
    if (child == 0)
        be_child(host, seconds, ends[1], work, arg);
    rimer_status status =
        child > 0 ? RIMER_OK
                  : rm_error_set(RIMER_FAILED, "%s: no child process for the HDF5 library: %s",
                                 path, strerror(errno));
    close(ends[1]);
    *fallen = child > 0 && !hear(child, ends[0], said);
    close(ends[0]);
    return status;
}

static rimer_status pass_on(const report *said) {
    return said->status == RIMER_OK ? RIMER_OK
                                    : rm_error_set(said->status, "%s", said->sentence);
}

rimer_status rm_hdf5_try(const char *path, rimer_status (*work)(void *arg), void *arg) {
    report said = {RIMER_OK, ""};
    bool fallen;
    rimer_status status = ask(path, seconds_for(path), work, arg, &said, &fallen);
    if (status != RIMER_OK)
        return rm_error_set(status, "%s (--guard no reads without)", rimer_last_error());
    if (fallen)
        RM_FAIL(DATA, "%s: the HDF5 library breaks down over this file; it is damaged", path);
    return pass_on(&said);
}

rimer_status rm_hdf5_write_apart(const char *path, rimer_status (*work)(void *arg), void *arg) {
    report said = {RIMER_OK, ""};
    bool fallen;
    RM_TRY(ask(path, RLIM_INFINITY, work, arg, &said, &fallen));
    if (fallen)
        RM_FAIL(IO, "%s: cannot be written: the HDF5 library breaks down", path);
    return pass_on(&said);
}
