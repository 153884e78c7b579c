/* Every number of the attention of one token, with the equations of the chapter. */
#include "chapters/02_dot_product/trace.h"

#include "chapters/common/figures/trace_lines.h"
#include "chapters/common/program/program.h"
#include "chapters/common/words/running_example.h"
#include "reference/softmax.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>
#include <math.h>

/* ---- Forward --------------------------------------------------------------------------------- */

/* "-(0.40^2 + 0.70^2 + 0.50^2)": signs do not matter in a square */
static void print_squares(const report *to, const gsl_vector *q, const gsl_vector *k)
{
    for (size_t p = 0; p < q->size; p++) {
        double difference = gsl_vector_get(q, p) - gsl_vector_get(k, p);
        report_print(to, "%s%.2f^2", p > 0 ? " + " : "-(", fabs(difference));
    }
    report_print(to, ")");
}

static void print_similarities(const report *to, const traced *of)
{
    static const char *const names[] = {"q.k", "q.k", "q.k / (|q| |k|)", "-|q - k|^2"};
    gsl_vector_const_view q = gsl_matrix_const_row(of->x, of->query);
    report_print(to, "\n(2.6) similarity %s\n", names[of->choices->similarity]);
    for (size_t j = 0; j < of->x->size1; j++) {
        gsl_vector_const_view k = gsl_matrix_const_row(of->x, j);
        double similarity = gsl_vector_get(of->similarity, j);
        terminal_print(&to->out, FIGURE_KEY, "  %-7s", of->tokens[j]);
        switch (of->choices->similarity) {
        case CHOICE_EUCLIDEAN:
            print_squares(to, &q.vector, &k.vector);
            report_print(to, " = %.4f\n", similarity);
            break;
        case CHOICE_COSINE:
            report_print(to, " = %.4f, / (%.4f*%.4f) = %.4f\n",
                         trace_products(to, &q.vector, 2, &k.vector, 2), gsl_blas_dnrm2(&q.vector),
                         gsl_blas_dnrm2(&k.vector), similarity);
            break;
        default:
            report_print(to, " = %.4f\n", trace_products(to, &q.vector, 2, &k.vector, 2));
        }
    }
}

static void print_weights(const report *to, const traced *of)
{
    static const char *const headings[] = {"key",   "similarity", "score s",
                                           "s - m", "exp(s - m)", "weight p"};
    double m = gsl_vector_max(of->scores), sum = 0.0;
    terminal_table *table = terminal_table_start(6, headings);
    for (size_t j = 0; j < of->x->size1; j++) {
        double s = gsl_vector_get(of->scores, j), e = m == -INFINITY ? 0.0 : exp(s - m);
        sum += e;
        terminal_table_cell(table, FIGURE_KEY, "%s", of->tokens[j]);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", gsl_vector_get(of->similarity, j));
        if (s == -INFINITY) {
            terminal_table_cell(table, FIGURE_FAINT, "hidden");
            terminal_table_cell(table, FIGURE_FAINT, "hidden");
        } else {
            terminal_table_cell(table, FIGURE_AUTO, "%.4f", s);
            terminal_table_cell(table, FIGURE_AUTO, "%.4f", s - m);
        }
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", e);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.4f", gsl_matrix_get(of->weights, 0, j));
    }
    report_print(to, "\n(2.5) score s = similarity * %.4f   (2.2) p = exp(s - m) / sum\n\n",
                 of->scale);
    terminal_print_table(&to->out, table);
    if (m == -INFINITY) {
        report_say(to, "No key is seen: all weights are 0, and so is the output.");
        return;
    }
    report_print(to, "\nlargest score m = %.4f, sum of exp(s - m) = %.4f\n", m, sum);
    report_print(to, "(2.3) log-sum-exp l = m + ln(sum) = %.4f + %.4f = %.4f\n", m, log(sum),
                 m + log(sum));
}

