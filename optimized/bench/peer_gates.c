/* Gates as oneDNN has them. */
#include "optimized/bench/peer_gates.h"
#include "optimized/bench/data.h"
#include <math.h>
#include <string.h>

/** Where it has our gate k. */
static size_t place_of_gate(fast_cell cell, size_t k)
{
    return cell == FAST_GRU && k < 2 ? 1 - k : k;
}

float *onednn_gates(fast_cell cell, const fast_view *weight)
{
    size_t n_gates = cell == FAST_GRU ? 3 : 4, n_cols = weight->n_cols, n = n_cols / n_gates;
    float *gates = zero_bytes(weight->n_rows * n_cols * sizeof *gates);
    for (size_t row = 0; row < weight->n_rows; row++) {
        for (size_t k = 0; k < n_gates; k++) {
            memcpy(gates + row * n_cols + place_of_gate(cell, k) * n,
                   weight->data + row * weight->row_stride + k * n, n * sizeof *gates);
        }
    }
    return gates;
}

float *onednn_biases(fast_cell cell, const fast_recurrent_cell *of, bool is_gradient)
{
    size_t n_gates = cell == FAST_GRU ? 3 : 4, n = of->bias_x.n_cols / n_gates;
    const float *b_x = of->bias_x.data, *b_h = of->bias_h.data;
    float *biases = zero_bytes((n_gates + 1) * n * sizeof *biases);
    for (size_t k = 0; k < n_gates; k++) {
        bool is_sum = !is_gradient && !(cell == FAST_GRU && k == 2);
        float *gate = biases + place_of_gate(cell, k) * n;
        for (size_t j = 0; j < n; j++) {
            gate[j] = is_sum ? b_x[k * n + j] + b_h[k * n + j] : b_x[k * n + j];
        }
    }
    if (cell == FAST_GRU) {
        memcpy(biases + n_gates * n, b_h + 2 * n, n * sizeof *biases);
    }
    return biases;
}

double largest_difference(const float *theirs, const float *ours, size_t n)
{
    double largest = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        double difference = fabs((double)theirs[i] - ours[i]);
        squares += (double)ours[i] * ours[i];
        largest = difference <= largest ? largest : difference; /* what is no number stays */
    }
    return largest / sqrt(squares / (double)n);
}
