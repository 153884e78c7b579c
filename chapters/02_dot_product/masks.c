/* What a query may see. Padding, the future, and where a causal mask starts when there are
 * fewer queries than keys. */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/softmax.h"

#include <gsl/gsl_math.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

/* Set a weight to 0 after the softmax wherever the key is hidden; divide by what is left, or not. */
// [mask-after]
static void mask_after(const gsl_matrix *hidden, bool renormalise, gsl_matrix *weights)
{
    for (size_t i = 0; i < weights->size1; i++) {
        gsl_vector_view p = gsl_matrix_row(weights, i);
        for (size_t j = 0; j < weights->size2; j++) {
            if (gsl_matrix_get(hidden, i, j) == -INFINITY) {
                gsl_vector_set(&p.vector, j, 0.0);
            }
        }
        if (renormalise) {
            gsl_vector_scale(&p.vector, 1.0 / gsl_vector_sum(&p.vector));
        }
    }
}
// [mask-after]

static void print_before_and_after(report *to, const gsl_matrix *before, const gsl_matrix *after,
                                   const gsl_matrix *forgotten)
{
    static const char *const headings[] = {"token", "masked before", "after, divided",
                                           "after, not divided"};
    terminal_table *table = terminal_table_start(4, headings);
    report_say(to, "What the rows add up to, with the mask before the softmax and after it:");
    report_print(to, "\n");
    for (size_t i = 0; i < N; i++) {
        const gsl_matrix *const each[] = {before, after, forgotten};
        terminal_table_cell(table, FIGURE_QUERY, "%s", example_tokens[i]);
        for (size_t c = 0; c < 3; c++) {
            gsl_vector_const_view row = gsl_matrix_const_row(each[c], i);
            terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", gsl_vector_sum(&row.vector));
        }
    }
    terminal_print_table(&to->out, table);
    report_print(to, "\n");
    report_say(to, "Masked before, and masked after and divided: equal to 1e-15: %s",
               largest_difference(before, after) < 1e-15 ? "yes" : "no");
    report_say(to, "Masked after and not divided: largest difference %.3f",
               largest_difference(before, forgotten));
    report_number(to, "mask_forgotten_difference", largest_difference(before, forgotten));
}

static void show_causal(report *to, const gsl_matrix *x, double scale)
{
    gsl_matrix *before = program_matrix(N, N), *scores = program_matrix(N, N);
    gsl_matrix *after = program_matrix(N, N), *forgotten = program_matrix(N, N);
    const ref_mask causal = {.causal = true};
    program_check(ref_attention_scores(x, x, REF_DOT, scale, &causal, scores));
    program_check(ref_softmax_forward(scores, before));
    figure_heat_map map = {.title = "Causal: a word sees itself and what stands before it",
                           .description = "A triangle of weights; those above it are 0.",
                           .row_labels = example_tokens,
                           .col_labels = example_tokens,
                           .cells = before,
                           .scores = scores};
    gsl_matrix *cells = program_matrix(N, N);
    gsl_matrix_memcpy(cells, before);
    hide_cells(scores, cells);
    map.cells = cells;
    report_heat_map(to, "causal_weights", &map);
    gsl_matrix_free(cells);

    gsl_matrix *all = program_matrix(N, N);
    program_check(ref_attention_scores(x, x, REF_DOT, scale, NULL, all));
    program_check(ref_softmax_forward(all, after));
    gsl_matrix_memcpy(forgotten, after);
    mask_after(scores, true, after);
    mask_after(scores, false, forgotten);
    report_print(to, "\n");
    print_before_and_after(to, before, after, forgotten);
    gsl_matrix_free(before);
    gsl_matrix_free(scores);
    gsl_matrix_free(after);
    gsl_matrix_free(forgotten);
    gsl_matrix_free(all);
}

