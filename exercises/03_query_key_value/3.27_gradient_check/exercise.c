/* 3.27  To catch a wrong gradient
 *
 * A backward pass is wrong in ways that no loss curve shows: training goes on, a little worse. What
 * shows it is a check against differences, and such a check can be too kind. Write one that is not.
 * The function under test gives the gradients of
 *
 *   Y = softmax(Q K^T / sqrt(d)) V,      L = sum over i, c of dY_ic Y_ic:
 *
 *   q, k, v                (m x d), (n x d), (n x e); only read
 *   grad_output            dY, (m x e); only read
 *   grad_q, grad_k, grad_v dL/dQ, dL/dK and dL/dV are ADDED to what stands in them
 *
 * check_backward() calls it on matrices of yours, with at most 64 rows and columns, as often as you
 * like. It returns 0 if all your checks hold, else the number of the one that failed, from 1 on. The
 * right function must be accepted, although its last digits may differ from yours by one part in
 * 10^12. Eight others must be rejected. The forward pass is here already; it is right.
 *
 * What you print is in build/exercises/3.27/log.txt after each run. */

#include <gsl/gsl_matrix.h>
#include <math.h>

typedef int backward_function(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                              const gsl_matrix *grad_output, gsl_matrix *grad_q, gsl_matrix *grad_k,
                              gsl_matrix *grad_v);

static double dot(const gsl_matrix *a, size_t i, const gsl_matrix *b, size_t j)
{
    double sum = 0.0;
    for (size_t c = 0; c < a->size2; c++) {
        sum += gsl_matrix_get(a, i, c) * gsl_matrix_get(b, j, c);
    }
    return sum;
}

/* L: the mean of dY_i . V_j under the weights, for each query, summed */
static double loss_of(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                      const gsl_matrix *grad_output)
{
    double loss = 0.0;
    for (size_t i = 0; i < q->size1; i++) {
        double total = 0.0, mixed = 0.0;
        for (size_t j = 0; j < k->size1; j++) {
            double weight = exp(dot(q, i, k, j) / sqrt((double)q->size2));
            total += weight;
            mixed += weight * dot(grad_output, i, v, j);
        }
        loss += mixed / total;
    }
    return loss;
}

#ifdef SOLUTION

enum { M = 2, N = 5, D = 3, E = 4 };
static const double step = 1e-5, before = 7.0;

/* Numbers without a pattern, of about the size of 1 */
static gsl_matrix *any_matrix(size_t n_rows, size_t n_cols, double first)
{
    gsl_matrix *a = gsl_matrix_alloc(n_rows, n_cols);
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_cols; j++) {
            gsl_matrix_set(a, i, j, 1.3 * sin(first + 1.7 * (double)(i * n_cols + j)));
        }
    }
    return a;
}

static gsl_matrix *like(const gsl_matrix *a)
{
    gsl_matrix *same = gsl_matrix_alloc(a->size1, a->size2);
    gsl_matrix_set_all(same, before); /* whoever does not add is caught */
    return same;
}

/* in[which] is moved, the others stay */
static int is_slope(gsl_matrix *const in[4], size_t which, const gsl_matrix *gradient)
{
    int ok = 1;
    for (size_t i = 0; i < gradient->size1; i++) {
        for (size_t j = 0; j < gradient->size2; j++) {
            double *x = gsl_matrix_ptr(in[which], i, j), kept = *x;
            *x = kept + step;
            double slope = loss_of(in[0], in[1], in[2], in[3]);
            *x = kept - step;
            slope -= loss_of(in[0], in[1], in[2], in[3]);
            *x = kept;
            double claim = gsl_matrix_get(gradient, i, j) - before;
            ok = ok && fabs(slope / (2.0 * step) - claim) < 1e-7;
        }
    }
    return ok;
}

#endif

int check_backward(backward_function *backward)
{
#ifdef SOLUTION
    gsl_matrix *const in[] = {any_matrix(M, D, 1.0), any_matrix(N, D, 2.0), any_matrix(N, E, 3.0),
                              any_matrix(M, E, 5.0)};
    gsl_matrix *const out[] = {like(in[0]), like(in[1]), like(in[2])};
    backward(in[0], in[1], in[2], in[3], out[0], out[1], out[2]);
    int failed = 0;
    for (size_t which = 0; which < 3; which++) {
        if (!is_slope(in, which, out[which])) {
            failed = (int)which + 1;
        }
    }
    for (size_t n = 0; n < 4; n++) {
        gsl_matrix_free(in[n]);
    }
    for (size_t n = 0; n < 3; n++) {
        gsl_matrix_free(out[n]);
    }
    return failed;
#else
    /* TODO(3.27): the slope of loss_of() by each number, against what backward() says */
    (void)loss_of;
    return 0;
#endif
}
