/* Divide by the sum, and how it breaks: scores of both signs, and a sum that comes near 0. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>

enum { N_SHARES = 5, N_CURVE = 41 };

/* ---- The running example, with its mean taken out step by step ------------------------------- */

/* The mean of the rows, (d). */
static gsl_vector *mean_row(const gsl_matrix *x)
{
    gsl_vector *mean = program_vector(x->size2);
    for (size_t i = 0; i < x->size1; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(x, i);
        gsl_vector_add(mean, &row.vector);
    }
    gsl_vector_scale(mean, 1.0 / (double)x->size1);
    return mean;
}

/* x_i - share * mean, one row a token */
static void take_out(gsl_matrix *x, const gsl_vector *mean, double share)
{
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t c = 0; c < x->size2; c++) {
            double value = gsl_matrix_get(x, i, c) - share * gsl_vector_get(mean, c);
            gsl_matrix_set(x, i, c, value);
        }
    }
}

/* What divide-by-sum makes of the row of 'bank'. */
typedef struct {
    double sum;     /* of the scores */
    double largest; /* |weight| */
    double nature;  /* first number of the output */
} broken_row;

static broken_row divide_bank(double share)
{
    gsl_matrix *x = example_matrix();
    gsl_vector *mean = mean_row(x);
    take_out(x, mean, share);
    gsl_matrix *weights = dot_weights(x);
    gsl_vector_view row = gsl_matrix_row(weights, EXAMPLE_BANK_TOKEN);
    broken_row result = {.sum = gsl_vector_sum(&row.vector)};
    program_check(ref_divide_by_sum(weights, weights));
    gsl_matrix *output = reweighted(weights, x);
    result.largest = GSL_MAX(gsl_vector_max(&row.vector), -gsl_vector_min(&row.vector));
    result.nature = gsl_matrix_get(output, EXAMPLE_BANK_TOKEN, 0);
    gsl_matrix_free(output);
    gsl_matrix_free(weights);
    gsl_vector_free(mean);
    gsl_matrix_free(x);
    return result;
}

static void print_shares(report *to)
{
    static const double shares[N_SHARES] = {0.0, 0.5, 0.9, 0.99, 0.999};
    static const char *const headings[] = {"mean taken out", "sum of row", "largest weight",
                                           "nature"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t i = 0; i < N_SHARES; i++) {
        broken_row row = divide_bank(shares[i]);
        terminal_table_cell(table, FIGURE_AUTO, "%.1f %%", 100.0 * shares[i]);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", row.sum);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.2f", row.largest);
        terminal_table_cell(table, FIGURE_CONTEXT, "%.2f", row.nature);
        char name[64];
        snprintf(name, sizeof name, "broken_weight_%zu", i);
        report_number(to, name, row.largest);
        snprintf(name, sizeof name, "broken_nature_%zu", i);
        report_number(to, name, row.nature);
    }
    terminal_print_table(&to->out, table);
}

static void draw_explosion(const report *to)
{
    gsl_vector *left = program_vector(N_CURVE);
    gsl_vector *largest = program_vector(N_CURVE);
    for (size_t i = 0; i < N_CURVE; i++) {
        double share_left = pow(10.0, -4.0 * (double)i / (N_CURVE - 1));
        gsl_vector_set(left, i, share_left);
        gsl_vector_set(largest, i, divide_bank(1.0 - share_left).largest);
    }
    figure_series series[] = {
        {.name = "largest weight of the row", .role = FIGURE_WEIGHT, .x = left, .y = largest}};
    report_plot(to, "division",
                &(figure_plot){.title = "The nearer the sum comes to 0, the larger the weights",
                               .description = "A line that rises to the left without end.",
                               .x_label = "share of the mean that is left in",
                               .y_label = "largest |weight|",
                               .series = series,
                               .n_series = 1,
                               .is_log_x = true,
                               .is_log_y = true});
    gsl_vector_free(left);
    gsl_vector_free(largest);
}

/* ---- Real words ------------------------------------------------------------------------------ */

static const char fbi_text[] = "The FBI is chasing a criminal";
static const char fbi_query[] = "chasing";

