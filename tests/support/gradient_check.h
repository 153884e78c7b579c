/**
 * @file gradient_check.h
 * Is a gradient the derivative? Central differences of a random linear functional of the output.
 */
#ifndef TESTS_SUPPORT_GRADIENT_CHECK_H
#define TESTS_SUPPORT_GRADIENT_CHECK_H

#include <gsl/gsl_matrix.h>
#include <stdbool.h>

/** The functional L, computed from the inputs as they are now. */
typedef double (*loss_function)(void *inputs);

/**
 * Check every entry of a gradient: moves x by steps of h = 1e-3 around each entry, lets loss
 * compute L, and accepts |gradient - dL/dx| <= 10 times gsl_deriv_central's own estimate of its
 * error + 1e-9 max(1, |L|).
 *
 * @param[in]     what      names the gradient in messages
 * @param[in,out] x         input of loss; it is left as it was
 * @param[in]     gradient  what is claimed to be dL/dx, the same shape
 * @param[in]     loss      L
 * @param[in]     inputs    passed on to loss
 */
void check_gradient(const char *what, gsl_matrix *x, const gsl_matrix *gradient, loss_function loss,
                    void *inputs);

/** The outcome for one number. */
typedef struct {
    double derivative, tolerance;
    bool holds;
} derivative_check;

/** Compare one number of a gradient with the central difference at x, which is left as it was. */
derivative_check derivative_agrees(double *x, double gradient, loss_function loss, void *inputs);

#endif
