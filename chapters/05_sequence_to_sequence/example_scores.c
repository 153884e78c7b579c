/* The other scores by hand, for a state that has two numbers where the memory has three: general
 * and additive, what they have in common with dot and concat, and what each of them costs. */
#include "chapters/05_sequence_to_sequence/example.h"

#include "chapters/05_sequence_to_sequence/example_work.h"
#include "chapters/common/program/program.h"
#include "reference/additive_attention.h"
#include "reference/multiplicative_attention.h"
#include "reference/softmax.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL, D_H = 2, D_A = 2 };

// [example-score-weights]
/* The first number of the state asks for things, the second for money rather than grammar. */
static const double asking[D_H] = {2, 1};

/* general: what a number of the state is compared with, (2 x 3) */
static const double weight[D_H][D] = {{1, 1, 0}, {0, 1, -1}};

/* additive: W (2 x 2) of the state, U (3 x 2) of the memory, v (2) of the hidden units */
static const double weight_q[D_H][D_A] = {{-1, 0}, {1, 1}};
static const double weight_k[D][D_A] = {{1, 0}, {2, 0}, {0, -2}};
static const double v[D_A] = {2, 1};
// [example-score-weights]

/* ---- A look with a score --------------------------------------------------------------------- */

/* Everything on the way from a state with two numbers to the context. */
typedef struct {
    gsl_matrix *h, *memory, *weight; /* (1 x 2), (6 x 3), (2 x 3) */
    gsl_vector *v;
    ref_additive_attention additive;
    gsl_matrix *keys, *q, *scores, *weights,
        *context; /* (6 x 2), (1 x 2), (1 x 6) twice, (1 x 3) */
} look;

static look look_start(void)
{
    look of = {.h = program_matrix_of(asking, 1, D_H),
               .memory = example_matrix(),
               .weight = program_matrix_of(&weight[0][0], D_H, D),
               .v = program_vector(D_A),
               .additive = {.weight_q = program_matrix_of(&weight_q[0][0], D_H, D_A),
                            .weight_k = program_matrix_of(&weight_k[0][0], D, D_A)},
               .keys = program_matrix(N, D_H),
               .q = program_matrix(1, D_A),
               .scores = program_matrix(1, N),
               .weights = program_matrix(1, N),
               .context = program_matrix(1, D)};
    for (size_t a = 0; a < D_A; a++) {
        gsl_vector_set(of.v, a, v[a]);
    }
    of.additive.v = of.v;
    return of;
}

static void look_free(look *of)
{
    gsl_matrix *const all[] = {
        of->h,    of->memory, of->weight, of->additive.weight_q, of->additive.weight_k,
        of->keys, of->q,      of->scores, of->weights,           of->context};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
    gsl_vector_free(of->v);
}

static void print_found(report *to, const look *of, const char *key)
{
    double river = gsl_matrix_get(of->weights, 0, 4), bank = gsl_matrix_get(of->weights, 0, 5);
    report_gap(to);
    report_say(to, "Context c = (%.3f, %.3f, %.3f).", gsl_matrix_get(of->context, 0, 0),
               gsl_matrix_get(of->context, 0, 1), gsl_matrix_get(of->context, 0, 2));
    char name[64];
    snprintf(name, sizeof name, "%s_weight_river", key);
    report_number(to, name, river);
    snprintf(name, sizeof name, "%s_weight_bank", key);
    report_number(to, name, bank);
}

/* ---- General --------------------------------------------------------------------------------- */

static void show_general(report *to, look *of)
{
    static const char *const headings[] = {"token", "key 0", "key 1", "score", "weight"};
    terminal_table *table = terminal_table_start(5, headings);
    program_check(ref_multiplicative_keys_forward(of->memory, of->weight, of->keys));
    program_check(ref_attention_scores(of->h, of->keys, REF_DOT, 1.0, NULL, of->scores));
    program_check(ref_multiplicative_attention_forward(of->h, of->keys, of->memory, 1.0, NULL,
                                                       of->weights, of->context));
    for (size_t j = 0; j < N; j++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[j]);
        for (size_t c = 0; c < D_H; c++) {
            terminal_table_cell(table, FIGURE_KEY, "%.1f", gsl_matrix_get(of->keys, j, c));
        }
        terminal_table_cell(table, FIGURE_AUTO, "%.1f", gsl_matrix_get(of->scores, 0, j));
        terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", gsl_matrix_get(of->weights, 0, j));
    }
    report_gap(to);
    report_say(to, "(5.8) general: a decoder whose states have two numbers, h = (2, 1), cannot be "
                   "multiplied with states of three. W (2 x 3) stands between them: h^T W m. "
                   "(5.11) The keys K = M W^T (6 x 2) are made once; then it is dot.");
    report_gap(to);
    terminal_print_table(&to->out, table);
    print_found(to, of, "general");
}

