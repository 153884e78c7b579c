/**
 * @file tagger_training.c
 * INITIALIZE and STEP of a tagger's training.
 */
#include "chapters/common/tagger/tagger_training.h"
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include <stdlib.h>
#include <string.h>

tagger_training_options tagger_training_default(bool has_names)
{
    tagger_training_options options = {.n_epochs = 20,
                                       .learning_rate = 0.002,
                                       .warm_up = 0.1,
                                       .weight_decay = 0.01,
                                       .max_norm = 1.0,
                                       .smoothing = 0.0,
                                       .dropout = {.input = 0.3, .block = 0.1, .output = 0.3},
                                       .seed = 1};
    if (has_names) { /* names are rare: there is less to learn from */
        options.n_epochs = 15;
        options.dropout = (tagger_dropout){.input = 0.5, .block = 0.2, .output = 0.5};
    }
    return options;
}

size_t tagger_batch_tokens(const corpus *sentences)
{
    size_t n_tokens = sentences->n_tokens / 200;
    return n_tokens < 128 ? 128 : n_tokens > 1024 ? 1024 : n_tokens;
}

bool tagger_has_names(const lexicon *words)
{
    bool has_names = false;
    for (size_t i = 0; i < words->labels.n; i++) {
        const char *label = words->labels.values[i];
        has_names = has_names || strncmp(label, "B-", 2) == 0 || strncmp(label, "I-", 2) == 0;
    }
    return has_names;
}

/* ---- INITIALIZE ------------------------------------------------------------------------------ */

static void begin(tagger_training *training)
{
    const tagger_training_options *own = &training->options;
    ref_training_options options = ref_training_defaults(REF_ADAMW);
    options.learning_rate = own->learning_rate;
    options.weight_decay = own->weight_decay;
    options.max_norm = own->max_norm;
    options.schedule = REF_RATE_LINEAR;
    options.n_warmup = (size_t)(own->warm_up * (double)training->n_steps);
    options.n_steps = training->n_steps;
    if (training->model->wish.side == TAGGER_REFERENCE) {
        training->reference = ref_training_alloc(training->model->wide, &options);
    } else {
        fast_training_options twin = training_options_twin(&options);
        training->optimized = fast_training_alloc(training->model->narrow, &twin);
    }
}

tagger_training *tagger_training_alloc(tagger_model *model, tagger_text *text,
                                       const tagger_training_options *options, gsl_rng *rng)
{
    tagger_training *training = program_allocate(1, sizeof *training);
    *training = (tagger_training){.model = model, .text = text, .options = *options, .rng = rng};
    training->n_steps = options->n_epochs * text->epoch->n_batches;
    training->next = gsl_rng_clone(rng);
    begin(training);
    if (training->next == NULL || (training->reference == NULL && training->optimized == NULL)) {
        program_fail("the training cannot begin: %s", program_last_error());
    }
    return training;
}

void tagger_training_free(tagger_training *training)
{
    if (training != NULL) {
        gsl_rng_free(training->next);
        ref_training_free(training->reference);
        fast_training_free(training->optimized);
        free(training);
    }
}

size_t tagger_training_epoch(const tagger_training *training)
{
    return training->text->epoch->n_batches;
}

/* ---- STEP ------------------------------------------------------------------------------------ */

void tagger_training_shuffle(tagger_training *training)
{
    gsl_rng_memcpy(training->next, training->rng);
    batches_shuffle(training->text->epoch, training->next);
    /* Memory for all batches of the epoch: the steps allocate nothing. The reference takes its
     * memory anew for each batch. */
    for (size_t b = 0; training->optimized != NULL && b < tagger_training_epoch(training); b++) {
        tagger_model_reserve(training->model, tagger_text_batch(training->text, b));
    }
}

/* No two steps drop the same numbers, nor do trainings with different seeds. */
static tagger_dropout dropout_of(const tagger_training *training)
{
    tagger_dropout dropout = training->options.dropout;
    dropout.seed =
        ((uint64_t)training->options.seed << 32) + (uint64_t)training->step * TAGGER_SEEDS_PER_STEP;
    return dropout;
}

static void zero_gradients(tagger_model *model)
{
    if (model->wish.side == TAGGER_REFERENCE) {
        ref_parameters_zero_gradients(model->wide);
    } else {
        fast_parameters_zero_gradients(model->narrow);
    }
}

static void update(tagger_training *training)
{
    tagger_model *model = training->model;
    if (model->wish.side == TAGGER_REFERENCE) {
        program_check(ref_training_step(training->reference, model->wide));
    } else {
        program_check(fast_training_step(training->optimized, model->narrow,
                                         tagger_optimized_context(model->optimized)));
    }
}

void tagger_training_step(tagger_training *training)
{
    size_t n_batches = tagger_training_epoch(training), b = training->step % n_batches;
    if (b == 0) {
        tagger_training_shuffle(training);
        training->loss_sum = 0.0;
    }
    const tagger_batch *inputs = tagger_text_batch(training->text, b);
    tagger_dropout dropout = dropout_of(training);
    tagger_model_reserve(training->model, inputs);
    zero_gradients(training->model);
    training->loss =
        tagger_model_run(training->model, inputs, &dropout, training->options.smoothing, true);
    update(training);
    training->loss_sum += training->loss;
    training->step++;
    if (b + 1 == n_batches) {
        gsl_rng_memcpy(training->rng, training->next);
    }
}
