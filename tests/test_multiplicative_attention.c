/* Multiplicative attention: values by hand, and what must hold whatever the numbers are. The files
 * beside this one compare the sides, gradients and derivatives, and errors. */

#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_multiplicative.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { D_X = 16, D_MEMORY = 11 };

static gsl_matrix *attended(const side *s, const multiplicative_call *call)
{
    gsl_matrix *y = new_matrix(call->x->size1, call->memory->size2);
    CHECK_STATUS(side_multiplicative(s, call, y), GSL_SUCCESS, "multiplicative attention");
    return y;
}

static gsl_matrix *alignment(const side *s, const multiplicative_call *call)
{
    gsl_matrix *weights = new_matrix(call->x->size1, call->memory->size1);
    CHECK_STATUS(side_multiplicative_weights(s, call, weights), GSL_SUCCESS, "attention");
    return weights;
}

/* "general" between spaces that differ. */
static multiplicative_call random_general(size_t n_q, size_t n_k)
{
    return (multiplicative_call){random_matrix(suite_rng(), n_q, D_X, 1.0),
                                 random_matrix(suite_rng(), n_k, D_MEMORY, 1.0),
                                 random_matrix(suite_rng(), D_X, D_MEMORY, 0.125), 1.0, NULL};
}

/* ---- known values ------------------------------------------------------------------------------ */

/* W^T x = 1, so that the scores are M itself, 0 and ln 3, and the weights 1/4 and 3/4. */
static void by_hand_on(const side *s)
{
    const double ln3 = log(3.0), t = 10.0 * s->tolerance;
    gsl_matrix *w = matrix_of(2, 1, (double[]){3, -1}), *dw = new_matrix(2, 1);
    gsl_matrix *x = matrix_of(1, 2, (double[]){1, 2});
    gsl_matrix *memory = matrix_of(2, 1, (double[]){0, ln3});
    multiplicative_call call = {x, memory, w, 1.0, NULL};
    check_close(attended(s, &call), matrix_of(1, 1, (double[]){0.75 * ln3}), t, "1/4 0 + 3/4 ln 3");

    /* dP = M, D = 3/4 ln 3, dS = (-3/16, 3/16) ln 3, dK = dS^T X */
    gsl_matrix *dx = new_matrix(1, 2), *dm = new_matrix(2, 1), *dy = matrix_of(1, 1, &(double){1});
    CHECK_STATUS(side_multiplicative_backward(s, &call, dy, dx, dm, dw), GSL_SUCCESS, "backward");
    const double square = ln3 * ln3, e = 3 * ln3 / 16;
    check_close(dx, matrix_of(1, 2, (double[]){9 * square / 16, -3 * square / 16}), t, "dX = dS K");
    check_close(dm, matrix_of(2, 1, (double[]){0.25 - e, 0.75 + e}), t, "dM = P^T dY + dK W");
    check_close(dw, matrix_of(2, 1, (double[]){3 * square / 16, 6 * square / 16}), t,
                "dW = dK^T M");
}
ON_EACH_SIDE(by_hand)

/* With the scale 1/2, which stands in dX and dK as well. */
static void dot_by_hand_on(const side *s)
{
    const double ln3 = log(3.0), t = 10.0 * s->tolerance;
    gsl_matrix *x = matrix_of(1, 1, &(double){2}), *memory = matrix_of(2, 1, (double[]){0, ln3});
    multiplicative_call call = {x, memory, NULL, 0.5, NULL};
    check_close(attended(s, &call), matrix_of(1, 1, (double[]){0.75 * ln3}), t, "1/4 0 + 3/4 ln 3");
    gsl_matrix *dx = new_matrix(1, 1), *dm = new_matrix(2, 1), *dy = matrix_of(1, 1, &(double){1});
    CHECK_STATUS(side_multiplicative_backward(s, &call, dy, dx, dm, NULL), GSL_SUCCESS, "backward");
    const double e = 3 * ln3 / 16; /* as a value, and as a key: 1/2 dS_j 2 */
    check_close(dx, matrix_of(1, 1, (double[]){0.5 * e * ln3}), t, "dX = 1/2 dS M");
    check_close(dm, matrix_of(2, 1, (double[]){0.25 - e, 0.75 + e}), t, "dM, of both uses");
}
ON_EACH_SIDE(dot_by_hand)

/* ---- which weights ----------------------------------------------------------------------------- */

static void identity_is_dot_on(const side *s)
{
    gsl_matrix *one = new_matrix(D_X, D_X), *dw = new_matrix(D_X, D_X);
    gsl_matrix_set_identity(one);
    multiplicative_call dot = {random_matrix(suite_rng(), N_Q, D_X, 1.0),
                               random_matrix(suite_rng(), N_K, D_X, 1.0), NULL, 0.25, NULL};
    multiplicative_call general = dot;
    general.weight = one;
    check_equal(attended(s, &general), attended(s, &dot), "W = 1");
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_X, 1.0), *dx[2], *dm[2];
    for (int n = 0; n < 2; n++) {
        dx[n] = new_matrix(N_Q, D_X), dm[n] = new_matrix(N_K, D_X);
        CHECK_STATUS(
            side_multiplicative_backward(s, n ? &general : &dot, dy, dx[n], dm[n], n ? dw : NULL),
            GSL_SUCCESS, "backward");
    }
    check_equal(dx[1], dx[0], "dX");
    check_close(dm[1], dm[0], close_on(s, 1.0), "dM, where keys and values meet");
}
ON_EACH_SIDE(identity_is_dot)

