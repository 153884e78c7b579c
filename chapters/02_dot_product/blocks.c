/* The softmax over a block of keys at a time. Two parts of a row are merged by (2.15). */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/softmax.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>
#include <math.h>

/* What is known of one query after some of its keys: the output over them, and their log-sum-exp. */
typedef struct {
    gsl_matrix *output; /* (1 x d_v) */
    double log_sum_exp;
} partial;

/* ln(e^a + e^b) without overflow. */
static double log_add(double a, double b)
{
    double m = GSL_MAX(a, b);
    return m == -INFINITY ? m : m + log(exp(a - m) + exp(b - m));
}

/* The attention over two sets of keys, from the attention over each. */
// [merge]
static void merge(partial *all, const partial *more)
{
    double l = log_add(all->log_sum_exp, more->log_sum_exp);
    gsl_matrix_scale(all->output, exp(all->log_sum_exp - l));
    gsl_vector_view y = gsl_matrix_row(all->output, 0);
    gsl_vector_view y_more = gsl_matrix_row(more->output, 0);
    gsl_blas_daxpy(exp(more->log_sum_exp - l), &y_more.vector, &y.vector);
    all->log_sum_exp = l;
}
// [merge]

/* Attention of one query over the keys first .. first + n - 1; values are the keys. */
static void attend_block(const gsl_matrix *q, const gsl_matrix *k, size_t first, size_t n,
                         double scale, partial *block)
{
    gsl_matrix_const_view keys = gsl_matrix_const_submatrix(k, first, 0, n, k->size2);
    gsl_matrix *scores = program_matrix(1, n);
    gsl_vector *l = program_vector(1);
    program_check(ref_attention_scores(q, &keys.matrix, REF_DOT, scale, NULL, scores));
    program_check(ref_log_sum_exp(scores, l));
    program_check(ref_attention_forward(q, &keys.matrix, &keys.matrix, REF_DOT, scale, NULL, scores,
                                        block->output));
    block->log_sum_exp = gsl_vector_get(l, 0);
    gsl_matrix_free(scores);
    gsl_vector_free(l);
}

static void add_part(terminal_table *table, size_t n_block, size_t n_seen, const partial *all)
{
    terminal_table_cell(table, FIGURE_AUTO, "%zu", n_block);
    terminal_table_cell(table, FIGURE_KEY, "%zu", n_seen);
    terminal_table_cell(table, FIGURE_AUTO, "%.4f", all->log_sum_exp);
    for (size_t c = 0; c < all->output->size2; c++) {
        terminal_table_cell(table, FIGURE_CONTEXT, "%.4f", gsl_matrix_get(all->output, 0, c));
    }
}

/* Attention of one query, n_block keys at a time; adds the steps to a table unless it is NULL. */
static void attend_by_blocks(terminal_table *table, const gsl_matrix *q, const gsl_matrix *k,
                             size_t n_block, double scale, partial *all)
{
    partial block = {.output = program_matrix(1, k->size2)};
    gsl_matrix_set_zero(all->output);
    // [blocks]
    all->log_sum_exp = -INFINITY; /* no key is seen yet */
    for (size_t first = 0; first < k->size1; first += n_block) {
        size_t n = GSL_MIN(n_block, k->size1 - first);
        attend_block(q, k, first, n, scale, &block);
        merge(all, &block);
        if (table) {
            add_part(table, n_block, first + n, all);
        }
    }
    // [blocks]
    gsl_matrix_free(block.output);
}

static void show_example_blocks(report *to)
{
    gsl_matrix *x = example_matrix();
    gsl_matrix_const_view q = gsl_matrix_const_submatrix(x, EXAMPLE_BANK_TOKEN, 0, 1, x->size2);
    partial all = {.output = program_matrix(1, x->size2)};
    double scale = 1.0 / sqrt((double)x->size2);
    static const size_t sizes[] = {1, 2, 3, 6};
    static const char *const headings[] = {"block", "keys seen", "l", "nature", "money", "grammar"};
    terminal_table *table = terminal_table_start(6, headings);
    for (size_t s = 0; s < 4; s++) {
        attend_by_blocks(table, &q.matrix, x, sizes[s], scale, &all);
    }
    report_say(to, "The word 'bank' of the running example, its six keys in blocks of 1, 2, 3 and "
                   "6: l is the log-sum-exp of the keys seen, the rest is the output over them.");
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
    gsl_matrix_free(all.output);
    gsl_matrix_free(x);
}

void show_blocks(report *to, const settings *choices)
{
    enum { N_KEYS = 300, WIDTH = 8 };
    terminal_heading(&to->out, "9. A block of keys at a time");
    show_example_blocks(to);

    gsl_rng *generator = new_generator(choices->seed);
    gsl_matrix *q = program_matrix(1, WIDTH), *k = program_matrix(N_KEYS, WIDTH);
    partial whole = {.output = program_matrix(1, WIDTH)},
            all = {.output = program_matrix(1, WIDTH)};
    fill_normal(q, generator);
    fill_normal(k, generator);
    attend_block(q, k, 0, N_KEYS, 1.0, &whole);
    double largest = 0.0;
    for (size_t n_block = 1; n_block <= N_KEYS; n_block++) {
        attend_by_blocks(NULL, q, k, n_block, 1.0, &all);
        largest = GSL_MAX(largest, largest_difference(all.output, whole.output));
        largest = GSL_MAX(largest, fabs(all.log_sum_exp - whole.log_sum_exp));
    }
    report_print(to, "\n");
    report_say(to, "%d random keys, every block size from 1 to %d: all outputs equal to 1e-13: %s",
               N_KEYS, N_KEYS, largest < 1e-13 ? "yes" : "no");
    gsl_matrix_free(q);
    gsl_matrix_free(k);
    gsl_matrix_free(whole.output);
    gsl_matrix_free(all.output);
    gsl_rng_free(generator);
}
