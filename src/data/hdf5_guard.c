#include "data/hdf5_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

static void be_child(const char *path, int pipe_end, void (*work)(void *arg), void *arg) {
    leave_host(path);
    work(arg);
    _exit(write(pipe_end, "k", 1) == 1 ? 0 : 1);
}

/* What counts is the word through the pipe: the host may collect children by itself. */
static int survived(pid_t child, int pipe_end) {
    char word = 0;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return read(pipe_end, &word, 1) == 1 && word == 'k';
}

rimer_status rm_hdf5_try(const char *path, void (*work)(void *arg), void *arg) {
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
    int alive = child > 0 && survived(child, ends[0]);
    close(ends[0]);
    if (child < 0)
        RM_FAIL(FAILED,
                "%s: no child process to read it first: %s (--guard no reads it without)", path,
                strerror(errno));
    if (!alive)
        RM_FAIL(DATA, "%s: the HDF5 library breaks down over this file; it is damaged", path);
    return RIMER_OK;
}
