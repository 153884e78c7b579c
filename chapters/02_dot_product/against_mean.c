/* Does attention without learning tell the two meanings of "bank" apart? Better than the mean? */
#include "chapters/02_dot_product/data/bank_sentences.h"
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/reweighting.h"

/* A way to turn a sentence into one vector for its word "bank". */
typedef struct {
    const char *name; /* for the table */
    const char *key;  /* for the page */
    settings choices; /* of the attention */
    bool is_special;  /* vectors less what all share */
    double bandwidth; /* > 0: proximity weights of chapter 1 instead of attention */
} method;

#define ATTENTION(kind, is_masked)                                                                 \
    {                                                                                              \
        .similarity = kind, .temperature = 1.0, .mask_self = is_masked                             \
    }
#define CURED(kind, is_masked)                                                                     \
    {                                                                                              \
        .similarity = kind, .temperature = 1.0, .mask_self = is_masked, .stop_words = 1            \
    }

/* A very high temperature makes all weights equal: the mean. */
#define MEAN                                                                                       \
    {                                                                                              \
        .similarity = CHOICE_DOT, .temperature = 1e12                                              \
    }
#define CURED_MEAN                                                                                 \
    {                                                                                              \
        .similarity = CHOICE_DOT, .temperature = 1e12, .stop_words = 1                             \
    }

static const method methods[] = {
    {.name = "the word alone", .key = "alone", .choices = {.keep = 1.0, .temperature = 1.0}},
    {.name = "dot", .key = "dot", .choices = ATTENTION(CHOICE_DOT, false)},
    {.name = "scaled dot", .key = "scaled", .choices = ATTENTION(CHOICE_SCALED_DOT, false)},
    {.name = "squared distance", .key = "euclidean", .choices = ATTENTION(CHOICE_EUCLIDEAN, false)},
    {.name = "cosine", .key = "cosine", .choices = ATTENTION(CHOICE_COSINE, false)},
    {.name = "scaled dot, self masked",
     .key = "masked",
     .choices = ATTENTION(CHOICE_SCALED_DOT, true)},
    {.name = "proximity (chapter 1), h = 2", .key = "proximity", .choices = MEAN, .bandwidth = 2.0},
    {.name = "mean of the sentence", .key = "mean", .choices = MEAN},
    {.name = "scaled dot, masked, cured",
     .key = "masked_cured",
     .choices = CURED(CHOICE_SCALED_DOT, true),
     .is_special = true},
    {.name = "mean, cured", .key = "mean_cured", .choices = CURED_MEAN, .is_special = true},
};
enum { N_METHODS = sizeof(methods) / sizeof(methods[0]) };

/* y = sum_j w_j x_j / sum_j w_j with the Gaussian kernel of chapter 1 on the positions. */
static void proximity_output(word_attention *all, double bandwidth)
{
    size_t n = all->x->size1;
    gsl_matrix *weights = program_matrix(n, n);
    gsl_vector *positions = program_vector(n);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(positions, i, (double)i);
    }
    program_check(ref_proximity_weights(positions, positions, REF_GAUSSIAN, bandwidth, weights));
    program_check(ref_divide_by_sum(weights, weights));
    program_check(ref_reweight(weights, all->x, all->output));
    gsl_matrix_free(weights);
    gsl_vector_free(positions);
}

/* How much nearer to "river" than to "finance" the word "bank" of a sentence ends up. */
static double river_score(const settings *choices, const method *way, const char *text)
{
    settings own = way->choices;
    own.vectors = choices->vectors;
    const word_vectors *known = way->is_special ? choices->special : choices->vectors;
    word_attention all = attend_words(&own, known, text);
    int position = sentence_find(all.words, "bank");
    if (position == SENTENCE_NOT_FOUND) {
        program_fail("there is no 'bank' in '%s'", text);
    }
    if (way->bandwidth > 0.0) {
        proximity_output(&all, way->bandwidth);
    }
    gsl_vector_const_view y = gsl_matrix_const_row(all.output, (size_t)position);
    double score = cosine_to(known, &y.vector, "river") - cosine_to(known, &y.vector, "finance");
    free_words(&all);
    return score;
}

/* The share of pairs, one sentence of each kind, that are ranked right; ties count half. */
// [auc]
static double area_under_curve(const double *river, const double *money)
{
    double right = 0.0;
    for (size_t r = 0; r < N_RIVER_BANKS; r++) {
        for (size_t m = 0; m < N_MONEY_BANKS; m++) {
            right += river[r] > money[m] ? 1.0 : river[r] == money[m] ? 0.5 : 0.0;
        }
    }
    return right / (N_RIVER_BANKS * N_MONEY_BANKS);
}
// [auc]

static void measure(const settings *choices, const method *way, double *area, size_t *n_moved)
{
    double river[N_RIVER_BANKS], money[N_MONEY_BANKS];
    *n_moved = 0;
    for (size_t r = 0; r < N_RIVER_BANKS; r++) {
        river[r] = river_score(choices, way, river_banks[r]);
        *n_moved += river[r] > 0.0;
    }
    for (size_t m = 0; m < N_MONEY_BANKS; m++) {
        money[m] = river_score(choices, way, money_banks[m]);
    }
    *area = area_under_curve(river, money);
}

void show_against_mean(report *to, const settings *choices)
{
    static const char *const headings[] = {"bank becomes", "pairs ranked right", "nearer to river"};
    terminal_table *table = terminal_table_start(3, headings);
    for (size_t w = 0; w < N_METHODS; w++) {
        double area;
        size_t n_moved;
        measure(choices, &methods[w], &area, &n_moved);
        terminal_table_cell(table, FIGURE_CONTEXT, "%s", methods[w].name);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", area);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", n_moved);
        char name[64];
        snprintf(name, sizeof name, "auc_%s", methods[w].key);
        report_number(to, name, area);
    }
    terminal_heading(&to->out, "13. Against the mean");
    report_say(to,
               "%d sentences with a river's bank and %d with a bank for money. Of every pair, one "
               "of each kind, the river's bank should end up nearer to 'river' than to 'finance' "
               "by more than the other; half of the pairs are right by chance. The last column "
               "counts the river banks that do end up nearer to 'river'.",
               N_RIVER_BANKS, N_MONEY_BANKS);
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
    report_print(to, "\n");
    report_say(to, "cured: without stop words, and without what all vectors share.");
}
