/* Minus infinity against a large negative number. */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/softmax.h"

#include <math.h>

enum { N_KEYS = 3 };

/* How a key can be hidden: what becomes of its score. */
// [hiding]
static double put_infinity(double score)
{
    (void)score;
    return -INFINITY;
}

static double put_1e4(double score)
{
    (void)score;
    return -1e4;
}

static double put_1e9(double score)
{
    (void)score;
    return -1e9;
}

static double add_1e9(double score)
{
    return score - 1e9;
}

static double add_1e9_float(double score)
{
    return (double)((float)score - 1e9f);
}
// [hiding]

typedef struct {
    const char *name;
    double (*hide)(double score);
} hiding;

static const hiding hidings[] = {
    {"-infinity", put_infinity},
    {"-1e4 in its place", put_1e4},
    {"-1e9 in its place", put_1e9},
    {"-1e9 added, in double", add_1e9},
    {"-1e9 added, in float32", add_1e9_float},
};
enum { N_HIDINGS = sizeof(hidings) / sizeof(hidings[0]) };

/* Softmax of three scores, some of them hidden. */
static void weights_when_hidden(const double *scores, const bool *hidden, const hiding *how,
                                double *weights)
{
    for (size_t j = 0; j < N_KEYS; j++) {
        weights[j] = hidden[j] ? how->hide(scores[j]) : scores[j];
    }
    gsl_matrix_view row = gsl_matrix_view_array(weights, 1, N_KEYS);
    program_check(ref_softmax_forward(&row.matrix, &row.matrix));
}

static void print_hidings(report *to, const double *scores, const bool *hidden, const char *key)
{
    static const char *const headings[] = {"a hidden key's score is", "key 0", "key 1", "key 2"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t h = 0; h < N_HIDINGS; h++) {
        double weights[N_KEYS];
        weights_when_hidden(scores, hidden, &hidings[h], weights);
        terminal_table_cell(table, FIGURE_AUTO, "%s", hidings[h].name);
        for (size_t j = 0; j < N_KEYS; j++) {
            terminal_table_cell(table, hidden[j] ? FIGURE_FAINT : FIGURE_WEIGHT, "%.3f",
                                weights[j]);
        }
        char name[64];
        snprintf(name, sizeof(name), "%s_%zu", key, h);
        report_number(to, name, weights[N_KEYS - 1]);
    }
    terminal_print_table(&to->out, table);
}

void show_large_negatives(report *to, const settings *choices)
{
    (void)choices;
    static const double small[N_KEYS] = {2.0, 1.0, 0.0};
    static const double far[N_KEYS] = {-20000.0, -20010.0, -20005.0};
    static const bool none_hidden[N_KEYS] = {false, false, false};
    static const bool last_hidden[N_KEYS] = {false, false, true};
    static const bool all_hidden[N_KEYS] = {true, true, true};
    double weights[N_KEYS];
    weights_when_hidden(small, none_hidden, &hidings[0], weights);

    terminal_heading(&to->out, "5. Minus infinity, or -1e9");
    report_say(
        to, "Three keys with the scores 2, 1, 0. Nothing hidden: %.3f %.3f %.3f. Key 2 is hidden:",
        weights[0], weights[1], weights[2]);
    report_print(to, "\n");
    print_hidings(to, small, last_hidden, "hidden_one");
    report_print(to, "\n");
    report_say(to, "Every key is hidden, as in a row of padding. There is nothing to attend to:");
    report_print(to, "\n");
    print_hidings(to, small, all_hidden, "hidden_all");
    report_print(to, "\n");
    report_say(to, "Scores that are themselves far below zero (-20000, -20010, -20005: squared "
                   "distances between long vectors). Key 2 is hidden:");
    report_print(to, "\n");
    print_hidings(to, far, last_hidden, "hidden_far");
}
