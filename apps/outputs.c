#include "outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int is_one_inode(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int output_is_same(const char *a, const char *b) {
    if (strcmp(a, b) == 0 || is_one_inode(a, b))
        return 1;
    char *folder_a = folder_of(a), *folder_b = folder_of(b);
    int same = folder_a && folder_b && strcmp(name_of(a), name_of(b)) == 0 &&
               is_one_inode(folder_a, folder_b);
    free(folder_a);
    free(folder_b);
    return same;
}

int output_check(const app_program *program, const char *what, const char *path,
                 const char *input) {
    struct stat info;
    if (strcmp(path, "-") == 0)
        return -1;
    if (!*path)
        return fail(program, 2, "%s needs a file name", what);
    if (input && output_is_same(path, input))
        return fail(program, 2, "%s: %s would be written over its input: choose another name",
                    path, what);
    int is_there = stat(path, &info) == 0, reason = errno;
    if (!is_there && reason != ENOENT && reason != ENOTDIR)
        return fail(program, 1, "%s: cannot be written: %s", path, strerror(reason));
    if (!is_there && lstat(path, &info) == 0)
        return fail(program, 1, "%s: is a link that leads nowhere: remove it", path);
    if (is_there && S_ISDIR(info.st_mode))
        return fail(program, 1, "%s: is a folder, %s needs a file name in it", path, what);
    if (is_there && access(path, W_OK) != 0)
        return fail(program, 1, "%s: is protected, it cannot be written: %s", path,
                    strerror(errno));
    if (is_there && !S_ISREG(info.st_mode)) /* written directly, its folder does not matter */
        return -1;
    char *folder = folder_of(path);
    if (!folder)
        return fail(program, 1, "out of memory: a file name");
    int code = -1;
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
        code = fail(program, 1, "%s: there is no folder \"%s\": make it first", path, folder);
    else if (access(folder, W_OK) != 0)
        code = fail(program, 1, "%s: folder \"%s\" cannot be written: %s", path, folder,
                    strerror(errno));
    free(folder);
    return code;
}

int output_lock(const app_program *program, rimer_writelock *lock, const char *path) {
    rimer_status status = rimer_writelock_take(lock, path);
    return status == RIMER_OK ? -1 : fail_status(program, status);
}

static void drop_ending(char *name, const char *ending) {
    size_t length = strlen(name), n = strlen(ending);
    if (length > n && strcmp(name + length - n, ending) == 0)
        name[length - n] = '\0';
}

void output_default(const char *path, const char *ending, char *out, size_t size) {
    const char *base = name_of(path);
    *out = '\0';
    if (!*base || strlen(base) + strlen(ending) >= size)
        return;
    strcpy(out, base);
    drop_ending(out, ".gz");
    drop_ending(out, ".csv");
    strcat(out, ending);
}
