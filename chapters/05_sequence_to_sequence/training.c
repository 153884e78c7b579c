/* A translator from its training to its use. */
#include "chapters/05_sequence_to_sequence/parts.h"

#include "chapters/common/pairs/pronunciation_data.h"
#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
#include "chapters/common/translator/translator_check.h"
#include <stdio.h>
#include <stdlib.h>

/* Sources of a batch while testing: nothing is learned, so there may be many. */
enum { TEST_SIZE = 128 };

/* ---- What the command line asks for ---------------------------------------------------------- */

static size_t or_else(size_t chosen, size_t otherwise)
{
    return chosen > 0 ? chosen : otherwise;
}

translator_wish wish_of(const settings *choices)
{
    translator_wish wish = translator_wish_default();
    ref_encoder_decoder_shape *shape = &wish.shape;
    shape->d_embedding = choices->embedding;
    shape->cell = (ref_cell)choices->cell;
    shape->n_encoder_hidden = choices->hidden;
    shape->n_encoder_layers = choices->layers;
    shape->is_bidirectional = !choices->reads_one_way;
    shape->score = (ref_score)choices->score;
    shape->timing = (ref_timing)choices->timing;
    shape->feeds_output = choices->feeds_output;
    shape->window = choices->window;
    bool is_dot = shape->score == REF_SCORE_DOT || shape->score == REF_SCORE_SCALED_DOT;
    size_t n_hidden = choices->hidden * (is_dot && shape->is_bidirectional ? 2 : 1);
    shape->n_hidden = or_else(choices->decoder_hidden, n_hidden);
    shape->n_layers = choices->decoder_layers;
    shape->d_attention = or_else(choices->attention, shape->n_hidden);
    shape->d_output = or_else(choices->output, shape->n_hidden);
    wish.side = (translator_side)choices->implementation;
    wish.n_threads = choices->threads > 0 ? (int)choices->threads : wish.n_threads;
    return wish;
}

static translator_training_options options_of(const settings *choices)
{
    return (translator_training_options){.n_epochs = choices->epochs,
                                         .seconds = 60.0 * choices->minutes,
                                         .learning_rate = choices->rate,
                                         .schedule = (ref_schedule)choices->schedule,
                                         .n_warmup = choices->warm_up,
                                         .final_share = choices->final_share,
                                         .weight_decay = choices->decay,
                                         .max_norm = choices->clip,
                                         .smoothing = choices->smoothing,
                                         .dropout = choices->dropout,
                                         .average = choices->average,
                                         .seed = choices->seed};
}

translator_search_options search_of(const settings *choices)
{
    return (translator_search_options){.n_beam = choices->beam, .alpha = choices->alpha};
}

/* ---- Dictionaries ---------------------------------------------------------------------------- */

static void need_memory(const void *memory)
{
    if (memory == NULL) {
        program_fail("out of memory");
    }
}

/* What is learned, and what is held out. */
static pronunciation_data read_data(const settings *choices)
{
    pronunciation_choice choice = {.train = choices->train,
                                   .dev = choices->dev,
                                   .dev_every = choices->dev_every,
                                   .dev_first = choices->dev_first};
    if (choice.dev_every == 0) {
        choice.dev_every = choices->train != NULL ? 40 : 10;
    }
    pronunciation_data data;
    pronunciations_problem problem;
    if (!pronunciation_data_read(&choice, &data, &problem)) {
        program_fail("%s", problem.message);
    }
    return data;
}

/* Words to be scored, in the numbers of a model. */
static pairs *read_words(const char *path, const translator_model *model)
{
    pronunciations_problem problem;
    pronunciations *all = pronunciations_load(path, PRONUNCIATIONS_DROP_STRESS, &problem);
    pairs *numbered =
        all != NULL ? pronunciations_pairs(all, model->source, model->target, &problem) : NULL;
    if (numbered == NULL) {
        program_fail("%s", problem.message);
    }
    pronunciations_free(all);
    return numbered;
}

