/* Do the two local attentions agree? Every shape, length and place in memory x instruction set x
 * 1, 2, 3 threads, forward and backward. */

#include "tests/support/local_problem.h"
#include "tests/support/suite.h"

// clang-format off
static const local_shape shapes[] = {
    {"sizes of 1",                    1,  1,  1,  1,  1,  1,  1, TWIN_DENSE, 0, 0},
    {"any size mistaken for another", 2,  5, 19, 11, 13,  7,  3, TWIN_DENSE, 0, 0},
    {"keys and values are one",       2,  5, 19, 11, 11,  7,  2, TWIN_DENSE, 1, 0},
    {"one step of a decoder",         3,  1, 14,  8, 16,  4,  2, TWIN_DENSE, 0, 1},
    {"rows with gaps, padding",       3,  9, 21, 10,  6,  5,  4, TWIN_SPLIT, 0, 1},
    {"rows with gaps, one memory",    3,  9, 21, 10, 10,  5,  1, TWIN_SPLIT, 1, 1},
    {"the narrowest window",          1, 23, 40,  7,  9,  6,  1, TWIN_DENSE, 0, 0},
    {"a window as wide as half",      1, 12, 18,  7,  9,  6,  9, TWIN_DENSE, 0, 0},
    {"a window wider than all",       2, 12, 18,  7,  9,  6, 40, TWIN_DENSE, 0, 1},
    {"several vectors in a window",   1, 17, 90, 16, 33,  8, 27, TWIN_DENSE, 0, 0},
    {"several vectors in a row",      1,  6, 12, 70, 130, 8,  3, TWIN_DENSE, 0, 0},
    {"threads that share the rows",   3, 90, 14, 33,  8,  4,  5, TWIN_DENSE, 0, 1},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        pair_case c = local_problem(&shapes[n]);
        check_pair(&c);
        pair_free(&c);
    }
}

static void check_refused(const local_shape *right, const local_shape *other, const char *what)
{
    pair_case c = local_problem(right);
    c.options = other;
    CHECK(!(pair_ratio(&c) <= 1.0), "%s passes", what);
    pair_free(&c);
}

/* The reference sees one window, the optimized twin another. */
static void other_windows_are_refused(void)
{
    local_shape padded = shapes[4], unpadded = padded, wider = padded;
    unpadded.has_lengths = false;
    wider.window += 1;
    check_refused(&padded, &unpadded, "a window that looks at padding");
    check_refused(&padded, &wider, "a window that is wider by 1");
}

static const test tests[] = {
    {"both agree on every shape, length, place, instruction set and thread count", twins_agree},
    {"a window does not pass for another", other_windows_are_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
