/* One step of each cell by hand: the same state meets a word that says little, and one that says
 * much. Elman's cell must take either in; the gates of GRU and LSTM choose. */
#include "chapters/05_sequence_to_sequence/example.h"

#include "chapters/common/program/program.h"
#include "reference/recurrent_cell.h"
#include <math.h>
#include <stdio.h>

enum { D = EXAMPLE_D_MODEL, N_HIDDEN = 2, MAX_GATES = 4, THE = 3, RIVER = 4, N_CELLS = 3 };

/* ---- The numbers ----------------------------------------------------------------------------- */

// [cell-weights]
/* What a word says: nature to the first unit, money less grammar to the second. From the state the
 * units are swapped. */
static const double says[D][N_HIDDEN] = {{1, 0}, {0, 1}, {0, -1}};
static const double swapped[N_HIDDEN][N_HIDDEN] = {{0, 1}, {1, 0}};

/* Gates of the word: grammar keeps the old state, nature and money make room for the new. */
static const double keeps[D][N_HIDDEN] = {{-3, -3}, {-3, -3}, {3, 3}};
static const double writes[D][N_HIDDEN] = {{3, 3}, {3, 3}, {-3, -3}};
static const double forgets[D][N_HIDDEN] = {{-1, -1}, {-1, -1}, {1, 1}};

/* A gate of the state: it is open for both units of the state that is below. */
static const double opens[N_HIDDEN][N_HIDDEN] = {{2, 0}, {0, -2}};
// [cell-weights]

/* A gate: what it is called, and its W, U and b; NULL is all zeros. */
typedef struct {
    const char *name;
    const double (*weight_x)[N_HIDDEN], (*weight_h)[N_HIDDEN];
    double bias;
} gate;

/* The gates stand in the order of the equations. */
static const struct {
    ref_cell cell;
    const char *title;
    size_t n_gates;
    gate gates[MAX_GATES];
} cells[N_CELLS] = {
    {REF_ELMAN, "(5.1) Elman: h = tanh(a + u)", 1, {{"h", says, swapped, 0}}},
    {REF_GRU,
     "(5.2) GRU: n = tanh(a + r u), h = (1 - z) n + z h",
     3,
     {{"r", NULL, opens, 0}, {"z", keeps, NULL, 0}, {"n", says, swapped, 0}}},
    {REF_LSTM,
     "(5.3) LSTM: c = f c + i g, h = o tanh(c)",
     4,
     {{"i", writes, NULL, 0},
      {"f", forgets, NULL, 1},
      {"g", says, swapped, 0},
      {"o", NULL, opens, 0}}},
};

/* The state before: h, and c of the LSTM. */
static const double h_before[N_HIDDEN] = {0.5, -0.5}, c_before[N_HIDDEN] = {1, -1};

/* ---- By hand --------------------------------------------------------------------------------- */

/* Everything that a step makes, gate by gate and unit by unit. */
typedef struct {
    double a[MAX_GATES][N_HIDDEN];     /* W^T x + b */
    double u[MAX_GATES][N_HIDDEN];     /* U^T h */
    double value[MAX_GATES][N_HIDDEN]; /* behind its function */
    double c[N_HIDDEN], h[N_HIDDEN];
} step;

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void add_up(size_t cell, const double *x, step *of)
{
    for (size_t g = 0; g < cells[cell].n_gates; g++) {
        const gate *one = &cells[cell].gates[g];
        for (size_t k = 0; k < N_HIDDEN; k++) {
            of->a[g][k] = one->bias;
            of->u[g][k] = 0.0;
            for (size_t p = 0; one->weight_x && p < D; p++) {
                of->a[g][k] += x[p] * one->weight_x[p][k];
            }
            for (size_t p = 0; one->weight_h && p < N_HIDDEN; p++) {
                of->u[g][k] += h_before[p] * one->weight_h[p][k];
            }
        }
    }
}

static step step_by_hand(size_t cell, const double *x)
{
    step of = {0};
    add_up(cell, x, &of);
    for (size_t k = 0; k < N_HIDDEN; k++) {
        double z[MAX_GATES], *value[MAX_GATES];
        for (size_t g = 0; g < MAX_GATES; g++) {
            z[g] = of.a[g][k] + of.u[g][k];
            value[g] = &of.value[g][k];
        }
        if (cells[cell].cell == REF_ELMAN) {
            of.h[k] = *value[0] = tanh(z[0]);
        } else if (cells[cell].cell == REF_GRU) {
            double r = *value[0] = sigmoid(z[0]), keep = *value[1] = sigmoid(z[1]);
            double n = *value[2] = tanh(of.a[2][k] + r * of.u[2][k]);
            of.h[k] = (1.0 - keep) * n + keep * h_before[k];
        } else {
            double i = *value[0] = sigmoid(z[0]), f = *value[1] = sigmoid(z[1]);
            double g = *value[2] = tanh(z[2]), o = *value[3] = sigmoid(z[3]);
            of.c[k] = f * c_before[k] + i * g;
            of.h[k] = o * tanh(of.c[k]);
        }
    }
    return of;
}

/* ---- By the reference ------------------------------------------------------------------------ */

/* The gates side by side, as the reference wants them. */
static void put_side_by_side(size_t cell, const ref_recurrent_cell *p)
{
    for (size_t g = 0; g < cells[cell].n_gates; g++) {
        const gate *one = &cells[cell].gates[g];
        for (size_t k = 0; k < N_HIDDEN; k++) {
            size_t column = g * N_HIDDEN + k;
            gsl_vector_set(p->bias_x, column, one->bias);
            for (size_t i = 0; one->weight_x && i < D; i++) {
                gsl_matrix_set(p->weight_x, i, column, one->weight_x[i][k]);
            }
            for (size_t i = 0; one->weight_h && i < N_HIDDEN; i++) {
                gsl_matrix_set(p->weight_h, i, column, one->weight_h[i][k]);
            }
        }
    }
}

