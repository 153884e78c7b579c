/* Additive attention: values by hand, and what must hold whatever the numbers are. The files beside
 * this one compare the sides, gradients and derivatives, and errors. */

#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_additive.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { D_X = 11, D_MEMORY = 15, D_A = 40 };

static gsl_matrix *attended(const side *s, const additive_call *call)
{
    gsl_matrix *y = new_matrix(call->x->size1, call->memory->size2);
    CHECK_STATUS(side_additive(s, call, y), GSL_SUCCESS, "additive attention");
    return y;
}

static gsl_matrix *alignment(const side *s, const additive_call *call)
{
    gsl_matrix *weights = new_matrix(call->x->size1, call->memory->size1);
    CHECK_STATUS(side_additive_weights(s, call, weights), GSL_SUCCESS, "additive attention");
    return weights;
}

static additive_call random_additive_call(ref_additive_attention *p, size_t n_q, size_t n_k)
{
    *p = random_additive(suite_rng(), D_X, D_MEMORY, D_A);
    return (additive_call){random_matrix(suite_rng(), n_q, D_X, 1.0),
                           random_matrix(suite_rng(), n_k, D_MEMORY, 1.0), p, NULL};
}

/* ---- known values ------------------------------------------------------------------------------ */

/* q = 1, keys -1 and -1 + ln(3) / 2, whose tanh(q + k) are 0 and 1/2; v = 2 ln 3, so that the scores
 * are 0 and ln 3, the weights 1/4 and 3/4. */
static void by_hand_on(const side *s)
{
    const double ln3 = log(3.0), t = 10.0 * s->tolerance;
    ref_additive_attention p = new_additive(2, 2, 1), grad = new_additive(2, 2, 1);
    gsl_matrix_memcpy(p.weight_q, matrix_of(2, 1, (double[]){3, -1}));
    gsl_matrix_set(p.weight_k, 0, 0, 0.5 * ln3);
    gsl_vector_set(p.bias, 0, -1.0);
    gsl_vector_set(p.v, 0, 2.0 * ln3);
    gsl_matrix *x = matrix_of(1, 2, (double[]){1, 2});
    gsl_matrix *memory = matrix_of(2, 2, (double[]){0, 4, 1, 8});
    additive_call call = {x, memory, &p, NULL};
    check_close(attended(s, &call), matrix_of(1, 2, (double[]){0.75, 7}), t, "1/4 M_0 + 3/4 M_1");

    /* dP = (0, 1), D = 3/4, dS = (-3/16, 3/16), dz = (-3/8, 9/32) ln 3 = dK, dQ = -3/32 ln 3 */
    gsl_matrix *dx = new_matrix(1, 2), *dm = new_matrix(2, 2);
    gsl_matrix *dy = matrix_of(1, 2, (double[]){1, 0});
    CHECK_STATUS(side_additive_backward(s, &call, dy, dx, dm, &grad), GSL_SUCCESS, "backward");
    check_close(dx, matrix_of(1, 2, (double[]){-9 * ln3 / 32, 3 * ln3 / 32}), t, "dX = dQ W^T");
    const double square = ln3 * ln3;
    check_close(dm,
                matrix_of(2, 2, (double[]){0.25 - 3 * square / 16, 0, 0.75 + 9 * square / 64, 0}),
                t, "dM = P^T dY + dK U^T");
    check_close(grad.weight_q, matrix_of(2, 1, (double[]){-3 * ln3 / 32, -6 * ln3 / 32}), t, "dW");
    check_close(grad.weight_k, matrix_of(2, 1, (double[]){9 * ln3 / 32, 0.75 * ln3}), t, "dU");
    CHECK_CLOSE(gsl_vector_get(grad.bias, 0), -3 * ln3 / 32, t, "db");
    CHECK_CLOSE(gsl_vector_get(grad.v, 0), 3.0 / 32, t, "dv");
}
ON_EACH_SIDE(by_hand)

