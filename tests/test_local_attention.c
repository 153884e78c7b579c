/* Local attention: values by hand, and what must hold whatever the numbers are. The files beside
 * this one compare the sides, gradients and derivatives, and errors. */

#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_local.h"
#include "tests/support/sides_multiplicative.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { D_X = 16, D_MEMORY = 11, D_P = 7, WINDOW = 9 };

static local_call random_local_call(size_t n_q, size_t n_k)
{
    return (local_call){random_matrix(suite_rng(), n_q, D_X, 1.0),
                        random_matrix(suite_rng(), n_k, D_X, 1.0),
                        random_matrix(suite_rng(), n_k, D_MEMORY, 1.0),
                        0.25,
                        WINDOW,
                        NULL,
                        random_local(suite_rng(), D_X, D_P)};
}

static gsl_matrix *attended(const side *s, const local_call *call, gsl_vector *positions)
{
    gsl_matrix *y = new_matrix(call->x->size1, call->memory->size2);
    CHECK_STATUS(side_local(s, call, positions, y), GSL_SUCCESS, "local attention");
    return y;
}

static gsl_matrix *alignment(const side *s, const local_call *call)
{
    gsl_matrix *weights = new_matrix(call->x->size1, call->keys->size1);
    CHECK_STATUS(side_local_weights(s, call, weights), GSL_SUCCESS, "local attention");
    return weights;
}

typedef struct {
    gsl_matrix *x, *keys, *memory;
    ref_local_attention parameters;
} all_gradients;

static all_gradients local_gradients_of(const side *s, const local_call *call,
                                        const gsl_matrix *grad_output)
{
    all_gradients g = {new_matrix(call->x->size1, call->x->size2),
                       new_matrix(call->keys->size1, call->keys->size2),
                       new_matrix(call->memory->size1, call->memory->size2),
                       new_local(call->x->size2, call->parameters.v->size)};
    CHECK_STATUS(side_local_backward(s, call, grad_output, g.x, g.keys, g.memory, &g.parameters),
                 GSL_SUCCESS, "backward");
    return g;
}

/* ---- known values ------------------------------------------------------------------------------ */

/* v_p = 0 aims at p = 1, so that the bell curve of D = 1 is e^-2 at state 0 and 1 at state 1. The
 * scores are 0 and ln 3, the shares 1/4 and 3/4. */
static void by_hand_on(const side *s)
{
    const double ln3 = log(3.0), rim = exp(-2.0), t = 20.0 * s->tolerance;
    gsl_vector *position = new_vector(1);
    local_call call = {.x = matrix_of(1, 1, (double[]){1}),
                       .keys = matrix_of(2, 1, (double[]){0, ln3}),
                       .memory = matrix_of(2, 1, (double[]){8, 4}),
                       .scale = 1.0,
                       .window = 1,
                       .parameters = new_local(1, 1)};
    gsl_matrix_set(call.parameters.weight, 0, 0, atanh(0.5));
    check_close(attended(s, &call, position), matrix_of(1, 1, (double[]){2 * rim + 3}), t,
                "1/4 e^-2 8 + 3/4 4");
    CHECK(gsl_vector_get(position, 0) == 1.0, "the position is %g, expected 1",
          gsl_vector_get(position, 0));

    /* dA = M, A o dA = (2 e^-2, 3), D = 3 + 2 e^-2, dp = 2 e^-2 (0 - 1) 4 */
    all_gradients g = local_gradients_of(s, &call, matrix_of(1, 1, (double[]){1}));
    const double ds = 1.5 * rim - 0.75;
    check_close(g.memory, matrix_of(2, 1, (double[]){rim / 4, 0.75}), t, "dM = A^T dY");
    check_close(g.keys, matrix_of(2, 1, (double[]){ds, -ds}), t, "dK = dS^T X");
    check_close(g.x, matrix_of(1, 1, (double[]){-ds * ln3}), t, "dX = dS K");
    double dv = gsl_vector_get(g.parameters.v, 0);
    CHECK(fabs(dv + 2.0 * rim) <= t, "dv = dp p (1 - p / n) z is %.9g, expected %.9g", dv,
          -2.0 * rim);
    check_zero(g.parameters.weight, "dW, as v is 0");
}
ON_EACH_SIDE(by_hand)

/* ---- where the window is ----------------------------------------------------------------------- */

/* With v_p = 0 positions are whole numbers, so that states stand on the rims. */
static void rims_are_seen_on(const side *s)
{
    const size_t middle = N_K / 2;
    local_call call = random_local_call(N_Q, N_K);
    call.parameters = new_local(D_X, D_P);
    gsl_vector *positions = new_vector(N_Q);
    attended(s, &call, positions);
    gsl_matrix *weights = alignment(s, &call);
    for (size_t i = 0; i < N_Q; i++) {
        double p = gsl_vector_get(positions, i);
        CHECK(p == (double)middle, "v = 0 aims at %g, not at n / 2", p);
        for (size_t j = 0; j < N_K; j++) {
            bool is_inside = j + WINDOW >= middle && j <= middle + WINDOW;
            double weight = gsl_matrix_get(weights, i, j);
            CHECK(is_inside ? weight > 0.0 : weight == 0.0, "query %zu, state %zu: %g", i, j,
                  weight);
        }
    }
}
ON_EACH_SIDE(rims_are_seen)

