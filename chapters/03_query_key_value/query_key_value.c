/* Chapter 3: queries, keys and values that are learned. Without options the program tells the
 * chapter's story, from what no fixed weighting can do to real words. */
#include "chapters/03_query_key_value/parts.h"

#include "chapters/common/program/options.h"
#include "chapters/common/program/program.h"

static settings choices = {.implementation = SIDE_OPTIMIZED, .seed = 1, .n_epochs = 15};

static const char *const implementation_names[] = {"reference", "optimized", NULL};

/* ---- The parts ------------------------------------------------------------------------------- */

/* The words of --part, after "all", and what each runs. */
static const char *const part_names[] = {"all",       "symmetric", "example",    "lookup",
                                         "gradients", "jacobian",  "optimizers", "initialisation",
                                         "bandwidth", "words",     NULL};

static part *const parts[] = {
    show_symmetric,      /* symmetric */
    show_example,        /* example */
    show_lookup,         /* lookup */
    show_gradients,      /* gradients */
    show_jacobian,       /* jacobian */
    show_optimizers,     /* optimizers */
    show_initialisation, /* initialisation */
    show_bandwidth,      /* bandwidth */
    show_words,          /* words */
};
enum { N_PARTS = sizeof parts / sizeof parts[0] };

/* ---- The options ----------------------------------------------------------------------------- */

static const options_entry entries[] = {
    {"part", 'p', "PART", "one part of the tour", .choice = &choices.part, .choices = part_names},
    {"trace", 0, "TOKEN", "every number of one token of the running example",
     .text = &choices.trace},
    {"implementation", 'i', "SIDE", "which of the two trains", .choice = &choices.implementation,
     .choices = implementation_names},
    {"check", 0, .help = "one step on both sides, compared with its bound", .flag = &choices.check},
    {"train", 0, "FILE", "learn from these sentences: CoNLL-U, columns or Brown",
     .text = &choices.train, .kind = OPTIONS_FILE},
    {"dev", 0, "FILE", "test with these; without it every fifth sentence is held out",
     .text = &choices.dev, .kind = OPTIONS_FILE},
    {"tags", 0, "NAME", "which tags: upos, xpos, or a key such as Sense", .text = &choices.tags},
    {"vectors", 'v', "FILE", "word vectors in the text format of GloVe", .text = &choices.path,
     .kind = OPTIONS_FILE},
    {"sentence", 's', "TEXT", "tag the words of a sentence", .text = &choices.sentence},
    {"epochs", 0, "N", "how often each sentence is seen", .size = &choices.n_epochs, .min = 1.0,
     .max = 10000.0},
    {"save", 0, "FILE", "keep the training in a file", .text = &choices.save,
     .kind = OPTIONS_NEW_FILE},
    {"resume", 0, "FILE", "go on from such a file", .text = &choices.resume, .kind = OPTIONS_FILE},
    {"seed", 0, "N", "start of the random numbers", .size = &choices.seed, .min = 0.0,
     .max = 4294967295.0},
    {"svg", 0, "DIR", "write figures and numbers to a folder", .text = &choices.svg,
     .kind = OPTIONS_DIRECTORY},
};

static const options_example examples[] = {
    {"query_key_value", "the chapter's tour"},
    {"query_key_value --trace bank", "every number of one word, forward and backward"},
    {"query_key_value --part lookup", "the look-up that no fixed weighting can solve"},
    {"query_key_value --part lookup --implementation reference --check",
     "the same in double, one step of it on both sides"},
    {"query_key_value --tags Sense --sentence 'The bank raised its rates .'",
     "the sense of a word in your own sentence"},
    {"query_key_value --train data/brown.conll --save brown.safetensors",
     "a corpus of your own, here that of `make data`"},
};

static const options_program program = {
    .name = "query_key_value",
    .summary = "attention that learns what to look for",
    .description = "Queries, keys and values are projections, and the projections are learned. "
                   "Chapter 3 of the course.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .entries = entries,
    .n_entries = sizeof entries / sizeof entries[0],
};

/* Any option about a corpus asks for that, not for the tour. */
static bool is_about_own_words(void)
{
    return choices.train || choices.dev || choices.tags || choices.sentence || choices.save ||
           choices.resume;
}

static void load_vectors(void)
{
    word_vectors_problem problem;
    choices.vectors =
        choices.path ? word_vectors_load(choices.path, &problem) : word_vectors_embedded(&problem);
    if (!choices.vectors) {
        program_fail("%s", problem.message);
    }
}

int main(int argc, char **argv)
{
    program_start("query_key_value");
    options_parse_or_exit(&program, argc, argv);
    report to = report_open(choices.svg);
    load_vectors();
    if (choices.trace) {
        show_trace(&to, &choices);
    } else if (is_about_own_words()) {
        show_own(&to, &choices);
    } else {
        for (int p = 0; p < N_PARTS; p++) {
            if (choices.part == 0 || choices.part == p + 1) {
                parts[p](&to, &choices);
            }
        }
    }
    report_close(&to);
    word_vectors_free(choices.vectors);
    return program_finish(PROGRAM_SUCCESS);
}
