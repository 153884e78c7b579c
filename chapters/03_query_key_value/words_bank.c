/* One word, two sentences: what training makes of "bank". */
#include "chapters/03_query_key_value/words.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <string.h>

static const char *const sentences[] = {"She sat on the river bank .",
                                        "He works at the State Bank of India ."};

/* The first word that is bank, however it is written. */
static size_t find_bank(const corpus *words)
{
    size_t i = 0;
    while (i < words->n_tokens && strcmp(words->words[i] + 1, "ank") != 0) {
        i++;
    }
    if (i == words->n_tokens) {
        program_fail("there is no bank in the sentence");
    }
    return i;
}

/* Cosine of row i of a and row j of b. */
static double cosine(const gsl_matrix *a, size_t i, const gsl_matrix *b, size_t j)
{
    gsl_vector_const_view x = gsl_matrix_const_row(a, i), y = gsl_matrix_const_row(b, j);
    double product;
    gsl_blas_ddot(&x.vector, &y.vector, &product);
    return product / (gsl_blas_dnrm2(&x.vector) * gsl_blas_dnrm2(&y.vector));
}

static void draw_weights(report *to, const char *name, const char *title, const reading *one,
                         size_t bank)
{
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "One row and one column a word.",
                                       .row_labels = one->words->words,
                                       .col_labels = one->words->words,
                                       .cells = one->weights,
                                       .has_marked_row = true,
                                       .marked_row = bank});
    report_gap(to);
}

static void print_banks(report *to, const task *of, const reading *river, size_t i,
                        const reading *money, size_t j, double untrained)
{
    double alone = cosine(river->alone, i, money->alone, j);
    double together = cosine(river->together, i, money->together, j);
    report_say(to,
               "'bank' in \"%s\" and in \"%s\": by itself it is one vector, cosine %.3f. After "
               "attention the cosine is %.3f before training and %.3f after it.",
               sentences[0], sentences[1], alone, untrained, together);
    report_say(to, "The model says %s and %s.", best_tag(of, river, i), best_tag(of, money, j));
    report_number(to, "bank_cosine_alone", alone);
    report_measured(to, "bank_cosine_untrained", untrained, 1e-5);
    report_measured(to, "bank_cosine_trained", together, 1e-4);
    report_text(to, "bank_sense_river", best_tag(of, river, i));
    report_text(to, "bank_sense_money", best_tag(of, money, j));
}

void show_two_banks(report *to, const task *of, const tagged *one, const settings *choices)
{
    tagged before = tagged_new(of, choices, TAGGER_QUERY_KEY_VALUE);
    reading river = read_sentence(of, one->model, sentences[0]);
    reading money = read_sentence(of, one->model, sentences[1]);
    reading river_before = read_sentence(of, before.model, sentences[0]);
    reading money_before = read_sentence(of, before.model, sentences[1]);
    size_t i = find_bank(river.words), j = find_bank(money.words);
    report_gap(to);
    draw_weights(to, "bank_before", "Weights before training", &river_before, i);
    draw_weights(to, "bank_after", "Weights after training", &river, i);
    draw_weights(to, "bank_money_after", "Weights after training, the other bank", &money, j);
    print_banks(to, of, &river, i, &money, j,
                cosine(river_before.together, i, money_before.together, j));
    reading_free(&river);
    reading_free(&money);
    reading_free(&river_before);
    reading_free(&money_before);
    tagged_free(&before);
}

/* Whether a word can be asked for its tag: it had one in training, or all words there have. Most
 * words have no sense, and a model of senses was never told so. */
static bool has_tag(const task *of, const char *word)
{
    size_t ids[LEXICON_MAX_CHANNELS], n_tagged = 0;
    lexicon_ids(of->words, word, ids);
    for (size_t t = 0; t < of->training->n_tokens; t++) {
        bool is_tagged = of->training->tags[t] != NULL;
        n_tagged += is_tagged;
        if (is_tagged && ids[0] > 0 && of->train_text->features[0][t] == (int)ids[0]) {
            return true;
        }
    }
    return n_tagged == of->training->n_tokens;
}

void print_tags(report *to, const task *of, const tagged *one, const char *text)
{
    static const char *const headings[] = {"word", "tag", "looks most at"};
    reading mine = read_sentence(of, one->model, text);
    terminal_table *table = terminal_table_start(3, headings);
    for (size_t i = 0; i < mine.words->n_tokens; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(mine.weights, i);
        size_t most = gsl_vector_max_index(&row.vector);
        terminal_table_cell(table, FIGURE_QUERY, "%s", mine.words->words[i]);
        bool is_asked = has_tag(of, mine.words->words[i]);
        terminal_table_cell(table, is_asked ? FIGURE_CONTEXT : FIGURE_FAINT, "%s",
                            is_asked ? best_tag(of, &mine, i) : "-");
        terminal_table_cell(table, FIGURE_KEY, "%s", mine.words->words[most]);
    }
    report_gap(to);
    terminal_print_table(&to->out, table);
    reading_free(&mine);
}
