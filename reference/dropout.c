#include "reference/dropout.h"
#include "reference/checks.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>

static int check_dropout(const gsl_matrix *x, const ref_dropout *dropout)
{
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    if (!(dropout->rate >= 0.0 && dropout->rate < 1.0)) {
        GSL_ERROR("the rate must be at least 0 and less than 1", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* The upper 32 bits of z, well mixed: a change of any bit changes each of them half of the time. */
// [dropout-hash]
static uint32_t hash(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static bool is_kept(const ref_dropout *dropout, size_t i, size_t c, size_t n_cols)
{
    uint64_t index = ((uint64_t)dropout->first_row + i) * n_cols + c;
    return hash(dropout->seed, index) >= ldexp(dropout->rate, 32);
}
// [dropout-hash]

int ref_dropout_forward(const gsl_matrix *x, const ref_dropout *dropout, gsl_matrix *output)
{
    if (!same_shape(output, x)) {
        GSL_ERROR("the output must have the shape of x", GSL_EBADLEN);
    }
    int status = check_dropout(x, dropout);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [dropout-forward]
    /* Y = X / (1 - rate) where it is kept, else 0 */
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t c = 0; c < x->size2; c++) {
            double scaled = gsl_matrix_get(x, i, c) / (1.0 - dropout->rate);
            gsl_matrix_set(output, i, c, is_kept(dropout, i, c, x->size2) ? scaled : 0.0);
        }
    }
    // [dropout-forward]
    return GSL_SUCCESS;
}

int ref_dropout_backward(const ref_dropout *dropout, const gsl_matrix *grad_output,
                         gsl_matrix *grad_x)
{
    if (!same_shape(grad_x, grad_output)) {
        GSL_ERROR("the gradients of x and of the output must have the same shape", GSL_EBADLEN);
    }
    int status = check_dropout(grad_output, dropout);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [dropout-backward]
    /* Y = X / (1 - rate) where it is kept:  dX += dY / (1 - rate) there */
    for (size_t i = 0; i < grad_output->size1; i++) {
        for (size_t c = 0; c < grad_output->size2; c++) {
            if (is_kept(dropout, i, c, grad_output->size2)) {
                double scaled = gsl_matrix_get(grad_output, i, c) / (1.0 - dropout->rate);
                *gsl_matrix_ptr(grad_x, i, c) += scaled;
            }
        }
    }
    // [dropout-backward]
    return GSL_SUCCESS;
}
