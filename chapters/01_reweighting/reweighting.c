/**
 * @file reweighting.c
 * Chapter 1: a word is mixed with its neighbours, by weights that nobody trained.
 *
 * The run is a list of parts, each with a heading of its own; --part shows one of them. With
 * --sentence the parts that speak of sentences take the learner's, and the others are left out.
 */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/options.h"
#include "chapters/common/program/program.h"
#include <stdlib.h>

/* ---- The parts ------------------------------------------------------------------------------- */

/* What a part is called, and what it needs. */
typedef struct {
    const char *heading;
    part *show;
    bool needs_words;   /* word vectors are loaded for it */
    bool has_sentences; /* it can take the learner's sentence */
} chapter_part;

static const char *const part_names[] = {
    "all", "one-vector", "weighted-sum", "proximity", "sentences", "kernels", "bandwidth", "nile",
    "dot", "words",      "division",     "order",     "brackets",  "memory",  NULL};

static const chapter_part parts[] = {
    {"1. One word, one vector", show_one_vector, true, false},
    {"2. A weighted sum", show_weighted_sum, false, false},
    {"3. Near words count more", show_proximity, false, false},
    {"4. Near is not related", show_sentences, false, true},
    {"5. The weighted sum draws a curve", show_kernels, false, false},
    {"6. How near is near", show_bandwidth, false, false},
    {"7. A real series", show_nile, false, false},
    {"8. Weights from content", show_dot_weights, false, false},
    {"9. Content, with real words", show_dot_words, true, true},
    {"10. Divide by the sum, and break", show_division, true, false},
    {"11. The words change places", show_order, false, false},
    {"12. The brackets moved", show_brackets, false, false},
    {"13. What the memory sees", show_memory, false, false},
};

enum { N_PARTS = sizeof parts / sizeof parts[0] };

/* ---- The command line ------------------------------------------------------------------------ */

static settings choices = {.proximity = REF_GAUSSIAN, .bandwidth = 1.0, .seed = 1};

static const options_entry entries[] = {
    {.name = "sentence",
     .letter = 's',
     .argument = "TEXT",
     .text = &choices.sentence,
     .help = "look at this sentence instead of those of the course"},
    {.name = "query",
     .letter = 'q',
     .argument = "WORD",
     .text = &choices.query,
     .help = "the word of the sentence whose row is shown"},
    {.name = "trace",
     .letter = 't',
     .argument = "TOKEN",
     .text = &choices.trace,
     .help = "print every number of one token of the running example, by its word or number"},
    {.name = "proximity",
     .letter = 'p',
     .argument = "KERNEL",
     .choice = &choices.proximity,
     .choices = proximity_names,
     .help = "how the weight falls with the distance"},
    {.name = "bandwidth",
     .letter = 'b',
     .argument = "H",
     .number = &choices.bandwidth,
     .min = 0.0,
     .is_above_min = true,
     .help = "the distance, in tokens, that counts as near"},
    {.name = "part",
     .argument = "PART",
     .choice = &choices.part,
     .choices = part_names,
     .help = "show this part of the chapter only"},
    {.name = "vectors",
     .letter = 'v',
     .argument = "FILE",
     .text = &choices.path,
     .kind = OPTIONS_FILE,
     .help = "word vectors in the text format of GloVe or word2vec"},
    {.name = "seed",
     .argument = "N",
     .size = &choices.seed,
     .min = 0.0,
     .max = 4294967295.0,
     .help = "of the random numbers"},
    {.name = "svg",
     .argument = "DIR",
     .text = &choices.svg,
     .kind = OPTIONS_DIRECTORY,
     .help = "write figures and results.txt into this folder as well"},
};

static const options_example examples[] = {
    {"reweighting", "the whole chapter, as its page shows it"},
    {"reweighting --trace bank", "every number of one row, to be checked by hand"},
    {"reweighting --sentence 'the cow slept on the bank of the river' --query bank",
     "a sentence of your own"},
    {"reweighting --part proximity --proximity triangular --bandwidth 3",
     "one part, with other weights"},
};

static const options_program program = {
    .name = "reweighting",
    .summary = "weighted sums of words, with weights that nobody trained",
    .description = "The program of chapter 1. Every output is a weighted sum of all inputs. The "
                   "weights come from the distance between positions, or from dot products.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .entries = entries,
    .n_entries = sizeof entries / sizeof entries[0],
};

/* What options_parse() cannot know: options that need or exclude each other, and whether the
 * sentence is one. All of it before the first result is printed. */
static void check_choices(void)
{
    if (choices.trace != NULL && choices.sentence != NULL) {
        program_message("--trace shows the running example: leave --sentence out");
        exit(PROGRAM_USAGE);
    }
    if (choices.query != NULL && choices.sentence == NULL) {
        program_message("--query needs a --sentence that the word stands in");
        exit(PROGRAM_USAGE);
    }
    if (choices.sentence != NULL) {
        sentence *words = split_or_fail(choices.sentence);
        query_position(words, choices.query);
        sentence_free(words);
    }
}

/* ---- The run --------------------------------------------------------------------------------- */

static bool is_shown(size_t i)
{
    if (choices.trace != NULL) {
        return false;
    }
    if (choices.part != 0) {
        return i + 1 == (size_t)choices.part;
    }
    return choices.sentence == NULL || parts[i].has_sentences;
}

static void load_words(void)
{
    word_vectors_problem problem;
    choices.vectors = choices.path != NULL ? word_vectors_load(choices.path, &problem)
                                           : word_vectors_embedded(&problem);
    if (choices.vectors == NULL) {
        program_fail("%s", problem.message);
    }
}

/**
 * Run chapter 1.
 *
 * @param[in]     argc  number of arguments
 * @param[in,out] argv  arguments; `--help` says which
 * @return        0, 1 after an error, 2 for a wrong option
 */
int main(int argc, char **argv)
{
    program_start("reweighting");
    options_parse_or_exit(&program, argc, argv);
    check_choices();
    bool needs_words = choices.path != NULL; /* a file that is named is read, and checked */
    for (size_t i = 0; i < N_PARTS; i++) {
        needs_words = needs_words || (is_shown(i) && parts[i].needs_words);
    }
    if (needs_words) {
        load_words();
    }

    report to = report_open(choices.svg);
    if (choices.trace != NULL) {
        show_trace(&to, &choices);
    }
    for (size_t i = 0; i < N_PARTS; i++) {
        if (is_shown(i)) {
            terminal_heading(&to.out, "%s", parts[i].heading);
            parts[i].show(&to, &choices);
        }
    }
    report_close(&to);
    word_vectors_free(choices.vectors);
    return program_finish(PROGRAM_SUCCESS);
}
