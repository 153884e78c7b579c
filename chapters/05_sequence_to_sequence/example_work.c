/* What a score costs for n words of the source and m steps of the decoder: formulas, and loops that
 * count, which must agree. */
#include "chapters/05_sequence_to_sequence/example_work.h"

#include "chapters/common/program/program.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* ---- The sizes, and the formulas ------------------------------------------------------------- */

typedef struct {
    size_t n, m;          /* words of the source, steps of the decoder */
    size_t d_h, d_m, d_a; /* numbers of a decoder's state, of an encoder's state, hidden units */
} sizes;

static work work_of_dot(const sizes *s)
{
    return (work){.multiply_adds = s->m * s->n * s->d_h};
}

static work work_of_general(const sizes *s, bool is_anew)
{
    size_t keys = s->n * s->d_m * s->d_h, scores = s->m * s->n * s->d_h;
    return (work){.multiply_adds = (is_anew ? s->m : 1) * keys + scores};
}

static work work_of_additive(const sizes *s, bool is_anew)
{
    size_t keys = s->n * s->d_m * s->d_a, queries = s->m * s->d_h * s->d_a;
    size_t units = s->m * s->n * s->d_a;
    return (work){.multiply_adds =
                      is_anew ? s->m * keys + s->n * queries + units : keys + queries + units,
                  .tanhs = units};
}

/* ---- The loops ------------------------------------------------------------------------------- */

enum { MAX_N = 6, MAX_D = 3 };

/* Where the loops find their numbers. */
typedef struct {
    double memory[MAX_N][MAX_D], weight_q[MAX_D * MAX_D], weight_k[MAX_D * MAX_D];
    double h[MAX_D], v[MAX_D], q[MAX_D], keys[MAX_N][MAX_D];
} numbers;

/* y = x W */
static void multiply(const double *x, size_t n_in, const double *weight, size_t n_out, double *y,
                     work *done)
{
    for (size_t c = 0; c < n_out; c++) {
        y[c] = 0.0;
        for (size_t p = 0; p < n_in; p++) {
            y[c] += x[p] * weight[p * n_out + c];
            done->multiply_adds++;
        }
    }
}

/* v . tanh(z) */
static double last_layer(const double *z, const double *v, size_t d_a, work *done)
{
    double score = 0.0;
    for (size_t a = 0; a < d_a; a++) {
        score += v[a] * tanh(z[a]);
        done->multiply_adds++;
        done->tanhs++;
    }
    return score;
}

double score_concat(const double *joined, size_t d_joined, const double *weight, const double *v,
                    size_t d_a, work *done)
{
    double z[MAX_D];
    multiply(joined, d_joined, weight, d_a, z, done);
    return last_layer(z, v, d_a, done);
}

static work count_general(const sizes *s, bool is_anew, numbers *x)
{
    work done = {0};
    double score;
    for (size_t t = 0; t < s->m; t++) {
        for (size_t j = 0; j < s->n; j++) {
            if (is_anew || t == 0) {
                multiply(x->memory[j], s->d_m, x->weight_k, s->d_h, x->keys[j], &done);
            }
            multiply(x->h, s->d_h, x->keys[j], 1, &score, &done);
        }
    }
    return done;
}

static work count_additive(const sizes *s, bool is_anew, numbers *x)
{
    work done = {0};
    // [keys-once]
    for (size_t t = 0; t < s->m; t++) {
        for (size_t j = 0; j < s->n; j++) {
            if (is_anew || t == 0) { /* a key waits for nobody: once for the source */
                multiply(x->memory[j], s->d_m, x->weight_k, s->d_a, x->keys[j], &done);
            }
            if (is_anew || j == 0) { /* a query serves all words: once a step */
                multiply(x->h, s->d_h, x->weight_q, s->d_a, x->q, &done);
            }
            double z[MAX_D];
            for (size_t a = 0; a < s->d_a; a++) {
                z[a] = x->q[a] + x->keys[j][a];
            }
            last_layer(z, x->v, s->d_a, &done);
        }
    }
    // [keys-once]
    return done;
}

static void check_same(work formula, work counted, const char *what)
{
    if (formula.multiply_adds != counted.multiply_adds || formula.tanhs != counted.tanhs) {
        program_fail("%s: the formula says %zu multiply-adds and %zu tanh, the loops did %zu and "
                     "%zu",
                     what, formula.multiply_adds, formula.tanhs, counted.multiply_adds,
                     counted.tanhs);
    }
}

static void check_formulas(const sizes *small)
{
    static numbers zeros;
    for (int is_anew = 0; is_anew < 2; is_anew++) {
        check_same(work_of_general(small, is_anew), count_general(small, is_anew, &zeros),
                   "general");
        check_same(work_of_additive(small, is_anew), count_additive(small, is_anew, &zeros),
                   "additive");
    }
}

/* ---- The table ------------------------------------------------------------------------------- */

static void add_row(report *to, terminal_table *table, const char *name, const char *key,
                    work small, work large)
{
    char result[64];
    terminal_table_cell(table, FIGURE_AUTO, "%s", name);
    terminal_table_cell(table, FIGURE_AUTO, "%zu", small.multiply_adds);
    terminal_table_cell(table, FIGURE_AUTO, "%zu", small.tanhs);
    terminal_table_cell(table, FIGURE_AUTO, "%.1f", 1e-6 * (double)large.multiply_adds);
    terminal_table_cell(table, FIGURE_AUTO, "%.2f", 1e-6 * (double)large.tanhs);
    snprintf(result, sizeof result, "work_%s", key);
    report_number(to, result, 1e-6 * (double)large.multiply_adds);
    snprintf(result, sizeof result, "work_%s_example", key);
    report_number(to, result, (double)small.multiply_adds);
}

void show_work(report *to)
{
    static const char *const headings[] = {"score", "products", "tanh", "products, millions",
                                           "tanh, millions"};
    const sizes small = {.n = 6, .m = 5, .d_h = 2, .d_m = 3, .d_a = 2};
    const sizes square = {.n = 6, .m = 5, .d_h = 3, .d_m = 3, .d_a = 2}; /* dot needs d_h = d_m */
    const sizes large = {.n = 30, .m = 30, .d_h = 512, .d_m = 512, .d_a = 512};
    check_formulas(&small);
    terminal_table *table = terminal_table_start(5, headings);
    add_row(to, table, "dot", "dot", work_of_dot(&square), work_of_dot(&large));
    add_row(to, table, "general", "general", work_of_general(&small, false),
            work_of_general(&large, false));
    add_row(to, table, "general, keys anew", "general_anew", work_of_general(&small, true),
            work_of_general(&large, true));
    add_row(to, table, "additive", "additive", work_of_additive(&small, false),
            work_of_additive(&large, false));
    add_row(to, table, "additive, all anew", "additive_anew", work_of_additive(&small, true),
            work_of_additive(&large, true));
    report_gap(to);
    report_say(to,
               "What all scores of a sentence cost. Left the example, %zu words of the source "
               "and %zu steps, END among them; loops with a counter in them agree. Right "
               "%zu words, %zu steps, and %zu numbers in every state and key. \"Anew\" is without "
               "(5.11), as the formulas stand in the papers:",
               small.n, small.m, large.n, large.m, large.d_h);
    report_gap(to);
    terminal_print_table(&to->out, table);
    report_number(to, "work_tanh", 1e-6 * (double)work_of_additive(&large, false).tanhs);
    report_number(to, "work_saved",
                  (double)work_of_additive(&large, true).multiply_adds /
                      (double)work_of_additive(&large, false).multiply_adds);
}
