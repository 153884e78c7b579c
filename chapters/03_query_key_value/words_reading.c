/* A sentence through the model, line by line, by the functions of the reference. */
#include "chapters/03_query_key_value/words.h"

#include "chapters/common/program/program.h"
#include "reference/projection.h"
#include <gsl/gsl_blas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gsl_matrix *value_of(const tagger_model *model, const char *name)
{
    ref_parameter *found = ref_parameters_find(model->wide, name);
    if (!found) {
        program_fail("the model has no parameter '%s'", name);
    }
    return &found->value.matrix;
}

/* Y = X W + b with the parameters of a name */
static void project(const tagger_model *model, const gsl_matrix *x, const char *weight,
                    const char *bias, gsl_matrix *output)
{
    gsl_vector_view b = gsl_matrix_row(value_of(model, bias), 0);
    program_check(ref_projection_forward(x, value_of(model, weight), &b.vector, output));
}

/* X: the vector of each word, and the embeddings of its features beside it. */
static gsl_matrix *inputs_of(const tagger_model *model, const tagger_text *text)
{
    size_t n = text->sentences->n_tokens;
    gsl_matrix *x = program_matrix(n, tagger_input_width(&model->shape));
    for (size_t i = 0; i < n; i++) {
        size_t column = model->shape.d_vector;
        for (size_t c = 0; c < column; c++) {
            gsl_matrix_set(x, i, c, gsl_matrix_get(model->table, (size_t)text->words[i], c));
        }
        for (size_t f = 0; f < model->shape.n_channels; f++) {
            char name[REF_NAME_SIZE];
            snprintf(name, sizeof name, "embedding.%s", model->shape.channel_names[f]);
            gsl_matrix *table = value_of(model, name);
            for (size_t c = 0; c < table->size2; c++) {
                gsl_matrix_set(x, i, column++,
                               gsl_matrix_get(table, (size_t)text->features[f][i], c));
            }
        }
    }
    return x;
}

/* Y of attention between learned projections; they stand side by side in one matrix. */
static void attend(const tagger_model *model, const gsl_matrix *h, gsl_matrix *weights,
                   gsl_matrix *output)
{
    size_t n = h->size1, d = h->size2;
    gsl_matrix *weight = value_of(model, "attention.qkv.weight");
    gsl_vector_view bias = gsl_matrix_row(value_of(model, "attention.qkv.bias"), 0);
    gsl_vector_view relative = gsl_matrix_row(value_of(model, "attention.relative_bias"), 0);
    gsl_matrix_view w[3];
    gsl_vector_view b[3];
    for (size_t p = 0; p < 3; p++) {
        w[p] = gsl_matrix_submatrix(weight, 0, p * d, d, d);
        b[p] = gsl_vector_subvector(&bias.vector, p * d, d);
    }
    const ref_query_key_value parameters = {&w[0].matrix, &b[0].vector, &w[1].matrix,
                                            &b[1].vector, &w[2].matrix, &b[2].vector};
    const ref_query_key_value_cache cache = {program_matrix(n, d), program_matrix(n, d),
                                             program_matrix(n, d), weights};
    const ref_mask mask = {.relative_bias = &relative.vector};
    program_check(ref_query_key_value_forward(h, h, &parameters, 1.0 / sqrt((double)d), &mask,
                                              &cache, output));
    gsl_matrix_free(cache.q);
    gsl_matrix_free(cache.k);
    gsl_matrix_free(cache.v);
}

reading read_sentence(const task *of, const tagger_model *model, const char *text)
{
    reading one = {.words = sentence_or_exit(text)};
    size_t n = one.words->n_tokens, d = model->shape.d_model;
    tagger_text *numbers = tagger_text_alloc(one.words, of->words, of->vectors, n);
    gsl_matrix *x = inputs_of(model, numbers);
    one.alone = program_matrix(n, d);
    one.weights = program_matrix(n, n);
    one.together = program_matrix(n, d);
    one.logits = program_matrix(n, model->shape.n_classes);
    // [reading]
    project(model, x, "input.weight", "input.bias", one.alone); /* H_0 = X W_in + b_in */
    attend(model, one.alone, one.weights, one.together);        /* Y */
    gsl_matrix_add(one.together, one.alone);                    /* H_1 = H_0 + Y */
    project(model, one.together, "output.weight", "output.bias", one.logits);
    // [reading]
    gsl_matrix_free(x);
    tagger_text_free(numbers);
    return one;
}

void reading_free(reading *one)
{
    corpus_free(one->words);
    gsl_matrix_free(one->alone);
    gsl_matrix_free(one->weights);
    gsl_matrix_free(one->together);
    gsl_matrix_free(one->logits);
}

const char *best_tag(const task *of, const reading *one, size_t word)
{
    gsl_vector_const_view row = gsl_matrix_const_row(one->logits, word);
    return of->words->labels.values[gsl_vector_max_index(&row.vector)];
}