/* ---- which weights ----------------------------------------------------------------------------- */

static void zero_weights_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, N_K);
    gsl_matrix *mean = repeated_row(column_means(call.memory, N_K), N_Q);
    gsl_vector *v = p.v;
    p.v = new_vector(D_A);
    check_close(attended(s, &call), mean, close_on(s, 1.0), "v = 0");
    CHECK(gsl_matrix_min(alignment(s, &call)) == gsl_matrix_max(alignment(s, &call)),
          "v = 0, and weights differ");

    ref_additive_attention grad = new_additive(D_X, D_MEMORY, D_A);
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_MEMORY, 1.0), *dx = new_matrix(N_Q, D_X);
    CHECK_STATUS(side_additive_backward(s, &call, dy, dx, new_matrix(N_K, D_MEMORY), &grad), 0,
                 "backward");
    check_zero(grad.weight_q, "v = 0: dW");
    check_zero(grad.weight_k, "v = 0: dU");
    check_zero(dx, "v = 0: dX");
    CHECK(gsl_vector_max(grad.v) > 1e-3, "v = 0, and v gets no gradient");

    p.v = v;
    p.weight_q = new_matrix(D_X, D_A), p.weight_k = new_matrix(D_MEMORY, D_A);
    check_close(attended(s, &call), mean, close_on(s, 1.0), "W = U = 0");
}
ON_EACH_SIDE(zero_weights)

static void equal_states_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, N_K);
    call.memory = repeated_row(call.memory, N_K);
    gsl_matrix *weights = alignment(s, &call);
    CHECK_CLOSE(gsl_matrix_min(weights), 1.0 / N_K, s->tolerance / N_K, "the least weight");
    CHECK_CLOSE(gsl_matrix_max(weights), 1.0 / N_K, s->tolerance / N_K, "the largest weight");
}
ON_EACH_SIDE(equal_states)

/* -v turns every score around: the weights times those of v are the same for all states. */
static void negative_v_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, 9, 12);
    gsl_vector_scale(p.v, 0.25);
    gsl_matrix *product = alignment(s, &call);
    gsl_vector_scale(p.v, -1.0);
    gsl_matrix_mul_elements(product, alignment(s, &call));
    for (size_t i = 0; i < 9; i++) {
        for (size_t j = 1; j < 12; j++) {
            double ratio = gsl_matrix_get(product, i, j) / gsl_matrix_get(product, i, 0);
            CHECK_CLOSE(ratio, 1.0, close_on(s, 10.0), "v and -v");
        }
    }
}
ON_EACH_SIDE(negative_v)

/* No score is beyond sum_a |v_a|, and states that saturate every unit reach it. */
static void bounded_scores_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, N_K);
    gsl_matrix *memory = random_matrix(suite_rng(), N_K, D_MEMORY, 1.0);
    double most = 0.0;
    for (size_t a = 0; a < D_A; a++) {
        double v_a = 0.125 * gsl_vector_get(p.v, a);
        gsl_vector_set(p.v, a, v_a);
        gsl_matrix_set(p.weight_k, 0, a, v_a > 0.0 ? 30.0 : -30.0);
        most += fabs(v_a);
    }
    gsl_matrix_set(memory, 7, 0, 1.0);
    call.memory = memory;
    for (int is_reached = 0; is_reached < 2; is_reached++) {
        gsl_matrix_set(memory, 9, 0, is_reached ? -1.0 : 0.0);
        gsl_matrix *weights = alignment(s, &call);
        for (size_t i = 0; i < N_Q && is_reached; i++) {
            double ratio = gsl_matrix_get(weights, i, 7) / gsl_matrix_get(weights, i, 9);
            CHECK_CLOSE(log(ratio), 2.0 * most, close_on(s, 10.0), "the span of the scores");
        }
        for (size_t i = 0; i < N_Q; i++) {
            gsl_vector_view row = gsl_matrix_row(weights, i);
            double span = log(gsl_vector_max(&row.vector) / gsl_vector_min(&row.vector));
            CHECK(span <= 2.0 * most + close_on(s, 10.0), "scores span %g", span);
        }
    }
}
ON_EACH_SIDE(bounded_scores)

