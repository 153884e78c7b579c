/* Chapter 2: weights that always sum to 1. Without options the program tells the chapter's story
 * from the failure of chapter 1 to real words; with --sentence it looks at the learner's own. */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/program/options.h"
#include "chapters/common/program/program.h"

static settings choices = {.similarity = CHOICE_SCALED_DOT, .temperature = 1.0, .seed = 1};

static const char *const stop_word_names[] = {"keep", "drop", NULL};
static const char *const implementation_names[] = {"reference", "optimized", NULL};

/* ---- The parts ------------------------------------------------------------------------------- */

/* The words of --part, after "all", and what each runs. */
static const char *const part_names[] = {"all",       "negative-sums",  "overflow",  "example",
                                         "masks",     "minus-infinity", "variance",  "temperature",
                                         "relatives", "blocks",         "gradients", "bank",
                                         "others",    "against-mean",   "cost",      NULL};

static part *const parts[] = {
    show_negative_sums,   /* negative-sums */
    show_overflow,        /* overflow */
    show_example,         /* example */
    show_masks,           /* masks */
    show_large_negatives, /* minus-infinity */
    show_variance,        /* variance */
    show_temperature,     /* temperature */
    show_relatives,       /* relatives */
    show_blocks,          /* blocks */
    show_gradients,       /* gradients */
    show_bank,            /* bank */
    show_others,          /* others */
    show_against_mean,    /* against-mean */
    show_cost,            /* cost */
};
enum { N_PARTS = sizeof parts / sizeof parts[0], FIRST_WITH_WORDS = 11 };

/* ---- The options ----------------------------------------------------------------------------- */

static const options_entry entries[] = {
    {"sentence", 's', "TEXT", "the words to look at, instead of the chapter's tour",
     .text = &choices.sentence},
    {"query", 'q', "WORD", "the word of the sentence that asks", .text = &choices.query},
    {"similarity", 'm', "KIND", "how a query and a key are compared", .choice = &choices.similarity,
     .choices = similarity_names},
    {"temperature", 't', "T", "divide the scores by T", .number = &choices.temperature, .min = 0.0,
     .is_above_min = true},
    {"mask-self", 'x', .help = "a word does not see itself", .flag = &choices.mask_self},
    {"causal", 'c', .help = "a word sees itself and what stands before it",
     .flag = &choices.causal},
    {"stop-words", 0, "WHAT", "whether words like 'the' may be seen", .choice = &choices.stop_words,
     .choices = stop_word_names},
    {"remove-common", 0, "N", "remove the vectors' mean and N main directions; 0 removes nothing",
     .size = &choices.n_common, .min = 0.0, .max = 100.0},
    {"keep", 'k', "SHARE", "how much of the word's own vector stays in the result",
     .number = &choices.keep, .min = 0.0, .max = 1.0},
    {"vectors", 'v', "FILE", "word vectors in the text format of GloVe", .text = &choices.path,
     .kind = OPTIONS_FILE},
    {"implementation", 'i', "SIDE", "which of the two to run", .choice = &choices.implementation,
     .choices = implementation_names},
    {"check", 0, .help = "run both implementations and compare them", .flag = &choices.check},
    {"trace", 0, "TOKEN", "every number of one token, by its word or its place from 0",
     .text = &choices.trace},
    {"part", 'p', "PART", "one part of the tour", .choice = &choices.part, .choices = part_names},
    {"seed", 0, "N", "start of the random numbers", .size = &choices.seed, .min = 0.0,
     .max = 4294967295.0},
    {"svg", 0, "DIR", "write figures and numbers to a folder", .text = &choices.svg,
     .kind = OPTIONS_DIRECTORY},
};

static const options_example examples[] = {
    {"dot_product", "the chapter's tour"},
    {"dot_product --trace bank", "every number of one word of the running example"},
    {"dot_product --sentence 'the river bank' --query bank", "your own sentence"},
    {"dot_product --part bank", "one word in two sentences"},
    {"dot_product --sentence 'State Bank of India' --query bank --stop-words drop --mask-self "
     "--keep 0.5 --remove-common 3",
     "the same with every cure"},
};

static const options_program program = {
    .name = "dot_product",
    .summary = "attention by dot products, without learning",
    .description = "Scores are dot products, weights are their softmax, and every word becomes the "
                   "weighted sum of all. Chapter 2 of the course.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .entries = entries,
    .n_entries = sizeof entries / sizeof entries[0],
};

/* Any option about words asks for a sentence, not for the tour. */
static bool is_about_sentence(void)
{
    return choices.sentence || choices.query || choices.mask_self || choices.causal ||
           choices.check || choices.stop_words || choices.n_common || choices.keep > 0.0 ||
           choices.temperature != 1.0 || choices.similarity != CHOICE_SCALED_DOT;
}

static void run_parts(report *to)
{
    int first = choices.part > 0 ? choices.part : 1;
    int last = choices.part > 0 ? choices.part : N_PARTS;
    if (last >= FIRST_WITH_WORDS) {
        load_words(&choices, true);
    }
    for (int p = first; p <= last; p++) {
        parts[p - 1](to, &choices);
    }
}

int main(int argc, char **argv)
{
    program_start("dot_product");
    options_parse_or_exit(&program, argc, argv);
    report to = report_open(choices.svg);
    bool is_tour = choices.part > 0 || (!choices.trace && !is_about_sentence());
    if (!is_tour && (choices.sentence || !choices.trace)) {
        load_words(&choices, choices.n_common > 0);
    }
    if (is_tour) {
        run_parts(&to);
    } else if (choices.trace) {
        show_trace(&to, &choices);
    } else {
        show_sentence(&to, &choices);
    }
    report_close(&to);
    word_vectors_free(choices.vectors);
    word_vectors_free(choices.special);
    return program_finish(PROGRAM_SUCCESS);
}
