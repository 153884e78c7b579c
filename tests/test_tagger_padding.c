/* What must not matter to a tagger does not: other sentences of a batch, and what stands in its
 * padding. */
#include "chapters/common/files/parameters_twin.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/tagger_problem.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every sentence by itself, on both sides: logits must be those of the batch. */
static void padding(void)
{
    for (size_t kind = 0; kind < N_TAGGER_KINDS; kind++) {
        tagger_problem *p = tagger_problem_alloc(kind, suite_rng());
        fast_parameters *twin = parameters_twin(p->parameters);
        tagger_optimized *model =
            tagger_optimized_alloc(&p->shape, p->table, twin, fast_kernels_best(), 1);
        tagger_optimized_reserve(model, &p->batch);
        tagger_optimized_forward(model, &p->batch, NULL, 0.0);
        float logits[N_ROWS * 5];
        memcpy(logits, tagger_optimized_logits(model)->data, sizeof logits);
        for (size_t s = 0; s < N_SEQUENCES; s++) {
            size_t row = s * N_PADDED, n = p->lengths[s];
            tagger_batch alone = {.n_sequences = 1,
                                  .n_padded = n,
                                  .lengths = &p->lengths[s],
                                  .words = p->words + row,
                                  .features = {p->features[0] + row, p->features[1] + row},
                                  .targets = p->targets + row};
            tagger_optimized_reserve(model, &alone);
            tagger_optimized_forward(model, &alone, NULL, 0.0);
            const float *own = tagger_optimized_logits(model)->data;
            for (size_t i = 0; i < n * 5; i++) {
                CHECK_CLOSE(logits[row * 5 + i], own[i], 1e-4, tagger_kind_names[kind]);
            }
        }
        tagger_optimized_free(model);
        fast_parameters_free(twin);
        tagger_problem_free(p);
    }
}

/* Whatever stands in the padding, the gradients have the same bits. */
static void rubbish(void)
{
    for (size_t kind = 0; kind < N_TAGGER_KINDS; kind++) {
        tagger_problem *p = tagger_problem_alloc(kind, suite_rng());
        fast_parameters *twin = parameters_twin(p->parameters);
        tagger_optimized *model =
            tagger_optimized_alloc(&p->shape, p->table, twin, fast_kernels_best(), 2);
        tagger_optimized_reserve(model, &p->batch);
        size_t n_bytes = twin->n_floats * sizeof(float);
        float *clean = malloc(n_bytes);
        for (int run = 0; run < 2; run++) {
            for (size_t row = 0; run == 1 && row < N_ROWS; row++) {
                if (row % N_PADDED >= p->lengths[row / N_PADDED]) {
                    p->words[row] = (int)gsl_rng_uniform_int(suite_rng(), N_WORDS);
                    p->features[0][row] = (int)gsl_rng_uniform_int(suite_rng(), 6);
                }
            }
            fast_parameters_zero_gradients(twin);
            tagger_optimized_forward(model, &p->batch, NULL, 0.0);
            tagger_optimized_backward(model, &p->batch, NULL, 0.0);
            if (run == 0) {
                memcpy(clean, twin->gradients, n_bytes);
            }
        }
        double largest = 0.0;
        for (size_t i = 0; i < twin->n_floats; i++) {
            largest = fmax(largest, fabs((double)clean[i] - (double)twin->gradients[i]));
        }
        CHECK(largest == 0.0, "%s: padding changes a gradient by %g", tagger_kind_names[kind],
              largest);
        free(clean);
        tagger_optimized_free(model);
        fast_parameters_free(twin);
        tagger_problem_free(p);
    }
}

static const test tests[] = {
    {"a sentence has the same logits alone and in a padded batch", padding},
    {"what stands in the padding changes no gradient", rubbish},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
