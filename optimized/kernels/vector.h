/**
 * @file vector.h
 * One vector of floats, and the few things that the kernels do with it. Its width is LANES, which
 * the Makefile sets for each instruction set. Arithmetic is written with the operators of C: GCC
 * and Clang give them to vectors, lane by lane. Where an instruction set has one instruction for
 * what the operators need several for, it stands in a guard, beside the portable form. Only the
 * sources that are compiled once per instruction set include this file.
 */
#ifndef OPTIMIZED_KERNELS_VECTOR_H
#define OPTIMIZED_KERNELS_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if LANES == 16 && defined(__AVX512F__)
#    define HAS_AVX512 1
#    include <immintrin.h>
#elif LANES == 8 && defined(__AVX2__)
#    define HAS_AVX2 1
#    include <immintrin.h>
#elif LANES == 4 && defined(__SSE2__)
#    define HAS_SSE2 1
#    include <emmintrin.h>
#elif LANES == 4 && defined(__aarch64__)
#    define HAS_NEON 1
#    include <arm_neon.h>
#endif

/* FOR_ISA(name) is name_avx2 when the file is compiled for AVX2: one symbol, one table each. */
#define PASTE_NAMES(a, b)  a##_##b
#define PASTE_VALUES(a, b) PASTE_NAMES(a, b)
#define FOR_ISA(name)      PASTE_VALUES(name, ISA)

#define INLINE      static inline __attribute__((always_inline))
#define OUT_OF_LINE static __attribute__((noinline))

/* Before a short loop over registers: GCC unrolls it too late to see that an array of vectors needs
   no memory, unless it is told (1.08 times faster at 64 steps). Clang sees it if it is not told. */
#if defined(__clang__)
#    define UNROLLED
#else
#    define UNROLLED _Pragma("GCC unroll 16")
#endif

/* The same before a longer body. Clang does not unroll that unless it is told (2 times faster). */
#if defined(__clang__)
#    define UNROLLED_LONG _Pragma("clang loop unroll(full)")
#else
#    define UNROLLED_LONG UNROLLED
#endif

/* LANES floats in a register; LANES integers, also the result of a comparison: 0 or -1 a lane. */
typedef float vec __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), may_alias));
/* The same bits where a sum may wrap around. */
typedef uint32_t uvec __attribute__((vector_size(4 * LANES), may_alias));

/* The same at an address that is aligned to no more than one of them. */
typedef float vec_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ivec_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* The register tile of every product: TILE_ROWS rows of TILE_VECTORS vectors are summed at once.
   They must leave a register for each vector of the other factor and one for the number that is
   spread over all lanes: 8 x 3 + 3 + 1 of 32 registers, 4 x 3 + 3 + 1 of 16. */
#if defined(HAS_AVX512) || defined(HAS_NEON)
enum { TILE_ROWS = 8, TILE_VECTORS = 3 };
#else
enum { TILE_ROWS = 4, TILE_VECTORS = 3 };
#endif

/* ---- Into registers and out of them ---------------------------------------------------------- */

/** x in every lane. */
INLINE vec vec_all(float x)
{
    return x - (vec){0};
}

/** LANES floats from any address. */
INLINE vec vec_load(const float *x)
{
    return *(const vec_anywhere *)x;
}

/** LANES integers from any address. */
INLINE ivec ivec_load(const int32_t *x)
{
    return *(const ivec_anywhere *)x;
}

/** LANES floats to any address. */
INLINE void vec_store(float *x, vec a)
{
    *(vec_anywhere *)x = a;
}

/** The first n < LANES floats from any address; the other lanes are those of rest. */
INLINE vec vec_load_part(const float *x, size_t n, vec rest)
{
    memcpy(&rest, x, n * sizeof *x);
    return rest;
}

/** The first n < LANES lanes to any address. */
INLINE void vec_store_part(float *x, vec a, size_t n)
{
    memcpy(x, &a, n * sizeof *x);
}

