#include "reference/encoder.h"
#include "reference/embedding.h"
#include "reference/encoder_decoder_checks.h"
#include "reference/multiplicative_attention.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- Checks ---------------------------------------------------------------------------------- */

static bool cache_fits_model(const ref_encoder_cache *c, size_t n,
                             const ref_encoder_decoder_shape *shape)
{
    ref_recurrent_stack_shape stack = encoder_stack(shape);
    return c->stack && stack_cache_fits(c->stack, &stack, n) &&
           is_matrix(c->source, n, shape->d_embedding) &&
           is_matrix(c->memory, n, memory_width(shape)) &&
           is_vector(c->last, memory_width(shape)) && is_vector(c->first, first_width(shape)) &&
           (!has_attention(shape) || is_matrix(c->keys, n, key_width(shape)));
}

static int check_encoder(const int *source, const size_t *length,
                         const ref_encoder_decoder *parameters,
                         const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                         const ref_encoder_cache *cache)
{
    int status = check_model_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (!model_fits(parameters, shape)) {
        GSL_ERROR("the parameters must fit the shape of the model", GSL_EBADLEN);
    }
    if (!cache_fits_model(cache, cache->source->size1, shape)) {
        GSL_ERROR("the cache of the encoder must fit the shape of the model", GSL_EBADLEN);
    }
    status = check_words(source, cache->source->size1, shape->n_source);
    return status ? status : check_length(cache->source->size1, length, shape, dropout);
}

/* ---- Forward --------------------------------------------------------------------------------- */

static int keys_forward(const ref_encoder_decoder *p, const ref_encoder_decoder_shape *shape,
                        const gsl_matrix *memory, gsl_matrix *keys)
{
    // [encoder-keys]
    switch (shape->score) {
    case REF_SCORE_LOCATION: { /* K = the first n places, whatever M is */
        gsl_matrix_view places = gsl_matrix_submatrix(p->places, 0, 0, keys->size1, keys->size2);
        return gsl_matrix_memcpy(keys, &places.matrix);
    }
    case REF_SCORE_GENERAL: /* K = M W^T */
        return ref_multiplicative_keys_forward(memory, p->general_weight, keys);
    case REF_SCORE_CONCAT:
    case REF_SCORE_ADDITIVE: /* K = M U + b */
        return ref_additive_keys_forward(memory, &p->additive, keys);
    default: /* K = M, or no key at all */
        return GSL_SUCCESS;
    }
    // [encoder-keys]
}

/* Where direction d is behind its last word: the one to the left has read the first word last. */
static gsl_vector_view last_of(const gsl_matrix *memory, const ref_encoder_decoder_shape *shape,
                               size_t d, size_t n_real)
{
    size_t n_hidden = shape->n_encoder_hidden;
    return gsl_matrix_subrow((gsl_matrix *)memory, d == 0 ? n_real - 1 : 0, d * n_hidden, n_hidden);
}

static gsl_vector_view half_of(gsl_vector *last, const ref_encoder_decoder_shape *shape, size_t d)
{
    size_t n_hidden = shape->n_encoder_hidden;
    return gsl_vector_subvector(last, d * n_hidden, n_hidden);
}

/* [h_0, c_0] = tanh(F W_b + b_b) */
static void bridge_forward(const ref_encoder_decoder *p, const ref_encoder_decoder_shape *shape,
                           size_t n_real, const ref_encoder_cache *c)
{
    // [bridge-forward]
    for (size_t d = 0; d < (shape->is_bidirectional ? 2 : 1); d++) {
        gsl_vector_view f = half_of(c->last, shape, d);
        gsl_vector_view h = last_of(c->memory, shape, d, n_real);
        gsl_vector_memcpy(&f.vector, &h.vector);
    }
    gsl_vector_memcpy(c->first, p->bridge_bias);
    gsl_blas_dgemv(CblasTrans, 1.0, p->bridge_weight, c->last, 1.0, c->first);
    for (size_t j = 0; j < c->first->size; j++) {
        gsl_vector_set(c->first, j, tanh(gsl_vector_get(c->first, j)));
    }
    // [bridge-forward]
}

