#include "reference/embedding.h"
#include "reference/checks.h"

#include <gsl/gsl_errno.h>

static int check_look_up(const gsl_matrix *table, const int *tokens, const gsl_matrix *output)
{
    if (output->size2 != table->size2) {
        GSL_ERROR("an output must be as wide as a row of the table", GSL_EBADLEN);
    }
    if (is_empty(table) || is_empty(output)) {
        GSL_ERROR("there must be at least one word, one token and one column", GSL_EINVAL);
    }
    for (size_t i = 0; i < output->size1; i++) {
        if (tokens[i] < 0 || (size_t)tokens[i] >= table->size1) {
            GSL_ERROR("a token must be 0 .. n_vocab - 1", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

int ref_embedding_forward(const gsl_matrix *table, const int *tokens, gsl_matrix *output)
{
    int status = check_look_up(table, tokens, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [embedding-forward]
    for (size_t i = 0; i < output->size1; i++) {
        gsl_vector_const_view word = gsl_matrix_const_row(table, (size_t)tokens[i]);
        gsl_matrix_set_row(output, i, &word.vector);
    }
    // [embedding-forward]
    return GSL_SUCCESS;
}

int ref_embedding_backward(const int *tokens, const gsl_matrix *grad_output, gsl_matrix *grad_table)
{
    int status = check_look_up(grad_table, tokens, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [embedding-backward]
    /* output_i = table_t:  d table_t += dY_i */
    for (size_t i = 0; i < grad_output->size1; i++) {
        gsl_vector_view word = gsl_matrix_row(grad_table, (size_t)tokens[i]);
        gsl_vector_const_view dy_i = gsl_matrix_const_row(grad_output, i);
        gsl_vector_add(&word.vector, &dy_i.vector);
    }
    // [embedding-backward]
    return GSL_SUCCESS;
}
