/**
 * @file trace_lines.h
 * Lines of a trace, `--trace TOKEN`: which token is meant, and its numbers as they are written on
 * paper, "0.60*0.0 + 0.80*3.0 + 0.10*0.0 = 2.40".
 */
#ifndef CHAPTERS_COMMON_FIGURES_TRACE_LINES_H
#define CHAPTERS_COMMON_FIGURES_TRACE_LINES_H

#include "chapters/common/figures/report.h"

/** @addtogroup common @{ */

/**
 * The token that was typed behind --trace. If there is none such, the program ends with a sentence
 * that names the nearest one.
 *
 * @param[in] typed   a token, or its number from 0 on
 * @param[in] tokens  (n) the tokens of the sentence
 * @param[in] n       how many
 * @return its number
 */
size_t trace_token(const char *typed, const char *const *tokens, size_t n);

/**
 * Print the products of two rows, "0.60*0.0 + 0.80*3.0".
 *
 * @param[in] to          the report
 * @param[in] a           the first row
 * @param[in] a_decimals  of its numbers
 * @param[in] b           the second row, as long
 * @param[in] b_decimals  of its numbers
 * @return their sum
 */
double trace_products(const report *to, const gsl_vector *a, int a_decimals, const gsl_vector *b,
                      int b_decimals);

/**
 * Print a row times each column of a matrix, a line a column: "  q0 = 0.6*0.0 + … = 2.40".
 *
 * @param[in] to       the report
 * @param[in] letter   stands before the number of the column
 * @param[in] row      (n)
 * @param[in] decimals of its numbers
 * @param[in] weights  (n x n_cols), printed with one decimal
 */
void trace_projection(const report *to, const char *letter, const gsl_vector *row, int decimals,
                      const gsl_matrix *weights);

/**
 * Print numbers in brackets, "q = (2.40, 0.70)". A number that rounds to 0 has no sign.
 *
 * @param[in] to        the report
 * @param[in] role      colour of the numbers
 * @param[in] name      what stands before them, such as "q = "
 * @param[in] row       the numbers
 * @param[in] decimals  of each
 */
void trace_row(const report *to, figure_role role, const char *name, const gsl_vector *row,
               int decimals);

/** @} */

#endif
