/* The rules of bounded.h for similarities and proximities. */

#include "tests/support/bounded.h"

#include <gsl/gsl_math.h>
#include <math.h>

#define U rounding_unit

/* ---- similarities ---------------------------------------------------------------------------- */

/* x / |x|: the norm is half as uncertain as the sum of squares, and one division follows. */
static bounded unit_rows(bounded a)
{
    size_t n = a.value->size1, d = a.value->size2;
    bounded unit = bounded_new(n, d);
    double relative = U * (0.5 * (sum_growth(d) + 1.0) + 3.0);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_view row = gsl_matrix_row(a.value, i);
        double norm = gsl_blas_dnrm2(&row.vector);
        for (size_t p = 0; p < d && norm > 0.0; p++) {
            double x = gsl_vector_get(&row.vector, p) / norm;
            bounded_set(unit, i, p, x, relative * fabs(x));
        }
    }
    return unit;
}

/* s = -scale |q - k|^2, from the differences:  e = u (w(d) + 4) |s| */
static bounded neg_sq_euclidean(bounded q, bounded k, double scale)
{
    size_t n_q = q.value->size1, n_k = k.value->size1, d = q.value->size2;
    bounded s = bounded_new(n_q, n_k);
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            double sum = 0.0;
            for (size_t p = 0; p < d; p++) {
                double x = gsl_matrix_get(q.value, i, p) - gsl_matrix_get(k.value, j, p);
                sum -= scale * x * x;
            }
            bounded_set(s, i, j, sum, U * (sum_growth(d) + 4.0) * fabs(sum));
        }
    }
    return s;
}

static bool is_visible(size_t i, size_t j, size_t n_q, size_t n_k, const ref_mask *mask)
{
    bool is_past = !mask->causal || j + n_q <= i + n_k;
    bool is_real = !mask->key_length || j < *mask->key_length;
    return is_past && is_real;
}

/* Counted from the left end, where the distance is -clip or less; two keys beside the diagonal of
 * the last query and the last key are one entry beside the middle one. */
size_t relative_entry(size_t i, size_t j, size_t n_q, size_t n_k, size_t n_entries)
{
    size_t clip = (n_entries - 1) / 2, from_left = j + n_q + clip, left_end = i + n_k;
    return from_left <= left_end ? 0 : GSL_MIN(from_left - left_end, 2 * clip);
}

/* s + bias:  e_S + u |s + bias|, and as much again for each, should they be kept times log2(e) */
static void shift_score(bounded s, size_t i, size_t j, double bias)
{
    double sum = gsl_matrix_get(s.value, i, j) + bias;
    double bound = gsl_matrix_get(s.bound, i, j) + 2.0 * U * (fabs(bias) + fabs(sum));
    bounded_set(s, i, j, sum, bound);
}

void bounded_mask(bounded s, const ref_mask *mask)
{
    size_t n_q = s.value->size1, n_k = s.value->size2;
    const gsl_vector *relative = mask->relative_bias;
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            double bias = mask->bias ? gsl_matrix_get(mask->bias, i, j) : 0.0;
            if (!is_visible(i, j, n_q, n_k, mask) || bias == -INFINITY) {
                bounded_set(s, i, j, -INFINITY, 0.0);
                continue;
            }
            if (relative) {
                size_t entry = relative_entry(i, j, n_q, n_k, relative->size);
                shift_score(s, i, j, gsl_vector_get(relative, entry));
            }
            if (mask->bias) {
                shift_score(s, i, j, bias);
            }
        }
    }
}

bounded bounded_scores(bounded q, bounded k, ref_similarity similarity, double scale,
                       const ref_mask *mask)
{
    bounded s;
    if (similarity == REF_NEG_SQ_EUCLIDEAN) {
        s = neg_sq_euclidean(q, k, scale);
    } else if (similarity == REF_COSINE) {
        s = bounded_product(scale, CblasNoTrans, unit_rows(q), CblasTrans, unit_rows(k));
    } else {
        s = bounded_product(scale, CblasNoTrans, q, CblasTrans, k);
    }
    if (mask) {
        bounded_mask(s, mask);
    }
    return s;
}

/* dq = (dx - (dx . x) x) / |q|, where x = q / |q| and dx is the gradient that reaches x */
static bounded through_unit_rows(bounded q, bounded grad_unit)
{
    bounded unit = unit_rows(q);
    bounded along = bounded_row_dot(grad_unit, unit);
    bounded grad = bounded_new(q.value->size1, q.value->size2);
    for (size_t i = 0; i < q.value->size1; i++) {
        gsl_vector_view row = gsl_matrix_row(q.value, i);
        double norm = gsl_blas_dnrm2(&row.vector);
        double a = gsl_matrix_get(along.value, i, 0), e_a = gsl_matrix_get(along.bound, i, 0);
        for (size_t p = 0; p < q.value->size2 && norm > 0.0; p++) {
            double x = gsl_matrix_get(unit.value, i, p), e_x = gsl_matrix_get(unit.bound, i, p);
            double dx = gsl_matrix_get(grad_unit.value, i, p);
            double e = gsl_matrix_get(grad_unit.bound, i, p) + e_a * fabs(x) + fabs(a) * e_x;
            double e_norm = U * (0.5 * sum_growth(q.value->size2) + 4.0);
            e += e_norm * (fabs(dx) + fabs(a * x));
            bounded_set(grad, i, p, (dx - a * x) / norm, e / norm);
        }
    }
    return grad;
}

