/**
 * @file tagger_problem.h
 * A small tagger of every kind, with random parameters, and a batch for it.
 */
#ifndef TESTS_SUPPORT_TAGGER_PROBLEM_H
#define TESTS_SUPPORT_TAGGER_PROBLEM_H

#include "chapters/common/tagger/tagger.h"
#include <gsl/gsl_rng.h>

enum { N_WORDS = 13, D_VECTOR = 5, N_SEQUENCES = 3, N_PADDED = 7, N_ROWS = N_SEQUENCES * N_PADDED };

/** The kinds: every mixing, and blocks with the normalisations in either place. */
enum { N_TAGGER_KINDS = 6 };
extern const char *const tagger_kind_names[N_TAGGER_KINDS];

typedef struct {
    tagger_shape shape;
    gsl_matrix *table;
    ref_parameters *parameters;
    tagger_batch batch;
    size_t lengths[N_SEQUENCES];
    int words[N_ROWS], features[2][N_ROWS], targets[N_ROWS];
    tagger_dropout dropout;
} tagger_problem;

/** A new problem. Parameters are random floats: a bias of 0 would hide its gradient's faults. */
tagger_problem *tagger_problem_alloc(size_t kind, gsl_rng *rng);

void tagger_problem_free(tagger_problem *p);

#endif
