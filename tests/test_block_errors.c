/* Bad arguments of the block: one table for both twins, which must return the same status and say a
 * sentence; its parameters and its memory. */

#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { N = 5, D = 6 };

static const ref_block_shape fine = {.d_model = D,
                                     .n_heads = 2,
                                     .n_hidden = 7,
                                     .clip = 1,
                                     .norm = REF_PRE_NORM,
                                     .activation = REF_GELU,
                                     .epsilon = 1e-5};

/* ---- forward and backward ---------------------------------------------------------------------- */

typedef struct {
    const char *name;
    int norm, activation;
    double epsilon, rate;
    size_t length, n_rows, n_cols; /* of the output, or of grad_x */
    bool is_backward;
    int expected;
} bad_call;

// clang-format off
static const bad_call calls[] = {
    {"all is well",                  0, 1, 1e-5, 0.5, N,     N,     D,     true,  GSL_SUCCESS},
    {"an unknown place of the norm", 2, 1, 1e-5, 0.5, N,     N,     D,     false, GSL_EINVAL},
    {"an unknown activation",        0, 7, 1e-5, 0.5, N,     N,     D,     false, GSL_EINVAL},
    {"an epsilon of 0",              0, 1, 0.0,  0.5, N,     N,     D,     false, GSL_EINVAL},
    {"an epsilon that is NaN",       1, 1, NAN,  0.5, N,     N,     D,     false, GSL_EINVAL},
    {"a rate of 1",                  0, 1, 1e-5, 1.0, N,     N,     D,     false, GSL_EINVAL},
    {"a rate below 0",               1, 1, 1e-5, -.1, N,     N,     D,     false, GSL_EINVAL},
    {"a length beyond the tokens",   0, 1, 1e-5, 0.5, N + 1, N,     D,     false, GSL_EINVAL},
    {"the same behind the sums",     1, 1, 1e-5, 0.5, N + 1, N,     D,     false, GSL_EINVAL},
    {"the same, only backward",      0, 1, 1e-5, 0.5, N + 1, N,     D,     true,  GSL_EINVAL},
    {"only backward, behind sums",   1, 1, 1e-5, 0.5, N + 1, N,     D,     true,  GSL_EINVAL},
    {"an output with a row less",    0, 1, 1e-5, 0.5, N,     N - 1, D,     false, GSL_EBADLEN},
    {"a gradient with a row less",   0, 1, 1e-5, 0.5, N,     N - 1, D,     true,  GSL_EBADLEN},
    {"a gradient that is wider",     1, 1, 1e-5, 0.5, N,     N,     D + 1, true,  GSL_EBADLEN},
};
// clang-format on

static bool are_zero(const double *numbers, size_t n)
{
    while (n > 0 && numbers[n - 1] == 0.0) {
        n--;
    }
    return n == 0;
}

static void both_refuse_on(const side *s)
{
    for (size_t n = 0; n < sizeof calls / sizeof calls[0]; n++) {
        const bad_call *call = &calls[n];
        block_model *m = block_alloc(&fine);
        m->shape.norm = (ref_norm_place)call->norm;
        m->shape.activation = (ref_activation)call->activation;
        m->shape.epsilon = call->epsilon;
        const ref_mask mask = {.key_length = &call->length};
        const ref_dropout dropout = {.rate = call->rate};
        gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0),
                   *grad_y = random_matrix(suite_rng(), N, D, 1.0);
        gsl_matrix *other = new_matrix(call->n_rows, call->n_cols);
        int status = call->is_backward
                         ? side_block_backward(s, x, m, &mask, &dropout, grad_y, other)
                         : side_block(s, x, m, &mask, &dropout, other);
        CHECK(status == call->expected, "%s: status %d, '%s', expected %d", call->name, status,
              suite_last_error(), call->expected);
        CHECK(status == GSL_SUCCESS || strchr(suite_last_error(), ' '), "%s: no sentence but '%s'",
              call->name, suite_last_error());
        bool has_gradients = call->is_backward && status == GSL_SUCCESS;
        CHECK(!are_zero(m->list->gradients, m->list->n_numbers) == has_gradients, "%s: %s",
              call->name, has_gradients ? "no gradient" : "a gradient, all the same");
        CHECK(status == GSL_SUCCESS || are_zero(other->data, other->size1 * other->size2),
              "%s: something was written all the same", call->name);
        suite_forget_error();
        block_free(m);
    }
}
ON_EACH_SIDE(both_refuse)

