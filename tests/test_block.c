/* The block: what it is made of, its gradients, its parameters and its memory.
 * test_block_properties.c tries what may change without changing the result,
 * test_block_agreement.c compares the sides with one another. */

#include "reference/block.h"
#include "reference/layer_norm.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const ref_block_shape small = {.d_model = 6,
                                      .n_heads = 2,
                                      .n_hidden = 5,
                                      .clip = 2,
                                      .norm = REF_PRE_NORM,
                                      .activation = REF_GELU,
                                      .epsilon = 1e-5};

static gsl_matrix *output_of(const side *s, const gsl_matrix *x, const block_model *m,
                             const ref_mask *mask, const ref_dropout *dropout)
{
    gsl_matrix *y = new_matrix(x->size1, x->size2);
    CHECK_STATUS(side_block(s, x, m, mask, dropout, y), GSL_SUCCESS, "block");
    return y;
}

/* ---- what it is made of ------------------------------------------------------------------------ */

static ref_dropout with_seed(const ref_dropout *dropout, uint64_t seed)
{
    ref_dropout other = *dropout;
    other.seed = seed;
    return other;
}

static gsl_matrix *attended(const gsl_matrix *x, const block_model *m, const ref_dropout *dropout)
{
    const ref_block_shape *z = &m->shape;
    size_t d_k = z->d_model / z->n_heads;
    heads_sizes sizes = {z->d_model, z->d_model, z->n_heads, d_k, d_k, z->d_model, z->clip, false};
    ref_multi_head_cache cache = heads_cache(&sizes, x->size1, x->size1);
    gsl_matrix *a = new_matrix(x->size1, x->size2);
    ref_multi_head_forward(x, x, &m->found.value.attention, NULL, &cache, a);
    ref_dropout_forward(a, dropout, a);
    return a;
}

static gsl_matrix *fed_forward(const gsl_matrix *x, const block_model *m,
                               const ref_dropout *dropout)
{
    gsl_matrix *f = new_matrix(x->size1, x->size2);
    side reference = side_at(0);
    side_feed_forward(&reference, x, &m->found.value.feed_forward, m->shape.activation, f);
    ref_dropout other = with_seed(dropout, dropout->seed + 1);
    ref_dropout_forward(f, &other, f);
    return f;
}

static gsl_matrix *normalised(const gsl_matrix *x, const gsl_vector *gain, const gsl_vector *bias)
{
    gsl_matrix *y = new_matrix(x->size1, x->size2);
    ref_layer_norm_forward(x, gain, bias, 1e-5, new_vector(x->size1), new_vector(x->size1), y);
    return y;
}

static gsl_matrix *sum_of(const gsl_matrix *a, const gsl_matrix *b)
{
    gsl_matrix *sum = copy_of(a);
    gsl_matrix_add(sum, b);
    return sum;
}

static void parts_on(const side *s)
{
    const ref_dropout dropout = {.rate = 0.25, .seed = 77, .first_row = 3};
    for (ref_norm_place norm = REF_PRE_NORM; norm <= REF_POST_NORM; norm++) {
        ref_block_shape shape = small;
        shape.norm = norm;
        block_model *m = block_alloc(&shape);
        const ref_block *p = &m->found.value;
        gsl_matrix *x = random_matrix(suite_rng(), 9, 6, 1.0), *z, *y;
        if (norm == REF_PRE_NORM) {
            z = sum_of(x, attended(normalised(x, p->gain_1, p->bias_1), m, &dropout));
            y = sum_of(z, fed_forward(normalised(z, p->gain_2, p->bias_2), m, &dropout));
        } else {
            z = normalised(sum_of(x, attended(x, m, &dropout)), p->gain_1, p->bias_1);
            y = normalised(sum_of(z, fed_forward(z, m, &dropout)), p->gain_2, p->bias_2);
        }
        check_close(output_of(s, x, m, NULL, &dropout), y, close_on(s, largest_entry(y)), "%s",
                    norm == REF_PRE_NORM ? "pre-norm" : "post-norm");
        block_free(m);
    }
}
ON_EACH_SIDE(parts)

/* With W_O = 0, b_O = 0, W_2 = 0 and b_2 = 0 the layers add nothing. */
static void silent_layers_on(const side *s)
{
    block_model *m = block_alloc(&small);
    const char *const silent[] = {"block.attention.output.weight", "block.attention.output.bias",
                                  "block.feed_forward.2.weight", "block.feed_forward.2.bias"};
    for (int n = 0; n < 4; n++) {
        set_all_of(m->list, silent[n], 0.0);
    }
    gsl_matrix *x = random_matrix(suite_rng(), 9, 6, 1.0), *dx = new_matrix(9, 6);
    gsl_matrix *dy = random_matrix(suite_rng(), 9, 6, 1.0);
    check_equal(output_of(s, x, m, NULL, NULL), x, "pre-norm hands x on");
    side_block_backward(s, x, m, NULL, NULL, dy, dx);
    check_equal(dx, dy, "and its gradient");
    block_free(m);
}
ON_EACH_SIDE(silent_layers)

