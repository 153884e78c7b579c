/**
 * @file damage.h
 * What may happen to good files: cut, a bit turned, pieces in each other's place.
 */
#ifndef TESTS_SUPPORT_DAMAGE_H
#define TESTS_SUPPORT_DAMAGE_H

#include <stddef.h>

/** Reads what is left of a file: n_bytes in memory of their own, so that a step too far is seen. The
 *  number of the damage is for messages. */
typedef void damage_reader(const void *file, const char *bytes, size_t n_bytes, size_t number);

/** The text cut behind each of its bytes, and before the first. */
void damage_by_cuts(const char *text, damage_reader *read, const void *file);

/** The text with each of its bits turned. */
void damage_by_bits(const char *text, damage_reader *read, const void *file);

/** The text 5000 times, with one to four pieces in each other's place, and as many bytes replaced by
 *  marks: those that mean something to the reader. */
void damage_by_pieces(const char *text, const char *marks, size_t n_marks, damage_reader *read,
                      const void *file);

#endif
