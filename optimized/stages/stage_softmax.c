/* The softmax that stages 1 to 3 share: three passes over a row that is stored whole. */
#include "optimized/stages/stages.h"

#include <math.h>

void stage_softmax(size_t n, float *row)
{
    float max = row[0], sum = 0.0f;
    for (size_t j = 1; j < n; j++) {
        max = row[j] > max ? row[j] : max;
    }
    for (size_t j = 0; j < n; j++) {
        row[j] = expf(row[j] - max);
        sum += row[j];
    }
    for (size_t j = 0; j < n; j++) {
        row[j] /= sum;
    }
}
