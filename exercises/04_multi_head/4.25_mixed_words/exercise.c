/* 4.25  Every head mixes up its words
 *
 * To make heads fast, somebody copied q into one block without gaps, and then took head h as the
 * h-th piece of it. The program runs, every row sums to 1, the model even learns a little. But a
 * head sees pieces of a few words only, and other heads the other words. Find the reason, and mend
 * it.
 *
 *   map_h = softmax(Q^h (K^h)^T / sqrt(d_k)),    head h has the columns h d_k .. (h + 1) d_k - 1
 *
 *   q        (n x n_heads d_k)
 *   k        (n x n_heads d_k): as many keys as queries
 *   n_heads
 *   maps     (n_heads n x n): the map of head 0, below it that of head 1, and so on: fill all of it
 *
 * The softmax is right. */

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <math.h>

static void softmax(gsl_matrix *scores)
{
    for (size_t i = 0; i < scores->size1; i++) {
        gsl_vector_view row = gsl_matrix_row(scores, i);
        double largest = gsl_vector_max(&row.vector), sum = 0.0;
        for (size_t j = 0; j < scores->size2; j++) {
            double e = exp(gsl_matrix_get(scores, i, j) - largest);
            gsl_matrix_set(scores, i, j, e);
            sum += e;
        }
        gsl_vector_scale(&row.vector, 1.0 / sum);
    }
}

int head_maps(const gsl_matrix *q, const gsl_matrix *k, size_t n_heads, gsl_matrix *maps)
{
    size_t n = q->size1, d_k = q->size2 / n_heads;
    double scale = 1.0 / sqrt((double)d_k);
    gsl_matrix *q_block = gsl_matrix_alloc(n, q->size2), *k_block = gsl_matrix_alloc(n, q->size2);
    gsl_matrix_memcpy(q_block, q);
    gsl_matrix_memcpy(k_block, k);
    for (size_t h = 0; h < n_heads; h++) {
#ifdef SOLUTION
        /* the head's columns; from one of its rows to the next are all columns of the block */
        gsl_matrix_view q_h = gsl_matrix_submatrix(q_block, 0, h * d_k, n, d_k);
        gsl_matrix_view k_h = gsl_matrix_submatrix(k_block, 0, h * d_k, n, d_k);
#else
        gsl_matrix_view q_h = gsl_matrix_view_array(q_block->data + h * n * d_k, n, d_k);
        gsl_matrix_view k_h = gsl_matrix_view_array(k_block->data + h * n * d_k, n, d_k);
#endif
        gsl_matrix_view map = gsl_matrix_submatrix(maps, h * n, 0, n, n);
        gsl_blas_dgemm(CblasNoTrans, CblasTrans, scale, &q_h.matrix, &k_h.matrix, 0.0, &map.matrix);
        softmax(&map.matrix);
    }
    gsl_matrix_free(q_block);
    gsl_matrix_free(k_block);
    return GSL_SUCCESS;
}
