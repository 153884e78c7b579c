/**
 * @file translator_file.c
 * Translators in files: a model to use, or a training to go on with.
 */
#include "chapters/common/files/checkpoint.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/seconds.h"
#include "chapters/common/translator/translator_train.h"
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_KEY "translator.training"
#define STATE_KEY   "translator.state"

/* ---- Descriptions ---------------------------------------------------------------------------- */

#define SHAPE                                                                                      \
    "cell %d embedding %zu encoder %zu layers %zu bidirectional %d decoder %zu layers %zu "        \
    "score %d attention %zu places %zu window %zu timing %d feeds %d output %zu"

static void describe_shape(const ref_encoder_decoder_shape *s, char *value)
{
    snprintf(value, TRANSLATOR_TEXT_SIZE, SHAPE, (int)s->cell, s->d_embedding, s->n_encoder_hidden,
             s->n_encoder_layers, s->is_bidirectional, s->n_hidden, s->n_layers, (int)s->score,
             s->d_attention, s->n_places, s->window, (int)s->timing, s->feeds_output, s->d_output);
}

/* Whether a text is none of describe_shape(): numbers within their ranges are left to the
 * declaration of the parameters. */
static bool read_shape(const char *value, ref_encoder_decoder_shape *s)
{
    int cell, is_bidirectional, score, timing, feeds;
    ref_encoder_decoder_shape read = {0};
    int n_read =
        sscanf(value, SHAPE, &cell, &read.d_embedding, &read.n_encoder_hidden,
               &read.n_encoder_layers, &is_bidirectional, &read.n_hidden, &read.n_layers, &score,
               &read.d_attention, &read.n_places, &read.window, &timing, &feeds, &read.d_output);
    if (n_read != 14 || cell < 0 || cell > REF_LSTM || score < 0 || score > REF_SCORE_ADDITIVE ||
        timing < 0 || timing > REF_TIMING_BAHDANAU) {
        return false;
    }
    read.cell = (ref_cell)cell;
    read.is_bidirectional = is_bidirectional != 0;
    read.score = (ref_score)score;
    read.timing = (ref_timing)timing;
    read.feeds_output = feeds != 0;
    *s = read;
    return true;
}

/* Whatever changes the steps of a training: it cannot go on with another one. */
static void describe_training(const translator_training *training, char *value)
{
    const translator_training_options *o = &training->options;
    snprintf(value, TRANSLATOR_TEXT_SIZE,
             "pairs %zu sources %zu batches %zu of %zu epochs %zu seconds %g rate %g schedule %d "
             "warm-up %zu share %g decay %g norm %g smoothing %g dropout %g average %g seed %zu",
             training->text->all->n_pairs, training->text->all->n_sources,
             training->text->n_batches, training->text->size, o->n_epochs, o->seconds,
             o->learning_rate, (int)o->schedule, o->n_warmup, o->final_share, o->weight_decay,
             o->max_norm, o->smoothing, o->dropout, o->average, o->seed);
}

/* ---- Saving ---------------------------------------------------------------------------------- */

enum { N_MODEL_TEXTS = 3, N_TEXTS = 5 };

/* The texts of a file, in memory of their own. */
typedef struct {
    safetensors_text texts[N_TEXTS];
    char *source, *target;
    char shape[TRANSLATOR_TEXT_SIZE], options[TRANSLATOR_TEXT_SIZE], state[TRANSLATOR_TEXT_SIZE];
} description;

static void describe(const translator_model *model, description *d)
{
    describe_shape(&model->shape, d->shape);
    d->source = symbols_to_text(model->source);
    d->target = symbols_to_text(model->target);
    if (d->source == NULL || d->target == NULL) {
        program_fail("out of memory for the symbols of a model");
    }
    d->texts[0] = (safetensors_text){TRANSLATOR_SHAPE_KEY, d->shape};
    d->texts[1] = (safetensors_text){TRANSLATOR_SOURCE_KEY, d->source};
    d->texts[2] = (safetensors_text){TRANSLATOR_TARGET_KEY, d->target};
}

