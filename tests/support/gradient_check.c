#include "tests/support/gradient_check.h"

#include "tests/support/suite.h"
#include <gsl/gsl_deriv.h>
#include <math.h>

typedef struct {
    double *x;
    loss_function loss;
    void *inputs;
} probe;

static double loss_at(double x, void *parameters)
{
    const probe *p = parameters;
    double before = *p->x;
    *p->x = x;
    double loss = p->loss(p->inputs);
    *p->x = before;
    return loss;
}

derivative_check derivative_agrees(double *x, double gradient, loss_function loss, void *inputs)
{
    const double h = 1e-3;
    probe p = {x, loss, inputs};
    gsl_function function = {loss_at, &p};
    double derivative, error;
    gsl_deriv_central(&function, *x, h, &derivative, &error);
    double tolerance = 10.0 * error + 1e-9 * fmax(1.0, fabs(loss(inputs)));
    return (derivative_check){derivative, tolerance, fabs(gradient - derivative) <= tolerance};
}

void check_gradient(const char *what, gsl_matrix *x, const gsl_matrix *gradient, loss_function loss,
                    void *inputs)
{
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t j = 0; j < x->size2; j++) {
            double claimed = gsl_matrix_get(gradient, i, j);
            derivative_check c = derivative_agrees(gsl_matrix_ptr(x, i, j), claimed, loss, inputs);
            CHECK(c.holds, "%s[%zu, %zu] is %.12g, central differences give %.12g +- %.2g", what, i,
                  j, claimed, c.derivative, c.tolerance);
        }
    }
}
