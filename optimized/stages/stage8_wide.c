/* Stage 8: wider registers.
 *
 * Idea  The file of stage 7, not a line changed, compiled again for AVX2 (8 lanes) and AVX-512 (16
 *       lanes, twice as many registers); the program takes what the machine has.
 * Why   Twice or four times as many multiply-adds an instruction, and multiply and add in one.
 * Gave  gcc 10.4 -> 2.70 ms, clang 14.2 -> 2.71 ms: 99 GFLOP/s, 77 % of the peak. */
#include "optimized/kernels/kernels.h"
#include "optimized/stages/stages.h"

#include <string.h>

/* The loops of one instruction set. */
typedef struct {
    stage_function *attend;
    stage_peak_function *peak;
} loops;

/* What this machine can run is known only when the program runs. */
static loops widest(void)
{
    // [choose]
    const char *isa = fast_kernels_best()->name;
#if defined(__x86_64__)
    if (strcmp(isa, "avx512") == 0) {
        return (loops){stage7_vector_exp_avx512, stage_peak_avx512};
    }
    if (strcmp(isa, "avx2") == 0) {
        return (loops){stage7_vector_exp_avx2, stage_peak_avx2};
    }
#endif
    // [choose]
    (void)isa;
    return (loops){stage7_vector_exp_portable, stage_peak_portable};
}

void stage8_wide(size_t n_q, size_t n_k, size_t d, const float *q, const float *k, const float *v,
                 float *output, void *scratch)
{
    widest().attend(n_q, n_k, d, q, k, v, output, scratch);
}

double stage_peak(size_t n_steps)
{
    return widest().peak(n_steps);
}
