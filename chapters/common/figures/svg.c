/**
 * @file svg.c
 * The canvas: pieces of SVG, a temporary file, and the file in its place.
 */
#include "chapters/common/figures/svg.h"
#include "chapters/common/figures/svg_internal.h"
#include "chapters/common/program/utf8.h"
#include <ctype.h>
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ID = 64, MAX_TEXT = 512 };

/** Private: a drawing on its way. */
struct svg_canvas {
    FILE *stream;    /**< the temporary file */
    char *path;      /**< where the figure is to stand */
    char *new_path;  /**< where it is written */
    char id[MAX_ID]; /**< start of every id in the file */
};

/* Text between tags and in attributes; what XML does not allow becomes U+FFFD. */
static void print_escaped(FILE *stream, const char *text)
{
    for (;;) {
        const char *start = text;
        uint32_t c = utf8_next(&text);
        if (c == 0) {
            return;
        }
        bool is_forbidden =
            c == UTF8_INVALID || (c < ' ' && c != '\t' && c != '\n') || c == 0xFFFE || c == 0xFFFF;
        if (is_forbidden) {
            fputs("\xEF\xBF\xBD", stream);
        } else if (c == '&') {
            fputs("&amp;", stream);
        } else if (c == '<') {
            fputs("&lt;", stream);
        } else if (c == '>') {
            fputs("&gt;", stream);
        } else if (c == '"') {
            fputs("&quot;", stream);
        } else {
            fwrite(start, 1, (size_t)(text - start), stream);
        }
    }
}

/* A place: one decimal is a tenth of a pixel. */
static double tenth(double pixels)
{
    double rounded = round(10.0 * pixels) / 10.0;
    return rounded == 0.0 ? 0.0 : rounded; /* never -0 */
}

/* "build/weights of bank.svg" -> "weights-of-bank" */
static void make_id(const char *path, char *id)
{
    const char *name = strrchr(path, '/');
    name = name != NULL ? name + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = dot != NULL ? (size_t)(dot - name) : strlen(name), n = 0;
    for (size_t i = 0; i < length && n < MAX_ID - 1; i++) {
        bool is_plain = isalnum((unsigned char)name[i]) && (unsigned char)name[i] < 0x80;
        id[n++] = is_plain || name[i] == '_' ? name[i] : '-';
    }
    id[n] = '\0';
}

static void report_failure(const char *path, const char *what)
{
    char sentence[MAX_TEXT];
    snprintf(sentence, sizeof sentence, "the figure %.300s cannot be %s: %s", path, what,
             errno != 0 ? strerror(errno) : "an earlier write failed");
    gsl_error(sentence, __FILE__, __LINE__, GSL_EFAILED);
}

static void free_canvas(svg_canvas *canvas)
{
    free(canvas->path);
    free(canvas->new_path);
    free(canvas);
}

svg_canvas *svg_open(const char *path, double width, double height, const char *title,
                     const char *description)
{
    svg_canvas *canvas = calloc(1, sizeof *canvas);
    if (canvas == NULL) {
        GSL_ERROR_NULL("no memory for a figure", GSL_ENOMEM);
    }
    size_t size = strlen(path) + sizeof ".new";
    canvas->path = strdup(path);
    canvas->new_path = malloc(size);
    if (canvas->path == NULL || canvas->new_path == NULL) {
        free_canvas(canvas);
        GSL_ERROR_NULL("no memory for a figure", GSL_ENOMEM);
    }
    snprintf(canvas->new_path, size, "%s.new", path);
    errno = 0;
    canvas->stream = fopen(canvas->new_path, "w");
    if (canvas->stream == NULL) {
        report_failure(path, "written");
        free_canvas(canvas);
        return NULL;
    }
    make_id(path, canvas->id);
    fprintf(canvas->stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" width=\"%.10g\" "
            "height=\"%.10g\" viewBox=\"0 0 %.10g %.10g\" role=\"img\" "
            "aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
            tenth(width), tenth(height), tenth(width), tenth(height), canvas->id, canvas->id,
            canvas->id);
    print_escaped(canvas->stream, title);
    fprintf(canvas->stream, "</title>\n<desc id=\"%s-desc\">", canvas->id);
    print_escaped(canvas->stream, description != NULL ? description : title);
    fprintf(canvas->stream, "</desc>\n<style>\n%s</style>\n", svg_style);
    return canvas;
}

