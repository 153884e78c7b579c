/* 5.21  The reset gate, before the product
 *
 * The gated unit of the page lets its reset gate act on U_n h, as most libraries do. The paper that
 * it comes from has the gate before the product, on h itself (Cho et al. 2014). The parameters have
 * the same shapes, so one can be run with those of the other, and is wrong. Write the paper's:
 *
 *   r = s(W_r x + U_r h + b_r),   z = s(W_z x + U_z h + b_z),   s(a) = 1 / (1 + exp(-a)),
 *   n = tanh(W_n x + U_n (r o h) + b_n),
 *   the next h = (1 - z) o n + z o h,           o: number by number
 *
 *   x         (n x n_in): the words
 *   initial   (n_hidden): h before the first word
 *   weight_x  (n_in x 3 n_hidden): the columns of r, of z, of n; W_r x is row x times those of r
 *   weight_h  (n_hidden x 3 n_hidden): in the same order
 *   bias      (3 n_hidden)
 *   gates     (3 n_hidden): scratch for you; at the end r, z, n of the last word: fill all of it
 *   output    (n x n_hidden): h behind each word: fill all of it
 *
 * Write the loops yourself, without BLAS. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

#ifdef SOLUTION
static double sigmoid(double a)
{
    return 1.0 / (1.0 + exp(-a));
}

static double column_dot(const gsl_vector *v, const gsl_matrix *weight, size_t c)
{
    double sum = 0.0;
    for (size_t a = 0; a < v->size; a++) {
        sum += gsl_vector_get(v, a) * gsl_matrix_get(weight, a, c);
    }
    return sum;
}

/* The sum before the function of gate column c, without what n takes from the state. */
static double sum_of(const gsl_vector *x, const gsl_vector *h, const gsl_matrix *weight_x,
                     const gsl_matrix *weight_h, const gsl_vector *bias, size_t c)
{
    double sum = gsl_vector_get(bias, c) + column_dot(x, weight_x, c);
    return h ? sum + column_dot(h, weight_h, c) : sum;
}

static void step(const gsl_vector *x, const gsl_vector *h, const gsl_matrix *weight_x,
                 const gsl_matrix *weight_h, const gsl_vector *bias, gsl_vector *gates,
                 gsl_vector *next)
{
    size_t d = h->size;
    for (size_t c = 0; c < 2 * d; c++) {
        gsl_vector_set(gates, c, sigmoid(sum_of(x, h, weight_x, weight_h, bias, c)));
    }
    for (size_t c = 0; c < d; c++) {
        double sum = sum_of(x, NULL, weight_x, weight_h, bias, 2 * d + c);
        for (size_t a = 0; a < d; a++) {
            double kept = gsl_vector_get(gates, a) * gsl_vector_get(h, a);
            sum += kept * gsl_matrix_get(weight_h, a, 2 * d + c);
        }
        double z = gsl_vector_get(gates, d + c), n = tanh(sum);
        gsl_vector_set(gates, 2 * d + c, n);
        gsl_vector_set(next, c, (1.0 - z) * n + z * gsl_vector_get(h, c));
    }
}
#endif

int gru_of_the_paper(const gsl_matrix *x, const gsl_vector *initial, const gsl_matrix *weight_x,
                     const gsl_matrix *weight_h, const gsl_vector *bias, gsl_vector *gates,
                     gsl_matrix *output)
{
#ifdef SOLUTION
    for (size_t t = 0; t < x->size1; t++) {
        gsl_vector_const_view x_t = gsl_matrix_const_row(x, t);
        gsl_vector_const_view before = gsl_matrix_const_row(output, t > 0 ? t - 1 : 0);
        gsl_vector_view next = gsl_matrix_row(output, t);
        step(&x_t.vector, t > 0 ? &before.vector : initial, weight_x, weight_h, bias, gates,
             &next.vector);
    }
    return GSL_SUCCESS;
#else
    /* TODO(5.21) */
    return GSL_SUCCESS;
#endif
}
