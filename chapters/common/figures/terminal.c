/**
 * @file terminal.c
 * What a stream can show, and text in colour and in fields.
 */
#include "chapters/common/figures/terminal.h"
#include "chapters/common/figures/terminal_internal.h"
#include "chapters/common/program/utf8.h"
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MIN_WIDTH = 40, USUAL_WIDTH = 80, MAX_WIDTH = 200 };

static size_t width_of(FILE *stream, bool is_terminal)
{
    struct winsize size;
    unsigned long width = 0;
    if (is_terminal && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0) {
        width = size.ws_col;
    }
    const char *columns = getenv("COLUMNS");
    if (width == 0 && columns != NULL) {
        width = strtoul(columns, NULL, 10);
    }
    if (width == 0) {
        width = USUAL_WIDTH;
    }
    return width < MIN_WIDTH ? MIN_WIDTH : width > MAX_WIDTH ? MAX_WIDTH : width;
}

terminal terminal_open(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    const char *character_set = nl_langinfo(CODESET);
    bool is_terminal = isatty(fileno(stream)) != 0;
    return (terminal){
        .stream = stream,
        .is_colour = is_terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
                     strcmp(term, "dumb") != 0,
        .is_utf8 =
            strcasecmp(character_set, "UTF-8") == 0 || strcasecmp(character_set, "utf8") == 0,
        .width = width_of(stream, is_terminal),
    };
}

/* The sixteen colours of every terminal: its owner has chosen how they look. */
static const char *colour_of(figure_role role)
{
    static const char *const colours[] = {
        [FIGURE_AUTO] = "",          [FIGURE_QUERY] = "\033[34m",  [FIGURE_KEY] = "\033[33m",
        [FIGURE_VALUE] = "\033[32m", [FIGURE_WEIGHT] = "\033[35m", [FIGURE_CONTEXT] = "\033[36m",
        [FIGURE_FAINT] = "\033[90m"};
    return colours[role];
}

void terminal_print(const terminal *out, figure_role role, const char *format, ...)
{
    bool is_coloured = out->is_colour && role != FIGURE_AUTO;
    if (is_coloured) {
        fputs(colour_of(role), out->stream);
    }
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out->stream, format, arguments);
    va_end(arguments);
    if (is_coloured) {
        fputs("\033[0m", out->stream);
    }
}

void terminal_heading(const terminal *out, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *dash = out->is_utf8 ? "─" : "-";
    size_t columns = 2, width = out->width < 80 ? out->width : 80;
    fprintf(out->stream, "\n%s%s", dash, dash);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
        size_t n = 1 + utf8_columns(word);
        if (columns + n + 1 > width) { /* a long heading goes on below, indented */
            fputs("\n  ", out->stream);
            columns = 2;
        }
        fprintf(out->stream, " %s", word);
        columns += n;
    }
    fputc(' ', out->stream);
    for (columns++; columns < width; columns++) {
        fputs(dash, out->stream);
    }
    fputc('\n', out->stream);
}

void terminal_print_field(const terminal *out, figure_role role, const char *text, size_t columns,
                          bool is_right)
{
    char cut[4 * MAX_WIDTH + 8];
    size_t wide = utf8_columns(text);
    if (columns == 0) {
        return;
    }
    if (wide > columns) {
        const char *end = text;
        size_t used = 0;
        for (wide = 0; wide + 1 < columns && used + 8 < sizeof cut; used = (size_t)(end - text)) {
            utf8_next(&end);
            memcpy(cut + used, text + used, (size_t)(end - text) - used);
            cut[end - text] = '\0';
            wide = utf8_columns(cut);
        }
        snprintf(cut + used, sizeof cut - used, "%s", out->is_utf8 ? "…" : "~");
        text = cut;
        wide++;
    }
    int padding = columns > wide ? (int)(columns - wide) : 0;
    fprintf(out->stream, "%*s", is_right ? padding : 0, "");
    terminal_print(out, role, "%s", text);
    fprintf(out->stream, "%*s", is_right ? 0 : padding, "");
}

void terminal_print_title(const terminal *out, const char *title)
{
    fputc('\n', out->stream);
    if (title != NULL) {
        terminal_print_field(out, FIGURE_AUTO, title,
                             utf8_columns(title) < out->width ? utf8_columns(title) : out->width,
                             false);
        fputc('\n', out->stream);
    }
}