/* dq_i = -2 scale sum_j dS_ij (q_i - k_j) = 2 scale (sum_j dS_ij k_j - (sum_j dS_ij) q_i) */
static bounded neg_sq_euclidean_backward(bounded q, bounded k, double scale,
                                         CBLAS_TRANSPOSE_t transpose, bounded grad_scores)
{
    bounded ones = bounded_new(k.value->size1, q.value->size2);
    gsl_matrix_set_all(ones.value, 1.0);
    bounded from_k = bounded_product(2.0 * scale, transpose, grad_scores, CblasNoTrans, k);
    bounded sums = bounded_product(-2.0 * scale, transpose, grad_scores, CblasNoTrans, ones);
    return bounded_sum(from_k, bounded_times(sums, q));
}

bounded bounded_similarity_backward(bounded q, bounded k, ref_similarity similarity, double scale,
                                    CBLAS_TRANSPOSE_t transpose, bounded grad_scores)
{
    if (similarity == REF_NEG_SQ_EUCLIDEAN) {
        return neg_sq_euclidean_backward(q, k, scale, transpose, grad_scores);
    }
    if (similarity == REF_COSINE) {
        bounded unit = unit_rows(k);
        return through_unit_rows(
            q, bounded_product(scale, transpose, grad_scores, CblasNoTrans, unit));
    }
    return bounded_product(scale, transpose, grad_scores, CblasNoTrans, k);
}

/* ---- proximities ----------------------------------------------------------------------------- */

/* K(u) and -u K'(u), and how far off each may be if u is off by e */
typedef struct {
    double value, e_value, growth, e_growth;
} proximity_rule;

static proximity_rule rule_of(double u, double e, ref_proximity proximity)
{
    double x = fabs(u);
    double lost = 0x1p-125; /* exp is 0 below -87 */
    double gauss = exp(-0.5 * x * x), decay = exp(-x), share = 1.0 / (1.0 + x);
    double inside = x < 1.0 ? 1.0 : 0.0;
    double on_edge = fabs(x - 1.0) <= e ? 1.0 : 0.0; /* rounding may put it on either side */
    switch (proximity) {
    case REF_GAUSSIAN: {
        double relative = x * e + U * (x * x + 4.0);
        return (proximity_rule){gauss, gauss * relative + lost, x * x * gauss,
                                gauss * x * (2.0 * e + x * (relative + 3.0 * U)) + lost * x * x};
    }
    case REF_BOXCAR:
        return (proximity_rule){x <= 1.0, on_edge, 0.0, 0.0};
    case REF_TRIANGULAR:
        return (proximity_rule){inside * (1.0 - x), (inside + on_edge) * (e + U), inside * x,
                                inside * (e + U) + on_edge};
    case REF_EPANECHNIKOV:
        return (proximity_rule){inside * (1.0 - x * x),
                                (inside + on_edge) * (2.0 * x * e + 2.0 * U), inside * 2.0 * x * x,
                                inside * (4.0 * x * e + 4.0 * U) + 2.0 * on_edge};
    case REF_EXPONENTIAL: {
        double relative = e + U * (x + 4.0);
        return (proximity_rule){decay, decay * relative + lost, x * decay,
                                decay * (e + x * (relative + U)) + lost * x};
    }
    case REF_INVERSE:
        return (proximity_rule){share, share * (e * share + 3.0 * U), x * share * share,
                                share * share * (e + x * (2.0 * e * share + 8.0 * U))};
    }
    return (proximity_rule){NAN, NAN, NAN, NAN};
}

/* u = (query - key) / h: one rounding of the difference, two should h be inverted first */
static proximity_rule rule_at(const gsl_vector *queries, size_t i, const gsl_vector *keys, size_t j,
                              ref_proximity proximity, double bandwidth)
{
    double u = (gsl_vector_get(queries, i) - gsl_vector_get(keys, j)) / bandwidth;
    return rule_of(u, 3.0 * U * fabs(u), proximity);
}

bounded bounded_proximity(const gsl_vector *queries, const gsl_vector *keys,
                          ref_proximity proximity, double bandwidth)
{
    bounded weights = bounded_new(queries->size, keys->size);
    for (size_t i = 0; i < queries->size; i++) {
        for (size_t j = 0; j < keys->size; j++) {
            proximity_rule rule = rule_at(queries, i, keys, j, proximity, bandwidth);
            bounded_set(weights, i, j, rule.value, rule.e_value);
        }
    }
    return weights;
}

bounded bounded_proximity_slope(const gsl_vector *queries, const gsl_vector *keys,
                                ref_proximity proximity, double bandwidth)
{
    bounded slopes = bounded_new(queries->size, keys->size);
    for (size_t i = 0; i < queries->size; i++) {
        for (size_t j = 0; j < keys->size; j++) {
            proximity_rule rule = rule_at(queries, i, keys, j, proximity, bandwidth);
            double slope = rule.growth / bandwidth;
            bounded_set(slopes, i, j, slope, rule.e_growth / bandwidth + 2.0 * U * fabs(slope));
        }
    }
    return slopes;
}
