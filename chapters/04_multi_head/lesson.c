/* Sentences with tags, and taggers that learn them. */
#include "chapters/04_multi_head/lesson.h"

#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    D_MODEL = 64,
    N_HIDDEN = 128,
    D_CHANNEL = 16,
    CLIP = 8,
    N_EPOCHS = 12,
    N_EPOCHS_NAMES = 16,
    HELD_OUT_EVERY = 5
};

static const double learning_rate = 0.004;

/* ---- Lessons --------------------------------------------------------------------------------- */

lesson lesson_new(corpus *training, corpus *held_out, const char *channels,
                  const word_vectors *vectors)
{
    lesson of = {.training = training, .held_out = held_out, .vectors = vectors};
    lexicon_problem problem;
    of.words = lexicon_build(training, channels, &problem);
    if (of.words == NULL) {
        program_fail("%s", problem.message);
    }
    size_t n_tokens = tagger_batch_tokens(training);
    of.train_text = tagger_text_alloc(training, of.words, vectors, n_tokens);
    of.dev_text = tagger_text_alloc(held_out, of.words, vectors, held_out->n_tokens);
    return of;
}

lesson lesson_embedded(const char *column, const word_vectors *vectors)
{
    corpus_problem problem;
    corpus *whole = corpus_embedded(column, &problem), *training, *held_out;
    if (whole == NULL) {
        program_fail("%s", problem.message);
    }
    if (!corpus_hold_out(whole, HELD_OUT_EVERY, &training, &held_out)) {
        program_fail("out of memory for %zu sentences", whole->n_sentences);
    }
    corpus_free(whole);
    return lesson_new(training, held_out, NULL, vectors);
}

void lesson_free(lesson *of)
{
    tagger_text_free(of->train_text);
    tagger_text_free(of->dev_text);
    lexicon_free(of->words);
    corpus_free(of->training);
    corpus_free(of->held_out);
}

/* ---- Pupils ---------------------------------------------------------------------------------- */

plan plan_of(const settings *choices, bool has_names)
{
    plan how = {tagger_wish_default(), tagger_training_default(has_names)};
    how.wish.d_model = D_MODEL;
    how.wish.n_hidden = N_HIDDEN;
    how.wish.d_channel = D_CHANNEL;
    how.wish.clip = CLIP;
    how.wish.n_layers = 1;
    how.wish.side = (tagger_side)choices->implementation;
    how.wish.n_threads = choices->threads > 0 ? (int)choices->threads : 1; /* batches are small */
    how.options.n_epochs = has_names ? N_EPOCHS_NAMES : N_EPOCHS;          /* names are rare */
    how.options.n_epochs = choices->epochs > 0 ? choices->epochs : how.options.n_epochs;
    how.options.learning_rate = learning_rate;
    how.options.seed = choices->seed;
    return how;
}

pupil pupil_train(const lesson *of, const plan *how)
{
    pupil one = {.of = of, .n_epochs = how->options.n_epochs};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, how->options.seed);
    one.epochs = program_allocate(one.n_epochs, sizeof *one.epochs);
    one.model = tagger_model_alloc(&how->wish, of->words, of->vectors, rng);
    tagger_training *training =
        tagger_training_alloc(one.model, of->train_text, &how->options, rng);
    const tagger_run run = {.is_silent = true};
    bool is_done = tagger_train(training, of->dev_text, &run, one.epochs);
    tagger_training_free(training);
    gsl_rng_free(rng);
    if (!is_done) {
        exit(program_finish(interrupt_status()));
    }
    ref_parameters *list = one.model->wide;
    if (one.model->narrow != NULL) {
        program_check(parameters_widen(one.model->narrow, list));
    }
    one.values = program_allocate(list->n_numbers, sizeof *one.values);
    memcpy(one.values, list->values, list->n_numbers * sizeof *one.values);
    one.score = one.epochs[one.n_epochs - 1].score;
    return one;
}

void pupil_free(pupil *one)
{
    tagger_model_free(one->model);
    free(one->epochs);
    free(one->values);
}

/* What changed in the list of the reference changes on the side that runs. */
static void hand_over(pupil *one)
{
    if (one->model->narrow != NULL) {
        program_check(parameters_narrow(one->model->wide, one->model->narrow));
    }
}

// [silence]
void pupil_silence(pupil *one, size_t layer, size_t head)
{
    char name[REF_NAME_SIZE];
    snprintf(name, sizeof name, "block%zu.attention.output.weight", layer);
    ref_parameter *weight_o = ref_parameters_find(one->model->wide, name);
    size_t d_v = weight_o->n_rows / one->model->shape.n_heads;
    gsl_matrix_view rows =
        gsl_matrix_submatrix(&weight_o->value.matrix, head * d_v, 0, d_v, weight_o->n_cols);
    gsl_matrix_set_zero(&rows.matrix);
    hand_over(one);
}
// [silence]

void pupil_restore(pupil *one)
{
    ref_parameters *list = one->model->wide;
    memcpy(list->values, one->values, list->n_numbers * sizeof *list->values);
    hand_over(one);
}

void pupil_tag(pupil *one, const corpus *words, const char **tags)
{
    tagger_model *model = one->model;
    tagger_text *text = tagger_text_alloc(words, model->words, model->vectors, words->n_tokens);
    int *labels = program_allocate(words->n_tokens, sizeof *labels);
    tagger_model_label(model, text, labels);
    for (size_t t = 0; t < words->n_tokens; t++) {
        tags[t] = model->words->labels.values[labels[t]];
    }
    free(labels);
    tagger_text_free(text);
}

gsl_matrix *pupil_weights(pupil *one, const corpus *sentence, size_t layer)
{
    tagger_model *model = one->model;
    corpus *first = corpus_slice(sentence, 0, 1);
    tagger_text *text = tagger_text_alloc(first, model->words, model->vectors, first->n_tokens);
    const tagger_batch *inputs = tagger_text_batch(text, 0);
    /* the optimized side keeps no weights: its attention never stores them */
    tagger_reference *twin = tagger_reference_alloc(&model->shape, model->table, model->wide);
    tagger_reference_reserve(twin, inputs);
    tagger_reference_forward(twin, inputs, NULL, 0.0);
    const gsl_matrix *weights = tagger_reference_weights(twin, 0, layer);
    gsl_matrix *copy = program_matrix(weights->size1, weights->size2);
    gsl_matrix_memcpy(copy, weights);
    tagger_reference_free(twin);
    tagger_text_free(text);
    corpus_free(first);
    return copy;
}
