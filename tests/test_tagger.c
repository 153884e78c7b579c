/* The tagger of chapters 3 and 4: the two sides are one function, its gradients are derivatives,
 * and what must not matter does not. */
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/tagger/tagger_check.h"
#include "reference/loss.h"
#include "tests/support/gradient_check.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- A small tagger and a batch for it ------------------------------------------------------- */

enum { N_WORDS = 13, D_VECTOR = 5, N_SEQUENCES = 3, N_PADDED = 7, N_ROWS = N_SEQUENCES * N_PADDED };

typedef struct {
    tagger_shape shape;
    gsl_matrix *table;
    ref_parameters *parameters;
    tagger_batch batch;
    size_t lengths[N_SEQUENCES];
    int words[N_ROWS], features[2][N_ROWS], targets[N_ROWS];
    tagger_dropout dropout;
} problem;

static const char *const mixing_names[] = {
    "alone", "proximity", "dot", "query-key-value", "blocks, pre-norm", "blocks, post-norm"};
enum { N_KINDS = sizeof mixing_names / sizeof mixing_names[0] };

static tagger_shape shape_of(size_t kind)
{
    return (tagger_shape){.d_vector = D_VECTOR,
                          .n_channels = 2,
                          .channel_names = {"suffix", "shape"},
                          .n_ids = {6, 3},
                          .d_channel = {4, 3},
                          .n_classes = 5,
                          .d_model = 6,
                          .mixing = kind < TAGGER_BLOCKS ? (tagger_mixing)kind : TAGGER_BLOCKS,
                          .bandwidth = 1.3,
                          .clip = 2,
                          .n_layers = 2,
                          .n_heads = 3,
                          .n_hidden = 11,
                          .norm = kind == TAGGER_BLOCKS ? REF_PRE_NORM : REF_POST_NORM};
}

static int below(size_t n)
{
    return (int)gsl_rng_uniform_int(suite_rng(), n);
}

static void draw_batch(problem *p)
{
    const size_t lengths[N_SEQUENCES] = {4, 7, 1};
    memcpy(p->lengths, lengths, sizeof lengths);
    for (size_t row = 0; row < N_ROWS; row++) {
        bool is_token = row % N_PADDED < lengths[row / N_PADDED];
        p->words[row] = is_token ? below(N_WORDS) : 0;
        p->features[0][row] = is_token ? below(6) : 0;
        p->features[1][row] = is_token ? below(3) : 0;
        p->targets[row] = is_token && row != 2 ? below(5) : REF_IGNORED;
    }
    p->batch = (tagger_batch){.n_sequences = N_SEQUENCES,
                              .n_padded = N_PADDED,
                              .lengths = p->lengths,
                              .words = p->words,
                              .features = {p->features[0], p->features[1]},
                              .targets = p->targets};
}

/* Parameters are random floats: a bias of 0 would hide its gradient's faults. */
static problem *draw(size_t kind)
{
    problem *p = calloc(1, sizeof *p);
    p->shape = shape_of(kind);
    p->table = gsl_matrix_calloc(N_WORDS, D_VECTOR);
    for (size_t i = D_VECTOR; i < N_WORDS * D_VECTOR; i++) {
        p->table->data[i] = random_gaussian(suite_rng(), 1.0);
    }
    p->parameters = ref_parameters_alloc();
    CHECK_STATUS(tagger_declare(p->parameters, &p->shape), 0, "tagger_declare");
    CHECK_STATUS(ref_parameters_allocate(p->parameters), 0, "ref_parameters_allocate");
    for (size_t n = 0; n < p->parameters->n_numbers; n++) {
        p->parameters->values[n] = random_gaussian(suite_rng(), 0.5);
    }
    p->dropout = (tagger_dropout){0.3, 0.2, 0.4, 77};
    draw_batch(p);
    return p;
}

static void problem_free(problem *p)
{
    gsl_matrix_free(p->table);
    ref_parameters_free(p->parameters);
    free(p);
}

/* ---- The pair -------------------------------------------------------------------------------- */

static void check_sides(const problem *p, const char *name, const tagger_dropout *dropout,
                        const fast_kernels *kernels, int n_threads)
{
    comparison *found = tagger_compare(&p->shape, p->table, p->parameters, &p->batch, dropout, 0.1,
                                       kernels, n_threads, suite_rng());
    for (size_t i = 0; i < found->n; i++) {
        const comparison_difference *d = &found->differences[i];
        CHECK(d->error <= d->bound, "%s, %s: %s is off by %.3g, bound %.3g", name, kernels->name,
              d->name, d->error, d->bound);
        CHECK(d->bound <= 1e-3 * d->size + 1e-5, "%s: the bound of %s is vacuous: %.3g of %.3g",
              name, d->name, d->bound, d->size);
    }
    comparison_free(found);
}

