/* Why scores are divided by the square root of d. */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/softmax.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_histogram.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

enum {
    N_WIDTHS = 5,
    N_PAIRS = 4000, /* dot products for each d; their variance is then known to about 2 % */
    N_SEEN = 64,    /* keys of a query */
    N_QUERIES = 50,
    N_BINS = 33
};

static const size_t widths[N_WIDTHS] = {4, 16, 64, 256, 1024};

/* Dot products of independent random vectors q and k of d numbers with mean 0 and variance 1. */
static void draw_dots(size_t d, gsl_rng *generator, gsl_vector *dots)
{
    gsl_matrix *pair = program_matrix(2, d);
    gsl_vector_view q = gsl_matrix_row(pair, 0), k = gsl_matrix_row(pair, 1);
    for (size_t n = 0; n < dots->size; n++) {
        fill_normal(pair, generator);
        gsl_blas_ddot(&q.vector, &k.vector, gsl_vector_ptr(dots, n));
    }
    gsl_matrix_free(pair);
}

/* Mean largest weight and mean entropy of the attention of random queries over random keys. */
static void measure_peaks(size_t d, double scale, gsl_rng *generator, double *largest,
                          double *mean_entropy)
{
    gsl_matrix *q = program_matrix(1, d), *k = program_matrix(N_SEEN, d);
    gsl_matrix *p = program_matrix(1, N_SEEN);
    gsl_vector_view row = gsl_matrix_row(p, 0);
    *largest = *mean_entropy = 0.0;
    for (size_t n = 0; n < N_QUERIES; n++) {
        fill_normal(q, generator);
        fill_normal(k, generator);
        program_check(ref_attention_scores(q, k, REF_DOT, scale, NULL, p));
        program_check(ref_softmax_forward(p, p));
        *largest += gsl_matrix_max(p) / N_QUERIES;
        *mean_entropy += entropy(&row.vector) / N_QUERIES;
    }
    gsl_matrix_free(q);
    gsl_matrix_free(k);
    gsl_matrix_free(p);
}

/* Share of dot products in each bin, over the width of a bin. */
static void density(const gsl_vector *dots, gsl_vector *centres, gsl_vector *heights)
{
    const double reach = 80.0;
    gsl_histogram *histogram = gsl_histogram_alloc(N_BINS);
    if (!histogram) {
        program_fail("out of memory");
    }
    gsl_histogram_set_ranges_uniform(histogram, -reach, reach);
    for (size_t n = 0; n < dots->size; n++) {
        double dot = gsl_vector_get(dots, n);
        if (fabs(dot) < reach) {
            gsl_histogram_increment(histogram, dot);
        }
    }
    double bin = 2.0 * reach / N_BINS;
    for (size_t b = 0; b < N_BINS; b++) {
        gsl_vector_set(centres, b, -reach + bin * ((double)b + 0.5));
        gsl_vector_set(heights, b, gsl_histogram_get(histogram, b) / (double)dots->size / bin);
    }
    gsl_histogram_free(histogram);
}

static void show_histogram(report *to, gsl_rng *generator)
{
    static const char *const headings[] = {"d", "mean of q.k", "variance of q.k", "variance / d"};
    static const char *const names[] = {"d = 4", "d = 16", "d = 64", "d = 256", "d = 1024"};
    terminal_table *table = terminal_table_start(4, headings);
    gsl_vector *dots = program_vector(N_PAIRS), *centres[N_WIDTHS], *heights[N_WIDTHS];
    figure_series series[N_WIDTHS] = {0};
    for (size_t w = 0; w < N_WIDTHS; w++) {
        centres[w] = program_vector(N_BINS);
        heights[w] = program_vector(N_BINS);
        draw_dots(widths[w], generator, dots);
        density(dots, centres[w], heights[w]);
        series[w] = (figure_series){.name = names[w], .x = centres[w], .y = heights[w]};
        double variance = gsl_stats_variance(dots->data, dots->stride, dots->size);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", widths[w]);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f",
                            gsl_stats_mean(dots->data, dots->stride, dots->size));
        terminal_table_cell(table, FIGURE_AUTO, "%.1f", variance);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", variance / (double)widths[w]);
        char name[32];
        snprintf(name, sizeof(name), "variance_%zu", widths[w]);
        report_number(to, name, variance);
    }
    terminal_print_table(&to->out, table);
    figure_plot plot = {.title = "Dot products of random vectors spread as d grows",
                        .description = "Five bell curves around 0, the wider the larger d is.",
                        .x_label = "q.k",
                        .y_label = "density",
                        .series = series,
                        .n_series = N_WIDTHS,
                        .is_log_y = true};
    report_plot(to, "variance", &plot);
    for (size_t w = 0; w < N_WIDTHS; w++) {
        gsl_vector_free(centres[w]);
        gsl_vector_free(heights[w]);
    }
    gsl_vector_free(dots);
}

