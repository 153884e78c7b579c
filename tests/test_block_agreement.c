/* Do the two blocks agree? Every shape x instruction set x 1, 2, 3 threads, forward and backward:
 * the output, what lies between the layers, and all gradients. */

#include "tests/support/block_pair.h"
#include "tests/support/suite.h"

// clang-format off
static const block_shape shapes[] = {
    /*                                  batch  n    d_model heads hidden clip */
    {"any size mistaken for another",       2,  5, {15, 3,  11, 0, REF_PRE_NORM,  REF_GELU, 1e-5}, TWIN_DENSE, 0, 0, 0.0},
    {"the same behind the sums",            2,  5, {15, 3,  11, 0, REF_POST_NORM, REF_GELU, 1e-5}, TWIN_DENSE, 0, 0, 0.0},
    {"one token",                           1,  1, { 4, 2,   3, 1, REF_PRE_NORM,  REF_GELU, 1e-5}, TWIN_DENSE, 0, 0, 0.0},
    {"ReLU, gaps, all masks, dropout",      3, 14, {12, 2,  17, 3, REF_PRE_NORM,  REF_RELU, 1e-5}, TWIN_SPLIT, 1, 1, 0.25},
    {"the same behind the sums",            3, 14, {12, 2,  17, 3, REF_POST_NORM, REF_RELU, 1e-5}, TWIN_SPLIT, 1, 1, 0.25},
    {"lengths, relative bias, dropout",     3, 21, {16, 4,  24, 4, REF_PRE_NORM,  REF_GELU, 1e-5}, TWIN_DENSE, 0, 1, 0.1},
    {"the same behind the sums",            3, 17, {12, 4,  16, 2, REF_POST_NORM, REF_GELU, 1e-5}, TWIN_DENSE, 0, 1, 0.1},
    {"several blocks of rows and keys",     1, 90, {24, 2,  40, 0, REF_PRE_NORM,  REF_GELU, 1e-5}, TWIN_SPLIT, 0, 0, 0.0},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        pair_case c = block_pair(&shapes[n]);
        block_pair_expect(&c);
        block_pair_check_rules(&c);
        check_pair(&c);
        pair_free(&c);
    }
}

/* ---- tests of the test ------------------------------------------------------------------------- */

static void check_refused(const block_shape *right, const block_shape *wrong, const char *what)
{
    pair_case c = block_pair(right);
    block_pair_expect(&c);
    c.options = wrong;
    CHECK(!(pair_ratio(&c) <= 1.0), "%s passes", what);
    pair_free(&c);
}

static void sabotage_is_refused(void)
{
    const block_shape *right = &shapes[5];
    block_shape norm = *right, activation = *right, epsilon = *right, dropout = *right;
    norm.block.norm = REF_POST_NORM;
    activation.block.activation = REF_RELU;
    epsilon.block.epsilon = 1e-3;
    dropout.dropout_rate = 0.0;
    check_refused(right, &norm, "post-norm for pre-norm");
    check_refused(right, &activation, "ReLU for GELU");
    check_refused(right, &epsilon, "another epsilon");
    check_refused(right, &dropout, "no dropout for dropout");
}

static const test tests[] = {
    {"both agree on every shape, choice, instruction set and thread count", twins_agree},
    {"another choice is refused", sabotage_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
