/* Chapter 5: from sequence to sequence, with the attention of Bahdanau and of Luong. The program
 * trains a translator from letters to phones, on the dictionary that it carries or on files of the
 * learner's. */
#include "chapters/05_sequence_to_sequence/parts.h"

#include "chapters/common/pairs/tasks.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/utf8.h"
#include <string.h>

/* ---- The parts ------------------------------------------------------------------------------- */

/* The words of --part, after "all", and what each runs. */
static const char *const part_names[] = {"all",    "bottleneck", "cells",     "example",  "frames",
                                         "timing", "gradients",  "vanishing", "clipping", "tasks",
                                         "aim",    "location",   "words",     NULL};

static part *const parts[] = {
    show_bottleneck, /* bottleneck */
    show_cells,      /* cells */
    show_example,    /* example */
    show_frames,     /* frames */
    show_timing,     /* timing */
    show_gradients,  /* gradients */
    show_vanishing,  /* vanishing */
    show_clipping,   /* clipping */
    show_tasks,      /* tasks */
    show_aim,        /* aim */
    show_location,   /* location */
    show_words,      /* words */
};
enum { N_PARTS = sizeof parts / sizeof parts[0] };

/* ---- The options ----------------------------------------------------------------------------- */

static settings choices = {.task = TASK_REVERSE,
                           .score = REF_SCORE_ADDITIVE,
                           .cell = REF_GRU,
                           .implementation = TRANSLATOR_OPTIMIZED,
                           .schedule = REF_RATE_COSINE,
                           .dev_first = 2670,
                           .embedding = 64,
                           .hidden = 128,
                           .layers = 1,
                           .decoder_layers = 1,
                           .epochs = 8,
                           .batch = 32,
                           .warm_up = 100,
                           .seed = 1,
                           .beam = 1,
                           .rate = 0.006,
                           .decay = 0.01,
                           .clip = 1.0,
                           .dropout = 0.1,
                           .save_interval = 60.0};

static const char *const score_names[] = {"none",    "location", "dot",      "scaled-dot",
                                          "general", "concat",   "additive", NULL};
static const char *const task_names[] = {"copy", "reverse", "shift", "sort", "dates", NULL};
static const char *const timing_names[] = {"luong", "bahdanau", NULL};
static const char *const cell_names[] = {"elman", "gru", "lstm", NULL};
static const char *const schedule_names[] = {"constant", "inverse-sqrt", "cosine", "linear", NULL};
static const char *const implementation_names[] = {"reference", "optimized", NULL};

static const options_entry entries[] = {
    {"part", 0, "PART", "one part of the tour", .choice = &choices.part, .choices = part_names},
    {"task", 'k', "TASK", "which one the part 'tasks' shows", .choice = &choices.task,
     .choices = task_names},
    {"svg", 0, "DIR", "write the tour's figures and numbers to a folder", .text = &choices.svg,
     .kind = OPTIONS_DIRECTORY},
    {"word", 'w', "WORD", "speak a word", .text = &choices.word},
    {"train", 't', "FILE", "a dictionary to train on", .text = &choices.train,
     .kind = OPTIONS_FILE},
    {"dev", 'd', "FILE", "a dictionary to measure on while training", .text = &choices.dev,
     .kind = OPTIONS_FILE},
    {"dev-every", 0, "N",
     "without --dev: measure on every Nth word; 0 is 40, or 10 of a small dictionary",
     .size = &choices.dev_every, .max = 1e6},
    {"dev-first", 0, "N", "and on no more than N of them", .size = &choices.dev_first, .min = 1.0,
     .max = 1e6},
    {"score", 'm', "KIND", "how states are compared", .choice = &choices.score,
     .choices = score_names},
    {"timing", 0, "PAPER", "when the decoder looks: behind its step, or before it",
     .choice = &choices.timing, .choices = timing_names},
    {"feed", 0, .help = "feed the attentional state to the next step",
     .flag = &choices.feeds_output},
    {"window", 0, "N", "look no further than N states around; 0 is everywhere",
     .size = &choices.window, .max = 512.0},
    {"cell", 0, "KIND", "of encoder and decoder", .choice = &choices.cell, .choices = cell_names},
    {"one-way", 0, .help = "read the word in one direction only", .flag = &choices.reads_one_way},
    {"embedding", 0, "N", "numbers of a letter and of a phone", .size = &choices.embedding,
     .min = 1.0, .max = 4096.0},
    {"hidden", 'n', "N", "units of the encoder, each way", .size = &choices.hidden, .min = 1.0,
     .max = 4096.0},
    {"layers", 0, "N", "of the encoder", .size = &choices.layers, .min = 1.0,
     .max = REF_MAX_LAYERS},
    {"decoder-hidden", 0, "N", "units of the decoder; 0 is as the encoder, as dot needs it",
     .size = &choices.decoder_hidden, .max = 4096.0},
    {"decoder-layers", 0, "N", "of the decoder", .size = &choices.decoder_layers, .min = 1.0,
     .max = REF_MAX_LAYERS},
    {"attention", 0, "N", "units of additive scores; 0 is as the decoder",
     .size = &choices.attention, .max = 4096.0},
    {"output", 0, "N", "units of the attentional state; 0 is as the decoder",
     .size = &choices.output, .max = 4096.0},
    {"epochs", 'e', "N", "times that each word is seen", .size = &choices.epochs, .min = 1.0,
     .max = 10000.0},
    {"minutes", 0, "M", "train for M minutes instead; the rate falls with the time",
     .number = &choices.minutes, .max = 1e5},
    {"batch", 'b', "N", "words of a batch", .size = &choices.batch, .min = 1.0, .max = 65536.0},
    {"rate", 'r', "RATE", "the learning rate at its highest", .number = &choices.rate, .max = 1.0},
    {"schedule", 0, "KIND", "how the rate goes on", .choice = &choices.schedule,
     .choices = schedule_names},
    {"warm-up", 0, "N", "steps in which the rate climbs", .size = &choices.warm_up, .max = 1e6},
    {"final-share", 0, "SHARE", "of the rate, where the schedule ends",
     .number = &choices.final_share, .max = 1.0},
    {"decay", 0, "LAMBDA", "of the weights", .number = &choices.decay, .max = 10.0},
    {"clip", 0, "NORM", "longer gradients are shortened", .number = &choices.clip, .min = 0.0,
     .is_above_min = true, .max = 1e9},
    {"smoothing", 0, "SHARE", "of the targets", .number = &choices.smoothing, .max = 1.0},
    {"dropout", 0, "SHARE", "of what flows between the layers", .number = &choices.dropout,
     .max = 0.95},
    {"average", 0, "SHARE", "of a running mean of the parameters, such as 0.999; 0 is none",
     .number = &choices.average, .max = 0.999999},
    {"beam", 0, "N", "beginnings that a search keeps; 1 is greedy", .size = &choices.beam,
     .min = 1.0, .max = 1024.0},
    {"alpha", 0, "A", "how much a search forgives length", .number = &choices.alpha, .max = 10.0},
    {"seed", 's', "N", "start of the random numbers", .size = &choices.seed, .max = 65535.0},
    {"threads", 0, "N", "threads of the optimized side; 0 is all", .size = &choices.threads,
     .max = 1024.0},
    {"implementation", 'i', "SIDE", "which of the two to run", .choice = &choices.implementation,
     .choices = implementation_names},
    {"check", 0, .help = "run one step through both sides and compare them",
     .flag = &choices.check},
    {"save", 0, "FILE", "save the training, also while it runs", .text = &choices.save,
     .kind = OPTIONS_NEW_FILE},
    {"save-interval", 0, "SECONDS", "between two savings", .number = &choices.save_interval,
     .min = 0.0, .max = 1e9},
    {"best", 0, "FILE", "save the model that measures best, and keep it", .text = &choices.best,
     .kind = OPTIONS_NEW_FILE},
    {"resume", 0, "FILE", "go on with a training that was saved", .text = &choices.resume,
     .kind = OPTIONS_FILE},
    {"load", 'l', "FILE", "use a saved model instead of training", .text = &choices.load,
     .kind = OPTIONS_FILE},
    {"evaluate", 0, "FILE", "a dictionary to measure on at the end", .text = &choices.evaluate,
     .kind = OPTIONS_FILE},
};

