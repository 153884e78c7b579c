/* The order of operations of both papers, as two traces of the same decoder. Its numbers are chosen
 * by hand; what happens with them is the reference. */
#include "chapters/05_sequence_to_sequence/timing.h"

#include "chapters/05_sequence_to_sequence/example.h"
#include "chapters/05_sequence_to_sequence/small_model.h"
#include "chapters/common/program/program.h"
#include "reference/multiplicative_attention.h"
#include "reference/softmax.h"
#include <gsl/gsl_math.h>
#include <stdio.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL, N_STEPS = 2, VAH = EXAMPLE_N_WORDS, NADI = 0 };

// [timing-weights]
/* What the decoder is about to ask for behind a word: nature, money, grammar. */
static const double asks_behind_vah[D] = {1, -1, 0}, asks_behind_nadi[D] = {0, 1.5, -0.5};

/* Half of what it asked for before it asks for again. What it has found it need not ask for. */
static const double from_state = 0.5, from_context = -0.5;

/* A state is between -1 and 1; the scores are h^T W m with W = 3 I, so that they can be large. */
static const double sharpness = 3;

/* Behind "vah" alone. */
static const double h_before[D] = {0, 0, 0.5};
// [timing-weights]

/* ---- The decoder ----------------------------------------------------------------------------- */

static void set_diagonal(gsl_matrix *a, size_t first_row, double value)
{
    for (size_t c = 0; c < D; c++) {
        gsl_matrix_set(a, first_row + c, c, value);
    }
}

static void set_output(const ref_encoder_decoder *p)
{
    for (size_t c = 0; c < EXAMPLE_D_OUTPUT; c++) {
        for (size_t r = 0; r < EXAMPLE_D_JOINED; r++) {
            gsl_matrix_set(p->attentional_weight, r, c, example_weight_c[r][c]);
        }
        for (size_t w = 0; w < EXAMPLE_N_WORDS; w++) {
            gsl_matrix_set(p->output_weight, c, w, example_weight_y[c][w]);
        }
    }
    for (size_t w = 0; w < EXAMPLE_N_WORDS; w++) {
        gsl_vector_set(p->output_bias, w, example_bias_y[w]);
    }
    gsl_vector_set(p->output_bias, VAH, -6); /* nobody says she twice */
}

static ref_encoder_decoder_shape shape_of(ref_timing timing)
{
    return (ref_encoder_decoder_shape){.n_source = N,
                                       .n_target = EXAMPLE_N_WORDS + 1,
                                       .d_embedding = D,
                                       .cell = REF_ELMAN,
                                       .n_encoder_hidden = D,
                                       .n_encoder_layers = 1,
                                       .n_hidden = D,
                                       .n_layers = 1,
                                       .score = REF_SCORE_GENERAL,
                                       .timing = timing,
                                       .d_output = EXAMPLE_D_OUTPUT};
}

static void set_decoder(const small_model *of, double context_weight)
{
    const ref_encoder_decoder *p = &of->found.value;
    const ref_recurrent_cell *cell = &p->decoder.cells[0][0];
    for (size_t c = 0; c < D; c++) {
        gsl_matrix_set(p->target_embedding, VAH, c, asks_behind_vah[c]);
        gsl_matrix_set(p->target_embedding, NADI, c, asks_behind_nadi[c]);
    }
    set_diagonal(cell->weight_x, 0, 1.0);
    if (of->shape.timing == REF_TIMING_BAHDANAU) { /* the rows below are those of the context */
        set_diagonal(cell->weight_x, D, context_weight);
    }
    set_diagonal(cell->weight_h, 0, from_state);
    set_diagonal(p->general_weight, 0, sharpness);
    set_output(p);
}

/* In place of an encoder: the running example is what it has left. */
static void set_memory(const small_model *of)
{
    gsl_matrix *memory = example_matrix();
    gsl_matrix_memcpy(of->encoder->memory, memory);
    gsl_matrix_free(memory);
    program_check(ref_multiplicative_keys_forward(
        of->encoder->memory, of->found.value.general_weight, of->encoder->keys));
    for (size_t c = 0; c < D; c++) {
        gsl_vector_set(of->encoder->first, c, h_before[c]);
    }
}

