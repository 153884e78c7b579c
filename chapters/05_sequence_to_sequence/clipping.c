/* A gradient that explodes: the cliff of Pascanu et al. 2013, with a recurrent network of one unit
 * and two parameters, and the step down from it with and without clipping. */
#include "chapters/05_sequence_to_sequence/parts.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"
#include "reference/recurrent_cell.h"
#include "reference/train.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LENGTH = 50, MAX_STEPS = 20, N_POINTS = 301 };

static const double first_state = 0.9, wanted = 0.2, rate = 0.1, max_norm = 1.0;
static const double first_u = 2.0, first_b = -0.3;

/* ---- The network ----------------------------------------------------------------------------- */

/* h_t = tanh(u h_{t-1} + b), 50 times, and the loss (h_50 - 0.2)^2 / 2. The words are all 0. */
typedef struct {
    ref_parameters *list;
    ref_parameter *u, *b;
    gsl_vector_view bias, grad_bias;
    ref_recurrent_cell value, gradient;
    gsl_vector *unused[2]; /* b', which stays 0, and its gradient */
    gsl_matrix *zeros, *output, *grad_output, *weight_x[2];
    ref_recurrent_cache cache, grad_cache;
    ref_recurrent_state initial, scratch;
} cliff;

static cliff *cliff_new(void)
{
    cliff *of = program_allocate(1, sizeof *of);
    of->list = ref_parameters_alloc();
    ref_parameters_declare(of->list, "u", 1, 1, false, REF_ZEROS);
    ref_parameters_declare(of->list, "b", 1, 1, false, REF_ZEROS);
    program_check(ref_parameters_allocate(of->list));
    of->u = ref_parameters_find(of->list, "u");
    of->b = ref_parameters_find(of->list, "b");
    of->bias = gsl_matrix_row(&of->b->value.matrix, 0);
    of->grad_bias = gsl_matrix_row(&of->b->gradient.matrix, 0);
    for (size_t i = 0; i < 2; i++) {
        of->unused[i] = program_vector(1);
        of->weight_x[i] = program_matrix(1, 1);
    }
    of->value = (ref_recurrent_cell){of->weight_x[0], &of->bias.vector, &of->u->value.matrix,
                                     of->unused[0]};
    of->gradient = (ref_recurrent_cell){of->weight_x[1], &of->grad_bias.vector,
                                        &of->u->gradient.matrix, of->unused[1]};
    of->zeros = program_matrix(LENGTH, 1);
    of->output = program_matrix(LENGTH, 1);
    of->grad_output = program_matrix(LENGTH, 1);
    of->cache.gates = program_matrix(LENGTH, 1);
    of->grad_cache.gates = program_matrix(LENGTH, 1);
    of->initial.h = program_vector(1);
    of->scratch.h = program_vector(1);
    gsl_vector_set(of->initial.h, 0, first_state);
    return of;
}

static void cliff_free(cliff *of)
{
    ref_parameters_free(of->list);
    for (size_t i = 0; i < 2; i++) {
        gsl_vector_free(of->unused[i]);
        gsl_matrix_free(of->weight_x[i]);
    }
    gsl_matrix *const all[] = {of->zeros, of->output, of->grad_output, of->cache.gates,
                               of->grad_cache.gates};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
    gsl_vector_free(of->initial.h);
    gsl_vector_free(of->scratch.h);
    free(of);
}

static void put(cliff *of, double u, double b)
{
    gsl_matrix_set(&of->u->value.matrix, 0, 0, u);
    gsl_matrix_set(&of->b->value.matrix, 0, 0, b);
}

/* Where the descent is, how good that is, and how steep. */
typedef struct {
    double u, b, loss, norm;
} place;

/* Loss and gradients where the parameters are now. */
static place look_around(cliff *of)
{
    const ref_recurrent_walk walk = {.cell = REF_ELMAN};
    place here = {of->list->values[of->u->offset], of->list->values[of->b->offset], 0.0, 0.0};
    program_check(ref_recurrent_forward(of->zeros, &of->initial, &of->value, &walk, &of->cache,
                                        NULL, of->output));
    double off = gsl_matrix_get(of->output, LENGTH - 1, 0) - wanted;
    gsl_matrix_set(of->grad_output, LENGTH - 1, 0, off);
    ref_parameters_zero_gradients(of->list);
    program_check(ref_recurrent_backward(of->zeros, &of->initial, &of->value, &walk, &of->cache,
                                         of->output, of->grad_output, NULL, NULL, NULL,
                                         &of->gradient, &of->grad_cache, &of->scratch));
    here.loss = 0.5 * off * off;
    program_check(ref_gradient_norm(of->list, &here.norm));
    return here;
}

/* ---- Down the slope -------------------------------------------------------------------------- */

/* One step of SGD from a place, at most so long a gradient. */
static place step_from(cliff *of, place from, double longest)
{
    ref_training_options options = ref_training_defaults(REF_SGD);
    options.learning_rate = rate;
    options.momentum = 0.0;
    options.max_norm = longest;
    put(of, from.u, from.b);
    look_around(of);
    ref_training *training = ref_training_alloc(of->list, &options);
    program_check(ref_training_step(training, of->list));
    ref_training_free(training);
    return look_around(of);
}

