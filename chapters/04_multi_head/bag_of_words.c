/* Without position, attention sees a bag of words: shown exactly, then measured on real tags. */
#include "chapters/04_multi_head/ladder.h"

#include "chapters/common/program/program.h"
#include "chapters/common/words/running_example.h"
#include <gsl/gsl_blas.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D = 8, N_HIDDEN = 16, CLIP = 3, N_POSITIONS = 24, D_POSITION = 16 };

/* ---- A block and an order of the words ------------------------------------------------------- */

static const size_t order[N] = {3, 0, 5, 1, 4, 2};

/* Rows in another order. */
static gsl_matrix *permuted(const gsl_matrix *x)
{
    gsl_matrix *other = program_matrix(x->size1, x->size2);
    for (size_t i = 0; i < x->size1; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(x, order[i]);
        gsl_matrix_set_row(other, i, &row.vector);
    }
    return other;
}

/* The largest |block(permuted X) - permuted block(X)|. */
static double order_matters(const settings *choices, size_t clip)
{
    const ref_block_shape shape = {D, 2, N_HIDDEN, clip, REF_PRE_NORM, REF_RELU, 1e-5};
    gsl_rng *rng = new_generator(choices->seed);
    ref_parameters *list = ref_parameters_alloc();
    ref_block_parameters block;
    ref_block_declare(list, "block", &shape);
    program_check(ref_parameters_allocate(list));
    for (size_t p = 0; p < list->n_numbers; p++) { /* of all parameters: the bias is not 0 either */
        list->values[p] = gsl_rng_uniform(rng) - 0.5;
    }
    program_check(ref_block_find(list, "block", &shape, &block));
    gsl_matrix *x = program_matrix(N, D), *y = program_matrix(N, D), *z = program_matrix(N, D);
    for (size_t i = 0; i < N * D; i++) {
        x->data[i] = gsl_rng_uniform(rng) - 0.5;
    }
    ref_block_cache *cache = ref_block_cache_alloc(N, &shape);
    // [permute]
    gsl_matrix *shuffled = permuted(x);
    program_check(ref_block_forward(x, &block.value, &shape, NULL, NULL, cache, y));
    program_check(ref_block_forward(shuffled, &block.value, &shape, NULL, NULL, cache, z));
    gsl_matrix *expected = permuted(y);
    double difference = largest_difference(z, expected);
    // [permute]
    gsl_matrix *const all[] = {x, y, z, shuffled, expected};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
    ref_block_cache_free(cache);
    ref_parameters_free(list);
    gsl_rng_free(rng);
    return difference;
}

static void show_permutation(report *to, const settings *choices)
{
    double without = order_matters(choices, 0), with = order_matters(choices, CLIP);
    must_be_small(without, 1e-12, "a block of permuted words and the permuted words of a block");
    report_say(to,
               "A block of random parameters reads six words, then the same words in another "
               "order. Without position each word gets the same output as before: the largest "
               "difference is below 1e-12. With a relative bias it is %.3f.",
               with);
    report_number(to, "permuted_with_bias", with);
    report_gap(to);
}

/* ---- Real tags ------------------------------------------------------------------------------- */

static void report_accuracies(report *to, double without, double with)
{
    static const char *const labels[] = {"no position", "relative bias"};
    const double accuracy[] = {without, with};
    gsl_vector_const_view values = gsl_vector_const_view_array(accuracy, 2);
    report_bars(to, "bag_of_words",
                &(figure_bars){.title = "Right parts of speech of held-out words, 4 heads",
                               .description = "Two bars; the second is longer.",
                               .value_label = "share of right tags",
                               .labels = labels,
                               .values = &values.vector,
                               .role = FIGURE_CONTEXT,
                               .decimals = 3});
    report_measured(to, "bag_without_position", without, 0.01);
    report_measured(to, "bag_with_position", with, 0.01);
}

