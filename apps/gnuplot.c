#include "gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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
    /* A gnuplot that stops early is seen by its exit status. */
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
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
    signal(SIGPIPE, before);
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

/* gnuplot keeps it to itself when the disk is full; a picture that is whole ends as its kind does. */
static int is_whole(FILE *picture, const char *kind) {
    enum { TAIL = 16 };
    const char *end = strcmp(kind, "svg") == 0   ? "</svg>"
                      : strcmp(kind, "pdf") == 0 ? "%%EOF"
                                                 : "IEND";
    char tail[TAIL + 1] = {0};
    if (fseek(picture, -(long)TAIL, SEEK_END) != 0 || fread(tail, 1, TAIL, picture) != TAIL)
        return 0;
    for (int at = 0; at < TAIL; at++)
        if (strncmp(tail + at, end, strlen(end)) == 0)
            return 1;
    return 0;
}

static int keep(const app_program *program, FILE *picture, const char *path) {
    rimer_writefile file;
    char bytes[4096];
    size_t n;
    rimer_status status = rimer_writefile_open(&file, path);
    if (status == RIMER_OK) {
        rewind(picture);
        while ((n = fread(bytes, 1, sizeof bytes, picture)) > 0)
            fwrite(bytes, 1, n, file.stream);
        status = rimer_writefile_commit(&file);
    }
    return status == RIMER_OK ? -1 : fail_status(program, status);
}

int gnuplot_draw(const app_program *program, const chart *drawn, const char *path,
                 const char *kind, int width, int height) {
    FILE *picture = tmpfile();
    if (!picture)
        return fail(program, 1, "no temporary file for gnuplot: %s", strerror(errno));
    int code = run(program, drawn, kind, width, height, fileno(picture));
    if (code < 0 && !is_whole(picture, kind))
        code = fail(program, 1,
                    "%s: gnuplot drew half a picture or none (is the folder for temporary "
                    "files full?)",
                    path);
    if (code < 0)
        code = keep(program, picture, path);
    fclose(picture);
    return code;
}
