/* 4.24  What a block costs
 *
 * Before a model is trained, somebody asks how large it is and what a sentence costs. given.txt,
 * beside this file, has the sizes of one block as in section "The path that nothing blocks": an
 * attention with n_heads heads of d / n_heads columns each, a feed-forward layer with hidden columns
 * in between, and a layer normalisation before each of the two. All four matrices of the attention
 * and both of the feed-forward layer have biases; a norm has a gain and a bias.
 *
 *   predicted 0   parameters of the attention
 *   predicted 1   parameters of the feed-forward layer
 *   predicted 2   parameters of both norms together
 *   predicted 3   multiplications of the attention for a sentence of n_words: projections, scores
 *                 and mixtures, output; not those of the softmax
 *   predicted 4   multiplications of the feed-forward layer for the same sentence
 *
 *   d, n_heads, hidden, n_words   as in given.txt
 *   predicted                     (5)
 *
 * Work them out on paper, write them down as constants, exactly, and only then run the check. What
 * is right is not shown, but known mistakes are named. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_vector.h>

int predict_costs(double d, double n_heads, double hidden, double n_words, gsl_vector *predicted)
{
#ifdef SOLUTION
    (void)n_heads; /* there are none in the sums */
    gsl_vector_set(predicted, 0, 4.0 * d * d + 4.0 * d);
    gsl_vector_set(predicted, 1, 2.0 * d * hidden + hidden + d);
    gsl_vector_set(predicted, 2, 4.0 * d);
    gsl_vector_set(predicted, 3, 4.0 * n_words * d * d + 2.0 * n_words * n_words * d);
    gsl_vector_set(predicted, 4, 2.0 * n_words * d * hidden);
    return GSL_SUCCESS;
#else
    /* TODO(4.24): gsl_vector_set(predicted, 0, 123456); and so on */
    return GSL_SUCCESS;
#endif
}
