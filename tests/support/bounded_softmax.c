/* The rules of bounded.h for softmax and what follows it. */

#include "tests/support/bounded.h"

#include <math.h>

#define U rounding_unit

/* exp is 0 below -87, that is below 2^-125: so much of a weight may be missing. */
static const double lost_weight = 0x1p-125;

/* One row of scores: m, sum exp(s - m), and the error that its softmax shares,
 * sum_l p_l (e_l + u |s_l - m|) + u (w(n) + 8). */
typedef struct {
    double max, sum, shared;
} row_summary;

static row_summary summary_of(const gsl_vector *s, const gsl_vector *e)
{
    row_summary row = {.max = gsl_vector_max(s), .sum = 0.0, .shared = 0.0};
    for (size_t j = 0; j < s->size && row.max > -INFINITY; j++) {
        double s_j = gsl_vector_get(s, j);
        if (s_j > -INFINITY) {
            double p = exp(s_j - row.max);
            row.sum += p;
            row.shared += p * (gsl_vector_get(e, j) + U * fabs(s_j - row.max));
        }
    }
    if (row.sum > 0.0) {
        row.shared = row.shared / row.sum + U * (sum_growth(s->size) + 8.0);
    }
    return row;
}

static row_summary summary_of_row(bounded scores, size_t i)
{
    gsl_vector_view s = gsl_matrix_row(scores.value, i), e = gsl_matrix_row(scores.bound, i);
    return summary_of(&s.vector, &e.vector);
}

/* P = softmax(S):  e_j = p_j (e_Sj + u |s_j - m| + what the row shares) + 2^-125 */
bounded bounded_softmax(bounded scores)
{
    bounded p = bounded_new(scores.value->size1, scores.value->size2);
    for (size_t i = 0; i < scores.value->size1; i++) {
        row_summary row = summary_of_row(scores, i);
        for (size_t j = 0; j < scores.value->size2; j++) {
            double s = gsl_matrix_get(scores.value, i, j);
            if (s > -INFINITY) {
                double p_ij = exp(s - row.max) / row.sum;
                double e = gsl_matrix_get(scores.bound, i, j) + U * fabs(s - row.max) + row.shared;
                bounded_set(p, i, j, p_ij, p_ij * e + lost_weight);
            }
        }
    }
    return p;
}

/* y = sum_j p_j v_j:
 *     e = sum_j p_j (e_Sj + u |s_j - m| + 4 u) |v_j - y| + u (2 w(n) + 4) sum_j p_j |v_j|
 *       + sum_j p_j e_vj + 2^-125 sum_j |v_j| */
static void attend_row(const gsl_vector *p, const gsl_vector *moved, bounded values, bounded y,
                       size_t i)
{
    double growth = U * (2.0 * sum_growth(p->size) + 4.0);
    for (size_t c = 0; c < values.value->size2; c++) {
        double sum = 0.0, e = 0.0;
        for (size_t j = 0; j < p->size; j++) {
            sum += gsl_vector_get(p, j) * gsl_matrix_get(values.value, j, c);
        }
        for (size_t j = 0; j < p->size; j++) {
            double p_j = gsl_vector_get(p, j), v = gsl_matrix_get(values.value, j, c);
            e += gsl_vector_get(moved, j) * fabs(v - sum) + growth * p_j * fabs(v);
            e += p_j * gsl_matrix_get(values.bound, j, c) + (p_j > 0.0 ? lost_weight * fabs(v) : 0);
        }
        bounded_set(y, i, c, sum, e);
    }
}

bounded bounded_attend(bounded scores, bounded values)
{
    size_t n_q = scores.value->size1, n_k = scores.value->size2;
    bounded y = bounded_new(n_q, values.value->size2), p = bounded_new(n_q, n_k);
    for (size_t i = 0; i < n_q; i++) {
        row_summary row = summary_of_row(scores, i);
        for (size_t j = 0; j < n_k; j++) {
            double s = gsl_matrix_get(scores.value, i, j);
            if (s > -INFINITY) {
                double p_ij = exp(s - row.max) / row.sum;
                double e = gsl_matrix_get(scores.bound, i, j) + U * (fabs(s - row.max) + 4.0);
                bounded_set(p, i, j, p_ij, p_ij * e);
            }
        }
        gsl_vector_view weights = gsl_matrix_row(p.value, i), moved = gsl_matrix_row(p.bound, i);
        attend_row(&weights.vector, &moved.vector, values, y, i);
    }
    return y;
}

/* L = lse(S):  e = what the row shares + u |L|; a row that sees nothing is exactly -INFINITY */
bounded bounded_log_sum_exp(bounded scores)
{
    bounded l = bounded_new(scores.value->size1, 1);
    for (size_t i = 0; i < scores.value->size1; i++) {
        row_summary row = summary_of_row(scores, i);
        if (row.sum > 0.0) {
            double l_i = row.max + log(row.sum);
            bounded_set(l, i, 0, l_i, row.shared + U * fabs(l_i));
        } else {
            bounded_set(l, i, 0, -INFINITY, 0.0);
        }
    }
    return l;
}

/* P = exp(S - L):  e = p (e_S + e_L + u |s - L| + 4 u) + 2^-125 */
bounded bounded_weights_again(bounded scores, bounded log_sum_exp)
{
    bounded p = bounded_new(scores.value->size1, scores.value->size2);
    for (size_t i = 0; i < scores.value->size1; i++) {
        double l = gsl_matrix_get(log_sum_exp.value, i, 0);
        double e_l = gsl_matrix_get(log_sum_exp.bound, i, 0);
        for (size_t j = 0; j < scores.value->size2; j++) {
            double s = gsl_matrix_get(scores.value, i, j);
            if (s > -INFINITY) {
                double e = gsl_matrix_get(scores.bound, i, j) + e_l + U * (fabs(s - l) + 4.0);
                bounded_set(p, i, j, exp(s - l), exp(s - l) * e + lost_weight);
            }
        }
    }
    return p;
}

/* dS = P o (dP - D):  e = e_P |dP - D| + p (e_dP + e_D + u |dP - D|) + u |dS| */
bounded bounded_softmax_backward(bounded weights, bounded grad_weights, bounded mean)
{
    size_t n = weights.value->size1, m = weights.value->size2;
    bounded ds = bounded_new(n, m);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            double p = gsl_matrix_get(weights.value, i, j);
            double e_p = gsl_matrix_get(weights.bound, i, j);
            double difference =
                gsl_matrix_get(grad_weights.value, i, j) - gsl_matrix_get(mean.value, i, 0);
            double e_difference = gsl_matrix_get(grad_weights.bound, i, j) +
                                  gsl_matrix_get(mean.bound, i, 0) + U * fabs(difference);
            double e = e_p * fabs(difference) + p * e_difference + U * p * fabs(difference);
            bounded_set(ds, i, j, p * difference, e);
        }
    }
    return ds;
}
