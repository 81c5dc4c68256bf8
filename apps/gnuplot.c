#include "gnuplot.h"

#include "child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *picture_kind(const char *path) {
    static const char *const kinds[] = {"png", "svg", "pdf"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot + 1, kinds[i]) == 0)
            return kinds[i];
    return NULL;
}

/* The first line that gnuplot complained with, for our own sentence. */
static void read_complaint(FILE *complaints, char *text, size_t size) {
    char line[256];
    snprintf(text, size, "no reason given");
    rewind(complaints);
    while (fgets(line, sizeof line, complaints)) {
        line[strcspn(line, "\n")] = '\0';
        char *start = line + strspn(line, " \t^");
        if (strstr(start, "line") && strchr(start, ':') && !strstr(start, "warning:")) {
            snprintf(text, size, "%s", start);
            return;
        }
    }
}

/* The script waits in a file, so that gnuplot can draw while nobody writes to it any more. */
static int run(const app_program *program, FILE *script, FILE *complaints,
               child_output *picture) {
    static const char *const command[] = {"gnuplot", "-d", "-", NULL};
    char complaint[256];
    int status = child_run(command, script, complaints, picture);
    if (status < 0)
        return fail(program, 1, "gnuplot cannot be run: %s", strerror(errno));
    if (status == CHILD_NOT_FOUND)
        return fail(program, 1,
                    "gnuplot is not installed: install it, or leave -o out to draw in "
                    "the terminal");
    if (status != 0) {
        read_complaint(complaints, complaint, sizeof complaint);
        return fail(program, 1, "gnuplot failed: %s", complaint);
    }
    return picture->size ? -1 : fail(program, 1, "gnuplot drew nothing");
}

static int draw(const app_program *program, const chart *drawn, const char *kind, int width,
                int height, child_output *picture) {
    FILE *script = tmpfile(), *complaints = tmpfile();
    int code = -1;
    if (script && complaints)
        gnuplot_script(drawn, kind, width, height, script);
    if (!script || !complaints || ferror(script) || fflush(script) != 0)
        code = fail(program, 1, "a temporary file for gnuplot cannot be written: %s",
                    strerror(errno));
    if (code < 0) {
        rewind(script);
        code = run(program, script, complaints, picture);
    }
    if (script)
        fclose(script);
    if (complaints)
        fclose(complaints);
    return code;
}

static rimer_status keep(const child_output *picture, const char *path) {
    rimer_writefile file;
    rimer_status status = rimer_writefile_open(&file, path);
    if (status != RIMER_OK)
        return status;
    fwrite(picture->bytes, 1, picture->size, file.stream);
    return rimer_writefile_commit(&file);
}

int gnuplot_draw(const app_program *program, const chart *drawn, const char *path,
                 const char *kind, int width, int height) {
    child_output picture = {NULL, 0};
    int code = draw(program, drawn, kind, width, height, &picture);
    if (code < 0) {
        rimer_status status = keep(&picture, path);
        code = status == RIMER_OK ? -1 : fail_status(program, status);
    }
    free(picture.bytes);
    return code;
}