static checkpoint_state state_of(const translator_model *model)
{
    bool is_reference = model->wish.side == TRANSLATOR_REFERENCE;
    return (checkpoint_state){.reference = is_reference ? model->wide : NULL,
                              .optimized = is_reference ? NULL : model->narrow,
                              .may_narrow = true};
}

static checkpoint_state state_of_training(const translator_training *training)
{
    checkpoint_state state = state_of(training->model);
    state.reference_training = training->reference;
    state.optimized_training = training->optimized;
    state.reference_average = training->wide_average;
    state.optimized_average = training->narrow_average;
    state.rng = training->rng;
    return state;
}

static void save(const char *path, const checkpoint_state *state, description *d, size_t n_texts)
{
    checkpoint_problem problem;
    if (!checkpoint_save(path, state, d->texts, n_texts, &problem)) {
        program_fail("%s", problem.message);
    }
    free(d->source);
    free(d->target);
}

void translator_model_save(const translator_model *model, const char *path)
{
    description d;
    describe(model, &d);
    checkpoint_state state = state_of(model);
    save(path, &state, &d, N_MODEL_TEXTS);
}

void translator_training_save(const translator_training *training, const char *path)
{
    description d;
    describe(training->model, &d);
    describe_training(training, d.options);
    /* All of their bits; the same training gives the same file, unless time matters. */
    double seconds = training->options.seconds > 0.0 ? translator_training_seconds(training) : 0.0;
    snprintf(d.state, sizeof d.state, "loss %a seconds %a errors %a", training->loss_sum, seconds,
             training->fewest_errors);
    d.texts[N_MODEL_TEXTS] = (safetensors_text){OPTIONS_KEY, d.options};
    d.texts[N_MODEL_TEXTS + 1] = (safetensors_text){STATE_KEY, d.state};
    checkpoint_state state = state_of_training(training);
    save(path, &state, &d, N_TEXTS);
}

/* ---- Loading --------------------------------------------------------------------------------- */

static safetensors *load(const char *path, checkpoint_state *state)
{
    checkpoint_problem problem;
    safetensors *file = checkpoint_load(path, state, &problem);
    if (file == NULL) {
        program_fail("%s", problem.message);
    }
    return file;
}

/* The beginning of a text of a file, which must not talk to the terminal. */
static const char *printable(const char *text, char shown[TRANSLATOR_TEXT_SIZE])
{
    snprintf(shown, TRANSLATOR_TEXT_SIZE, "%s", text != NULL ? text : "none");
    for (char *c = shown; *c != '\0'; c++) {
        *c = (unsigned char)*c < ' ' || *c == 0x7F ? ' ' : *c;
    }
    return shown;
}

static void check_text(const safetensors *file, const char *path, const char *what, const char *key,
                       const char *expected)
{
    const char *found = safetensors_find_text(file, key);
    if (found == NULL || strcmp(found, expected) != 0) {
        char wanted[TRANSLATOR_TEXT_SIZE], shown[TRANSLATOR_TEXT_SIZE];
        program_fail("%s: expected %s '%s', found '%s'", path, what, printable(expected, wanted),
                     printable(found, shown));
    }
}

/* The file must be about a model of the same shape that reads and writes the same symbols. */
static void check_model(const safetensors *file, const char *path, const translator_model *model)
{
    description d;
    describe(model, &d);
    check_text(file, path, "a model with", TRANSLATOR_SHAPE_KEY, d.shape);
    check_text(file, path, "a model that reads", TRANSLATOR_SOURCE_KEY, d.source);
    check_text(file, path, "a model that writes", TRANSLATOR_TARGET_KEY, d.target);
    free(d.source);
    free(d.target);
}

void translator_model_restore(translator_model *model, const char *path)
{
    checkpoint_state state = state_of(model);
    safetensors *file = load(path, &state);
    check_model(file, path, model);
    safetensors_free(file);
}

