/**
 * @file tagger_reference_memory.c
 * Parameters and memory of the tagger on the reference side. Its twin is
 * tagger_optimized_memory.c.
 */
#include "chapters/common/tagger/tagger_reference_memory.h"
#include "chapters/common/program/program.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- Parameters ------------------------------------------------------------------------------ */

static ref_parameter *find(const ref_parameters *list, const char *name)
{
    ref_parameter *found = ref_parameters_find(list, name);
    if (found == NULL) {
        program_fail("the tagger's parameter '%s' was not declared", name);
    }
    return found;
}

static void find_ends(tagger_reference *model, const ref_parameters *list)
{
    const tagger_shape *shape = &model->shape;
    char name[REF_NAME_SIZE];
    for (size_t c = 0; c < shape->n_channels; c++) {
        snprintf(name, sizeof name, "embedding.%s", shape->channel_names[c]);
        model->embeddings[c] = find(list, name);
    }
    model->input_weight = find(list, "input.weight");
    model->input_bias = find(list, "input.bias");
    model->output_weight = find(list, "output.weight");
    model->output_bias = find(list, "output.bias");
    if (tagger_has_final_norm(shape)) {
        model->norm_gain = find(list, "norm.gain");
        model->norm_bias = find(list, "norm.bias");
    }
}

/* The one head of chapter 3: W_Q, W_K and W_V are columns of one matrix. */
static void find_attention(tagger_reference *model, const ref_parameters *list)
{
    ref_parameter *weight = find(list, "attention.qkv.weight");
    ref_parameter *bias = find(list, "attention.qkv.bias");
    size_t d = model->shape.d_model;
    for (size_t i = 0; i < 2; i++) { /* values, then gradients */
        gsl_matrix *weights = i == 0 ? &weight->value.matrix : &weight->gradient.matrix;
        gsl_matrix *biases = i == 0 ? &bias->value.matrix : &bias->gradient.matrix;
        gsl_matrix_view *w = model->matrices[i];
        gsl_vector_view *b = model->vectors[i];
        for (size_t part = 0; part < 3; part++) {
            w[part] = gsl_matrix_submatrix(weights, 0, part * d, d, d);
            b[part] = gsl_matrix_subrow(biases, 0, part * d, d);
        }
        *(i == 0 ? &model->attention : &model->grad_attention) = (ref_query_key_value){
            &w[0].matrix, &b[0].vector, &w[1].matrix, &b[1].vector, &w[2].matrix, &b[2].vector};
    }
    model->has_relative_bias = model->shape.clip > 0;
    if (model->has_relative_bias) {
        ref_parameter *relative = find(list, "attention.relative_bias");
        model->vectors[0][3] = gsl_matrix_row(&relative->value.matrix, 0);
        model->vectors[1][3] = gsl_matrix_row(&relative->gradient.matrix, 0);
    }
}

tagger_reference *tagger_reference_alloc(const tagger_shape *shape, const gsl_matrix *table,
                                         ref_parameters *parameters)
{
    tagger_reference *model = program_allocate(1, sizeof *model);
    model->shape = *shape;
    model->block_shape = tagger_block_shape(shape);
    model->table = table;
    find_ends(model, parameters);
    if (shape->mixing == TAGGER_QUERY_KEY_VALUE) {
        find_attention(model, parameters);
    }
    for (size_t l = 0; shape->mixing == TAGGER_BLOCKS && l < shape->n_layers; l++) {
        char name[REF_NAME_SIZE];
        snprintf(name, sizeof name, "block%zu", l);
        program_check(ref_block_find(parameters, name, &model->block_shape, &model->blocks[l]));
    }
    return model;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void attention_alloc(tagger_sentence *sentence, size_t n, size_t d)
{
    sentence->positions = program_vector(n);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(sentence->positions, i, (double)i);
    }
    sentence->attention = (ref_query_key_value_cache){program_matrix(n, d), program_matrix(n, d),
                                                      program_matrix(n, d), program_matrix(n, n)};
    sentence->mixed = program_matrix(n, d);
}

static tagger_sentence sentence_alloc(const tagger_reference *model, size_t n)
{
    const tagger_shape *shape = &model->shape;
    tagger_sentence sentence = {.n = n, .input = program_matrix(n, tagger_input_width(shape))};
    for (size_t l = 0; l < tagger_n_states(shape); l++) {
        sentence.states[l] = program_matrix(n, shape->d_model);
    }
    if (shape->mixing != TAGGER_BLOCKS) {
        attention_alloc(&sentence, n, shape->d_model);
    }
    for (size_t l = 0; shape->mixing == TAGGER_BLOCKS && l < shape->n_layers; l++) {
        sentence.blocks[l] = ref_block_cache_alloc(n, &model->block_shape);
        if (sentence.blocks[l] == NULL) {
            program_fail("%s", program_last_error());
        }
    }
    sentence.mean = program_vector(n);
    sentence.rate = program_vector(n);
    sentence.last = program_matrix(n, shape->d_model);
    return sentence;
}

static void sentence_free(tagger_sentence *sentence)
{
    ref_query_key_value_cache *attention = &sentence->attention;
    gsl_matrix *const matrices[] = {sentence->input,   sentence->mixed, sentence->last,
                                    attention->q,      attention->k,    attention->v,
                                    attention->weights};
    gsl_vector *const vectors[] = {sentence->positions, sentence->mean, sentence->rate};
    for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++) {
        gsl_matrix_free(matrices[i]);
    }
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        gsl_vector_free(vectors[i]);
    }
    for (size_t l = 0; l <= TAGGER_MAX_LAYERS; l++) {
        gsl_matrix_free(sentence->states[l]);
    }
    for (size_t l = 0; l < TAGGER_MAX_LAYERS; l++) {
        ref_block_cache_free(sentence->blocks[l]);
    }
}

static void release(tagger_reference *model)
{
    for (size_t s = 0; s < model->n_sequences; s++) {
        sentence_free(&model->caches[s]);
        sentence_free(&model->gradients[s]);
    }
    free(model->caches);
    free(model->gradients);
    gsl_matrix_free(model->logits);
    gsl_matrix_free(model->probabilities);
    gsl_matrix_free(model->grad_logits);
}

void tagger_reference_free(tagger_reference *model)
{
    if (model != NULL) {
        release(model);
        free(model);
    }
}

void tagger_reference_reserve(tagger_reference *model, const tagger_batch *batch)
{
    release(model);
    size_t n_rows = batch->n_sequences * batch->n_padded, n_classes = model->shape.n_classes;
    model->n_sequences = batch->n_sequences;
    model->caches = program_allocate(batch->n_sequences, sizeof *model->caches);
    model->gradients = program_allocate(batch->n_sequences, sizeof *model->gradients);
    for (size_t s = 0; s < batch->n_sequences; s++) {
        model->caches[s] = sentence_alloc(model, batch->lengths[s]);
        model->gradients[s] = sentence_alloc(model, batch->lengths[s]);
    }
    model->logits = program_matrix(n_rows, n_classes);
    model->probabilities = program_matrix(n_rows, n_classes);
    model->grad_logits = program_matrix(n_rows, n_classes);
}
