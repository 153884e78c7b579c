/**
 * @file models_fast.h
 * The optimized half of models.h: one call for matrices of doubles. Not for tests.
 */
#ifndef TESTS_SUPPORT_MODELS_FAST_H
#define TESTS_SUPPORT_MODELS_FAST_H

#include "tests/support/models.h"

/** Forward and, where there is a grad_output, backward. */
int fast_multi_head_once(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                         const heads_model *m, const ref_mask *mask, gsl_matrix *output,
                         const gsl_matrix *grad_output, gsl_matrix *grad_x,
                         gsl_matrix *grad_memory);

int fast_block_once(const side *s, const gsl_matrix *x, const block_model *m, const ref_mask *mask,
                    const ref_dropout *dropout, gsl_matrix *output, const gsl_matrix *grad_output,
                    gsl_matrix *grad_x);

#endif
