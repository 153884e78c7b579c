/* Chapter 4: several attentions side by side, in blocks that stack. The program trains a tagger of
 * parts of speech or of names, on the corpus that it carries or on files of the learner's. */
#include "chapters/04_multi_head/parts.h"

#include "chapters/common/program/options.h"
#include "chapters/common/program/program.h"
#include "chapters/common/words/sentence.h"

/* ---- The parts ------------------------------------------------------------------------------- */

/* The words of --part, after "all", and what each runs. */
static const char *const part_names[] = {
    "all", "two-relations", "example", "bag-of-words", "norms", "tags", "names", "saved", NULL};

static part *const parts[] = {
    show_two_relations, /* two-relations */
    show_example,       /* example */
    show_bag_of_words,  /* bag-of-words */
    show_norms,         /* norms */
    show_tags,          /* tags */
    show_names,         /* names */
    show_saved,         /* saved */
};
enum { N_PARTS = sizeof parts / sizeof parts[0] };

/* ---- The options ----------------------------------------------------------------------------- */

static settings choices = {.mixing = TAGGER_BLOCKS,
                           .implementation = TAGGER_OPTIMIZED,
                           .heads = 4,
                           .layers = 2,
                           .d_model = 128,
                           .hidden = 256,
                           .channel = 16,
                           .seed = 1,
                           .dropout = -1.0,
                           .block_dropout = -1.0,
                           .smoothing = 0.0,
                           .decay = 0.01,
                           .rate = 0.002,
                           .save_interval = 60.0};

static const char *const task_names[] = {"tour", "pos", "ner", NULL};
static const char *const mixing_names[] = {"alone",           "proximity", "dot",
                                           "query-key-value", "blocks",    NULL};
static const char *const norm_names[] = {"pre", "post", NULL};
static const char *const implementation_names[] = {"reference", "optimized", NULL};

static const options_entry entries[] = {
    {"part", 0, "PART", "one part of the tour", .choice = &choices.part, .choices = part_names},
    {"trace", 0, "TOKEN", "every number of one token of the running example",
     .text = &choices.trace},
    {"sentence", 0, "TEXT", "tag a sentence, and see what the heads look at",
     .text = &choices.sentence},
    {"svg", 0, "DIR", "write the tour's figures and numbers to a folder", .text = &choices.svg,
     .kind = OPTIONS_DIRECTORY},
    {"task", 'k', "TASK", "the tour, or a training on parts of speech or names",
     .choice = &choices.task, .choices = task_names},
    {"train", 't', "FILE", "a corpus to train on: CoNLL-U, columns, or word/tag",
     .list = &choices.train, .kind = OPTIONS_FILE},
    {"dev", 'd', "FILE", "a corpus to measure on while training", .text = &choices.dev,
     .kind = OPTIONS_FILE},
    {"dev-first", 0, "N", "measure on the first N sentences of it, train on the rest; 0 is all",
     .size = &choices.dev_first, .max = 1e9},
    {"column", 0, "NAME", "which tags of the files: a column, or a key of CoNLL-U",
     .text = &choices.column},
    {"vectors", 'v', "FILE", "word vectors in the text format of GloVe",
     .text = &choices.vectors_path, .kind = OPTIONS_FILE},
    {"epochs", 'e', "N", "times that each sentence is seen; 0 is the default",
     .size = &choices.epochs, .max = 10000.0},
    {"mixing", 'm', "KIND", "how the words look at each other", .choice = &choices.mixing,
     .choices = mixing_names},
    {"heads", 0, "N", "heads of a block", .size = &choices.heads, .min = 1.0, .max = 64.0},
    {"layers", 0, "N", "blocks", .size = &choices.layers, .min = 1.0, .max = TAGGER_MAX_LAYERS},
    {"d-model", 0, "N", "columns of the model", .size = &choices.d_model, .min = 1.0,
     .max = 4096.0},
    {"hidden", 0, "N", "columns of the feed-forward layers", .size = &choices.hidden, .min = 1.0,
     .max = 16384.0},
    {"channel", 0, "N", "numbers of each feature's embedding", .size = &choices.channel, .min = 1.0,
     .max = 1024.0},
    {"norm", 0, "PLACE", "where the normalisations stand", .choice = &choices.norm,
     .choices = norm_names},
    {"dropout", 0, "SHARE", "of input and output; below 0 is the task's default",
     .number = &choices.dropout, .min = -1.0, .max = 0.95},
    {"block-dropout", 0, "SHARE", "of what layers add; below 0 is the task's default",
     .number = &choices.block_dropout, .min = -1.0, .max = 0.95},
    {"smoothing", 0, "SHARE", "of the targets", .number = &choices.smoothing, .max = 1.0},
    {"decay", 0, "LAMBDA", "of the weights", .number = &choices.decay, .max = 10.0},
    {"rate", 'r', "RATE", "the learning rate at its highest", .number = &choices.rate, .min = 0.0,
     .max = 1.0},
    {"batch-tokens", 'b', "N", "tokens of a batch; 0 is a 200th of the corpus, 128 to 1024",
     .size = &choices.batch_tokens, .max = 1e6},
    {"seed", 's', "N", "start of the random numbers", .size = &choices.seed, .max = 4294967295.0},
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
    {"resume", 0, "FILE", "go on with a training that was saved", .text = &choices.resume,
     .kind = OPTIONS_FILE},
    {"load", 'l', "FILE", "use a saved model instead of training", .text = &choices.load,
     .kind = OPTIONS_FILE},
    {"evaluate", 0, "FILE", "a corpus to measure on at the end", .text = &choices.evaluate,
     .kind = OPTIONS_FILE},
    {"predict", 'p', "TEXT", "a sentence to tag at the end", .text = &choices.predict},
};

