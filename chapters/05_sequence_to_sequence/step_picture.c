/* One step of a decoder as a picture. Below the encoder and the decoder, word by word; above them
 * what the step makes: scores, weights, context, attentional state, next word. */
#include "chapters/05_sequence_to_sequence/step_picture.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"
#include <math.h>
#include <stdio.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

/* Where things stand, in pixels. */
enum {
    WIDTH = 800,
    HEIGHT = 456,
    FIRST_X = 62, /* middle of the encoder's first state */
    STEP_X = 78,  /* from state to state */
    MIDDLE_X = FIRST_X + 5 * STEP_X / 2,
    BEFORE_X = 590, /* the decoder's state before */
    ASKING_X = 690, /* the one that asks */
    STATE_Y = 356,  /* middle of all states */
    BUS_Y = 296,    /* the question on its way */
    BARS_Y = 276,   /* where the bars of the weights stand */
    LONGEST = 110,  /* bar of the weight 1 */
    CONTEXT_Y = 132,
    WORDS_X = 646,     /* left end of the next words' bars */
    HALF_WIDTH = 21,   /* of a state */
    HALF_STATE = 29,   /* its height: three numbers */
    HALF_HEIGHT = 17,  /* of the other boxes */
    HALF_CONTEXT = 92, /* width of the context */
    HALF_OUTPUT = 62   /* width of the attentional state */
};

/* What is drawn, and how. */
typedef struct {
    svg_canvas *canvas;
    const example *of;
    frame last;    /* the last step that is seen */
    bool is_whole; /* the idea: names of the steps instead of numbers */
} picture;

static double state_x(size_t j)
{
    return FIRST_X + STEP_X * (double)j;
}

/* A box around (x, y): what is new in a frame is full, the rest pale. */
static void draw_box(const picture *p, const char *role, double x, double y, double half_width,
                     bool is_new, const char *hover)
{
    char classes[48];
    snprintf(classes, sizeof classes, "bar %s", role);
    svg_rectangle(p->canvas, classes, x - half_width, y - HALF_HEIGHT, 2 * half_width,
                  2 * HALF_HEIGHT, is_new ? 0.3 : 0.14, hover);
}

/* A box with the three numbers of a state, one below the other; without numbers a name. */
static void draw_state(const picture *p, const char *role, double x, const double *numbers,
                       int decimals, const char *hover)
{
    char classes[48];
    snprintf(classes, sizeof classes, "bar %s", role);
    svg_rectangle(p->canvas, classes, x - HALF_WIDTH, STATE_Y - HALF_STATE, 2 * HALF_WIDTH,
                  2 * HALF_STATE, p->last == FRAME_SCORES ? 0.3 : 0.14, hover);
    for (size_t c = 0; numbers && c < D; c++) {
        svg_text(p->canvas, "number", SVG_MIDDLE, x, STATE_Y + 4 + 17 * ((double)c - 1.0), "%.*f",
                 decimals, numbers[c]);
    }
}

/* A mark and a word beside it, so that no colour is needed. */
static void draw_role(const picture *p, figure_role role, const char *classes, double x, double y,
                      const char *name)
{
    svg_mark(p->canvas, classes, role, x, y - 4.5, NULL);
    svg_text(p->canvas, classes, SVG_START, x + 10, y, "%s", name);
}

/* ---- Encoder and decoder --------------------------------------------------------------------- */

static void draw_encoder(const picture *p)
{
    for (size_t j = 0; j < N; j++) {
        char hover[96];
        double x = state_x(j);
        snprintf(hover, sizeof hover, "what the encoder has left of %s", example_tokens[j]);
        draw_state(p, "role-key", x, gsl_matrix_const_ptr(p->of->memory, j, 0), 1, hover);
        svg_text(p->canvas, "label", SVG_MIDDLE, x, STATE_Y + 50, "%s", example_tokens[j]);
        if (j > 0) {
            svg_arrow(p->canvas, "axis", x - STEP_X + HALF_WIDTH + 3, STATE_Y, x - HALF_WIDTH - 3,
                      STATE_Y);
        }
    }
    draw_role(p, FIGURE_KEY, "role-key", FIRST_X - 20, HEIGHT - 12, "keys and");
    draw_role(p, FIGURE_VALUE, "role-value", FIRST_X + 64, HEIGHT - 12,
              "values: the states M that the encoder has left");
}

