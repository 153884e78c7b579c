/* e^(2 K), made once for all words that ask. */
#include "optimized/additive_powers.h"
#include "optimized/checks.h"
#include "optimized/kernels/additive_kernels.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>

/* Lanes of the widest vectors: rows end at a whole one, whichever kernels there are. */
enum { MOST_LANES = 16 };

size_t fast_additive_powers_layout(size_t n_batch, size_t n_k, size_t d_a, fast_workspace *memory,
                                   fast_additive_powers *powers)
{
    size_t e = take_view(memory, n_batch, 1, n_k, padded_to(d_a, MOST_LANES), &powers->e);
    return fast_size_sum(e, take_view(memory, n_batch, 1, 1, 1, &powers->largest));
}

bool fast_additive_powers_fit(const fast_additive_powers *powers, const fast_view *keys)
{
    fast_additive_powers like;
    fast_additive_powers_layout(keys->n_batch, keys->n_rows, keys->n_cols, NULL, &like);
    return same_shape(&powers->e, &like.e) && same_shape(&powers->largest, &like.largest);
}

int fast_additive_make_powers(const fast_view *keys, const size_t *lengths,
                              const fast_additive_powers *powers, const fast_context *context)
{
    if (!fast_additive_powers_fit(powers, keys)) {
        GSL_ERROR("there must be room for one power per key and hidden unit", GSL_EBADLEN);
    }
    for (size_t b = 0; lengths && b < keys->n_batch; b++) {
        if (lengths[b] > keys->n_rows) {
            GSL_ERROR("no length may be larger than the number of keys", GSL_EINVAL);
        }
    }
    size_t width = padded_to(keys->n_cols, context->kernels->lanes);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(keys, context))
    for (size_t b = 0; b < keys->n_batch; b++) {
        fast_rows rows = {fast_view_at(keys, b, 0), lengths ? lengths[b] : keys->n_rows,
                          keys->n_cols, keys->row_stride};
        *fast_view_at(&powers->largest, b, 0) =
            context->kernels->additive->exponentials(rows, fast_view_at(&powers->e, b, 0), width);
    }
    return GSL_SUCCESS;
}