void translator_training_resume(translator_training *training, const char *path)
{
    checkpoint_state state = state_of_training(training);
    safetensors *file = load(path, &state);
    char expected[TRANSLATOR_TEXT_SIZE];
    check_model(file, path, training->model);
    describe_training(training, expected);
    check_text(file, path, "a training with", OPTIONS_KEY, expected);
    const char *numbers = safetensors_find_text(file, STATE_KEY);
    if (numbers == NULL || sscanf(numbers, "loss %la seconds %la errors %la", &training->loss_sum,
                                  &training->seconds, &training->fewest_errors) != 3) {
        char shown[TRANSLATOR_TEXT_SIZE];
        program_fail("%s: expected losses and seconds, found '%s'", path,
                     printable(numbers, shown));
    }
    training->begun = seconds_now();
    training->step =
        training->reference != NULL ? training->reference->step : training->optimized->step;
    if (training->step % training->text->n_batches != 0) {
        translator_training_shuffle(training);
    }
    safetensors_free(file);
}

/* The symbols of one side of a file. */
static symbols *read_symbols(const safetensors *file, const char *path, const char *key,
                             symbols_side side)
{
    const char *text = safetensors_find_text(file, key);
    symbols *known = text != NULL ? symbols_from_text(text) : NULL;
    if (known == NULL || known->side != side) {
        char shown[TRANSLATOR_TEXT_SIZE];
        symbols_free(known);
        program_fail("%s: expected symbols as '%s', found '%.60s'", path, key,
                     printable(text, shown));
    }
    return known;
}

/* Whether there can be such a model, and the file is large enough to hold it: before there is memory
 * for it. */
static void check_shape(const safetensors *file, const char *path,
                        const ref_encoder_decoder_shape *shape)
{
    ref_parameters *list = ref_parameters_alloc();
    if (ref_encoder_decoder_declare(list, shape) != GSL_SUCCESS) {
        program_fail("%s: expected the shape of a model: %s", path, program_last_error());
    }
    size_t n_wanted = ref_parameters_count(list), n_found = 0;
    for (size_t t = 0; t < file->n_tensors; t++) {
        n_found += safetensors_n_entries(&file->tensors[t]);
    }
    if (n_found < n_wanted) {
        program_fail("%s: expected %zu parameters, found %zu numbers", path, n_wanted, n_found);
    }
    ref_parameters_free(list);
}

/* The parameters of a model, or the mean of them that a training has left. */
static void load_parameters(const safetensors *file, const char *path, translator_model *model)
{
    checkpoint_state state = state_of(model);
    bool is_wide = state.reference != NULL;
    size_t n = is_wide ? model->wide->n_numbers : model->narrow->n_floats;
    size_t n_bytes = n * (is_wide ? sizeof(double) : sizeof(float));
    void *average = checkpoint_has_average(file) ? program_allocate(1, n_bytes) : NULL;
    state.reference_average = is_wide ? average : NULL;
    state.optimized_average = is_wide ? NULL : average;
    safetensors_free(load(path, &state));
    if (average != NULL) {
        memcpy(is_wide ? (void *)model->wide->values : model->narrow->values, average, n_bytes);
        free(average);
    }
}

translator_model *translator_model_load(const char *path, const translator_wish *wish,
                                        symbols **source, symbols **target)
{
    safetensors_problem bad_file;
    safetensors *file = safetensors_load(path, &bad_file);
    if (file == NULL) {
        program_fail("%s", bad_file.message);
    }
    translator_wish own = *wish;
    const char *shape = safetensors_find_text(file, TRANSLATOR_SHAPE_KEY);
    if (shape == NULL || !read_shape(shape, &own.shape)) {
        char shown[TRANSLATOR_TEXT_SIZE];
        program_fail("%s: expected a translator, found '%s'", path, printable(shape, shown));
    }
    *source = read_symbols(file, path, TRANSLATOR_SOURCE_KEY, SYMBOLS_SOURCE);
    *target = read_symbols(file, path, TRANSLATOR_TARGET_KEY, SYMBOLS_TARGET);
    own.shape.n_source = (*source)->n;
    own.shape.n_target = (*target)->n;
    check_shape(file, path, &own.shape);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    translator_model *model = translator_model_alloc(&own, *source, *target, rng);
    gsl_rng_free(rng);
    load_parameters(file, path, model);
    safetensors_free(file);
    return model;
}
