#include "tests/support/additive_trial.h"

#include "tests/support/suite.h"
#include <gsl/gsl_math.h>
#include <gsl/gsl_rng.h>

void draw_trial(additive_trial *t, double largest)
{
    gsl_rng *rng = suite_rng();
    for (size_t a = 0; a < t->n_units; a++) {
        double q = largest * (2.0 * gsl_rng_uniform(rng) - 1.0);
        t->q[a] = (float)q;
        for (size_t j = 0; j < TRIAL_KEYS; j++) {
            double k = 10.0 * gsl_rng_uniform(rng) - 5.0 - q;
            t->k[j * t->n_units + a] = (float)GSL_MAX(-largest, GSL_MIN(k, largest));
        }
    }
}

void pack_trial(additive_trial *t)
{
    const fast_kernels *kernels = t->kernels;
    size_t n = t->n_units, width = (n + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
    fast_rows q = {t->q, 1, n, n}, k = {t->k, TRIAL_KEYS, n, n};
    float largest_q = kernels->additive->exponentials(q, t->queries, width);
    float largest_k = kernels->additive->exponentials(k, t->keys, width);
    fast_additive_size size = kernels->additive->size(largest_q, largest_k);
    if (size == FAST_ADDITIVE_HUGE) {
        kernels->transpose->copy_rows(q, 1.0f, t->queries, 1, width);
        kernels->transpose->copy_rows(k, 1.0f, t->keys, TRIAL_KEYS, width);
    }
    t->packed_v = (fast_additive_v){.numerators = t->numerators, .inverses = t->inverses};
    kernels->additive->pack_v((fast_rows){t->v, 1, n, n}, width, &t->packed_v);
    t->block = (fast_additive_block){.n_q = 1,
                                     .n_k = TRIAL_KEYS,
                                     .width = width,
                                     .queries = t->queries,
                                     .keys = t->keys,
                                     .size = size,
                                     .v = &t->packed_v,
                                     .queries_by_v = t->queries_by_v,
                                     .stride = TRIAL_KEYS};
}
