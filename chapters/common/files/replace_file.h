/**
 * @file replace_file.h
 * Write a file so that its name always stands for a whole one: the old, or the new. The new one is
 * written under a temporary name in the same folder, is brought to the disk, and then takes the
 * name, which the system does in one piece. Whatever ends the program in between, a full disk or
 * kill -9 or the power, leaves the old file as it was.
 *
 *     replacement file;
 *     if (!replacement_start(&file, "model.safetensors") ||
 *         !replacement_write(&file, bytes, n_bytes) || !replacement_finish(&file)) {
 *         program_fail("model.safetensors cannot be written: %s", strerror(file.error));
 *     }
 *
 * A program that is killed while it writes leaves the temporary file behind: NAME.PID.partial,
 * which may be deleted.
 */
#ifndef CHAPTERS_COMMON_FILES_REPLACE_FILE_H
#define CHAPTERS_COMMON_FILES_REPLACE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/** @addtogroup common @{ */

/** A file on its way. After any failure it is cleaned up, and error says why. */
typedef struct {
    int error;      /**< of errno, 0 if nothing failed */
    char *path;     /**< private: the name to take */
    char *partial;  /**< private: the temporary name */
    int descriptor; /**< private: of the temporary file */
} replacement;

/**
 * Begin: make the temporary file.
 *
 * @param[out] file  the file on its way
 * @param[in]  path  the name that it will take
 * @return           false after a failure
 */
bool replacement_start(replacement *file, const char *path);

/**
 * Write the next bytes.
 *
 * @param[in,out] file     begun
 * @param[in]     bytes    what to write
 * @param[in]     n_bytes  how much of it; 0 is allowed
 * @return                 false after a failure; the temporary file is gone
 */
bool replacement_write(replacement *file, const void *bytes, size_t n_bytes);

/**
 * End: bring the bytes to the disk, take the name, and bring the name to the disk.
 *
 * @param[in,out] file  begun
 * @return              false after a failure. The old file is still there, unless only the last of
 *                      these failed: then the new one is, but might not survive a loss of power.
 */
bool replacement_finish(replacement *file);

/**
 * Give up: remove the temporary file.
 *
 * @param[in,out] file  begun
 */
void replacement_abandon(replacement *file);

/** @} */

#endif
