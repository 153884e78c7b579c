#include "reference/encoder_decoder.h"
#include "reference/encoder_decoder_checks.h"

#include <gsl/gsl_errno.h>

/* ---- The parameters beside the stacks, each a row of one table ------------------------------- */

enum {
    SOURCE_EMBEDDING,
    TARGET_EMBEDDING, /* behind it the encoder */
    BRIDGE_WEIGHT,
    BRIDGE_BIAS, /* behind it the decoder */
    WEIGHT_Q,
    WEIGHT_K,
    WEIGHT,
    BIAS,
    V,
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
    ref_initialization initialization;
} declaration;

/* What the score needs; all rows are 0 till here. */
static void list_attention(const ref_encoder_decoder_shape *shape, declaration d[N_PARAMETERS])
{
    size_t n_hidden = shape->n_hidden, d_memory = memory_width(shape), d_a = shape->d_attention;
    const ref_initialization weight = REF_GLOROT_UNIFORM;
    if (shape->score == REF_SCORE_ADDITIVE) {
        d[WEIGHT_Q] = (declaration){"attention.weight_q", n_hidden, d_a, true, weight};
        d[WEIGHT_K] = (declaration){"attention.weight_k", d_memory, d_a, true, weight};
        d[BIAS] = (declaration){"attention.bias", 1, d_a, false, REF_ZEROS};
    }
    if (shape->score == REF_SCORE_CONCAT) { /* W on top of U */
        d[WEIGHT] = (declaration){"attention.weight", n_hidden + d_memory, d_a, true, weight};
    }
    if (is_additive(shape)) {
        d[V] = (declaration){"attention.v", 1, d_a, false, weight};
    }
    if (shape->score == REF_SCORE_GENERAL) {
        d[WEIGHT] = (declaration){"attention.weight", n_hidden, d_memory, true, weight};
    }
    if (shape->score == REF_SCORE_LOCATION) {
        d[PLACES] =
            (declaration){"attention.places", shape->n_places, n_hidden, false, REF_EMBEDDING};
    }
}

static void list_declarations(const ref_encoder_decoder_shape *shape, declaration d[N_PARAMETERS])
{
    size_t d_joined = context_width(shape) + shape->n_hidden, d_output = shape->d_output;
    size_t d_embedding = shape->d_embedding, n_target = shape->n_target, first = first_width(shape);
    const ref_initialization weight = REF_GLOROT_UNIFORM, words = REF_EMBEDDING;
    d[SOURCE_EMBEDDING] =
        (declaration){"source.embedding", shape->n_source, d_embedding, false, words};
    d[TARGET_EMBEDDING] = (declaration){"target.embedding", n_target, d_embedding, false, words};
    d[BRIDGE_WEIGHT] = (declaration){"bridge.weight", memory_width(shape), first, true, weight};
    d[BRIDGE_BIAS] = (declaration){"bridge.bias", 1, first, false, REF_ZEROS};
    list_attention(shape, d);
    d[ATTENTIONAL_WEIGHT] = (declaration){"attentional.weight", d_joined, d_output, true, weight};
    d[ATTENTIONAL_BIAS] = (declaration){"attentional.bias", 1, d_output, false, REF_ZEROS};
    d[OUTPUT_WEIGHT] = (declaration){"output.weight", d_output, n_target, true, weight};
    d[OUTPUT_BIAS] = (declaration){"output.bias", 1, n_target, false, REF_ZEROS};
}

/* The rows first .. last of the table. */
static int declare_some(ref_parameters *list, const declaration all[], int first, int last)
{
    int status = GSL_SUCCESS;
    for (int n = first; n <= last && status == GSL_SUCCESS; n++) {
        const declaration *d = &all[n];
        status = d->n_rows == 0 ? GSL_SUCCESS
                                : ref_parameters_declare(list, d->name, d->n_rows, d->n_cols,
                                                         d->is_decayed, d->initialization);
    }
    return status;
}

int ref_encoder_decoder_declare(ref_parameters *list, const ref_encoder_decoder_shape *shape)
{
    declaration all[N_PARAMETERS] = {{0}};
    int status = check_model_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    ref_recurrent_stack_shape encoder = encoder_stack(shape), decoder = decoder_stack(shape);
    list_declarations(shape, all);
    status = declare_some(list, all, SOURCE_EMBEDDING, TARGET_EMBEDDING);
    status = status ? status : ref_recurrent_stack_declare(list, "encoder", &encoder);
    status = status ? status : declare_some(list, all, BRIDGE_WEIGHT, BRIDGE_BIAS);
    status = status ? status : ref_recurrent_stack_declare(list, "decoder", &decoder);
    return status ? status : declare_some(list, all, WEIGHT_Q, OUTPUT_BIAS);
}

