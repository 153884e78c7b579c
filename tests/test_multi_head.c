/* Multi-head attention: what it is made of, and its gradients. test_multi_head_properties.c tries
 * what may change without changing the result, test_multi_head_agreement.c compares the sides with
 * one another. */

#include "reference/multi_head.h"
#include "reference/projection.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

static gsl_matrix *output_of(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                             const heads_model *m, const ref_mask *mask)
{
    gsl_matrix *y = new_matrix(x->size1, m->sizes.d_model);
    CHECK_STATUS(side_multi_head(s, x, memory, m, mask, y), GSL_SUCCESS, "multi-head attention");
    return y;
}

/* ---- what it is made of ------------------------------------------------------------------------ */

/* The queries, keys and values of all heads, on one side. */
static attention_call projected(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                                const heads_model *m)
{
    const ref_query_key_value *p = &m->value.heads;
    size_t all_k = p->weight_q->size2, all_v = p->weight_v->size2;
    gsl_matrix *q = new_matrix(x->size1, all_k), *k = new_matrix(memory->size1, all_k);
    gsl_matrix *v = new_matrix(memory->size1, all_v);
    side_projection(s, x, p->weight_q, p->bias_q, q);
    side_projection(s, memory, p->weight_k, p->bias_k, k);
    side_projection(s, memory, p->weight_v, p->bias_v, v);
    return (attention_call){.q = q, .k = k, .v = v, .similarity = REF_DOT};
}

/* Columns that belong to head h, copied. */
static gsl_matrix *slice(const gsl_matrix *all, size_t h, size_t n_heads)
{
    size_t width = all->size2 / n_heads;
    gsl_matrix *copy = new_matrix(all->size1, width);
    gsl_matrix_const_view columns =
        gsl_matrix_const_submatrix(all, 0, h * width, all->size1, width);
    gsl_matrix_memcpy(copy, &columns.matrix);
    return copy;
}

/* Y by a loop over heads in which every slice is a copy. */
static gsl_matrix *loop_with_copies(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                                    const heads_model *m, const ref_mask *mask)
{
    const heads_sizes *z = &m->sizes;
    attention_call all = projected(s, x, memory, m);
    gsl_matrix *c = new_matrix(x->size1, z->n_heads * z->d_v);
    for (size_t h = 0; h < z->n_heads; h++) {
        ref_mask own = mask ? *mask : (ref_mask){0};
        gsl_vector_view relative;
        if (z->clip > 0) {
            relative = gsl_matrix_row(m->value.relative_bias, h);
            own.relative_bias = &relative.vector;
        }
        attention_call call = {slice(all.q, h, z->n_heads), slice(all.k, h, z->n_heads),
                               slice(all.v, h, z->n_heads), REF_DOT,
                               1.0 / sqrt((double)z->d_k),  &own};
        gsl_matrix *head = new_matrix(x->size1, z->d_v);
        CHECK_STATUS(side_attention(s, &call, head), GSL_SUCCESS, "attention");
        gsl_matrix_view place = gsl_matrix_submatrix(c, 0, h * z->d_v, c->size1, z->d_v);
        gsl_matrix_memcpy(&place.matrix, head);
    }
    gsl_matrix *y = new_matrix(x->size1, z->d_model);
    side_projection(s, c, m->value.weight_o, m->value.bias_o, y);
    return y;
}

static void views_are_copies_on(const side *s)
{
    heads_model *m = heads_alloc(&(heads_sizes){11, 9, 3, 5, 4, 7, 2, false});
    gsl_matrix *x = random_matrix(suite_rng(), 13, 11, 1.0);
    gsl_matrix *memory = random_matrix(suite_rng(), 17, 9, 1.0);
    size_t length = 12;
    const ref_mask mask = {.causal = true, .key_length = &length};
    check_equal(output_of(s, x, memory, m, &mask), loop_with_copies(s, x, memory, m, &mask),
                "views and copies");
    heads_free(m);
}
ON_EACH_SIDE(views_are_copies)

/* One head is chapter 3, and W_O behind it. */
static void one_head_is_chapter_3(void)
{
    heads_model *m = heads_alloc(&(heads_sizes){6, 8, 1, 5, 4, 7, 0, false});
    gsl_matrix *x = random_matrix(suite_rng(), 5, 6, 1.0), *expected = new_matrix(5, 7);
    gsl_matrix *memory = random_matrix(suite_rng(), 9, 8, 1.0), *head = new_matrix(5, 4);
    ref_query_key_value_cache cache = heads_cache(&m->sizes, 5, 9).heads;
    const ref_mask mask = {.causal = true};
    ref_query_key_value_forward(x, memory, &m->value.heads, 1.0 / sqrt(5.0), &mask, &cache, head);
    ref_projection_forward(head, m->value.weight_o, m->value.bias_o, expected);
    side reference = side_at(0);
    check_equal(output_of(&reference, x, memory, m, &mask), expected, "one head");
    heads_free(m);
}

