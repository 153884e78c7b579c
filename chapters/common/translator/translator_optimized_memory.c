/**
 * @file translator_optimized_memory.c
 * Parameters and memory of the translator on the optimized side: one block that is large enough for
 * the largest batch. Its twin is translator_reference_memory.c.
 */
#include "chapters/common/translator/translator_optimized_memory.h"
#include "chapters/common/program/program.h"
#include "optimized/loss.h"
#include "optimized/train.h"
#include <stdlib.h>

/* ---- Parameters ------------------------------------------------------------------------------ */

static fast_encoder_decoder_shape narrow_shape(const ref_encoder_decoder_shape *wide)
{
    return (fast_encoder_decoder_shape){.n_source = wide->n_source,
                                        .n_target = wide->n_target,
                                        .d_embedding = wide->d_embedding,
                                        .cell = (fast_cell)wide->cell,
                                        .n_encoder_hidden = wide->n_encoder_hidden,
                                        .n_encoder_layers = wide->n_encoder_layers,
                                        .is_bidirectional = wide->is_bidirectional,
                                        .n_hidden = wide->n_hidden,
                                        .n_layers = wide->n_layers,
                                        .score = (fast_score)wide->score,
                                        .d_attention = wide->d_attention,
                                        .n_places = wide->n_places,
                                        .window = wide->window,
                                        .timing = (fast_timing)wide->timing,
                                        .feeds_output = wide->feeds_output,
                                        .d_output = wide->d_output};
}

translator_optimized *translator_optimized_alloc(const ref_encoder_decoder_shape *shape,
                                                 fast_parameters *parameters,
                                                 const fast_kernels *kernels, int n_threads)
{
    translator_optimized *model = program_allocate(1, sizeof *model);
    model->shape = narrow_shape(shape);
    model->list = parameters;
    model->context = (fast_context){kernels, n_threads, NULL};
    program_check(fast_encoder_decoder_find(parameters, &model->shape, &model->parameters));
    return model;
}

