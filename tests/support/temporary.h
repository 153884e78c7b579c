/**
 * @file temporary.h
 * A folder for the files of a test.
 */
#ifndef TESTS_SUPPORT_TEMPORARY_H
#define TESTS_SUPPORT_TEMPORARY_H

#include <stddef.h>

/** A new, empty folder below TMPDIR, or else in memory or below /tmp; end it with
 *  temporary_remove(). Ends the test program if there can be none. */
char *temporary_folder(void);

/** The path of a file in a folder, valid until a folder is removed. */
const char *temporary_path(const char *folder, const char *name);

/** How many files are in a folder. */
size_t temporary_count(const char *folder);

/** Remove a folder and all files in it. */
void temporary_remove(char *folder);

/** A new copy of the bytes of a file, or NULL if it cannot be read. */
unsigned char *temporary_read(const char *path, size_t *n_bytes);

#endif
