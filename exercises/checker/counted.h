/**
 * @file counted.h
 * A matrix whose every access is counted. The checker replays the accesses through a simulated
 * cache of 32 KiB (64 sets of 8 lines of 64 bytes, least recently used goes), so the count is the
 * same on every machine and with every compiler; no clock is involved.
 *
 * Local variables are not counted: they stand for registers. That is why a function of such an
 * exercise may have at most 2 KiB of them, and no static or allocated memory.
 */
#ifndef EXERCISES_CHECKER_COUNTED_H
#define EXERCISES_CHECKER_COUNTED_H

#include <stddef.h>

/** A counted matrix, by its number. */
typedef struct {
    int number;
} counted_matrix;

/** Rows of m. */
size_t counted_rows(counted_matrix m);
/** Columns of m. */
size_t counted_cols(counted_matrix m);
/** Load m_ij. An index outside of m ends the run. */
double counted_get(counted_matrix m, size_t i, size_t j);
/** Store x as m_ij. */
void counted_set(counted_matrix m, size_t i, size_t j, double x);

#endif
