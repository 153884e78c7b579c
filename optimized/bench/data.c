/* The numbers that are computed with. */
#include "optimized/bench/data.h"
#include "optimized/bench/message.h"
#include "optimized/workspace.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void *zero_bytes(size_t n_bytes)
{
    void *bytes = NULL;
    if (posix_memalign(&bytes, FAST_ALIGNMENT, n_bytes) != 0) {
        stop("there is no memory for the data of this case");
    }
    return memset(bytes, 0, n_bytes);
}

fast_view zero_tensor(size_t n_batch, size_t n_heads, size_t n_rows, size_t n_cols)
{
    float *data = zero_bytes(n_batch * n_heads * n_rows * n_cols * sizeof *data);
    return fast_view_tensor(data, n_batch, n_heads, n_rows, n_cols);
}

/* Knuth's "quick and dirty" generator. */
float next_number(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / (float)(1 << 23) - 1.0f;
}

fast_view random_tensor(size_t n_batch, size_t n_heads, size_t n_rows, size_t n_cols)
{
    fast_view x = zero_tensor(n_batch, n_heads, n_rows, n_cols);
    unsigned state = 1;
    for (size_t i = 0; i < n_batch * n_heads * n_rows * n_cols; i++) {
        x.data[i] = next_number(&state);
    }
    return x;
}

double digest(const float *x, size_t n)
{
    double squares = 0.0, tilted = 0.0;
    for (size_t i = 0; i < n; i++) {
        squares += (double)x[i] * x[i];
    }
    double root = sqrt(squares / (double)n);
    for (size_t i = 0; i < n; i++) {
        double other = (double)(i * i % 127) / 63.0 - 1.0, sum = x[i] + root * other;
        tilted += sum * sum;
    }
    return sqrt(tilted);
}

gsl_matrix *random_matrix(size_t n_rows, size_t n_cols)
{
    gsl_matrix *x = gsl_matrix_alloc(n_rows, n_cols);
    if (x == NULL) {
        stop("there is no memory for the data of this case");
    }
    unsigned state = 1;
    for (size_t i = 0; i < n_rows * n_cols; i++) {
        x->data[i] = next_number(&state);
    }
    return x;
}
