/* One word, two sentences: does attention move "bank" towards what its sentence is about? */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>

/* A way to attend: which similarity, which cures, and how much of the word itself is kept. */
typedef struct {
    const char *name; /* for the table */
    const char *key;  /* for the page */
    int similarity;
    double keep;
    bool no_stop_words, mask_self, is_special;
} way;

static const way ways[] = {
    {"bank, alone", "alone", CHOICE_DOT, 1.0, false, false, false},
    {"dot", "dot", CHOICE_DOT, 0.0, false, false, false},
    {"squared distance", "euclidean", CHOICE_EUCLIDEAN, 0.0, false, false, false},
    {"scaled dot", "scaled", CHOICE_SCALED_DOT, 0.0, false, false, false},
    {"cosine", "cosine", CHOICE_COSINE, 0.0, false, false, false},
    {"scaled dot S", "no_stop", CHOICE_SCALED_DOT, 0.0, true, false, false},
    {"scaled dot S M", "masked", CHOICE_SCALED_DOT, 0.5, true, true, false},
    {"bank, alone R", "alone_special", CHOICE_DOT, 1.0, false, false, true},
    {"scaled dot S M R", "masked_special", CHOICE_SCALED_DOT, 0.5, true, true, true},
    {"cosine S R", "cosine_special", CHOICE_COSINE, 0.0, true, false, true},
};
enum { N_WAYS = sizeof(ways) / sizeof(ways[0]) };

typedef struct {
    const char *key, *text;
} story;

static const story stories[] = {
    {"river", "grass grew along the bank of the river near the water"},
    {"state", "State Bank of India"},
};

static word_attention attend_way(const settings *choices, const way *how, const char *text)
{
    settings own = {.similarity = how->similarity,
                    .temperature = 1.0,
                    .mask_self = how->mask_self,
                    .stop_words = how->no_stop_words ? 1 : 0,
                    .keep = how->keep,
                    .implementation = choices->implementation};
    return attend_words(&own, how->is_special ? choices->special : choices->vectors, text);
}

static void report_way(report *to, const story *tale, const way *how, const char *what,
                       double value)
{
    char name[96];
    snprintf(name, sizeof name, "%s_%s_%s", tale->key, how->key, what);
    report_number(to, name, value);
}

/* One line of the table: what "bank" gives to itself, and what it is near to afterwards. */
static void add_way(report *to, terminal_table *table, const story *tale, const way *how,
                    const word_attention *all, size_t i)
{
    char line[NEIGHBOURS_SIZE];
    gsl_vector_const_view y = gsl_matrix_const_row(all->output, i);
    double self = gsl_matrix_get(all->weights, i, i);
    double river = cosine_to(all->known, &y.vector, "river");
    double finance = cosine_to(all->known, &y.vector, "finance");
    write_neighbours(all->known, &y.vector, 3, line);
    terminal_table_cell(table, FIGURE_AUTO, "%s", how->name);
    terminal_table_cell(table, FIGURE_WEIGHT, "%.2f", self);
    terminal_table_cell(table, FIGURE_CONTEXT, "%.2f", river);
    terminal_table_cell(table, FIGURE_CONTEXT, "%.2f", finance);
    terminal_table_cell(table, FIGURE_AUTO, "%s", line);
    report_way(to, tale, how, "self", self);
    report_way(to, tale, how, "river", river);
    report_way(to, tale, how, "finance", finance);
}

static void show_story(report *to, const settings *choices, const story *tale)
{
    static const char *const headings[] = {"way", "self", "river", "finance", "nearest words"};
    terminal_table *table = terminal_table_start(5, headings);
    const char *names[N_WAYS];
    sentence *words = sentence_split(tale->text, NULL);
    gsl_matrix *rows = program_matrix(N_WAYS, words->n_tokens);
    size_t bank = (size_t)sentence_find(words, "bank");
    for (size_t w = 0; w < N_WAYS; w++) {
        word_attention all = attend_way(choices, &ways[w], tale->text);
        if (ways[w].keep == 1.0) { /* nothing is mixed in: all weight is on the word */
            gsl_matrix_set_identity(all.weights);
        }
        add_way(to, table, tale, &ways[w], &all, bank);
        hide_cells(all.bias, all.weights);
        gsl_vector_const_view p = gsl_matrix_const_row(all.weights, bank);
        gsl_matrix_set_row(rows, w, &p.vector);
        names[w] = ways[w].name;
        free_words(&all);
    }
    report_say(to, "\"%s\"", tale->text);
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
    char name[64];
    snprintf(name, sizeof name, "bank_%s", tale->key);
    report_heat_map(to, name,
                    &(figure_heat_map){.title = "What bank gives to each word of its sentence",
                                       .description = "One row a way to attend.",
                                       .row_title = "way",
                                       .row_labels = names,
                                       .col_labels = words->tokens,
                                       .cells = rows});
    sentence_free(words);
    gsl_matrix_free(rows);
}

/* The dot product of "bank" with another word, 0 if one of them is unknown. */
static double dot_with_bank(const word_vectors *known, const char *word)
{
    size_t bank = word_vectors_find(known, "bank"), other = word_vectors_find(known, word);
    double dot = 0.0;
    if (bank != WORD_VECTORS_UNKNOWN && other != WORD_VECTORS_UNKNOWN) {
        gsl_vector_const_view x = gsl_matrix_const_row(known->vectors, bank);
        gsl_vector_const_view y = gsl_matrix_const_row(known->vectors, other);
        gsl_blas_ddot(&x.vector, &y.vector, &dot);
    }
    return dot;
}

void show_bank(report *to, const settings *choices)
{
    terminal_heading(&to->out, "11. One word, two sentences");
    report_say(to,
               "What 'bank' becomes, and its cosine with 'river' and 'finance'. S: no stop "
               "words. M: itself masked, and half of it kept. R: what all vectors share is "
               "removed, their mean and the %d main directions.",
               N_COMMON);
    report_number(to, "n_common", N_COMMON);
    report_number(to, "bank_dot_bank", dot_with_bank(choices->vectors, "bank"));
    report_number(to, "bank_dot_the", dot_with_bank(choices->vectors, "the"));
    report_number(to, "bank_dot_river", dot_with_bank(choices->vectors, "river"));
    for (size_t s = 0; s < sizeof stories / sizeof stories[0]; s++) {
        report_print(to, "\n");
        show_story(to, choices, &stories[s]);
    }
}