/* One line a key. */
static void print_division(const report *to, const sentence *words, const gsl_vector *raw,
                           const gsl_vector *centred, const gsl_vector *weights)
{
    static const char *const headings[] = {"key", "raw score", "centred", "weight"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t j = 0; j < words->n_tokens; j++) {
        terminal_table_cell(table, FIGURE_KEY, "%s", words->tokens[j]);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f", gsl_vector_get(raw, j));
        terminal_table_cell(table, FIGURE_AUTO, "%.2f", gsl_vector_get(centred, j));
        /* + 0.0 turns the -0 of a score of 0 divided by a negative sum into 0 */
        terminal_table_cell(table, FIGURE_WEIGHT, "%.2f", gsl_vector_get(weights, j) + 0.0);
    }
    terminal_print_table(&to->out, table);
}

/* A word without a vector stays at zero; it has nothing to take the mean out of. */
static void clear_unknown(gsl_matrix *x, const sentence *words, const word_vectors *vectors)
{
    for (size_t i = 0; i < words->n_tokens; i++) {
        if (word_vectors_find(vectors, words->tokens[i]) == WORD_VECTORS_UNKNOWN) {
            gsl_vector_view row = gsl_matrix_row(x, i);
            gsl_vector_set_zero(&row.vector);
        }
    }
}

/* The centred scores of the query with all other words, and what divide-by-sum makes of them. */
static void centre_and_divide(const sentence *words, size_t query, const word_vectors *vectors,
                              gsl_vector *scores, gsl_matrix *weights)
{
    gsl_matrix *x = sentence_matrix(words, vectors);
    gsl_vector *mean = mean_row(vectors->vectors);
    take_out(x, mean, 1.0);
    clear_unknown(x, words, vectors);
    gsl_matrix *all = dot_weights(x);
    gsl_matrix_get_row(scores, all, query);
    gsl_vector_set(scores, query, 0.0);
    gsl_matrix_set_row(weights, 0, scores);
    program_check(ref_divide_by_sum(weights, weights));
    gsl_matrix_free(all);
    gsl_vector_free(mean);
    gsl_matrix_free(x);
}

static void conclude(report *to, const sentence *words, const gsl_vector *scores,
                     const gsl_vector *weights)
{
    size_t preferred = gsl_vector_max_index(weights), least = gsl_vector_min_index(scores);
    report_gap(to);
    report_say(to,
               "The sum is %.2f. The largest weight, %.2f, goes to '%s'; the smallest score was "
               "that of '%s'.",
               gsl_vector_sum(scores), gsl_vector_get(weights, preferred), words->tokens[preferred],
               words->tokens[least]);
    report_number(to, "fbi_sum", gsl_vector_sum(scores));
    report_text(to, "fbi_preferred", words->tokens[preferred]);
    for (size_t j = 0; j < words->n_tokens; j++) {
        char name[300];
        snprintf(name, sizeof name, "fbi_%s", words->tokens[j]);
        report_number(to, name, gsl_vector_get(weights, j));
    }
}

static void break_real_words(report *to, const word_vectors *vectors)
{
    terminal_heading(&to->out, "The order turned around");
    if (word_vectors_find(vectors, fbi_query) == WORD_VECTORS_UNKNOWN) {
        report_say(to, "Left out, for these vectors do not know '%s'.", fbi_query);
        return;
    }
    sentence *words = split_or_fail(fbi_text);
    size_t query = query_position(words, fbi_query);
    gsl_matrix *x = sentence_matrix(words, vectors);
    gsl_matrix *raw = dot_weights(x);
    gsl_vector *scores = program_vector(words->n_tokens);
    gsl_matrix *weights = program_matrix(1, words->n_tokens);
    centre_and_divide(words, query, vectors, scores, weights);

    report_say(to, "'%s', row '%s': the mean of all words taken out, the word itself left out:",
               fbi_text, fbi_query);
    gsl_vector_view raw_row = gsl_matrix_row(raw, query);
    gsl_vector_view row = gsl_matrix_row(weights, 0);
    print_division(to, words, &raw_row.vector, scores, &row.vector);
    conclude(to, words, scores, &row.vector);
    gsl_matrix_free(weights);
    gsl_vector_free(scores);
    gsl_matrix_free(raw);
    gsl_matrix_free(x);
    sentence_free(words);
}

void show_division(report *to, const settings *choices)
{
    report_say(to, "The running example, with more and more of the mean of its tokens taken out of "
                   "each of them. The row of 'bank':");
    print_shares(to);
    terminal_heading(&to->out, "The largest weight");
    draw_explosion(to);
    report_say(to,
               "With all of it taken out the sum is 0: what is left is a division by rounding.");
    break_real_words(to, choices->vectors);
}
