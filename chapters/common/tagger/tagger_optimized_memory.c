/**
 * @file tagger_optimized_memory.c
 * Parameters and memory of the tagger on the optimized side: one block that is large enough for the
 * largest batch. Its twin is tagger_reference_memory.c.
 */
#include "chapters/common/tagger/tagger_optimized_memory.h"
#include "chapters/common/program/program.h"
#include "optimized/layer_norm.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include "optimized/train.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Parameters ------------------------------------------------------------------------------ */

static fast_parameter *find(const fast_parameters *list, const char *name)
{
    fast_parameter *found = fast_parameters_find(list, name);
    if (found == NULL) {
        program_fail("the tagger's parameter '%s' was not declared", name);
    }
    return found;
}

static void find_ends(tagger_optimized *model, const fast_parameters *list)
{
    const tagger_shape *shape = &model->shape;
    char name[FAST_NAME_SIZE];
    for (size_t c = 0; c < shape->n_channels; c++) {
        snprintf(name, sizeof name, "embedding.%s", shape->channel_names[c]);
        model->embeddings[c] = find(list, name);
    }
    model->input_weight = find(list, "input.weight");
    model->input_bias = find(list, "input.bias");
    model->output_weight = find(list, "output.weight");
    model->output_bias = find(list, "output.bias");
    if (tagger_has_final_norm(shape)) {
        model->norm_gain = find(list, "norm.gain");
        model->norm_bias = find(list, "norm.bias");
    }
}

/* The one head of chapter 3: W_Q, W_K and W_V are columns of one matrix. */
static fast_query_key_value split(const fast_view *weight, const fast_view *bias, size_t d)
{
    return (fast_query_key_value){view_columns(weight, 0, d),     view_columns(bias, 0, d),
                                  view_columns(weight, d, d),     view_columns(bias, d, d),
                                  view_columns(weight, 2 * d, d), view_columns(bias, 2 * d, d)};
}

static void find_attention(tagger_optimized *model, const fast_parameters *list)
{
    fast_parameter *weight = find(list, "attention.qkv.weight");
    fast_parameter *bias = find(list, "attention.qkv.bias");
    size_t d = model->shape.d_model;
    model->attention = split(&weight->value, &bias->value, d);
    model->grad_attention = split(&weight->gradient, &bias->gradient, d);
    if (model->shape.clip > 0) {
        fast_parameter *relative = find(list, "attention.relative_bias");
        model->relative_bias = relative->value;
        model->grad_relative_bias = relative->gradient;
    }
}

/* Chapter 1's weights are a softmax of their logarithms:  K(u) / sum K = softmax(ln K(u)),
 * ln K(u) = -u^2 / 2. Beyond 39 bandwidths K(u) is 0 even in double: the bias may be clipped. */
static size_t proximity_clip(const tagger_shape *shape)
{
    return shape->mixing == TAGGER_PROXIMITY ? (size_t)ceil(39.0 * shape->bandwidth) : 0;
}

static void set_proximity(tagger_optimized *model)
{
    size_t clip = proximity_clip(&model->shape);
    float *bias = fast_workspace_take(model->constants, (2 * clip + 1) * sizeof *bias);
    for (size_t i = 0; i < 2 * clip + 1; i++) {
        double u = ((double)i - (double)clip) / model->shape.bandwidth;
        bias[i] = (float)(-0.5 * u * u);
    }
    model->relative_bias = fast_view_matrix(bias, 1, 2 * clip + 1);
}

static void set_constants(tagger_optimized *model, const gsl_matrix *table)
{
    size_t n_bias = 2 * proximity_clip(&model->shape) + 1;
    model->constants = fast_workspace_alloc(
        fast_size_sum(fast_piece_size(table->size1 * table->size2, sizeof(float)),
                      fast_piece_size(n_bias, sizeof(float))));
    if (model->constants == NULL) {
        program_fail("out of memory for %zu word vectors", table->size1);
    }
    float *copy = fast_workspace_take(model->constants, table->size1 * table->size2 * sizeof *copy);
    for (size_t i = 0; i < table->size1; i++) {
        for (size_t c = 0; c < table->size2; c++) {
            copy[i * table->size2 + c] = (float)gsl_matrix_get(table, i, c);
        }
    }
    model->table = fast_view_matrix(copy, table->size1, table->size2);
    if (model->shape.mixing == TAGGER_PROXIMITY) {
        set_proximity(model);
    }
}

static fast_block_shape narrow_shape(const tagger_shape *shape)
{
    ref_block_shape wide = tagger_block_shape(shape);
    return (fast_block_shape){.d_model = wide.d_model,
                              .n_heads = wide.n_heads,
                              .n_hidden = wide.n_hidden,
                              .clip = wide.clip,
                              .norm = (fast_norm_place)wide.norm,
                              .activation = (fast_activation)wide.activation,
                              .epsilon = (float)wide.epsilon};
}

