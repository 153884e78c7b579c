/* A tagger from its training to its use. */
#include "chapters/04_multi_head/parts.h"

#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
#include "chapters/common/tagger/tagger_check.h"
#include "chapters/common/words/sentence.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tagger_wish wish_of(const settings *choices)
{
    tagger_wish wish = tagger_wish_default();
    wish.mixing = (tagger_mixing)choices->mixing;
    wish.n_heads = choices->heads;
    wish.n_layers = choices->layers;
    wish.d_model = choices->d_model;
    wish.n_hidden = choices->hidden;
    wish.d_channel = choices->channel;
    wish.norm = (ref_norm_place)choices->norm;
    wish.side = (tagger_side)choices->implementation;
    wish.n_threads = choices->threads > 0 ? (int)choices->threads : wish.n_threads;
    return wish;
}

static tagger_training_options options_of(const settings *choices)
{
    tagger_training_options options = tagger_training_default(choices->task == TASK_NER);
    options.n_epochs = choices->epochs > 0 ? choices->epochs : options.n_epochs;
    options.learning_rate = choices->rate;
    options.smoothing = choices->smoothing;
    options.weight_decay = choices->decay;
    options.seed = choices->seed;
    if (choices->dropout >= 0.0) {
        options.dropout.input = options.dropout.output = choices->dropout;
    }
    if (choices->block_dropout >= 0.0) {
        options.dropout.block = choices->block_dropout;
    }
    return options;
}

static void print_score(const char *name, const tagger_score *score)
{
    printf("%s: loss %.4f, accuracy %.2f %%", name, score->loss, 100.0 * score->accuracy);
    if (score->has_names) {
        printf(", precision %.2f, recall %.2f, F1 %.2f", 100.0 * score->precision,
               100.0 * score->recall, 100.0 * score->f1);
    }
    printf("\n");
}

void evaluate(const settings *choices, tagger_model *model, const char *path)
{
    corpus *sentences = load_corpus(choices, path);
    tagger_text *text = tagger_text_alloc(sentences, model->words, model->vectors, 4096);
    tagger_score score = tagger_test(model, text);
    print_score(path, &score);
    tagger_text_free(text);
    corpus_free(sentences);
}

/* A line a word, with its tag. */
void predict(tagger_model *model, const char *text)
{
    corpus *words = sentence_or_exit(text);
    tagger_text *numbers = tagger_text_alloc(words, model->words, model->vectors, words->n_tokens);
    int *labels = program_allocate(words->n_tokens, sizeof *labels);
    tagger_model_label(model, numbers, labels);
    for (size_t i = 0; i < words->n_tokens; i++) {
        printf("%s\t%s\n", words->words[i], model->words->labels.values[labels[i]]);
    }
    free(labels);
    tagger_text_free(numbers);
    corpus_free(words);
}

/* One step through both sides, on a batch of middling length, and nothing else. */
static void check(tagger_model *model, tagger_text *text, const tagger_training_options *options,
                  gsl_rng *rng)
{
    comparison *found =
        tagger_compare(&model->shape, model->table, model->wide,
                       tagger_text_batch(text, text->epoch->n_batches / 2), &options->dropout,
                       options->smoothing, model->wish.kernels, model->wish.n_threads, rng);
    comparison_print(found);
    double worst = comparison_worst(found);
    comparison_free(found);
    if (!(worst <= 1.0)) {
        program_fail("the two implementations differ by %.3g times the bound", worst);
    }
}

/* Train a model on files or on the program's own corpus. */
tagger_model *train(const settings *choices, lexicon **words)
{
    corpus *sentences, *held_out;
    load_corpora(choices, &sentences, &held_out);
    lexicon_problem problem;
    *words = lexicon_build(sentences, NULL, &problem);
    if (*words == NULL) {
        program_fail("%s", problem.message);
    }
    gsl_rng *rng = new_generator(choices->seed);
    tagger_wish wish = wish_of(choices);
    tagger_training_options options = options_of(choices);
    tagger_model *model = tagger_model_alloc(&wish, *words, choices->vectors, rng);
    size_t n_tokens =
        choices->batch_tokens > 0 ? choices->batch_tokens : tagger_batch_tokens(sentences);
    tagger_text *text = tagger_text_alloc(sentences, *words, choices->vectors, n_tokens);
    tagger_text *dev = tagger_text_alloc(held_out, *words, choices->vectors, 4096);
    printf("%zu sentences to train on, %zu held out; %zu tags; %zu parameters; seed %zu\n",
           sentences->n_sentences, held_out->n_sentences, (*words)->labels.n,
           ref_parameters_count(model->wide), choices->seed);
    if (choices->check) {
        check(model, text, &options, rng);
        exit(program_finish(PROGRAM_SUCCESS));
    }
    tagger_training *training = tagger_training_alloc(model, text, &options, rng);
    if (choices->resume != NULL) {
        tagger_training_resume(training, choices->resume);
    }
    tagger_run run = {.save = choices->save, .save_interval = choices->save_interval};
    bool is_done = tagger_train(training, dev, &run, NULL);
    tagger_training_free(training);
    tagger_text_free(text);
    tagger_text_free(dev);
    gsl_rng_free(rng);
    corpus_free(sentences);
    corpus_free(held_out);
    if (!is_done) {
        exit(program_finish(interrupt_status()));
    }
    return model;
}
