#include "gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_GNUPLOT = 127, CLOSED = 256 }; /* CLOSED: nobody reads the picture any more */

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
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
        code = CLOSED;
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        read_complaint(complaints, complaint, sizeof complaint);
        code = fail(program, 1, "gnuplot failed: %s", complaint);
    }
    fclose(complaints);
    return code;
}

static int draw_file(const app_program *program, const chart *drawn, const char *path,
                     const char *kind, int width, int height) {
    rimer_writefile file;
    struct stat info;
    rimer_status status = rimer_writefile_open(&file, path);
    if (status != RIMER_OK)
        return fail_status(program, status);
    int fd = fileno(file.stream);
    int code = run(program, drawn, kind, width, height, fd);
    if (code < 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0)
        code = fail(program, 1, "%s: gnuplot drew nothing", path);
    if (code >= 0) {
        rimer_writefile_abandon(&file);
        return code;
    }
    status = rimer_writefile_commit(&file);
    return status == RIMER_OK ? -1 : fail_status(program, status);
}

int gnuplot_draw(const app_program *program, const chart *drawn, const char *path,
                 const char *kind, int width, int height) {
    /* A gnuplot that stops early is seen by its exit status. */
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int code = strcmp(path, "-") == 0 ? run(program, drawn, kind, width, height, STDOUT_FILENO)
                                      : draw_file(program, drawn, path, kind, width, height);
    signal(SIGPIPE, before);
    if (code == CLOSED)
        raise(SIGPIPE); /* leaves as quietly as if this program had written it */
    return code == CLOSED ? 1 : code;
}
