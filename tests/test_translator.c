/* The translator of chapter 5: the two sides are one function, its gradients are derivatives, and
 * what must not matter does not. */
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/translator/translator_check.h"
#include "reference/loss.h"
#include "tests/support/gradient_check.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/translator_trial.h"
#include <stdlib.h>
#include <string.h>

/* ---- Small translators and a batch for them -------------------------------------------------- */

/* What a model is besides its score, and what no other row would catch. */
typedef struct {
    const char *catches;
    ref_score score;
    ref_cell cell;
    ref_timing timing;
    bool feeds_output, reads_one_way;
    size_t n_layers, window;
} variant;

static const variant variants[] = {
    {"no attention at all", REF_SCORE_NONE, REF_LSTM, .n_layers = 1},
    {"keys that are no states", REF_SCORE_LOCATION, REF_GRU, .n_layers = 1},
    {"keys that are the states", REF_SCORE_DOT, REF_LSTM, .n_layers = 1},
    {"a scale", REF_SCORE_SCALED_DOT, REF_ELMAN, .n_layers = 1},
    {"layers, and dropout between them", REF_SCORE_GENERAL, REF_LSTM, .n_layers = 2},
    {"a window", REF_SCORE_GENERAL, REF_GRU, .n_layers = 1, .window = 1},
    {"scores without a bias", REF_SCORE_CONCAT, REF_LSTM, .n_layers = 1},
    {"what is fed", REF_SCORE_ADDITIVE, REF_LSTM, .feeds_output = true, .n_layers = 2},
    {"the context in the cell", REF_SCORE_ADDITIVE, REF_GRU, REF_TIMING_BAHDANAU, .n_layers = 1},
    {"one direction", REF_SCORE_ADDITIVE, REF_LSTM, .reads_one_way = true, .n_layers = 1},
};
enum { N_VARIANTS = sizeof variants / sizeof variants[0] };

enum { N_PAIRS = 3, N_SOURCE = 5, N_TARGET = 4, N_SYMBOLS = 7 };

typedef struct {
    ref_encoder_decoder_shape shape;
    ref_parameters *parameters;
    pair_batch batch;
    size_t source_lengths[N_PAIRS], target_lengths[N_PAIRS];
    int source[N_PAIRS * N_SOURCE], target_in[N_PAIRS * N_TARGET], target_out[N_PAIRS * N_TARGET];
    translator_dropout dropout;
} problem;

static ref_encoder_decoder_shape shape_of(const variant *v)
{
    ref_encoder_decoder_shape shape = small_translator_wish(TRANSLATOR_OPTIMIZED, v->score).shape;
    shape.n_source = 6;
    shape.n_target = N_SYMBOLS;
    shape.cell = v->cell;
    shape.timing = v->timing;
    shape.feeds_output = v->feeds_output;
    shape.is_bidirectional = !v->reads_one_way;
    shape.n_encoder_layers = shape.n_layers = v->n_layers;
    shape.window = v->window;
    return shape;
}

static int between(int low, int high)
{
    return (int)random_integer(suite_rng(), low, high);
}

/* A pair of full length, a short source, a short target. */
static void draw_batch(problem *p)
{
    const size_t sources[N_PAIRS] = {5, 1, 3}, targets[N_PAIRS] = {3, 4, 2};
    memcpy(p->source_lengths, sources, sizeof sources);
    memcpy(p->target_lengths, targets, sizeof targets);
    for (size_t i = 0; i < N_PAIRS * N_SOURCE; i++) {
        bool is_real = i % N_SOURCE < sources[i / N_SOURCE];
        p->source[i] = is_real ? between(1, 5) : SYMBOLS_UNKNOWN;
    }
    for (size_t i = 0; i < N_PAIRS * N_TARGET; i++) {
        size_t t = i % N_TARGET, n = targets[i / N_TARGET];
        p->target_out[i] = t + 1 < n ? between(2, N_SYMBOLS - 1)
                           : t < n   ? SYMBOLS_END
                                     : REF_IGNORED;
        p->target_in[i] = t == 0 ? SYMBOLS_START : t < n ? p->target_out[i - 1] : SYMBOLS_END;
    }
    p->batch = (pair_batch){.n_pairs = N_PAIRS,
                            .n_source = N_SOURCE,
                            .n_target = N_TARGET,
                            .source_lengths = p->source_lengths,
                            .target_lengths = p->target_lengths,
                            .source = p->source,
                            .target_in = p->target_in,
                            .target_out = p->target_out};
}