static void wide_is_global_on(const side *s)
{
    local_call wide = random_local_call(N_Q, N_K);
    wide.window = (size_t)1 << 34;
    wide.memory = wide.keys; /* dot: the memory is its own keys */
    const multiplicative_call global = {wide.x, wide.memory, NULL, wide.scale, NULL};
    gsl_matrix *expected = new_matrix(N_Q, D_X), *dx = new_matrix(N_Q, D_X);
    gsl_matrix *dm = new_matrix(N_K, D_X), *dy = random_matrix(suite_rng(), N_Q, D_X, 1.0);
    CHECK_STATUS(side_multiplicative(s, &global, expected), GSL_SUCCESS, "global attention");
    CHECK_STATUS(side_multiplicative_backward(s, &global, dy, dx, dm, NULL), GSL_SUCCESS,
                 "global attention, backward");
    check_close(attended(s, &wide, new_vector(N_Q)), expected, close_on(s, 10.0), "output");

    all_gradients g = local_gradients_of(s, &wide, dy);
    gsl_matrix_add(g.memory, g.keys);
    check_close(g.x, dx, close_on(s, 10.0), "dX");
    check_close(g.memory, dm, close_on(s, 10.0), "dM and dK");
    CHECK(largest_entry(g.parameters.weight) < 1e-9, "a bell that is flat pulls at its position");
}
ON_EACH_SIDE(wide_is_global)

/* ---- how much it is worth ---------------------------------------------------------------------- */

/* Shares sum to 1, weights do not: the paper multiplies by the bell curve and leaves it at that. */
static void weights_sum_to_less_on(const side *s)
{
    local_call call = random_local_call(N_Q, N_K);
    gsl_vector *positions = new_vector(N_Q);
    attended(s, &call, positions);
    gsl_matrix *weights = alignment(s, &call);
    for (size_t i = 0; i < N_Q; i++) {
        double shares = 0.0, sum = 0.0;
        for (size_t j = 0; j < N_K; j++) {
            double u = ((double)j - gsl_vector_get(positions, i)) / (0.5 * WINDOW);
            sum += gsl_matrix_get(weights, i, j);
            shares += gsl_matrix_get(weights, i, j) / exp(-0.5 * u * u);
        }
        CHECK(sum < 1.0, "the weights of query %zu sum to %g", i, sum);
        CHECK(fabs(shares - 1.0) <= 10.0 * s->tolerance, "the shares of query %zu sum to %.9g", i,
              shares);
    }
}
ON_EACH_SIDE(weights_sum_to_less)

/* The output is linear in the memory: sum Y dY = sum dM M. */
static void energy_on(const side *s)
{
    local_call call = random_local_call(N_Q, N_K);
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_MEMORY, 1.0);
    gsl_matrix *y = attended(s, &call, new_vector(N_Q));
    all_gradients g = local_gradients_of(s, &call, dy);
    double left = inner_product(y, dy), right = inner_product(g.memory, call.memory);
    CHECK(fabs(left - right) <= close_on(s, 100.0), "<Y, dY> = %.9g, <dM, M> = %.9g", left, right);
}
ON_EACH_SIDE(energy)

/* ---- what is real ------------------------------------------------------------------------------ */

static void lengths_truncate_on(const side *s)
{
    const size_t length = N_K - 33;
    local_call call = random_local_call(N_Q, N_K), truncated = call;
    gsl_vector *positions[2] = {new_vector(N_Q), new_vector(N_Q)};
    truncated.keys = first_rows(call.keys, length);
    truncated.memory = first_rows(call.memory, length);
    call.length = &length;
    check_equal(attended(s, &call, positions[0]), attended(s, &truncated, positions[1]), "output");
    CHECK(gsl_vector_equal(positions[0], positions[1]), "padding moves the positions");

    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_MEMORY, 1.0);
    all_gradients g = local_gradients_of(s, &call, dy);
    gsl_matrix_view memory = gsl_matrix_submatrix(g.memory, length, 0, N_K - length, D_MEMORY);
    gsl_matrix_view keys = gsl_matrix_submatrix(g.keys, length, 0, N_K - length, D_X);
    gsl_matrix_view weights =
        gsl_matrix_submatrix(alignment(s, &call), 0, length, N_Q, N_K - length);
    check_zero(&weights.matrix, "weights of padding");
    check_zero(&memory.matrix, "dM of padding");
    check_zero(&keys.matrix, "dK of padding");
    CHECK(largest_entry(g.parameters.weight) > 1e-3, "W_p has no gradient");
}
ON_EACH_SIDE(lengths_truncate)

static void no_states_on(const side *s)
{
    const size_t length = 0;
    local_call call = random_local_call(3, 5);
    call.length = &length;
    check_zero(attended(s, &call, new_vector(3)), "the output");
    all_gradients g = local_gradients_of(s, &call, random_matrix(suite_rng(), 3, D_MEMORY, 1.0));
    check_zero(g.x, "dX"), check_zero(g.keys, "dK"), check_zero(g.memory, "dM");
    check_zero(g.parameters.weight, "dW_p");
}
ON_EACH_SIDE(no_states)

static const test tests[] = {
    {"the output and all gradients of a window that were computed by hand", by_hand},
    {"42: v = 0 aims at the middle; states on the rims are seen, those beyond are exactly 0",
     rims_are_seen},
    {"42: a window far wider than the source is global attention", wide_is_global},
    {"the shares within a window sum to 1, and its weights to less", weights_sum_to_less},
    {"27: <Y, dY> = <dM, M>", energy},
    {"24: a length is as if the states beyond were not there", lengths_truncate},
    {"25: a source of no length gives zeros, and no NaN", no_states},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
