/* How far back a gradient reaches: through each cell, and through a whole model with attention and
 * without. Nothing is trained: the parameters are those that a training begins with. */
#include "chapters/05_sequence_to_sequence/small_model.h"

#include "chapters/05_sequence_to_sequence/vanishing.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_HIDDEN = 16, LONGEST = 40, N_NETWORKS = 10, N_CELLS = 4 };

static const struct {
    const char *name, *key;
    ref_cell cell;
    double forget_bias;
} cells[N_CELLS] = {{"Elman", "elman", REF_ELMAN, 0.0},
                    {"GRU", "gru", REF_GRU, 0.0},
                    {"LSTM", "lstm", REF_LSTM, 0.0},
                    {"LSTM, forget bias 2", "lstm_bias", REF_LSTM, 2.0}};

/* ---- A network of one cell ------------------------------------------------------------------- */

/* The network, a sequence that it has read, and the gradient on its way back. */
typedef struct {
    ref_recurrent_stack_shape shape;
    ref_parameters *list;
    ref_recurrent_stack_parameters found;
    gsl_matrix *x, *nothing; /* (LONGEST x N_HIDDEN), and a row of zeros */
    ref_recurrent_stack_cache *cache, *grad_cache;
    ref_recurrent_stack_state carried; /* dh_t and, of an LSTM, dc_t */
    ref_recurrent_state scratch;
} network;

static ref_recurrent_state new_state(ref_cell cell)
{
    return (ref_recurrent_state){program_vector(N_HIDDEN),
                                 cell == REF_LSTM ? program_vector(N_HIDDEN) : NULL};
}

static network *network_new(size_t which, gsl_rng *generator)
{
    network *of = program_allocate(1, sizeof *of);
    ref_cell cell = cells[which].cell;
    of->shape = (ref_recurrent_stack_shape){
        .cell = cell, .n_in = N_HIDDEN, .n_hidden = N_HIDDEN, .n_layers = 1};
    of->list = ref_parameters_alloc();
    of->cache = ref_recurrent_stack_cache_alloc(LONGEST, &of->shape);
    of->grad_cache = ref_recurrent_stack_cache_alloc(1, &of->shape);
    if (!of->list || !of->cache || !of->grad_cache) {
        program_fail("%s", program_last_error());
    }
    program_check(ref_recurrent_stack_declare(of->list, "cell", &of->shape));
    program_check(ref_parameters_allocate(of->list));
    program_check(ref_parameters_initialize(of->list, generator));
    program_check(ref_recurrent_stack_find(of->list, "cell", &of->shape, &of->found));
    for (size_t k = 0; cell == REF_LSTM && k < N_HIDDEN; k++) { /* f is the second of i, f, g, o */
        gsl_vector_set(of->found.value.cells[0][0].bias_x, N_HIDDEN + k, cells[which].forget_bias);
    }
    of->x = program_matrix(LONGEST, N_HIDDEN);
    of->nothing = program_matrix(1, N_HIDDEN);
    of->carried.states[0][0] = new_state(cell);
    of->scratch = new_state(cell);
    fill_normal(of->x, generator);
    program_check(ref_recurrent_stack_forward(of->x, NULL, &of->found.value, &of->shape, NULL, NULL,
                                              of->cache, NULL));
    return of;
}

static void network_free(network *of)
{
    ref_parameters_free(of->list);
    ref_recurrent_stack_cache_free(of->cache);
    ref_recurrent_stack_cache_free(of->grad_cache);
    gsl_matrix_free(of->x);
    gsl_matrix_free(of->nothing);
    const ref_recurrent_state both[] = {of->carried.states[0][0], of->scratch};
    for (size_t s = 0; s < 2; s++) {
        gsl_vector_free(both[s].h);
        gsl_vector_free(both[s].c);
    }
    free(of);
}

/* ---- d h_n / d h_t --------------------------------------------------------------------------- */

/* One step back through time: what is carried becomes the gradient of the state before token t. */
static void step_back(network *of, size_t t)
{
    ref_recurrent_stack_rows row;
    ref_recurrent_stack_cache_rows(of->cache, &of->shape, t, 1, &row);
    gsl_matrix_view x = gsl_matrix_submatrix(of->x, t, 0, 1, N_HIDDEN);
    gsl_vector_view h, c;
    ref_recurrent_stack_state before = {0};
    if (t > 0) {
        h = gsl_matrix_row(of->cache->outputs[0], t - 1);
        before.states[0][0].h = &h.vector;
        if (of->shape.cell == REF_LSTM) {
            c = gsl_matrix_row(of->cache->cells[0][0].inner, t - 1);
            before.states[0][0].c = &c.vector;
        }
    }
    program_check(ref_recurrent_stack_backward(&x.matrix, t > 0 ? &before : NULL, &of->found.value,
                                               &of->shape, NULL, NULL, &row.cache, of->nothing,
                                               &of->carried, NULL, &of->carried,
                                               &of->found.gradient, of->grad_cache, &of->scratch));
}

