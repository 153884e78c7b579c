/* Dropout of whole rows. */
#include "optimized/kernels/dropout_kernels.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/row.h"

/* Half as many integers of 64 bits as there are lanes. */
typedef uint64_t wide_vec __attribute__((vector_size(4 * LANES), may_alias));
enum { WIDE_LANES = LANES / 2 };

/** mix64variant13 of Steele, Lea and Flood 2014. Its upper halves are the hashes. */
INLINE wide_vec mixed(wide_vec z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/** The arguments of the hash of every second column, counted from first. */
INLINE wide_vec arguments_from(uint64_t first)
{
    wide_vec z;
    for (uint64_t l = 0; l < WIDE_LANES; l++) {
        z[l] = first + 2 * l * FAST_DROPOUT_STEP;
    }
    return z;
}

/** Where LANES columns are kept. In memory the upper half of 64 bits comes last: the hash of an odd
 *  column stands there already, and that of the even column before it belongs into the lower half. */
INLINE ivec kept(wide_vec even, wide_vec odd, const fast_dropout_rule *rule)
{
    const uint64_t upper = 0xffffffff00000000u;
    uvec hashes = (uvec)((mixed(even) >> 32) | (mixed(odd) & upper));
    return (ivec)(hashes >= rule->smallest_kept) & rule->may_keep;
}

static void forward(const float *x, const fast_dropout_rule *rule, uint64_t first, float *y,
                    size_t n)
{
    // [dropout-forward]
    wide_vec even = arguments_from(first), odd = even + FAST_DROPOUT_STEP;
    for (size_t c = 0; c < n; c += LANES) {
        vec scaled = rule->scale * row_load(x, c, n, 0);
        row_store(y, c, n, vec_keep(kept(even, odd, rule), scaled));
        even += LANES * FAST_DROPOUT_STEP;
        odd += LANES * FAST_DROPOUT_STEP;
    }
    // [dropout-forward]
}

static void backward(const float *dy, const fast_dropout_rule *rule, uint64_t first, float *dx,
                     size_t n)
{
    wide_vec even = arguments_from(first), odd = even + FAST_DROPOUT_STEP;
    for (size_t c = 0; c < n; c += LANES) {
        vec start = row_load(dx, c, n, 0), sum = start + rule->scale * row_load(dy, c, n, 0);
        row_store(dx, c, n, vec_select(kept(even, odd, rule), sum, start));
        even += LANES * FAST_DROPOUT_STEP;
        odd += LANES * FAST_DROPOUT_STEP;
    }
}

extern const fast_dropout_kernels FOR_ISA(fast_dropout_kernels);
const fast_dropout_kernels FOR_ISA(fast_dropout_kernels) = {
    .forward = forward,
    .backward = backward,
};
