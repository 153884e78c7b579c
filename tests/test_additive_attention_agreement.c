/* Do the two additive attentions agree? Every shape, mask and place in memory x instruction set x
 * 1, 2, 3 threads, keys included, forward and backward. */

#include "tests/support/additive_problem.h"
#include "tests/support/suite.h"

// clang-format off
static const additive_shape shapes[] = {
    {"sizes of 1",                        1,   1,   1,  1,  1,   1, TWIN_DENSE,  1, 0, 0, 0, 0, 0, false},
    {"any size mistaken for another",     2,   5,   7, 11, 13,  17, TWIN_DENSE,  1, 0, 0, 0, 0, 0, false},
    {"one step of a decoder",             3,   1,  11,  8,  9,  32, TWIN_DENSE,  1, 0, 0, 1, 0, 0, false},
    {"one step, one state of an encoder", 2,   1,   1,  6,  5,  16, TWIN_DENSE,  1, 0, 0, 0, 0, 0, false},
    {"units that are no whole vectors",   2,   6,   9,  7, 10,  67, TWIN_DENSE,  1, 0, 0, 0, 0, 0, false},
    {"rows with gaps, all masks",         3,   9,  12, 10,  8,   6, TWIN_SPLIT,  1, 0, 1, 1, 1, 0, false},
    {"windows of what is seen",           2,  20,  31,  9, 16,  24, TWIN_DENSE,  1, 0, 0, 0, 1, 0, false},
    {"a source of no length",             3,   4,   5,  8,  8,  16, TWIN_DENSE,  1, 0, 0, 1, 0, 0, false},
    {"one source for all",                3,   6,  10,  8,  7,  20, TWIN_DENSE,  1, 1, 0, 0, 0, 0, false},
    {"one source, with gaps and lengths", 3,   6,  10,  8, 16,  20, TWIN_SPLIT,  1, 1, 0, 1, 0, 0, false},
    {"no bias",                           2,   6,   8,  8,  7,  16, TWIN_DENSE,  1, 0, 0, 0, 0, 1, false},
    {"more queries than a block",         2,  53,   9,  6,  8,  12, TWIN_DENSE,  1, 0, 0, 0, 0, 0, false},
    {"blocks that see more and more",     1,  60,  63,  5,  6,   9, TWIN_DENSE,  1, 0, 1, 0, 0, 0, false},
    {"causal queries that see nothing",   1,  70,  30,  5,  6,   9, TWIN_DENSE,  1, 0, 1, 0, 0, 0, false},
    {"queries shared by tasks",           1, 129,   3,  4,  5,   9, TWIN_DENSE,  1, 0, 0, 0, 0, 0, false},
    {"shared by tasks, whole vectors",    1, 129,   3,  4, 16,  12, TWIN_SPLIT,  1, 0, 0, 0, 0, 0, false},
    {"many units",                        1,   5,   6, 12,  9, 256, TWIN_DENSE,  1, 0, 0, 0, 0, 0, false},
    {"small numbers, v in denominators",  2,   6,   9,  7, 10, 192, TWIN_DENSE, .5, 0, 0, 0, 0, 0, false},
    {"small numbers, a ragged end",       2,   6,   9,  7, 10, 150, TWIN_DENSE, .5, 0, 0, 0, 0, 0, false},
    {"powers that tasks share, lengths",  3, 129,   7,  4,  5,  64, TWIN_SPLIT, .5, 0, 0, 1, 0, 0, false},
    {"tasks share, huge numbers",         2, 130,   7,  4,  5,  64, TWIN_DENSE, 30, 0, 0, 0, 0, 0, false},
    {"large numbers, cut off",            2,  13,  14,  6,  8,  70, TWIN_DENSE,  4, 0, 0, 0, 0, 0, false},
    {"huge numbers, without factors",     2,  13,  14,  6,  8,  70, TWIN_DENSE, 30, 0, 0, 0, 0, 0, false},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(void)
{
    for (size_t n = 0; n < 2 * N_SHAPES; n++) {
        additive_shape shape = shapes[n / 2];
        shape.has_powers = n % 2 == 1;
        pair_case c = additive_problem(&shape);
        check_pair(&c);
        pair_free(&c);
    }
}

/* The reference sees one mask, the optimized twin another. */
static void other_mask_is_refused(void)
{
    additive_shape masked = shapes[7], unmasked = masked;
    unmasked.has_lengths = false;
    pair_case c = additive_problem(&masked);
    c.options = &unmasked;
    CHECK(!(pair_ratio(&c) <= 1.0), "whole sources pass for parts of them");
    pair_free(&c);
}

static const test tests[] = {
    {"both agree on every shape, mask, place, instruction set and thread count", twins_agree},
    {"attention to all states does not pass for attention to some", other_mask_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