/* ---- Choosing -------------------------------------------------------------------------------- */

/** 0, 1, 2, ... : the number of each lane. */
INLINE ivec ivec_lanes(void)
{
    ivec lanes;
    for (int l = 0; l < LANES; l++) {
        lanes[l] = l;
    }
    return lanes;
}

/** Where chosen is true (-1) the lane of a, elsewhere (0) that of b. C takes no ?: on vectors. */
INLINE vec vec_select(ivec chosen, vec a, vec b)
{
    return (vec)((chosen & (ivec)a) | (~chosen & (ivec)b));
}

/** Where chosen is true the lane of a, elsewhere 0. */
INLINE vec vec_keep(ivec chosen, vec a)
{
    return (vec)(chosen & (ivec)a);
}

/** The larger of two lanes; the lane of b where either is NaN. */
INLINE vec vec_max(vec a, vec b)
{
#if defined(HAS_AVX512)
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(HAS_AVX2)
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(HAS_SSE2)
    return (vec)_mm_max_ps((__m128)a, (__m128)b);
#else
    return vec_select(a > b, a, b);
#endif
}

/** Whether any lane of a comparison is true. */
INLINE bool ivec_any(ivec chosen)
{
#if defined(HAS_AVX512)
    return _mm512_test_epi32_mask((__m512i)chosen, (__m512i)chosen) != 0;
#elif defined(HAS_AVX2)
    return _mm256_movemask_ps((__m256)chosen) != 0;
#elif defined(HAS_SSE2)
    return _mm_movemask_ps((__m128)chosen) != 0;
#else
    int32_t any = 0;
    for (int l = 0; l < LANES; l++) {
        any |= chosen[l];
    }
    return any != 0;
#endif
}

/* ---- Across lanes ---------------------------------------------------------------------------- */

/** The sum of all lanes: halves are added, as in a tournament. */
INLINE float vec_sum(vec a)
{
    UNROLLED
    for (int half = LANES / 2; half > 0; half /= 2) {
        UNROLLED
        for (int l = 0; l < half; l++) {
            a[l] += a[l + half];
        }
    }
    return a[0];
}

/** The largest lane, likewise. */
INLINE float vec_largest(vec a)
{
    UNROLLED
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; l++) {
            a[l] = a[l] > a[l + half] ? a[l] : a[l + half];
        }
    }
    return a[0];
}

/* ---- Functions ------------------------------------------------------------------------------- */

/** x rounded to the nearest integer, for |x| < 2^22. */
INLINE vec vec_round(vec x)
{
#if defined(HAS_AVX512)
    return (vec)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    const float shift = 0x1.8p23f; /* beyond 2^23 a float has no digits after the point */
    return (x + shift) - shift;
#endif
}

/** The smallest integer that is not below x; for |x| > 2^22 a number near x will do. */
INLINE vec vec_ceil(vec x)
{
    vec n = vec_round(x);
    n += vec_keep(n < x, vec_all(1.0f));
    return vec_select(vec_max(x, -x) < 0x1p22f, n, x);
}

/** a * 2^n where x is not below least, else 0; a in [1/2, 2) and an integer n in -126 .. 127. */
INLINE vec vec_scale_above(float least, vec x, vec a, vec n)
{
#if defined(HAS_AVX512)
    __mmask16 is_above = _mm512_cmp_ps_mask((__m512)x, (__m512)vec_all(least), _CMP_NLT_UQ);
    return (vec)_mm512_maskz_scalef_ps(is_above, (__m512)a, (__m512)n);
#else
    const float shift = 0x1.8p23f; /* leaves n in the lowest bits of the float */
    return vec_keep(~(x < least), (vec)((uvec)a + ((uvec)(n + shift) << 23)));
#endif
}

