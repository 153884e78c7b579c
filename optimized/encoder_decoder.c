/* Where the parameters of a model stand in a list.
 *
 * What differs from reference/encoder_decoder.c:
 *   1. a view needs no place to stand in: W and U of "concat" are views that the model holds. */
#include "optimized/encoder_decoder.h"
#include "optimized/checks.h"
#include "optimized/encoder_decoder_checks.h"
#include <gsl/gsl_errno.h>

/* ---- The parameters, each a row of one table ------------------------------------------------- */

enum {
    SOURCE_EMBEDDING,
    TARGET_EMBEDDING,
    BRIDGE_WEIGHT,
    BRIDGE_BIAS,
    ATTENTION_WEIGHT_Q,
    ATTENTION_WEIGHT_K,
    CONCAT_WEIGHT,
    GENERAL_WEIGHT,
    ATTENTION_BIAS,
    ATTENTION_V,
    PLACES,
    ATTENTIONAL_WEIGHT,
    ATTENTIONAL_BIAS,
    OUTPUT_WEIGHT,
    OUTPUT_BIAS,
    N_PARAMETERS
};

typedef struct {
    const char *name;
    size_t n_rows, n_cols; /* no rows: the model has none of it */
    bool is_decayed;
} declaration;

static void list_attention(const fast_encoder_decoder_shape *shape, declaration d[N_PARAMETERS])
{
    size_t d_memory = fast_d_memory(shape), n_hidden = shape->n_hidden, d_a = shape->d_attention;
    bool is_bahdanaus = shape->score == FAST_SCORE_ADDITIVE;
    bool is_concat = shape->score == FAST_SCORE_CONCAT;
    bool is_general = shape->score == FAST_SCORE_GENERAL;
    bool is_location = shape->score == FAST_SCORE_LOCATION;
    size_t n_places = is_location ? shape->n_places : 0;
    d[ATTENTION_WEIGHT_Q] =
        (declaration){"attention.weight_q", is_bahdanaus ? n_hidden : 0, d_a, true};
    d[ATTENTION_WEIGHT_K] =
        (declaration){"attention.weight_k", is_bahdanaus ? d_memory : 0, d_a, true};
    d[ATTENTION_BIAS] = (declaration){"attention.bias", is_bahdanaus, d_a, false};
    d[CONCAT_WEIGHT] =
        (declaration){"attention.weight", is_concat ? n_hidden + d_memory : 0, d_a, true};
    d[ATTENTION_V] = (declaration){"attention.v", is_additive(shape), d_a, false};
    d[GENERAL_WEIGHT] =
        (declaration){"attention.weight", is_general ? n_hidden : 0, d_memory, true};
    d[PLACES] = (declaration){"attention.places", n_places, n_hidden, false};
}

static void list_declarations(const fast_encoder_decoder_shape *shape, declaration d[N_PARAMETERS])
{
    size_t n_first = shape->n_layers * fast_n_state(shape), d_output = shape->d_output;
    d[SOURCE_EMBEDDING] =
        (declaration){"source.embedding", shape->n_source, shape->d_embedding, false};
    d[TARGET_EMBEDDING] =
        (declaration){"target.embedding", shape->n_target, shape->d_embedding, false};
    d[BRIDGE_WEIGHT] = (declaration){"bridge.weight", fast_d_memory(shape), n_first, true};
    d[BRIDGE_BIAS] = (declaration){"bridge.bias", 1, n_first, false};
    list_attention(shape, d);
    d[ATTENTIONAL_WEIGHT] = (declaration){"attentional.weight",
                                          fast_d_context(shape) + shape->n_hidden, d_output, true};
    d[ATTENTIONAL_BIAS] = (declaration){"attentional.bias", 1, d_output, false};
    d[OUTPUT_WEIGHT] = (declaration){"output.weight", d_output, shape->n_target, true};
    d[OUTPUT_BIAS] = (declaration){"output.bias", 1, shape->n_target, false};
}

static int declare_range(fast_parameters *list, const declaration *all, int first, int last)
{
    int status = GSL_SUCCESS;
    for (int n = first; n <= last && status == GSL_SUCCESS; n++) {
        const declaration *d = &all[n];
        status = d->n_rows == 0
                     ? GSL_SUCCESS
                     : fast_parameters_declare(list, d->name, d->n_rows, d->n_cols, d->is_decayed);
    }
    return status;
}

