/* The running example: six words through W_Q, W_K and W_V, every matrix on the way. */
#include "chapters/03_query_key_value/example.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

/* ---- By loops, to be compared with the matrix form ------------------------------------------- */

/* x_i W, column c */
static double project(const example *of, size_t i, const gsl_matrix *weight, size_t c)
{
    double sum = 0.0;
    for (size_t p = 0; p < of->x->size2; p++) {
        sum += gsl_matrix_get(of->x, i, p) * gsl_matrix_get(weight, p, c);
    }
    return sum;
}

/* Y_ic, with nothing but loops */
static double output_by_loops(const example *of, size_t i, size_t c)
{
    const ref_query_key_value *w = &of->parameters;
    double sum = 0.0, mixture = 0.0;
    for (size_t j = 0; j < N; j++) {
        double score = 0.0;
        for (size_t p = 0; p < EXAMPLE_D_K; p++) {
            score += project(of, i, w->weight_q, p) * project(of, j, w->weight_k, p);
        }
        double e = exp(score * of->scale);
        sum += e;
        mixture += e * project(of, j, w->weight_v, c);
    }
    return mixture / sum;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void print_shapes(report *to)
{
    static const char *const headings[] = {"step", "formula", "shapes", "result"};
    static const char *const rows[][4] = {
        {"(3.1) queries", "Q = X W_Q", "(6 x 3)(3 x 2)", "(6 x 2)"},
        {"(3.2) keys", "K = X W_K", "(6 x 3)(3 x 2)", "(6 x 2)"},
        {"(3.3) values", "V = X W_V", "(6 x 3)(3 x 2)", "(6 x 2)"},
        {"(3.4) scores", "S = scale Q K^T", "(6 x 2)(2 x 6)", "(6 x 6)"},
        {"(3.5) weights", "P = softmax(S)", "row by row", "(6 x 6)"},
        {"(3.6) output", "Y = P V", "(6 x 6)(6 x 2)", "(6 x 2)"},
    };
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        for (size_t c = 0; c < 4; c++) {
            terminal_table_cell(table, FIGURE_AUTO, "%s", rows[r][c]);
        }
    }
    terminal_print_table(&to->out, table);
}

static void print_weight_matrices(report *to, const example *of)
{
    static const char *const headings[] = {"",      "W_Q 0", "W_Q 1", "W_K 0",
                                           "W_K 1", "W_V 0", "W_V 1"};
    static const char *const columns[D] = {"nature", "money", "grammar"};
    const ref_query_key_value *w = &of->parameters;
    terminal_table *table = terminal_table_start(7, headings);
    for (size_t p = 0; p < D; p++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", columns[p]);
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_QUERY, "%.1f", gsl_matrix_get(w->weight_q, p, c));
        }
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_KEY, "%.1f", gsl_matrix_get(w->weight_k, p, c));
        }
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_VALUE, "%.1f", gsl_matrix_get(w->weight_v, p, c));
        }
    }
    terminal_print_table(&to->out, table);
}

static void print_projections(report *to, const example *of)
{
    static const char *const headings[] = {"token", "x 0", "x 1", "x 2", "q 0",
                                           "q 1",   "k 0", "k 1", "v 0", "v 1"};
    terminal_table *table = terminal_table_start(10, headings);
    for (size_t i = 0; i < N; i++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[i]);
        for (size_t p = 0; p < D; p++) {
            terminal_table_cell(table, FIGURE_AUTO, "%.1f", gsl_matrix_get(of->x, i, p));
        }
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_QUERY, "%.2f", gsl_matrix_get(of->cache.q, i, c));
        }
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_KEY, "%.2f", gsl_matrix_get(of->cache.k, i, c));
        }
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_VALUE, "%.2f", gsl_matrix_get(of->cache.v, i, c));
        }
    }
    terminal_print_table(&to->out, table);
}