/* ---- gradients --------------------------------------------------------------------------------- */

typedef struct {
    gsl_matrix *x, *upstream;
    const block_model *first, *second; /* second: the block behind, or NULL */
    const ref_mask *mask;
    const ref_dropout *dropout;
} inputs;

static double loss(void *data)
{
    const inputs *in = data;
    side reference = side_at(0);
    gsl_matrix *y = new_matrix(in->x->size1, in->x->size2), *z = copy_of(y);
    side_block(&reference, in->x, in->first, in->mask, in->dropout, y);
    if (in->second) {
        side_block(&reference, y, in->second, in->mask, in->dropout, z);
    }
    double sum = inner_product(in->upstream, in->second ? z : y);
    return sum;
}

static void check_list(const ref_parameters *list, inputs *in)
{
    for (size_t n = 0; n < list->n_parameters; n++) {
        ref_parameter *p = &list->parameters[n];
        check_gradient(p->name, &p->value.matrix, &p->gradient.matrix, loss, in);
    }
}

/* The ReLU has a kink at 0: no hidden unit may be so near that a step of the check crosses it. */
static bool is_off_kinks(const inputs *in)
{
    const block_model *m = in->first;
    ref_block_cache *cache = ref_block_cache_alloc(in->x->size1, &m->shape);
    ref_block_forward(in->x, &m->found.value, &m->shape, in->mask, in->dropout, cache,
                      new_matrix(in->x->size1, in->x->size2));
    bool is_off = true;
    for (size_t n = 0; n < cache->hidden->size1 * cache->hidden->size2; n++) {
        is_off = is_off && fabs(cache->hidden->data[n]) > 0.02;
    }
    ref_block_cache_free(cache);
    return is_off;
}

static void check_gradients_of(ref_norm_place norm, ref_activation activation)
{
    side reference = side_at(0);
    ref_block_shape shape = small;
    shape.norm = norm;
    shape.activation = activation;
    size_t length = 4;
    const ref_mask mask = {.key_length = &length};
    const ref_dropout dropout = {.rate = 0.3, .seed = 5, .first_row = 2};
    block_model *m = block_alloc(&shape);
    inputs in = {random_matrix(suite_rng(), 5, 6, 1.0),
                 random_matrix(suite_rng(), 5, 6, 1.0),
                 m,
                 NULL,
                 &mask,
                 &dropout};
    while (activation == REF_RELU && !is_off_kinks(&in)) {
        randomize_values(m->list);
    }
    gsl_matrix *dx = new_matrix(5, 6);
    CHECK_STATUS(side_block_backward(&reference, in.x, m, &mask, &dropout, in.upstream, dx),
                 GSL_SUCCESS, "backward");
    check_gradient("grad_x", in.x, dx, loss, &in);
    check_list(m->list, &in);
    block_free(m);
}

static void gradients_are_derivatives(void)
{
    for (ref_norm_place norm = REF_PRE_NORM; norm <= REF_POST_NORM; norm++) {
        for (ref_activation f = REF_RELU; f <= REF_GELU; f++) {
            check_gradients_of(norm, f);
            free_matrices();
        }
    }
}

static void gradients_through_two(void)
{
    side reference = side_at(0);
    for (ref_norm_place norm = REF_PRE_NORM; norm <= REF_POST_NORM; norm++) {
        ref_block_shape shape = small;
        shape.norm = norm;
        block_model *a = block_alloc(&shape), *b = block_alloc(&shape);
        inputs in = {random_matrix(suite_rng(), 4, 6, 1.0),
                     random_matrix(suite_rng(), 4, 6, 1.0),
                     a,
                     b,
                     NULL,
                     NULL};
        gsl_matrix *y = output_of(&reference, in.x, a, NULL, NULL);
        gsl_matrix *dy = new_matrix(4, 6), *dx = new_matrix(4, 6);
        side_block_backward(&reference, y, b, NULL, NULL, in.upstream, dy);
        side_block_backward(&reference, in.x, a, NULL, NULL, dy, dx);
        check_gradient("grad_x", in.x, dx, loss, &in);
        check_list(a->list, &in);
        check_list(b->list, &in);
        block_free(a);
        block_free(b);
        free_matrices();
    }
}

static const test tests[] = {
    {"a block is what its parts make of it, with dropout before each sum", parts},
    {"if its layers add nothing, pre-norm hands x and its gradient on", silent_layers},
    {"35: gradients agree with central differences for each choice, with dropout on",
     gradients_are_derivatives},
    {"35: so they do through two blocks, one on the other", gradients_through_two},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
