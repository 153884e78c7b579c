/* One look by hand: scores, weights, context, attentional state, next word, every number; and the
 * same look when the word that decides is hidden. */
#include "chapters/05_sequence_to_sequence/example.h"

#include "chapters/05_sequence_to_sequence/step_picture.h"
#include "chapters/common/program/program.h"
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL, RIVER = 4, BANK = EXAMPLE_BANK_TOKEN };
enum { KINARE = 1, BAINK = 2 };

static const char *const columns[D] = {"nature", "money", "grammar"};
static const char *const outputs[EXAMPLE_D_OUTPUT] = {"a place", "a thing"};

/* ---- Scores and weights ---------------------------------------------------------------------- */

static void print_score(report *to, const example *of, size_t token)
{
    char sum[128];
    gsl_vector_const_view h = gsl_matrix_const_row(of->h, 0);
    gsl_vector_const_view m = gsl_matrix_const_row(of->memory, token);
    write_products(sum, sizeof sum, &h.vector, 0, &m.vector);
    report_say(to, "  %s: h.m = %s = %.1f", example_tokens[token], sum,
               gsl_matrix_get(of->scores, 0, token));
}

static void print_weights(report *to, const example *of)
{
    static const char *const headings[] = {"token", "nature", "money", "grammar",
                                           "score", "e^s",    "weight"};
    terminal_table *table = terminal_table_start(7, headings);
    double sum = 0.0;
    for (size_t j = 0; j < N; j++) {
        double s = gsl_matrix_get(of->scores, 0, j);
        sum += exp(s);
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[j]);
        for (size_t c = 0; c < D; c++) {
            terminal_table_cell(table, FIGURE_KEY, "%.1f", gsl_matrix_get(of->memory, j, c));
        }
        terminal_table_cell(table, FIGURE_AUTO, "%.1f", s);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", exp(s));
        terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", gsl_matrix_get(of->weights, 0, j));
    }
    report_gap(to);
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(to,
               "(5.10) weights: e^s over the sum of all, %.3f. None of them is large enough to "
               "take the largest score off first, as chapter 2 does.",
               sum);
}

/* ---- Context, attentional state, next word --------------------------------------------------- */

static void print_context(report *to, const example *of)
{
    report_say(to, "(5.10) context c = p M:");
    for (size_t c = 0; c < D; c++) {
        char sum[160];
        gsl_vector_const_view p = gsl_matrix_const_row(of->weights, 0);
        gsl_vector_const_view m = gsl_matrix_const_column(of->memory, c);
        write_products(sum, sizeof sum, &p.vector, 3, &m.vector);
        report_say(to, "  %s = %s = %.3f", columns[c], sum, gsl_matrix_get(of->context, 0, c));
    }
}

static void print_attentional(report *to, const example *of)
{
    gsl_matrix_const_view weight =
        gsl_matrix_const_view_array(&example_weight_c[0][0], EXAMPLE_D_JOINED, EXAMPLE_D_OUTPUT);
    gsl_vector_const_view joined = gsl_matrix_const_row(of->joined, 0);
    report_gap(to);
    report_say(to, "(5.13) attentional state: context and question side by side, [c; h] (1 x 6), "
                   "then h~ = tanh([c; h] W_c) (1 x 2):");
    for (size_t c = 0; c < EXAMPLE_D_OUTPUT; c++) {
        char sum[192];
        gsl_vector_const_view w = gsl_matrix_const_column(&weight.matrix, c);
        double value = gsl_matrix_get(of->attentional, 0, c);
        write_products(sum, sizeof sum, &joined.vector, 3, &w.vector);
        report_say(to, "  %s = tanh(%s) = tanh(%.3f) = %.3f", outputs[c], sum, atanh(value), value);
    }
}

