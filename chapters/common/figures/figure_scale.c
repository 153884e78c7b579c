/**
 * @file figure_scale.c
 * Round numbers for axes, places on them and shades of cells.
 */
#include "chapters/common/figures/figure_scale.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The smallest of 1, 2, 5 times a power of ten that is at least as large as a step. */
static double round_step(double step)
{
    double power = pow(10.0, floor(log10(step)));
    double factor = step / power;
    /* A little slack: 10^-3 computed is not exactly 0.001. */
    return power * (factor <= 1.0 + 1e-9   ? 1.0
                    : factor <= 2.0 + 1e-9 ? 2.0
                    : factor <= 5.0 + 1e-9 ? 5.0
                                           : 10.0);
}

static figure_axis linear_axis(double min, double max, size_t n_ticks)
{
    double step = round_step((max - min) / (double)(n_ticks - 1));
    double first = floor(min / step + 1e-9), last = ceil(max / step - 1e-9);
    figure_axis axis = {.min = first * step, .max = last * step};
    for (double k = first; k <= last + 0.5 && axis.n_ticks < FIGURE_MAX_TICKS; k += 1.0) {
        axis.ticks[axis.n_ticks++] = k * step;
    }
    return axis;
}

/* Powers of ten, several decades apart if there are many; 1, 2, 5, 10 within a few decades. */
static figure_axis log_axis(double min, double max, size_t n_ticks)
{
    double first = floor(log10(min) + 1e-9), last = ceil(log10(max) - 1e-9);
    double stride = ceil((last - first) / (double)(n_ticks - 1));
    figure_axis axis = {.is_log = true, .min = min, .max = max};
    static const double factors[] = {1.0, 2.0, 5.0};
    bool has_few = log10(max) - log10(min) <= 2.2;
    for (double decade = first; decade <= last + 0.5; decade += has_few ? 1.0 : stride) {
        for (size_t k = 0; k < (has_few ? 3 : 1) && axis.n_ticks < FIGURE_MAX_TICKS; k++) {
            double tick = factors[k] * pow(10.0, decade);
            if (tick >= min * (1.0 - 1e-9) && tick <= max * (1.0 + 1e-9)) {
                axis.ticks[axis.n_ticks++] = tick;
            }
        }
    }
    if (axis.n_ticks < 2) { /* the range is narrow: its ends must do */
        axis.n_ticks = 2;
        axis.ticks[0] = min;
        axis.ticks[1] = max;
    }
    return axis;
}

figure_axis figure_make_axis(double min, double max, bool is_log, size_t n_ticks)
{
    if (is_log) {
        if (max <= min * (1.0 + 1e-12)) {
            min /= 2.0;
            max *= 2.0;
        }
        return log_axis(min, max, n_ticks);
    }
    if (max - min <= 1e-12 * fmax(fabs(min), fabs(max))) {
        double half = min == 0.0 ? 1.0 : 0.5 * fabs(min);
        min -= half;
        max += half;
    }
    return linear_axis(min, max, n_ticks);
}

double figure_position(const figure_axis *axis, double value)
{
    if (!isfinite(value) || (axis->is_log && value <= 0.0)) {
        return NAN;
    }
    if (axis->is_log) {
        return (log(value) - log(axis->min)) / (log(axis->max) - log(axis->min));
    }
    return (value - axis->min) / (axis->max - axis->min);
}

static bool can_show(double value, bool is_log)
{
    return isfinite(value) && (!is_log || value > 0.0);
}

bool figure_plot_axes(const figure_plot *plot, size_t n_ticks, figure_axis *x, figure_axis *y)
{
    double min_x = INFINITY, max_x = -INFINITY, min_y = INFINITY, max_y = -INFINITY;
    for (size_t k = 0; k < plot->n_series; k++) {
        const figure_series *series = &plot->series[k];
        for (size_t i = 0; i < series->x->size; i++) {
            double at_x = gsl_vector_get(series->x, i), at_y = gsl_vector_get(series->y, i);
            if (can_show(at_x, plot->is_log_x) && can_show(at_y, plot->is_log_y)) {
                min_x = fmin(min_x, at_x);
                max_x = fmax(max_x, at_x);
                min_y = fmin(min_y, at_y);
                max_y = fmax(max_y, at_y);
            }
        }
    }
    if (min_x > max_x) {
        return false;
    }
    *x = figure_make_axis(min_x, max_x, plot->is_log_x, 6);
    *y = figure_make_axis(min_y, max_y, plot->is_log_y, n_ticks);
    return true;
}

void figure_format_tick(const figure_axis *axis, double tick, char *out)
{
    double largest = fmax(fabs(axis->min), fabs(axis->max));
    if (axis->is_log || largest >= 1e6 || largest < 1e-3) {
        snprintf(out, FIGURE_LABEL_SIZE, "%.6g", tick);
        return;
    }
    double step = axis->n_ticks > 1 ? axis->ticks[1] - axis->ticks[0] : largest;
    double decimals = fmax(0.0, -floor(log10(step) + 1e-9));
    figure_format(tick, (size_t)decimals, out);
}

void figure_format(double value, size_t decimals, char *out)
{
    snprintf(out, FIGURE_LABEL_SIZE, "%.*f", (int)decimals, value);
    if (out[0] == '-' && strtod(out, NULL) == 0.0) {
        snprintf(out, FIGURE_LABEL_SIZE, "%.*f", (int)decimals, 0.0);
    }
}

void figure_heat_range(const figure_heat_map *map, double *min, double *max)
{
    *min = map->min;
    *max = map->max;
    if (*max > *min) {
        return;
    }
    *min = 0.0;
    *max = -INFINITY;
    for (size_t i = 0; i < map->cells->size1; i++) {
        for (size_t j = 0; j < map->cells->size2; j++) {
            double cell = gsl_matrix_get(map->cells, i, j);
            if (isfinite(cell)) {
                *min = fmin(*min, cell);
                *max = fmax(*max, cell);
            }
        }
    }
    if (!(*max > *min)) {
        *max = *min + 1.0;
    }
}

double figure_heat(double value, double min, double max)
{
    double heat = min < 0.0 ? value / fmax(-min, max) : (value - min) / (max - min);
    double least = min < 0.0 ? -1.0 : 0.0;
    return fmin(fmax(heat, least), 1.0);
}

size_t figure_series_number(const figure_plot *plot, size_t k)
{
    size_t number = 0;
    for (size_t i = 0; i < k; i++) {
        number += plot->series[i].role == FIGURE_AUTO;
    }
    return number % FIGURE_N_SERIES;
}

const char *figure_or_else(const char *text, const char *other)
{
    return text != NULL ? text : other;
}

const char *figure_label(const char *const *labels, size_t i, char *number)
{
    if (labels != NULL) {
        return labels[i];
    }
    snprintf(number, FIGURE_LABEL_SIZE, "%zu", i);
    return number;
}
