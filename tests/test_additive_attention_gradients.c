/* The gradients of additive attention are derivatives: central differences of every parameter and of
 * all inputs, in the reference. The optimized side is compared with it elsewhere. */

#include "reference/additive_attention.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_additive.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* No two sizes are equal. */
enum { N_Q = 4, N_K = 6, D_X = 3, D_MEMORY = 5, D_A = 7 };

/* Everything that the loss is computed from. Vectors are rows of their own: a check moves a matrix.
 * Keys that are not NULL are an input of their own, otherwise they are made of the memory. */
typedef struct {
    gsl_matrix *x, *memory, *keys, *made, *bias, *v, *upstream, *output;
    ref_additive_attention parameters;
    ref_additive_cache cache;
    const ref_mask *mask;
} inputs;

static double loss(void *data)
{
    inputs *in = data;
    const ref_additive_attention *p = &in->parameters;
    gsl_matrix_get_row(p->bias, in->bias, 0);
    gsl_matrix_get_row(p->v, in->v, 0);
    if (!in->keys) {
        ref_additive_keys_forward(in->memory, p, in->made);
    }
    ref_additive_attention_forward(in->x, in->keys ? in->keys : in->made, in->memory, p, in->mask,
                                   &in->cache, in->output);
    return inner_product(in->upstream, in->output);
}

static gsl_matrix *as_row(const gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    gsl_matrix_set_row(row, 0, v);
    return row;
}

static inputs random_inputs(const ref_mask *mask)
{
    gsl_rng *rng = suite_rng();
    inputs in = {.x = random_matrix(rng, N_Q, D_X, 1.0),
                 .memory = random_matrix(rng, N_K, D_MEMORY, 1.0),
                 .made = new_matrix(N_K, D_A),
                 .parameters = random_additive(rng, D_X, D_MEMORY, D_A),
                 .upstream = random_matrix(rng, N_Q, D_MEMORY, 1.0),
                 .output = new_matrix(N_Q, D_MEMORY),
                 .cache = {new_matrix(N_Q, D_A), new_matrix(N_Q, N_K)},
                 .mask = mask};
    in.bias = as_row(in.parameters.bias);
    in.v = as_row(in.parameters.v);
    return in;
}

static void check_all(const ref_mask *mask)
{
    inputs in = random_inputs(mask);
    const ref_additive_attention *p = &in.parameters;
    ref_additive_attention grad = new_additive(D_X, D_MEMORY, D_A);
    ref_additive_cache scratch = {new_matrix(N_Q, D_A), new_matrix(N_Q, N_K)};
    gsl_matrix *dx = new_matrix(N_Q, D_X), *dk = new_matrix(N_K, D_A);
    gsl_matrix *dm = new_matrix(N_K, D_MEMORY);
    loss(&in);
    CHECK_STATUS(ref_additive_attention_backward(in.x, in.made, in.memory, p, mask, &in.cache,
                                                 in.output, in.upstream, dx, dk, dm, &grad,
                                                 &scratch),
                 GSL_SUCCESS, "attention");
    CHECK_STATUS(ref_additive_keys_backward(in.memory, p, dk, dm, &grad), GSL_SUCCESS, "keys");
    check_gradient("grad_x", in.x, dx, loss, &in);
    check_gradient("grad_memory", in.memory, dm, loss, &in);
    check_gradient("grad weight_q", p->weight_q, grad.weight_q, loss, &in);
    check_gradient("grad weight_k", p->weight_k, grad.weight_k, loss, &in);
    check_gradient("grad bias", in.bias, as_row(grad.bias), loss, &in);
    check_gradient("grad v", in.v, as_row(grad.v), loss, &in);
}

static void all_states(void)
{
    check_all(NULL);
}

static void some_states(void)
{
    const size_t length = N_K - 1;
    gsl_matrix *bias = random_matrix(suite_rng(), N_Q, N_K, 1.0);
    gsl_matrix_set(bias, 1, 2, -INFINITY);
    check_all(&(ref_mask){.key_length = &length, .bias = bias});
}

static void causal_states(void)
{
    check_all(&(ref_mask){.causal = true});
}

/* What a decoder adds to for many steps and hands on once: the gradient of the keys. */
static void keys_of_their_own(void)
{
    inputs in = random_inputs(NULL);
    in.keys = random_matrix(suite_rng(), N_K, D_A, 1.0);
    ref_additive_attention grad = new_additive(D_X, D_MEMORY, D_A);
    ref_additive_cache scratch = {new_matrix(N_Q, D_A), new_matrix(N_Q, N_K)};
    gsl_matrix *dk = new_matrix(N_K, D_A), *dm = new_matrix(N_K, D_MEMORY);
    loss(&in);
    CHECK_STATUS(ref_additive_attention_backward(in.x, in.keys, in.memory, &in.parameters, NULL,
                                                 &in.cache, in.output, in.upstream,
                                                 new_matrix(N_Q, D_X), dk, dm, &grad, &scratch),
                 GSL_SUCCESS, "attention");
    check_gradient("grad_keys", in.keys, dk, loss, &in);
    check_gradient("grad_memory, as values", in.memory, dm, loss, &in);
    check_zero(grad.weight_k, "the attention adds nothing to U");
}

/* Every gradient is added to what was there. */
static void gradients_add_on(const side *s)
{
    ref_additive_attention p = random_additive(suite_rng(), D_X, D_MEMORY, D_A);
    gsl_matrix *x = random_matrix(suite_rng(), N_Q, D_X, 1.0);
    gsl_matrix *memory = random_matrix(suite_rng(), N_K, D_MEMORY, 1.0);
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_MEMORY, 1.0);
    additive_call call = {x, memory, &p, NULL};
    gsl_matrix *dx[2], *dm[2];
    ref_additive_attention grad[2];
    for (int times = 1; times <= 2; times++) {
        int n = times - 1;
        dx[n] = new_matrix(N_Q, D_X), dm[n] = new_matrix(N_K, D_MEMORY);
        grad[n] = new_additive(D_X, D_MEMORY, D_A);
        for (int t = 0; t < times; t++) {
            CHECK_STATUS(side_additive_backward(s, &call, dy, dx[n], dm[n], &grad[n]), 0, "back");
        }
    }
    gsl_matrix_scale(dx[0], 2.0), gsl_matrix_scale(dm[0], 2.0);
    gsl_matrix_scale(grad[0].weight_q, 2.0), gsl_matrix_scale(grad[0].weight_k, 2.0);
    gsl_vector_scale(grad[0].bias, 2.0), gsl_vector_scale(grad[0].v, 2.0);
    check_close(dx[1], dx[0], close_on(s, 1.0), "dX, twice");
    check_close(dm[1], dm[0], close_on(s, 1.0), "dM, twice");
    check_close(grad[1].weight_q, grad[0].weight_q, close_on(s, 1.0), "dW, twice");
    check_close(grad[1].weight_k, grad[0].weight_k, close_on(s, 1.0), "dU, twice");
    check_close(as_row(grad[1].bias), as_row(grad[0].bias), close_on(s, 1.0), "db, twice");
    check_close(as_row(grad[1].v), as_row(grad[0].v), close_on(s, 1.0), "dv, twice");
}
ON_EACH_SIDE(gradients_add)

static const test tests[] = {
    {"35: all six gradients agree with central differences", all_states},
    {"35: with a length, a bias and a state that it hides, they do as well", some_states},
    {"35: and in causal order", causal_states},
    {"35: keys that were made before have a gradient of their own", keys_of_their_own},
    {"every gradient is added to what was there", gradients_add},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
