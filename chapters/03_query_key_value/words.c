/* Real text: the ladder from a guess to learned attention, on senses and on parts of speech. */
#include "chapters/03_query_key_value/words.h"

#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
#include <stdlib.h>

enum { N_MIXINGS = 4, N_RUNGS = N_MIXINGS + 1 };

static const char *const rung_names[N_RUNGS] = {"most frequent tag", "no attention", "proximity",
                                                "dot product", "learned Q, K, V"};
static const char *const rung_keys[N_RUNGS] = {"frequent", "alone", "proximity", "dot", "learned"};

/* ---- A ladder -------------------------------------------------------------------------------- */

static void draw_losses(report *to, const char *key, const tagged *one)
{
    char name[64];
    gsl_vector *epochs = program_vector(one->n_epochs);
    gsl_vector *training = program_vector(one->n_epochs), *held_out = program_vector(one->n_epochs);
    for (size_t e = 0; e < one->n_epochs; e++) {
        gsl_vector_set(epochs, e, (double)(e + 1));
        gsl_vector_set(training, e, one->epochs[e].loss);
        gsl_vector_set(held_out, e, one->epochs[e].score.loss);
    }
    figure_series series[] = {{.name = "training, with dropout", .x = epochs, .y = training},
                              {.name = "held out", .x = epochs, .y = held_out}};
    snprintf(name, sizeof name, "%s_loss", key);
    report_plot(to, name,
                &(figure_plot){.title = "Loss of learned attention, epoch by epoch",
                               .description = "Two falling curves.",
                               .x_label = "epoch",
                               .y_label = "cross-entropy",
                               .series = series,
                               .n_series = 2});
    gsl_vector_free(epochs);
    gsl_vector_free(training);
    gsl_vector_free(held_out);
}

static void report_ladder(report *to, const char *key, const double *accuracy, size_t n_tested)
{
    /* No difference was seen between gcc and clang, three tables of kernels and three seeds. The
     * tolerance is that of two words held out. */
    double tolerance = 2.0 / (double)n_tested;
    char name[64];
    gsl_vector_const_view values = gsl_vector_const_view_array(accuracy, N_RUNGS);
    snprintf(name, sizeof name, "%s_tested", key);
    report_number(to, name, (double)n_tested);
    for (size_t r = 0; r < N_RUNGS; r++) {
        snprintf(name, sizeof name, "%s_%s", key, rung_keys[r]);
        if (r == 0) {
            report_number(to, name, accuracy[r]);
        } else {
            report_measured(to, name, accuracy[r], tolerance);
        }
    }
    snprintf(name, sizeof name, "%s_ladder", key);
    report_bars(to, name,
                &(figure_bars){.title = "Right tags of held-out words",
                               .description = "Five bars, from a guess to learned attention.",
                               .value_label = "share of right tags",
                               .labels = rung_names,
                               .values = &values.vector,
                               .role = FIGURE_CONTEXT,
                               .decimals = 3});
}

/* Held-out words that have a tag. */
static size_t count_tested(const task *of)
{
    size_t n = 0;
    for (size_t t = 0; t < of->held_out->n_tokens; t++) {
        n += of->held_out->tags[t] != NULL;
    }
    return n;
}

/* Train all of them; the last one is handed out. */
static tagged climb(report *to, const settings *choices, const task *of, const char *key)
{
    static const tagger_mixing mixings[N_MIXINGS] = {TAGGER_ALONE, TAGGER_PROXIMITY, TAGGER_DOT,
                                                     TAGGER_QUERY_KEY_VALUE};
    double accuracy[N_RUNGS] = {most_frequent_tag(of)};
    tagged one = {0};
    for (size_t m = 0; m < N_MIXINGS; m++) {
        one = tagged_new(of, choices, mixings[m]);
        tagged_train(&one, of, choices, false);
        accuracy[m + 1] = one.epochs[one.n_epochs - 1].score.accuracy;
        if (!one.is_complete) {
            exit(program_finish(interrupt_status()));
        }
        if (m + 1 < N_MIXINGS) {
            tagged_free(&one);
        }
    }
    report_ladder(to, key, accuracy, count_tested(of));
    report_gap(to);
    draw_losses(to, key, &one);
    return one;
}

static void print_sizes(report *to, const task *of)
{
    size_t n_tags = of->words->labels.n;
    report_say(to, "%zu sentences to learn from, %zu held out; %zu tags (%s).",
               of->training->n_sentences, of->held_out->n_sentences, n_tags, of->column);
    report_gap(to);
}

/* ---- The parts ------------------------------------------------------------------------------- */

void show_words(report *to, const settings *choices)
{
    static const struct {
        const char *column, *key, *heading;
    } tasks[] = {{"Sense", "sense", "9. The sense of a word"},
                 {"upos", "pos", "10. Parts of speech"}};
    for (size_t t = 0; t < 2; t++) {
        task of = task_load(choices, tasks[t].column);
        terminal_heading(&to->out, "%s", tasks[t].heading);
        print_sizes(to, &of);
        if (choices->check) {
            check_words(to, &of, choices);
        }
        tagged one = climb(to, choices, &of, tasks[t].key);
        if (t == 0) {
            show_two_banks(to, &of, &one, choices);
        }
        tagged_free(&one);
        task_free(&of);
    }
}

void show_own(report *to, const settings *choices)
{
    if (choices->sentence) {
        corpus_free(sentence_or_exit(choices->sentence)); /* before the training, not behind it */
    }
    const char *column = choices->tags ? choices->tags : "upos";
    task of = task_load(choices, column);
    terminal_heading(&to->out, "Learned queries, keys and values");
    print_sizes(to, &of);
    if (choices->check) {
        check_words(to, &of, choices);
    }
    tagged one = tagged_new(&of, choices, TAGGER_QUERY_KEY_VALUE);
    tagged_train(&one, &of, choices, true);
    if (!one.is_complete) {
        exit(program_finish(interrupt_status()));
    }
    report_gap(to);
    report_say(to,
               "Right tags of held-out words: %.2f %%. The most frequent tag of each word: "
               "%.2f %%.",
               100.0 * tagger_test(one.model, of.dev_text).accuracy,
               100.0 * most_frequent_tag(&of));
    if (choices->sentence) {
        print_tags(to, &of, &one, choices->sentence);
    }
    tagged_free(&one);
    task_free(&of);
}
