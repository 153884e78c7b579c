/* The gradients of local attention are derivatives: central differences of both parameters and of
 * all inputs, in the reference. The optimized side is compared with it elsewhere. */

#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_local.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* No two sizes are equal. */
enum { N_Q = 4, N_K = 11, D_X = 3, D_MEMORY = 5, D_P = 6 };

/* Everything that the loss is computed from. */
typedef struct {
    gsl_matrix *x, *keys, *memory, *upstream, *output;
    gsl_vector *positions;
    local_call call;
} inputs;

static double loss(void *data)
{
    inputs *in = data;
    side_local(&(side){.kernels = NULL}, &in->call, in->positions, in->output);
    return inner_product(in->upstream, in->output);
}

/* Where a window ends, the output jumps. No position is so near to a whole number that a step of a
 * difference moves a state in or out. */
static bool is_smooth(inputs *in)
{
    loss(in);
    for (size_t i = 0; i < N_Q; i++) {
        double p = gsl_vector_get(in->positions, i);
        if (fabs(p - round(p)) < 0.05) {
            return false;
        }
    }
    return true;
}

static inputs random_inputs(size_t window, const size_t *length)
{
    gsl_rng *rng = suite_rng();
    inputs in = {.x = random_matrix(rng, N_Q, D_X, 1.0),
                 .keys = random_matrix(rng, N_K, D_X, 1.0),
                 .memory = random_matrix(rng, N_K, D_MEMORY, 1.0),
                 .upstream = random_matrix(rng, N_Q, D_MEMORY, 1.0),
                 .output = new_matrix(N_Q, D_MEMORY),
                 .positions = new_vector(N_Q)};
    in.call =
        (local_call){in.x, in.keys, in.memory, 0.7, window, length, random_local(rng, D_X, D_P)};
    return is_smooth(&in) ? in : random_inputs(window, length);
}

static void check_all(size_t window, const size_t *length)
{
    inputs in = random_inputs(window, length);
    gsl_matrix *dx = new_matrix(N_Q, D_X), *dk = new_matrix(N_K, D_X);
    gsl_matrix *dm = new_matrix(N_K, D_MEMORY);
    ref_local_attention *p = &in.call.parameters, grad = new_local(D_X, D_P);
    CHECK_STATUS(
        side_local_backward(&(side){.kernels = NULL}, &in.call, in.upstream, dx, dk, dm, &grad),
        GSL_SUCCESS, "backward");
    gsl_matrix_view v = gsl_matrix_view_vector(p->v, 1, D_P);
    gsl_matrix_view dv = gsl_matrix_view_vector(grad.v, 1, D_P);
    check_gradient("grad_x", in.x, dx, loss, &in);
    check_gradient("grad_keys", in.keys, dk, loss, &in);
    check_gradient("grad_memory", in.memory, dm, loss, &in);
    check_gradient("grad W_p", p->weight, grad.weight, loss, &in);
    check_gradient("grad v_p", &v.matrix, &dv.matrix, loss, &in);
}

static void of_windows(void)
{
    check_all(2, NULL);
    check_all(4, NULL);
    check_all(3 * N_K, NULL);
}

static void with_padding(void)
{
    const size_t length = N_K - 3;
    check_all(2, &length);
    check_all(5, &length);
}

/* Every gradient is added to what was there. */
static void gradients_add_on(const side *s)
{
    inputs in = random_inputs(3, NULL);
    gsl_matrix *dx[2], *dk[2], *dm[2];
    ref_local_attention grad[2];
    for (int n = 0; n < 2; n++) {
        dx[n] = new_matrix(N_Q, D_X), dk[n] = new_matrix(N_K, D_X);
        dm[n] = new_matrix(N_K, D_MEMORY), grad[n] = new_local(D_X, D_P);
        for (int times = 0; times <= n; times++) {
            CHECK_STATUS(
                side_local_backward(s, &in.call, in.upstream, dx[n], dk[n], dm[n], &grad[n]),
                GSL_SUCCESS, "backward");
        }
    }
    gsl_matrix_scale(dx[0], 2.0), gsl_matrix_scale(dk[0], 2.0), gsl_matrix_scale(dm[0], 2.0);
    gsl_matrix_scale(grad[0].weight, 2.0), gsl_vector_scale(grad[0].v, 2.0);
    check_close(dx[1], dx[0], close_on(s, 1.0), "dX, twice");
    check_close(dk[1], dk[0], close_on(s, 1.0), "dK, twice");
    check_close(dm[1], dm[0], close_on(s, 1.0), "dM, twice");
    check_close(grad[1].weight, grad[0].weight, close_on(s, 1.0), "dW_p, twice");
    gsl_matrix_view dv[] = {gsl_matrix_view_vector(grad[0].v, 1, D_P),
                            gsl_matrix_view_vector(grad[1].v, 1, D_P)};
    check_close(&dv[1].matrix, &dv[0].matrix, close_on(s, 1.0), "dv_p, twice");
}
ON_EACH_SIDE(gradients_add)

static const test tests[] = {
    {"35: of a window that is aimed, all five gradients agree with central differences",
     of_windows},
    {"35: with padding they do as well", with_padding},
    {"every gradient is added to what was there", gradients_add},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
