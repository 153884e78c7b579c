/* Both orders side by side: what waits for what. */
#include "chapters/05_sequence_to_sequence/timing.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"

enum { WIDTH = 800, HEIGHT = 352, PANEL = 400, HALF_HEIGHT = 18 };

/* A box in a panel; with a number it is a step. */
typedef struct {
    const char *classes, *text, *number;
    double x, y, half_width;
} box;

/* An arrow from box to box, and what it carries. */
typedef struct {
    const char *classes;
    double x1, y1, x2, y2;
} arrow;

enum { N_BOXES = 7, N_ARROWS = 10 };

typedef struct {
    const char *title, *says;
    box boxes[N_BOXES];
    arrow arrows[N_ARROWS];
} panel;

/* Rows from below: the word that is read at 336, the states at 272, attention at 176, h~ at 96. */
static const panel panels[] = {
    {"Luong: step first, then look",
     "hₜ asks, and cₜ joins it on the way out",
     {{"bar role-query", "hₜ₋₁", "", 52, 272, 30},
      {"bar label", "cell", "1", 160, 272, 36},
      {"bar role-query", "hₜ", "", 292, 272, 30},
      {"bar role-weight", "attention", "2", 160, 176, 46},
      {"bar role-context", "cₜ", "", 160, 96, 30},
      {"bar label", "h̃ₜ", "3", 292, 96, 36},
      {NULL, NULL, NULL, 0, 0, 0}},
     {{"axis", 84, 272, 122, 272},                /* h_{t-1} to the cell */
      {"axis", 160, 318, 160, 292},               /* y_{t-1} to the cell */
      {"axis", 198, 272, 260, 272},               /* the cell to h_t */
      {"role-query thick", 276, 252, 194, 197},   /* h_t asks */
      {"role-key thick", 70, 176, 112, 176},      /* M answers */
      {"role-context thick", 160, 156, 160, 116}, /* to c_t */
      {"role-context thick", 192, 96, 254, 96},   /* c_t to h~ */
      {"role-query thick", 292, 252, 292, 116},   /* h_t to h~ */
      {"axis", 292, 76, 292, 60},                 /* h~ to y_t */
      {NULL, 0, 0, 0, 0}}},
    {"Bahdanau: look first, then step",
     "hₜ₋₁ asks, and cₜ goes into the cell",
     {{"bar role-query", "hₜ₋₁", "", 52, 272, 30},
      {"bar label", "cell", "2", 180, 272, 36},
      {"bar role-query", "hₜ", "", 292, 272, 30},
      {"bar role-weight", "attention", "1", 76, 176, 46},
      {"bar role-context", "cₜ", "", 180, 176, 30},
      {"bar label", "h̃ₜ", "3", 292, 96, 36},
      {NULL, NULL, NULL, 0, 0, 0}},
     {{"role-query thick", 58, 252, 68, 196},     /* h_{t-1} asks */
      {"role-key thick", 76, 126, 76, 156},       /* M answers */
      {"role-context thick", 124, 176, 148, 176}, /* to c_t */
      {"role-context thick", 180, 196, 180, 252}, /* c_t to the cell */
      {"axis", 84, 272, 142, 272},                /* h_{t-1} to the cell */
      {"axis", 180, 318, 180, 292},               /* y_{t-1} to the cell */
      {"axis", 218, 272, 260, 272},               /* the cell to h_t */
      {"role-context thick", 206, 158, 262, 116}, /* c_t to h~ */
      {"role-query thick", 292, 252, 292, 116},   /* h_t to h~ */
      {"axis", 292, 76, 292, 60}}},               /* h~ to y_t */
};

static void draw_panel(svg_canvas *canvas, const panel *of, double left, double memory_x,
                       double memory_y, double read_x)
{
    svg_text(canvas, "title", SVG_START, left, 26, "%s", of->title);
    svg_text(canvas, "faint", SVG_START, left, 46, "%s", of->says);
    for (size_t b = 0; b < N_BOXES && of->boxes[b].text; b++) {
        const box *one = &of->boxes[b];
        double x = left + one->x;
        svg_rectangle(canvas, one->classes, x - one->half_width, one->y - HALF_HEIGHT,
                      2 * one->half_width, 2 * HALF_HEIGHT, 0.2, NULL);
        svg_text(canvas, "label", SVG_MIDDLE, x, one->y + 5, "%s", one->text);
        svg_text(canvas, "strong", SVG_END, x - one->half_width + 2, one->y - HALF_HEIGHT - 5, "%s",
                 one->number);
    }
    for (size_t a = 0; a < N_ARROWS && of->arrows[a].classes; a++) {
        const arrow *one = &of->arrows[a];
        svg_arrow(canvas, one->classes, left + one->x1, one->y1, left + one->x2, one->y2);
    }
    svg_mark(canvas, "role-key", FIGURE_KEY, left + memory_x - 12, memory_y - 4.5, NULL);
    svg_text(canvas, "label role-key", SVG_START, left + memory_x, memory_y, "M");
    svg_text(canvas, "label", SVG_MIDDLE, left + read_x, 338, "yₜ₋₁");
    svg_text(canvas, "strong", SVG_START, left + 304, 66, "4");
    svg_text(canvas, "label", SVG_MIDDLE, left + 292, 54, "yₜ");
}

void draw_timing(report *to)
{
    char path[REPORT_PATH_SIZE];
    if (!report_figure_path(to, "timing", path)) {
        return;
    }
    svg_canvas *canvas = svg_open(
        path, WIDTH, HEIGHT, "Which state asks, and where the context enters",
        "Two orders side by side. Luong's decoder makes its step, then the new state asks, "
        "and the context joins it. Bahdanau's decoder asks with the state before, and the "
        "context goes into its step.");
    if (!canvas) {
        program_fail("%s", program_last_error());
    }
    draw_panel(canvas, &panels[0], 16, 50, 181, 160);
    draw_panel(canvas, &panels[1], 16 + PANEL, 76, 118, 180);
    program_check(svg_close(canvas));
}
