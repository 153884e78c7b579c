/* The gradients of attention: every similarity under every mask against central differences of a
 * random linear functional of the output. */

#include "tests/support/attention_problem.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

typedef struct {
    gsl_matrix *q, *k, *v;
    ref_similarity similarity;
    ref_mask mask;
    gsl_matrix *upstream, *weights, *output;
} inputs;

enum { D_K = 3, D_V = 4, N_RELATIVE = 5 };
static const double scale = 0.7;

/* L = <upstream, attention(q, k, v)> */
static double loss(void *data)
{
    inputs *in = data;
    int status = ref_attention_forward(in->q, in->k, in->v, in->similarity, scale, &in->mask,
                                       in->weights, in->output);
    CHECK_STATUS(status, GSL_SUCCESS, "ref_attention_forward");
    return inner_product(in->upstream, in->output);
}

static gsl_matrix *random_bias(size_t n_q, size_t n_k)
{
    gsl_matrix *bias = random_matrix(suite_rng(), n_q, n_k, 1.0);
    gsl_matrix_set(bias, 0, n_k - 1, -INFINITY);
    gsl_matrix_set(bias, n_q - 1, 0, -INFINITY);
    return bias;
}

static void check_attention_gradients(ref_similarity similarity, size_t n_q, size_t n_k,
                                      masking masks)
{
    size_t length = n_k - 1;
    gsl_rng *rng = suite_rng();
    inputs in = {.q = random_matrix(rng, n_q, D_K, 1.0),
                 .k = random_matrix(rng, n_k, D_K, 1.0),
                 .v = random_matrix(rng, n_k, D_V, 1.0),
                 .similarity = similarity,
                 .upstream = random_matrix(rng, n_q, D_V, 1.0),
                 .weights = new_matrix(n_q, n_k),
                 .output = new_matrix(n_q, D_V)};
    in.mask.causal = masks == CAUSAL || masks == ALL_MASKS;
    in.mask.key_length = masks == KEY_LENGTHS || masks == ALL_MASKS ? &length : NULL;
    in.mask.bias = masks == BIASED || masks == ALL_MASKS ? random_bias(n_q, n_k) : NULL;

    gsl_matrix *relative = random_matrix(rng, 1, N_RELATIVE, 1.0);
    gsl_matrix *grad_relative = new_matrix(1, N_RELATIVE);
    gsl_vector_view relative_row = gsl_matrix_row(relative, 0);
    gsl_vector_view grad_relative_row = gsl_matrix_row(grad_relative, 0);
    if (masks == RELATIVE || masks == ALL_MASKS) {
        in.mask.relative_bias = &relative_row.vector;
        in.mask.grad_relative_bias = &grad_relative_row.vector;
    }

    gsl_matrix *grad_q = new_matrix(n_q, D_K), *grad_k = new_matrix(n_k, D_K);
    gsl_matrix *grad_v = new_matrix(n_k, D_V), *scratch = new_matrix(n_q, n_k);
    loss(&in);
    int status = ref_attention_backward(in.q, in.k, in.v, similarity, scale, &in.mask, in.weights,
                                        in.output, in.upstream, grad_q, grad_k, grad_v, scratch);
    CHECK_STATUS(status, GSL_SUCCESS, "ref_attention_backward");
    suite_set_prefix(masking_names[masks]);
    check_gradient("grad_q", in.q, grad_q, loss, &in);
    check_gradient("grad_k", in.k, grad_k, loss, &in);
    check_gradient("grad_v", in.v, grad_v, loss, &in);
    check_gradient("grad_relative_bias", relative, grad_relative, loss, &in);
}

static void check_every_mask(ref_similarity similarity)
{
    const size_t sizes[][2] = {{4, 4}, {2, 5}, {5, 3}}; /* {5, 3} has blind rows when causal */
    for (int masks = 0; masks < N_MASKINGS; masks++) {
        for (size_t n = 0; n < 3; n++) {
            check_attention_gradients(similarity, sizes[n][0], sizes[n][1], (masking)masks);
        }
    }
}

static void dot_gradients(void)
{
    check_every_mask(REF_DOT);
}

static void cosine_gradients(void)
{
    check_every_mask(REF_COSINE);
}

static void euclidean_gradients(void)
{
    check_every_mask(REF_NEG_SQ_EUCLIDEAN);
}

/* A test of the test. */
static void wrong_gradient_is_refused(void)
{
    size_t n_q = 3, n_k = 4;
    inputs in = {.q = random_matrix(suite_rng(), n_q, D_K, 1.0),
                 .k = random_matrix(suite_rng(), n_k, D_K, 1.0),
                 .v = random_matrix(suite_rng(), n_k, D_V, 1.0),
                 .upstream = random_matrix(suite_rng(), n_q, D_V, 1.0),
                 .weights = new_matrix(n_q, n_k),
                 .output = new_matrix(n_q, D_V)};
    gsl_matrix *grad_q = new_matrix(n_q, D_K), *grad_k = new_matrix(n_k, D_K);
    gsl_matrix *grad_v = new_matrix(n_k, D_V), *scratch = new_matrix(n_q, n_k);
    loss(&in);
    ref_attention_backward(in.q, in.k, in.v, in.similarity, scale, &in.mask, in.weights, in.output,
                           in.upstream, grad_q, grad_k, grad_v, scratch);
    double *q = gsl_matrix_ptr(in.q, 1, 2), right = gsl_matrix_get(grad_q, 1, 2);
    CHECK(derivative_agrees(q, right, loss, &in).holds, "the right gradient %g is refused", right);
    double wrong = right * 1.001;
    CHECK(!derivative_agrees(q, wrong, loss, &in).holds, "%g passes for %g", wrong, right);
}

static const test tests[] = {
    {"dot product: the gradients agree with central differences", dot_gradients},
    {"cosine: the gradients agree with central differences", cosine_gradients},
    {"squared distance: the gradients agree with central differences", euclidean_gradients},
    {"a gradient that is wrong by 0.1 % is refused", wrong_gradient_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
