/* Cards with two relations. */
#include "chapters/04_multi_head/cards.h"

#include "chapters/common/program/program.h"
#include "reference/loss.h"
#include <gsl/gsl_randist.h>
#include <stdbool.h>

const char *const colour_names[N_COLOURS] = {"red", "blue", "gold", "jade"};

/* The numbers of card j become an answer of card i. */
static void answer(const gsl_matrix *x, size_t i, size_t j, size_t first, gsl_matrix *answers)
{
    for (size_t c = 0; c < N_NUMBERS; c++) {
        gsl_matrix_set(answers, i, first + c, gsl_matrix_get(x, j, N_COLOURS + c));
    }
}

/* Whether two cards of one colour lie side by side. */
static bool has_neighbours(const int *colours)
{
    bool found = false;
    for (int i = 1; i < N_CARDS; i++) {
        found = found || colours[i] == colours[i - 1];
    }
    return found;
}

// [deal]
void deal_cards(gsl_rng *rng, gsl_matrix *x, gsl_matrix *answers, int *colours)
{
    for (int i = 0; i < N_CARDS; i++) {
        colours[i] = i / 2;
    }
    do {
        gsl_ran_shuffle(rng, colours, N_CARDS, sizeof colours[0]);
    } while (has_neighbours(colours));
    gsl_matrix_set_zero(x);
    gsl_matrix_set_zero(answers);
    for (size_t i = 0; i < N_CARDS; i++) {
        gsl_matrix_set(x, i, (size_t)colours[i], 2.0);
        for (size_t c = N_COLOURS; c < D_CARD; c++) {
            gsl_matrix_set(x, i, c, gsl_ran_gaussian_ziggurat(rng, 1.0));
        }
    }
    for (size_t i = 0; i < N_CARDS; i++) {
        for (size_t j = 0; j < N_CARDS; j++) {
            bool is_left = j + 1 == i, is_same = j != i && colours[j] == colours[i];
            if (is_left) {
                answer(x, i, j, 0, answers);
            }
            if (is_same) {
                answer(x, i, j, N_NUMBERS, answers);
            }
        }
    }
}
// [deal]

/* All cards but the first. */
static _gsl_matrix_const_view asked(const gsl_matrix *all)
{
    return gsl_matrix_const_submatrix(all, 1, 0, N_CARDS - 1, all->size2);
}

double cards_error(const gsl_matrix *y, const gsl_matrix *answers, double *of_zeros)
{
    double error;
    gsl_matrix_const_view given = asked(y), right = asked(answers);
    program_check(ref_squared_error_forward(&given.matrix, &right.matrix, &error));
    if (of_zeros != NULL) {
        gsl_matrix *zeros = program_matrix(N_CARDS - 1, D_ANSWER);
        program_check(ref_squared_error_forward(zeros, &right.matrix, of_zeros));
        gsl_matrix_free(zeros);
    }
    return error;
}

void cards_error_backward(const gsl_matrix *y, const gsl_matrix *answers, double share,
                          gsl_matrix *grad_y)
{
    gsl_matrix_const_view given = asked(y), right = asked(answers);
    gsl_matrix_view gradient = gsl_matrix_submatrix(grad_y, 1, 0, N_CARDS - 1, D_ANSWER);
    gsl_matrix_set_zero(grad_y);
    program_check(
        ref_squared_error_backward(&given.matrix, &right.matrix, share, &gradient.matrix));
}
