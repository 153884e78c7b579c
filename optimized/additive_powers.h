/**
 * @file additive_powers.h
 * e^(2 K), of which the additive scores are made, beforehand: for a decoder, which looks at the same
 * keys at every word. The reference has no such thing: it takes tanh(q + k) as it stands.
 */
#ifndef OPTIMIZED_ADDITIVE_POWERS_H
#define OPTIMIZED_ADDITIVE_POWERS_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** e^(2 K) of the keys of every batch: made once for a source, not once for each word that asks. */
typedef struct {
    fast_view e;       /**< e^(2 K), (n_k x d_a); each row ends as the kernels want it */
    fast_view largest; /**< the largest |K_ja|, (1 x 1): it tells how the scores are computed */
} fast_additive_powers;

/**
 * Lay out e^(2 K), in a workspace of the caller's.
 *
 * @param[in]     n_batch  sources
 * @param[in]     n_k      words of each, padding included
 * @param[in]     d_a      hidden units
 * @param[in,out] memory   where from, or NULL to count only
 * @param[out]    powers   the views; without data where memory is too small
 * @return                 its bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_additive_powers_layout(size_t n_batch, size_t n_k, size_t d_a, fast_workspace *memory,
                                   fast_additive_powers *powers);

/**
 * Make e^(2 K).
 *
 * @param[in]  keys     K, (n_k x d_a) for every batch
 * @param[in]  lengths  NULL, or for each source how many leading keys are real: as in the mask of all
 *                      calls that read the powers
 * @param[out] powers   as fast_additive_powers_layout() has laid them out
 * @param[in]  context  its kernels are those of all calls that read the powers; no workspace
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a length beyond n_k
 */
int fast_additive_make_powers(const fast_view *keys, const size_t *lengths,
                              const fast_additive_powers *powers, const fast_context *context);

/**
 * Whether powers are those of keys with these sizes.
 *
 * @param[in] powers  e^(2 K)
 * @param[in] keys    K
 * @return            whether there are as many
 */
bool fast_additive_powers_fit(const fast_additive_powers *powers, const fast_view *keys);

/** @} */

#endif
