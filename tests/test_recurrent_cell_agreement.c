/* Do the two recurrent networks agree? Every cell and shape x instruction set x 1, 2, 3 threads,
 * forward and backward through time. */

#include "tests/support/recurrent_problem.h"
#include "tests/support/suite.h"

static const recurrent_shape shapes[] = {
    {"sizes of 1", 1, 1, 1, 1, TWIN_DENSE, false, false, true, {0}},
    {"any size mistaken for another", 2, 5, 7, 11, TWIN_DENSE, false, false, true, {0}},
    {"gaps between rows", 3, 4, 6, 16, TWIN_SPLIT, false, false, true, {0}},
    {"from the last token to the first", 2, 6, 5, 9, TWIN_SPLIT, true, false, true, {0}},
    {"padding, and no token at all", 5, 6, 5, 9, TWIN_DENSE, false, false, true, {4, 6, 0, 1, 5}},
    {"padding before the first step", 5, 6, 5, 9, TWIN_SPLIT, true, false, true, {4, 6, 0, 1, 5}},
    {"no task has a whole length", 3, 6, 5, 9, TWIN_DENSE, false, true, false, {4, 2, 3}},
    {"tokens stored one after the other", 7, 5, 9, 13, TWIN_DENSE, false, true, true, {0}},
    {"no state to begin with", 9, 4, 6, 24, TWIN_DENSE, false, false, false, {0}},
    {"U read where it lies, in several panels", 9, 2, 8, 96, TWIN_DENSE, false, false, true, {0}},
    {"a ragged last panel, packed", 22, 3, 8, 53, TWIN_DENSE, true, true, true, {0}},
    {"more sequences than a task has", 140, 3, 5, 17, TWIN_DENSE, false, false, true, {0}},
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(ref_cell cell)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        recurrent_options o = {&shapes[n], cell};
        pair_case c = recurrent_problem_case(&o);
        check_pair(&c);
        pair_free(&c);
    }
}

static void elman_agrees(void)
{
    twins_agree(REF_ELMAN);
}

static void gru_agrees(void)
{
    twins_agree(REF_GRU);
}

static void lstm_agrees(void)
{
    twins_agree(REF_LSTM);
}

/* A comparison that lets another walk pass would let anything pass. */
static void other_direction_is_refused(void)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        recurrent_shape forth = shapes[1], back = forth;
        back.is_reversed = true;
        recurrent_options is = {&forth, cell}, other = {&back, cell};
        pair_case c = recurrent_problem_case(&is);
        recurrent_expect(&c, &other);
        CHECK(!(pair_ratio(&c) <= 1.0), "a walk passes for its reverse");
        pair_free(&c);
    }
}

static const test tests[] = {
    {"both networks of Elman agree on every shape, instruction set and thread count", elman_agrees},
    {"both GRUs agree on every shape, instruction set and thread count", gru_agrees},
    {"both LSTMs agree on every shape, instruction set and thread count", lstm_agrees},
    {"a walk does not pass for its reverse", other_direction_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