/* What ref_recurrent_forward() makes of one word must be what the hand makes of it. */
static void check_step(size_t cell, const double *x, const step *of)
{
    size_t n_columns = cells[cell].n_gates * N_HIDDEN;
    const ref_recurrent_cell p = {program_matrix(D, n_columns), program_vector(n_columns),
                                  program_matrix(N_HIDDEN, n_columns), program_vector(n_columns)};
    const ref_recurrent_cache cache = {program_matrix(1, n_columns), program_matrix(1, N_HIDDEN)};
    const ref_recurrent_walk walk = {.cell = cells[cell].cell};
    gsl_matrix *h = program_matrix(1, N_HIDDEN);
    gsl_vector_const_view before = gsl_vector_const_view_array(h_before, N_HIDDEN);
    gsl_vector_const_view memory = gsl_vector_const_view_array(c_before, N_HIDDEN);
    gsl_matrix_const_view word = gsl_matrix_const_view_array(x, 1, D);
    gsl_matrix_const_view by_hand = gsl_matrix_const_view_array(of->h, 1, N_HIDDEN);
    const ref_recurrent_state initial = {
        (gsl_vector *)&before.vector, walk.cell == REF_LSTM ? (gsl_vector *)&memory.vector : NULL};
    put_side_by_side(cell, &p);
    program_check(ref_recurrent_forward(&word.matrix, &initial, &p, &walk, &cache, NULL, h));
    must_be_small(largest_difference(h, &by_hand.matrix), 1e-14,
                  "a step by hand and the reference");
    gsl_vector_free(p.bias_x);
    gsl_vector_free(p.bias_h);
    gsl_matrix *const all[] = {p.weight_x, p.weight_h, cache.gates, cache.inner, h};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}

/* ---- The tables ------------------------------------------------------------------------------ */

static void add_pair(terminal_table *table, figure_role role, const double *pair)
{
    for (size_t k = 0; k < N_HIDDEN; k++) {
        terminal_table_cell(table, role, "%.3f", pair[k] == 0.0 ? 0.0 : pair[k]); /* never -0 */
    }
}

static void add_row(terminal_table *table, size_t token, const char *name)
{
    terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[token]);
    terminal_table_cell(table, FIGURE_AUTO, "%s", name);
}

static void add_gates(terminal_table *table, size_t cell, size_t token, const step *of)
{
    for (size_t g = 0; g < cells[cell].n_gates; g++) {
        add_row(table, token, cells[cell].gates[g].name);
        add_pair(table, FIGURE_FAINT, of->a[g]);
        add_pair(table, FIGURE_FAINT, of->u[g]);
        add_pair(table, FIGURE_AUTO, of->value[g]);
    }
}

/* Below the gates: what they make. */
static void add_states(terminal_table *table, size_t cell, size_t token, const step *of)
{
    for (int s = cells[cell].cell == REF_LSTM ? 0 : 1; s < 2; s++) {
        add_row(table, token, s == 0 ? "c" : "h");
        for (size_t empty = 0; empty < 2 * N_HIDDEN; empty++) {
            terminal_table_cell(table, FIGURE_AUTO, "%s", "");
        }
        add_pair(table, FIGURE_QUERY, s == 0 ? of->c : of->h);
    }
}

static double moved(const step *of)
{
    return hypot(of->h[0] - h_before[0], of->h[1] - h_before[1]);
}

static void show_cell(report *to, size_t cell, terminal_table *summary)
{
    static const char *const headings[] = {"word", "gate", "a 0",     "a 1",
                                           "u 0",  "u 1",  "value 0", "value 1"};
    static const char *const names[N_CELLS] = {"elman", "gru", "lstm"};
    static const size_t tokens[] = {THE, RIVER};
    terminal_table *table = terminal_table_start(8, headings);
    terminal_table_cell(summary, FIGURE_AUTO, "%s", names[cell]);
    for (size_t t = 0; t < 2; t++) {
        char key[64];
        const double *x = example_x[tokens[t]];
        step of = step_by_hand(cell, x);
        check_step(cell, x, &of);
        add_gates(table, cell, tokens[t], &of);
        if (cells[cell].cell != REF_ELMAN) {
            add_states(table, cell, tokens[t], &of);
        }
        terminal_table_cell(summary, FIGURE_AUTO, "%.2f", moved(&of));
        snprintf(key, sizeof key, "moved_%s_%s", names[cell], example_tokens[tokens[t]]);
        report_number(to, key, moved(&of));
    }
    report_gap(to);
    report_say(to, "%s", cells[cell].title);
    report_gap(to);
    terminal_print_table(&to->out, table);
}

void show_cells(report *to, const settings *choices)
{
    (void)choices;
    static const char *const headings[] = {"cell", "moved by the", "moved by river"};
    terminal_table *summary = terminal_table_start(3, headings);
    terminal_heading(&to->out, "One step of each cell by hand");
    report_say(to, "The state is h = (0.5, -0.5); an LSTM has c = (1, -1) beside it. It meets a "
                   "word that says little, the = (0, 0.1, 1), or one that says much, river = (1.2, "
                   "0, 0.1). For each gate: a = W^T x + b of the word, u = U^T h of the state, and "
                   "its value.");
    for (size_t cell = 0; cell < N_CELLS; cell++) {
        show_cell(to, cell, summary);
    }
    report_gap(to);
    report_say(to, "How far each word moves the state. All numbers are those of the reference, to "
                   "1e-14.");
    report_gap(to);
    terminal_print_table(&to->out, summary);
}
