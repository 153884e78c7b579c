/* Do the two attentions between projections agree? Every shape, mask and place in memory x
 * instruction set x 1, 2, 3 threads, forward and backward. Where the parts Q, K and V stand side by
 * side, the optimized side multiplies them at once; the bounds are the same. */

#include "tests/support/query_key_value_problem.h"
#include "tests/support/suite.h"

// clang-format off
static const query_key_value_shape shapes[] = {
    {"sizes of 1",                      1,  1,  1,  1,  1,  1,  1, TWIN_DENSE, false, APART, APART, APART, 0, 0, 0, 0},
    {"any size mistaken for another",   2,  5,  7, 11, 13,  3, 17, TWIN_DENSE, false, APART, APART, APART, 0, 0, 0, 0},
    {"rows with gaps, all masks",       3,  9, 12, 10,  8,  6,  5, TWIN_SPLIT, false, APART, APART, APART, 1, 1, 1, 0},
    {"keys and values side by side",    2, 20, 33, 17, 24,  8, 12, TWIN_SPLIT, false, KEYS_VALUES, KEYS_VALUES, KEYS_VALUES, 0, 1, 0, 0},
    {"self-attention, apart",           2, 21, 21, 19, 19,  8, 10, TWIN_DENSE, true,  APART, APART, APART, 1, 0, 0, 0},
    {"self-attention, K and V joined",  2, 21, 21, 19, 19,  8, 10, TWIN_DENSE, true,  KEYS_VALUES, KEYS_VALUES, KEYS_VALUES, 1, 0, 0, 0},
    {"self-attention, all joined",      2, 21, 21, 19, 19,  8, 10, TWIN_DENSE, true,  TOGETHER, TOGETHER, TOGETHER, 1, 0, 0, 0},
    {"joined, with gaps and all masks", 3, 18, 18, 16, 16,  5,  7, TWIN_SPLIT, true,  TOGETHER, TOGETHER, TOGETHER, 1, 1, 1, 0},
    {"joined, longer than a block",     1, 100, 100, 24, 24, 8, 12, TWIN_DENSE, true, TOGETHER, TOGETHER, TOGETHER, 0, 0, 0, 0},
    {"side by side, of two inputs",     2, 14, 14, 12, 12,  6,  9, TWIN_DENSE, false, TOGETHER, TOGETHER, TOGETHER, 0, 0, 0, 0},
    {"Q, K and V apart",                2, 13, 13, 12, 12,  6,  9, TWIN_DENSE, true,  TOGETHER, APART, TOGETHER, 0, 0, 0, 0},
    {"weights apart",                   2, 13, 13, 12, 12,  6,  9, TWIN_DENSE, true,  APART, TOGETHER, TOGETHER, 0, 0, 0, 0},
    {"gradients apart",                 2, 13, 13, 12, 12,  6,  9, TWIN_DENSE, true,  TOGETHER, TOGETHER, APART, 0, 0, 0, 0},
    {"one bias left out",               2, 13, 13, 12, 12,  6,  9, TWIN_DENSE, true,  TOGETHER, TOGETHER, TOGETHER, 0, 0, 0, 1},
    {"one row, where strides are free", 1,  1,  1,  1,  1,  4,  4, TWIN_DENSE, true,  TOGETHER, TOGETHER, TOGETHER, 0, 0, 0, 0},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        pair_case c = query_key_value_problem(&shapes[n]);
        check_pair(&c);
        pair_free(&c);
    }
}

/* The reference sees one mask, the optimized twin another. */
static void other_mask_is_refused(void)
{
    query_key_value_shape masked = shapes[5], unmasked = masked;
    unmasked.is_causal = false;
    pair_case c = query_key_value_problem(&masked);
    c.options = &unmasked;
    CHECK(!(pair_ratio(&c) <= 1.0), "full attention passes for causal attention");
    pair_free(&c);
}

static const test tests[] = {
    {"both agree on every shape, mask, place, instruction set and thread count", twins_agree},
    {"full attention does not pass for causal attention", other_mask_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
