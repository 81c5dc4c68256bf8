#define _GNU_SOURCE /* realpath, and locks of an open file instead of a process */
#include "rimer/writefile.h"

#include "base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE_MOST 100 /* writers of one name at one time */

/* ------------------------------------------------------------------- files written aside */

/* Whoever writes aside holds a lock on the file until it has its final name or is gone; it ends
 * with the process. So a file without one was left by a process that was killed. 1: `fd` has the
 * lock and is what `name` leads to; 0 with errno EAGAIN: somebody else has it. */
static int claim(int fd, const char *name) {
    struct stat ours, there;
    errno = 0;
#ifdef F_OFD_SETLK
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
        return 0;
#else
    errno = ENOLCK;
    return 0;
#endif
    return fstat(fd, &ours) == 0 && stat(name, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

static void name_aside(char *name, const char *target, int n) {
    sprintf(name, n ? "%s.rimer-tmp%d" : "%s.rimer-tmp", target, n);
}
#define ASIDE_ROOM 32 /* bytes that it adds, at most */

static void remove_stale(const char *name) {
    struct stat info;
    if (lstat(name, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    int fd = open(name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (claim(fd, name))
        (void)unlink(name);
    close(fd);
}

static int still_there(int fd) {
    struct stat info;
    return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

/* A name beside the target that nobody has; O_EXCL and the caller's umask do the rest. A new file
 * is nobody's for a moment: if another process takes it for a stale one, the next name serves.
 * File systems without locks are written without. */
static int open_aside(rimer_writefile *file) {
    for (int n = 0; n < ASIDE_MOST; n++) {
        name_aside(file->aside, file->target, n);
        remove_stale(file->aside);
        int fd = open(file->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            return -1;
        if (fd >= 0 && (claim(fd, file->aside) || (errno != EAGAIN && still_there(fd))))
            return fd;
        if (fd >= 0)
            close(fd);
    }
    errno = EEXIST;
    return -1;
}

/* Who may read the file that is replaced may read the new one, and nobody else: before a byte is
 * in it. Where its group cannot be had, another one gets no more than everybody. Its owner keeps
 * the right to write, for those that open it by its name. File systems without rights refuse. */
static void take_rights(int fd, const struct stat *old) {
    mode_t mode = (old->st_mode & 0777) | S_IRUSR | S_IWUSR;
    if (fchown(fd, old->st_uid, old->st_gid) != 0 && fchown(fd, (uid_t)-1, old->st_gid) != 0)
        mode = (mode & ~(mode_t)S_IRWXG) | (mode & (mode >> 3) & S_IRWXO) << 3;
    (void)fchmod(fd, mode);
}

static int open_folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : NULL;
    int fd =
        slash && !folder ? -1 : open(folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    return fd;
}

/* ------------------------------------------------------------------------- the interface */

static void forget(rimer_writefile *file) {
    if (file->path && file->folder >= 0) /* zeros are no open file, and 0 is standard input */
        close(file->folder);
    free(file->path);
    free(file->target);
    free(file->aside);
    memset(file, 0, sizeof *file);
    file->folder = -1;
}

/* Names of what is opened; `aside` stays NULL where the file itself is written. */
static rimer_status set_names(rimer_writefile *file, const char *path,
                              const struct stat *existing) {
    RM_TRY(rm_string_copy(&file->path, path));
    file->target = existing ? realpath(path, NULL) : NULL; /* a link stays a link */
    if (!file->target)
        RM_TRY(rm_string_copy(&file->target, path));
    if (!existing || S_ISREG(existing->st_mode))
        RM_TRY(rm_array_new(&file->aside, (int64_t)strlen(file->target) + ASIDE_ROOM, 1));
    return RIMER_OK;
}

static rimer_status open_stream(rimer_writefile *file, const struct stat *existing) {
    int fd = file->aside ? open_aside(file) : open(file->path, O_WRONLY | O_CLOEXEC);
    file->stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (file->stream) {
        if (file->aside && existing)
            take_rights(fd, existing);
        if (file->aside)
            file->folder = open_folder_of(file->target);
        return RIMER_OK;
    }
    int reason = errno;
    if (fd >= 0 && file->aside)
        (void)unlink(file->aside);
    if (fd >= 0)
        close(fd);
    RM_FAIL(IO, "%s: cannot be written: %s", file->path, strerror(reason));
}

rimer_status rimer_writefile_open(rimer_writefile *file, const char *path) {
    RM_NEED(file, path);
    struct stat existing;
    rimer_writefile fresh = {.folder = -1};
    RM_TRY(rm_need_name(path, "write"));
    if (strcmp(path, "-") == 0) {
        fresh.stream = stdout;
        RM_TRY(rm_string_copy(&fresh.path, path));
        *file = fresh;
        return RIMER_OK;
    }
    int there = stat(path, &existing) == 0;
    if (there && S_ISDIR(existing.st_mode))
        RM_FAIL(IO, "%s: is a folder, not a file to write", path);
    rimer_status status = set_names(&fresh, path, there ? &existing : NULL);
    if (status == RIMER_OK)
        status = open_stream(&fresh, there ? &existing : NULL);
    if (status == RIMER_OK)
        *file = fresh;
    else
        forget(&fresh);
    return status;
}

/* Gone before the lock is. */
void rimer_writefile_abandon(rimer_writefile *file) {
    if (file->aside && file->stream)
        (void)unlink(file->aside);
    if (file->stream && file->stream != stdout)
        (void)fclose(file->stream);
    forget(file);
}

/* Standard output stays open for whoever writes next. */
static rimer_status commit_direct(rimer_writefile *file) {
    int is_stdout = file->stream == stdout;
    int failed = ferror(file->stream) || fflush(file->stream) != 0;
    int reason = errno;
    if (!is_stdout && fclose(file->stream) != 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    rimer_status status =
        failed ? rm_error_set(RIMER_IO, "%s: cannot be written: %s",
                              is_stdout ? "standard output" : file->path, strerror(reason))
               : RIMER_OK;
    forget(file);
    return status;
}

rimer_status rimer_writefile_publish(rimer_writefile *file, FILE **stream) {
    RM_NEED(file, stream);
    int failed = ferror(file->stream) || fflush(file->stream) != 0;
    if (file->aside && !failed)
        failed = fsync(fileno(file->stream)) != 0 || rename(file->aside, file->target) != 0;
    if (failed) {
        rm_error_set(RIMER_IO, "%s: cannot be written: %s", file->path, strerror(errno));
        rimer_writefile_abandon(file);
        return RIMER_IO;
    }
    if (file->folder >= 0)
        (void)fsync(file->folder); /* some file systems refuse; the rename stands */
    *stream = file->stream;
    forget(file);
    return RIMER_OK;
}

/* After fsync there is nothing left that closing could fail to write. */
rimer_status rimer_writefile_commit(rimer_writefile *file) {
    RM_NEED(file);
    FILE *stream;
    if (!file->aside)
        return commit_direct(file);
    RM_TRY(rimer_writefile_publish(file, &stream));
    (void)fclose(stream);
    return RIMER_OK;
}

rimer_status rimer_writefile_remove(const char *path) {
    RM_NEED(path);
    char *aside;
    struct stat info;
    if (unlink(path) != 0 && errno != ENOENT)
        RM_FAIL(IO, "%s: cannot be removed: %s", path, strerror(errno));
    RM_TRY(rm_array_new(&aside, (int64_t)strlen(path) + ASIDE_ROOM, 1));
    name_aside(aside, path, 0);
    for (int n = 1; n <= ASIDE_MOST && lstat(aside, &info) == 0; n++) {
        remove_stale(aside);
        name_aside(aside, path, n);
    }
    free(aside);
    return RIMER_OK;
}

/* ------------------------------------------------------------ one writer for many writings */

#define LOCK_ENDING ".rimer-lock"
#define LOCK_TRIES 100 /* at a name whose holders come and go */

/* Where the lock of `path` is. NULL for what is no plain file, which many may write to. */
static rimer_status lock_name(const char *path, char **name) {
    struct stat info;
    int there = stat(path, &info) == 0;
    *name = NULL;
    if (strcmp(path, "-") == 0 || (there && !S_ISREG(info.st_mode)))
        return RIMER_OK;
    char *target =
        there ? realpath(path, NULL) : NULL; /* one of the file, whatever leads to it */
    const char *base = target ? target : path;
    rimer_status status = rm_array_new(name, (int64_t)(strlen(base) + sizeof LOCK_ENDING), 1);
    if (status == RIMER_OK)
        sprintf(*name, "%s" LOCK_ENDING, base);
    free(target);
    return status;
}

/* -1 where it cannot be had. With errno EAGAIN somebody else has it; else the file system has no
 * locks, or will say itself why nothing can be written there. */
static int open_lock(const char *name) {
    for (int n = 0; n < LOCK_TRIES; n++) {
        int fd = open(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (fd < 0 || claim(fd, name))
            return fd;
        int reason = errno, is_gone = !still_there(fd); /* its holder ended meanwhile */
        if (reason != EAGAIN && !is_gone)
            (void)unlink(name);
        close(fd);
        errno = reason;
        if (!is_gone)
            return -1;
    }
    return -1;
}

rimer_status rimer_writelock_take(rimer_writelock *lock, const char *path) {
    RM_NEED(lock, path);
    char *name;
    RM_TRY(rm_need_name(path, "write"));
    RM_TRY(lock_name(path, &name));
    int fd = name ? open_lock(name) : -1;
    int is_taken = name && fd < 0 && errno == EAGAIN;
    if (fd < 0) {
        free(name);
        name = NULL;
    }
    if (is_taken)
        RM_FAIL(IO,
                "%s: another process is writing it: wait until that has ended, or choose "
                "another name",
                path);
    *lock = (rimer_writelock){name, fd};
    return RIMER_OK;
}

/* Gone before it is free. */
void rimer_writelock_release(rimer_writelock *lock) {
    if (!lock->name)
        return;
    (void)unlink(lock->name);
    close(lock->fd);
    free(lock->name);
    *lock = (rimer_writelock){NULL, -1};
}
