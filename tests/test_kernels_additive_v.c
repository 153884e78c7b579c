/* Additive scores with v in their denominators: which v may go there, and how far off they are. */

#include "optimized/kernels/additive_kernels.h"
#include "optimized/kernels/kernels.h"
#include "tests/support/additive_trial.h"
#include "tests/support/bounded_additive.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_math.h>
#include <math.h>

enum { N_TRIALS = 200 };

/* Of q and of k, in blocks that are small. */
static const double largest_small = 2.7;

/* Bounds are of use: what is seen comes as near them as sums of so many roundings do. */
static const double least_score_ratio = 0.05;

/* Units in whole groups for every instruction set, and the v of all but the first of them. */
typedef struct {
    const char *name;
    float others;
    bool is_inverted;
} sizes_of_v;

static const sizes_of_v sizes[] = {
    {"alike", 0.75f, true},
    {"alike, of another sign", -0.75f, true},
    {"as small as may be", 0x1p-11f, true},
    {"smaller", 0x1p-12f, false},
    {"nothing", 0.0f, false},
    {"not a number", NAN, false},
    {"infinite", INFINITY, false},
};

static void draw_v(additive_trial *t, float others, float factor)
{
    for (size_t a = 0; a < t->n_units; a++) {
        t->v[a] = factor * (a == 0 ? 1.0f : others);
    }
}

static void v_is_told_apart(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
            additive_trial t = {.kernels = kernels_at(isa), .n_units = MOST_TRIAL_UNITS};
            draw_v(&t, sizes[n].others, 1.0f);
            pack_trial(&t);
            CHECK(t.packed_v.is_inverted == sizes[n].is_inverted, "%s: others are %s",
                  t.kernels->name, sizes[n].name);
            t.n_units = MOST_TRIAL_UNITS - 1; /* the last vector has a unit without v */
            pack_trial(&t);
            CHECK(!t.packed_v.is_inverted, "%s: ragged, others are %s", t.kernels->name,
                  sizes[n].name);
        }
    }
}

/* How near to its bound a score comes. That of 2^60 v and of 2^-60 v is as many times as large. */
static double check_scores(additive_trial *t, float others)
{
    float scores[TRIAL_KEYS], scaled[TRIAL_KEYS];
    draw_trial(t, largest_small);
    draw_v(t, others, 1.0f);
    pack_trial(t);
    CHECK(t->block.size == FAST_ADDITIVE_SMALL && t->packed_v.is_inverted, "another way is taken");
    t->kernels->additive->score(&t->block, scores);

    gsl_matrix *q = new_matrix(1, t->n_units), *k = new_matrix(TRIAL_KEYS, t->n_units);
    gsl_vector *v = new_vector(t->n_units);
    for (size_t a = 0; a < t->n_units; a++) {
        gsl_matrix_set(q, 0, a, (double)t->q[a]);
        gsl_vector_set(v, a, (double)t->v[a]);
        for (size_t j = 0; j < TRIAL_KEYS; j++) {
            gsl_matrix_set(k, j, a, (double)t->k[j * t->n_units + a]);
        }
    }
    bounded expected = bounded_additive_scores(bounded_exact(q), bounded_exact(k), v, NULL);
    double worst = 0.0;
    for (size_t j = 0; j < TRIAL_KEYS; j++) {
        double error = fabs((double)scores[j] - gsl_matrix_get(expected.value, 0, j));
        worst = GSL_MAX(worst, error / gsl_matrix_get(expected.bound, 0, j));
    }
    for (int sign = -1; sign <= 1; sign += 2) {
        draw_v(t, others, ldexpf(1.0f, sign * 60));
        pack_trial(t);
        t->kernels->additive->score(&t->block, scaled);
        for (size_t j = 0; j < TRIAL_KEYS; j++) {
            CHECK(scaled[j] == ldexpf(scores[j], sign * 60), "%s: v is another power of two",
                  t->kernels->name);
        }
    }
    return worst;
}

static void inverted_scores_are_accurate(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (size_t n = 0; sizes[n].is_inverted; n++) {
            additive_trial t = {.kernels = kernels_at(isa), .n_units = MOST_TRIAL_UNITS};
            double worst = 0.0;
            for (int trials = 0; trials < N_TRIALS; trials++) {
                double ratio = check_scores(&t, sizes[n].others);
                worst = GSL_MAX(worst, ratio);
            }
            CHECK(worst <= 1.0, "%s, others are %s: a score is %.2g times its bound off",
                  t.kernels->name, sizes[n].name, worst);
            CHECK(worst >= least_score_ratio, "%s, others are %s: no score is near its bound: %.2g",
                  t.kernels->name, sizes[n].name, worst);
        }
    }
}

static const test tests[] = {
    {"a score with v in its denominators is within its bound, however small or large v is",
     inverted_scores_are_accurate},
    {"v goes into denominators if all of it is finite, and none too small beside the largest",
     v_is_told_apart},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