void translator_optimized_free(translator_optimized *model)
{
    if (model != NULL) {
        fast_workspace_free(model->memory);
        fast_workspace_free(model->context.workspace);
        free(model);
    }
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Where the pieces of a layout come from: a workspace, or NULL to count only. */
typedef struct {
    size_t n_batch;
    fast_workspace *memory;
    size_t n_bytes; /* so far */
} layout;

static void *take(layout *from, size_t n_items, size_t item_size)
{
    size_t n_bytes = fast_piece_size(n_items, item_size);
    from->n_bytes = fast_size_sum(from->n_bytes, n_bytes);
    return from->memory != NULL ? fast_workspace_take(from->memory, n_bytes) : NULL;
}

static fast_view take_view(layout *from, size_t n_rows, size_t n_cols)
{
    float *data = take(from, from->n_batch * n_rows * n_cols, sizeof *data);
    return fast_view_tensor(data, from->n_batch, 1, n_rows, n_cols);
}

/* Count what another layout took. */
static void add(layout *from, size_t n_bytes)
{
    from->n_bytes = fast_size_sum(from->n_bytes, n_bytes);
}

size_t translator_optimized_layout(translator_optimized *model, const pair_batch *batch,
                                   fast_workspace *memory)
{
    const fast_encoder_decoder_shape *shape = &model->shape;
    size_t n_batch = batch->n_pairs, n_source = batch->n_source, n = batch->n_target;
    translator_optimized_step *step = &model->step;
    layout from = {n_batch, memory, 0};
    add(&from, fast_encoder_cache_layout(n_batch, n_source, shape, memory, &step->encoder));
    add(&from, fast_decoder_cache_layout(n_batch, n, n_source, shape, memory, &step->decoder));
    add(&from, fast_decoder_state_layout(n_batch, shape, memory, &step->state));
    step->logits = take_view(&from, n, shape->n_target);
    step->log_sum_exp = take_view(&from, 1, n);
    add(&from,
        fast_encoder_gradients_layout(n_batch, n_source, shape, memory, &step->grad_encoder));
    step->grad_logits = take_view(&from, n, shape->n_target);
    return from.n_bytes;
}

static void copies_layout(translator_optimized *model, layout *from);

static size_t search_layout(translator_optimized *model, const pair_batch *batch, size_t n_beam,
                            fast_workspace *memory)
{
    const fast_encoder_decoder_shape *shape = &model->shape;
    translator_optimized_search *search = &model->search;
    size_t n_rows = search->n_rows = batch->n_pairs * n_beam, n_source = batch->n_source;
    search->n_beam = n_beam;
    layout from = {n_rows, memory, 0};
    add(&from,
        fast_encoder_cache_layout(batch->n_pairs, n_source, shape, memory, &search->sources));
    copies_layout(model, &from);
    add(&from, fast_decoder_cache_layout(n_rows, 1, n_source, shape, memory, &search->decoder));
    add(&from, fast_decoder_state_layout(n_rows, shape, memory, &search->state));
    add(&from, fast_decoder_state_layout(n_rows, shape, memory, &search->before));
    search->logits = take_view(&from, 1, shape->n_target);
    return from.n_bytes;
}

/* What the decoder reads of a source, once for each row; keys that are the memory, or the same for
 * all sources, are no copies. */
static void copies_layout(translator_optimized *model, layout *from)
{
    translator_optimized_search *search = &model->search;
    const fast_encoder_cache *one = &search->sources;
    search->rows = *one;
    search->rows.memory = take_view(from, one->memory.n_rows, one->memory.n_cols);
    search->rows.first = take_view(from, one->first.n_rows, one->first.n_cols);
    search->lengths = take(from, from->n_batch, sizeof *search->lengths);
    if (one->powers.e.n_cols > 0) {
        search->rows.powers.e = take_view(from, one->powers.e.n_rows, one->powers.e.n_cols);
        search->rows.powers.largest = take_view(from, 1, 1);
    }
    if (model->shape.score == FAST_SCORE_GENERAL || model->shape.score == FAST_SCORE_CONCAT ||
        model->shape.score == FAST_SCORE_ADDITIVE) {
        search->rows.keys = take_view(from, one->keys.n_rows, one->keys.n_cols);
    } else if (model->shape.score == FAST_SCORE_LOCATION) {
        search->rows.keys.n_batch = from->n_batch;
    } else if (model->shape.score != FAST_SCORE_NONE) {
        search->rows.keys = search->rows.memory;
    }
}

/* ---- Room ------------------------------------------------------------------------------------ */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Scratch memory of the part of a step that needs most. */
static size_t scratch_of_step(const translator_optimized *model)
{
    const translator_optimized_step *step = &model->step;
    const fast_encoder_decoder *value = &model->parameters.value;
    const fast_encoder_decoder_shape *shape = &model->shape;
    const fast_context *context = &model->context;
    size_t size = fast_gradient_norm_size(model->list);
    size = larger(size, fast_encoder_forward_size(value, shape, &step->encoder, context));
    size = larger(size, fast_encoder_backward_size(value, shape, &step->encoder, context));
    size = larger(size,
                  fast_decoder_forward_size(&step->encoder, value, shape, &step->decoder, context));
    size = larger(
        size, fast_decoder_backward_size(&step->encoder, value, shape, &step->decoder, context));
    return larger(size, fast_cross_entropy_forward_size(&step->logits, context));
}

static size_t scratch_of_search(const translator_optimized *model)
{
    const translator_optimized_search *search = &model->search;
    const fast_encoder_decoder *value = &model->parameters.value;
    return larger(
        fast_encoder_forward_size(value, &model->shape, &search->sources, &model->context),
        fast_decoder_forward_size(&search->rows, value, &model->shape, &search->decoder,
                                  &model->context));
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

void translator_optimized_reserve(translator_optimized *model, const pair_batch *batch)
{
    grow(&model->memory, translator_optimized_layout(model, batch, NULL));
    grow(&model->context.workspace, scratch_of_step(model));
}

void translator_optimized_reserve_search(translator_optimized *model, const pair_batch *batch,
                                         size_t n_beam)
{
    grow(&model->memory, search_layout(model, batch, n_beam, NULL));
    grow(&model->context.workspace, scratch_of_search(model));
    model->memory->n_used = 0;
    search_layout(model, batch, n_beam, model->memory);
}
