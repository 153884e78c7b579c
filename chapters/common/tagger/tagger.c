/**
 * @file tagger.c
 * What both sides of the tagger share: its sizes and the list of its parameters.
 */
#include "chapters/common/tagger/tagger.h"
#include <gsl/gsl_errno.h>
#include <stdio.h>

size_t tagger_input_width(const tagger_shape *shape)
{
    size_t width = shape->d_vector;
    for (size_t c = 0; c < shape->n_channels; c++) {
        width += shape->d_channel[c];
    }
    return width;
}

ref_block_shape tagger_block_shape(const tagger_shape *shape)
{
    return (ref_block_shape){.d_model = shape->d_model,
                             .n_heads = shape->n_heads,
                             .n_hidden = shape->n_hidden,
                             .clip = shape->clip,
                             .norm = shape->norm,
                             .activation = REF_RELU,
                             .epsilon = TAGGER_EPSILON};
}

bool tagger_has_final_norm(const tagger_shape *shape)
{
    return shape->mixing == TAGGER_BLOCKS && shape->norm == REF_PRE_NORM;
}

size_t tagger_n_states(const tagger_shape *shape)
{
    return shape->mixing == TAGGER_BLOCKS ? 1 + shape->n_layers : 2;
}

static int check_shape(const tagger_shape *shape)
{
    if (shape->n_channels > TAGGER_MAX_CHANNELS) {
        GSL_ERROR("there are more channels of features than a tagger can have", GSL_EINVAL);
    }
    if (shape->d_vector == 0 || shape->d_model == 0 || shape->n_classes == 0) {
        GSL_ERROR("vectors, model and tags must have at least one column", GSL_EINVAL);
    }
    if (shape->mixing > TAGGER_BLOCKS) {
        GSL_ERROR("unknown mixing", GSL_EINVAL);
    }
    if (shape->mixing == TAGGER_PROXIMITY && !(shape->bandwidth > 0.0)) {
        GSL_ERROR("the bandwidth must be positive", GSL_EINVAL);
    }
    if (shape->mixing == TAGGER_BLOCKS &&
        (shape->n_layers == 0 || shape->n_layers > TAGGER_MAX_LAYERS)) {
        GSL_ERROR("there must be at least one block, and no more than a tagger can have",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* The statuses of declarations may be left alone: ref_parameters_allocate() returns the first. */
static void declare_input(ref_parameters *list, const tagger_shape *shape)
{
    char name[REF_NAME_SIZE];
    for (size_t c = 0; c < shape->n_channels; c++) {
        snprintf(name, sizeof name, "embedding.%s", shape->channel_names[c]);
        ref_parameters_declare(list, name, shape->n_ids[c], shape->d_channel[c], false,
                               REF_EMBEDDING);
    }
    ref_parameters_declare(list, "input.weight", tagger_input_width(shape), shape->d_model, true,
                           REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "input.bias", 1, shape->d_model, false, REF_ZEROS);
}

static void declare_query_key_value(ref_parameters *list, const tagger_shape *shape)
{
    size_t d = shape->d_model;
    ref_parameters_declare(list, "attention.qkv.weight", d, 3 * d, true, REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "attention.qkv.bias", 1, 3 * d, false, REF_ZEROS);
    if (shape->clip > 0) {
        ref_parameters_declare(list, "attention.relative_bias", 1, 2 * shape->clip + 1, false,
                               REF_ZEROS);
    }
}

static int declare_blocks(ref_parameters *list, const tagger_shape *shape)
{
    char name[REF_NAME_SIZE];
    ref_block_shape block = tagger_block_shape(shape);
    for (size_t l = 0; l < shape->n_layers; l++) {
        snprintf(name, sizeof name, "block%zu", l);
        int status = ref_block_declare(list, name, &block);
        if (status != GSL_SUCCESS) {
            return status;
        }
    }
    if (tagger_has_final_norm(shape)) {
        ref_parameters_declare(list, "norm.gain", 1, shape->d_model, false, REF_ONES);
        ref_parameters_declare(list, "norm.bias", 1, shape->d_model, false, REF_ZEROS);
    }
    return GSL_SUCCESS;
}

int tagger_declare(ref_parameters *list, const tagger_shape *shape)
{
    int status = check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    declare_input(list, shape);
    if (shape->mixing == TAGGER_QUERY_KEY_VALUE) {
        declare_query_key_value(list, shape);
    } else if (shape->mixing == TAGGER_BLOCKS) {
        status = declare_blocks(list, shape);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    ref_parameters_declare(list, "output.weight", shape->d_model, shape->n_classes, true,
                           REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "output.bias", 1, shape->n_classes, false, REF_ZEROS);
    return list->status;
}