tagger_optimized *tagger_optimized_alloc(const tagger_shape *shape, const gsl_matrix *table,
                                         fast_parameters *parameters, const fast_kernels *kernels,
                                         int n_threads)
{
    tagger_optimized *model = program_allocate(1, sizeof *model);
    model->shape = *shape;
    model->block_shape = narrow_shape(shape);
    model->parameters = parameters;
    model->context = (fast_context){kernels, n_threads, NULL};
    find_ends(model, parameters);
    if (shape->mixing == TAGGER_QUERY_KEY_VALUE) {
        find_attention(model, parameters);
    }
    for (size_t l = 0; shape->mixing == TAGGER_BLOCKS && l < shape->n_layers; l++) {
        char name[FAST_NAME_SIZE];
        snprintf(name, sizeof name, "block%zu", l);
        program_check(fast_block_find(parameters, name, &model->block_shape, &model->blocks[l]));
    }
    set_constants(model, table);
    return model;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Where the pieces of a layout come from: a workspace, or NULL to count only. */
typedef struct {
    size_t n_batch, n;
    fast_workspace *memory;
    size_t n_bytes; /* so far */
} layout;

static fast_view take(layout *from, size_t n_rows, size_t n_cols)
{
    size_t n_bytes = fast_piece_size(from->n_batch * n_rows * n_cols, sizeof(float));
    from->n_bytes = fast_size_sum(from->n_bytes, n_bytes);
    float *data = from->memory != NULL ? fast_workspace_take(from->memory, n_bytes) : NULL;
    return fast_view_tensor(data, from->n_batch, 1, n_rows, n_cols);
}

static void take_mixing(layout *from, tagger_optimized *model)
{
    tagger_activations *a = &model->activations;
    tagger_gradients *g = &model->gradients;
    size_t n = from->n, d = model->shape.d_model;
    a->mixed = take(from, n, d);
    fast_view all = take(from, n, 3 * d);
    a->attention = (fast_query_key_value_cache){view_columns(&all, 0, d), view_columns(&all, d, d),
                                                view_columns(&all, 2 * d, d), take(from, 1, n)};
    g->q = take(from, n, d);
    g->k = take(from, n, d);
    g->v = take(from, n, d);
}

size_t tagger_optimized_layout(tagger_optimized *model, const tagger_batch *batch,
                               fast_workspace *memory)
{
    const tagger_shape *shape = &model->shape;
    tagger_activations *a = &model->activations;
    tagger_gradients *g = &model->gradients;
    size_t n = batch->n_padded, width = tagger_input_width(shape);
    layout from = {batch->n_sequences, n, memory, 0};
    a->input = take(&from, n, width);
    for (size_t l = 0; l < tagger_n_states(shape); l++) {
        a->states[l] = take(&from, n, shape->d_model);
    }
    for (size_t l = 0; shape->mixing == TAGGER_BLOCKS && l < shape->n_layers; l++) {
        size_t n_bytes = fast_block_cache_layout(batch->n_sequences, n, &model->block_shape, memory,
                                                 &a->blocks[l]);
        from.n_bytes = fast_size_sum(from.n_bytes, n_bytes);
    }
    if (shape->mixing != TAGGER_BLOCKS) {
        take_mixing(&from, model);
    }
    a->mean = take(&from, 1, n);
    a->rate = take(&from, 1, n);
    a->last = take(&from, n, shape->d_model);
    a->logits = take(&from, n, shape->n_classes);
    a->log_sum_exp = take(&from, 1, n);
    g->input = take(&from, n, width);
    g->states[0] = take(&from, n, shape->d_model);
    g->states[1] = take(&from, n, shape->d_model);
    g->last = take(&from, n, shape->d_model);
    g->logits = take(&from, n, shape->n_classes);
    return from.n_bytes;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t mixing_size(const tagger_optimized *model)
{
    const fast_view *h = &model->activations.states[0];
    const fast_context *context = &model->context;
    if (model->shape.mixing == TAGGER_BLOCKS) {
        const fast_block *block = &model->blocks[0].value;
        return larger(fast_block_forward_size(h, block, &model->block_shape, context),
                      fast_block_backward_size(h, block, &model->block_shape, context));
    }
    if (model->shape.mixing == TAGGER_QUERY_KEY_VALUE) {
        return larger(fast_query_key_value_forward_size(h, h, &model->attention, context),
                      fast_query_key_value_backward_size(h, h, &model->attention, context));
    }
    return larger(fast_attention_forward_size(h, h, h, context),
                  fast_attention_backward_size(h, h, h, context));
}

/* Scratch memory of the part that needs most. */
static size_t scratch_size(const tagger_optimized *model)
{
    const tagger_activations *a = &model->activations;
    const fast_context *context = &model->context;
    const fast_view *w_in = &model->input_weight->value, *w_out = &model->output_weight->value;
    size_t size = larger(mixing_size(model), fast_gradient_norm_size(model->parameters));
    size = larger(size, fast_projection_forward_size(&a->input, w_in, context));
    size = larger(size, fast_projection_backward_size(&a->input, w_in, context));
    size = larger(size, fast_projection_forward_size(&a->last, w_out, context));
    size = larger(size, fast_projection_backward_size(&a->last, w_out, context));
    size = larger(size, fast_layer_norm_backward_size(&a->last, context));
    return larger(size, fast_cross_entropy_forward_size(&a->logits, context));
}

/* A workspace of at least n_bytes: the old one if it is large enough. */
static void grow(fast_workspace **workspace, size_t n_bytes)
{
    if (*workspace == NULL || (*workspace)->n_bytes < n_bytes) {
        fast_workspace_free(*workspace);
        *workspace = fast_workspace_alloc(n_bytes);
        if (*workspace == NULL) {
            program_fail("out of memory for a batch: %zu bytes", n_bytes);
        }
    }
}

void tagger_optimized_free(tagger_optimized *model)
{
    if (model != NULL) {
        fast_workspace_free(model->constants);
        fast_workspace_free(model->memory);
        fast_workspace_free(model->context.workspace);
        free(model);
    }
}

void tagger_optimized_reserve(tagger_optimized *model, const tagger_batch *batch)
{
    grow(&model->memory, tagger_optimized_layout(model, batch, NULL));
    grow(&model->context.workspace, scratch_size(model));
}
