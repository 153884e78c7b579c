#include "tests/support/property.h"

#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

attention_call random_call(ref_similarity similarity, size_t n_q, size_t n_k, size_t d_k,
                           size_t d_v)
{
    float scale = similarity == REF_COSINE ? 4.0f : 1.0f / sqrtf((float)d_k);
    return (attention_call){.q = random_matrix(suite_rng(), n_q, d_k, 1.0),
                            .k = random_matrix(suite_rng(), n_k, d_k, 1.0),
                            .v = random_matrix(suite_rng(), n_k, d_v, 1.0),
                            .similarity = similarity,
                            .scale = scale};
}

gsl_matrix *output_of(const side *s, const attention_call *call)
{
    gsl_matrix *output = new_matrix(call->q->size1, call->v->size2);
    CHECK_STATUS(side_attention(s, call, output), GSL_SUCCESS, "attention");
    return output;
}

gsl_matrix *weights_of(const side *s, const attention_call *call)
{
    gsl_matrix *weights = new_matrix(call->q->size1, call->k->size1);
    CHECK_STATUS(side_attention_weights(s, call, weights), GSL_SUCCESS, "attention");
    return weights;
}

gsl_matrix *log_sum_exp_of(const side *s, const attention_call *call)
{
    gsl_matrix *column = new_matrix(call->q->size1, 1);
    gsl_vector_view l = gsl_vector_view_array(column->data, call->q->size1);
    CHECK_STATUS(side_attention_log_sum_exp(s, call, &l.vector), GSL_SUCCESS, "attention");
    return column;
}

gradients gradients_of(const side *s, const attention_call *call, const gsl_matrix *grad_output)
{
    gradients g = {new_matrix(call->q->size1, call->q->size2),
                   new_matrix(call->k->size1, call->k->size2),
                   new_matrix(call->v->size1, call->v->size2)};
    CHECK_STATUS(side_attention_backward(s, call, grad_output, g.q, g.k, g.v), GSL_SUCCESS,
                 "attention backward");
    return g;
}

gsl_matrix *rows_shifted(const gsl_matrix *a, const gsl_vector *c)
{
    gsl_matrix *b = copy_of(a);
    for (size_t i = 0; i < a->size1; i++) {
        gsl_vector_view row = gsl_matrix_row(b, i);
        gsl_vector_add_constant(&row.vector, gsl_vector_get(c, i));
    }
    return b;
}

gsl_matrix *column_sums(const gsl_matrix *a)
{
    gsl_matrix *sums = new_matrix(1, a->size2);
    for (size_t c = 0; c < a->size2; c++) {
        gsl_vector_const_view column = gsl_matrix_const_column(a, c);
        gsl_matrix_set(sums, 0, c, gsl_vector_sum(&column.vector));
    }
    return sums;
}

gsl_matrix *column_means(const gsl_matrix *a, size_t n_rows)
{
    gsl_matrix *means = column_sums(first_rows(a, n_rows));
    gsl_matrix_scale(means, 1.0 / (double)n_rows);
    return means;
}

gsl_matrix *repeated_row(const gsl_matrix *row, size_t n)
{
    gsl_matrix *a = new_matrix(n, row->size2);
    gsl_vector_const_view first = gsl_matrix_const_row(row, 0);
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set_row(a, i, &first.vector);
    }
    return a;
}
