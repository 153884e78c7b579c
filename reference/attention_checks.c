/* What attention asks of its arguments: shapes first, then values. */
#include "reference/attention_checks.h"
#include "reference/checks.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

static int check_mask_shapes(const ref_mask *mask, size_t n_q, size_t n_k)
{
    const gsl_vector *relative = mask->relative_bias, *grad = mask->grad_relative_bias;
    if (mask->bias && !has_shape(mask->bias, n_q, n_k)) {
        GSL_ERROR("there must be one bias per query and key", GSL_EBADLEN);
    }
    if (relative && relative->size % 2 == 0) {
        GSL_ERROR("a relative bias must have an odd number of entries: 2 clip + 1", GSL_EBADLEN);
    }
    if (grad && !(relative && grad->size == relative->size)) {
        GSL_ERROR("there must be a relative bias of the shape of its gradient", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

static int check_mask_values(const ref_mask *mask, size_t n_k)
{
    if (mask->key_length && *mask->key_length > n_k) {
        GSL_ERROR("a key length must not exceed the number of keys", GSL_EINVAL);
    }
    if (mask->bias && !(gsl_matrix_max(mask->bias) < INFINITY)) { /* NaN if any entry is */
        GSL_ERROR("a bias must be finite or -infinity", GSL_EINVAL);
    }
    for (size_t n = 0; mask->relative_bias && n < mask->relative_bias->size; n++) {
        if (!isfinite(gsl_vector_get(mask->relative_bias, n))) {
            GSL_ERROR("a relative bias must be finite", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

int ref_check_mask(const ref_mask *mask, size_t n_q, size_t n_k)
{
    int status = mask ? check_mask_shapes(mask, n_q, n_k) : GSL_SUCCESS;
    return mask && status == GSL_SUCCESS ? check_mask_values(mask, n_k) : status;
}

static int check_scoring(const gsl_matrix *q, const gsl_matrix *k, ref_similarity similarity,
                         double scale, const ref_mask *mask)
{
    if (q->size2 != k->size2) {
        GSL_ERROR("queries and keys must be equally wide", GSL_EBADLEN);
    }
    if (is_empty(q) || is_empty(k)) {
        GSL_ERROR("there must be at least one query, one key and one column", GSL_EINVAL);
    }
    if ((unsigned)similarity > REF_NEG_SQ_EUCLIDEAN) {
        GSL_ERROR("the similarity must be dot, cosine or negative squared Euclidean", GSL_EINVAL);
    }
    if (!isfinite(scale)) {
        GSL_ERROR("the scale must be finite", GSL_EINVAL);
    }
    return ref_check_mask(mask, q->size1, k->size1);
}

int ref_check_attention(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                        ref_similarity similarity, double scale, const ref_mask *mask,
                        const gsl_matrix *weights, const gsl_matrix *output)
{
    if (v && v->size1 != k->size1) {
        GSL_ERROR("there must be one value per key", GSL_EBADLEN);
    }
    if (!has_shape(weights, q->size1, k->size1)) {
        GSL_ERROR("there must be one score or weight per query and key", GSL_EBADLEN);
    }
    if (v && !has_shape(output, q->size1, v->size2)) {
        GSL_ERROR("there must be one output per query, as wide as a value", GSL_EBADLEN);
    }
    int status = check_scoring(q, k, similarity, scale, mask);
    if (status == GSL_SUCCESS && v && v->size2 == 0) {
        GSL_ERROR("a value must have at least one column", GSL_EINVAL);
    }
    return status;
}

int ref_check_attention_gradients(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                                  const gsl_matrix *weights, const gsl_matrix *output,
                                  const gsl_matrix *grad_output, const gsl_matrix *grad_q,
                                  const gsl_matrix *grad_k, const gsl_matrix *grad_v,
                                  const gsl_matrix *grad_scores)
{
    if (!same_shape(grad_output, output)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    if (!same_shape(grad_q, q) || !same_shape(grad_k, k) || !same_shape(grad_v, v)) {
        GSL_ERROR("queries, keys and values must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(grad_scores, weights)) {
        GSL_ERROR("the scratch for the scores' gradient must have the shape of the weights",
                  GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}
