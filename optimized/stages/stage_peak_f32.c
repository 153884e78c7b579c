/* The peak: multiply and add, and nothing else. What a stage is short of it is spent on memory, on
 * exp, or on waiting. */
#include "optimized/kernels/vector.h"
#include "optimized/stages/stages.h"

/* Enough sums that no unit waits: an FMA takes 4 steps, and two start at a time. */
enum { N_SUMS = STAGE_PEAK_SUMS };

double FOR_ISA(stage_peak)(size_t n_steps)
{
    vec sum[N_SUMS], half = vec_all(0.5f), one = vec_all(1.0f);
    for (int r = 0; r < N_SUMS; r++) {
        sum[r] = vec_all((float)r);
    }
    for (size_t step = 0; step < n_steps; step++) {
        UNROLLED
        for (int r = 0; r < N_SUMS; r++) {
            sum[r] = sum[r] * half + one;
        }
    }
    double total = 0.0; /* used, so that the compiler may not leave the loop out */
    for (int r = 0; r < N_SUMS; r++) {
        total += vec_sum(sum[r]);
    }
    return total;
}