/* Parameters are random floats: a bias of 0 would hide its gradient's faults. */
static problem *draw(const variant *v)
{
    problem *p = calloc(1, sizeof *p);
    p->shape = shape_of(v);
    p->parameters = ref_parameters_alloc();
    CHECK_STATUS(ref_encoder_decoder_declare(p->parameters, &p->shape), 0, "declaration");
    CHECK_STATUS(ref_parameters_allocate(p->parameters), 0, "ref_parameters_allocate");
    for (size_t n = 0; n < p->parameters->n_numbers; n++) {
        p->parameters->values[n] = random_gaussian(suite_rng(), 0.5);
    }
    p->dropout = (translator_dropout){0.3, 77};
    draw_batch(p);
    return p;
}

static void problem_free(problem *p)
{
    ref_parameters_free(p->parameters);
    free(p);
}

/* ---- The pair -------------------------------------------------------------------------------- */

static void check_sides(const problem *p, const char *name, const translator_dropout *dropout,
                        const fast_kernels *kernels, int n_threads)
{
    comparison *found = translator_compare(&p->shape, p->parameters, &p->batch, dropout, 0.1,
                                           kernels, n_threads, suite_rng());
    for (size_t i = 0; i < found->n; i++) {
        const comparison_difference *d = &found->differences[i];
        CHECK(d->error <= d->bound, "%s, %s: %s (%.3g) is off by %.3g, bound %.3g", name,
              kernels->name, d->name, d->size, d->error, d->bound);
        CHECK(d->bound <= 1e-3 * d->size + 1e-5, "%s: the bound of %s is vacuous: %.3g of %.3g",
              name, d->name, d->bound, d->size);
    }
    comparison_free(found);
}

static void sides(void)
{
    for (size_t i = 0; i < N_VARIANTS; i++) {
        problem *p = draw(&variants[i]);
        for (size_t t = 0; kernels_at(t) != NULL; t++) {
            check_sides(p, variants[i].catches, NULL, kernels_at(t), 1);
            check_sides(p, variants[i].catches, &p->dropout, kernels_at(t), 2);
        }
        problem_free(p);
    }
}

/* The same comparison must notice an error that a learner might make. */
static void control(void)
{
    problem *p = draw(&variants[N_VARIANTS - 1]);
    comparison *found = translator_compare(&p->shape, p->parameters, &p->batch, NULL, 0.1,
                                           fast_kernels_best(), 1, suite_rng());
    fast_parameters *twin = parameters_twin(p->parameters);
    translator_optimized *model =
        translator_optimized_alloc(&p->shape, twin, fast_kernels_best(), 1);
    translator_optimized_reserve(model, &p->batch);
    fast_parameters_find(twin, "output.weight")->value.data[2] *= 1.001f;
    double loss = translator_optimized_forward(model, &p->batch, NULL, 0.1);
    comparison_end(found, loss, translator_optimized_logits(model), twin);
    CHECK(found->differences[1].error > found->differences[1].bound,
          "a weight that is 0.1 %% off moves a logit by %g only", found->differences[1].error);
    translator_optimized_free(model);
    fast_parameters_free(twin);
    comparison_free(found);
    problem_free(p);
}

/* ---- The gradients --------------------------------------------------------------------------- */

typedef struct {
    problem *problem;
    translator_reference *model;
} probe;

static double loss_of(void *inputs)
{
    const probe *p = inputs;
    return translator_reference_forward(p->model, &p->problem->batch, &p->problem->dropout, 0.1);
}

/* A few numbers of every parameter, dropout and all: what is left out follows from the seed. */
static void gradients(void)
{
    for (size_t i = 0; i < N_VARIANTS; i++) {
        problem *p = draw(&variants[i]);
        ref_parameters *list = p->parameters;
        probe at = {p, translator_reference_alloc(&p->shape, list)};
        translator_reference_reserve(at.model, &p->batch);
        loss_of(&at);
        translator_reference_backward(at.model, &p->batch, &p->dropout, 0.1);
        for (size_t n = 0; n < 3 * list->n_parameters; n++) {
            const ref_parameter *q = &list->parameters[n / 3];
            size_t place = q->offset + (size_t)between(0, (int)(q->n_rows * q->n_cols) - 1);
            derivative_check c =
                derivative_agrees(&list->values[place], list->gradients[place], loss_of, &at);
            CHECK(c.holds, "%s: %s is %.12g, central differences give %.12g +- %.2g",
                  variants[i].catches, q->name, list->gradients[place], c.derivative, c.tolerance);
        }
        translator_reference_free(at.model);
        problem_free(p);
    }
}