int fast_encoder_decoder_declare(fast_parameters *list, const fast_encoder_decoder_shape *shape)
{
    declaration all[N_PARAMETERS];
    int status = fast_encoder_decoder_check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_recurrent_stack_shape encoder = fast_encoder_stack(shape);
    fast_recurrent_stack_shape decoder = fast_decoder_stack(shape);
    list_declarations(shape, all);
    status = declare_range(list, all, SOURCE_EMBEDDING, TARGET_EMBEDDING);
    status = status ? status : fast_recurrent_stack_declare(list, "encoder", &encoder);
    status = status ? status : declare_range(list, all, BRIDGE_WEIGHT, BRIDGE_BIAS);
    status = status ? status : fast_recurrent_stack_declare(list, "decoder", &decoder);
    return status ? status : declare_range(list, all, ATTENTION_WEIGHT_Q, OUTPUT_BIAS);
}

/* ---- Finding --------------------------------------------------------------------------------- */

/** Windows into the values of a list, or into its gradients: those of a model. */
static fast_encoder_decoder place(const fast_view all[N_PARAMETERS],
                                  const fast_encoder_decoder_shape *shape)
{
    fast_additive_attention additive = {all[ATTENTION_WEIGHT_Q], all[ATTENTION_WEIGHT_K],
                                        all[ATTENTION_BIAS], all[ATTENTION_V]};
    if (shape->score == FAST_SCORE_CONCAT) { /* 1 */
        const fast_view *weight = &all[CONCAT_WEIGHT];
        additive.weight_q = fast_view_rows(weight, 0, shape->n_hidden);
        additive.weight_k = fast_view_rows(weight, shape->n_hidden, fast_d_memory(shape));
    }
    return (fast_encoder_decoder){.source_embedding = all[SOURCE_EMBEDDING],
                                  .target_embedding = all[TARGET_EMBEDDING],
                                  .bridge_weight = all[BRIDGE_WEIGHT],
                                  .bridge_bias = all[BRIDGE_BIAS],
                                  .additive = additive,
                                  .general_weight = all[GENERAL_WEIGHT],
                                  .places = all[PLACES],
                                  .attentional_weight = all[ATTENTIONAL_WEIGHT],
                                  .attentional_bias = all[ATTENTIONAL_BIAS],
                                  .output_weight = all[OUTPUT_WEIGHT],
                                  .output_bias = all[OUTPUT_BIAS]};
}

static int find_stacks(const fast_parameters *list, const fast_encoder_decoder_shape *shape,
                       fast_encoder_decoder_parameters *found)
{
    fast_recurrent_stack_parameters stack;
    fast_recurrent_stack_shape encoder = fast_encoder_stack(shape);
    fast_recurrent_stack_shape decoder = fast_decoder_stack(shape);
    int status = fast_recurrent_stack_find(list, "encoder", &encoder, &stack);
    found->value.encoder = stack.value;
    found->gradient.encoder = stack.gradient;
    status = status ? status : fast_recurrent_stack_find(list, "decoder", &decoder, &stack);
    found->value.decoder = stack.value;
    found->gradient.decoder = stack.gradient;
    return status;
}

int fast_encoder_decoder_find(const fast_parameters *list, const fast_encoder_decoder_shape *shape,
                              fast_encoder_decoder_parameters *found)
{
    declaration all[N_PARAMETERS];
    fast_view values[N_PARAMETERS] = {{0}}, gradients[N_PARAMETERS] = {{0}};
    int status = fast_encoder_decoder_check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    list_declarations(shape, all);
    for (int n = 0; n < N_PARAMETERS; n++) {
        if (all[n].n_rows == 0) {
            continue;
        }
        fast_parameter *p = fast_parameters_find(list, all[n].name);
        if (p == NULL || !has_shape(&p->value, all[n].n_rows, all[n].n_cols)) {
            GSL_ERROR("a parameter of the model is missing or has another shape", GSL_EINVAL);
        }
        values[n] = p->value;
        gradients[n] = p->gradient;
    }
    found->value = place(values, shape);
    found->gradient = place(gradients, shape);
    return find_stacks(list, shape, found);
}
