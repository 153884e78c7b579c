/* Additive attention: values by hand, and what must hold whatever the numbers are. The files beside
 * this one compare the sides, gradients and derivatives, and errors. */

#include "tests/support/matrices.h"
#include "tests/support/sides_additive.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

static gsl_matrix *attended(const side *s, const additive_call *call)
{
    gsl_matrix *y = new_matrix(call->x->size1, call->memory->size2);
    CHECK_STATUS(side_additive(s, call, y), GSL_SUCCESS, "additive attention");
    return y;
}

/* ---- known values ------------------------------------------------------------------------------ */

/* q = 1, keys -1 and -1 + ln(3) / 2, whose tanh(q + k) are 0 and 1/2; v = 2 ln 3, so that the scores
 * are 0 and ln 3, the weights 1/4 and 3/4. */
static void by_hand_on(const side *s)
{
    const double ln3 = log(3.0), t = 10.0 * s->tolerance;
    ref_additive_attention p = new_additive(2, 2, 1), grad = new_additive(2, 2, 1);
    gsl_matrix_memcpy(p.weight_q, matrix_of(2, 1, (double[]){3, -1}));
    gsl_matrix_set(p.weight_k, 0, 0, 0.5 * ln3);
    gsl_vector_set(p.bias, 0, -1.0);
    gsl_vector_set(p.v, 0, 2.0 * ln3);
    gsl_matrix *x = matrix_of(1, 2, (double[]){1, 2});
    gsl_matrix *memory = matrix_of(2, 2, (double[]){0, 4, 1, 8});
    additive_call call = {x, memory, &p, NULL};
    check_close(attended(s, &call), matrix_of(1, 2, (double[]){0.75, 7}), t, "1/4 M_0 + 3/4 M_1");

    /* dP = (0, 1), D = 3/4, dS = (-3/16, 3/16), dz = (-3/8, 9/32) ln 3 = dK, dQ = -3/32 ln 3 */
    gsl_matrix *dx = new_matrix(1, 2), *dm = new_matrix(2, 2);
    gsl_matrix *dy = matrix_of(1, 2, (double[]){1, 0});
    CHECK_STATUS(side_additive_backward(s, &call, dy, dx, dm, &grad), GSL_SUCCESS, "backward");
    check_close(dx, matrix_of(1, 2, (double[]){-9 * ln3 / 32, 3 * ln3 / 32}), t, "dX = dQ W^T");
    check_close(
        dm, matrix_of(2, 2, (double[]){0.25 - 3 * ln3 * ln3 / 16, 0, 0.75 + 9 * ln3 * ln3 / 64, 0}),
        t, "dM = P^T dY + dK U^T");
    check_close(grad.weight_q, matrix_of(2, 1, (double[]){-3 * ln3 / 32, -6 * ln3 / 32}), t, "dW");
    check_close(grad.weight_k, matrix_of(2, 1, (double[]){9 * ln3 / 32, 0.75 * ln3}), t, "dU");
    CHECK_CLOSE(gsl_vector_get(grad.bias, 0), -3 * ln3 / 32, t, "db");
    CHECK_CLOSE(gsl_vector_get(grad.v, 0), 3.0 / 32, t, "dv");
}
ON_EACH_SIDE(by_hand)

static const test tests[] = {
    {"the output and all gradients that were computed by hand", by_hand},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
