/* 5.26  One step of a beam
 *
 * A beam keeps the n_beams best beginnings of an answer. Each grows by every word, and of all that
 * comes out the n_beams best are kept. A beginning that has written the end is finished: it does
 * not grow, and stands for election as it is.
 *
 *   candidates of beam b:  every word w, with score_b + log_probability_bw, if b is not finished;
 *                          itself alone, with the word `end` and score_b, if it is
 *
 *   log_probability  (n_beams x n_words): ln p of the next word; rows of finished beams mean
 *                    nothing
 *   score            (n_beams): the sum of logarithms so far
 *   is_finished      (n_beams): 1 or 0
 *   end              the word that ends an answer
 *   parent           (n_beams): from which beam the best candidate comes, the second best, ...
 *   word             (n_beams): the word that it was given
 *   new_score        (n_beams): its score, so that they never rise
 *
 * There are at least n_beams candidates, and no two scores are equal. The two vectors of whole
 * numbers are vectors of doubles, as all that is filled here. No division by lengths. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

#ifdef SOLUTION
/* The best candidate below a score: those that were chosen before are not below it. */
static double best_below(double below, const gsl_matrix *log_probability, const gsl_vector *score,
                         const size_t *is_finished, size_t end, size_t *parent, size_t *word)
{
    double best = -INFINITY;
    for (size_t b = 0; b < log_probability->size1; b++) {
        for (size_t w = 0; w < log_probability->size2; w++) {
            double grown = gsl_vector_get(score, b);
            if (!is_finished[b]) {
                grown += gsl_matrix_get(log_probability, b, w);
            } else if (w != end) {
                continue;
            }
            if (grown > best && grown < below) {
                best = grown, *parent = b, *word = w;
            }
        }
    }
    return best;
}
#endif

int beam_step(const gsl_matrix *log_probability, const gsl_vector *score, const size_t *is_finished,
              size_t end, gsl_vector *parent, gsl_vector *word, gsl_vector *new_score)
{
#ifdef SOLUTION
    double below = INFINITY;
    for (size_t n = 0; n < score->size; n++) {
        size_t from = 0, what = 0;
        below = best_below(below, log_probability, score, is_finished, end, &from, &what);
        gsl_vector_set(parent, n, (double)from);
        gsl_vector_set(word, n, (double)what);
        gsl_vector_set(new_score, n, below);
    }
    return GSL_SUCCESS;
#else
    /* TODO(5.26) */
    return GSL_SUCCESS;
#endif
}
