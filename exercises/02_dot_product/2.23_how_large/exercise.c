/* 2.23  How large is a score?
 *
 * The numbers of a query are independent, with mean 0 and standard deviation a; those of a key are
 * too, with standard deviation b. Both have d numbers. Section "Why the square root of d" has a = b =
 * 1; now nobody promises that. given.txt, beside this file, says what a, b and d are.
 *
 *   predicted 0   the variance of q . k
 *   predicted 1   the variance of q . k / sqrt(d)
 *   predicted 2   the factor f > 0 with which f q . k has the variance 1
 *   predicted 3   the standard deviation of the difference of two scores, q . k / sqrt(d) with two
 *                 independent keys: it is what the softmax sees
 *
 *   a, b       as in given.txt
 *   d          as in given.txt
 *   predicted  (4)
 *
 * Work them out on paper, write them down as constants to three digits, and only then run the check.
 * What is right is not shown, but known mistakes are named. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_vector.h>
#include <math.h>

int predict_sizes(double a, double b, size_t d, gsl_vector *predicted)
{
#ifdef SOLUTION
    double variance_of_product = a * a * b * b;
    gsl_vector_set(predicted, 0, (double)d * variance_of_product);
    gsl_vector_set(predicted, 1, variance_of_product);
    gsl_vector_set(predicted, 2, 1.0 / (a * b * sqrt((double)d)));
    gsl_vector_set(predicted, 3, sqrt(2.0 * variance_of_product));
    return GSL_SUCCESS;
#else
    /* TODO(2.23): gsl_vector_set(predicted, 0, 1.23); and so on */
    return GSL_SUCCESS;
#endif
}
