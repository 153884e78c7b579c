/**
 * @file sample_figures.h
 * Figures with everything that a figure has to bear: odd words, masked and negative cells, gaps.
 */
#ifndef TESTS_SUPPORT_SAMPLE_FIGURES_H
#define TESTS_SUPPORT_SAMPLE_FIGURES_H

#include "chapters/common/figures/figure.h"

/** Four labels: plain, with the characters of XML, East Asian, too long. */
extern const char *const sample_words[4];

/** Twelve numbers, the sixth -INFINITY and the last NaN. */
extern double sample_numbers[12];

/** A heat map of (3 x 4) cells whose last row is marked. */
figure_heat_map sample_heat_map(void);

/** A curve and points with gaps; the two series may be changed until the next call. */
figure_plot sample_plot(figure_series **series);

/** Four bars, one of a negative value, and a limit. */
figure_bars sample_bars(void);

#endif