/* Unclipped steps from the start until the gradient explodes. */
static place descend(cliff *of, size_t *n_steps)
{
    put(of, first_u, first_b);
    place here = look_around(of);
    for (*n_steps = 0; here.norm < 100.0 && *n_steps < MAX_STEPS; (*n_steps)++) {
        here = step_from(of, here, INFINITY);
    }
    return here;
}

static void add_place(terminal_table *table, const char *name, place at, place from)
{
    terminal_table_cell(table, FIGURE_AUTO, "%s", name);
    terminal_table_cell(table, FIGURE_AUTO, "%.2f", hypot(at.u - from.u, at.b - from.b));
    terminal_table_cell(table, FIGURE_AUTO, "%.3f", at.u);
    terminal_table_cell(table, FIGURE_AUTO, "%.3f", at.b);
    terminal_table_cell(table, FIGURE_AUTO, "%.3f", at.loss);
    terminal_table_cell(table, FIGURE_AUTO, "%.2f", at.norm);
}

static void show_step(report *to, place start, place edge, place free_fall, place held)
{
    static const char *const headings[] = {"place", "step", "u", "b", "loss", "gradient norm"};
    terminal_table *table = terminal_table_start(6, headings);
    add_place(table, "start", start, start);
    add_place(table, "at the cliff", edge, edge);
    add_place(table, "then unclipped", free_fall, edge);
    add_place(table, "or clipped to 1", held, edge);
    terminal_print_table(&to->out, table);
    report_number(to, "clipping_start_norm", start.norm);
    report_number(to, "clipping_norm", edge.norm);
    report_number(to, "clipping_loss", edge.loss);
    report_number(to, "unclipped_u", free_fall.u);
    report_number(to, "unclipped_b", free_fall.b);
    report_number(to, "unclipped_norm", free_fall.norm);
    report_number(to, "unclipped_loss", free_fall.loss);
    report_number(to, "clipped_u", held.u);
    report_number(to, "clipped_b", held.b);
    report_number(to, "clipped_norm", held.norm);
    report_number(to, "clipped_loss", held.loss);
}

/* The loss along u, with b as at the cliff. */
static void draw_cliff(report *to, cliff *of, place edge)
{
    char path[REPORT_PATH_SIZE];
    if (!report_figure_path(to, "cliff", path)) {
        return;
    }
    gsl_vector *u = program_vector(N_POINTS), *loss = program_vector(N_POINTS);
    gsl_vector *at = program_vector(1), *high = program_vector(1);
    for (size_t n = 0; n < N_POINTS; n++) {
        put(of, edge.u + 0.001 * ((double)n - 150.0), edge.b);
        place here = look_around(of);
        gsl_vector_set(u, n, here.u);
        gsl_vector_set(loss, n, here.loss);
    }
    gsl_vector_set(at, 0, edge.u);
    gsl_vector_set(high, 0, edge.loss);
    figure_series series[] = {
        {.name = "loss", .x = u, .y = loss},
        {.name = "the descent arrives here", .style = FIGURE_POINTS, .x = at, .y = high}};
    program_check(
        svg_write_plot(path, &(figure_plot){.title = "A cliff in the loss of a network of one unit",
                                            .description = "Two plains with a wall between them. "
                                                           "The descent stands in the wall.",
                                            .x_label = "u, the weight of the state",
                                            .y_label = "loss",
                                            .series = series,
                                            .n_series = 2}));
    gsl_vector *const all[] = {u, loss, at, high};
    for (size_t v = 0; v < sizeof all / sizeof all[0]; v++) {
        gsl_vector_free(all[v]);
    }
}

void show_clipping(report *to, const settings *choices)
{
    (void)choices;
    cliff *of = cliff_new();
    size_t n_steps;
    put(of, first_u, first_b);
    place start = look_around(of), edge = descend(of, &n_steps);
    place free_fall = step_from(of, edge, INFINITY), held = step_from(of, edge, max_norm);
    terminal_heading(&to->out, "Clipping");
    report_say(
        to,
        "One hidden unit, two parameters, no words: h_t = tanh(u h_{t-1} + b), %d times from "
        "%.1f on, and h_%d should be %.1f. Gradient descent at rate %.1f comes to a cliff "
        "after %zu steps. The next step, without clipping and with it, (3.24):",
        LENGTH, first_state, LENGTH, wanted, rate, n_steps);
    report_gap(to);
    show_step(to, start, edge, free_fall, held);
    report_gap(to);
    report_say(to,
               "The gradient points the right way both times: it is shortened, not turned. "
               "Unclipped, the step ends where all states are 1 and the gradient is %.2f: no "
               "training comes back from there.",
               free_fall.norm);
    report_number(to, "clipping_steps", (double)n_steps);
    draw_cliff(to, of, edge);
    cliff_free(of);
}
