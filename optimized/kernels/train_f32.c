/* One step of an optimizer. Each number is its own affair: the arrays are walked once, side by
   side, and memory is what takes the time. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/train_kernels.h"
#include "optimized/kernels/vector.h"
#include <math.h>

/* Half as many doubles take as much room as a vector of floats. */
typedef float half __attribute__((vector_size(2 * LANES), aligned(4), may_alias));
typedef double wide __attribute__((vector_size(4 * LANES)));

/** The square root of each lane, correctly rounded. */
INLINE vec vec_sqrt(vec x)
{
#if defined(HAS_AVX512)
    return (vec)_mm512_sqrt_ps((__m512)x);
#elif defined(HAS_AVX2)
    return (vec)_mm256_sqrt_ps((__m256)x);
#elif defined(HAS_SSE2)
    return (vec)_mm_sqrt_ps((__m128)x);
#elif defined(HAS_NEON)
    return (vec)vsqrtq_f32((float32x4_t)x);
#else
    for (int l = 0; l < LANES; l++) {
        x[l] = sqrtf(x[l]);
    }
    return x;
#endif
}

static double sum_of_squares(const float *x, size_t n)
{
    wide low = {0}, high = {0};
    for (size_t i = 0; i < n; i += LANES) {
        wide a = __builtin_convertvector(*(const half *)(x + i), wide);
        wide b = __builtin_convertvector(*(const half *)(x + i + LANES / 2), wide);
        low += a * a;
        high += b * b;
    }
    low += high;
    double sum = 0.0;
    for (int l = 0; l < LANES / 2; l++) {
        sum += low[l];
    }
    return sum;
}

static void sgd(const fast_update *update, const fast_update_part *part)
{
    for (size_t i = 0; i < part->n; i += LANES) {
        vec p = vec_load(part->values + i);
        vec g = update->clip * vec_load(part->gradients + i) + update->pull * p;
        vec u = update->keep_first * vec_load(part->first + i) + g;
        vec_store(part->first + i, u);
        vec_store(part->values + i, p - (update->shrink * p + update->rate * u));
    }
}

static void adam(const fast_update *update, const fast_update_part *part)
{
    for (size_t i = 0; i < part->n; i += LANES) {
        vec p = vec_load(part->values + i);
        vec g = update->clip * vec_load(part->gradients + i) + update->pull * p;
        // [adam]
        vec m = update->keep_first * vec_load(part->first + i) + update->add_first * g;
        vec v = update->keep_second * vec_load(part->second + i) + update->add_second * (g * g);
        vec_store(part->first + i, m);
        vec_store(part->second + i, v);
        vec step = update->rate * m / (vec_sqrt(update->correct_second * v) + update->epsilon);
        vec_store(part->values + i, p - (update->shrink * p + step));
        // [adam]
    }
}

extern const fast_train_kernels FOR_ISA(fast_train_kernels);
const fast_train_kernels FOR_ISA(fast_train_kernels) = {
    .sum_of_squares = sum_of_squares,
    .sgd = sgd,
    .adam = adam,
};