static void print_words(report *to, const example *of, const example *without_river)
{
    static const char *const headings[] = {"next word", "meaning", "logit", "probability",
                                           "river hidden"};
    terminal_table *table = terminal_table_start(5, headings);
    for (size_t w = 0; w < EXAMPLE_N_WORDS; w++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_words[w]);
        terminal_table_cell(table, FIGURE_FAINT, "%s", example_meanings[w]);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", gsl_matrix_get(of->logits, 0, w));
        terminal_table_cell(table, FIGURE_CONTEXT, "%.3f", gsl_matrix_get(of->probabilities, 0, w));
        terminal_table_cell(table, FIGURE_FAINT, "%.3f",
                            gsl_matrix_get(without_river->probabilities, 0, w));
    }
    report_gap(to);
    report_say(to, "(5.14) logits = h~ W_y + b_y, and their softmax. In the last column the same "
                   "state asks, and a mask hides river from it:");
    report_gap(to);
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(
        to,
        "With the river in sight there is more nature than money in the context, %.2f to "
        "%.2f, and bank is %s. Without it, %.2f to %.2f, and bank is %s.",
        gsl_matrix_get(of->context, 0, 0), gsl_matrix_get(of->context, 0, 1),
        example_words[gsl_matrix_get(of->probabilities, 0, KINARE) > 0.5 ? KINARE : BAINK],
        gsl_matrix_get(without_river->context, 0, 0), gsl_matrix_get(without_river->context, 0, 1),
        example_words[gsl_matrix_get(without_river->probabilities, 0, BAINK) > 0.5 ? BAINK
                                                                                   : KINARE]);
}

/* ---- The part -------------------------------------------------------------------------------- */

static void report_numbers(report *to, const example *of, const example *without_river)
{
    report_number(to, "look_weight_river", gsl_matrix_get(of->weights, 0, RIVER));
    report_number(to, "look_weight_bank", gsl_matrix_get(of->weights, 0, BANK));
    report_number(to, "look_nature", gsl_matrix_get(of->context, 0, 0));
    report_number(to, "look_money", gsl_matrix_get(of->context, 0, 1));
    report_number(to, "look_grammar", gsl_matrix_get(of->context, 0, 2));
    report_number(to, "look_place", gsl_matrix_get(of->attentional, 0, 0));
    report_number(to, "look_thing", gsl_matrix_get(of->attentional, 0, 1));
    report_number(to, "look_kinare", gsl_matrix_get(of->probabilities, 0, KINARE));
    report_number(to, "look_baink", gsl_matrix_get(of->probabilities, 0, BAINK));
    report_number(to, "hidden_nature", gsl_matrix_get(without_river->context, 0, 0));
    report_number(to, "hidden_money", gsl_matrix_get(without_river->context, 0, 1));
    report_number(to, "hidden_kinare", gsl_matrix_get(without_river->probabilities, 0, KINARE));
    report_number(to, "hidden_baink", gsl_matrix_get(without_river->probabilities, 0, BAINK));
}

void show_example(report *to, const settings *choices)
{
    (void)choices;
    example of = example_run(EXAMPLE_NONE_HIDDEN), without_river = example_run(RIVER);
    terminal_heading(&to->out, "One look by hand");
    draw_idea(to, &of);
    report_say(to, "She sat on the river bank; in Hindi, vah nadi kinare baithi: she, river, at "
                   "the bank, sat. The decoder has written vah nadi and is in the state h = (1, 2, "
                   "-1): nature, more of money, and no grammar. (A real state lies between -1 and "
                   "1; whole numbers are easier to follow.) It asks six states that the encoder "
                   "has left, M (6 x 3).");
    report_gap(to);
    report_say(to, "(5.8) dot: the score of a state is h.m, two of them in full:");
    print_score(to, &of, RIVER);
    print_score(to, &of, BANK);
    print_weights(to, &of);
    report_gap(to);
    print_context(to, &of);
    print_attentional(to, &of);
    print_words(to, &of, &without_river);
    report_numbers(to, &of, &without_river);
    show_other_scores(to);
    example_free(&of);
    example_free(&without_river);
}
