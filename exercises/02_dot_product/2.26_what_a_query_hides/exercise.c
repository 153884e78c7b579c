/* 2.26  What a query can hide
 *
 * Somebody shows you a row of attention weights and asks for the query that made it. You cannot
 * tell: many queries make the same row. Prove it. For three keys and any query q give
 *
 *   row 0   another query with the same weights p = softmax(q . k_j), and the same scores, at least
 *           0.1 away from q
 *   row 1   another query with the same weights, and with other scores: each of the three differs
 *           from q . k_j by at least 0.1
 *
 *   query    q, (d), d at least 4
 *   keys     k, (3 x d); as a rule no key is a mixture of the others
 *   queries  (2 x d): fill both rows, with numbers between -1000 and 1000
 *
 * There are many right answers. "The same" means: up to 1e-9. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

#ifdef SOLUTION
static double dot(const gsl_vector *a, const gsl_vector *b)
{
    double sum = 0.0;
    for (size_t c = 0; c < a->size; c++) {
        sum += gsl_vector_get(a, c) * gsl_vector_get(b, c);
    }
    return sum;
}

/* Take out of each row what it shares with the rows before it, and give it the length 1. */
static void make_orthonormal(gsl_matrix *rows)
{
    for (size_t i = 0; i < rows->size1; i++) {
        gsl_vector_view row = gsl_matrix_row(rows, i);
        for (size_t twice = 0; twice < 2; twice++) { /* for the rounding of the first time */
            for (size_t j = 0; j < i; j++) {
                gsl_vector_view before = gsl_matrix_row(rows, j);
                double shared = dot(&row.vector, &before.vector);
                for (size_t c = 0; c < rows->size2; c++) {
                    *gsl_vector_ptr(&row.vector, c) -= shared * gsl_vector_get(&before.vector, c);
                }
            }
        }
        gsl_vector_scale(&row.vector, 1.0 / sqrt(dot(&row.vector, &row.vector)));
    }
}
#endif

int hidden_queries(const gsl_vector *query, const gsl_matrix *keys, gsl_matrix *queries)
{
#ifdef SOLUTION
    /* k_1 - k_0 and k_2 - k_0; then a direction in which all scores change alike, and one in which
     * none does */
    gsl_matrix *rows = gsl_matrix_alloc(4, query->size);
    for (size_t c = 0; c < query->size; c++) {
        double first = gsl_matrix_get(keys, 0, c);
        gsl_matrix_set(rows, 0, c, gsl_matrix_get(keys, 1, c) - first);
        gsl_matrix_set(rows, 1, c, gsl_matrix_get(keys, 2, c) - first);
        gsl_matrix_set(rows, 2, c, first);
        gsl_matrix_set(rows, 3, c, sin(1.0 + (double)(c * c)));
    }
    make_orthonormal(rows);
    gsl_vector_const_view key = gsl_matrix_const_row(keys, 0);
    gsl_vector_view alike = gsl_matrix_row(rows, 2);
    double far = 1.0 / dot(&alike.vector, &key.vector);
    for (size_t c = 0; c < query->size; c++) {
        double q = gsl_vector_get(query, c);
        gsl_matrix_set(queries, 0, c, q + gsl_matrix_get(rows, 3, c));
        gsl_matrix_set(queries, 1, c, q + far * gsl_matrix_get(rows, 2, c));
    }
    gsl_matrix_free(rows);
    return GSL_SUCCESS;
#else
    /* TODO(2.26) */
    return GSL_SUCCESS;
#endif
}