static pair_batches *batch(const pairs *all, pair_batches_choice choice, size_t size)
{
    pair_batches *epoch = pair_batches_alloc(all, choice, size);
    need_memory(epoch);
    return epoch;
}

/* ---- Training and use ------------------------------------------------------------------------ */

static void print_scores(const char *name, const pair_scores *scores)
{
    printf("%s: %zu words, wrong phones (PER) %.2f %%, wrong words (WER) %.2f %%\n", name,
           scores->n_sources, 100.0 * pair_scores_symbol_errors(scores),
           100.0 * pair_scores_source_errors(scores));
}

void evaluate(const settings *choices, translator_model *model, const char *path)
{
    pairs *numbered = read_words(path, model);
    pair_batches *text = batch(numbered, PAIR_BATCHES_SOURCES, TEST_SIZE);
    translator_search_options search = search_of(choices);
    pair_scores scores = translator_test(model, text, &search);
    print_scores(path, &scores);
    pair_batches_free(text);
    pairs_free(numbered);
}

/* One step through both sides, on a batch of middling length, and nothing else. */
static void check(translator_model *model, pair_batches *text,
                  const translator_training_options *options, gsl_rng *rng)
{
    const translator_dropout dropout = {options->dropout, options->seed};
    comparison *found =
        translator_compare(&model->shape, model->wide, pair_batches_get(text, text->n_batches / 2),
                           options->dropout > 0.0 ? &dropout : NULL, options->smoothing,
                           model->wish.kernels, model->wish.n_threads, rng);
    comparison_print(found);
    double worst = comparison_worst(found);
    comparison_free(found);
    if (!(worst <= 1.0)) {
        program_fail("the two implementations differ by %.3g times the bound", worst);
    }
}

static void announce(const settings *choices, const pronunciation_data *data,
                     const translator_model *model)
{
    printf("%zu pairs to train on, %zu words held out; %zu letters, %zu phones; %zu parameters; "
           "seed %zu\n",
           data->training->n_pairs, data->dev->n_sources, data->letters->n - 1, data->phones->n - 2,
           ref_parameters_count(model->wide), choices->seed);
    fflush(stdout);
}

/* What a training needs and a model does not. */
static void tidy_up(pronunciation_data *data, pair_batches *text, pair_batches *dev, gsl_rng *rng)
{
    pair_batches_free(text);
    pair_batches_free(dev);
    pairs_free(data->training);
    pairs_free(data->dev);
    gsl_rng_free(rng);
}

translator_model *train(const settings *choices, bool is_tour, pair_scores *scores,
                        symbols **letters, symbols **phones)
{
    pronunciation_data data = read_data(choices);
    *letters = data.letters;
    *phones = data.phones;
    gsl_rng *rng = new_generator(choices->seed);
    translator_wish wish = wish_of(choices);
    translator_training_options options = options_of(choices);
    translator_model *model = translator_model_alloc(&wish, *letters, *phones, rng);
    pair_batches *text = batch(data.training, PAIR_BATCHES_PAIRS, choices->batch);
    pair_batches *dev = batch(data.dev, PAIR_BATCHES_SOURCES, TEST_SIZE);
    if (!is_tour) {
        announce(choices, &data, model);
    }
    if (choices->check) {
        check(model, text, &options, rng);
        tidy_up(&data, text, dev, rng);
        translator_model_free(model);
        exit(program_finish(PROGRAM_SUCCESS));
    }
    translator_training *training = translator_training_alloc(model, text, &options, rng);
    if (choices->resume != NULL) {
        translator_training_resume(training, choices->resume);
    }
    translator_run run = {.save = choices->save,
                          .save_interval = choices->save_interval,
                          .best = choices->best,
                          .is_silent = is_tour,
                          .search = search_of(choices)};
    bool is_done = translator_train(training, dev, &run, NULL);
    if (scores != NULL) {
        *scores = translator_test(model, dev, &run.search);
    }
    translator_training_free(training);
    tidy_up(&data, text, dev, rng);
    if (!is_done) {
        exit(program_finish(interrupt_status()));
    }
    return model;
}
