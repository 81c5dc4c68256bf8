#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const char *const *argv, FILE *input, int output, FILE *complaints) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (dup2(input ? fileno(input) : nothing, STDIN_FILENO) >= 0 &&
        dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(complaints ? fileno(complaints) : nothing, STDERR_FILENO) >= 0) {
        signal(SIGPIPE, SIG_DFL);
        execvp(argv[0], (char *const *)argv); /* which does not change them */
    }
    _exit(CHILD_NOT_FOUND);
}

/* All that comes, up to the end; 0 with a reason in errno if it cannot be kept. */
static int read_all(int fd, child_output *output) {
    size_t capacity = 0;
    for (;;) {
        if (output->size == capacity) {
            capacity = capacity ? 2 * capacity : 65536;
            char *grown = realloc(output->bytes, capacity);
            if (!grown)
                return 0;
            output->bytes = grown;
        }
        ssize_t n = read(fd, output->bytes + output->size, capacity - output->size);
        if (n == 0)
            return 1;
        if (n > 0)
            output->size += (size_t)n;
        else if (errno != EINTR)
            return 0;
    }
}

int child_run(const char *const *argv, FILE *input, FILE *complaints, child_output *output) {
    int ends[2], status = 0;
    *output = (child_output){NULL, 0};
    if (pipe(ends) != 0)
        return -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become(argv, input, ends[1], complaints);
    }
    int reason = errno;
    close(ends[1]);
    int kept = child > 0 && read_all(ends[0], output);
    reason = child > 0 && !kept ? errno : reason;
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    errno = reason;
    if (!kept)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
