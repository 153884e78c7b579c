/* Why scores are divided by the square root of d: what chapter 2 derives, on drawn numbers. */
#include "reference/attention.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_statistics_double.h>
#include <math.h>

enum { N_DRAWS = 4000 };

/* The variance of N_DRAWS scores of independent queries and keys. */
static double variance_of_scores(size_t d, double scale)
{
    double scores[N_DRAWS];
    for (size_t n = 0; n < N_DRAWS; n++) {
        gsl_matrix *q = random_matrix(suite_rng(), 1, d, 1.0);
        gsl_matrix *k = random_matrix(suite_rng(), 1, d, 1.0);
        gsl_matrix_view score = gsl_matrix_view_array(&scores[n], 1, 1);
        ref_attention_scores(q, k, REF_DOT, scale, NULL, &score.matrix);
    }
    return gsl_stats_variance(scores, 1, N_DRAWS);
}

/* The estimate's own standard deviation is about sqrt(2 / 4000) = 2.2 % of it, for d = 1 more. */
static void variance_is_width(void)
{
    static const size_t widths[] = {4, 16, 64, 256};
    for (size_t w = 0; w < 4; w++) {
        double d = (double)widths[w];
        CHECK_CLOSE(variance_of_scores(widths[w], 1.0) / d, 1.0, 0.2, "variance of q . k over d");
        CHECK_CLOSE(variance_of_scores(widths[w], 1.0 / sqrt(d)), 1.0, 0.2,
                    "variance of q . k / sqrt(d)");
    }
}

static const test tests[] = {
    {"the dot product of d independent numbers of variance 1 has variance d", variance_is_width},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
