/* From tokens to vectors.
 *
 * What differs from reference/embedding.c:
 *   1. forward, the threads share the tokens;
 *   2. backward, two tokens may be the same word, so the threads share the columns instead: each
 *      number of the table is summed by one thread, in the order of the text, and is the same, bit
 *      for bit, for any number of threads. */
#include "optimized/embedding.h"
#include "optimized/checks.h"
#include "optimized/kernels/row_kernels.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/* Threads part the columns where cache lines may end: 16 floats. */
enum { FLOATS_PER_LINE = 16 };

static int check_look_up(const fast_view *table, const int *tokens, const fast_view *output)
{
    if (!is_one_matrix(table, table->n_rows, output->n_cols)) {
        GSL_ERROR("an output must be as wide as a row of the table, which is one matrix",
                  GSL_EBADLEN);
    }
    if (is_empty(table) || is_empty(output)) {
        GSL_ERROR("there must be at least one word, one token and one column", GSL_EINVAL);
    }
    for (size_t i = 0; i < n_listed_rows(output); i++) {
        if (tokens[i] < 0 || (size_t)tokens[i] >= table->n_rows) {
            GSL_ERROR("a token must be 0 .. n_vocab - 1", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

int fast_embedding_forward(const fast_view *table, const int *tokens, fast_view *output,
                           fast_context *context)
{
    int status = check_look_up(table, tokens, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(output)) {
        GSL_ERROR("the output must not overlap itself", GSL_EINVAL);
    }
#pragma omp parallel for schedule(static) num_threads(n_threads_for(output, context)) /* 1 */
    for (size_t i = 0; i < n_listed_rows(output); i++) {
        const float *word = table->data + (size_t)tokens[i] * table->row_stride;
        memcpy(listed_row(output, i), word, output->n_cols * sizeof *word);
    }
    return GSL_SUCCESS;
}

int fast_embedding_backward(const int *tokens, const fast_view *grad_output, fast_view *grad_table,
                            fast_context *context)
{
    int status = check_look_up(grad_table, tokens, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_table)) {
        GSL_ERROR("the gradient must not overlap itself", GSL_EINVAL);
    }
    /* output_i = table_t:  d table_t += dY_i */
    size_t d = grad_table->n_cols, n_threads = (size_t)n_threads_for(grad_output, context);
    size_t share = padded_to(n_blocks_of(d, n_threads), FLOATS_PER_LINE);
#pragma omp parallel for schedule(static) num_threads((int)n_threads) /* 2 */
    for (size_t begin = 0; begin < d; begin += share) {
        size_t n_cols = min_of(share, d - begin);
        for (size_t i = 0; i < n_listed_rows(grad_output); i++) {
            const float *dy = listed_row(grad_output, i);
            float *word = grad_table->data + (size_t)tokens[i] * grad_table->row_stride;
            context->kernels->row->add(dy + begin, word + begin, n_cols);
        }
    }
    return GSL_SUCCESS;
}
