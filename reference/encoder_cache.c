/* The memory of an encoder: what it leaves of a source. */

#include "reference/encoder.h"
#include "reference/encoder_decoder_checks.h"
#include "reference/memory.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>

static bool add_all(ref_encoder_cache *c, size_t n, const ref_encoder_decoder_shape *shape)
{
    ref_recurrent_stack_shape stack = encoder_stack(shape);
    c->stack = ref_recurrent_stack_cache_alloc(n, &stack);
    c->memory = c->stack ? c->stack->outputs[stack.n_layers - 1] : NULL;
    c->keys = is_dot(shape) ? c->memory : NULL;
    return c->stack && add_matrix(&c->source, n, shape->d_embedding) &&
           add_vector(&c->last, memory_width(shape)) && add_vector(&c->first, first_width(shape)) &&
           add_vector(&c->carried.h, stack.n_hidden) &&
           (shape->cell != REF_LSTM || add_vector(&c->carried.c, stack.n_hidden)) &&
           (is_dot(shape) || !has_attention(shape) || add_matrix(&c->keys, n, key_width(shape)));
}

ref_encoder_cache *ref_encoder_cache_alloc(size_t n, const ref_encoder_decoder_shape *shape)
{
    if (check_model_shape(shape) != GSL_SUCCESS) {
        return NULL;
    }
    if (n == 0) {
        GSL_ERROR_NULL("a source must have at least one word", GSL_EINVAL);
    }
    ref_encoder_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL || !add_all(cache, n, shape)) {
        ref_encoder_cache_free(cache);
        GSL_ERROR_NULL("no memory for the cache of an encoder", GSL_ENOMEM);
    }
    return cache;
}

void ref_encoder_cache_free(ref_encoder_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    if (cache->keys != cache->memory) {
        gsl_matrix_free(cache->keys);
    }
    ref_recurrent_stack_cache_free(cache->stack);
    gsl_matrix_free(cache->source);
    gsl_vector_free(cache->last);
    gsl_vector_free(cache->first);
    gsl_vector_free(cache->carried.h);
    gsl_vector_free(cache->carried.c);
    free(cache);
}
