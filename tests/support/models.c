/* Models on the reference's side; the optimized half is in models_fast.c. */

#include "tests/support/models_fast.h"

#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters -------------------------------------------------------------------------------- */

void randomize_values(ref_parameters *list)
{
    for (size_t i = 0; i < list->n_parameters; i++) {
        ref_parameter *p = &list->parameters[i];
        bool is_gain = strstr(p->name, "gain") != NULL;
        double sigma = p->is_decayed ? 1.0 / sqrt((double)p->n_rows) : 0.3;
        for (size_t n = 0; n < p->n_rows * p->n_cols; n++) {
            double x = random_gaussian(suite_rng(), sigma);
            list->values[p->offset + n] = is_gain ? (float)(1.0 + x) : x;
        }
    }
}

gsl_matrix *value_of(const ref_parameters *list, const char *name)
{
    return &ref_parameters_find(list, name)->value.matrix;
}

gsl_matrix *gradient_of(const ref_parameters *list, const char *name)
{
    return &ref_parameters_find(list, name)->gradient.matrix;
}

void set_all_of(ref_parameters *list, const char *name, double value)
{
    gsl_matrix_set_all(value_of(list, name), value);
}

/* ---- multi-head attention ---------------------------------------------------------------------- */

static void declare_heads(ref_parameters *list, const heads_sizes *s)
{
    size_t all_k = s->n_heads * s->d_k, all_v = s->n_heads * s->d_v;
    ref_parameters_declare(list, "q", s->d_x, all_k, true, REF_ZEROS);
    ref_parameters_declare(list, "k", s->d_memory, all_k, true, REF_ZEROS);
    ref_parameters_declare(list, "v", s->d_memory, all_v, true, REF_ZEROS);
    ref_parameters_declare(list, "o", all_v, s->d_model, true, REF_ZEROS);
    if (!s->without_biases) {
        ref_parameters_declare(list, "b_q", 1, all_k, false, REF_ZEROS);
        ref_parameters_declare(list, "b_k", 1, all_k, false, REF_ZEROS);
        ref_parameters_declare(list, "b_v", 1, all_v, false, REF_ZEROS);
        ref_parameters_declare(list, "b_o", 1, s->d_model, false, REF_ZEROS);
    }
    if (s->clip > 0) {
        ref_parameters_declare(list, "relative", s->n_heads, 2 * s->clip + 1, false, REF_ZEROS);
    }
}

static gsl_vector *bias_in(const heads_model *m, const char *name,
                           gsl_matrix *(*part_of)(const ref_parameters *, const char *),
                           gsl_vector_view *row)
{
    if (m->sizes.without_biases) {
        return NULL;
    }
    *row = gsl_matrix_row(part_of(m->list, name), 0);
    return &row->vector;
}

static ref_multi_head parameters_in(heads_model *m,
                                    gsl_matrix *(*part_of)(const ref_parameters *, const char *),
                                    gsl_vector_view biases[4])
{
    return (ref_multi_head){
        .n_heads = m->sizes.n_heads,
        .heads = {part_of(m->list, "q"), bias_in(m, "b_q", part_of, &biases[0]),
                  part_of(m->list, "k"), bias_in(m, "b_k", part_of, &biases[1]),
                  part_of(m->list, "v"), bias_in(m, "b_v", part_of, &biases[2])},
        .weight_o = part_of(m->list, "o"),
        .bias_o = bias_in(m, "b_o", part_of, &biases[3]),
        .relative_bias = m->sizes.clip > 0 ? part_of(m->list, "relative") : NULL};
}

heads_model *heads_alloc(const heads_sizes *sizes)
{
    heads_model *m = calloc(1, sizeof *m);
    m->sizes = *sizes;
    m->list = ref_parameters_alloc();
    declare_heads(m->list, sizes);
    CHECK_STATUS(ref_parameters_allocate(m->list), GSL_SUCCESS, "ref_parameters_allocate");
    m->value = parameters_in(m, value_of, m->biases[0]);
    m->gradient = parameters_in(m, gradient_of, m->biases[1]);
    randomize_values(m->list);
    return m;
}

void heads_free(heads_model *m)
{
    ref_parameters_free(m->list);
    free(m);
}

