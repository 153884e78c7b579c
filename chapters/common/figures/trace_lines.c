#include "chapters/common/figures/trace_lines.h"

#include "chapters/common/program/program.h"
#include "chapters/common/program/spelling.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t trace_token(const char *typed, const char *const *tokens, size_t n)
{
    char *end;
    unsigned long number = strtoul(typed, &end, 10);
    if (*typed >= '0' && *typed <= '9' && *end == '\0' && number < n) {
        return (size_t)number;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(tokens[i], typed) == 0) {
            return i;
        }
    }
    const char *nearest = spelling_nearest(typed, tokens, n);
    program_message("--trace expects a token or its number, 0 .. %zu, and not '%s'%s%s%s", n - 1,
                    typed, nearest ? " (nearest: '" : "", nearest ? nearest : "",
                    nearest ? "')" : "");
    exit(PROGRAM_USAGE);
}

double trace_products(const report *to, const gsl_vector *a, int a_decimals, const gsl_vector *b,
                      int b_decimals)
{
    double sum = 0.0;
    for (size_t p = 0; p < a->size; p++) {
        double a_p = gsl_vector_get(a, p), b_p = gsl_vector_get(b, p);
        report_print(to, "%s%.*f*%.*f", p > 0 ? " + " : "", a_decimals, a_p, b_decimals, b_p);
        sum += a_p * b_p;
    }
    return sum;
}

void trace_projection(const report *to, const char *letter, const gsl_vector *row, int decimals,
                      const gsl_matrix *weights)
{
    for (size_t c = 0; c < weights->size2; c++) {
        gsl_vector_const_view column = gsl_matrix_const_column(weights, c);
        report_print(to, "  %s%zu = ", letter, c);
        report_print(to, " = %.2f\n", trace_products(to, row, decimals, &column.vector, 1));
    }
}

void trace_row(const report *to, figure_role role, const char *name, const gsl_vector *row,
               int decimals)
{
    report_print(to, "%s", name);
    for (size_t c = 0; c < row->size; c++) {
        double value = gsl_vector_get(row, c);
        value = fabs(value) < 0.5 * pow(10.0, -decimals) ? 0.0 : value; /* never -0.00 */
        terminal_print(&to->out, role, "%s%.*f", c == 0 ? "(" : ", ", decimals, value);
    }
    terminal_print(&to->out, role, ")");
}
