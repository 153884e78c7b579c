/* A score of fixed attention is the same in both directions; one between projections is not. */
#include "chapters/03_query_key_value/example.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D_LARGE = 16, D_K_LARGE = 4 };

/* How far a square matrix is from its transpose: max |a_ij - a_ji|. */
static double asymmetry(const gsl_matrix *a)
{
    double largest = 0.0;
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < i; j++) {
            largest = fmax(largest, fabs(gsl_matrix_get(a, i, j) - gsl_matrix_get(a, j, i)));
        }
    }
    return largest;
}

// [bilinear]
/* q.k = (x W_Q) . (m W_K) = x (W_Q W_K^T) m^T:  one square matrix between two words */
static gsl_matrix *bilinear(const gsl_matrix *weight_q, const gsl_matrix *weight_k)
{
    gsl_matrix *m = program_matrix(weight_q->size1, weight_k->size1);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, weight_q, weight_k, 0.0, m);
    return m;
}
// [bilinear]

/* The singular values, the largest first; the caller frees them. */
static gsl_vector *singular_values(const gsl_matrix *a)
{
    gsl_matrix *u = program_matrix(a->size1, a->size2), *v = program_matrix(a->size2, a->size2);
    gsl_vector *values = program_vector(a->size2);
    gsl_matrix_memcpy(u, a);
    // [singular-values]
    gsl_linalg_SV_decomp_jacobi(u, v, values);
    // [singular-values]
    gsl_matrix_free(u);
    gsl_matrix_free(v);
    return values;
}

static void draw_scores(report *to, const char *name, const char *title, const gsl_matrix *scores)
{
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "Six rows and six columns, one a word.",
                                       .cell_title = "score",
                                       .row_labels = example_tokens,
                                       .col_labels = example_tokens,
                                       .cells = scores,
                                       .has_marked_row = true,
                                       .marked_row = EXAMPLE_BANK_TOKEN});
}

static void print_pairs(report *to, const gsl_matrix *fixed, const gsl_matrix *learnable)
{
    static const size_t pairs[][2] = {{5, 4}, {4, 5}, {0, 1}, {1, 0}, {3, 5}, {5, 3}};
    static const char *const headings[] = {"who looks", "at whom", "x.m", "x W_Q W_K^T m"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
        size_t i = pairs[p][0], j = pairs[p][1];
        terminal_table_cell(table, FIGURE_QUERY, "%s", example_tokens[i]);
        terminal_table_cell(table, FIGURE_KEY, "%s", example_tokens[j]);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", gsl_matrix_get(fixed, i, j));
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", gsl_matrix_get(learnable, i, j));
    }
    terminal_print_table(&to->out, table);
    report_number(to, "fixed_bank_river", gsl_matrix_get(fixed, 5, 4));
    report_number(to, "fixed_river_bank", gsl_matrix_get(fixed, 4, 5));
    report_number(to, "score_bank_river", gsl_matrix_get(learnable, 5, 4));
    report_number(to, "score_river_bank", gsl_matrix_get(learnable, 4, 5));
    report_number(to, "fixed_asymmetry", asymmetry(fixed));
    report_number(to, "learnable_asymmetry", asymmetry(learnable));
}

static void show_directions(report *to)
{
    example of = example_run();
    gsl_matrix *fixed = program_matrix(N, N), *by_matrix = program_matrix(N, N);
    program_check(ref_attention_scores(of.x, of.x, REF_DOT, 1.0 / sqrt(3.0), NULL, fixed));
    gsl_matrix *m = bilinear(of.parameters.weight_q, of.parameters.weight_k);
    gsl_matrix *xm = program_matrix(N, EXAMPLE_D_MODEL);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, of.scale, of.x, m, 0.0, xm);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, xm, of.x, 0.0, by_matrix);
    must_be_small(largest_difference(by_matrix, of.scores), 1e-14, "Q K^T and X W_Q W_K^T X^T");

    report_say(to, "The scores of the running example, each pair in both directions. First as "
                   "chapter 2 has them, then between projections by the matrices of part 2:");
    report_gap(to);
    print_pairs(to, fixed, of.scores);
    report_gap(to);
    draw_scores(to, "scores_fixed", "Scores of chapter 2: a mirror along the diagonal", fixed);
    report_gap(to);
    draw_scores(to, "scores_learnable", "Scores between projections: each direction by itself",
                of.scores);
    gsl_vector *values = singular_values(m);
    report_gap(to);
    report_say(to,
               "Between two words stands one matrix, W_Q W_K^T (3 x 3). Its singular values are "
               "%.3f, %.3f and %.3f: the rank is 2, the width of queries and keys.",
               gsl_vector_get(values, 0), gsl_vector_get(values, 1),
               fabs(gsl_vector_get(values, 2)));
    must_be_small(gsl_vector_get(values, 2), 1e-14, "a singular value beyond d_k and 0");
    gsl_vector_free(values);
    gsl_matrix_free(fixed);
    gsl_matrix_free(by_matrix);
    gsl_matrix_free(m);
    gsl_matrix_free(xm);
    example_free(&of);
}

static void show_rank(report *to, const settings *choices)
{
    gsl_rng *generator = new_generator(choices->seed);
    gsl_matrix *weight_q = program_matrix(D_LARGE, D_K_LARGE);
    gsl_matrix *weight_k = program_matrix(D_LARGE, D_K_LARGE);
    fill_normal(weight_q, generator);
    fill_normal(weight_k, generator);
    gsl_matrix *m = bilinear(weight_q, weight_k), *tied = bilinear(weight_q, weight_q);
    gsl_vector *values = singular_values(m);
    for (size_t p = D_K_LARGE; p < D_LARGE; p++) {
        must_be_small(gsl_vector_get(values, p), 1e-12, "a singular value beyond d_k and 0");
        gsl_vector_set(values, p, 0.0);
    }
    static const char *const labels[D_LARGE] = {"1", "2",  "3",  "4",  "5",  "6",  "7",  "8",
                                                "9", "10", "11", "12", "13", "14", "15", "16"};
    report_gap(to);
    report_bars(to, "rank",
                &(figure_bars){.title = "Singular values of W_Q W_K^T, 16 x 16, with d_k = 4",
                               .description = "Four bars, then twelve of length 0.",
                               .value_label = "singular value",
                               .labels = labels,
                               .values = values,
                               .role = FIGURE_WEIGHT});
    report_gap(to);
    report_say(to,
               "max |M_ij - M_ji| of these random matrices is %.2f. With W_K = W_Q, tied, it is "
               "%.0f: M = W W^T is symmetric again, and one matrix is not enough.",
               asymmetry(m), asymmetry(tied));
    report_number(to, "random_asymmetry", asymmetry(m));
    report_number(to, "tied_asymmetry", asymmetry(tied));
    gsl_matrix_free(weight_q);
    gsl_matrix_free(weight_k);
    gsl_matrix_free(m);
    gsl_matrix_free(tied);
    gsl_vector_free(values);
    gsl_rng_free(generator);
}

void show_symmetric(report *to, const settings *choices)
{
    terminal_heading(&to->out, "1. What chapter 2 cannot do");
    show_directions(to);
    show_rank(to, choices);
}