/* What the page quotes: the mean largest weight, without and with the square root. */
static void report_peaks(report *to, size_t d, const double *largest)
{
    static const char *const kinds[] = {"raw", "scaled"};
    for (size_t s = 0; s < 2; s++) {
        char name[32];
        snprintf(name, sizeof name, "peak_%s_%zu", kinds[s], d);
        report_number(to, name, largest[s]);
    }
}

static void draw_entropies(report *to, const gsl_vector *x, const gsl_vector *raw,
                           const gsl_vector *scaled)
{
    figure_series series[] = {{.name = "scores q.k", .x = x, .y = raw},
                              {.name = "scores q.k / sqrt(d)", .x = x, .y = scaled}};
    report_plot(to, "entropy_by_width",
                &(figure_plot){.title = "Entropy of the weights, with and without the square root",
                               .description =
                                   "Two curves over d. With the square root the entropy stays "
                                   "high; without it, it falls to almost 0.",
                               .x_label = "d",
                               .y_label = "entropy",
                               .series = series,
                               .n_series = 2,
                               .is_log_x = true});
}

static void show_peaks(report *to, gsl_rng *generator)
{
    static const char *const headings[] = {"d", "largest weight", "entropy", "with 1/sqrt(d)",
                                           "its entropy"};
    terminal_table *table = terminal_table_start(5, headings);
    gsl_vector *x = program_vector(N_WIDTHS);
    gsl_vector *raw = program_vector(N_WIDTHS), *scaled = program_vector(N_WIDTHS);
    for (size_t w = 0; w < N_WIDTHS; w++) {
        double d = (double)widths[w], largest[2], spread[2];
        measure_peaks(widths[w], 1.0, generator, &largest[0], &spread[0]);
        measure_peaks(widths[w], 1.0 / sqrt(d), generator, &largest[1], &spread[1]);
        gsl_vector_set(x, w, d);
        gsl_vector_set(raw, w, spread[0]);
        gsl_vector_set(scaled, w, spread[1]);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", widths[w]);
        for (size_t s = 0; s < 2; s++) {
            terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", largest[s]);
            terminal_table_cell(table, FIGURE_AUTO, "%.3f", spread[s]);
        }
        report_peaks(to, widths[w], largest);
    }
    report_print(to, "\n");
    report_say(to,
               "Attention of random queries over %d random keys. Uniform weights would be %.3f "
               "each, with entropy ln %d = %.3f; a weight of 1 has entropy 0.",
               N_SEEN, 1.0 / N_SEEN, N_SEEN, log(N_SEEN));
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
    draw_entropies(to, x, raw, scaled);
    gsl_vector_free(x);
    gsl_vector_free(raw);
    gsl_vector_free(scaled);
}

void show_variance(report *to, const settings *choices)
{
    gsl_rng *generator = new_generator(choices->seed);
    terminal_heading(&to->out, "6. Why the square root of d");
    report_number(to, "n_pairs", N_PAIRS);
    report_say(to, "%d dot products for each d, seed %zu.", N_PAIRS, choices->seed);
    report_print(to, "\n");
    show_histogram(to, generator);
    show_peaks(to, generator);
    gsl_rng_free(generator);
}