/* "nature = 0.1490*0.2 + ... = 0.4619", one line a column of the values */
static void print_output(const report *to, const traced *of)
{
    static const char *const columns[] = {"nature", "money", "grammar"};
    report_print(to, "\n(2.7) output y = sum of weight * value\n");
    for (size_t c = 0; c < of->x->size2; c++) {
        char sum[512] = "";
        size_t used = 0;
        for (size_t j = 0; j < of->x->size1 && used < sizeof sum; j++) {
            used +=
                (size_t)snprintf(sum + used, sizeof sum - used, "%s%.3f*%.1f", j > 0 ? " + " : "",
                                 gsl_matrix_get(of->weights, 0, j), gsl_matrix_get(of->x, j, c));
        }
        report_say(to, "  %s = %s = %.4f", of->x->size2 == EXAMPLE_D_MODEL ? columns[c] : "y", sum,
                   gsl_matrix_get(of->output, 0, c));
    }
}

/* ---- The whole trace ------------------------------------------------------------------------- */

static traced start_trace(const settings *choices, const gsl_matrix *x, const char *const *tokens,
                          size_t query, const ref_mask *mask)
{
    size_t n = x->size1;
    traced of = {.choices = choices, .x = x, .tokens = tokens, .query = query};
    gsl_matrix *scores = program_matrix(n, n), *bare = program_matrix(n, n);
    ref_similarity similarity = similarity_of(choices->similarity);
    of.scale = scale_of(choices, x->size2);
    of.similarity = program_vector(n);
    of.scores = program_vector(n);
    of.weights = program_matrix(1, n);
    of.output = program_matrix(1, x->size2);
    program_check(ref_attention_scores(x, x, similarity, 1.0, NULL, bare));
    program_check(ref_attention_scores(x, x, similarity, of.scale, mask, scores));
    gsl_matrix_get_row(of.similarity, bare, query);
    gsl_matrix_get_row(of.scores, scores, query);
    gsl_matrix_set_row(of.weights, 0, of.scores);
    program_check(ref_softmax_forward(of.weights, of.weights));
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, of.weights, x, 0.0, of.output);
    gsl_matrix_free(scores);
    gsl_matrix_free(bare);
    return of;
}

static void free_trace(traced *of)
{
    gsl_vector_free(of->similarity);
    gsl_vector_free(of->scores);
    gsl_matrix_free(of->weights);
    gsl_matrix_free(of->output);
}

static void trace_one(report *to, const settings *choices, const gsl_matrix *x,
                      const char *const *tokens, const ref_mask *mask)
{
    enum { MAX_PRINTED = 8 };
    size_t query = trace_token(choices->trace, tokens, x->size1);
    traced of = start_trace(choices, x, tokens, query, mask);
    terminal_heading(&to->out, "Token %zu, '%s', similarity %s", query, tokens[query],
                     similarity_names[choices->similarity]);
    if (x->size2 <= MAX_PRINTED) {
        gsl_vector_const_view q = gsl_matrix_const_row(x, query);
        trace_row(to, FIGURE_QUERY, "query q = ", &q.vector, 2);
        report_print(to, "\n");
        print_similarities(to, &of);
    }
    print_weights(to, &of);
    if (x->size2 <= MAX_PRINTED) {
        print_output(to, &of);
        print_backward(to, &of);
    }
    free_trace(&of);
}

void show_trace(report *to, const settings *choices)
{
    if (choices->sentence) {
        word_attention all = attend_words(
            choices, choices->special ? choices->special : choices->vectors, choices->sentence);
        const ref_mask mask = {.causal = choices->causal, .bias = all.bias};
        trace_one(to, choices, all.x, all.words->tokens, &mask);
        free_words(&all);
        return;
    }
    gsl_matrix *x = example_matrix(), *bias = program_matrix(x->size1, x->size1);
    for (size_t i = 0; i < x->size1 && choices->mask_self; i++) {
        gsl_matrix_set(bias, i, i, -INFINITY);
    }
    const ref_mask mask = {.causal = choices->causal, .bias = bias};
    trace_one(to, choices, x, example_tokens, &mask);
    gsl_matrix_free(x);
    gsl_matrix_free(bias);
}
