/**
 * @file golden.h
 * Compare what a program prints with what it is expected to print.
 */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Text must be equal, where a run of blanks counts as one blank. Numbers must be equal to one unit
 * in the last digit that is printed, or to 1e-7 of their size; whole numbers exactly. Numbers below
 * 1e-9 count as 0: they are what rounding leaves. A number that the expected text gives with a
 * tolerance, "0.91 ± 0.02", may be as far away as that; the tolerances themselves must be equal.
 *
 * @param[in]  expected  the text of the file
 * @param[in]  actual    the text of the run
 * @param[out] message   (size) the first lines that differ, with their number
 * @param[in]  size      bytes for the message
 * @return whether they agree
 */
bool golden_agrees(const char *expected, const char *actual, char *message, size_t size);

/** A file as a string, or NULL if it cannot be read. The caller frees it. */
char *golden_read(const char *path);

/** Write a string as a file; false if that is not possible. */
bool golden_write(const char *path, const char *text);

#endif
