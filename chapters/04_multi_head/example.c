/* The running example through two heads: X -> heads -> side by side -> W_O, every number. */
#include "chapters/04_multi_head/example.h"
#include "chapters/04_multi_head/idea.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <math.h>
#include <stdio.h>

enum {
    N = EXAMPLE_N_TOKENS,
    D = EXAMPLE_D_MODEL,
    N_HEADS = EXAMPLE_N_HEADS,
    D_HEAD = EXAMPLE_D_HEAD,
    D_ALL = EXAMPLE_D_HEADS
};

/* ---- Every matrix ---------------------------------------------------------------------------- */

static void add_cells(terminal_table *table, figure_role role, const gsl_matrix *from, size_t row,
                      size_t first, size_t n)
{
    for (size_t c = first; c < first + n; c++) {
        terminal_table_cell(table, role, "%.3f", gsl_matrix_get(from, row, c));
    }
}

static void show_head(report *to, const example *of, size_t head)
{
    static const char *const headings[] = {"token", "Q", "", "K", "", "V", "", "P V", ""};
    const ref_query_key_value_cache *heads = &of->cache.heads;
    size_t first = head * D_HEAD;
    char name[32], title[64];
    terminal_table *table = terminal_table_start(9, headings);
    for (size_t i = 0; i < N; i++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[i]);
        add_cells(table, FIGURE_QUERY, heads->q, i, first, D_HEAD);
        add_cells(table, FIGURE_KEY, heads->k, i, first, D_HEAD);
        add_cells(table, FIGURE_VALUE, heads->v, i, first, D_HEAD);
        add_cells(table, FIGURE_CONTEXT, of->cache.concatenated, i, first, D_HEAD);
    }
    report_gap(to);
    report_say(to, "Head %zu: columns %zu and %zu of X W_Q, X W_K, X W_V, and what comes out.",
               head + 1, first + 1, first + 2);
    report_gap(to);
    terminal_print_table(&to->out, table);
    gsl_matrix_const_view weights = gsl_matrix_const_submatrix(heads->weights, head * N, 0, N, N);
    snprintf(name, sizeof name, "example_head%zu", head + 1);
    snprintf(title, sizeof title, "Weights P of head %zu", head + 1);
    report_gap(to);
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "Six words that look at each other.",
                                       .row_labels = example_tokens,
                                       .col_labels = example_tokens,
                                       .cells = &weights.matrix,
                                       .max = 1.0,
                                       .has_marked_row = true,
                                       .marked_row = EXAMPLE_BANK_TOKEN});
    snprintf(name, sizeof name, "bank_river_head%zu", head + 1);
    report_number(to, name, gsl_matrix_get(&weights.matrix, EXAMPLE_BANK_TOKEN, 4));
}

static void show_output(report *to, const example *of)
{
    static const char *const headings[] = {"token", "head 1", "",      "head 2",
                                           "",      "nature", "money", "grammar"};
    terminal_table *table = terminal_table_start(8, headings);
    for (size_t i = 0; i < N; i++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[i]);
        add_cells(table, FIGURE_VALUE, of->cache.concatenated, i, 0, D_ALL);
        add_cells(table, FIGURE_CONTEXT, of->output, i, 0, D);
    }
    report_gap(to);
    report_say(to, "Side by side, C = [head 1 | head 2], and Y = C W_O:");
    report_gap(to);
    terminal_print_table(&to->out, table);
    for (size_t c = 0; c < D; c++) {
        char name[32];
        snprintf(name, sizeof name, "bank_output_%zu", c);
        report_number(to, name, gsl_matrix_get(of->output, EXAMPLE_BANK_TOKEN, c));
    }
}

/* ---- Two identities -------------------------------------------------------------------------- */

static gsl_matrix *copied_columns(const gsl_matrix *all, size_t first)
{
    gsl_matrix_const_view view = gsl_matrix_const_submatrix(all, 0, first, all->size1, D_HEAD);
    gsl_matrix *copy = program_matrix(all->size1, D_HEAD);
    gsl_matrix_memcpy(copy, &view.matrix);
    return copy;
}