/* x . (W m) = (W^T x) . m: to weigh in the one space or in the other. */
static void either_space_on(const side *s)
{
    multiplicative_call general = random_general(N_Q, N_K), dot = general;
    gsl_matrix *wx = new_matrix(N_Q, D_MEMORY);
    for (size_t i = 0; i < N_Q; i++) {
        for (size_t c = 0; c < D_MEMORY; c++) {
            gsl_vector_const_view x_i = gsl_matrix_const_row(general.x, i);
            gsl_vector_const_view w_c = gsl_matrix_const_column(general.weight, c);
            double sum = 0.0;
            for (size_t d = 0; d < D_X; d++) {
                sum += gsl_vector_get(&x_i.vector, d) * gsl_vector_get(&w_c.vector, d);
            }
            gsl_matrix_set(wx, i, c, sum);
        }
    }
    dot.x = wx, dot.weight = NULL;
    check_close(attended(s, &general), attended(s, &dot), close_on(s, 10.0), "(W^T x) . m");
}
ON_EACH_SIDE(either_space)

static void zero_queries_on(const side *s)
{
    multiplicative_call call = random_general(N_Q, N_K);
    gsl_matrix *mean = repeated_row(column_means(call.memory, N_K), N_Q);
    const gsl_matrix *x = call.x;
    call.x = new_matrix(N_Q, D_X);
    check_close(attended(s, &call), mean, close_on(s, 1.0), "x = 0");
    call.x = x, call.weight = new_matrix(D_X, D_MEMORY);
    check_close(attended(s, &call), mean, close_on(s, 1.0), "W = 0");
}
ON_EACH_SIDE(zero_queries)

static void weights_follow_states_on(const side *s)
{
    multiplicative_call call = random_general(N_Q, N_K);
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
    size_t n_changed = 0;
    for (size_t i = 0; i < N_Q; i++) {
        double was = gsl_matrix_get(after, i, 5), is = gsl_matrix_get(without, i, 5);
        n_changed += fabs(was - is) > 1e-3 * was;
    }
    CHECK(n_changed > N_Q / 2, "a state becomes 0, its weight stays in %zu of %d rows",
          N_Q - n_changed, N_Q);
}
ON_EACH_SIDE(weights_follow_states)

/* ---- what is seen ------------------------------------------------------------------------------ */

static void lengths_truncate_on(const side *s)
{
    multiplicative_call call = random_general(N_Q, N_K), truncated = call;
    const size_t length = N_K - 33;
    truncated.memory = first_rows(call.memory, length);
    call.mask = &(ref_mask){.key_length = &length};
    check_close(attended(s, &call), attended(s, &truncated), close_on(s, 1.0), "a length");
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_MEMORY, 1.0), *dx = new_matrix(N_Q, D_X);
    gsl_matrix *dm = new_matrix(N_K, D_MEMORY), *dw = new_matrix(D_X, D_MEMORY);
    CHECK_STATUS(side_multiplicative_backward(s, &call, dy, dx, dm, dw), GSL_SUCCESS, "backward");
    gsl_matrix_view rest = gsl_matrix_submatrix(dm, length, 0, N_K - length, D_MEMORY);
    check_zero(&rest.matrix, "the gradient of padding");
    CHECK(largest_entry(dw) > 1e-3, "W has no gradient");
}
ON_EACH_SIDE(lengths_truncate)

static void step_by_step_on(const side *s)
{
    multiplicative_call all = random_general(N_Q, N_K), step = all;
    gsl_matrix *expected = attended(s, &all), *actual = new_matrix(N_Q, D_MEMORY);
    for (size_t i = 0; i < N_Q; i++) {
        gsl_matrix_const_view x_i = gsl_matrix_const_submatrix(all.x, i, 0, 1, D_X);
        step.x = &x_i.matrix;
        gsl_vector_view row = gsl_matrix_row(attended(s, &step), 0);
        gsl_matrix_set_row(actual, i, &row.vector);
    }
    check_close(actual, expected, close_on(s, 1.0), "step by step");
}
ON_EACH_SIDE(step_by_step)

static const test tests[] = {
    {"the output and all gradients of general that were computed by hand", by_hand},
    {"the output and all gradients of dot, too", dot_by_hand},
    {"40: general with W = 1 is dot, bit for bit", identity_is_dot},
    {"general is dot with W^T x in the place of x", either_space},
    {"40: x = 0, or W = 0, weighs all states alike", zero_queries},
    {"15: permuted states have permuted weights, and a state of 0 another one",
     weights_follow_states},
    {"24: a length is as if the states beyond were not there", lengths_truncate},
    {"16: steps one by one are all steps at once", step_by_step},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