/* Two steps: "vah" is read, then "nadi". */
static small_model *run(ref_timing timing, double context_weight)
{
    const ref_encoder_decoder_shape shape = shape_of(timing);
    small_model *of = small_model_new(&shape, N, N_STEPS);
    set_decoder(of, context_weight);
    set_memory(of);
    of->words[0] = VAH;
    of->words[1] = NADI;
    program_check(ref_decoder_begin(of->encoder, &shape, of->state));
    program_check(ref_decoder_forward(of->words, of->encoder, NULL, &of->found.value, &shape, NULL,
                                      of->state, of->decoder, of->logits));
    program_check(ref_softmax_forward(of->logits, of->probabilities));
    return of;
}

/* h behind step t = 0, 1, or, for t = -1, before the first. */
static gsl_matrix_view state_behind(const small_model *of, int t)
{
    return t < 0 ? gsl_matrix_view_vector(of->encoder->first, 1, D)
                 : gsl_matrix_submatrix(of->decoder->stack->outputs[0], (size_t)t, 0, 1, D);
}

/* How far the weights of step t are from those that a state would get, if it asked. */
static double distance_if_asked(const small_model *of, int t, int state)
{
    gsl_matrix *weights = program_matrix(1, N), *context = program_matrix(1, D);
    gsl_matrix_view h = state_behind(of, state);
    gsl_matrix_view found = gsl_matrix_submatrix(of->decoder->weights, (size_t)t, 0, 1, N);
    program_check(ref_multiplicative_attention_forward(
        &h.matrix, of->encoder->keys, of->encoder->memory, 1.0, NULL, weights, context));
    double distance = largest_difference(weights, &found.matrix);
    gsl_matrix_free(weights);
    gsl_matrix_free(context);
    return distance;
}

/* ---- The traces ------------------------------------------------------------------------------ */

/* A line of a step: its numbers are the first ones of a row of a matrix. */
typedef struct {
    const char *what, *formula;
    figure_role role;
    const gsl_matrix *from;
    size_t n;
} line;

static void add_line(terminal_table *table, const line *of, size_t row)
{
    char text[TERMINAL_MAX_CELL] = "";
    size_t used = 0;
    for (size_t c = 0; c < of->n; c++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.2f", c > 0 ? "  " : "",
                                 gsl_matrix_get(of->from, row, c));
    }
    terminal_table_cell(table, FIGURE_FAINT, "%s", of->what);
    terminal_table_cell(table, FIGURE_AUTO, "%s", of->formula);
    terminal_table_cell(table, of->role, "%s", text);
}

static const char *word_of(const small_model *of, size_t t, double *share)
{
    gsl_vector_const_view row = gsl_matrix_const_row(of->probabilities, t);
    size_t best = gsl_vector_max_index(&row.vector);
    *share = gsl_vector_get(&row.vector, best);
    return best == VAH ? "vah" : example_words[best];
}

/* The lines of a step in the order in which they happen. */
static void print_step(report *to, const small_model *of, size_t t)
{
    static const char *const headings[] = {"", "step", "numbers"};
    bool looks_first = of->shape.timing == REF_TIMING_BAHDANAU;
    char state[64], asking[64];
    size_t now = t + 2, before = t + 1; /* "vah" was word 1 */
    snprintf(state, sizeof state, "h_%zu = cell([E y_%zu%s], h_%zu)", now, before,
             looks_first ? "; c" : "", before);
    snprintf(asking, sizeof asking, "weights: h_%zu asks", looks_first ? before : now);
    const ref_decoder_cache *cache = of->decoder;
    const line cell = {"cell", state, FIGURE_QUERY, cache->stack->outputs[0], D};
    const line look = {"look", asking, FIGURE_WEIGHT, cache->weights, N};
    const line context = {"", "context c = p M", FIGURE_CONTEXT, cache->joined, D};
    const line output = {"join", "h~ = tanh([c; h] W_c)", FIGURE_AUTO, cache->attentional,
                         EXAMPLE_D_OUTPUT};
    const line luong[] = {cell, look, context, output};
    const line bahdanau[] = {look, context, cell, output};

    terminal_table *table = terminal_table_start(3, headings);
    for (size_t l = 0; l < 4; l++) {
        add_line(table, looks_first ? &bahdanau[l] : &luong[l], t);
    }
    double share;
    terminal_table_cell(table, FIGURE_FAINT, "write");
    terminal_table_cell(table, FIGURE_AUTO, "%s", word_of(of, t, &share));
    terminal_table_cell(table, FIGURE_AUTO, "%.2f", share);
    report_gap(to);
    report_say(to, "Word %zu, behind %s:", now, t == 0 ? "vah" : "nadi");
    report_gap(to);
    terminal_print_table(&to->out, table);
}