/* A block with parameters, or with a cache, of other sizes. */
static void other_sizes_are_refused_on(const side *s)
{
    block_model *m = block_alloc(&fine);
    gsl_matrix *wider = new_matrix(N, D + 2);
    CHECK_STATUS(side_block(s, wider, m, NULL, NULL, wider), GSL_EBADLEN, "x that is wider");
    suite_forget_error();
    m->shape.n_hidden += 1; /* the reference's cache follows the shape; the parameters do not */
    gsl_matrix *x = new_matrix(N, D);
    if (!s->kernels) {
        CHECK_STATUS(side_block(s, x, m, NULL, NULL, copy_of(x)), GSL_EBADLEN, "another cache");
        suite_forget_error();
    }
    block_free(m);
}
ON_EACH_SIDE(other_sizes_are_refused)

static void small_workspace(void)
{
    fast_block_shape shape = narrow_shape(&fine);
    fast_parameters *list = fast_parameters_alloc();
    fast_block_parameters found;
    fast_block_cache cache;
    fast_block_declare(list, "b", &shape);
    fast_parameters_allocate(list);
    fast_block_find(list, "b", &shape, &found);
    size_t n_cache = fast_block_cache_layout(1, N, &shape, NULL, &cache);
    fast_workspace *memory = fast_workspace_alloc(n_cache);
    fast_block_cache_layout(1, N, &shape, memory, &cache);
    float in[N * D] = {0}, out[N * D] = {0}, grad[N * D] = {0};
    fast_view x = fast_view_matrix(in, N, D), y = fast_view_matrix(out, N, D);
    fast_view dx = fast_view_matrix(grad, N, D);
    fast_context ask = {kernels_at(0), 2, NULL};
    size_t n_forward = fast_block_forward_size(&x, &found.value, &shape, &ask);
    size_t n_backward = fast_block_backward_size(&x, &found.value, &shape, &ask);
    guarded_context *small = guarded_alloc(kernels_at(0), 2, n_forward - 1);
    CHECK_STATUS(
        fast_block_forward(&x, &found.value, &shape, NULL, NULL, &cache, &y, &small->context),
        GSL_ENOMEM, "forward");
    guarded_free(small);
    small = guarded_alloc(kernels_at(0), 2, n_backward - 1);
    CHECK_STATUS(fast_block_backward(&x, &found.value, &shape, NULL, NULL, &cache, &y, &dx,
                                     &found.gradient, &small->context),
                 GSL_ENOMEM, "backward");
    guarded_free(small);
    suite_forget_error();
    fast_workspace_free(memory);
    fast_parameters_free(list);
}

/* ---- parameters and memory --------------------------------------------------------------------- */

/* Both declare the same names, shapes and decays in the same order. */
static void both_declare_the_same(void)
{
    for (size_t clip = 0; clip < 3; clip++) {
        ref_block_shape shape = fine;
        shape.clip = clip;
        fast_block_shape narrow = narrow_shape(&shape);
        ref_parameters *wide = ref_parameters_alloc();
        fast_parameters *list = fast_parameters_alloc();
        CHECK_STATUS(ref_block_declare(wide, "block0", &shape), GSL_SUCCESS, "reference");
        CHECK_STATUS(fast_block_declare(list, "block0", &narrow), GSL_SUCCESS, "optimized");
        CHECK(wide->n_parameters == (clip > 0 ? 13 : 12) &&
                  list->n_parameters == wide->n_parameters,
              "%zu and %zu parameters", wide->n_parameters, list->n_parameters);
        for (size_t n = 0; n < wide->n_parameters; n++) {
            const ref_parameter *p = &wide->parameters[n];
            const fast_parameter *q = &list->parameters[n];
            CHECK(strcmp(p->name, q->name) == 0 && p->n_rows == q->n_rows &&
                      p->n_cols == q->n_cols && p->is_decayed == q->is_decayed,
                  "%s and %s are not the same", p->name, q->name);
            CHECK(p->is_decayed == (strstr(p->name, "weight") != NULL), "decay of %s", p->name);
        }
        ref_parameters_free(wide);
        fast_parameters_free(list);
    }
}

