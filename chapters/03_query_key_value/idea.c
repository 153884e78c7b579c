/* The idea in one picture: a word leaves as a query, every word as a key and as a value. */
#include "chapters/03_query_key_value/example.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"

enum { N = EXAMPLE_N_TOKENS, BANK = EXAMPLE_BANK_TOKEN };

/* Where the columns of the picture stand, in pixels. */
enum {
    WIDTH = 800,
    HEIGHT = 320,
    TOP = 66,
    ROW = 40,
    WORD_X = 45,
    QUERY_X = 175,
    KEY_X = 335,
    WEIGHT_X = 420,
    VALUE_X = 610,
    OUTPUT_X = 740,
    LONGEST = 110, /* of a bar */
    HALF = 48      /* of two numbers in brackets */
};

static double row_y(size_t j)
{
    return TOP + ROW * ((double)j + 0.5);
}

static void draw_titles(svg_canvas *canvas)
{
    static const struct {
        const char *classes, *first, *second;
        double x;
    } titles[] = {
        {"label", "words", "x", WORD_X},
        {"label role-query", "one query", "x W_Q: what it asks", QUERY_X},
        {"label role-key", "six keys", "x W_K: what they offer", KEY_X},
        {"label role-weight", "weights", "sum to 1", WEIGHT_X + LONGEST / 2.0},
        {"label role-value", "six values", "x W_V: what they give", VALUE_X},
        {"label role-context", "output", "the mixture", OUTPUT_X},
    };
    for (size_t t = 0; t < sizeof titles / sizeof titles[0]; t++) {
        svg_text(canvas, titles[t].classes, SVG_MIDDLE, titles[t].x, 24, "%s", titles[t].first);
        svg_text(canvas, "faint", SVG_MIDDLE, titles[t].x, 44, "%s", titles[t].second);
    }
}

/* Row i of a matrix with two columns, "(2.40, 0.70)". */
static void draw_pair(svg_canvas *canvas, const char *classes, double x, double y,
                      const gsl_matrix *a, size_t i)
{
    svg_text(canvas, classes, SVG_MIDDLE, x, y + 5, "(%.2f, %.2f)", gsl_matrix_get(a, i, 0),
             gsl_matrix_get(a, i, 1));
}

/* A word, its key, the bar of its weight, and its value. */
static void draw_word(svg_canvas *canvas, const example *of, size_t j, double middle)
{
    double y = row_y(j), weight = gsl_matrix_get(of->cache.weights, BANK, j);
    svg_line(canvas, "grid", QUERY_X + HALF, middle, KEY_X - HALF, y);
    svg_line(canvas, "grid", VALUE_X + HALF, y, OUTPUT_X - HALF, middle);
    svg_text(canvas, j == BANK ? "label role-query" : "label", SVG_MIDDLE, WORD_X, y + 5, "%s",
             example_tokens[j]);
    draw_pair(canvas, "label role-key", KEY_X, y, of->cache.k, j);
    svg_rectangle(canvas, "bar role-weight", WEIGHT_X, y - 9, LONGEST * weight, 18, 0.9, NULL);
    svg_text(canvas, "number", SVG_START, WEIGHT_X + LONGEST * weight + 6, y + 5, "%.2f", weight);
    draw_pair(canvas, "label role-value", VALUE_X, y, of->cache.v, j);
}

void draw_idea(report *to, const example *of)
{
    char path[REPORT_PATH_SIZE];
    if (!report_figure_path(to, "idea", path)) {
        return;
    }
    double middle = row_y(0) + ROW * 2.5;
    svg_canvas *canvas = svg_open(path, WIDTH, HEIGHT, "One word asks, all words answer",
                                  "The word bank becomes a query, every word a key and a value. "
                                  "The query meets the keys; the weights that come of it mix the "
                                  "values.");
    if (!canvas) {
        program_fail("%s", program_last_error());
    }
    draw_titles(canvas);
    for (size_t j = 0; j < N; j++) {
        draw_word(canvas, of, j, middle);
    }
    svg_arrow(canvas, "axis", WORD_X + 24, row_y(BANK) - 8, QUERY_X - HALF + 4, middle + 10);
    draw_pair(canvas, "label role-query", QUERY_X, middle, of->cache.q, BANK);
    draw_pair(canvas, "label role-context", OUTPUT_X, middle, of->output, BANK);
    program_check(svg_close(canvas));
}