int ref_encoder_forward(const int *source, const size_t *length,
                        const ref_encoder_decoder *parameters,
                        const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                        const ref_encoder_cache *cache)
{
    int status = check_encoder(source, length, parameters, shape, dropout, cache);
    if (status != GSL_SUCCESS) {
        return status;
    }
    const ref_encoder_decoder *p = parameters;
    ref_recurrent_stack_shape stack = encoder_stack(shape);
    size_t n = cache->source->size1, n_real = length ? *length : n;
    ref_dropout of_words = dropout_of(dropout, 0, n), of_layers = dropout_of(dropout, 2, n);
    // [encoder-forward]
    /* X = dropout(embedding(source)) */
    ref_embedding_forward(p->source_embedding, source, cache->source);
    ref_dropout_forward(cache->source, &of_words, cache->source);

    /* M = stack(X),  K = keys(M),  [h_0, c_0] = tanh(F W_b + b_b) */
    status = ref_recurrent_stack_forward(cache->source, NULL, &p->encoder, &stack, length,
                                         &of_layers, cache->stack, NULL);
    if (status == GSL_SUCCESS) {
        status = keys_forward(p, shape, cache->memory, cache->keys);
        bridge_forward(p, shape, n_real, cache);
    }
    // [encoder-forward]
    return status;
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

/* In the forward pass this was [h_0, c_0] = tanh(F W_b + b_b), so now, with the gradient da of what
 * the tanh has seen:  db_b += da,  dW_b += F da^T,  dF = W_b da. */
static void bridge_backward(const ref_encoder_decoder *p, const ref_encoder_decoder_shape *shape,
                            size_t n_real, const ref_encoder_cache *c, const ref_encoder_cache *g,
                            const ref_encoder_decoder *grad)
{
    // [bridge-backward]
    for (size_t j = 0; j < c->first->size; j++) {
        double y = gsl_vector_get(c->first, j);
        *gsl_vector_ptr(g->first, j) *= 1.0 - y * y;
    }
    gsl_vector_add(grad->bridge_bias, g->first);
    gsl_blas_dger(1.0, c->last, g->first, grad->bridge_weight);
    gsl_blas_dgemv(CblasNoTrans, 1.0, p->bridge_weight, g->first, 0.0, g->last);
    for (size_t d = 0; d < (shape->is_bidirectional ? 2 : 1); d++) {
        gsl_vector_view df = half_of(g->last, shape, d);
        gsl_vector_view dh = last_of(g->memory, shape, d, n_real);
        gsl_vector_add(&dh.vector, &df.vector);
    }
    // [bridge-backward]
}

static int keys_backward(const ref_encoder_decoder *p, const ref_encoder_decoder_shape *shape,
                         const gsl_matrix *memory, const gsl_matrix *grad_keys,
                         gsl_matrix *grad_memory, const ref_encoder_decoder *grad)
{
    switch (shape->score) {
    case REF_SCORE_LOCATION: {
        gsl_matrix_view places =
            gsl_matrix_submatrix(grad->places, 0, 0, grad_keys->size1, grad_keys->size2);
        return gsl_matrix_add(&places.matrix, grad_keys);
    }
    case REF_SCORE_GENERAL:
        return ref_multiplicative_keys_backward(memory, p->general_weight, grad_keys, grad_memory,
                                                grad->general_weight);
    case REF_SCORE_CONCAT:
    case REF_SCORE_ADDITIVE:
        return ref_additive_keys_backward(memory, &p->additive, grad_keys, grad_memory,
                                          &grad->additive);
    default: /* K = M: their gradients are one matrix, too */
        return GSL_SUCCESS;
    }
}

int ref_encoder_backward(const int *source, const size_t *length,
                         const ref_encoder_decoder *parameters,
                         const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                         const ref_encoder_cache *cache, const ref_encoder_cache *grad_cache,
                         const ref_encoder_decoder *gradients)
{
    int status = check_encoder(source, length, parameters, shape, dropout, cache);
    if (status != GSL_SUCCESS) {
        return status;
    }
    const ref_encoder_cache *c = cache, *g = grad_cache;
    size_t n = c->source->size1, n_real = length ? *length : n;
    if (!cache_fits_model(g, n, shape) || !model_fits(gradients, shape)) {
        GSL_ERROR("cache and parameters must have the shape of their gradients", GSL_EBADLEN);
    }
    ref_recurrent_stack_shape stack = encoder_stack(shape);
    ref_dropout of_words = dropout_of(dropout, 0, n), of_layers = dropout_of(dropout, 2, n);
    // [encoder-backward]
    bridge_backward(parameters, shape, n_real, c, g, gradients);
    status = keys_backward(parameters, shape, c->memory, g->keys, g->memory, gradients);

    /* In the forward pass this was M = stack(X), so now dX, and what the layers get. */
    gsl_matrix_set_zero(g->source);
    status =
        status ? status
               : ref_recurrent_stack_backward(c->source, NULL, &parameters->encoder, &stack, length,
                                              &of_layers, c->stack, g->memory, NULL, g->source,
                                              NULL, &gradients->encoder, g->stack, &g->carried);
    /* This was X = dropout(embedding(source)). Dropout has the same factors on the way back. */
    ref_dropout_forward(g->source, &of_words, g->source);
    return status ? status : ref_embedding_backward(source, g->source, gradients->source_embedding);
    // [encoder-backward]
}
