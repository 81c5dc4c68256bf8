#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_GNUPLOT = 127 };

const char *picture_kind(const char *path) {
    static const char *const kinds[] = {"png", "svg", "pdf"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot + 1, kinds[i]) == 0)
            return kinds[i];
    return NULL;
}

static void become_gnuplot(int script, int picture, int complaints) {
    if (dup2(script, STDIN_FILENO) >= 0 && dup2(picture, STDOUT_FILENO) >= 0 &&
        dup2(complaints, STDERR_FILENO) >= 0) {
        signal(SIGPIPE, SIG_DFL);
        execlp("gnuplot", "gnuplot", "-d", "-", (char *)NULL);
    }
    _exit(NO_GNUPLOT);
}

/* The first line that gnuplot complained with, for our own sentence. */
static void read_complaint(FILE *complaints, char *text, size_t size) {
    char line[256];
    snprintf(text, size, "no reason given");
    rewind(complaints);
    while (fgets(line, sizeof line, complaints)) {
        line[strcspn(line, "\n")] = '\0';
        char *start = line + strspn(line, " \t^");
        if (*start && strstr(start, "line") && strchr(start, ':')) {
            snprintf(text, size, "%s", start);
            return;
        }
    }
}

/* Sends the script to a gnuplot of our own whose output goes to `picture`. */
static int run(const app_program *program, const chart *drawn, const char *kind, int width,
               int height, int picture) {
    int ends[2];
    char complaint[256];
    FILE *complaints = tmpfile();
    if (!complaints || pipe(ends) != 0)
        return fail(program, 1, "gnuplot cannot be started: %s", strerror(errno));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        become_gnuplot(ends[0], picture, fileno(complaints));
    }
    close(ends[0]);
    FILE *script = child > 0 ? fdopen(ends[1], "w") : NULL;
    if (script) {
        gnuplot_script(drawn, kind, width, height, script);
        fclose(script);
    } else {
        close(ends[1]);
    }
    int status = 0, code = -1;
    if (child < 0 || waitpid(child, &status, 0) < 0)
        code = fail(program, 1, "gnuplot cannot be started: %s", strerror(errno));
    else if (WIFEXITED(status) && WEXITSTATUS(status) == NO_GNUPLOT)
        code = fail(program, 1,
                    "gnuplot is not installed: install it, or leave -o out to draw in "
                    "the terminal");
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        read_complaint(complaints, complaint, sizeof complaint);
        code = fail(program, 1, "gnuplot failed: %s", complaint);
    }
    fclose(complaints);
    return code;
}

static int keep(const app_program *program, int fd, const char *aside, const char *path) {
    struct stat info;
    if (fstat(fd, &info) != 0 || info.st_size == 0)
        return fail(program, 1, "%s: gnuplot drew nothing", path);
    if (fsync(fd) != 0 || rename(aside, path) != 0)
        return fail(program, 1, "%s: cannot be written: %s", path, strerror(errno));
    return -1;
}

int gnuplot_draw(const app_program *program, const chart *drawn, const char *path,
                 const char *kind, int width, int height) {
    signal(SIGPIPE, SIG_IGN); /* a gnuplot that stops early is seen by its exit status */
    if (strcmp(path, "-") == 0)
        return run(program, drawn, kind, width, height, STDOUT_FILENO);
    size_t size = strlen(path) + 32;
    char *aside = malloc(size);
    if (!aside)
        return fail(program, 1, "out of memory: a file name");
    snprintf(aside, size, "%s.tmp-%ld", path, (long)getpid());
    int fd = open(aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int code = -1;
    if (fd < 0) {
        code = fail(program, 1, "%s: cannot be written: %s", path, strerror(errno));
    } else {
        code = run(program, drawn, kind, width, height, fd);
        if (code < 0)
            code = keep(program, fd, aside, path);
        close(fd);
        if (code >= 0)
            unlink(aside);
    }
    free(aside);
    return code;
}
