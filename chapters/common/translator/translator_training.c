/**
 * @file translator_training.c
 * INITIALIZE, STEP and TEST of a translator's training.
 */
#include "chapters/common/translator/translator_training.h"
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/seconds.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Steps between two updates of the mean: it is as good, and costs nothing to speak of. */
enum { AVERAGE_INTERVAL = 8 };

translator_training_options translator_training_default(void)
{
    return (translator_training_options){.n_epochs = 10,
                                         .learning_rate = 0.003,
                                         .schedule = REF_RATE_COSINE,
                                         .n_warmup = 100,
                                         .weight_decay = 0.01,
                                         .max_norm = 1.0,
                                         .dropout = 0.1,
                                         .seed = 1};
}

/* ---- INITIALIZE ------------------------------------------------------------------------------ */

static size_t steps_of(const translator_training *training)
{
    return training->options.n_epochs * training->text->n_batches;
}

/* A warm-up is never longer than half of the training. */
static size_t warm_up_of(const translator_training *training)
{
    size_t n = training->options.n_warmup, half = steps_of(training) / 2;
    return training->options.seconds > 0.0 || n < half ? n : half;
}

static void begin(translator_training *training)
{
    const translator_training_options *own = &training->options;
    ref_training_options options = ref_training_defaults(REF_ADAMW);
    options.learning_rate = own->learning_rate;
    options.weight_decay = own->weight_decay;
    options.max_norm = own->max_norm;
    options.schedule = own->schedule;
    options.n_warmup = warm_up_of(training);
    options.n_steps = steps_of(training) + options.n_warmup * (own->seconds > 0.0);
    options.final_share = own->final_share;
    if (training->model->wish.side == TRANSLATOR_REFERENCE) {
        training->reference = ref_training_alloc(training->model->wide, &options);
    } else {
        fast_training_options twin = training_options_twin(&options);
        training->optimized = fast_training_alloc(training->model->narrow, &twin);
    }
}

/* The mean begins as the parameters do. */
static void begin_average(translator_training *training)
{
    const translator_model *model = training->model;
    if (training->reference != NULL) {
        size_t n = model->wide->n_numbers;
        training->wide_average = program_allocate(n, sizeof *training->wide_average);
        memcpy(training->wide_average, model->wide->values, n * sizeof(double));
    } else {
        size_t n = model->narrow->n_floats;
        training->narrow_average = program_allocate(n, sizeof *training->narrow_average);
        memcpy(training->narrow_average, model->narrow->values, n * sizeof(float));
    }
}

translator_training *translator_training_alloc(translator_model *model, pair_batches *text,
                                               const translator_training_options *options,
                                               gsl_rng *rng)
{
    translator_training *training = program_allocate(1, sizeof *training);
    *training = (translator_training){
        .model = model, .text = text, .options = *options, .rng = rng, .fewest_errors = INFINITY};
    training->next = gsl_rng_clone(rng);
    begin(training);
    if (training->next == NULL || (training->reference == NULL && training->optimized == NULL)) {
        program_fail("the training cannot begin: %s", program_last_error());
    }
    if (options->average > 0.0) {
        begin_average(training);
    }
    /* Memory for all batches of all epochs: the steps allocate nothing. The reference takes its
     * memory anew for each batch. */
    for (size_t b = 0; training->optimized != NULL && b < text->n_batches; b++) {
        translator_model_reserve(model, pair_batches_get(text, b));
    }
    training->begun = seconds_now();
    return training;
}

void translator_training_free(translator_training *training)
{
    if (training != NULL) {
        gsl_rng_free(training->next);
        ref_training_free(training->reference);
        fast_training_free(training->optimized);
        free(training->wide_average);
        free(training->narrow_average);
        free(training);
    }
}

/* ---- How far it is --------------------------------------------------------------------------- */

double translator_training_seconds(const translator_training *training)
{
    return training->seconds + seconds_now() - training->begun;
}

double translator_training_share(const translator_training *training)
{
    double limit = training->options.seconds;
    double share = limit > 0.0 ? translator_training_seconds(training) / limit
                               : (double)training->step / (double)steps_of(training);
    return fmin(share, 1.0);
}

bool translator_training_is_done(const translator_training *training)
{
    return translator_training_share(training) >= 1.0;
}

/* ---- STEP ------------------------------------------------------------------------------------ */

void translator_training_shuffle(translator_training *training)
{
    gsl_rng_memcpy(training->next, training->rng);
    pair_batches_shuffle(training->text, training->next);
}