// [loop-over-copies]
/* One head as chapter 3 computes it, from copies of its columns of W_Q, W_K and W_V. */
static gsl_matrix *head_from_copies(const example *of, size_t head)
{
    const ref_query_key_value *all = &of->parameters.heads;
    size_t first = head * D_HEAD;
    ref_query_key_value own = {.weight_q = copied_columns(all->weight_q, first),
                               .weight_k = copied_columns(all->weight_k, first),
                               .weight_v = copied_columns(all->weight_v, first)};
    ref_query_key_value_cache cache = {program_matrix(N, D_HEAD), program_matrix(N, D_HEAD),
                                       program_matrix(N, D_HEAD), program_matrix(N, N)};
    gsl_matrix *output = program_matrix(N, D_HEAD);
    program_check(ref_query_key_value_forward(of->x, of->x, &own, 1.0 / sqrt((double)D_HEAD), NULL,
                                              &cache, output));
    // [loop-over-copies]
    gsl_matrix *const all_of_it[] = {own.weight_q, own.weight_k, own.weight_v, cache.q,
                                     cache.k,      cache.v,      cache.weights};
    for (size_t m = 0; m < sizeof all_of_it / sizeof all_of_it[0]; m++) {
        gsl_matrix_free(all_of_it[m]);
    }
    return output;
}

static void show_copies(report *to, const example *of)
{
    bool is_equal = true;
    for (size_t h = 0; h < N_HEADS; h++) {
        gsl_matrix *head = head_from_copies(of, h);
        gsl_matrix_const_view view =
            gsl_matrix_const_submatrix(of->cache.concatenated, 0, h * D_HEAD, N, D_HEAD);
        is_equal = is_equal && gsl_matrix_equal(head, &view.matrix) == 1;
        gsl_matrix_free(head);
    }
    if (!is_equal) {
        program_fail("heads from copies of their columns differ from heads as views");
    }
    report_gap(to);
    report_say(to, "A loop over heads with copies of their columns gives the same outputs as the "
                   "views, bit for bit.");
}

/* Y = sum_h head_h W_O^h, where W_O^h are the rows of W_O that belong to head h. */
static void show_sum(report *to, const example *of)
{
    gsl_matrix *sum = program_matrix(N, D);
    // [sum-of-heads]
    for (size_t h = 0; h < N_HEADS; h++) {
        gsl_matrix_const_view head =
            gsl_matrix_const_submatrix(of->cache.concatenated, 0, h * D_HEAD, N, D_HEAD);
        gsl_matrix_const_view rows =
            gsl_matrix_const_submatrix(of->parameters.weight_o, h * D_HEAD, 0, D_HEAD, D);
        gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, &head.matrix, &rows.matrix, 1.0, sum);
    }
    // [sum-of-heads]
    must_be_small(largest_difference(sum, of->output), 1e-15, "[head 1 | head 2] W_O and the sum");
    report_say(to, "The sum of head_h W_O^h over the heads is Y, to 1e-15: every head writes to "
                   "the output by itself.");
    gsl_matrix_free(sum);
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* W_Q, W_K, W_V (d x h d_k) and W_O (h d_k x d), with the biases that are wanted. */
static size_t count(size_t d, size_t n_heads, size_t d_head, bool has_bias_o)
{
    size_t d_heads = n_heads * d_head;
    return 3 * d * d_heads + d_heads * d + (has_bias_o ? d : 0);
}

static void show_counts(report *to)
{
    size_t one = count(D, 1, D_ALL, false), two = count(D, N_HEADS, D_HEAD, false);
    size_t gpt2 = count(768, 12, 64, true);
    report_gap(to);
    report_say(to,
               "Parameters: %zu with two heads of %d columns, %zu with one head of %d. In "
               "GPT-2's smallest model, d_model 768 and 12 heads of 64: %zu with the bias of "
               "W_O, and a single head of 768 columns has as many.",
               two, D_HEAD, one, D_ALL, gpt2);
    report_number(to, "example_parameters", (double)two);
    report_number(to, "example_parameters_one_head", (double)one);
    report_number(to, "gpt2_parameters", (double)gpt2);
}

void show_example(report *to, const settings *choices)
{
    (void)choices;
    example of = example_run();
    terminal_heading(&to->out, "2. Two heads by hand");
    draw_idea(to, of.x, &of.cache, of.output);
    report_say(to, "Six words X (6 x 3); W_Q, W_K and W_V are (3 x 4), two columns a head; W_O is "
                   "(4 x 3).");
    for (size_t h = 0; h < N_HEADS; h++) {
        show_head(to, &of, h);
    }
    show_output(to, &of);
    show_copies(to, &of);
    show_sum(to, &of);
    show_counts(to);
    example_free(&of);
}
