/**
 * @file tagger_model.c
 * One model, on the side that the program chose.
 */
#include "chapters/common/tagger/tagger_model.h"
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include "reference/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

/* ---- Making ---------------------------------------------------------------------------------- */

tagger_wish tagger_wish_default(void)
{
    int n_threads = 1;
#ifdef _OPENMP
    n_threads = omp_get_max_threads();
#endif
    return (tagger_wish){.mixing = TAGGER_BLOCKS,
                         .d_model = 128,
                         .n_layers = 2,
                         .n_heads = 4,
                         .n_hidden = 256,
                         .clip = 16,
                         .norm = REF_PRE_NORM,
                         .bandwidth = 1.0,
                         .d_channel = 16,
                         .side = TAGGER_OPTIMIZED,
                         .kernels = fast_kernels_best(),
                         .n_threads = n_threads};
}

static tagger_shape shape_of(const tagger_wish *wish, const lexicon *words,
                             const word_vectors *vectors)
{
    tagger_shape shape = {.d_vector = vectors->d,
                          .n_channels = words->n_channels + 1,
                          .n_classes = words->labels.n,
                          .d_model = wish->d_model,
                          .mixing = wish->mixing,
                          .bandwidth = wish->bandwidth,
                          .clip = wish->clip,
                          .n_layers = wish->n_layers,
                          .n_heads = wish->n_heads,
                          .n_hidden = wish->n_hidden,
                          .norm = wish->norm};
    for (size_t c = 0; c < words->n_channels; c++) {
        shape.channel_names[c] = words->channels[c].name;
        shape.n_ids[c] = lexicon_n_ids(words, c);
        shape.d_channel[c] = wish->d_channel;
    }
    shape.channel_names[words->n_channels] = TAGGER_KNOWN_CHANNEL;
    shape.n_ids[words->n_channels] = 2;
    shape.d_channel[words->n_channels] = 1;
    return shape;
}

tagger_model *tagger_model_alloc(const tagger_wish *wish, const lexicon *words,
                                 const word_vectors *vectors, gsl_rng *rng)
{
    tagger_model *model = program_allocate(1, sizeof *model);
    model->wish = *wish;
    model->shape = shape_of(wish, words, vectors);
    model->words = words;
    model->vectors = vectors;
    model->table = tagger_table(vectors);
    model->wide = ref_parameters_alloc();
    program_check(tagger_declare(model->wide, &model->shape));
    program_check(ref_parameters_allocate(model->wide));
    program_check(ref_parameters_initialize(model->wide, rng));
    if (wish->side == TAGGER_REFERENCE) {
        model->reference = tagger_reference_alloc(&model->shape, model->table, model->wide);
        return model;
    }
    model->narrow = parameters_twin(model->wide);
    if (model->narrow == NULL) {
        program_fail("out of memory for %zu parameters", ref_parameters_count(model->wide));
    }
    model->optimized = tagger_optimized_alloc(&model->shape, model->table, model->narrow,
                                              wish->kernels, wish->n_threads);
    return model;
}

void tagger_model_free(tagger_model *model)
{
    if (model != NULL) {
        tagger_reference_free(model->reference);
        tagger_optimized_free(model->optimized);
        fast_parameters_free(model->narrow);
        ref_parameters_free(model->wide);
        gsl_matrix_free(model->table);
        free(model);
    }
}

/* ---- Running --------------------------------------------------------------------------------- */

void tagger_model_reserve(tagger_model *model, const tagger_batch *inputs)
{
    if (model->wish.side == TAGGER_REFERENCE) {
        tagger_reference_reserve(model->reference, inputs);
    } else {
        tagger_optimized_reserve(model->optimized, inputs);
    }
}

double tagger_model_run(tagger_model *model, const tagger_batch *inputs,
                        const tagger_dropout *dropout, double smoothing, bool backward)
{
    double loss;
    if (model->wish.side == TAGGER_REFERENCE) {
        loss = tagger_reference_forward(model->reference, inputs, dropout, smoothing);
        if (backward) {
            tagger_reference_backward(model->reference, inputs, dropout, smoothing);
        }
    } else {
        loss = tagger_optimized_forward(model->optimized, inputs, dropout, smoothing);
        if (backward) {
            tagger_optimized_backward(model->optimized, inputs, dropout, smoothing);
        }
    }
    return loss;
}

/* The logit of one row and class, on either side. */
static double logit(tagger_model *model, size_t row, size_t label)
{
    if (model->wish.side == TAGGER_REFERENCE) {
        return gsl_matrix_get(tagger_reference_logits(model->reference), row, label);
    }
    const fast_view *logits = tagger_optimized_logits(model->optimized);
    return logits->data[row * logits->row_stride + label];
}

static int best_label(tagger_model *model, size_t row)
{
    size_t best = 0;
    for (size_t label = 1; label < model->shape.n_classes; label++) {
        if (logit(model, row, label) > logit(model, row, best)) {
            best = label;
        }
    }
    return (int)best;
}

static size_t count_targets(const tagger_batch *inputs)
{
    size_t n_counted = 0;
    for (size_t i = 0; i < inputs->n_sequences * inputs->n_padded; i++) {
        n_counted += inputs->targets[i] != REF_IGNORED;
    }
    return n_counted;
}

double tagger_model_label(tagger_model *model, tagger_text *text, int *labels)
{
    double loss = 0.0;
    size_t n_counted = 0;
    for (size_t b = 0; b < text->epoch->n_batches; b++) {
        const tagger_batch *inputs = tagger_text_batch(text, b);
        tagger_model_reserve(model, inputs);
        size_t n = count_targets(inputs);
        loss += (double)n * tagger_model_run(model, inputs, NULL, 0.0, false);
        n_counted += n;
        const size_t *tokens = batches_get(text->epoch, b)->tokens;
        for (size_t row = 0; row < inputs->n_sequences * inputs->n_padded; row++) {
            if (tokens[row] != BATCH_PADDING) {
                labels[tokens[row]] = best_label(model, row);
            }
        }
    }
    return n_counted > 0 ? loss / (double)n_counted : 0.0;
}

/* ---- Description ----------------------------------------------------------------------------- */

#define DESCRIPTION                                                                                \
    "mixing %d d_model %zu layers %zu heads %zu hidden %zu clip %zu norm %d d_channel %zu "        \
    "bandwidth %lf"

void tagger_model_describe(const tagger_model *model, char *value)
{
    const tagger_wish *w = &model->wish;
    snprintf(value, TAGGER_TEXT_SIZE, DESCRIPTION, (int)w->mixing, w->d_model, w->n_layers,
             w->n_heads, w->n_hidden, w->clip, (int)w->norm, w->d_channel, w->bandwidth);
}

bool tagger_wish_read(const char *value, tagger_wish *wish)
{
    int mixing, norm;
    tagger_wish read = *wish;
    int n_read = sscanf(value, DESCRIPTION, &mixing, &read.d_model, &read.n_layers, &read.n_heads,
                        &read.n_hidden, &read.clip, &norm, &read.d_channel, &read.bandwidth);
    if (n_read != 9 || mixing < 0 || mixing > TAGGER_BLOCKS || norm < 0 || norm > REF_POST_NORM) {
        return false;
    }
    read.mixing = (tagger_mixing)mixing;
    read.norm = (ref_norm_place)norm;
    *wish = read;
    return true;
}
