/* Stage 8: wider registers.
 *
 * Idea  The file of stage 7, not a line changed, compiled again for AVX2 (8 lanes) and AVX-512 (16
 *       lanes, twice as many registers); the program takes what the machine has.
 * Why   Twice or four times as many multiply-adds an instruction, and multiply and add in one.
 * Gave  gcc 10.4 -> 2.70 ms, clang 14.2 -> 2.71 ms: 99 GFLOP/s, 84 % of the peak. */
#include "optimized/kernels/kernels.h"
#include "optimized/stages/stages.h"

#include <string.h>

/* What this machine can run is known only when the program runs. */
static stage_function *widest(void)
{
    // [choose]
    const char *isa = fast_kernels_best()->name;
#if defined(__x86_64__)
    if (strcmp(isa, "avx512") == 0) {
        return stage7_vector_exp_avx512;
    }
    if (strcmp(isa, "avx2") == 0) {
        return stage7_vector_exp_avx2;
    }
#endif
    // [choose]
    (void)isa;
    return stage7_vector_exp_portable;
}

void stage8_wide(size_t n_q, size_t n_k, size_t d, const float *q, const float *k, const float *v,
                 float *output, void *scratch)
{
    widest()(n_q, n_k, d, q, k, v, output, scratch);
}