/* v . tanh([x; m] [W; U] + b), pair by pair, as Luong writes it. */
static void concat_on(const side *s)
{
    enum { QUERIES = 5, STATES = 8 };
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, QUERIES, STATES);
    gsl_matrix *pairs = new_matrix(QUERIES * STATES, D_X + D_MEMORY);
    gsl_matrix *stack = new_matrix(D_X + D_MEMORY, D_A), *scores = new_matrix(QUERIES, STATES);
    for (size_t d = 0; d < D_X + D_MEMORY; d++) {
        for (size_t n = 0; n < QUERIES * STATES; n++) {
            gsl_matrix_set(pairs, n, d,
                           d < D_X ? gsl_matrix_get(call.x, n / STATES, d)
                                   : gsl_matrix_get(call.memory, n % STATES, d - D_X));
        }
        const gsl_matrix *of = d < D_X ? p.weight_q : p.weight_k;
        gsl_vector_const_view row = gsl_matrix_const_row(of, d < D_X ? d : d - D_X);
        gsl_matrix_set_row(stack, d, &row.vector);
    }
    p.bias = NULL;
    gsl_matrix *hidden = new_matrix(QUERIES * STATES, D_A), *weights = copy_of(scores);
    CHECK_STATUS(side_projection(s, pairs, stack, NULL, hidden), GSL_SUCCESS, "[x; m] W_a");
    for (size_t n = 0; n < QUERIES * STATES * D_A; n++) {
        double t = tanh(hidden->data[n]) * gsl_vector_get(p.v, n % D_A);
        scores->data[n / D_A] += t;
    }
    CHECK_STATUS(side_softmax(s, scores, weights), GSL_SUCCESS, "softmax");
    check_close(alignment(s, &call), weights, close_on(s, 10.0), "concat");
}
ON_EACH_SIDE(concat)

/* ---- a widely copied mistake: weights that do not look at the states ----------------------------- */

static void weights_follow_states_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, N_K);
    size_t order[N_K];
    random_order(suite_rng(), N_K, order);
    gsl_matrix *before = alignment(s, &call), *difference = copy_of(before);
    gsl_matrix *memory = rows_in_order(call.memory, order);
    call.memory = memory;
    gsl_matrix *after = alignment(s, &call);
    check_close(after, columns_in_order(before, order), close_on(s, 1.0),
                "the states change places");
    gsl_matrix_sub(difference, after);
    CHECK(largest_entry(difference) > 1e-2, "the states change places, but not the weights");

    for (size_t c = 0; c < D_MEMORY; c++) {
        gsl_matrix_set(memory, 5, c, 0.0);
    }
    gsl_matrix *without = alignment(s, &call);
    for (size_t i = 0; i < N_Q; i++) {
        double was = gsl_matrix_get(after, i, 5), is = gsl_matrix_get(without, i, 5);
        CHECK(fabs(was - is) > 1e-3 * was, "query %zu: a state becomes 0, its weight stays", i);
    }
}
ON_EACH_SIDE(weights_follow_states)

static const test tests[] = {
    {"the output and all gradients that were computed by hand", by_hand},
    {"39: v = 0, or W = U = 0, weighs all states alike; with v = 0 only v learns", zero_weights},
    {"10: equal states get equal weights", equal_states},
    {"39: -v turns the order of the weights around", negative_v},
    {"39: no score is beyond sum |v|, and saturated units reach it", bounded_scores},
    {"40: concat, [x; m] times W on top of U, is additive", concat},
    {"15: permuted states have permuted weights, and a state of 0 another one",
     weights_follow_states},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