static void print_outputs(report *to, const example *of)
{
    static const char *const headings[] = {"token",   "nature",  "money",
                                           "becomes", "nature ", "money "};
    terminal_table *table = terminal_table_start(6, headings);
    for (size_t i = 0; i < N; i++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[i]);
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_VALUE, "%.2f", gsl_matrix_get(of->cache.v, i, c));
        }
        terminal_table_cell(table, FIGURE_FAINT, "->");
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_CONTEXT, "%.3f", gsl_matrix_get(of->output, i, c));
        }
    }
    terminal_print_table(&to->out, table);
}

/* ---- The same as ... ------------------------------------------------------------------------- */

/* Square matrices keep the shape of a word; if they are identities, this is chapter 2. */
static void check_identities(const example *of)
{
    gsl_matrix *identity = program_matrix(D, D);
    gsl_matrix_set_identity(identity);
    const ref_query_key_value same = {
        .weight_q = identity, .weight_k = identity, .weight_v = identity};
    const ref_query_key_value_cache cache = {program_matrix(N, D), program_matrix(N, D),
                                             program_matrix(N, D), program_matrix(N, N)};
    gsl_matrix *output = program_matrix(N, D), *fixed = program_matrix(N, D);
    gsl_matrix *weights = program_matrix(N, N);
    double scale = 1.0 / sqrt((double)D);
    program_check(ref_query_key_value_forward(of->x, of->x, &same, scale, NULL, &cache, output));
    program_check(ref_attention_forward(of->x, of->x, of->x, REF_DOT, scale, NULL, weights, fixed));
    must_be_small(largest_difference(output, fixed), 0.0, "chapter 2 and identity projections");
    gsl_matrix *const all[] = {identity,      cache.q, cache.k, cache.v,
                               cache.weights, output,  fixed,   weights};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}

static void check_loops(const example *of)
{
    double largest = 0.0;
    for (size_t i = 0; i < N; i++) {
        for (size_t c = 0; c < EXAMPLE_D_V; c++) {
            double difference = output_by_loops(of, i, c) - gsl_matrix_get(of->output, i, c);
            largest = fmax(largest, fabs(difference));
        }
    }
    must_be_small(largest, 1e-14, "loops and the matrix form");
}

/* ---- The part -------------------------------------------------------------------------------- */

static void draw_weights(report *to, const example *of)
{
    report_heat_map(
        to, "example_weights",
        &(figure_heat_map){.title = "Weights: bank looks at river, river does not look at bank",
                           .description = "Six rows and six columns; in the row of bank, the cell "
                                          "of river is the fullest.",
                           .row_labels = example_tokens,
                           .col_labels = example_tokens,
                           .cells = of->cache.weights,
                           .scores = of->scores,
                           .has_marked_row = true,
                           .marked_row = EXAMPLE_BANK_TOKEN});
}

void show_example(report *to, const settings *choices)
{
    (void)choices;
    example of = example_run();
    terminal_heading(&to->out, "2. The running example");
    print_shapes(to);
    report_gap(to);
    report_say(to, "Three matrices, chosen by hand. A row says what becomes of nature, money and "
                   "grammar:");
    report_gap(to);
    print_weight_matrices(to, &of);
    report_gap(to);
    report_say(to, "Each word x in its three parts, (3.1) to (3.3):");
    report_gap(to);
    print_projections(to, &of);
    report_gap(to);
    draw_idea(to, &of);
    draw_weights(to, &of);
    report_gap(to);
    print_outputs(to, &of);
    check_loops(&of);
    check_identities(&of);
    report_gap(to);
    report_say(to, "Loops and matrices give the same numbers: the difference is below 1e-14. With "
                   "W_Q = W_K = W_V = I, square, the numbers are those of chapter 2, to the bit.");
    report_number(to, "bank_river_weight", gsl_matrix_get(of.cache.weights, 5, 4));
    report_number(to, "river_bank_weight", gsl_matrix_get(of.cache.weights, 4, 5));
    report_number(to, "bank_nature_after", gsl_matrix_get(of.output, 5, 0));
    report_number(to, "bank_money_after", gsl_matrix_get(of.output, 5, 1));
    example_free(&of);
}
