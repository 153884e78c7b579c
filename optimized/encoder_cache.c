/* What the encoder leaves, and its gradients, in a workspace of the caller's.
 *
 * What differs from reference/encoder_cache.c:
 *   1. nothing is allocated or freed;
 *   2. the keys of "location" are no copy: the decoder lets all sources share the places;
 *   3. the keys of "dot" have gradients of their own, which are added to those of the memory at the
 *      end: two tasks may write them at the same time. */
#include "optimized/encoder.h"
#include "optimized/encoder_decoder_checks.h"
#include "optimized/scratch.h"

/** Whether there are keys that lie in memory of their own. */
static bool has_own_keys(const fast_encoder_decoder_shape *shape)
{
    return is_additive(shape) || shape->score == FAST_SCORE_GENERAL;
}

static bool is_dot(const fast_encoder_decoder_shape *shape)
{
    return shape->score == FAST_SCORE_DOT || shape->score == FAST_SCORE_SCALED_DOT;
}

size_t fast_encoder_cache_layout(size_t n_batch, size_t n, const fast_encoder_decoder_shape *shape,
                                 fast_workspace *memory, fast_encoder_cache *cache)
{
    fast_recurrent_stack_shape stack = fast_encoder_stack(shape);
    *cache = (fast_encoder_cache){0};
    size_t size = take_view(memory, n_batch, 1, n, shape->d_embedding, &cache->source);
    size = fast_size_sum(
        size, fast_recurrent_stack_cache_layout(n_batch, n, &stack, memory, &cache->stack));
    size =
        fast_size_sum(size, take_view(memory, n_batch, 1, 1, fast_d_memory(shape), &cache->last));
    size = fast_size_sum(size, take_view(memory, n_batch, 1, 1,
                                         shape->n_layers * fast_n_state(shape), &cache->first));
    cache->memory = cache->stack.outputs[shape->n_encoder_layers - 1];
    cache->keys = is_dot(shape) ? cache->memory : (fast_view){0};
    if (has_own_keys(shape)) {
        size =
            fast_size_sum(size, take_view(memory, n_batch, 1, n, fast_d_key(shape), &cache->keys));
    }
    if (is_additive(shape)) {
        size = fast_size_sum(size, fast_additive_powers_layout(n_batch, n, fast_d_key(shape),
                                                               memory, &cache->powers));
    }
    return size;
}

size_t fast_encoder_gradients_layout(size_t n_batch, size_t n,
                                     const fast_encoder_decoder_shape *shape,
                                     fast_workspace *memory, fast_encoder_gradients *gradients)
{
    size_t n_first = shape->n_layers * fast_n_state(shape);
    *gradients = (fast_encoder_gradients){0};
    size_t size = take_view(memory, n_batch, 1, n, fast_d_memory(shape), &gradients->memory);
    size = fast_size_sum(size, take_view(memory, n_batch, 1, 1, n_first, &gradients->first));
    if (shape->score != FAST_SCORE_NONE) {
        size = fast_size_sum(size,
                             take_view(memory, n_batch, 1, n, fast_d_key(shape), &gradients->keys));
    }
    fast_view_clear(&gradients->memory);
    fast_view_clear(&gradients->first);
    fast_view_clear(&gradients->keys);
    return size;
}
