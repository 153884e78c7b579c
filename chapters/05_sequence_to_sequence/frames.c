/* One step of a decoder frame by frame: scores, weights, context, next word. */
#include "chapters/05_sequence_to_sequence/step_picture.h"

#include "chapters/common/program/program.h"

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

static void print_vector(const report *to, figure_role role, const char *name, const gsl_matrix *a)
{
    report_print(to, "%s", name);
    for (size_t c = 0; c < a->size2; c++) {
        terminal_print(&to->out, role, "%s%.2f", c == 0 ? "(" : ", ", gsl_matrix_get(a, 0, c));
    }
    terminal_print(&to->out, role, ")");
    report_gap(to);
}

/* A column more in each frame: the score, the weight, the weighted state. */
static void print_states(report *to, const example *of, frame last)
{
    static const char *const headings[] = {"token", "state", "score", "weight", "weight * state"};
    size_t n_columns = last == FRAME_SCORES ? 3 : last == FRAME_WEIGHTS ? 4 : 5;
    terminal_table *table = terminal_table_start(n_columns, headings);
    for (size_t j = 0; j < N; j++) {
        const double *m = gsl_matrix_const_ptr(of->memory, j, 0);
        double weight = gsl_matrix_get(of->weights, 0, j);
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[j]);
        terminal_table_cell(table, FIGURE_KEY, "%.1f %.1f %.1f", m[0], m[1], m[2]);
        terminal_table_cell(table, FIGURE_AUTO, "%.1f", gsl_matrix_get(of->scores, 0, j));
        if (last >= FRAME_WEIGHTS) {
            terminal_table_cell(table, FIGURE_WEIGHT, "%.2f", weight);
        }
        if (last >= FRAME_CONTEXT) {
            terminal_table_cell(table, FIGURE_VALUE, "%.2f %.2f %.2f", weight * m[0], weight * m[1],
                                weight * m[2]);
        }
    }
    terminal_print_table(&to->out, table);
}

static void draw_bars(report *to, const char *title, figure_role role, const char *const *labels,
                      const gsl_matrix *row)
{
    gsl_vector_const_view values = gsl_matrix_const_row(row, 0);
    terminal_draw_bars(
        &to->out,
        &(figure_bars){.title = title, .labels = labels, .values = &values.vector, .role = role});
}

static void show_frame(report *to, const example *of, frame last)
{
    static const char *const titles[N_FRAMES] = {
        "Frame 1, scores: h = (1, 2, -1) meets every state.",
        "Frame 2, weights: the softmax of the scores.",
        "Frame 3, context: the states again, each as much as its weight says, and their sum.",
        "Frame 4, the next word: context and h side by side, one layer, a softmax over words."};
    report_gap(to);
    report_say(to, "%s", titles[last]);
    report_gap(to);
    if (last != FRAME_OUTPUT) {
        print_states(to, of, last);
    }
    if (last == FRAME_WEIGHTS) {
        draw_bars(to, NULL, FIGURE_WEIGHT, example_tokens, of->weights);
    } else if (last == FRAME_CONTEXT) {
        print_vector(to, FIGURE_CONTEXT, " c  = ", of->context);
    } else if (last == FRAME_OUTPUT) {
        print_vector(to, FIGURE_CONTEXT, " c  = ", of->context);
        print_vector(to, FIGURE_QUERY, " h  = ", of->h);
        print_vector(to, FIGURE_AUTO, " h~ = ", of->attentional);
        draw_bars(to, NULL, FIGURE_CONTEXT, example_words, of->probabilities);
    }
    draw_frame(to, of, last);
}

void show_frames(report *to, const settings *choices)
{
    (void)choices;
    example of = example_run(EXAMPLE_NONE_HIDDEN);
    terminal_heading(&to->out, "The same look, frame by frame");
    for (int last = 0; last < N_FRAMES; last++) {
        show_frame(to, &of, (frame)last);
    }
    example_free(&of);
}
