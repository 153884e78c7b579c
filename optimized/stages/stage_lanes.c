/* What stages 5 to 8 share: their scratch, and the two transpositions, queries in and outputs out.
 * These cost n d steps beside the 2 n n d of the products, and stay as plain as they are. */
#include "optimized/stages/stages.h"

/* Q^T, output^T and a tile of scores for the widest block: 48 queries, 128 keys. */
size_t stage_block_size(size_t n_q, size_t n_k, size_t d)
{
    (void)n_q, (void)n_k;
    return (2 * d + 128) * 48 * sizeof(float);
}

void stage_queries_to_lanes(size_t width, size_t n_queries, size_t d, float scale, const float *q,
                            float *columns)
{
    for (size_t i = 0; i < width; i++) {
        for (size_t p = 0; p < d; p++) {
            columns[p * width + i] = i < n_queries ? scale * q[i * d + p] : 0.0f;
        }
    }
}

void stage_lanes_to_output(size_t width, size_t n_queries, size_t d, const float *y,
                           const float *sum, float *output)
{
    for (size_t i = 0; i < n_queries; i++) {
        for (size_t c = 0; c < d; c++) {
            output[i * d + c] = y[c * width + i] / sum[i];
        }
    }
}
