/* Multiplications and additions on registers alone: no memory, nothing to wait for. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/peak_kernels.h"
#include "optimized/kernels/tile.h"

static float multiply_add(size_t n_steps, float factor, float term)
{
    vec x[TILE_ROWS][TILE_VECTORS], factors = vec_all(factor), terms = vec_all(term), sum = {0};
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < TILE_VECTORS; t++) {
            x[j][t] = vec_all((float)(j * TILE_VECTORS + t)); /* equal ones would be merged */
        }
    }
    for (size_t step = 0; step < n_steps; step++) {
        UNROLLED
        for (int j = 0; j < TILE_ROWS; j++) {
            UNROLLED
            for (int t = 0; t < TILE_VECTORS; t++) {
                x[j][t] = x[j][t] * factors + terms;
            }
        }
    }
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < TILE_VECTORS; t++) {
            sum += x[j][t];
        }
    }
    return vec_sum(sum);
}

extern const fast_peak_kernels FOR_ISA(fast_peak_kernels);
const fast_peak_kernels FOR_ISA(fast_peak_kernels) = {
    .multiply_add = multiply_add,
};