static void draw_decoder(const picture *p)
{
    svg_line(p->canvas, "axis dash-4", state_x(N - 1) + HALF_WIDTH + 3, STATE_Y,
             BEFORE_X - HALF_WIDTH - 3, STATE_Y);
    draw_state(p, "faint", BEFORE_X, NULL, 0, "the state before");
    svg_arrow(p->canvas, "axis", BEFORE_X + HALF_WIDTH + 3, STATE_Y, ASKING_X - HALF_WIDTH - 3,
              STATE_Y);
    draw_state(p, "role-query", ASKING_X, gsl_matrix_const_ptr(p->of->h, 0, 0), 0,
               "the state that asks");
    svg_text(p->canvas, "label", SVG_MIDDLE, BEFORE_X, STATE_Y + 50, "vah");
    svg_text(p->canvas, "label", SVG_MIDDLE, ASKING_X, STATE_Y + 50, "nadi");
    draw_role(p, FIGURE_QUERY, "role-query", BEFORE_X - 20, HEIGHT - 12,
              "query: the decoder's state h");
}

/* Where things will stand that no frame has shown so far. */
static void draw_places(const picture *p)
{
    if (p->last < FRAME_CONTEXT) {
        svg_rectangle(p->canvas, "edge grid", MIDDLE_X - HALF_CONTEXT, CONTEXT_Y - HALF_HEIGHT,
                      2 * HALF_CONTEXT, 2 * HALF_HEIGHT, 1.0, NULL);
    }
    if (p->last < FRAME_OUTPUT) {
        svg_rectangle(p->canvas, "edge grid", ASKING_X - HALF_OUTPUT, CONTEXT_Y - HALF_HEIGHT,
                      2 * HALF_OUTPUT, 2 * HALF_HEIGHT, 1.0, NULL);
    }
}

/* ---- The steps ------------------------------------------------------------------------------- */

static void draw_scores(const picture *p)
{
    svg_line(p->canvas, "role-query thick", ASKING_X, STATE_Y - HALF_STATE - 2, ASKING_X, BUS_Y);
    svg_line(p->canvas, "role-query thick", ASKING_X, BUS_Y, state_x(0), BUS_Y);
    for (size_t j = 0; j < N; j++) {
        char hover[64];
        double score = gsl_matrix_get(p->of->scores, 0, j);
        snprintf(hover, sizeof hover, "score of %s: %.2f", example_tokens[j], score);
        svg_line(p->canvas, "role-key", state_x(j), STATE_Y - HALF_STATE - 2, state_x(j), BUS_Y);
        svg_mark(p->canvas, "role-query", FIGURE_QUERY, state_x(j), BUS_Y, hover);
        if (!p->is_whole) {
            const char *classes = p->last == FRAME_SCORES ? "strong" : "number faint";
            svg_text(p->canvas, classes, SVG_START, state_x(j) + 6, BUS_Y + 20, "%.1f", score);
        }
    }
    if (p->is_whole) {
        svg_text(p->canvas, "label", SVG_MIDDLE, state_x(N - 1) + STEP_X, BUS_Y - 8, "1. scores");
    }
}

static double bar_top(const picture *p, size_t j)
{
    return BARS_Y - LONGEST * gsl_matrix_get(p->of->weights, 0, j);
}

static void draw_weights(const picture *p)
{
    for (size_t j = 0; j < N; j++) {
        char hover[64];
        double weight = gsl_matrix_get(p->of->weights, 0, j);
        snprintf(hover, sizeof hover, "weight of %s: %.3f", example_tokens[j], weight);
        svg_rectangle(p->canvas, "bar role-weight", state_x(j) - 14, bar_top(p, j), 28,
                      BARS_Y - bar_top(p, j), p->last == FRAME_WEIGHTS || p->is_whole ? 0.9 : 0.5,
                      hover);
        svg_text(p->canvas, p->last == FRAME_WEIGHTS ? "strong" : "number", SVG_MIDDLE, state_x(j),
                 bar_top(p, j) - 5, "%.2f", weight);
    }
    draw_role(p, FIGURE_WEIGHT, "role-weight", state_x(N - 1) + 34, BARS_Y - 30,
              p->is_whole ? "2. weights: they sum to 1" : "weights: they sum to 1");
}

static void draw_context(const picture *p)
{
    const double *c = gsl_matrix_const_ptr(p->of->context, 0, 0);
    for (size_t j = 0; j < N; j++) {
        bool is_large = gsl_matrix_get(p->of->weights, 0, j) > 0.15;
        svg_line(p->canvas, is_large ? "role-value thick" : "role-value pale", state_x(j),
                 bar_top(p, j) - 20, MIDDLE_X + 10 * ((double)j - 2.5),
                 CONTEXT_Y + HALF_HEIGHT + 2);
    }
    draw_box(p, "role-context", MIDDLE_X, CONTEXT_Y, HALF_CONTEXT, p->last == FRAME_CONTEXT,
             "the context");
    svg_text(p->canvas, p->last == FRAME_CONTEXT ? "strong" : "number", SVG_MIDDLE, MIDDLE_X,
             CONTEXT_Y + 5, "(%.2f, %.2f, %.2f)", c[0], c[1], c[2]);
    draw_role(p, FIGURE_CONTEXT, "role-context", MIDDLE_X - HALF_CONTEXT + 4,
              CONTEXT_Y - HALF_HEIGHT - 8,
              p->is_whole ? "3. context c: the states, mixed" : "context c: the states, mixed");
}

