/**
 * @file attention_mask.h
 * What a mask does to scores, whatever they measure. Private to reference/.
 */
#ifndef REFERENCE_ATTENTION_MASK_H
#define REFERENCE_ATTENTION_MASK_H

#include "reference/attention.h"

#include <gsl/gsl_math.h>

// [visible-keys]
/* How many leading keys query i sees. The last query is aligned with the last key. */
static inline size_t visible_keys(size_t i, size_t n_q, size_t n_k, const ref_mask *mask)
{
    size_t n_visible = mask && mask->key_length ? *mask->key_length : n_k;
    if (mask && mask->causal) {
        size_t n_past = i + 1 + n_k > n_q ? i + 1 + n_k - n_q : 0;
        n_visible = GSL_MIN(n_visible, n_past);
    }
    return n_visible;
}
// [visible-keys]

// [apply-mask]
/* Shift the scores that are seen, and hide the others. */
static inline void apply_mask(const ref_mask *mask, gsl_matrix *scores)
{
    size_t n_q = scores->size1, n_k = scores->size2;
    for (size_t i = 0; i < n_q; i++) {
        size_t n_visible = visible_keys(i, n_q, n_k, mask);
        for (size_t j = 0; j < n_visible && mask->bias; j++) {
            *gsl_matrix_ptr(scores, i, j) += gsl_matrix_get(mask->bias, i, j);
        }
        for (size_t j = n_visible; j < n_k; j++) {
            gsl_matrix_set(scores, i, j, -INFINITY);
        }
    }
}
// [apply-mask]

#endif
