/**
 * @file cards.h
 * A small task with two relations. Eight cards lie in a row, two of each colour; each shows three
 * numbers. Of every card but the first two others are asked for: the card to its left, and the
 * other card of its colour. Cards of one colour never lie side by side, so that the two differ.
 */
#ifndef CHAPTERS_MULTI_HEAD_CARDS_H
#define CHAPTERS_MULTI_HEAD_CARDS_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>

/** @addtogroup ch04 @{ */

enum {
    N_CARDS = 8,                    /**< in a row */
    N_COLOURS = 4,                  /**< two cards have each */
    N_NUMBERS = 3,                  /**< on a card */
    D_CARD = N_COLOURS + N_NUMBERS, /**< a column for each colour, then the numbers */
    D_ANSWER = 2 * N_NUMBERS        /**< [left | same colour] */
};

/** What the colours are called. */
extern const char *const colour_names[N_COLOURS];

/**
 * Deal a row of cards.
 *
 * @param[in,out] rng      of colours and numbers
 * @param[out]    x        the cards, (N_CARDS x D_CARD)
 * @param[out]    answers  (N_CARDS x D_ANSWER)
 * @param[out]    colours  (N_CARDS) 0 .. N_COLOURS - 1
 */
void deal_cards(gsl_rng *rng, gsl_matrix *x, gsl_matrix *answers, int *colours);

/**
 * The squared error of all cards but the first.
 *
 * @param[in]  y         (N_CARDS x D_ANSWER)
 * @param[in]  answers   (N_CARDS x D_ANSWER)
 * @param[out] of_zeros  the error of answering 0, or NULL
 * @return the error of y
 */
double cards_error(const gsl_matrix *y, const gsl_matrix *answers, double *of_zeros);

/**
 * Its gradient.
 *
 * @param[in]  y        (N_CARDS x D_ANSWER)
 * @param[in]  answers  (N_CARDS x D_ANSWER)
 * @param[in]  share    of this row in a batch
 * @param[out] grad_y   (N_CARDS x D_ANSWER); of the first card 0
 */
void cards_error_backward(const gsl_matrix *y, const gsl_matrix *answers, double share,
                          gsl_matrix *grad_y);

/** @} */

#endif
