/* mkdtemp is in POSIX, in the part called XSI. */
#define _XOPEN_SOURCE 700
#include "tests/support/temporary.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

/* Where bringing a file to the disk costs nothing, if there is such a place. */
static const char *parent_folder(void)
{
    const char *parent = getenv("TMPDIR");
    return parent != NULL ? parent : access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

char *temporary_folder(void)
{
    char *folder = malloc(PATH_SIZE);
    if (folder != NULL) {
        snprintf(folder, PATH_SIZE, "%s/tests.XXXXXX", parent_folder());
    }
    if (folder == NULL || mkdtemp(folder) == NULL) {
        perror("a temporary folder");
        exit(3);
    }
    return folder;
}

/* All paths that were asked for, freed with the folder. */
static struct path {
    struct path *before;
    char text[PATH_SIZE];
} * paths;

const char *temporary_path(const char *folder, const char *name)
{
    struct path *path = malloc(sizeof *path);
    if (path == NULL) {
        perror("a path");
        exit(3);
    }
    path->before = paths;
    paths = path;
    snprintf(path->text, sizeof path->text, "%s/%s", folder, name);
    return path->text;
}

/* How many files are in a folder; with is_removed they are not any more. */
static size_t walk(const char *folder, int is_removed)
{
    DIR *open_folder = opendir(folder);
    size_t n = 0;
    for (struct dirent *entry; open_folder != NULL && (entry = readdir(open_folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            n++;
            if (is_removed) {
                unlink(temporary_path(folder, entry->d_name));
            }
        }
    }
    if (open_folder != NULL) {
        closedir(open_folder);
    }
    return n;
}

size_t temporary_count(const char *folder)
{
    return walk(folder, 0);
}

void temporary_remove(char *folder)
{
    walk(folder, 1);
    rmdir(folder);
    free(folder);
    while (paths != NULL) {
        struct path *before = paths->before;
        free(paths);
        paths = before;
    }
}

unsigned char *temporary_read(const char *path, size_t *n_bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    *n_bytes = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*n_bytes + 1);
    if (bytes != NULL && fread(bytes, 1, *n_bytes, file) != *n_bytes) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}
