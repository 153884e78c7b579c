/* From the last word of the target back to the first word of the source: without attention through
 * all states in between, with attention in one step. */
#include "chapters/05_sequence_to_sequence/vanishing.h"

#include "chapters/05_sequence_to_sequence/small_model.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <math.h>
#include <stdio.h>

enum { N_HIDDEN = 16, N_WORDS = 12, N_LENGTHS = 6, N_MODELS = 10, N_SCORES = 3, FOUR_WORDS = 2 };

static const size_t lengths[N_LENGTHS] = {1, 2, 4, 8, 16, 32};

static const struct {
    const char *name, *key;
    ref_score score;
} scores[N_SCORES] = {{"no attention", "none", REF_SCORE_NONE},
                      {"dot", "dot", REF_SCORE_DOT},
                      {"additive", "additive", REF_SCORE_ADDITIVE}};

static small_model *new_model(ref_score score, size_t length, gsl_rng *generator)
{
    const ref_encoder_decoder_shape shape = {.n_source = N_WORDS,
                                             .n_target = N_WORDS,
                                             .d_embedding = N_HIDDEN,
                                             .cell = REF_LSTM,
                                             .n_encoder_hidden = N_HIDDEN,
                                             .n_encoder_layers = 1,
                                             .n_hidden = N_HIDDEN,
                                             .n_layers = 1,
                                             .score = score,
                                             .d_attention = N_HIDDEN,
                                             .d_output = N_HIDDEN};
    small_model *of = small_model_new(&shape, length, length);
    program_check(ref_parameters_initialize(of->list, generator));
    /* The first word of the source is word 0, and no other word is. Only the last target counts. */
    for (size_t j = 0; j < length; j++) {
        of->source[j] = j == 0 ? 0 : 1 + (int)gsl_rng_uniform_int(generator, N_WORDS - 1);
        of->words[j] = (int)gsl_rng_uniform_int(generator, N_WORDS);
        of->targets[j] =
            j + 1 < length ? REF_IGNORED : (int)gsl_rng_uniform_int(generator, N_WORDS);
    }
    return of;
}

/* The gradient that the last target's loss sends to the embedding of the first source word. */
static double gradient_at_first_word(ref_score score, size_t length, gsl_rng *generator)
{
    small_model *of = new_model(score, length, generator);
    small_model_backward(of);
    gsl_vector_view first = gsl_matrix_row(of->found.gradient.source_embedding, 0);
    double norm = gsl_blas_dnrm2(&first.vector);
    small_model_free(of);
    return norm;
}

static gsl_vector *norms_of(ref_score score, size_t seed)
{
    gsl_vector *norms = program_vector(N_LENGTHS);
    for (size_t l = 0; l < N_LENGTHS; l++) {
        gsl_rng *generator = new_generator(seed);
        double sum = 0.0;
        for (size_t m = 0; m < N_MODELS; m++) {
            sum += log(gradient_at_first_word(score, lengths[l], generator));
        }
        gsl_vector_set(norms, l, exp(sum / N_MODELS));
        gsl_rng_free(generator);
    }
    return norms;
}

/* What the figure shows, in numbers: how much less arrives from 4 words to 32. */
static void say_shortcut(report *to, gsl_vector *const norms[N_SCORES])
{
    double falls[N_SCORES];
    for (size_t s = 0; s < N_SCORES; s++) {
        char key[64];
        falls[s] = gsl_vector_get(norms[s], FOUR_WORDS) / gsl_vector_get(norms[s], N_LENGTHS - 1);
        snprintf(key, sizeof key, "shortcut_%s_fall", scores[s].key);
        report_number(to, key, falls[s]);
    }
    report_gap(to);
    report_say(
        to,
        "From 4 words to 32, what arrives becomes %.0e times less without attention, and "
        "%.1f times less with dot, %.1f with additive. With attention the way has the length "
        "1, whatever the sentence. What is left is the share of a weight, 1/n when nothing "
        "is learned: 8 times less for 8 times as many words.",
        falls[0], falls[1], falls[2]);
}

void show_shortcut(report *to, const settings *choices)
{
    gsl_vector *x = program_vector(N_LENGTHS), *norms[N_SCORES];
    figure_series series[N_SCORES] = {0};
    for (size_t l = 0; l < N_LENGTHS; l++) {
        gsl_vector_set(x, l, (double)lengths[l]);
    }
    for (size_t s = 0; s < N_SCORES; s++) {
        char key[64];
        norms[s] = norms_of(scores[s].score, choices->seed);
        series[s] = (figure_series){.name = scores[s].name, .x = x, .y = norms[s]};
        for (size_t l = 0; l < N_LENGTHS; l++) {
            snprintf(key, sizeof key, "shortcut_%s_%zu", scores[s].key, lengths[l]);
            report_number(to, key, gsl_vector_get(norms[s], l));
        }
    }
    report_plot(
        to, "vanishing_shortcut",
        &(figure_plot){.title = "What the last word written feels of the first word read",
                       .description = "Without attention a straight fall, with it far less.",
                       .x_label = "words of source and target",
                       .y_label = "norm of the gradient",
                       .series = series,
                       .n_series = N_SCORES,
                       .is_log_x = true,
                       .is_log_y = true});
    say_shortcut(to, norms);
    gsl_vector_free(x);
    for (size_t s = 0; s < N_SCORES; s++) {
        gsl_vector_free(norms[s]);
    }
}
