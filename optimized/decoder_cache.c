/* What the decoder keeps, and its states, in a workspace of the caller's.
 *
 * What differs from reference/decoder_cache.c:
 *   1. nothing is allocated or freed;
 *   2. context and hidden state are columns of one matrix, where attention and stack put them;
 *   3. the input of a step is one matrix, too: the fed columns stand beside the embedded word. */
#include "optimized/decoder.h"
#include "optimized/encoder_decoder_checks.h"
#include "optimized/scratch.h"
#include <string.h>

size_t fast_decoder_cache_layout(size_t n_batch, size_t n, size_t n_memory,
                                 const fast_encoder_decoder_shape *shape, fast_workspace *memory,
                                 fast_decoder_cache *cache)
{
    fast_recurrent_stack_shape stack = fast_decoder_stack(shape);
    size_t d_context = fast_d_context(shape), n_hidden = shape->n_hidden;
    *cache = (fast_decoder_cache){0};
    size_t size = take_view(memory, n_batch, 1, n, stack.n_in, &cache->input); /* 3 */
    size = fast_size_sum(
        size, fast_recurrent_stack_cache_layout(n_batch, n, &stack, memory, &cache->stack));
    size =
        fast_size_sum(size, take_view(memory, n_batch, 1, n, d_context + n_hidden, &cache->joined));
    size =
        fast_size_sum(size, take_view(memory, n_batch, 1, n, shape->d_output, &cache->attentional));
    size = fast_size_sum(size, take_view(memory, n_batch, 1, n, shape->d_output, &cache->dropped));
    if (shape->score != FAST_SCORE_NONE) {
        size = fast_size_sum(size, take_view(memory, n_batch, 1, 1, n, &cache->log_sum_exp));
    }
    if (is_additive(shape)) {
        size = fast_size_sum(size, take_view(memory, n_batch, 1, n, shape->d_attention, &cache->q));
    }
    if (shape->score != FAST_SCORE_NONE && shape->window > 0) {
        size = fast_size_sum(size, take_view(memory, 1, 1, n, n_memory, &cache->window));
        cache->window.n_batch = n_batch;
        cache->window.batch_stride = 0;
    }
    cache->stack.outputs[shape->n_layers - 1] =
        fast_view_columns(&cache->joined, d_context, n_hidden); /* 2 */
    return size;
}

/** The next view of a state, all 0. */
static size_t take_state(fast_workspace *memory, size_t n_batch, size_t n_cols, fast_view *view)
{
    size_t size = take_view(memory, n_batch, 1, 1, n_cols, view);
    if (view->data) {
        memset(view->data, 0, n_batch * n_cols * sizeof *view->data);
    }
    return size;
}

size_t fast_decoder_state_layout(size_t n_batch, const fast_encoder_decoder_shape *shape,
                                 fast_workspace *memory, fast_decoder_state *state)
{
    size_t size = 0;
    *state = (fast_decoder_state){0};
    for (size_t l = 0; l < shape->n_layers; l++) {
        fast_recurrent_state *layer = &state->layers.states[l][0];
        size = fast_size_sum(size, take_state(memory, n_batch, shape->n_hidden, &layer->h));
        if (shape->cell == FAST_LSTM) {
            size = fast_size_sum(size, take_state(memory, n_batch, shape->n_hidden, &layer->c));
        }
    }
    if (shape->feeds_output) {
        size = fast_size_sum(size, take_state(memory, n_batch, shape->d_output, &state->fed));
    }
    return size;
}
