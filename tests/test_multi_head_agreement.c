/* Do the two multi-head attentions agree? Every shape x instruction set x 1, 2, 3 threads, forward
 * and backward: the output, all of the cache and all gradients. */

#include "tests/support/multi_head_pair.h"
#include "tests/support/suite.h"

// clang-format off
static const multi_head_shape shapes[] = {
    /*                                    batch n_q n_k d_x d_mem heads d_k d_v d_model clip */
    {"widths of 1",                           1,  3,  4,  1,  1,  1,  1,  1,  1, 0, TWIN_DENSE, false, false, false},
    {"any size mistaken for another",         2,  5,  7, 11, 13,  3,  4, 17, 19, 0, TWIN_DENSE, false, false, false},
    {"a relative bias for each head",         2,  9, 12, 10,  8,  3,  6,  5,  7, 3, TWIN_DENSE, false, false, false},
    {"rows with gaps, all masks",             3,  9, 12, 10,  8,  2,  6,  5,  7, 2, TWIN_SPLIT, false, true,  true},
    {"self-attention",                        2, 21, 21, 16, 16,  4,  4,  4, 16, 4, TWIN_DENSE, true,  false, false},
    {"self-attention, gaps, all masks",       3, 18, 18, 12, 12,  2,  5,  7, 13, 5, TWIN_SPLIT, true,  true,  true},
    {"heads of one column",                   1, 11, 11,  6,  6,  6,  1,  1,  6, 1, TWIN_DENSE, true,  false, false},
    {"several blocks of queries and keys",    1, 60, 270, 9, 12,  2,  8, 12, 10, 0, TWIN_SPLIT, false, false, false},
    {"a relative bias over several blocks",   1, 60, 80,  9, 12,  2,  8, 12, 10, 9, TWIN_SPLIT, false, true,  false},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        pair_case c = multi_head_pair(&shapes[n]);
        multi_head_pair_expect(&c);
        multi_head_pair_check_rules(&c);
        check_pair(&c);
        pair_free(&c);
    }
}

/* ---- tests of the test ------------------------------------------------------------------------- */

static void check_refused(const multi_head_shape *right, const multi_head_shape *wrong,
                          const char *what)
{
    pair_case c = multi_head_pair(right);
    multi_head_pair_expect(&c);
    c.options = wrong;
    CHECK(!(pair_ratio(&c) <= 1.0), "%s passes", what);
    pair_free(&c);
}

static void sabotage_is_refused(void)
{
    const multi_head_shape *right = &shapes[4];
    multi_head_shape causal = *right, unbiased = *right;
    causal.causal = true;
    unbiased.clip = 0;
    check_refused(right, &causal, "causal for full");
    check_refused(right, &unbiased, "no relative bias for one");
}

static const test tests[] = {
    {"both agree on every shape, mask, instruction set and thread count", twins_agree},
    {"another mask and a bias left out are refused", sabotage_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