/* ---- What must not matter -------------------------------------------------------------------- */

static pair_batch alone(const problem *p, size_t pair)
{
    return (pair_batch){.n_pairs = 1,
                        .n_source = p->source_lengths[pair],
                        .n_target = p->target_lengths[pair],
                        .source_lengths = &p->source_lengths[pair],
                        .target_lengths = &p->target_lengths[pair],
                        .source = p->source + pair * N_SOURCE,
                        .target_in = p->target_in + pair * N_TARGET,
                        .target_out = p->target_out + pair * N_TARGET};
}

/* Every pair by itself: its logits must be those in the batch. */
static void padding(void)
{
    for (size_t i = 0; i < N_VARIANTS; i++) {
        problem *p = draw(&variants[i]);
        fast_parameters *twin = parameters_twin(p->parameters);
        translator_optimized *model =
            translator_optimized_alloc(&p->shape, twin, fast_kernels_best(), 1);
        float logits[N_PAIRS * N_TARGET * N_SYMBOLS];
        translator_optimized_reserve(model, &p->batch);
        translator_optimized_forward(model, &p->batch, NULL, 0.0);
        memcpy(logits, translator_optimized_logits(model)->data, sizeof logits);
        for (size_t s = 0; s < N_PAIRS; s++) {
            pair_batch one = alone(p, s);
            translator_optimized_reserve(model, &one);
            translator_optimized_forward(model, &one, NULL, 0.0);
            const float *own = translator_optimized_logits(model)->data;
            for (size_t n = 0; n < one.n_target * N_SYMBOLS; n++) {
                CHECK_CLOSE(logits[s * N_TARGET * N_SYMBOLS + n], own[n], 1e-4,
                            variants[i].catches);
            }
        }
        translator_optimized_free(model);
        fast_parameters_free(twin);
        problem_free(p);
    }
}

static void put_rubbish(problem *p)
{
    for (size_t i = 0; i < N_PAIRS * N_SOURCE; i++) {
        bool is_real = i % N_SOURCE < p->source_lengths[i / N_SOURCE];
        p->source[i] = is_real ? p->source[i] : between(0, 5);
    }
    for (size_t i = 0; i < N_PAIRS * N_TARGET; i++) {
        bool is_real = i % N_TARGET < p->target_lengths[i / N_TARGET];
        p->target_in[i] = is_real ? p->target_in[i] : between(0, N_SYMBOLS - 1);
    }
}

/* Whatever stands in the padding, the gradients have the same bits. */
static void rubbish(void)
{
    for (size_t i = 0; i < N_VARIANTS; i++) {
        problem *p = draw(&variants[i]);
        fast_parameters *twin = parameters_twin(p->parameters);
        translator_optimized *model =
            translator_optimized_alloc(&p->shape, twin, fast_kernels_best(), 2);
        translator_optimized_reserve(model, &p->batch);
        size_t n_bytes = twin->n_floats * sizeof(float);
        float *clean = malloc(n_bytes);
        for (int run = 0; run < 2; run++) {
            fast_parameters_zero_gradients(twin);
            translator_optimized_forward(model, &p->batch, NULL, 0.0);
            translator_optimized_backward(model, &p->batch, NULL, 0.0);
            if (run == 0) {
                memcpy(clean, twin->gradients, n_bytes);
                put_rubbish(p);
            }
        }
        CHECK(memcmp(clean, twin->gradients, n_bytes) == 0, "%s: padding changes a gradient",
              variants[i].catches);
        free(clean);
        translator_optimized_free(model);
        fast_parameters_free(twin);
        problem_free(p);
    }
}

static const test tests[] = {
    {"both sides give the same loss, logits and gradients, for every kind of model", sides},
    {"the comparison notices a weight that is 0.1 % off", control},
    {"every gradient of the reference is a derivative, with dropout", gradients},
    {"a pair has the same logits alone and in a padded batch", padding},
    {"what stands in the padding changes no gradient", rubbish},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