/* "she sat on the", padded to six rows with numbers that would ruin everything if they were seen. */
static void show_padding(report *to, const gsl_matrix *x, double scale)
{
    const size_t length = 4;
    gsl_matrix *padded = program_matrix(N, D);
    gsl_matrix_memcpy(padded, x);
    gsl_matrix_view padding = gsl_matrix_submatrix(padded, length, 0, N - length, D);
    gsl_matrix_set_all(&padding.matrix, 1e30);
    gsl_matrix_const_view alone = gsl_matrix_const_submatrix(x, 0, 0, length, D);
    gsl_matrix_const_view queries = gsl_matrix_const_submatrix(padded, 0, 0, length, D);
    gsl_matrix *weights = program_matrix(length, N), *output = program_matrix(length, D);
    gsl_matrix *weights_alone = program_matrix(length, length);
    gsl_matrix *output_alone = program_matrix(length, D);
    const ref_mask mask = {.key_length = &length};
    program_check(ref_attention_forward(&queries.matrix, padded, padded, REF_DOT, scale, &mask,
                                        weights, output));
    program_check(ref_attention_forward(&alone.matrix, &alone.matrix, &alone.matrix, REF_DOT, scale,
                                        NULL, weights_alone, output_alone));
    report_print(to, "\n");
    report_say(to,
               "Padding: four words, and two rows of padding that hold 1e30. The padding is "
               "hidden: the four outputs differ from those without padding by %.3g.",
               largest_difference(output, output_alone));
    report_number(to, "padding_difference", largest_difference(output, output_alone));
    gsl_matrix_free(padded);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
    gsl_matrix_free(weights_alone);
    gsl_matrix_free(output_alone);
}

/* Two queries, six keys. Aligned at the top left, query 0 sees key 0 only. */
static void hide_from_top_left(gsl_matrix *bias)
{
    gsl_matrix_set_zero(bias);
    for (size_t i = 0; i < bias->size1; i++) {
        for (size_t j = i + 1; j < bias->size2; j++) {
            gsl_matrix_set(bias, i, j, -INFINITY);
        }
    }
}

/* The last two words ask, under one kind of mask; returns how far they are from the rows that the
 * whole causal attention has for them. */
static double ask_last_two(report *to, const gsl_matrix *x, double scale, const ref_mask *mask,
                           const gsl_matrix *expected, const char *name, const char *title)
{
    static const char *const rows[] = {"river", "bank"};
    gsl_matrix_const_view last = gsl_matrix_const_submatrix(x, N - 2, 0, 2, D);
    gsl_matrix *weights = program_matrix(2, N), *output = program_matrix(2, D);
    gsl_matrix *scores = program_matrix(2, N);
    program_check(ref_attention_forward(&last.matrix, x, x, REF_DOT, scale, mask, weights, output));
    program_check(ref_attention_scores(&last.matrix, x, REF_DOT, scale, mask, scores));
    hide_cells(scores, weights);
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "Two rows of six weights, some hidden.",
                                       .row_labels = rows,
                                       .col_labels = example_tokens,
                                       .cells = weights});
    double difference = largest_difference(output, expected);
    gsl_matrix_free(scores);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
    return difference;
}

/* A decoder has the whole sentence as keys and asks for its last two words only. */
static void show_alignment(report *to, const gsl_matrix *x, double scale)
{
    gsl_matrix *weights = program_matrix(N, N), *output = program_matrix(N, D);
    gsl_matrix *bias = program_matrix(2, N);
    hide_from_top_left(bias);
    const ref_mask bottom_right = {.causal = true}, top_left = {.bias = bias};
    program_check(ref_attention_forward(x, x, x, REF_DOT, scale, &bottom_right, weights, output));
    gsl_matrix_const_view expected = gsl_matrix_const_submatrix(output, N - 2, 0, 2, D);

    report_print(to, "\n");
    report_say(to, "The last two words ask, all six are keys. Where does the triangle start?");
    double right =
        ask_last_two(to, x, scale, &bottom_right, &expected.matrix, "causal_bottom_right",
                     "Aligned at the bottom right (this course, FlashAttention since 2.1)");
    double left = ask_last_two(to, x, scale, &top_left, &expected.matrix, "causal_top_left",
                               "Aligned at the top left (PyTorch's is_causal)");
    report_print(to, "\n");
    report_say(to,
               "Difference from the last two rows of the whole causal attention: bottom right "
               "%.3f, top left %.3f.",
               right, left);
    report_number(to, "top_left_difference", left);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
    gsl_matrix_free(bias);
}

void show_masks(report *to, const settings *choices)
{
    (void)choices;
    gsl_matrix *x = example_matrix();
    double scale = 1.0 / sqrt((double)D);
    terminal_heading(&to->out, "4. Masks");
    show_causal(to, x, scale);
    show_padding(to, x, scale);
    show_alignment(to, x, scale);
    gsl_matrix_free(x);
}
