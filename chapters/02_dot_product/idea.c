/* The idea in one picture: one query, six keys, and the steps from scores to the output. */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"
#include "reference/softmax.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

/* Where the columns of the picture stand, in pixels. */
enum {
    WIDTH = 760,
    HEIGHT = 330,
    TOP = 70,
    ROW = 38,
    QUERY_X = 60,
    KEY_X = 190,
    SCORE_X = 270,
    WEIGHT_X = 450,
    VALUE_X = 600,
    OUTPUT_X = 705,
    LONGEST = 110 /* of a bar */
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
        {"label role-query", "1 query", "what it asks", QUERY_X},
        {"label role-key", "6 keys", "what they offer", KEY_X},
        {"label", "scores", "how alike", SCORE_X + LONGEST / 2.0},
        {"label role-weight", "weights", "sum to 1", WEIGHT_X + LONGEST / 2.0},
        {"label role-value", "6 values", "what is mixed", VALUE_X},
        {"label role-context", "output", "the mixture", OUTPUT_X},
    };
    for (size_t t = 0; t < sizeof titles / sizeof titles[0]; t++) {
        svg_text(canvas, titles[t].classes, SVG_MIDDLE, titles[t].x, 24, "%s", titles[t].first);
        svg_text(canvas, "faint", SVG_MIDDLE, titles[t].x, 44, "%s", titles[t].second);
    }
}

/* A key, the bar of its score, the bar of its weight, and its value. */
static void draw_key(svg_canvas *canvas, size_t j, double score, double weight, double middle)
{
    double y = row_y(j);
    svg_line(canvas, "grid", QUERY_X + 34, middle, KEY_X - 34, y);
    svg_text(canvas, "label role-key", SVG_MIDDLE, KEY_X, y + 5, "%s", example_tokens[j]);
    svg_rectangle(canvas, "bar series-6", SCORE_X, y - 9, LONGEST * score, 18, 0.8, NULL);
    svg_text(canvas, "number", SVG_START, SCORE_X + LONGEST * score + 6, y + 5, "%.2f", score);
    svg_rectangle(canvas, "bar role-weight", WEIGHT_X, y - 9, LONGEST * 2.0 * weight, 18, 0.9,
                  NULL);
    svg_text(canvas, "number", SVG_START, WEIGHT_X + LONGEST * 2.0 * weight + 6, y + 5, "%.2f",
             weight);
    svg_text(canvas, "label role-value", SVG_MIDDLE, VALUE_X, y + 5, "%s", example_tokens[j]);
    svg_line(canvas, "grid", VALUE_X + 34, y, OUTPUT_X - 30, middle);
}

void draw_idea(report *to)
{
    char path[REPORT_PATH_SIZE];
    if (!report_figure_path(to, "idea", path)) {
        return;
    }
    gsl_matrix *x = example_matrix(), *scores = program_matrix(1, N);
    gsl_matrix *weights = program_matrix(1, N);
    gsl_matrix_const_view q = gsl_matrix_const_submatrix(x, EXAMPLE_BANK_TOKEN, 0, 1, D);
    double scale = 1.0 / sqrt((double)D), middle = row_y(0) + ROW * 2.5;
    program_check(ref_attention_scores(&q.matrix, x, REF_DOT, scale, NULL, scores));
    program_check(ref_softmax_forward(scores, weights));

    svg_canvas *canvas = svg_open(path, WIDTH, HEIGHT, "Attention of one word, from left to right",
                                  "The query bank is compared with six keys. Bars show the scores "
                                  "and, after the softmax, the weights. The weighted values are "
                                  "added up to one output.");
    if (!canvas) {
        program_fail("%s", program_last_error());
    }
    draw_titles(canvas);
    for (size_t j = 0; j < N; j++) {
        draw_key(canvas, j, gsl_matrix_get(scores, 0, j), gsl_matrix_get(weights, 0, j), middle);
    }
    svg_arrow(canvas, "axis", SCORE_X + LONGEST + 8, middle, WEIGHT_X - 10, middle);
    svg_text(canvas, "label role-query", SVG_MIDDLE, QUERY_X, middle + 5, "bank");
    svg_text(canvas, "label role-context", SVG_MIDDLE, OUTPUT_X, middle + 5, "bank\xe2\x80\xb2");
    svg_text(canvas, "faint", SVG_MIDDLE, (SCORE_X + LONGEST + WEIGHT_X) / 2.0, middle - 12,
             "softmax");
    program_check(svg_close(canvas));
    gsl_matrix_free(x);
    gsl_matrix_free(scores);
    gsl_matrix_free(weights);
}
