/* Sizes that follow from the shape of a model, and what it must be like. */
#include "optimized/encoder_decoder_checks.h"
#include "optimized/checks.h"
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_stack_checks.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>

/* ---- Sizes ----------------------------------------------------------------------------------- */

size_t fast_d_memory(const fast_encoder_decoder_shape *shape)
{
    return (shape->is_bidirectional ? 2 : 1) * shape->n_encoder_hidden;
}

size_t fast_d_key(const fast_encoder_decoder_shape *shape)
{
    return shape->score == FAST_SCORE_NONE ? 0
           : is_additive(shape)            ? shape->d_attention
                                           : shape->n_hidden;
}

size_t fast_d_context(const fast_encoder_decoder_shape *shape)
{
    return shape->score == FAST_SCORE_NONE ? 0 : fast_d_memory(shape);
}

size_t fast_d_fed(const fast_encoder_decoder_shape *shape)
{
    return shape->timing == FAST_TIMING_BAHDANAU ? fast_d_memory(shape)
           : shape->feeds_output                 ? shape->d_output
                                                 : 0;
}

size_t fast_n_state(const fast_encoder_decoder_shape *shape)
{
    return (shape->cell == FAST_LSTM ? 2 : 1) * shape->n_hidden;
}

fast_recurrent_stack_shape fast_encoder_stack(const fast_encoder_decoder_shape *shape)
{
    return (fast_recurrent_stack_shape){.cell = shape->cell,
                                        .n_in = shape->d_embedding,
                                        .n_hidden = shape->n_encoder_hidden,
                                        .n_layers = shape->n_encoder_layers,
                                        .is_bidirectional = shape->is_bidirectional};
}

fast_recurrent_stack_shape fast_decoder_stack(const fast_encoder_decoder_shape *shape)
{
    return (fast_recurrent_stack_shape){.cell = shape->cell,
                                        .n_in = shape->d_embedding + fast_d_fed(shape),
                                        .n_hidden = shape->n_hidden,
                                        .n_layers = shape->n_layers};
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static int check_sizes(const fast_encoder_decoder_shape *shape)
{
    const size_t sizes[] = {shape->n_source,         shape->n_target, shape->d_embedding,
                            shape->n_encoder_hidden, shape->n_hidden, shape->d_output};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (sizes[i] == 0 || sizes[i] > SIZE_MAX / (64 * sizeof(float))) {
            GSL_ERROR("every size of a model must be at least 1, and fit in a memory", GSL_EINVAL);
        }
    }
    if (is_additive(shape) && (shape->d_attention == 0 || shape->d_attention > SIZE_MAX / 256)) {
        GSL_ERROR("an additive score must have at least one hidden unit", GSL_EINVAL);
    }
    if (shape->score == FAST_SCORE_LOCATION &&
        (shape->n_places == 0 || shape->n_places > SIZE_MAX / 256)) {
        GSL_ERROR("a score by location must have at least one place", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

static int check_choices(const fast_encoder_decoder_shape *shape)
{
    bool is_dot = shape->score == FAST_SCORE_DOT || shape->score == FAST_SCORE_SCALED_DOT;
    if (shape->score < FAST_SCORE_NONE || shape->score > FAST_SCORE_ADDITIVE) {
        GSL_ERROR("the score must be one of those that are listed", GSL_EINVAL);
    }
    if (shape->timing != FAST_TIMING_LUONG && shape->timing != FAST_TIMING_BAHDANAU) {
        GSL_ERROR("the timing must be Luong's or Bahdanau's", GSL_EINVAL);
    }
    if (is_dot && shape->n_hidden != fast_d_memory(shape)) {
        GSL_ERROR("a dot product needs a decoder as wide as the encoder's outputs", GSL_EINVAL);
    }
    if (shape->timing == FAST_TIMING_BAHDANAU &&
        (shape->score == FAST_SCORE_NONE || shape->feeds_output)) {
        GSL_ERROR("Bahdanau's timing needs an attention, and feeds its context and nothing else",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int fast_encoder_decoder_check_shape(const fast_encoder_decoder_shape *shape)
{
    int status = check_sizes(shape);
    status = status == GSL_SUCCESS ? check_choices(shape) : status;
    if (status == GSL_SUCCESS) {
        fast_recurrent_stack_shape stack = fast_encoder_stack(shape);
        status = fast_recurrent_stack_check_shape(&stack);
    }
    if (status == GSL_SUCCESS) {
        fast_recurrent_stack_shape stack = fast_decoder_stack(shape);
        status = fast_recurrent_stack_check_shape(&stack);
    }
    return status;
}

bool fast_are_words(const int *words, size_t n, size_t n_vocab)
{
    for (size_t i = 0; i < n; i++) {
        if (words[i] < 0 || (size_t)words[i] >= n_vocab) {
            return false;
        }
    }
    return true;
}

int fast_encoder_check(const int *source, const size_t *lengths,
                       const fast_encoder_decoder_shape *shape, const fast_encoder_cache *cache)
{
    int status = fast_encoder_decoder_check_shape(shape);
    const fast_view *x = &cache->source;
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (x->n_cols != shape->d_embedding || cache->last.n_batch != x->n_batch ||
        !has_shape(&cache->last, 1, fast_d_memory(shape)) || cache->first.n_batch != x->n_batch ||
        !has_shape(&cache->first, 1, shape->n_layers * fast_n_state(shape))) {
        GSL_ERROR("the cache must have the sizes of the model", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one source and one word", GSL_EINVAL);
    }
    for (size_t b = 0; lengths && b < x->n_batch; b++) {
        if (lengths[b] == 0 || lengths[b] > x->n_rows) {
            GSL_ERROR("a source must have at least one word, and no more than there is room for",
                      GSL_EINVAL);
        }
    }
    if (!fast_are_words(source, x->n_batch * x->n_rows, shape->n_source)) {
        GSL_ERROR("every word of a source must be in its vocabulary", GSL_EINVAL);
    }
    if (shape->score == FAST_SCORE_LOCATION && x->n_rows > shape->n_places) {
        GSL_ERROR("a source must not be longer than there are places", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}
