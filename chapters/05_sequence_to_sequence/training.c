/* A translator from its training to its use. */
#include "chapters/05_sequence_to_sequence/parts.h"

#include "chapters/common/pairs/pronunciations.h"
#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
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

static pronunciations *load_dictionary(const char *path)
{
    pronunciations_problem problem;
    pronunciations *all = path != NULL
                              ? pronunciations_load(path, PRONUNCIATIONS_DROP_STRESS, &problem)
                              : pronunciations_embedded(&problem);
    if (all == NULL) {
        program_fail("%s", problem.message);
    }
    return all;
}

static pairs *number(const pronunciations *all, const symbols *letters, const symbols *phones)
{
    pronunciations_problem problem;
    pairs *numbered = pronunciations_pairs(all, letters, phones, &problem);
    if (numbered == NULL) {
        program_fail("%s", problem.message);
    }
    return numbered;
}

/* What is learned, and what is held out. The symbols are those of the dictionary to train on. */
static void load_pairs(const settings *choices, symbols **letters, symbols **phones,
                       pairs **training, pairs **held_out)
{
    pronunciations *all = load_dictionary(choices->train);
    *letters = pronunciations_letters(all);
    *phones = pronunciations_phones(all);
    need_memory(*letters);
    need_memory(*phones);
    pairs *whole = number(all, *letters, *phones);
    pronunciations_free(all);
    if (choices->dev == NULL) {
        size_t every = choices->dev_every > 0 ? choices->dev_every : choices->train ? 40 : 10;
        bool is_done = pairs_hold_out(whole, every, choices->dev_first, training, held_out);
        need_memory(is_done ? *training : NULL);
        pairs_free(whole);
    } else {
        pronunciations *others = load_dictionary(choices->dev);
        *training = whole;
        *held_out = number(others, *letters, *phones);
        pronunciations_free(others);
    }
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
    pronunciations *all = load_dictionary(path);
    pairs *numbered = number(all, model->source, model->target);
    pair_batches *text = batch(numbered, PAIR_BATCHES_SOURCES, TEST_SIZE);
    translator_search_options search = search_of(choices);
    pair_scores scores = translator_test(model, text, &search);
    print_scores(path, &scores);
    pair_batches_free(text);
    pairs_free(numbered);
    pronunciations_free(all);
}

translator_model *train(const settings *choices, bool is_tour, pair_scores *scores,
                        symbols **letters, symbols **phones)
{
    pairs *training_pairs, *dev_pairs;
    load_pairs(choices, letters, phones, &training_pairs, &dev_pairs);
    gsl_rng *rng = new_generator(choices->seed);
    translator_wish wish = wish_of(choices);
    translator_training_options options = options_of(choices);
    translator_model *model = translator_model_alloc(&wish, *letters, *phones, rng);
    pair_batches *text = batch(training_pairs, PAIR_BATCHES_PAIRS, choices->batch);
    pair_batches *dev = batch(dev_pairs, PAIR_BATCHES_SOURCES, TEST_SIZE);
    if (!is_tour) {
        printf("%zu pairs to train on, %zu words held out; %zu letters, %zu phones; "
               "%zu parameters; seed %zu\n",
               training_pairs->n_pairs, dev_pairs->n_sources, (*letters)->n - 1, (*phones)->n - 2,
               ref_parameters_count(model->wide), choices->seed);
        fflush(stdout);
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
    pair_batches_free(text);
    pair_batches_free(dev);
    pairs_free(training_pairs);
    pairs_free(dev_pairs);
    gsl_rng_free(rng);
    if (!is_done) {
        exit(program_finish(interrupt_status()));
    }
    return model;
}