/* ---- Additive -------------------------------------------------------------------------------- */

/* q + k of a word in hidden unit a */
static double joined(const look *of, size_t j, size_t a)
{
    return gsl_matrix_get(of->q, 0, a) + gsl_matrix_get(of->keys, j, a);
}

static void show_additive(report *to, look *of)
{
    static const char *const headings[] = {"token",  "key 0", "key 1", "tanh 0",
                                           "tanh 1", "score", "weight"};
    terminal_table *table = terminal_table_start(7, headings);
    const ref_additive_cache cache = {of->q, of->weights};
    program_check(ref_additive_keys_forward(of->memory, &of->additive, of->keys));
    program_check(ref_additive_attention_forward(of->h, of->keys, of->memory, &of->additive, NULL,
                                                 &cache, of->context));
    for (size_t j = 0; j < N; j++) {
        double score = v[0] * tanh(joined(of, j, 0)) + v[1] * tanh(joined(of, j, 1));
        gsl_matrix_set(of->scores, 0, j, score);
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[j]);
        terminal_table_cell(table, FIGURE_KEY, "%.1f", gsl_matrix_get(of->keys, j, 0));
        terminal_table_cell(table, FIGURE_KEY, "%.1f", gsl_matrix_get(of->keys, j, 1));
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", tanh(joined(of, j, 0)));
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", tanh(joined(of, j, 1)));
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", score);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", gsl_matrix_get(of->weights, 0, j));
    }
    report_gap(to);
    report_say(to,
               "(5.9) additive: a small network with two hidden units says how well h and m go "
               "together. The query q = h W = (%.0f, %.0f) is made once a step, the keys K = M U "
               "(6 x 2), (5.11), once for the source. Score = 2 tanh(q0 + k0) + tanh(q1 + k1):",
               gsl_matrix_get(of->q, 0, 0), gsl_matrix_get(of->q, 0, 1));
    report_gap(to);
    terminal_print_table(&to->out, table);
    print_found(to, of, "additive");

    gsl_matrix *weights = program_matrix(1, N);
    program_check(ref_softmax_forward(of->scores, weights));
    must_be_small(largest_difference(weights, of->weights), 1e-14, "weights by hand and additive");
    gsl_matrix_free(weights);
}

/* ---- Two identities -------------------------------------------------------------------------- */

/* general with W = I has the keys of dot */
static void check_general_is_dot(const look *of)
{
    gsl_matrix *identity = program_matrix(D, D), *keys = program_matrix(N, D);
    gsl_matrix_set_identity(identity);
    program_check(ref_multiplicative_keys_forward(of->memory, identity, keys));
    must_be_small(largest_difference(keys, of->memory), 0.0, "general with W = I and dot");
    gsl_matrix_free(identity);
    gsl_matrix_free(keys);
}

/* concat as its paper writes it, one matrix for both, with W on top of U */
static void check_concat_is_additive(const look *of)
{
    work unused = {0};
    double stacked[D_H + D][D_A], joined[D_H + D];
    memcpy(stacked[0], weight_q, sizeof weight_q);
    memcpy(stacked[D_H], weight_k, sizeof weight_k);
    memcpy(joined, asking, sizeof asking);
    for (size_t j = 0; j < N; j++) {
        memcpy(joined + D_H, example_x[j], sizeof example_x[j]);
        double concat = score_concat(joined, D_H + D, &stacked[0][0], v, D_A, &unused);
        double additive = gsl_matrix_get(of->scores, 0, j);
        must_be_small(fabs(concat - additive), 1e-14, "concat and additive");
    }
}

void show_other_scores(report *to)
{
    look of = look_start();
    show_general(to, &of);
    show_additive(to, &of);
    check_general_is_dot(&of);
    check_concat_is_additive(&of);
    report_gap(to);
    report_say(to, "general with W = I has the keys of dot, to the bit. concat with W on top of U "
                   "in one matrix, v . tanh([h; m] W_a), has the scores of additive, to 1e-14.");
    show_work(to);
    look_free(&of);
}
