/**
 * @file attention_relative.h
 * The learned relative-position bias. Scores of equal distance j - i from query to key lie on a
 * diagonal of their matrix: the bias adds one number to each diagonal, and its gradient is the sum
 * of dS along each. So a block of scores needs one row of numbers, one a diagonal, in which that of
 * key j and query i stands i - j floats after that of the first key and query. Not for callers of
 * the library.
 */
#ifndef OPTIMIZED_ATTENTION_RELATIVE_H
#define OPTIMIZED_ATTENTION_RELATIVE_H

#include "optimized/attention_blocks.h"

/** @addtogroup optimized_core @{ */

/**
 * Lay the relative bias of a block out, one number a diagonal, in units of ln(2).
 *
 * @param[in]  a          the problem
 * @param[in]  queries    the block of queries
 * @param[in]  keys       the block of keys
 * @param[out] diagonals  room for as many floats as the blocks are wide and high together
 * @return                where the number of the first key and query is
 */
const float *fast_lay_out_relative_bias(const attention_problem *a, const query_block *queries,
                                        const key_block *keys, float *diagonals);

/**
 * How much memory it takes that each task sums dS along all diagonals of its head. There is a row
 * for every task, whatever the number of threads: tasks of several sequences add to the same
 * numbers, and must do so in a fixed order.
 *
 * @param[in] a        the problem; its sizes are read
 * @param[in] n_tasks  tasks
 * @return             bytes, or SIZE_MAX
 */
size_t fast_diagonals_size(const attention_problem *a, size_t n_tasks);

/**
 * Set the sums of a task to 0.
 *
 * @param[in]  a      the problem
 * @param[out] begin  the memory of all tasks
 * @param[in]  task   which one
 * @return            where the sum of the first key and the first query of the head is, or NULL if
 *                    nobody asks for the gradient of the relative bias
 */
float *fast_clear_diagonals(const attention_problem *a, unsigned char *begin, size_t task);

/**
 * Add the sums of all tasks to the gradient of the relative bias.
 *
 * @param[in] a        the problem; its mask holds the gradient
 * @param[in] begin    the memory of all tasks
 * @param[in] n_parts  tasks of each head of each sequence
 */
void fast_add_diagonals(const attention_problem *a, unsigned char *begin, size_t n_parts);

/** @} */

#endif
