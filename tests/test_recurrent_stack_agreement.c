/* Do the two stacks agree? Every cell and shape x instruction set x 1, 2, 3 threads, forward and
 * backward: outputs, states and all gradients. */

#include "tests/support/stack_pair.h"
#include "tests/support/suite.h"

// clang-format off
static const stack_shape shapes[] = {
    /*                                    batch  n  cell     n_in hidden layers both          initial dropout lengths */
    {"sizes of 1",                            1, 1, {REF_ELMAN,  1,  1, 1, false}, TWIN_DENSE, true,  0.0, {0}},
    {"any size mistaken for another",         2, 5, {REF_ELMAN,  7,  3, 2, true},  TWIN_DENSE, true,  0.0, {0}},
    {"gaps between rows, no first state",     3, 4, {REF_ELMAN,  6, 16, 2, false}, TWIN_SPLIT, false, 0.0, {0}},
    {"dropout, and padding between layers",   4, 6, {REF_ELMAN,  5,  9, 3, true},  TWIN_SPLIT, true,  0.3, {4, 6, 1, 5}},
    {"more sequences than a task has",       70, 2, {REF_ELMAN,  5, 17, 2, true},  TWIN_DENSE, true,  0.1, {0}},
    {"U read where it lies",                  3, 2, {REF_ELMAN,  8, 96, 1, true},  TWIN_DENSE, true,  0.0, {0}},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void twins_agree(ref_cell cell)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        stack_shape shape = shapes[n];
        shape.stack.cell = cell;
        stack_pair *p = stack_pair_alloc(&shape);
        stack_pair_check_rules(p);
        check_pair(&p->pair);
        stack_pair_free(p);
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

/* ---- tests of the test ----------------------------------------------------------------------- */

static void check_refused(const stack_shape *right, const stack_shape *wrong, const char *what)
{
    stack_pair *p = stack_pair_alloc(right);
    p->shape = wrong;
    CHECK(!(pair_ratio(&p->pair) <= 1.0), "%s passes", what);
    stack_pair_free(p);
}

static void sabotage_is_refused(void)
{
    const stack_shape *right = &shapes[3];
    stack_shape dropout = *right, lengths = *right, initial = *right;
    dropout.dropout_rate = 0.0;
    lengths.lengths[0] = 5;
    initial.has_initial = false;
    check_refused(right, &dropout, "no dropout for dropout");
    check_refused(right, &lengths, "another length");
    check_refused(right, &initial, "no first state for one");
}

static const test tests[] = {
    {"both stacks of Elman's cells agree on every shape, instruction set and thread count",
     elman_agrees},
    {"both stacks of GRUs agree on every shape, instruction set and thread count", gru_agrees},
    {"both stacks of LSTMs agree on every shape, instruction set and thread count", lstm_agrees},
    {"a stack does not pass for one with other choices", sabotage_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
