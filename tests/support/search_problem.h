/**
 * @file search_problem.h
 * Tiny translators of many kinds, sources for them, and what they say of a target.
 */
#ifndef TESTS_SUPPORT_SEARCH_PROBLEM_H
#define TESTS_SUPPORT_SEARCH_PROBLEM_H

#include "chapters/common/translator/translator_search.h"

enum { N_SOURCES = 4, N_SOURCE = 5, LONGEST = 10, N_SEARCH_MODELS = 6 };

/** A model that reads a, b, c, d and writes x, y, z. */
typedef struct {
    symbols *source, *target;
    translator_model *model;
    pair_batch batch; /**< sources alone */
    size_t lengths[N_SOURCES];
    int numbers[N_SOURCES * N_SOURCE];
} search_problem;

/** A model of a kind, 0 .. N_SEARCH_MODELS - 1, with random parameters that are large enough for it to
 *  have opinions. */
search_problem *search_problem_draw(size_t kind, translator_side side);
const char *search_model_name(size_t kind);
void search_problem_free(search_problem *p);

/** ln p of n symbols for source s, by teacher forcing: nothing that a search uses. */
double log_p_of(search_problem *p, size_t s, const int *written, size_t n);

/** ln p of a target of n symbols and its end. */
double log_likelihood(search_problem *p, size_t s, const int *target, size_t n);

/** A score of a target of n symbols and its end, divided as a search does. */
double normalised(double score, size_t n, double alpha);

#endif