/* The learned relative bias of every head, over the distance key - query. */
static void draw_bias(report *to, const pupil *one)
{
    static const char *const names[LADDER_N_HEADS] = {"head 1", "head 2", "head 3", "head 4"};
    const gsl_matrix *bias =
        &ref_parameters_find(one->model->wide, "block0.attention.relative_bias")->value.matrix;
    gsl_vector *distances = program_vector(bias->size2), *curves[LADDER_N_HEADS];
    figure_series series[LADDER_N_HEADS] = {0};
    for (size_t c = 0; c < bias->size2; c++) {
        gsl_vector_set(distances, c, (double)c - (double)(bias->size2 / 2));
    }
    for (size_t h = 0; h < LADDER_N_HEADS; h++) {
        curves[h] = program_vector(bias->size2);
        gsl_matrix_get_row(curves[h], bias, h);
        series[h] = (figure_series){.name = names[h], .x = distances, .y = curves[h]};
    }
    report_gap(to);
    report_plot(to, "relative_bias",
                &(figure_plot){.title = "What was learned of distance: the relative bias",
                               .description = "Four curves over distances from -8 to 8; most are "
                                              "highest near 0.",
                               .x_label = "key less query, in words",
                               .y_label = "added to the score",
                               .series = series,
                               .n_series = LADDER_N_HEADS});
    gsl_vector_free(distances);
    for (size_t h = 0; h < LADDER_N_HEADS; h++) {
        gsl_vector_free(curves[h]);
    }
}

/* ---- Sinusoids ------------------------------------------------------------------------------- */

// [sinusoids]
/* PE_(p, 2c) = sin(p / 10000^(2c/d)),  PE_(p, 2c+1) = cos of the same:
 * Vaswani et al. 2017, section 3.5. Each pair of columns is the hand of a clock. */
static void fill_sinusoids(gsl_matrix *encoding)
{
    for (size_t p = 0; p < encoding->size1; p++) {
        for (size_t c = 0; c < encoding->size2; c += 2) {
            double angle = (double)p / pow(10000.0, (double)c / (double)encoding->size2);
            gsl_matrix_set(encoding, p, c, sin(angle));
            gsl_matrix_set(encoding, p, c + 1, cos(angle));
        }
    }
}
// [sinusoids]

/* sin a sin b + cos a cos b = cos(a - b): the dot product of two rows knows their distance alone. */
static void show_sinusoids(report *to)
{
    gsl_matrix *encoding = program_matrix(N_POSITIONS, D_POSITION);
    gsl_matrix *dots = program_matrix(N_POSITIONS, N_POSITIONS);
    double worst = 0.0;
    fill_sinusoids(encoding);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, encoding, encoding, 0.0, dots);
    for (size_t p = 0; p < N_POSITIONS; p++) {
        for (size_t q = p; q < N_POSITIONS; q++) {
            worst = fmax(worst, fabs(gsl_matrix_get(dots, p, q) - gsl_matrix_get(dots, 0, q - p)));
        }
    }
    must_be_small(worst, 1e-12, "dot products of encodings at the same distance");
    report_gap(to);
    report_say(to,
               "Another way to tell positions: sinusoids that are added to the words. The dot "
               "product of two positions depends on their distance alone: those at the same "
               "distance differ by less than 1e-12. At distance 0 it is %.0f, at 1 %.2f, at 8 "
               "%.2f.",
               gsl_matrix_get(dots, 0, 0), gsl_matrix_get(dots, 0, 1), gsl_matrix_get(dots, 0, 8));
    report_number(to, "sinusoid_columns", D_POSITION);
    report_number(to, "sinusoid_distance_0", gsl_matrix_get(dots, 0, 0));
    report_number(to, "sinusoid_distance_1", gsl_matrix_get(dots, 0, 1));
    report_number(to, "sinusoid_distance_8", gsl_matrix_get(dots, 0, 8));
    report_gap(to);
    report_heat_map(to, "sinusoids",
                    &(figure_heat_map){.title = "Sinusoids: a row a position, a column a hand",
                                       .description = "Fast waves at the left, slow ones at the "
                                                      "right.",
                                       .row_title = "position",
                                       .col_title = "column",
                                       .cell_title = "value",
                                       .cells = encoding});
    gsl_matrix_free(encoding);
    gsl_matrix_free(dots);
}

void show_bag_of_words(report *to, const settings *choices)
{
    terminal_heading(&to->out, "3. Without position: a bag of words");
    show_permutation(to, choices);
    lesson of = lesson_embedded("upos", choices->vectors);
    plan with = rung_plan(choices, false, RUNG_FOUR_HEADS), without = with;
    without.wish.clip = 0;
    pupil blind = pupil_train(&of, &without), seeing = pupil_train(&of, &with);
    report_accuracies(to, blind.score.accuracy, seeing.score.accuracy);
    draw_bias(to, &seeing);
    show_sinusoids(to);
    pupil_free(&blind);
    pupil_free(&seeing);
    lesson_free(&of);
}