static const options_example examples[] = {
    {"sequence_to_sequence", "the chapter's tour"},
    {"sequence_to_sequence --word attention",
     "train on the dictionary that the program carries, and speak a word"},
    {"sequence_to_sequence --train cmudict.txt --minutes 60 --best model.safetensors",
     "a dictionary of your own"},
    {"sequence_to_sequence --load model.safetensors --beam 5 --evaluate test.txt",
     "how well does a saved model speak?"},
};

static const options_program program = {
    .name = "sequence_to_sequence",
    .summary = "from letters to phones, with attention",
    .description = "An encoder reads the letters of a word; a decoder writes its phones, and looks "
                   "back at the letters. Chapter 5 of the course.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .entries = entries,
    .n_entries = sizeof entries / sizeof entries[0],
};

/* ---- What is run ----------------------------------------------------------------------------- */

/* Any option about a training asks for that, not for the tour. */
static bool is_training_wanted(void)
{
    return choices.train || choices.dev || choices.save || choices.best || choices.load ||
           choices.resume || choices.evaluate || choices.word || choices.check;
}

static void expect_word(const char *word)
{
    size_t n = utf8_columns(word);
    if (utf8_valid_length(word) != strlen(word) || n == 0 || n > PAIRS_MAX_LENGTH) {
        program_fail("--word expects a word of 1 to %d letters in UTF-8", PAIRS_MAX_LENGTH);
    }
}

static void run_training(report *to)
{
    symbols *letters, *phones;
    if (choices.word != NULL) {
        expect_word(choices.word); /* before minutes of training */
    }
    translator_wish wish = wish_of(&choices);
    translator_model *model = choices.load != NULL
                                  ? translator_model_load(choices.load, &wish, &letters, &phones)
                                  : train(&choices, false, NULL, &letters, &phones);
    if (choices.evaluate != NULL) {
        evaluate(&choices, model, choices.evaluate);
    }
    if (choices.word != NULL) {
        speak(to, &choices, model, choices.word);
    }
    translator_model_free(model);
    symbols_free(letters);
    symbols_free(phones);
}

static void run_tour(report *to)
{
    for (int p = 0; p < N_PARTS; p++) {
        if (choices.part == 0 || choices.part == p + 1) {
            parts[p](to, &choices);
        }
    }
}

int main(int argc, char **argv)
{
    program_start("sequence_to_sequence");
    options_parse_or_exit(&program, argc, argv);
    report to = report_open(choices.svg);
    (is_training_wanted() ? run_training : run_tour)(&to);
    report_close(&to);
    return program_finish(PROGRAM_SUCCESS);
}
