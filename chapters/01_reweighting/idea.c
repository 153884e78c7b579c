/* The picture of the idea: six tokens, six weights, one output. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"

/* In pixels. */
static const double pitch = 112.0; /* from one token to the next */
static const double margin = 20.0;
static const double box_width = 92.0;
static const double output_width = 124.0;
static const double box_height = 52.0;
static const double top_of_tokens = 34.0;
static const double top_of_weights = 132.0;
static const double chip_height = 30.0;
static const double top_of_output = 232.0;

static void draw_box(svg_canvas *canvas, const char *role, double x, double y, double width,
                     const char *word, const double numbers[EXAMPLE_D_MODEL], const char *format)
{
    char edge[64];
    snprintf(edge, sizeof edge, "edge %s", role);
    svg_rectangle(canvas, edge, x, y, width, box_height, 1.0, NULL);
    svg_text(canvas, "strong", SVG_MIDDLE, x + width / 2.0, y + 21.0, "%s", word);
    char text[64];
    snprintf(text, sizeof text, format, numbers[0], numbers[1], numbers[2]);
    svg_text(canvas, role, SVG_MIDDLE, x + width / 2.0, y + 41.0, "%s", text);
}

/* A token, its weight below it, and a line from there to the output. */
static void draw_token(svg_canvas *canvas, size_t j, double weight, double middle)
{
    double x = margin + pitch * (double)j, centre = x + box_width / 2.0;
    draw_box(canvas, "role-value", x, top_of_tokens, box_width, example_tokens[j], example_x[j],
             "%.1f %.1f %.1f");
    svg_line(canvas, "faint", centre, top_of_tokens + box_height, centre, top_of_weights);
    svg_line(canvas, weight >= 0.005 ? "role-weight thick" : "grid", centre,
             top_of_weights + chip_height, middle, top_of_output);
    char hover[96];
    snprintf(hover, sizeof hover, "the weight of '%s' is %.4f", example_tokens[j], weight);
    svg_rectangle(canvas, "cell", x + 20.0, top_of_weights, box_width - 40.0, chip_height, weight,
                  hover);
    svg_text(canvas, weight > 0.5 ? "number on-full" : "number", SVG_MIDDLE, centre,
             top_of_weights + 20.0, "%.2f", weight);
}

void draw_idea(const report *to)
{
    char path[REPORT_PATH_SIZE];
    if (!report_figure_path(to, "idea", path)) {
        return;
    }
    gsl_matrix *x = example_matrix();
    gsl_matrix *weights = position_weights(EXAMPLE_N_TOKENS, REF_GAUSSIAN, 1.0);
    gsl_matrix *output = reweighted(weights, x);
    double width = 2.0 * margin + pitch * (EXAMPLE_N_TOKENS - 1) + box_width;
    svg_canvas *canvas =
        svg_open(path, width, top_of_output + box_height + 20.0, "A weighted sum of six tokens",
                 "Each token has a weight; the output of 'bank' is the sum of all tokens, each "
                 "times its weight.");
    if (canvas == NULL) {
        program_fail("%s", program_last_error());
    }
    double middle = width / 2.0;
    svg_text(canvas, "role-value small", SVG_START, margin, top_of_tokens - 12.0, "values");
    svg_text(canvas, "role-weight small", SVG_START, margin, top_of_weights - 8.0, "weights");
    for (size_t j = 0; j < EXAMPLE_N_TOKENS; j++) {
        draw_token(canvas, j, gsl_matrix_get(weights, EXAMPLE_BANK_TOKEN, j), middle);
    }
    draw_box(canvas, "role-context", middle - output_width / 2.0, top_of_output, output_width,
             "new 'bank'", gsl_matrix_const_ptr(output, EXAMPLE_BANK_TOKEN, 0), "%.2f %.2f %.2f");
    program_check(svg_close(canvas));
    gsl_matrix_free(output);
    gsl_matrix_free(weights);
    gsl_matrix_free(x);
}