static void check_shape_is_refused(const ref_block_shape *shape, const char *what)
{
    fast_block_shape narrow = narrow_shape(shape);
    ref_parameters *wide = ref_parameters_alloc();
    fast_parameters *list = fast_parameters_alloc();
    CHECK_STATUS(ref_block_declare(wide, "b", shape), GSL_EINVAL, what);
    CHECK_STATUS(fast_block_declare(list, "b", &narrow), GSL_EINVAL, what);
    CHECK(ref_block_cache_alloc(N, shape) == NULL, "%s: there is a cache", what);
    ref_parameters_free(wide);
    fast_parameters_free(list);
    suite_forget_error();
}

static void bad_shapes_are_refused(void)
{
    ref_block_shape no_width = fine, no_head = fine, no_hidden = fine, uneven = fine;
    no_width.d_model = no_head.n_heads = no_hidden.n_hidden = 0;
    uneven.n_heads = 4;
    check_shape_is_refused(&no_width, "no column");
    check_shape_is_refused(&no_head, "no head");
    check_shape_is_refused(&no_hidden, "no hidden unit");
    check_shape_is_refused(&uneven, "columns that heads cannot share");
    CHECK(ref_block_cache_alloc(0, &fine) == NULL, "there is a cache of no token");
    CHECK(ref_block_cache_alloc(SIZE_MAX / 2, &fine) == NULL, "there is a cache of all memory");
    fast_block_shape narrow = narrow_shape(&fine);
    fast_block_cache cache;
    CHECK(fast_block_cache_layout(SIZE_MAX / 2, 4, &narrow, NULL, &cache) == SIZE_MAX,
          "there is a size beyond all sizes");
    ref_block_cache_free(NULL);
    suite_forget_error();
}

static void missing_parameters(void)
{
    block_model *m = block_alloc(&fine);
    ref_block_parameters found;
    ref_block_shape wider = fine;
    wider.n_hidden = 8;
    CHECK_STATUS(ref_block_find(m->list, "other", &fine, &found), GSL_EINVAL, "another name");
    CHECK_STATUS(ref_block_find(m->list, "block", &wider, &found), GSL_EINVAL, "another shape");
    block_free(m);
    fast_block_shape narrow = narrow_shape(&fine), narrow_wider = narrow_shape(&wider);
    fast_parameters *list = fast_parameters_alloc();
    fast_block_parameters fast_found;
    fast_block_declare(list, "block", &narrow);
    fast_parameters_allocate(list);
    CHECK_STATUS(fast_block_find(list, "other", &narrow, &fast_found), GSL_EINVAL, "name");
    CHECK_STATUS(fast_block_find(list, "block", &narrow_wider, &fast_found), GSL_EINVAL, "shape");
    fast_parameters_free(list);
    suite_forget_error();
}

/* W_Q, W_K and W_V stand in one matrix, and yet each starts as a Glorot matrix of its own would: its
 * variance is 2 / (d_model + d_model). */
static void three_matrices_start_alone(void)
{
    ref_block_shape shape = fine;
    shape.d_model = 64;
    ref_parameters *list = ref_parameters_alloc();
    ref_block_declare(list, "b", &shape);
    ref_parameters_allocate(list);
    ref_parameters_initialize(list, suite_rng());
    gsl_matrix *qkv = value_of(list, "b.attention.qkv.weight");
    double n = 64.0 * 192.0, variance = inner_product(qkv, qkv) / n, expected = 1.0 / 64.0;
    CHECK_CLOSE(variance, expected, 5.0 * expected * sqrt(0.8 / n), "variance"); /* of x^2: 0.8 */
    CHECK(largest_entry(qkv) <= sqrt(3.0 / 64.0), "an entry is beyond the uniform interval");
    ref_parameters_free(list);
}

static const test tests[] = {
    {"both sides refuse the same arguments with the same status and a sentence, writing nothing",
     both_refuse},
    {"parameters of another width and a cache of another shape are refused",
     other_sizes_are_refused},
    {"a workspace that is a byte too small is refused", small_workspace},
    {"both sides declare the same parameters; weights decay, the rest does not",
     both_declare_the_same},
    {"shapes that no block can have are refused", bad_shapes_are_refused},
    {"parameters that are missing or of another shape are not found", missing_parameters},
    {"W_Q, W_K and W_V start like three Glorot matrices", three_matrices_start_alone},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