static void draw_next_words(const picture *p)
{
    for (size_t w = 0; w < EXAMPLE_N_WORDS; w++) {
        double y = 22 + 17 * (double)w, share = gsl_matrix_get(p->of->probabilities, 0, w);
        char hover[64];
        snprintf(hover, sizeof hover, "%s, %s: %.3f", example_words[w], example_meanings[w], share);
        svg_text(p->canvas, share > 0.5 ? "strong" : "label", SVG_END, WORDS_X - 8, y, "%s",
                 example_words[w]);
        svg_rectangle(p->canvas, "bar", WORDS_X, y - 10, fmax(1.0, 100 * share), 11, 0.7, hover);
        svg_text(p->canvas, "number", SVG_START, WORDS_X + 100 * share + 6, y, "%.2f", share);
    }
}

static void draw_output(const picture *p)
{
    const double *output = gsl_matrix_const_ptr(p->of->attentional, 0, 0);
    svg_arrow(p->canvas, "role-context thick", MIDDLE_X + HALF_CONTEXT + 4, CONTEXT_Y,
              ASKING_X - HALF_OUTPUT - 4, CONTEXT_Y);
    svg_arrow(p->canvas, "role-query thick", ASKING_X, BUS_Y, ASKING_X,
              CONTEXT_Y + HALF_HEIGHT + 3);
    draw_box(p, "label", ASKING_X, CONTEXT_Y, HALF_OUTPUT, true, "the attentional state");
    svg_text(p->canvas, p->is_whole ? "number" : "strong", SVG_MIDDLE, ASKING_X, CONTEXT_Y + 5,
             "(%.2f, %.2f)", output[0], output[1]);
    svg_text(p->canvas, "label", SVG_MIDDLE, (MIDDLE_X + ASKING_X) / 2.0 + 16, CONTEXT_Y - 10, "%s",
             p->is_whole ? "4. h̃ = tanh([c; h] W_c)" : "h̃ = tanh([c; h] W_c)");
    svg_arrow(p->canvas, "axis", ASKING_X, CONTEXT_Y - HALF_HEIGHT - 2, ASKING_X, 84);
    if (p->is_whole) {
        svg_text(p->canvas, "label", SVG_END, WORDS_X - 66, 48, "5. the next word");
    }
    draw_next_words(p);
}

static void draw_all(report *to, const picture *what, const char *name, const char *title,
                     const char *description)
{
    char path[REPORT_PATH_SIZE];
    picture p = *what;
    if (!report_figure_path(to, name, path)) {
        return;
    }
    p.canvas = svg_open(path, WIDTH, HEIGHT, title, description);
    if (!p.canvas) {
        program_fail("%s", program_last_error());
    }
    if (!p.is_whole) {
        svg_text(p.canvas, "title", SVG_START, 16, 28, "%s", title);
        svg_text(p.canvas, "faint", SVG_START, 16, 50, "%s", description);
    }
    draw_encoder(&p);
    draw_decoder(&p);
    draw_places(&p);
    void (*const steps[N_FRAMES])(const picture *) = {draw_scores, draw_weights, draw_context,
                                                      draw_output};
    for (int step = 0; step <= (int)p.last; step++) {
        steps[step](&p);
    }
    program_check(svg_close(p.canvas));
}

void draw_idea(report *to, const example *of)
{
    const picture whole = {.of = of, .last = FRAME_OUTPUT, .is_whole = true};
    draw_all(to, &whole, "idea", "A decoder looks back",
             "The state of the decoder asks all states of the encoder. Scores become weights, the "
             "weights mix the states into a context, and context and state together give the next "
             "word.");
}

void draw_frame(report *to, const example *of, frame last)
{
    static const char *const names[N_FRAMES] = {"frame_scores", "frame_weights", "frame_context",
                                                "frame_output"};
    static const char *const titles[N_FRAMES] = {"1 of 4: scores", "2 of 4: weights",
                                                 "3 of 4: context", "4 of 4: the next word"};
    static const char *const descriptions[N_FRAMES] = {
        "h meets every state of the encoder.", "The softmax of the scores.",
        "The states again, each as much as its weight says.",
        "Context and state side by side, one layer, and a softmax over words."};
    const picture so_far = {.of = of, .last = last};
    draw_all(to, &so_far, names[last], titles[last], descriptions[last]);
}