/* Property 30: with identities for all weights each head attends on its slice of the columns. */
static void identity_projections_on(const side *s)
{
    enum { N = 20, HEADS = 4, WIDTH = 3, D = HEADS * WIDTH };
    heads_model *m = heads_alloc(&(heads_sizes){D, D, HEADS, WIDTH, WIDTH, D, 0, true});
    const char *const weights[] = {"q", "k", "v", "o"};
    for (int w = 0; w < 4; w++) {
        gsl_matrix_set_identity(value_of(m->list, weights[w]));
    }
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0), *expected = new_matrix(N, D);
    for (size_t h = 0; h < HEADS; h++) {
        gsl_matrix *own = slice(x, h, HEADS), *head = new_matrix(N, WIDTH);
        attention_call call = {own, own, own, REF_DOT, 1.0 / sqrt((double)WIDTH), NULL};
        CHECK_STATUS(side_attention(s, &call, head), GSL_SUCCESS, "attention");
        gsl_matrix_view place = gsl_matrix_submatrix(expected, 0, h * WIDTH, N, WIDTH);
        gsl_matrix_memcpy(&place.matrix, head);
    }
    check_equal(output_of(s, x, x, m, NULL), expected, "slices");
    heads_free(m);
}
ON_EACH_SIDE(identity_projections)

/* W_O = 0: b_O in every row. W_V = 0: b_V W_O + b_O in every row, whatever is looked at. */
static void only_biases_on(const side *s)
{
    heads_model *m = heads_alloc(&(heads_sizes){6, 8, 2, 5, 4, 7, 0, false});
    gsl_matrix *x = random_matrix(suite_rng(), 5, 6, 1.0), *expected = new_matrix(5, 7);
    gsl_matrix *memory = random_matrix(suite_rng(), 9, 8, 1.0), *b_v = new_matrix(5, 8);
    for (size_t i = 0; i < 5; i++) {
        gsl_matrix_set_row(b_v, i, m->value.heads.bias_v);
    }
    set_all_of(m->list, "v", 0.0);
    side reference = side_at(0);
    side_projection(&reference, b_v, m->value.weight_o, m->value.bias_o, expected);
    check_close(output_of(s, x, memory, m, NULL), expected, close_on(s, 1.0), "W_V = 0");
    set_all_of(m->list, "o", 0.0);
    for (size_t i = 0; i < 5; i++) {
        gsl_matrix_set_row(expected, i, m->value.bias_o);
    }
    check_equal(output_of(s, x, memory, m, NULL), expected, "W_O = 0");
    heads_free(m);
}
ON_EACH_SIDE(only_biases)

/* ---- gradients --------------------------------------------------------------------------------- */

typedef struct {
    gsl_matrix *x, *memory, *upstream;
    const heads_model *model;
    const ref_mask *mask;
} inputs;

static double loss(void *data)
{
    const inputs *in = data;
    side reference = side_at(0);
    gsl_matrix *y = new_matrix(in->upstream->size1, in->upstream->size2);
    side_multi_head(&reference, in->x, in->memory, in->model, in->mask, y);
    return inner_product(in->upstream, y);
}

static void check_all_gradients(inputs *in)
{
    side reference = side_at(0);
    bool is_self = in->x == in->memory;
    gsl_matrix *dx = new_matrix(in->x->size1, in->x->size2);
    gsl_matrix *dm = is_self ? dx : new_matrix(in->memory->size1, in->memory->size2);
    CHECK_STATUS(side_multi_head_backward(&reference, in->x, in->memory, in->model, in->mask,
                                          in->upstream, dx, dm),
                 GSL_SUCCESS, "backward");
    check_gradient("grad_x", in->x, dx, loss, in);
    check_gradient("grad_memory", in->memory, dm, loss, in);
    const ref_parameters *list = in->model->list;
    for (size_t n = 0; n < list->n_parameters; n++) {
        ref_parameter *p = &list->parameters[n];
        check_gradient(p->name, &p->value.matrix, &p->gradient.matrix, loss, in);
    }
}

static void gradients_of_cross_attention(void)
{
    heads_model *m = heads_alloc(&(heads_sizes){3, 5, 2, 2, 3, 4, 1, false});
    size_t length = 4;
    const ref_mask mask = {.key_length = &length, .bias = random_matrix(suite_rng(), 3, 5, 1.0)};
    inputs in = {random_matrix(suite_rng(), 3, 3, 1.0), random_matrix(suite_rng(), 5, 5, 1.0),
                 random_matrix(suite_rng(), 3, 4, 1.0), m, &mask};
    check_all_gradients(&in);
    heads_free(m);
}

static void gradients_of_self_attention(void)
{
    heads_model *m = heads_alloc(&(heads_sizes){4, 4, 2, 2, 3, 4, 2, false});
    const ref_mask mask = {.causal = true};
    gsl_matrix *x = random_matrix(suite_rng(), 5, 4, 1.0);
    inputs in = {x, x, random_matrix(suite_rng(), 5, 4, 1.0), m, &mask};
    check_all_gradients(&in);
    heads_free(m);
}

static void gradients_without_biases(void)
{
    heads_model *m = heads_alloc(&(heads_sizes){4, 4, 2, 2, 3, 4, 0, true});
    gsl_matrix *x = random_matrix(suite_rng(), 5, 4, 1.0);
    inputs in = {x, x, random_matrix(suite_rng(), 5, 4, 1.0), m, NULL};
    check_all_gradients(&in);
    heads_free(m);
}

static const test tests[] = {
    {"heads that are views give the same bits as a loop over copies", views_are_copies},
    {"30: one head is attention between projections, and W_O behind it", one_head_is_chapter_3},
    {"30: with identities as weights every head attends on its slice", identity_projections},
    {"30, 31: without W_O there is only b_O, without W_V only b_V W_O + b_O", only_biases},
    {"35: gradients of cross-attention agree with central differences",
     gradients_of_cross_attention},
    {"35: gradients of self-attention agree with central differences", gradients_of_self_attention},
    {"35: so they do without biases", gradients_without_biases},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
