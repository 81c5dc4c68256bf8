#define _XOPEN_SOURCE 700 /* realpath */
#include "base/writefile.h"

#include "base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void forget(rm_writefile *file) {
    free(file->path);
    free(file->target);
    free(file->aside);
    memset(file, 0, sizeof *file);
}

/* The file is there already: nothing that goes wrong here makes it a failure. */
static void sync_folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder;
    if (rm_string_copy(&folder, slash == path ? "/" : slash ? path : ".") != RIMER_OK)
        return;
    if (slash && slash != path)
        folder[slash - path] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    free(folder);
    if (fd >= 0) {
        (void)fsync(fd); /* some file systems refuse to sync a folder; the rename stands */
        close(fd);
    }
}

/* A name beside `path` that nobody has yet; O_EXCL and the caller's umask do the rest. */
static int open_aside(rm_writefile *file) {
    for (int attempt = 0; attempt < 100; attempt++) {
        sprintf(file->aside, "%s.tmp-%ld-%d", file->target, (long)getpid(), attempt);
        int fd = open(file->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

rimer_status rm_writefile_open(rm_writefile *file, const char *path) {
    memset(file, 0, sizeof *file);
    struct stat existing;
    if (strcmp(path, "-") == 0) {
        file->stream = stdout;
        return rm_string_copy(&file->path, path);
    }
    int there = stat(path, &existing) == 0;
    if (there && S_ISDIR(existing.st_mode))
        RM_FAIL(IO, "%s: is a folder, not a file to write", path);
    RM_TRY(rm_string_copy(&file->path, path));
    file->target = there ? realpath(path, NULL) : NULL; /* a link stays a link */
    rimer_status status = file->target ? RIMER_OK : rm_string_copy(&file->target, path);
    int special = there && !S_ISREG(existing.st_mode);
    if (status == RIMER_OK && !special)
        status = rm_array_new(&file->aside, (int64_t)strlen(file->target) + 32, 1);
    if (status != RIMER_OK) {
        forget(file);
        return status;
    }
    int fd = special ? open(path, O_WRONLY | O_CLOEXEC) : open_aside(file);
    file->stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!file->stream) {
        int reason = errno;
        if (fd >= 0) {
            close(fd);
            if (file->aside)
                unlink(file->aside);
        }
        forget(file);
        RM_FAIL(IO, "%s: cannot be written: %s", path, strerror(reason));
    }
    return RIMER_OK;
}

/* Standard output stays open for whoever writes next. */
static rimer_status commit_direct(rm_writefile *file) {
    int is_stdout = file->stream == stdout;
    int failed = fflush(file->stream) != 0 || ferror(file->stream);
    failed |= !is_stdout && fclose(file->stream) != 0;
    rimer_status status = failed ? rm_error_set(RIMER_IO, "%s: cannot be written",
                                                is_stdout ? "standard output" : file->path)
                                 : RIMER_OK;
    forget(file);
    return status;
}

rimer_status rm_writefile_commit(rm_writefile *file) {
    if (!file->aside)
        return commit_direct(file);
    int failed =
        ferror(file->stream) || fflush(file->stream) != 0 || fsync(fileno(file->stream)) != 0;
    int reason = errno;
    if (fclose(file->stream) != 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    file->stream = NULL;
    if (!failed && rename(file->aside, file->target) != 0) {
        failed = 1;
        reason = errno;
    }
    if (failed) {
        rimer_status status =
            rm_error_set(RIMER_IO, "%s: cannot be written: %s", file->path, strerror(reason));
        unlink(file->aside);
        forget(file);
        return status;
    }
    sync_folder_of(file->target);
    forget(file);
    return RIMER_OK;
}

void rm_writefile_abandon(rm_writefile *file) {
    if (file->stream && file->stream != stdout)
        (void)fclose(file->stream);
    if (file->aside)
        (void)unlink(file->aside);
    forget(file);
}
