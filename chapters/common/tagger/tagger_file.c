/**
 * @file tagger_file.c
 * Taggers in files: a model to use, or a training to go on with.
 */
#include "chapters/common/files/checkpoint.h"
#include "chapters/common/program/program.h"
#include "chapters/common/tagger/tagger_train.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_KEY "tagger.training"
#define LOSS_KEY    "tagger.loss_sum"

enum { N_OWN_TEXTS = 3 };

static checkpoint_state state_of(const tagger_model *model)
{
    bool is_reference = model->wish.side == TAGGER_REFERENCE;
    return (checkpoint_state){.reference = is_reference ? model->wide : NULL,
                              .optimized = is_reference ? NULL : model->narrow,
                              .may_narrow = true};
}

static checkpoint_state state_of_training(const tagger_training *training)
{
    checkpoint_state state = state_of(training->model);
    state.reference_training = training->reference;
    state.optimized_training = training->optimized;
    state.rng = training->rng;
    return state;
}

/* Whatever changes the steps of a training: it cannot go on with another one. */
static void describe(const tagger_training *training, char *value)
{
    const tagger_training_options *o = &training->options;
    snprintf(value, TAGGER_TEXT_SIZE,
             "sentences %zu tokens %zu batches %zu epochs %zu rate %g warm-up %g decay %g norm %g "
             "smoothing %g dropout %g %g %g seed %zu",
             training->text->sentences->n_sentences, training->text->sentences->n_tokens,
             training->text->epoch->n_batches, o->n_epochs, o->learning_rate, o->warm_up,
             o->weight_decay, o->max_norm, o->smoothing, o->dropout.input, o->dropout.block,
             o->dropout.output, o->seed);
}

void tagger_training_save(const tagger_training *training, const char *path)
{
    const lexicon *words = training->model->words;
    char shape[TAGGER_TEXT_SIZE], options[TAGGER_TEXT_SIZE], loss[TAGGER_TEXT_SIZE];
    tagger_model_describe(training->model, shape);
    describe(training, options);
    snprintf(loss, sizeof loss, "%a", training->loss_sum); /* all of its bits */
    size_t n_texts = words->n_texts + N_OWN_TEXTS;
    safetensors_text *texts = program_allocate(n_texts, sizeof *texts);
    memcpy(texts, words->texts, words->n_texts * sizeof *texts);
    texts[words->n_texts] = (safetensors_text){TAGGER_SHAPE_KEY, shape};
    texts[words->n_texts + 1] = (safetensors_text){OPTIONS_KEY, options};
    texts[words->n_texts + 2] = (safetensors_text){LOSS_KEY, loss};
    checkpoint_state state = state_of_training(training);
    checkpoint_problem problem;
    if (!checkpoint_save(path, &state, texts, n_texts, &problem)) {
        program_fail("%s", problem.message);
    }
    free(texts);
}

static void check_text(const safetensors *file, const char *path, const char *key,
                       const char *expected)
{
    const char *found = safetensors_find_text(file, key);
    if (found == NULL || strcmp(found, expected) != 0) {
        program_fail("%s: expected a training with '%s', found '%s'", path, expected,
                     found != NULL ? found : "none");
    }
}

void tagger_training_resume(tagger_training *training, const char *path)
{
    checkpoint_state state = state_of_training(training);
    checkpoint_problem problem;
    safetensors *file = checkpoint_load(path, &state, &problem);
    if (file == NULL) {
        program_fail("%s", problem.message);
    }
    char expected[TAGGER_TEXT_SIZE];
    tagger_model_describe(training->model, expected);
    check_text(file, path, TAGGER_SHAPE_KEY, expected);
    describe(training, expected);
    check_text(file, path, OPTIONS_KEY, expected);
    const char *loss = safetensors_find_text(file, LOSS_KEY);
    training->loss_sum = loss != NULL ? strtod(loss, NULL) : 0.0;
    training->step =
        training->reference != NULL ? training->reference->step : training->optimized->step;
    if (training->step % tagger_training_epoch(training) != 0) {
        tagger_training_shuffle(training);
    }
    safetensors_free(file);
}

tagger_model *tagger_model_load(const char *path, const tagger_wish *wish,
                                const word_vectors *vectors, lexicon **words)
{
    safetensors_problem bad_file;
    safetensors *file = safetensors_load(path, &bad_file);
    if (file == NULL) {
        program_fail("%s", bad_file.message);
    }
    tagger_wish own = *wish;
    const char *shape = safetensors_find_text(file, TAGGER_SHAPE_KEY);
    if (shape == NULL || !tagger_wish_read(shape, &own)) {
        program_fail("%s: expected a tagger, found '%s'", path, shape != NULL ? shape : "none");
    }
    lexicon_problem bad_lexicon;
    *words = lexicon_read(file->texts, file->n_texts, &bad_lexicon);
    if (*words == NULL) {
        program_fail("%s: %s", path, bad_lexicon.message);
    }
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    tagger_model *model = tagger_model_alloc(&own, *words, vectors, rng);
    gsl_rng_free(rng);
    checkpoint_state state = state_of(model);
    checkpoint_problem problem;
    safetensors *parameters = checkpoint_load(path, &state, &problem);
    if (parameters == NULL) {
        program_fail("%s", problem.message);
    }
    safetensors_free(parameters);
    safetensors_free(file);
    return model;
}
