/**
 * @file alignment_mask.h
 * The masks of problems in which states of a decoder look at those of an encoder.
 */
#ifndef TESTS_SUPPORT_ALIGNMENT_MASK_H
#define TESTS_SUPPORT_ALIGNMENT_MASK_H

#include "tests/support/twin.h"

enum { MAX_SOURCES = 3 };

/** How many leading states of up to MAX_SOURCES sources of n_k states are real: two thirds, none,
 *  all. They last until the next call. */
const size_t *alignment_lengths(size_t n_k);

/** Make a bias (n_q x n_k) -INFINITY but for a window of states around the diagonal. */
void alignment_window(twin *bias);

#endif