static void sides(void)
{
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        problem *p = draw(kind);
        for (size_t t = 0; kernels_at(t) != NULL; t++) {
            check_sides(p, mixing_names[kind], NULL, kernels_at(t), 1);
            check_sides(p, mixing_names[kind], &p->dropout, kernels_at(t), 2);
        }
        problem_free(p);
    }
}

/* The same comparison must notice an error that a learner might make. */
static void control(void)
{
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        problem *p = draw(kind);
        fast_parameters *twin = parameters_twin(p->parameters);
        comparison *found = tagger_compare(&p->shape, p->table, p->parameters, &p->batch, NULL, 0.1,
                                           fast_kernels_best(), 1, suite_rng());
        tagger_optimized *model =
            tagger_optimized_alloc(&p->shape, p->table, twin, fast_kernels_best(), 1);
        tagger_optimized_reserve(model, &p->batch);
        fast_parameters_find(twin, "output.weight")->value.data[0] *= 1.001f;
        tagger_optimized_forward(model, &p->batch, NULL, 0.1);
        tagger_reference *exact = tagger_reference_alloc(&p->shape, p->table, p->parameters);
        tagger_reference_reserve(exact, &p->batch);
        tagger_reference_forward(exact, &p->batch, NULL, 0.1);
        double first = gsl_matrix_get(tagger_reference_logits(exact), 0, 0);
        double off = fabs((double)tagger_optimized_logits(model)->data[0] - first);
        CHECK(off > found->differences[1].bound,
              "%s: a weight that is 0.1 %% off moves a logit by %g only", mixing_names[kind], off);
        tagger_reference_free(exact);
        tagger_optimized_free(model);
        comparison_free(found);
        fast_parameters_free(twin);
        problem_free(p);
    }
}

/* ---- The gradients --------------------------------------------------------------------------- */

typedef struct {
    problem *problem;
    tagger_reference *model;
    const tagger_dropout *dropout;
} probe;

static double loss_of(void *inputs)
{
    const probe *p = inputs;
    return tagger_reference_forward(p->model, &p->problem->batch, p->dropout, 0.1);
}

/* A few numbers of every parameter, dropout and all: what is left out follows from the seed. */
static void gradients(void)
{
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        problem *p = draw(kind);
        ref_parameters *list = p->parameters;
        probe at = {p, tagger_reference_alloc(&p->shape, p->table, list), &p->dropout};
        tagger_reference_reserve(at.model, &p->batch);
        loss_of(&at);
        tagger_reference_backward(at.model, &p->batch, at.dropout, 0.1);
        for (size_t i = 0; i < list->n_parameters; i++) {
            const ref_parameter *q = &list->parameters[i];
            for (size_t n = 0; n < 4; n++) {
                size_t place = q->offset + (size_t)below(q->n_rows * q->n_cols);
                derivative_check c =
                    derivative_agrees(&list->values[place], list->gradients[place], loss_of, &at);
                CHECK(c.holds, "%s: %s is %.12g, central differences give %.12g +- %.2g",
                      mixing_names[kind], q->name, list->gradients[place], c.derivative,
                      c.tolerance);
            }
        }
        tagger_reference_free(at.model);
        problem_free(p);
    }
}

/* ---- What must not matter -------------------------------------------------------------------- */

/* Every sentence by itself, on both sides: logits must be those of the batch. */
static void padding(void)
{
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        problem *p = draw(kind);
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
                CHECK_CLOSE(logits[row * 5 + i], own[i], 1e-4, mixing_names[kind]);
            }
        }
        tagger_optimized_free(model);
        fast_parameters_free(twin);
        problem_free(p);
    }
}

/* Whatever stands in the padding, the gradients have the same bits. */
static void rubbish(void)
{
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        problem *p = draw(kind);
        fast_parameters *twin = parameters_twin(p->parameters);
        tagger_optimized *model =
            tagger_optimized_alloc(&p->shape, p->table, twin, fast_kernels_best(), 2);
        tagger_optimized_reserve(model, &p->batch);
        size_t n_bytes = twin->n_floats * sizeof(float);
        float *clean = malloc(n_bytes);
        for (int run = 0; run < 2; run++) {
            for (size_t row = 0; run == 1 && row < N_ROWS; row++) {
                if (row % N_PADDED >= p->lengths[row / N_PADDED]) {
                    p->words[row] = below(N_WORDS);
                    p->features[0][row] = below(6);
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
        CHECK(largest == 0.0, "%s: padding changes a gradient by %g", mixing_names[kind], largest);
        free(clean);
        tagger_optimized_free(model);
        fast_parameters_free(twin);
        problem_free(p);
    }
}

static const test tests[] = {
    {"both sides give the same loss, logits and gradients, for every mixing", sides},
    {"the comparison notices a weight that is 0.1 % off", control},
    {"every gradient of the reference is a derivative, with dropout", gradients},
    {"a sentence has the same logits alone and in a padded batch", padding},
    {"what stands in the padding changes no gradient", rubbish},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
