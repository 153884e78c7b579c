/* Scratch memory: allocated once, handed out front to back. */
#include "optimized/workspace.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>
#include <stdlib.h>

fast_workspace *fast_workspace_alloc(size_t n_bytes)
{
    fast_workspace *workspace = malloc(sizeof *workspace);
    if (workspace == NULL) {
        GSL_ERROR_NULL("no memory for a workspace", GSL_ENOMEM);
    }
    void *begin = NULL;
    if (posix_memalign(&begin, FAST_ALIGNMENT, n_bytes > 0 ? n_bytes : 1) != 0) {
        free(workspace);
        GSL_ERROR_NULL("no memory for the floats of a workspace", GSL_ENOMEM);
    }
    *workspace = (fast_workspace){.begin = begin, .n_bytes = n_bytes, .n_used = 0};
    return workspace;
}

void fast_workspace_free(fast_workspace *workspace)
{
    if (workspace != NULL) {
        free(workspace->begin);
        free(workspace);
    }
}

void *fast_workspace_take(fast_workspace *workspace, size_t n_bytes)
{
    size_t n_aligned = fast_piece_size(n_bytes, 1);
    if (n_aligned > workspace->n_bytes - workspace->n_used) {
        return NULL;
    }
    void *piece = workspace->begin + workspace->n_used;
    workspace->n_used += n_aligned;
    return piece;
}

size_t fast_piece_size(size_t n_items, size_t item_size)
{
    size_t n_bytes, n_padded;
    if (__builtin_mul_overflow(n_items, item_size, &n_bytes) ||
        __builtin_add_overflow(n_bytes, (size_t)FAST_ALIGNMENT - 1, &n_padded)) {
        return SIZE_MAX;
    }
    return n_padded / FAST_ALIGNMENT * FAST_ALIGNMENT;
}

size_t fast_size_sum(size_t a, size_t b)
{
    size_t sum;
    return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}
