/* The idea in one picture: the same words enter two heads, and W_O mixes what both have found. */
#include "chapters/04_multi_head/idea.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"
#include "chapters/common/words/running_example.h"
#include <stdio.h>

enum { N = EXAMPLE_N_TOKENS, BANK = EXAMPLE_BANK_TOKEN, N_HEADS = 2, D_HEAD = 2 };

/* Where the columns of the picture stand, in pixels. */
enum {
    WIDTH = 780,
    HEIGHT = 384,
    TOP = 66,        /* of the first head */
    HEAD = 158,      /* height of a head, its gap included */
    WORDS_X = 16,    /* left end of the words' numbers */
    WORDS_Y = 212,   /* middle of the words */
    WORDS_CELL = 28, /* a row of them */
    MAP_X = 268,     /* left end of the maps */
    CELL = 21,       /* of a map */
    FOUND_X = 418,   /* what a head has found of bank */
    JOINED_X = 516,  /* both, side by side */
    JOINED_Y = 261,
    NUMBER_CELL = 44, /* a number in a box */
    OUTPUT_X = 718
};

static double head_top(size_t head)
{
    return TOP + HEAD * (double)head;
}

/* One number in a box. */
static void draw_number(svg_canvas *canvas, const char *role, double x, double y, double value)
{
    char classes[32], hover[32];
    snprintf(classes, sizeof classes, "bar %s", role);
    snprintf(hover, sizeof hover, "%.3f", value);
    svg_rectangle(canvas, classes, x, y - 13, NUMBER_CELL - 3, 26, 0.22, hover);
    svg_text(canvas, "number", SVG_MIDDLE, x + (NUMBER_CELL - 3) / 2.0, y + 5, "%.2f", value);
}

static void draw_titles(svg_canvas *canvas)
{
    static const struct {
        const char *classes, *first, *second;
        double x;
    } titles[] = {
        {"label", "X", "6 words", WORDS_X + 64},
        {"label role-weight", "a softmax each", "6 × 6 weights", MAP_X + 3 * CELL},
        {"label role-context", "a head's output", "2 columns", FOUND_X + NUMBER_CELL},
        {"label role-context", "side by side", "4 columns", JOINED_X + 2 * NUMBER_CELL},
        {"label role-context", "times W_O", "3 columns", OUTPUT_X + 18},
    };
    for (size_t t = 0; t < sizeof titles / sizeof titles[0]; t++) {
        svg_text(canvas, titles[t].classes, SVG_MIDDLE, titles[t].x, 22, "%s", titles[t].first);
        svg_text(canvas, "faint", SVG_MIDDLE, titles[t].x, 42, "%s", titles[t].second);
    }
}

static void draw_words(svg_canvas *canvas, const gsl_matrix *x)
{
    for (size_t i = 0; i < N; i++) {
        double y = WORDS_Y + WORDS_CELL * ((double)i - 2.5);
        const char *classes = i == BANK ? "strong role-query" : "label";
        svg_text(canvas, classes, SVG_START, WORDS_X, y + 5, "%s", example_tokens[i]);
        svg_text(canvas, "number", SVG_START, WORDS_X + 48, y + 5, "%.1f  %.1f  %.1f",
                 gsl_matrix_get(x, i, 0), gsl_matrix_get(x, i, 1), gsl_matrix_get(x, i, 2));
    }
}

/* The weights of one head, the row of bank framed, and what it finds. */
static void draw_head(svg_canvas *canvas, const ref_multi_head_cache *cache, size_t head)
{
    double top = head_top(head), bank_y = top + CELL * (BANK + 0.5);
    svg_arrow(canvas, "axis", WORDS_X + 144, WORDS_Y, MAP_X - 66, top + 3 * CELL);
    svg_text(canvas, "strong", SVG_END, MAP_X - 12, top + 3 * CELL + 5, "head %zu", head + 1);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            char hover[96];
            double weight = gsl_matrix_get(cache->heads.weights, head * N + i, j);
            snprintf(hover, sizeof hover, "head %zu: %s looks at %s with %.2f", head + 1,
                     example_tokens[i], example_tokens[j], weight);
            svg_rectangle(canvas, "cell", MAP_X + CELL * (double)j, top + CELL * (double)i,
                          CELL - 2, CELL - 2, weight, hover);
        }
    }
    svg_rectangle(canvas, "frame role-query", MAP_X - 2, top + CELL * BANK - 2, CELL * N + 2,
                  CELL + 2, 0.0, NULL);
    svg_arrow(canvas, "axis", MAP_X + CELL * N + 6, bank_y, FOUND_X - 8, bank_y);
    for (size_t c = 0; c < D_HEAD; c++) {
        double found = gsl_matrix_get(cache->concatenated, BANK, head * D_HEAD + c);
        double joined_x = JOINED_X + NUMBER_CELL * (double)(head * D_HEAD + c);
        draw_number(canvas, "role-context", FOUND_X + NUMBER_CELL * (double)c, bank_y, found);
        draw_number(canvas, "role-context", joined_x, JOINED_Y, found);
    }
    double way = head == 0 ? 18.0 : -18.0; /* down from the first head, up from the second */
    double x = JOINED_X + NUMBER_CELL * (2.0 * (double)head + 1.0) - 2.0;
    svg_arrow(canvas, "axis", FOUND_X + 2 * NUMBER_CELL, bank_y + 0.5 * way, x, JOINED_Y - way);
}

void draw_idea(report *to, const gsl_matrix *x, const ref_multi_head_cache *cache,
               const gsl_matrix *output)
{
    char path[REPORT_PATH_SIZE];
    if (!report_figure_path(to, "idea", path)) {
        return;
    }
    svg_canvas *canvas =
        svg_open(path, WIDTH, HEIGHT, "Two heads, from left to right",
                 "Six words enter two heads. Each has a map of weights of its "
                 "own and finds two numbers for bank. Side by side these are four, "
                 "and times W_O they are three again, as wide as a word.");
    if (!canvas) {
        program_fail("%s", program_last_error());
    }
    draw_titles(canvas);
    draw_words(canvas, x);
    for (size_t head = 0; head < N_HEADS; head++) {
        draw_head(canvas, cache, head);
    }
    svg_arrow(canvas, "axis", JOINED_X + 4 * NUMBER_CELL + 2, JOINED_Y, OUTPUT_X - 6, JOINED_Y);
    for (size_t c = 0; c < EXAMPLE_D_MODEL; c++) {
        draw_number(canvas, "role-context", OUTPUT_X, JOINED_Y + 30 * ((double)c - 1.0),
                    gsl_matrix_get(output, BANK, c));
    }
    svg_text(canvas, "label role-context", SVG_MIDDLE, OUTPUT_X + 20, JOINED_Y + 68, "bank′");
    program_check(svg_close(canvas));
}