/**
 * 2^x for x < 127: at most 2 ulp off; exactly 1 at 0; exactly 0 below -126, so that no denormal
 * number slows the products. The polynomial is the best of its degree in relative error on
 * [-1/2, 1/2] among those that are 1 at 0 (Remez' algorithm; coefficients rounded to float).
 */
INLINE vec vec_exp2(vec x)
{
    vec n = vec_round(x), f = x - n;
    vec p = 0x1.470b48p-13f * f + 0x1.5f7276p-10f;
    p = p * f + 0x1.3b270ep-7f;
    p = p * f + 0x1.c6ae72p-5f;
    p = p * f + 0x1.ebfbe2p-3f;
    p = p * f + 0x1.62e432p-1f;
    p = p * f + 1.0f;
    return vec_scale_above(-126.0f, x, p, n);
}

/**
 * e^x for x < 88: at most 2 ulp off; exactly 1 at 0; exactly 0 below -87. With n = x log2(e)
 * rounded, e^x = 2^n e^r and r = x - n ln(2), where ln(2) is split so that n times its first part
 * is exact (Cody and Waite 1980).
 */
INLINE vec vec_exp(vec x)
{
    vec n = vec_round(x * 0x1.715476p+0f);
    vec r = (x - n * 0x1.63p-1f) + n * 0x1.bd0106p-13f;
    vec p = 0x1.709b62p-10f * r + 0x1.12903ep-7f;
    p = p * r + 0x1.55515ep-5f;
    p = p * r + 0x1.5553c2p-3f;
    p = p * r + 0x1.000002p-1f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return vec_scale_above(-87.0f, x, p, n);
}

/**
 * ln(x) for normal positive x; NaN for NaN. With x = 2^n m, m in [1/sqrt(2), sqrt(2)), and
 * s = (m - 1)/(m + 1), ln(m) = 2 (s + s^3/3 + s^5/5 + ...), of which the term s^11 is below 1e-9.
 */
INLINE vec vec_log(vec x)
{
    const int32_t sqrt_half = 0x3f3504f3; /* the bits of 1/sqrt(2) */
    ivec exponent = ((ivec)x - sqrt_half) >> 23;
    vec m = (vec)((uvec)x - ((uvec)exponent << 23));
    vec n = __builtin_convertvector(exponent, vec);
    vec s = (m - 1.0f) / (m + 1.0f), t = s * s;
    vec series = t * (2.0f / 3 + t * (2.0f / 5 + t * (2.0f / 7 + t * (2.0f / 9))));
    vec log = n * 0x1.62e43p-1f + (2.0f * s + s * series);
    return log + (x - x); /* NaN if x is NaN, else the same */
}

/** 1 / (1 + e^-x): at most 2.6 ulp off; 0 below -87. e^-|x| never overflows. */
INLINE vec vec_sigmoid(vec x)
{
    vec e = vec_exp(-vec_max(x, -x));
    return vec_select(x < 0, e, vec_all(1.0f)) / (1.0f + e);
}

/** tanh(x): at most 3.1 ulp off, also near 0. With t = e^-2|x| - 1 = 2^n (e^r - 1) + (2^n - 1), n and
    r as in vec_exp(), tanh |x| = -t / (2 + t). */
INLINE vec vec_tanh(vec x)
{
    vec y = vec_max(vec_all(-40.0f), -2.0f * vec_max(x, -x)); /* beyond, tanh is 1 */
    vec n = vec_round(y * 0x1.715476p+0f);
    vec r = (y - n * 0x1.63p-1f) + n * 0x1.bd0106p-13f;
    vec p = (0x1.709b62p-10f * r + 0x1.12903ep-7f) * r + 0x1.55515ep-5f;
    p = ((p * r + 0x1.5553c2p-3f) * r + 0x1.000002p-1f) * r * r + r;
    vec power = vec_scale_above(-87.0f, y, vec_all(1.0f), n);
    vec t = power * p + (power - 1.0f), below = t / (2.0f + t);
    return vec_select(x < 0, below, -below);
}

#endif
