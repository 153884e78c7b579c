/* What bends the hidden layer. */
#include "optimized/kernels/feed_forward_kernels.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/row.h"

static void relu(const float *h, float *y, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        row_store(y, c, n, vec_max((vec){0}, row_load(h, c, n, 0)));
    }
}

static void relu_backward(const float *h, const float *grad_y, float *y, float *grad_h, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        vec x = row_load(h, c, n, 0);
        row_store(y, c, n, vec_max((vec){0}, x));
        row_store(grad_h, c, n, vec_keep(x > 0, row_load(grad_y, c, n, 0)));
    }
}

/**
 * Phi(x), the normal distribution, and exp(-x^2 / 2). With a = |x| the tail Phi(-a) is
 * exp(-a^2 / 2) times a function that falls slowly from 1/2: a polynomial in t = 1 / (1 + 0.4 a),
 * as in Hastings 1955. This is the best of its degree in relative error (6.7e-8) for a up to 13.3,
 * where the tail leaves the normal floats (Remez' algorithm).
 */
INLINE vec normal_distribution(vec x, vec *density)
{
    vec a = vec_max(x, -x), t = 1.0f / (1.0f + 0.4f * a);
    vec p = t * -0x1.484b42p-5f + 0x1.9f054ap-3f;
    p = p * t - 0x1.8273c6p-2f;
    p = p * t + 0x1.04c4fp-2f;
    p = p * t - 0x1.dd49f4p-7f;
    p = p * t + 0x1.460b44p-3f;
    p = p * t + 0x1.3eb55ep-3f;
    p = p * t + 0x1.4785f2p-3f;
    p = p * t - 0x1.b10402p-17f;
    *density = vec_exp(-0.5f * a * a);
    vec tail = *density * p;
    return vec_select(x < 0, tail, 1.0f - tail);
}

static void gelu(const float *h, float *y, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        vec x = row_load(h, c, n, 0), density;
        row_store(y, c, n, x * normal_distribution(x, &density));
    }
}

static void gelu_backward(const float *h, const float *grad_y, float *y, float *grad_h, size_t n)
{
    const float scale = 0x1.988454p-2f; /* 1 / sqrt(2 pi) */
    for (size_t c = 0; c < n; c += LANES) {
        vec x = row_load(h, c, n, 0), density;
        vec below = normal_distribution(x, &density), slope = below + x * density * scale;
        row_store(y, c, n, x * below);
        row_store(grad_h, c, n, slope * row_load(grad_y, c, n, 0));
    }
}

extern const fast_feed_forward_kernels FOR_ISA(fast_feed_forward_kernels);
const fast_feed_forward_kernels FOR_ISA(fast_feed_forward_kernels) = {
    .relu = {relu, relu_backward},
    .gelu = {gelu, gelu_backward},
};