static double squared(const gsl_vector *x)
{
    double sum = 0.0;
    if (x) {
        gsl_blas_ddot(x, x, &sum);
    }
    return sum;
}

/* The squared norms of d h_n / d h_t at each distance n - t, summed over the units of h_n; of an
 * LSTM, h_t and c_t count together, since the gradient goes back through both. */
static void add_squares(network *of, double squares[LONGEST + 1])
{
    const ref_recurrent_state *carried = &of->carried.states[0][0];
    for (size_t unit = 0; unit < N_HIDDEN; unit++) {
        gsl_vector_set_basis(carried->h, unit);
        if (carried->c) {
            gsl_vector_set_zero(carried->c);
        }
        squares[0] += 1.0;
        for (size_t distance = 1; distance <= LONGEST; distance++) {
            step_back(of, LONGEST - distance);
            squares[distance] += squared(carried->h) + squared(carried->c);
        }
    }
}

/* Typical norms, where that of the identity is 1: geometric means over the networks. */
static gsl_vector *norms_of(size_t which, size_t seed)
{
    gsl_rng *generator = new_generator(seed);
    gsl_vector *norms = program_vector(LONGEST + 1);
    for (size_t n = 0; n < N_NETWORKS; n++) {
        double squares[LONGEST + 1] = {0};
        network *of = network_new(which, generator);
        add_squares(of, squares);
        network_free(of);
        for (size_t d = 0; d <= LONGEST; d++) {
            *gsl_vector_ptr(norms, d) += 0.5 * log(squares[d] / N_HIDDEN) / N_NETWORKS;
        }
    }
    for (size_t d = 0; d <= LONGEST; d++) {
        gsl_vector_set(norms, d, exp(gsl_vector_get(norms, d)));
    }
    gsl_rng_free(generator);
    return norms;
}

/* What the figure shows, in numbers. */
static void say_cells(report *to, gsl_vector *const norms[N_CELLS])
{
    static const char *const headings[] = {"cell", "10 steps", "20 steps", "40 steps"};
    static const size_t shown[] = {10, 20, 40};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t k = 0; k < N_CELLS; k++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", cells[k].name);
        for (size_t d = 0; d < 3; d++) {
            terminal_table_cell(table, FIGURE_AUTO, "%.0e", gsl_vector_get(norms[k], shown[d]));
        }
    }
    report_gap(to);
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(to, "A gate that begins half open forgets half at each step: at first a GRU and an "
                   "LSTM forget as an Elman network does. What they have is the choice. With a "
                   "forget gate that begins nearly open, b_f = 2, the gradient arrives.");
}

static void show_cells_of(report *to, const settings *choices)
{
    gsl_vector *distances = program_vector(LONGEST + 1), *norms[N_CELLS];
    figure_series series[N_CELLS] = {0};
    for (size_t d = 0; d <= LONGEST; d++) {
        gsl_vector_set(distances, d, (double)d);
    }
    for (size_t k = 0; k < N_CELLS; k++) {
        char key[64];
        norms[k] = norms_of(k, choices->seed);
        series[k] = (figure_series){.name = cells[k].name, .x = distances, .y = norms[k]};
        for (size_t d = 10; d <= LONGEST; d += 10) {
            snprintf(key, sizeof key, "vanishing_%s_%zu", cells[k].key, d);
            report_number(to, key, gsl_vector_get(norms[k], d));
        }
    }
    report_plot(to, "vanishing_cells",
                &(figure_plot){.title = "How much a state feels of one before it",
                               .description = "Four falling curves.",
                               .x_label = "distance n - t",
                               .y_label = "norm of d h_n / d h_t",
                               .series = series,
                               .n_series = N_CELLS,
                               .is_log_y = true});
    say_cells(to, norms);
    gsl_vector_free(distances);
    for (size_t k = 0; k < N_CELLS; k++) {
        gsl_vector_free(norms[k]);
    }
}

void show_vanishing(report *to, const settings *choices)
{
    terminal_heading(&to->out, "How far back a gradient reaches");
    report_say(to,
               "Cells with %d hidden units, as a training begins with them, read %d random words. "
               "How large is the derivative of the last state by one before it?",
               N_HIDDEN, LONGEST);
    show_cells_of(to, choices);
    show_shortcut(to, choices);
}
