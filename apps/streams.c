#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Opened the wrong way round, so that their use fails. */
void streams_prepare(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    signal(SIGXFSZ, SIG_IGN);
}

int streams_finish(const app_program *program, int code) {
    int failed = fflush(stdout) != 0 || ferror(stdout);
    return failed ? fail(program, 1, "standard output: cannot be written: %s", strerror(errno))
                  : code;
}
