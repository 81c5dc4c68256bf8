#include "data/hdf5_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
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

/* Handlers of the host program are not for what happens in here. */
static void leave_host(const char *path) {
    static const int signals[] = {SIGSEGV, SIGBUS,  SIGABRT, SIGFPE,
                                  SIGILL,  SIGXCPU, SIGINT,  SIGTERM};
    rlim_t seconds = seconds_for(path);
    int nowhere = open("/dev/null", O_RDWR);
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
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

static void be_child(const char *path, int pipe_end, rimer_status (*work)(void *arg),
                     void *arg) {
    report said = {RIMER_OK, ""};
    leave_host(path);
    said.status = work(arg);
    if (said.status != RIMER_OK)
        snprintf(said.sentence, sizeof said.sentence, "%s", rimer_last_error());
    _exit(write(pipe_end, &said, sizeof said) == (ssize_t)sizeof said ? 0 : 1);
}

/* What counts is the word through the pipe: the host may collect children by itself. */
static rimer_status hear(const char *path, pid_t child, int pipe_end) {
    report said;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (read(pipe_end, &said, sizeof said) != (ssize_t)sizeof said)
        RM_FAIL(DATA, "%s: the HDF5 library breaks down over this file; it is damaged", path);
    return said.status == RIMER_OK ? RIMER_OK : rm_error_set(said.status, "%s", said.sentence);
}

rimer_status rm_hdf5_try(const char *path, rimer_status (*work)(void *arg), void *arg) {
    int ends[2];
    if (pipe(ends) != 0)
        RM_FAIL(FAILED, "%s: no pipe to a child process: %s", path, strerror(errno));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0)
        be_child(path, ends[1], work, arg);
    close(ends[1]);
    rimer_status status =
        child > 0 ? hear(path, child, ends[0])
                  : rm_error_set(RIMER_FAILED,
                                 "%s: no child process to read it first: %s (--guard no reads "
                                 "it without)",
                                 path, strerror(errno));
    close(ends[0]);
    return status;
}
