/* Multiplicative attention: values by hand, and what must hold whatever the numbers are. The files
 * beside this one compare the sides, gradients and derivatives, and errors. */

#include "tests/support/matrices.h"
#include "tests/support/sides_multiplicative.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

static gsl_matrix *attended(const side *s, const multiplicative_call *call)
{
    gsl_matrix *y = new_matrix(call->x->size1, call->memory->size2);
    CHECK_STATUS(side_multiplicative(s, call, y), GSL_SUCCESS, "multiplicative attention");
    return y;
}

/* ---- known values ------------------------------------------------------------------------------ */

/* W^T x = 1, so that the scores are M itself, 0 and ln 3, and the weights 1/4 and 3/4. */
static void by_hand_on(const side *s)
{
    const double ln3 = log(3.0), t = 10.0 * s->tolerance;
    gsl_matrix *w = matrix_of(2, 1, (double[]){3, -1}), *dw = new_matrix(2, 1);
    gsl_matrix *x = matrix_of(1, 2, (double[]){1, 2}),
               *memory = matrix_of(2, 1, (double[]){0, ln3});
    multiplicative_call call = {x, memory, w, 1.0, NULL};
    check_close(attended(s, &call), matrix_of(1, 1, (double[]){0.75 * ln3}), t,
                "1/4 M_0 + 3/4 M_1");

    /* dP = M, D = 3/4 ln 3, dS = (-3/16, 3/16) ln 3, dK = dS^T X */
    gsl_matrix *dx = new_matrix(1, 2), *dm = new_matrix(2, 1), *dy = matrix_of(1, 1, &(double){1});
    CHECK_STATUS(side_multiplicative_backward(s, &call, dy, dx, dm, dw), GSL_SUCCESS, "backward");
    const double square = ln3 * ln3, e = 3 * ln3 / 16;
    check_close(dx, matrix_of(1, 2, (double[]){9 * square / 16, -3 * square / 16}), t, "dX = dS K");
    check_close(dm, matrix_of(2, 1, (double[]){0.25 - e, 0.75 + e}), t, "dM = P^T dY + dK W");
    check_close(dw, matrix_of(2, 1, (double[]){3 * square / 16, 6 * square / 16}), t,
                "dW = dK^T M");
}
ON_EACH_SIDE(by_hand)

static const test tests[] = {
    {"the output and all gradients that were computed by hand", by_hand},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