static const options_example examples[] = {
    {"multi_head", "the chapter's tour"},
    {"multi_head --trace bank", "every number of one word, through two heads"},
    {"multi_head --part names", "do heads find persons, places and organisations?"},
    {"multi_head --sentence 'Tommy works for the State Bank of India'",
     "tags and names of your own sentence, and what the heads look at"},
    {"multi_head --task pos", "train on the corpus that the program carries"},
    {"multi_head --task ner --predict 'Tommy works for the State Bank of India'",
     "find the names of a sentence"},
    {"multi_head --train train.conllu --dev dev.conllu --vectors data/glove_6b_100d.txt",
     "a corpus of your own, with all word vectors"},
};

static const options_program program = {
    .name = "multi_head",
    .summary = "attention with many heads",
    .description = "Several attentions side by side, in blocks that stack, learn parts of speech "
                   "and names. Chapter 4 of the course.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .entries = entries,
    .n_entries = sizeof entries / sizeof entries[0],
};

/* ---- What is run ----------------------------------------------------------------------------- */

/* Any option about a training asks for that, not for the tour. */
static bool is_training_wanted(void)
{
    return choices.task != TASK_TOUR || choices.train.n > 0 || choices.dev || choices.column ||
           choices.save || choices.load || choices.resume || choices.evaluate || choices.predict ||
           choices.check;
}

static void run_training(void)
{
    lexicon *words;
    if (choices.predict != NULL) {
        corpus_free(sentence_or_exit(choices.predict)); /* before the training, not behind it */
    }
    tagger_wish wish = wish_of(&choices);
    tagger_model *model = choices.load != NULL
                              ? tagger_model_load(choices.load, &wish, choices.vectors, &words)
                              : train(&choices, &words);
    if (choices.evaluate != NULL) {
        evaluate(&choices, model, choices.evaluate);
    }
    if (choices.predict != NULL) {
        predict(model, choices.predict);
    }
    tagger_model_free(model);
    lexicon_free(words);
}

/* The part that --part names, or all of them. */
static void run_parts(report *to)
{
    for (int p = 0; p < N_PARTS; p++) {
        if (choices.part == 0 || choices.part == p + 1) {
            parts[p](to, &choices);
        }
    }
}

static void run_tour(void)
{
    report to = report_open(choices.svg);
    if (choices.trace != NULL) {
        show_trace(&to, &choices);
    } else if (choices.sentence != NULL) {
        show_own_sentence(&to, &choices);
    } else {
        run_parts(&to);
    }
    report_close(&to);
}

int main(int argc, char **argv)
{
    program_start("multi_head");
    options_parse_or_exit(&program, argc, argv);
    choices.vectors = load_vectors(&choices);
    (is_training_wanted() ? run_training : run_tour)();
    word_vectors_free(choices.vectors);
    return program_finish(PROGRAM_SUCCESS);
}
