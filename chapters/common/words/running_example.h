/**
 * @file running_example.h
 * The sentence that goes through all chapters: six tokens with three numbers each, small enough to
 * check every cell by hand. The numbers are made up; their columns can be read as "nature",
 * "money" and "grammar".
 */
#ifndef CHAPTERS_COMMON_WORDS_RUNNING_EXAMPLE_H
#define CHAPTERS_COMMON_WORDS_RUNNING_EXAMPLE_H

#include <gsl/gsl_matrix.h>

/** @addtogroup common @{ */

enum {
    EXAMPLE_N_TOKENS = 6,  /**< tokens of the sentence */
    EXAMPLE_D_MODEL = 3,   /**< numbers a token */
    EXAMPLE_BANK_TOKEN = 5 /**< the token that the chapters ask about */
};

/** The tokens, in order. */
static const char *const example_tokens[EXAMPLE_N_TOKENS] = {"she", "sat",   "on",
                                                             "the", "river", "bank"};

/** One row a token: nature, money, grammar. */
static const double example_x[EXAMPLE_N_TOKENS][EXAMPLE_D_MODEL] = {
    {0.2, 0.1, 0.6}, /* she */
    {0.4, 0.0, 0.2}, /* sat */
    {0.0, 0.0, 0.8}, /* on */
    {0.0, 0.1, 1.0}, /* the */
    {1.2, 0.0, 0.1}, /* river */
    {0.6, 0.8, 0.1}, /* bank */
};

/** @return the running example, (6 x 3); the caller frees it with gsl_matrix_free() */
gsl_matrix *example_matrix(void);

/** @} */

#endif
