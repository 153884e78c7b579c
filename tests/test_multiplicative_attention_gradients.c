/* The gradients of multiplicative attention are derivatives: central differences of the weight and
 * of all inputs, in the reference. The optimized side is compared with it elsewhere. */

#include "reference/multiplicative_attention.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_multiplicative.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* No two sizes are equal. */
enum { N_Q = 4, N_K = 6, D_X = 3, D_MEMORY = 5 };

/* Everything that the loss is computed from. Without a weight it is "dot". */
typedef struct {
    gsl_matrix *x, *memory, *weight, *upstream, *output;
    const ref_mask *mask;
} inputs;

static const double scale = 0.7;

static double loss(void *data)
{
    inputs *in = data;
    const multiplicative_call call = {in->x, in->memory, in->weight, scale, in->mask};
    side_multiplicative(&(side){.kernels = NULL}, &call, in->output);
    return inner_product(in->upstream, in->output);
}

static void check_all(bool is_dot, const ref_mask *mask)
{
    gsl_rng *rng = suite_rng();
    size_t d_x = is_dot ? D_MEMORY : D_X;
    inputs in = {.x = random_matrix(rng, N_Q, d_x, 1.0),
                 .memory = random_matrix(rng, N_K, D_MEMORY, 1.0),
                 .weight = is_dot ? NULL : random_matrix(rng, D_X, D_MEMORY, 0.5),
                 .upstream = random_matrix(rng, N_Q, D_MEMORY, 1.0),
                 .output = new_matrix(N_Q, D_MEMORY),
                 .mask = mask};
    const multiplicative_call call = {in.x, in.memory, in.weight, scale, mask};
    gsl_matrix *dx = new_matrix(N_Q, d_x), *dm = new_matrix(N_K, D_MEMORY);
    gsl_matrix *dw = is_dot ? NULL : new_matrix(D_X, D_MEMORY);
    CHECK_STATUS(
        side_multiplicative_backward(&(side){.kernels = NULL}, &call, in.upstream, dx, dm, dw),
        GSL_SUCCESS, "backward");
    check_gradient("grad_x", in.x, dx, loss, &in);
    check_gradient("grad_memory", in.memory, dm, loss, &in);
    if (!is_dot) {
        check_gradient("grad_weight", in.weight, dw, loss, &in);
    }
}

static void general(void)
{
    check_all(false, NULL);
}

static void dot(void)
{
    check_all(true, NULL);
}

static void some_states(void)
{
    const size_t length = N_K - 1;
    gsl_matrix *bias = random_matrix(suite_rng(), N_Q, N_K, 1.0);
    gsl_matrix_set(bias, 1, 2, -INFINITY);
    check_all(false, &(ref_mask){.key_length = &length, .bias = bias});
    check_all(true, &(ref_mask){.causal = true, .bias = bias});
}

/* Every gradient is added to what was there. */
static void gradients_add_on(const side *s)
{
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_MEMORY, 1.0), *dx[2], *dm[2], *dw[2];
    const multiplicative_call call = {random_matrix(suite_rng(), N_Q, D_X, 1.0),
                                      random_matrix(suite_rng(), N_K, D_MEMORY, 1.0),
                                      random_matrix(suite_rng(), D_X, D_MEMORY, 0.5), scale, NULL};
    for (int times = 1; times <= 2; times++) {
        int n = times - 1;
        dx[n] = new_matrix(N_Q, D_X), dm[n] = new_matrix(N_K, D_MEMORY);
        dw[n] = new_matrix(D_X, D_MEMORY);
        for (int t = 0; t < times; t++) {
            CHECK_STATUS(side_multiplicative_backward(s, &call, dy, dx[n], dm[n], dw[n]), 0,
                         "back");
        }
    }
    gsl_matrix_scale(dx[0], 2.0), gsl_matrix_scale(dm[0], 2.0), gsl_matrix_scale(dw[0], 2.0);
    check_close(dx[1], dx[0], close_on(s, 1.0), "dX, twice");
    check_close(dm[1], dm[0], close_on(s, 1.0), "dM, twice");
    check_close(dw[1], dw[0], close_on(s, 1.0), "dW, twice");
}
ON_EACH_SIDE(gradients_add)

static const test tests[] = {
    {"35: of general, all three gradients agree with central differences", general},
    {"35: of dot, where the gradients of keys and values meet, both do", dot},
    {"35: with a length, a bias, a state that it hides, in causal order they do as well",
     some_states},
    {"every gradient is added to what was there", gradients_add},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
