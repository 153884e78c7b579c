/* Do the two multiplicative attentions agree? Every shape, mask and place in memory x instruction
 * set x 1, 2, 3 threads, keys included, forward and backward. */

#include "tests/support/multiplicative_problem.h"
#include "tests/support/suite.h"

// clang-format off
static const multiplicative_shape shapes[] = {
    {"sizes of 1",                      1,   1,   1,  1,  1, TWIN_DENSE, 0, 0, 0, 0, 0},
    {"sizes of 1",                      1,   1,   1,  1,  1, TWIN_DENSE, 1, 0, 0, 0, 0},
    {"any size mistaken for another",   2,   5,   7, 11, 13, TWIN_DENSE, 0, 0, 0, 0, 0},
    {"one step of a decoder",           3,   1,  11,  8, 16, TWIN_DENSE, 0, 0, 0, 1, 0},
    {"one step of a decoder",           3,   1,  11, 16, 16, TWIN_DENSE, 1, 0, 0, 1, 0},
    {"rows with gaps, all masks",       3,   9,  12, 10,  6, TWIN_SPLIT, 0, 0, 1, 1, 1},
    {"rows with gaps, all masks",       3,   9,  12, 10, 10, TWIN_SPLIT, 1, 0, 1, 1, 1},
    {"windows of what is seen",         2,  20,  31,  9, 16, TWIN_DENSE, 0, 0, 0, 0, 1},
    {"a source of no length",           3,   4,   5,  8,  8, TWIN_DENSE, 0, 0, 0, 1, 0},
    {"one source for all",              3,   6,  10,  8,  7, TWIN_DENSE, 0, 1, 0, 0, 0},
    {"one source for all",              3,   6,  10,  7,  7, TWIN_DENSE, 1, 1, 0, 0, 0},
    {"one source, gaps and lengths",    3,   6,  10,  8, 16, TWIN_SPLIT, 0, 1, 0, 1, 0},
    {"gradients that meet in a tile",   2,  16,  16, 16, 16, TWIN_DENSE, 1, 0, 0, 0, 0},
    {"gradients that meet in parts",    1, 130, 140, 12, 12, TWIN_DENSE, 1, 0, 1, 0, 0},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        pair_case c = multiplicative_problem(&shapes[n]);
        check_pair(&c);
        pair_free(&c);
    }
}

/* The reference sees one mask, the optimized twin another. */
static void other_mask_is_refused(void)
{
    multiplicative_shape masked = shapes[8], unmasked = masked;
    unmasked.has_lengths = false;
    pair_case c = multiplicative_problem(&masked);
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
