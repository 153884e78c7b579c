/**
 * @file terminal_table.c
 * Tables with columns that fit.
 */
#include "chapters/common/figures/terminal.h"
#include "chapters/common/figures/terminal_internal.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/utf8.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char text[TERMINAL_MAX_CELL];
    figure_role role;
} cell;

/** Private: the cells until the table is complete. */
struct terminal_table {
    size_t n_columns;   /**< cells a row */
    size_t n_cells;     /**< there are so far */
    size_t n_allocated; /**< there is room for */
    cell *cells;        /**< (n_cells) the headings come first */
};

static cell *new_cell(terminal_table *table)
{
    if (table->n_cells == table->n_allocated) {
        table->n_allocated = 2 * table->n_allocated + 4 * table->n_columns;
        cell *larger = realloc(table->cells, table->n_allocated * sizeof *larger);
        if (larger == NULL) {
            program_fail("out of memory: a table of %zu cells was asked for", table->n_allocated);
        }
        table->cells = larger;
    }
    return &table->cells[table->n_cells++];
}

/* Cut text must not end within a character. */
static void drop_broken_end(char *text)
{
    text[utf8_valid_length(text)] = '\0';
}

terminal_table *terminal_table_start(size_t n_columns, const char *const *headings)
{
    terminal_table *table = program_allocate(1, sizeof *table);
    table->n_columns = n_columns < TERMINAL_MAX_COLUMNS ? n_columns : TERMINAL_MAX_COLUMNS;
    for (size_t k = 0; k < table->n_columns; k++) {
        terminal_table_cell(table, FIGURE_FAINT, "%s", headings[k]);
    }
    return table;
}

void terminal_table_cell(terminal_table *table, figure_role role, const char *format, ...)
{
    cell *next = new_cell(table);
    next->role = role;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(next->text, sizeof next->text, format, arguments);
    va_end(arguments);
    drop_broken_end(next->text);
}

/* Whether all cells of a column are numbers, or a dash for a missing one. */
static bool is_numeric(const terminal_table *table, size_t column)
{
    for (size_t i = column + table->n_columns; i < table->n_cells; i += table->n_columns) {
        const char *text = table->cells[i].text + strspn(table->cells[i].text, " +-.<>");
        bool is_number = isdigit((unsigned char)text[0]) || text[0] == '\0' ||
                         strcmp(text, "inf") == 0 || strcmp(text, "nan") == 0;
        if (!is_number) {
            return false;
        }
    }
    return true;
}

/* The widths of the columns; while the table is too wide, the widest gives way. */
static void find_widths(const terminal *out, const terminal_table *table, size_t *widths)
{
    size_t total = 0;
    for (size_t k = 0; k < table->n_columns; k++) {
        widths[k] = 1;
        for (size_t i = k; i < table->n_cells; i += table->n_columns) {
            size_t columns = utf8_columns(table->cells[i].text);
            widths[k] = columns > widths[k] ? columns : widths[k];
        }
        total += widths[k] + 2;
    }
    while (total > out->width) {
        size_t widest = 0;
        for (size_t k = 1; k < table->n_columns; k++) {
            widest = widths[k] > widths[widest] ? k : widest;
        }
        if (widths[widest] == 1) {
            return;
        }
        widths[widest]--;
        total--;
    }
}

static void print_rule(const terminal *out, const terminal_table *table, const size_t *widths)
{
    for (size_t k = 0; k < table->n_columns; k++) {
        fputs(k > 0 ? "  " : " ", out->stream);
        for (size_t column = 0; column < widths[k]; column++) {
            terminal_print(out, FIGURE_FAINT, "%s", out->is_utf8 ? "─" : "-");
        }
    }
    fputc('\n', out->stream);
}

void terminal_print_table(const terminal *out, terminal_table *table)
{
    size_t widths[TERMINAL_MAX_COLUMNS];
    bool is_right[TERMINAL_MAX_COLUMNS];
    find_widths(out, table, widths);
    for (size_t k = 0; k < table->n_columns; k++) {
        is_right[k] = is_numeric(table, k);
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t k = i % table->n_columns;
        bool is_end = k + 1 == table->n_columns || i + 1 == table->n_cells;
        size_t columns = widths[k];
        /* No blanks at the end of a line. */
        if (is_end && !is_right[k] && utf8_columns(table->cells[i].text) < columns) {
            columns = utf8_columns(table->cells[i].text);
        }
        fputs(k > 0 ? "  " : " ", out->stream);
        terminal_print_field(out, table->cells[i].role, table->cells[i].text, columns, is_right[k]);
        if (is_end) {
            fputc('\n', out->stream);
        }
        if (i + 1 == table->n_columns) {
            print_rule(out, table, widths);
        }
    }
    free(table->cells);
    free(table);
}
