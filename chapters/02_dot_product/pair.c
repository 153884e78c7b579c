/* Both implementations: the one that is asked for, and whether they agree. */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/program/program.h"
#include "optimized/attention.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>

static const double u = 0x1p-24; /* unit roundoff of float32 */

static float *narrow(const gsl_matrix *x)
{
    float *data = program_allocate(x->size1 * x->size2, sizeof(float));
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t j = 0; j < x->size2; j++) {
            data[i * x->size2 + j] = (float)gsl_matrix_get(x, i, j);
        }
    }
    return data;
}

static void widen(const float *data, gsl_matrix *x)
{
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t j = 0; j < x->size2; j++) {
            gsl_matrix_set(x, i, j, (double)data[i * x->size2 + j]);
        }
    }
}

/* Everything that a call takes, in float32. The numbers are copied, the views look at the copies. */
typedef struct {
    float *numbers[6];
    fast_view q, k, v, bias, log_sum_exp, output;
} narrowed;

static fast_view narrow_view(const gsl_matrix *x, float **numbers)
{
    *numbers = narrow(x);
    return fast_view_matrix(*numbers, x->size1, x->size2);
}

static narrowed narrow_all(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                           const ref_mask *mask)
{
    narrowed all = {.numbers = {NULL}};
    all.q = narrow_view(q, &all.numbers[0]);
    all.k = narrow_view(k, &all.numbers[1]);
    all.v = narrow_view(v, &all.numbers[2]);
    if (mask->bias) {
        all.bias = narrow_view(mask->bias, &all.numbers[3]);
    }
    all.numbers[4] = program_allocate(q->size1, sizeof(float));
    all.numbers[5] = program_allocate(q->size1 * v->size2, sizeof(float));
    all.log_sum_exp = fast_view_matrix(all.numbers[4], 1, q->size1);
    all.output = fast_view_matrix(all.numbers[5], q->size1, v->size2);
    return all;
}

void forward_optimized(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                       ref_similarity similarity, double scale, const ref_mask *mask,
                       gsl_matrix *output)
{
    narrowed all = narrow_all(q, k, v, mask);
    const fast_mask own = {
        .causal = mask->causal,
        .key_lengths = mask->key_length,
        .bias = mask->bias ? &all.bias : NULL,
    };
    // [optimized]
    fast_context context = {.kernels = fast_kernels_best(), .n_threads = 1};
    size_t n_bytes = fast_attention_forward_size(&all.q, &all.k, &all.v, &context);
    context.workspace = fast_workspace_alloc(n_bytes);
    program_check(fast_attention_forward(&all.q, &all.k, &all.v, (fast_similarity)similarity,
                                         (float)scale, &own, &all.log_sum_exp, &all.output,
                                         &context));
    fast_workspace_free(context.workspace);
    // [optimized]
    widen(all.numbers[5], output);
    for (size_t m = 0; m < 6; m++) {
        free(all.numbers[m]);
    }
}

void attend(const settings *choices, const gsl_matrix *x, const ref_mask *mask, gsl_matrix *weights,
            gsl_matrix *output)
{
    if (choices->implementation == 0) {
        program_check(ref_attention_forward(x, x, x, similarity_of(choices->similarity),
                                            scale_of(choices, x->size2), mask, weights, output));
        return;
    }
    gsl_matrix *identity = program_matrix(x->size1, x->size1);
    gsl_matrix_set_identity(identity);
    ref_similarity similarity = similarity_of(choices->similarity);
    double scale = scale_of(choices, x->size2);
    forward_optimized(x, x, identity, similarity, scale, mask, weights); /* P I = P */
    forward_optimized(x, x, x, similarity, scale, mask, output);
    gsl_matrix_free(identity);
}

/* ---- Do they agree? -------------------------------------------------------------------------- */

/* How many roundings a sum of n terms gathers: n at worst, 4 sqrt(n) with near certainty. */
static double roundings(size_t n)
{
    return fmin((double)n, 4.0 * sqrt((double)n));
}

/* Error that float32 may make in scale * similarity(q, k), in units of u. */
static double score_error(const gsl_vector *q, const gsl_vector *k, ref_similarity similarity,
                          double scale)
{
    double products = 0.0, squares = 0.0;
    for (size_t p = 0; p < q->size; p++) {
        products += fabs(gsl_vector_get(q, p) * gsl_vector_get(k, p));
        squares += gsl_pow_2(gsl_vector_get(q, p)) + gsl_pow_2(gsl_vector_get(k, p));
    }
    if (similarity == REF_COSINE) {
        double norms = gsl_blas_dnrm2(q) * gsl_blas_dnrm2(k);
        products = norms > 0.0 ? 2.0 * products / norms : 0.0;
    } else if (similarity == REF_NEG_SQ_EUCLIDEAN) {
        products = 2.0 * products + squares;
    }
    return (roundings(q->size) + 2.0) * fabs(scale) * products;
}

/* The bound on |float32 - double| of output_ic, to first order (docs: numerics). */
static double output_bound(const settings *choices, const gsl_matrix *x, const gsl_matrix *weights,
                           double y, size_t i, size_t c)
{
    gsl_vector_const_view p = gsl_matrix_const_row(weights, i);
    gsl_vector_const_view q = gsl_matrix_const_row(x, i);
    double largest = gsl_vector_max(&p.vector), sum = 0.0;
    double scale = scale_of(choices, x->size2);
    for (size_t j = 0; j < x->size1; j++) {
        double p_j = gsl_vector_get(&p.vector, j), v = gsl_matrix_get(x, j, c);
        if (p_j > 0.0) {
            gsl_vector_const_view k = gsl_matrix_const_row(x, j);
            double e = score_error(&q.vector, &k.vector, similarity_of(choices->similarity), scale);
            sum += p_j * (e + log(largest / p_j) + 4.0) * fabs(v - y);
            sum += p_j * (2.0 * roundings(x->size1) + 4.0) * fabs(v);
        }
    }
    return u * sum + 0x1p-125;
}

void check_pair(report *to, const settings *choices, const gsl_matrix *x, const ref_mask *mask)
{
    size_t n = x->size1, d = x->size2;
    gsl_matrix *rounded = program_matrix(n, d), *weights = program_matrix(n, n);
    gsl_matrix *expected = program_matrix(n, d), *actual = program_matrix(n, d);
    float *data = narrow(x); /* both sides see the same float32 numbers */
    widen(data, rounded);
    ref_similarity similarity = similarity_of(choices->similarity);
    double scale = scale_of(choices, d);
    program_check(ref_attention_forward(rounded, rounded, rounded, similarity, scale, mask, weights,
                                        expected));
    forward_optimized(rounded, rounded, rounded, similarity, scale, mask, actual);
    double worst = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < d; c++) {
            double y = gsl_matrix_get(expected, i, c);
            double error = fabs(gsl_matrix_get(actual, i, c) - y);
            double ratio = error / output_bound(choices, rounded, weights, y, i, c);
            worst = !(ratio <= worst) ? ratio : worst;
        }
    }
    report_say(to,
               "reference against optimized, %zu x %zu numbers: the largest error is %.2f of "
               "its bound.",
               n, d, worst);
    if (!(worst <= 1.0)) {
        program_fail("the optimized attention is outside its bound");
    }
    gsl_matrix_free(rounded);
    gsl_matrix_free(weights);
    gsl_matrix_free(expected);
    gsl_matrix_free(actual);
    free(data);
}