int svg_close(svg_canvas *canvas)
{
    fputs("</svg>\n", canvas->stream);
    bool has_failed = ferror(canvas->stream) != 0;
    errno = 0;
    has_failed = fclose(canvas->stream) != 0 || has_failed;
    if (!has_failed) {
        has_failed = rename(canvas->new_path, canvas->path) != 0;
    }
    if (has_failed) {
        report_failure(canvas->path, "written");
        remove(canvas->new_path);
    }
    free_canvas(canvas);
    return has_failed ? GSL_EFAILED : GSL_SUCCESS;
}

/* The end of an element: with a title for the pointer, or without. */
static void end_element(svg_canvas *canvas, const char *name, const char *hover)
{
    if (hover == NULL) {
        fputs("/>\n", canvas->stream);
        return;
    }
    fputs("><title>", canvas->stream);
    print_escaped(canvas->stream, hover);
    fprintf(canvas->stream, "</title></%s>\n", name);
}

void svg_line(svg_canvas *canvas, const char *classes, double x1, double y1, double x2, double y2)
{
    fprintf(canvas->stream,
            "<line class=\"line %s\" x1=\"%.10g\" y1=\"%.10g\" x2=\"%.10g\" y2=\"%.10g\"/>\n",
            classes, tenth(x1), tenth(y1), tenth(x2), tenth(y2));
}

void svg_arrow(svg_canvas *canvas, const char *classes, double x1, double y1, double x2, double y2)
{
    enum { HEAD = 9 };
    double length = hypot(x2 - x1, y2 - y1);
    if (!(length > 0.0)) {
        return;
    }
    double along_x = (x2 - x1) / length, along_y = (y2 - y1) / length;
    double base_x = x2 - HEAD * along_x, base_y = y2 - HEAD * along_y;
    svg_line(canvas, classes, x1, y1, base_x, base_y);
    fprintf(canvas->stream,
            "<path class=\"mark %s\" d=\"M%.10g %.10gL%.10g %.10gL%.10g %.10gZ\"/>\n", classes,
            tenth(x2), tenth(y2), tenth(base_x - 0.45 * HEAD * along_y),
            tenth(base_y + 0.45 * HEAD * along_x), tenth(base_x + 0.45 * HEAD * along_y),
            tenth(base_y - 0.45 * HEAD * along_x));
}

void svg_rectangle(svg_canvas *canvas, const char *classes, double x, double y, double width,
                   double height, double opacity, const char *hover)
{
    double corner = fmin(3.0, 0.1 * fmin(width, height));
    fprintf(canvas->stream,
            "<rect class=\"box %s\" x=\"%.10g\" y=\"%.10g\" width=\"%.10g\" height=\"%.10g\"",
            classes, tenth(x), tenth(y), tenth(width), tenth(height));
    if (corner >= 1.0) {
        fprintf(canvas->stream, " rx=\"%.10g\"", tenth(corner));
    }
    if (opacity < 1.0) {
        fprintf(canvas->stream, " fill-opacity=\"%.3f\"", opacity);
    }
    end_element(canvas, "rect", hover);
}

