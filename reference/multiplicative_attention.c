#include "reference/multiplicative_attention.h"
#include "reference/checks.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>

/* ---- Keys ------------------------------------------------------------------------------------ */

static int check_keys(const gsl_matrix *memory, const gsl_matrix *weight, const gsl_matrix *keys)
{
    if (weight->size2 != memory->size2) {
        GSL_ERROR("the weight must have one column per column of the memory", GSL_EBADLEN);
    }
    if (!has_shape(keys, memory->size1, weight->size1)) {
        GSL_ERROR("there must be one key per row of the memory, as wide as the weight is high",
                  GSL_EBADLEN);
    }
    if (is_empty(memory) || is_empty(weight)) {
        GSL_ERROR("there must be at least one row and one column of the memory and of the weight",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int ref_multiplicative_keys_forward(const gsl_matrix *memory, const gsl_matrix *weight,
                                    gsl_matrix *keys)
{
    int status = check_keys(memory, weight, keys);
    if (status == GSL_SUCCESS) {
        // [multiplicative-keys]
        /* K = M W^T */
        gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, memory, weight, 0.0, keys);
        // [multiplicative-keys]
    }
    return status;
}

int ref_multiplicative_keys_backward(const gsl_matrix *memory, const gsl_matrix *weight,
                                     const gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                                     gsl_matrix *grad_weight)
{
    if (!same_shape(grad_memory, memory) || !same_shape(grad_weight, weight)) {
        GSL_ERROR("the memory and the weight must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_keys(memory, weight, grad_keys);
    if (status == GSL_SUCCESS) {
        // [multiplicative-keys-backward]
        /* K = M W^T:  dM += dK W,  dW += dK^T M */
        gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, grad_keys, weight, 1.0, grad_memory);
        gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, grad_keys, memory, 1.0, grad_weight);
        // [multiplicative-keys-backward]
    }
    return status;
}

/* ---- Attention: from here on it is that of chapter 2 ----------------------------------------- */

int ref_multiplicative_attention_forward(const gsl_matrix *x, const gsl_matrix *keys,
                                         const gsl_matrix *memory, double scale,
                                         const ref_mask *mask, gsl_matrix *weights,
                                         gsl_matrix *output)
{
    // [multiplicative-attention]
    /* P = softmax(scale X K^T + bias),  Y = P M */
    return ref_attention_forward(x, keys, memory, REF_DOT, scale, mask, weights, output);
    // [multiplicative-attention]
}

int ref_multiplicative_attention_backward(const gsl_matrix *x, const gsl_matrix *keys,
                                          const gsl_matrix *memory, double scale,
                                          const ref_mask *mask, const gsl_matrix *weights,
                                          const gsl_matrix *output, const gsl_matrix *grad_output,
                                          gsl_matrix *grad_x, gsl_matrix *grad_keys,
                                          gsl_matrix *grad_memory, gsl_matrix *grad_scores)
{
    return ref_attention_backward(x, keys, memory, REF_DOT, scale, mask, weights, output,
                                  grad_output, grad_x, grad_keys, grad_memory, grad_scores);
}