/* ---- Finding --------------------------------------------------------------------------------- */

/* A row as a vector; NULL if the model has none of it. */
static gsl_vector *row_of(gsl_matrix *a, gsl_vector_view *view)
{
    if (a == NULL) {
        return NULL;
    }
    *view = gsl_matrix_row(a, 0);
    return &view->vector;
}

/* W and U of the additive scores: matrices of their own, or one on top of the other. */
static void place_additive(gsl_matrix *const all[N_PARAMETERS],
                           const ref_encoder_decoder_shape *shape, gsl_matrix_view m[2],
                           gsl_vector_view v[2], ref_additive_attention *additive)
{
    *additive = (ref_additive_attention){all[WEIGHT_Q], all[WEIGHT_K], row_of(all[BIAS], &v[0]),
                                         row_of(all[V], &v[1])};
    if (shape->score == REF_SCORE_CONCAT) {
        size_t n_hidden = shape->n_hidden, d_a = shape->d_attention;
        m[0] = gsl_matrix_submatrix(all[WEIGHT], 0, 0, n_hidden, d_a);
        m[1] = gsl_matrix_submatrix(all[WEIGHT], n_hidden, 0, memory_width(shape), d_a);
        additive->weight_q = &m[0].matrix;
        additive->weight_k = &m[1].matrix;
    }
}

/* Windows into the values of a list, or into its gradients: those of a model. */
static void place(gsl_matrix *const all[N_PARAMETERS], const ref_encoder_decoder_shape *shape,
                  const ref_recurrent_stack *encoder, const ref_recurrent_stack *decoder,
                  gsl_matrix_view m[2], gsl_vector_view v[5], ref_encoder_decoder *model)
{
    *model = (ref_encoder_decoder){.source_embedding = all[SOURCE_EMBEDDING],
                                   .target_embedding = all[TARGET_EMBEDDING],
                                   .encoder = *encoder,
                                   .bridge_weight = all[BRIDGE_WEIGHT],
                                   .bridge_bias = row_of(all[BRIDGE_BIAS], &v[0]),
                                   .decoder = *decoder,
                                   .general_weight =
                                       shape->score == REF_SCORE_GENERAL ? all[WEIGHT] : NULL,
                                   .places = all[PLACES],
                                   .attentional_weight = all[ATTENTIONAL_WEIGHT],
                                   .attentional_bias = row_of(all[ATTENTIONAL_BIAS], &v[1]),
                                   .output_weight = all[OUTPUT_WEIGHT],
                                   .output_bias = row_of(all[OUTPUT_BIAS], &v[2])};
    place_additive(all, shape, m, v + 3, &model->additive);
}

int ref_encoder_decoder_find(const ref_parameters *list, const ref_encoder_decoder_shape *shape,
                             ref_encoder_decoder_parameters *found)
{
    declaration all[N_PARAMETERS] = {{0}};
    gsl_matrix *values[N_PARAMETERS] = {NULL}, *gradients[N_PARAMETERS] = {NULL};
    int status = check_model_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    list_declarations(shape, all);
    for (int n = 0; n < N_PARAMETERS; n++) {
        const declaration *d = &all[n];
        ref_parameter *p = d->n_rows > 0 ? ref_parameters_find(list, d->name) : NULL;
        if (d->n_rows > 0 && (!p || !has_shape(&p->value.matrix, d->n_rows, d->n_cols))) {
            GSL_ERROR("a parameter of the model is missing or has another shape", GSL_EINVAL);
        }
        values[n] = p ? &p->value.matrix : NULL;
        gradients[n] = p ? &p->gradient.matrix : NULL;
    }
    ref_recurrent_stack_shape encoder = encoder_stack(shape), decoder = decoder_stack(shape);
    status = ref_recurrent_stack_find(list, "encoder", &encoder, &found->encoder);
    status = status ? status : ref_recurrent_stack_find(list, "decoder", &decoder, &found->decoder);
    place(values, shape, &found->encoder.value, &found->decoder.value, found->matrices[0],
          found->vectors[0], &found->value);
    place(gradients, shape, &found->encoder.gradient, &found->decoder.gradient, found->matrices[1],
          found->vectors[1], &found->gradient);
    return status;
}
