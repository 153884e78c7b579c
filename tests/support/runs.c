#include "tests/support/runs.h"

#include "tests/support/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL = 128, POISON = 0xFF }; /* four bytes of 0xFF are a NaN */

const fast_kernels *kernels_at(size_t index)
{
    for (size_t i = 0; fast_kernels_at(i); i++) {
        if (suite_wants_isa(fast_kernels_at(i)->name) && index-- == 0) {
            return fast_kernels_at(i);
        }
    }
    return NULL;
}

guarded_context *guarded_alloc(const fast_kernels *kernels, int n_threads, size_t n_bytes)
{
    guarded_context *guarded = calloc(1, sizeof *guarded);
    if (!guarded || posix_memalign(&guarded->block, FAST_ALIGNMENT, n_bytes + TAIL) != 0) {
        fprintf(stderr, "no memory for a workspace of %zu bytes\n", n_bytes);
        exit(3);
    }
    memset(guarded->block, POISON, n_bytes + TAIL);
    guarded->workspace = (fast_workspace){.begin = guarded->block, .n_bytes = n_bytes};
    guarded->context = (fast_context){kernels, n_threads, &guarded->workspace};
    return guarded;
}

bool guarded_is_intact(const guarded_context *guarded)
{
    const unsigned char *tail = guarded->workspace.begin + guarded->workspace.n_bytes;
    for (size_t i = 0; i < TAIL; i++) {
        if (tail[i] != POISON) {
            return false;
        }
    }
    return guarded->workspace.n_used == 0;
}

void guarded_free(guarded_context *guarded)
{
    free(guarded->block);
    free(guarded);
}
