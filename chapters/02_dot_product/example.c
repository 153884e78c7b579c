/* The running example, once word by word in six steps and once as three matrix lines. */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"

#include <gsl/gsl_blas.h>
#include <math.h>

/* One query, one step after the other; weights is (n), output is (d_v). */
static void six_steps(const gsl_vector *q, const gsl_matrix *k, const gsl_matrix *v,
                      gsl_vector *weights, gsl_vector *output)
{
    // [six-steps]
    /* 1 compare */
    gsl_blas_dgemv(CblasNoTrans, 1.0, k, q, 0.0, weights);
    /* 2 scale */
    gsl_vector_scale(weights, 1.0 / sqrt((double)q->size));
    /* 3 subtract the largest */
    gsl_vector_add_constant(weights, -gsl_vector_max(weights));
    /* 4 exponentials */
    for (size_t j = 0; j < weights->size; j++) {
        double *w = gsl_vector_ptr(weights, j);
        *w = exp(*w);
    }
    /* 5 divide by the sum */
    gsl_vector_scale(weights, 1.0 / gsl_vector_sum(weights));
    /* 6 mix the values */
    gsl_blas_dgemv(CblasTrans, 1.0, v, weights, 0.0, output);
    // [six-steps]
}

static void attend_word_by_word(const gsl_matrix *x, gsl_matrix *weights, gsl_matrix *output)
{
    for (size_t i = 0; i < x->size1; i++) {
        gsl_vector_const_view q = gsl_matrix_const_row(x, i);
        gsl_vector_view p = gsl_matrix_row(weights, i);
        gsl_vector_view y = gsl_matrix_row(output, i);
        six_steps(&q.vector, x, x, &p.vector, &y.vector);
    }
}

static void print_outputs(report *to, const gsl_matrix *x, const gsl_matrix *output)
{
    static const char *const headings[] = {"token",   "nature",  "money",  "grammar",
                                           "becomes", "nature ", "money ", "grammar "};
    terminal_table *table = terminal_table_start(8, headings);
    for (size_t i = 0; i < x->size1; i++) {
        terminal_table_cell(table, FIGURE_VALUE, "%s", example_tokens[i]);
        for (size_t p = 0; p < 3; p++) {
            terminal_table_cell(table, FIGURE_VALUE, "%.2f", gsl_matrix_get(x, i, p));
        }
        terminal_table_cell(table, FIGURE_FAINT, "->");
        for (size_t p = 0; p < 3; p++) {
            terminal_table_cell(table, FIGURE_CONTEXT, "%.3f", gsl_matrix_get(output, i, p));
        }
    }
    terminal_print_table(&to->out, table);
}

static void draw_maps(report *to, const gsl_matrix *scores, const gsl_matrix *weights)
{
    figure_heat_map map = {.title = "Scores: how alike, divided by the square root of 3",
                           .description = "Six rows and six columns, one for each word.",
                           .cell_title = "score",
                           .row_labels = example_tokens,
                           .col_labels = example_tokens,
                           .cells = scores,
                           .has_marked_row = true,
                           .marked_row = EXAMPLE_BANK_TOKEN};
    report_heat_map(to, "example_scores", &map);
    map.title = "Weights: the softmax of each row";
    map.cell_title = "weight";
    map.cells = weights;
    map.scores = scores;
    report_heat_map(to, "example_weights", &map);
}

void show_example(report *to, const settings *choices)
{
    (void)choices;
    enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };
    gsl_matrix *x = example_matrix();
    gsl_matrix *scores = program_matrix(N, N);
    gsl_matrix *weights = program_matrix(N, N), *slow_weights = program_matrix(N, N);
    gsl_matrix *output = program_matrix(N, D), *slow_output = program_matrix(N, D);
    double scale = 1.0 / sqrt((double)D);
    attend_word_by_word(x, slow_weights, slow_output);
    program_check(ref_attention_scores(x, x, REF_DOT, scale, NULL, scores));
    program_check(ref_attention_forward(x, x, x, REF_DOT, scale, NULL, weights, output));

    terminal_heading(&to->out, "3. The running example");
    draw_idea(to);
    draw_maps(to, scores, weights);
    report_print(to, "\n");
    report_say(to, "Each word becomes the mixture that its row of weights says:");
    report_print(to, "\n");
    print_outputs(to, x, output);
    double difference =
        fmax(largest_difference(weights, slow_weights), largest_difference(output, slow_output));
    must_be_small(difference, 1e-14, "the six steps and the matrix form");
    report_print(to, "\n");
    report_say(to, "Six steps a word and three matrix lines give the same numbers: the difference "
                   "is below 1e-14.");
    report_number(to, "bank_self_weight", gsl_matrix_get(weights, EXAMPLE_BANK_TOKEN, 5));
    report_number(to, "bank_river_weight", gsl_matrix_get(weights, EXAMPLE_BANK_TOKEN, 4));
    gsl_vector_const_view bank_scores = gsl_matrix_const_row(scores, EXAMPLE_BANK_TOKEN);
    report_number(to, "bank_lowest_score", gsl_vector_min(&bank_scores.vector));
    report_number(to, "bank_highest_score", gsl_vector_max(&bank_scores.vector));
    report_number(to, "bank_nature_after", gsl_matrix_get(output, EXAMPLE_BANK_TOKEN, 0));
    report_number(to, "bank_money_after", gsl_matrix_get(output, EXAMPLE_BANK_TOKEN, 1));
    gsl_matrix_free(x);
    gsl_matrix_free(scores);
    gsl_matrix_free(weights);
    gsl_matrix_free(slow_weights);
    gsl_matrix_free(output);
    gsl_matrix_free(slow_output);
}