/* No two steps leave the same numbers out, nor do trainings with different seeds. */
static translator_dropout dropout_of(const translator_training *training)
{
    return (translator_dropout){.rate = training->options.dropout,
                                .seed = ((uint64_t)training->options.seed << 48) +
                                        training->step * TRANSLATOR_SEEDS_PER_STEP};
}

static void zero_gradients(translator_model *model)
{
    if (model->wish.side == TRANSLATOR_REFERENCE) {
        ref_parameters_zero_gradients(model->wide);
    } else {
        fast_parameters_zero_gradients(model->narrow);
    }
}

/* With a limit of time the schedule ends where the steps will, at the speed so far. */
static size_t steps_in_time(const translator_training *training, size_t n_warmup)
{
    double share = fmax(translator_training_share(training), 1e-6);
    size_t n_steps = (size_t)((double)(training->step + 1) / share);
    return n_steps > n_warmup ? n_steps : n_warmup + 1;
}

static void update(translator_training *training)
{
    translator_model *model = training->model;
    bool has_limit = training->options.seconds > 0.0;
    if (model->wish.side == TRANSLATOR_REFERENCE) {
        ref_training_options *options = &training->reference->options;
        options->n_steps =
            has_limit ? steps_in_time(training, options->n_warmup) : options->n_steps;
        program_check(ref_training_step(training->reference, model->wide));
    } else {
        fast_training_options *options = &training->optimized->options;
        options->n_steps =
            has_limit ? steps_in_time(training, options->n_warmup) : options->n_steps;
        program_check(fast_training_step(training->optimized, model->narrow,
                                         translator_optimized_context(model->optimized)));
    }
}

/* mean = keep mean + (1 - keep) parameters; what stays of the first ones is little from the start,
 * as in a mean of all so far. */
static void update_average(translator_training *training)
{
    double n_updates = (double)training->step / AVERAGE_INTERVAL;
    double keep =
        fmin(pow(training->options.average, AVERAGE_INTERVAL), n_updates / (n_updates + 10.0));
    if (training->wide_average != NULL) {
        const ref_parameters *list = training->model->wide;
        for (size_t i = 0; i < list->n_numbers; i++) {
            training->wide_average[i] +=
                (1.0 - keep) * (list->values[i] - training->wide_average[i]);
        }
    } else if (training->narrow_average != NULL) {
        const fast_parameters *list = training->model->narrow;
        float share = (float)(1.0 - keep);
        for (size_t i = 0; i < list->n_floats; i++) {
            training->narrow_average[i] += share * (list->values[i] - training->narrow_average[i]);
        }
    }
}

void translator_training_step(translator_training *training)
{
    size_t n_batches = training->text->n_batches, b = training->step % n_batches;
    if (b == 0) {
        translator_training_shuffle(training);
        training->loss_sum = 0.0;
    }
    const pair_batch *batch = pair_batches_get(training->text, b);
    translator_dropout dropout = dropout_of(training);
    translator_model_reserve(training->model, batch);
    zero_gradients(training->model);
    training->loss =
        translator_model_run(training->model, batch, dropout.rate > 0.0 ? &dropout : NULL,
                             training->options.smoothing, true);
    update(training);
    training->loss_sum += training->loss;
    training->step++;
    if (training->step % AVERAGE_INTERVAL == 0) {
        update_average(training);
    }
    if (b + 1 == n_batches) {
        gsl_rng_memcpy(training->rng, training->next);
    }
}

void translator_training_swap(translator_training *training)
{
    for (size_t i = 0; training->wide_average != NULL && i < training->model->wide->n_numbers;
         i++) {
        double value = training->model->wide->values[i];
        training->model->wide->values[i] = training->wide_average[i];
        training->wide_average[i] = value;
    }
    for (size_t i = 0; training->narrow_average != NULL && i < training->model->narrow->n_floats;
         i++) {
        float value = training->model->narrow->values[i];
        training->model->narrow->values[i] = training->narrow_average[i];
        training->narrow_average[i] = value;
    }
}

/* ---- TEST ------------------------------------------------------------------------------------ */

pair_scores translator_test(translator_model *model, pair_batches *text,
                            const translator_search_options *options)
{
    pair_scores scores = {0};
    for (size_t b = 0; b < text->n_batches; b++) {
        const pair_batch *batch = pair_batches_get(text, b);
        translator_output *outputs = translator_search(model, batch, options);
        for (size_t i = 0; i < batch->n_pairs; i++) {
            pair_scores_add(&scores, text->all, text->all->sources[batch->pairs[i]],
                            outputs[i].symbols, outputs[i].n);
        }
        translator_outputs_free(outputs, batch->n_pairs);
    }
    return scores;
}