/* The state that asks explains the weights, and the other does not. */
static void check_asking(report *to, const small_model *of, const char *key)
{
    int lag = of->shape.timing == REF_TIMING_BAHDANAU ? 1 : 0;
    double others = 1.0;
    for (int t = 0; t < N_STEPS; t++) {
        must_be_small(distance_if_asked(of, t, t - lag), 1e-14,
                      "the weights and those of the state");
        others = GSL_MIN(others, distance_if_asked(of, t, t - 1 + lag));
    }
    char name[64];
    snprintf(name, sizeof name, "timing_%s_other_state", key);
    report_number(to, name, others);
    report_gap(to);
    report_say(
        to,
        "Asked again by hand, %s has these weights, to 1e-14. The weights of %s would be off "
        "by %.2f at least.",
        lag ? "the state before" : "the new state", lag ? "the new state" : "the state before",
        others);
}

static void show_trace_of(report *to, ref_timing timing)
{
    static const char *const keys[] = {"luong", "bahdanau"};
    small_model *of = run(timing, from_context);
    report_gap(to);
    report_say(to, "%s",
               timing == REF_TIMING_LUONG
                   ? "Luong, (5.6): the cell first. The new state asks, and the context joins it."
                   : "Bahdanau, (5.7): the look first. The state before asks, and the context goes "
                     "into the cell.");
    for (size_t t = 0; t < N_STEPS; t++) {
        char name[64];
        double share;
        print_step(to, of, t);
        snprintf(name, sizeof name, "timing_%s_word_%zu", keys[timing], t + 2);
        report_text(to, name, word_of(of, t, &share));
        snprintf(name, sizeof name, "timing_%s_river_%zu", keys[timing], t + 2);
        report_number(to, name, gsl_matrix_get(of->decoder->weights, t, 4));
        snprintf(name, sizeof name, "timing_%s_bank_%zu", keys[timing], t + 2);
        report_number(to, name, gsl_matrix_get(of->decoder->weights, t, EXAMPLE_BANK_TOKEN));
    }
    check_asking(to, of, keys[timing]);
    small_model_free(of);
}

/* If the context has no weight in the cell, both decoders have the same states; then Bahdanau's
 * weights are Luong's, one step later. */
static void show_delay(report *to)
{
    small_model *luong = run(REF_TIMING_LUONG, 0.0), *bahdanau = run(REF_TIMING_BAHDANAU, 0.0);
    gsl_matrix_view sooner = gsl_matrix_submatrix(luong->decoder->weights, 0, 0, 1, N);
    gsl_matrix_view later = gsl_matrix_submatrix(bahdanau->decoder->weights, 1, 0, 1, N);
    must_be_small(largest_difference(&sooner.matrix, &later.matrix), 1e-14,
                  "Luong's weights and Bahdanau's one step later");
    report_gap(to);
    report_say(to,
               "With the same numbers Bahdanau's decoder is a word late: what its h_2 has asked "
               "for comes with word 3. If the context has no weight in the cell, its weights "
               "are Luong's, one step later, to 1e-14. Neither order is wrong. But a model "
               "trained with one of them does not work with the other.");
    small_model_free(luong);
    small_model_free(bahdanau);
}

void show_timing(report *to, const settings *choices)
{
    (void)choices;
    terminal_heading(&to->out, "Which state asks, and when");
    draw_timing(to);
    report_say(to, "A decoder with three hidden units (Elman's cell, general score) looks at the "
                   "states of the running example: she, sat, on, the, river, bank. It has written "
                   "vah. Here are two steps of it in the order of each paper. The numbers of the "
                   "weights stand for the words in their order.");
    show_trace_of(to, REF_TIMING_LUONG);
    show_trace_of(to, REF_TIMING_BAHDANAU);
    show_delay(to);
}
