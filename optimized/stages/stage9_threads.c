/* Stage 9: threads.
 *
 * Idea  Each thread takes a share of the queries, and scratch of its own.
 * Why   No query needs another one. Nothing is shared but what is only read, so the result is the
 *       same, bit for bit, on any number of threads.
 * Gave  On two cores gcc 2.70 -> 1.34 ms, clang 2.71 -> 1.36 ms. */
#include "optimized/stages/stages.h"

#if defined(_OPENMP)
#    include <omp.h>

void stage_set_threads(int n_threads)
{
    omp_set_num_threads(n_threads);
}

int stage_threads(void)
{
    return omp_get_max_threads();
}
#else
void stage_set_threads(int n_threads)
{
    (void)n_threads;
}

int stage_threads(void)
{
    return 1;
}
#endif

size_t stage9_size(size_t n_q, size_t n_k, size_t d)
{
    return (size_t)stage_threads() * stage_block_size(n_q, n_k, d);
}

void stage9_threads(size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                    const float *v, float *output, void *scratch)
{
    const size_t block = 48; /* a multiple of what stage 8 does at once, on every machine */
    size_t n_threads = (size_t)stage_threads();
    size_t share = (n_q / n_threads / block + 1) * block;
    size_t size = stage_block_size(n_q, n_k, d);
    // [threads]
#pragma omp parallel for schedule(static, 1)
    for (size_t t = 0; t < n_threads; t++) {
        size_t first = stage_min(n_q, t * share), end = stage_min(n_q, first + share);
        stage8_wide(end - first, n_k, d, q + first * d, k, v, output + first * d,
                    (char *)scratch + t * size);
    }
    // [threads]
}
