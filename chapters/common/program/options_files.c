/**
 * @file options_files.c
 * Files that a command line names are looked for before the work, not behind it.
 */
#include "chapters/common/program/options_table.h"
#include "chapters/common/program/program.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_readable(const char *path)
{
    struct stat about;
    int error = 0;
    if (access(path, R_OK) != 0) {
        error = errno;
    } else if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        error = EISDIR;
    }
    if (error != 0) {
        program_fail("%s: cannot be read: %s", path, strerror(error));
    }
}

/* A file is replaced by a new one of its folder, so it is the folder that must take it. */
static void check_writable(const char *path)
{
    char *folder = strdup(path);
    if (folder == NULL) {
        program_fail("out of memory");
    }
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    if (access(slash != NULL ? folder : ".", W_OK | X_OK) != 0) {
        program_fail("%s: cannot be written: %s", path, strerror(errno));
    }
    free(folder);
}

static void check(options_text_kind kind, const char *path)
{
    if (path != NULL && kind == OPTIONS_FILE) {
        check_readable(path);
    } else if (path != NULL && kind == OPTIONS_NEW_FILE) {
        check_writable(path);
    }
}

void options_check_files(const options_program *program)
{
    for (size_t i = 0; i < program->n_entries; i++) {
        const options_entry *entry = &program->entries[i];
        if (entry->text != NULL) {
            check(entry->kind, *entry->text);
        }
        for (size_t j = 0; entry->list != NULL && j < entry->list->n; j++) {
            check(entry->kind, entry->list->values[j]);
        }
    }
}
