/**
 * @file replace_file.c
 * write, fsync, close, rename, fsync of the folder: in this order.
 */
#include "chapters/common/files/replace_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Write down why, and leave nothing behind. */
static bool fail(replacement *file, int error)
{
    file->error = error;
    replacement_abandon(file);
    return false;
}

void replacement_abandon(replacement *file)
{
    if (file->descriptor >= 0) {
        close(file->descriptor);
        unlink(file->partial);
    }
    free(file->path);
    free(file->partial);
    file->path = file->partial = NULL;
    file->descriptor = -1;
}

bool replacement_start(replacement *file, const char *path)
{
    *file = (replacement){.descriptor = -1};
    size_t room = strlen(path) + 48;
    file->path = strdup(path);
    file->partial = malloc(room);
    if (file->path == NULL || file->partial == NULL) {
        return fail(file, ENOMEM);
    }
    /* The number of this process keeps two programs that write the same file apart. If such a file
       exists, a process that is dead has left it behind. */
    snprintf(file->partial, room, "%s.%ld.partial", path, (long)getpid());
    unlink(file->partial);
    file->descriptor = open(file->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return file->descriptor >= 0 || fail(file, errno);
}

bool replacement_write(replacement *file, const void *bytes, size_t n_bytes)
{
    const char *next = bytes;
    const size_t most = (size_t)1 << 30; /* some systems refuse more at a time */
    while (n_bytes > 0) {
        ssize_t n = write(file->descriptor, next, n_bytes < most ? n_bytes : most);
        if (n < 0 && errno != EINTR) {
            return fail(file, errno);
        }
        if (n > 0) {
            next += n;
            n_bytes -= (size_t)n;
        }
    }
    return true;
}

/* Bring what was written to a file, or what happened in a folder, to the disk. */
static bool bring_to_disk(int descriptor)
{
#if defined(F_FULLFSYNC) /* on macOS fsync stops at the cache of the disk */
    if (fcntl(descriptor, F_FULLFSYNC) == 0) {
        return true;
    }
#endif
    while (fsync(descriptor) != 0) {
        if (errno == EINVAL || errno == ENOTSUP) { /* this kind of file needs none */
            return true;
        }
        if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* The folder of a path, or a failure. */
static int open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = length == 0 ? strdup(".") : strndup(path, length);
    int descriptor = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    return descriptor;
}

bool replacement_finish(replacement *file)
{
    if (!bring_to_disk(file->descriptor)) {
        return fail(file, errno);
    }
    int closed = close(file->descriptor); /* it is closed, whatever this returns */
    file->descriptor = -1;
    if ((closed != 0 && errno != EINTR) || rename(file->partial, file->path) != 0) {
        int error = errno;
        unlink(file->partial);
        return fail(file, error);
    }
    int folder = open_folder(file->path);
    bool is_safe = folder >= 0 && bring_to_disk(folder);
    int error = is_safe ? 0 : errno;
    if (folder >= 0) {
        close(folder);
    }
    file->error = error;
    replacement_abandon(file); /* nothing is left to remove but the names in memory */
    return is_safe;
}