void svg_mark(svg_canvas *canvas, const char *classes, figure_role role, double x, double y,
              const char *hover)
{
    static const char *const shapes[] = {
        [FIGURE_AUTO] = "M-3.6 0a3.6 3.6 0 1 1 7.2 0a3.6 3.6 0 1 1 -7.2 0Z",
        [FIGURE_QUERY] = "M-3.6 0a3.6 3.6 0 1 1 7.2 0a3.6 3.6 0 1 1 -7.2 0Z",
        [FIGURE_KEY] = "M-3.4 -3.4h6.8v6.8h-6.8Z",
        [FIGURE_VALUE] = "M0 -4.4L4.2 3.2H-4.2Z",
        [FIGURE_WEIGHT] = "M0 -4.8L4.8 0L0 4.8L-4.8 0Z",
        [FIGURE_CONTEXT] = "M-1.3 -4.2h2.6v2.9h2.9v2.6h-2.9v2.9h-2.6v-2.9h-2.9v-2.6h2.9Z",
        [FIGURE_FAINT] = "M-2.4 0a2.4 2.4 0 1 1 4.8 0a2.4 2.4 0 1 1 -4.8 0Z"};
    fprintf(canvas->stream, "<path class=\"mark %s\" transform=\"translate(%.10g %.10g)\" d=\"%s\"",
            classes, tenth(x), tenth(y), shapes[role]);
    end_element(canvas, "path", hover);
}

static void print_text(svg_canvas *canvas, const char *classes, svg_anchor anchor, double x,
                       double y, double degrees, const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    fprintf(canvas->stream, "<text class=\"%s\" x=\"%.10g\" y=\"%.10g\"", classes, tenth(x),
            tenth(y));
    if (anchor != SVG_START) {
        fprintf(canvas->stream, " text-anchor=\"%s\"", anchors[anchor]);
    }
    if (degrees != 0.0) {
        fprintf(canvas->stream, " transform=\"rotate(%.10g %.10g %.10g)\"", tenth(degrees),
                tenth(x), tenth(y));
    }
    fputc('>', canvas->stream);
    print_escaped(canvas->stream, text);
    fputs("</text>\n", canvas->stream);
}

void svg_text(svg_canvas *canvas, const char *classes, svg_anchor anchor, double x, double y,
              const char *format, ...)
{
    char text[MAX_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_text(canvas, classes, anchor, x, y, 0.0, text);
}

void svg_turned_text(svg_canvas *canvas, const char *classes, svg_anchor anchor, double x, double y,
                     double degrees, const char *format, ...)
{
    char text[MAX_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_text(canvas, classes, anchor, x, y, degrees, text);
}

void svg_curve(svg_canvas *canvas, const char *classes, const double *x, const double *y, size_t n)
{
    bool has_start = false;
    fprintf(canvas->stream, "<path class=\"curve %s\" d=\"", classes);
    for (size_t i = 0; i < n; i++) {
        bool has_end = isfinite(x[i]) && isfinite(y[i]);
        if (has_end) {
            fprintf(canvas->stream, "%s%.10g %.10g", has_start ? "L" : "M", tenth(x[i]),
                    tenth(y[i]));
        }
        has_start = has_end;
    }
    fputs("\"/>\n", canvas->stream);
}

void svg_colour_scale(svg_canvas *canvas, double x, double y, double width, double height,
                      double zero)
{
    fprintf(canvas->stream,
            "<linearGradient id=\"%s-scale\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\">"
            "<stop class=\"stop cell\" offset=\"0\"/>"
            "<stop class=\"stop cell\" offset=\"%.3f\" stop-opacity=\"0.04\"/>",
            canvas->id, zero);
    if (zero < 1.0) {
        fprintf(canvas->stream,
                "<stop class=\"stop cell negative\" offset=\"%.3f\" stop-opacity=\"0.04\"/>"
                "<stop class=\"stop cell negative\" offset=\"1\"/>",
                zero);
    }
    fprintf(canvas->stream,
            "</linearGradient>\n<rect x=\"%.10g\" y=\"%.10g\" width=\"%.10g\" height=\"%.10g\" "
            "rx=\"3\" fill=\"url(#%s-scale)\"/>\n<rect class=\"edge grid\" x=\"%.10g\" y=\"%.10g\" "
            "width=\"%.10g\" height=\"%.10g\" rx=\"3\"/>\n",
            tenth(x), tenth(y), tenth(width), tenth(height), canvas->id, tenth(x), tenth(y),
            tenth(width), tenth(height));
}