ref_multi_head_cache heads_cache(const heads_sizes *s, size_t n_q, size_t n_k)
{
    size_t all_k = s->n_heads * s->d_k, all_v = s->n_heads * s->d_v;
    return (ref_multi_head_cache){.heads = {new_matrix(n_q, all_k), new_matrix(n_k, all_k),
                                            new_matrix(n_k, all_v),
                                            new_matrix(s->n_heads * n_q, n_k)},
                                  .concatenated = new_matrix(n_q, all_v)};
}

int side_multi_head(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                    const heads_model *m, const ref_mask *mask, gsl_matrix *output)
{
    if (s->kernels) {
        return fast_multi_head_once(s, x, memory, m, mask, output, NULL, NULL, NULL);
    }
    ref_multi_head_cache cache = heads_cache(&m->sizes, x->size1, memory->size1);
    return ref_multi_head_forward(x, memory, &m->value, mask, &cache, output);
}

int side_multi_head_backward(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                             const heads_model *m, const ref_mask *mask,
                             const gsl_matrix *grad_output, gsl_matrix *grad_x,
                             gsl_matrix *grad_memory)
{
    gsl_matrix *output = new_matrix(grad_output->size1, grad_output->size2);
    if (s->kernels) {
        return fast_multi_head_once(s, x, memory, m, mask, output, grad_output, grad_x,
                                    grad_memory);
    }
    ref_multi_head_cache cache = heads_cache(&m->sizes, x->size1, memory->size1);
    ref_multi_head_cache scratch = heads_cache(&m->sizes, x->size1, memory->size1);
    int status = ref_multi_head_forward(x, memory, &m->value, mask, &cache, output);
    return status ? status
                  : ref_multi_head_backward(x, memory, &m->value, mask, &cache, grad_output, grad_x,
                                            grad_memory, &m->gradient, &scratch);
}

/* ---- blocks ------------------------------------------------------------------------------------ */

block_model *block_alloc(const ref_block_shape *shape)
{
    block_model *m = calloc(1, sizeof *m);
    m->shape = *shape;
    m->list = ref_parameters_alloc();
    ref_block_declare(m->list, "block", shape);
    CHECK_STATUS(ref_parameters_allocate(m->list), GSL_SUCCESS, "ref_parameters_allocate");
    CHECK_STATUS(ref_block_find(m->list, "block", shape, &m->found), GSL_SUCCESS, "ref_block_find");
    randomize_values(m->list);
    return m;
}

void block_free(block_model *m)
{
    ref_parameters_free(m->list);
    free(m);
}

fast_block_shape narrow_shape(const ref_block_shape *shape)
{
    return (fast_block_shape){.d_model = shape->d_model,
                              .n_heads = shape->n_heads,
                              .n_hidden = shape->n_hidden,
                              .clip = shape->clip,
                              .norm = (fast_norm_place)shape->norm,
                              .activation = (fast_activation)shape->activation,
                              .epsilon = (float)shape->epsilon};
}

int side_block(const side *s, const gsl_matrix *x, const block_model *m, const ref_mask *mask,
               const ref_dropout *dropout, gsl_matrix *output)
{
    if (s->kernels) {
        return fast_block_once(s, x, m, mask, dropout, output, NULL, NULL);
    }
    ref_block_cache *cache = ref_block_cache_alloc(x->size1, &m->shape);
    int status = ref_block_forward(x, &m->found.value, &m->shape, mask, dropout, cache, output);
    ref_block_cache_free(cache);
    return status;
}

int side_block_backward(const side *s, const gsl_matrix *x, const block_model *m,
                        const ref_mask *mask, const ref_dropout *dropout,
                        const gsl_matrix *grad_output, gsl_matrix *grad_x)
{
    gsl_matrix *output = new_matrix(x->size1, x->size2);
    if (s->kernels) {
        return fast_block_once(s, x, m, mask, dropout, output, grad_output, grad_x);
    }
    ref_block_cache *cache = ref_block_cache_alloc(x->size1, &m->shape);
    ref_block_cache *scratch = ref_block_cache_alloc(x->size1, &m->shape);
    ref_block_forward(x, &m->found.value, &m->shape, mask, dropout, cache, output);
    int status = ref_block_backward(x, &m->found.value, &m->shape, mask, dropout, cache,
                                    grad_output, grad_x, &m->found.gradient, scratch);
    ref_block_cache_free(cache);
    ref_block_cache_free(scratch);
    return status;
}
