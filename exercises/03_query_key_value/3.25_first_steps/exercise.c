/* 3.25  The first steps of Adam
 *
 * Somebody wrote Adam from memory. The loss falls, but the first hundred steps differ from those of
 * every library: the very first is about three times too long. Find the reason, and mend it.
 *
 *   m <- beta1 m + (1 - beta1) g            m_hat = m / (1 - beta1^t)
 *   v <- beta2 v + (1 - beta2) g^2          v_hat = v / (1 - beta2^t)
 *   theta <- theta - rate * m_hat / (sqrt(v_hat) + epsilon)
 *
 *   step          t, 1 for the first step
 *   rate          the learning rate
 *   gradient      g, (n)
 *   first, second m and v, (n): they are kept from step to step, without hats
 *   theta         the parameters, (n): updated */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_vector.h>
#include <math.h>

static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

int adam_step(size_t step, double rate, const gsl_vector *gradient, gsl_vector *first,
              gsl_vector *second, gsl_vector *theta)
{
#ifdef SOLUTION
    double share1 = 1.0 - pow(beta1, (double)step), share2 = 1.0 - pow(beta2, (double)step);
#else
    (void)step;
#endif
    for (size_t i = 0; i < theta->size; i++) {
        double g = gsl_vector_get(gradient, i);
        double m = beta1 * gsl_vector_get(first, i) + (1.0 - beta1) * g;
        double v = beta2 * gsl_vector_get(second, i) + (1.0 - beta2) * g * g;
        gsl_vector_set(first, i, m);
        gsl_vector_set(second, i, v);
#ifdef SOLUTION
        m /= share1;
        v /= share2;
#endif
        double change = rate * m / (sqrt(v) + epsilon);
        gsl_vector_set(theta, i, gsl_vector_get(theta, i) - change);
    }
    return GSL_SUCCESS;
}
