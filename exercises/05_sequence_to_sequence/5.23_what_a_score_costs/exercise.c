/* 5.23  What a score costs
 *
 * A decoder takes n_t steps over a source of n_s words. Its states have d_s numbers, those of the
 * encoder d_m, and the additive score has a hidden units. given.txt, beside this file, has the five.
 * What does not depend on the step is made once, as section "What does not depend on the step" says:
 *
 *   general    e_tj = s_t . k_j             K = M W^T,    W is (d_s x d_m)
 *   additive   e_tj = v . tanh(s_t W + k_j) K = M U + b,  W is (d_s x a), U is (d_m x a)
 *
 *   predicted 0   multiplications of all general scores, those of K among them
 *   predicted 1   multiplications of all additive scores, those of K among them
 *   predicted 2   how often tanh is called for the additive scores
 *   predicted 3   multiplications of all additive scores if M U were made again in every step
 *
 *   n_t, n_s, d_s, d_m, a   as in given.txt
 *   predicted               (4)
 *
 * Work them out on paper, write them down as constants, exactly, and only then run the check. What
 * is right is not shown, but known mistakes are named. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_vector.h>

int predict_scores(double n_t, double n_s, double d_s, double d_m, double a, gsl_vector *predicted)
{
#ifdef SOLUTION
    double keys = n_s * d_m * a, queries = n_t * d_s * a, hidden = n_t * n_s * a;
    gsl_vector_set(predicted, 0, n_s * d_m * d_s + n_t * n_s * d_s);
    gsl_vector_set(predicted, 1, keys + queries + hidden);
    gsl_vector_set(predicted, 2, hidden);
    gsl_vector_set(predicted, 3, n_t * keys + queries + hidden);
    return GSL_SUCCESS;
#else
    /* TODO(5.23): gsl_vector_set(predicted, 0, 123456); and so on */
    return GSL_SUCCESS;
#endif
}
