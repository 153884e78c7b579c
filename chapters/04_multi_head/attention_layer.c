/* One multi-head attention on the side that trains it. The reference has memory for every length of
 * a sentence. */
#include "chapters/04_multi_head/attention_layer.h"
#include "chapters/04_multi_head/attention_layer_optimized.h"

#include "chapters/common/program/program.h"
#include <stdlib.h>

/* What sentences of one length need. */
typedef struct {
    ref_multi_head_cache value, gradient;
    gsl_matrix *grad_x; /* nobody reads it: what comes in is not trained */
} memory;

struct attention_layer {
    attention_layer_shape shape;
    trainee *of;
    attention_layer_optimized *optimized; /* NULL if the reference trains */
    ref_multi_head value, gradient;
    gsl_vector_view biases[2];
    memory *memories; /* (max_n + 1), made when a length comes for the first time */
};

void attention_layer_declare(ref_parameters *list, const attention_layer_shape *shape)
{
    size_t d = shape->d_heads;
    ref_parameters_declare(list, "query.weight", shape->d_x, d, true, REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "key.weight", shape->d_x, d, true, REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "value.weight", shape->d_x, d, true, REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "output.weight", d, shape->d_out, true, REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "output.bias", 1, shape->d_out, false, REF_ZEROS);
    ref_parameters_declare(list, "relative_bias", shape->n_heads, 2 * shape->clip + 1, false,
                           REF_ZEROS);
}

/* A parameter's value or its gradient. */
static gsl_matrix *matrix_of(const ref_parameters *list, const char *name, bool is_gradient)
{
    ref_parameter *found = ref_parameters_find(list, name);
    return is_gradient ? &found->gradient.matrix : &found->value.matrix;
}

static ref_multi_head find(const ref_parameters *list, size_t n_heads, bool is_gradient,
                           gsl_vector_view *bias)
{
    *bias = gsl_matrix_row(matrix_of(list, "output.bias", is_gradient), 0);
    return (ref_multi_head){
        .n_heads = n_heads,
        .heads = {.weight_q = matrix_of(list, "query.weight", is_gradient),
                  .weight_k = matrix_of(list, "key.weight", is_gradient),
                  .weight_v = matrix_of(list, "value.weight", is_gradient)},
        .weight_o = matrix_of(list, "output.weight", is_gradient),
        .bias_o = &bias->vector,
        .relative_bias = matrix_of(list, "relative_bias", is_gradient),
    };
}

attention_layer *attention_layer_alloc(trainee *of, const attention_layer_shape *shape)
{
    attention_layer *layer = program_allocate(1, sizeof *layer);
    layer->shape = *shape;
    layer->of = of;
    layer->value = find(of->list, shape->n_heads, false, &layer->biases[0]);
    layer->gradient = find(of->list, shape->n_heads, true, &layer->biases[1]);
    layer->optimized = of->twin != NULL ? attention_layer_optimized_alloc(of->twin, shape) : NULL;
    layer->memories = program_allocate(shape->max_n + 1, sizeof *layer->memories);
    return layer;
}

static ref_multi_head_cache new_cache(size_t n, const attention_layer_shape *shape)
{
    return (ref_multi_head_cache){
        {program_matrix(n, shape->d_heads), program_matrix(n, shape->d_heads),
         program_matrix(n, shape->d_heads), program_matrix(shape->n_heads * n, n)},
        program_matrix(n, shape->d_heads)};
}

static void free_cache(ref_multi_head_cache *cache)
{
    gsl_matrix_free(cache->heads.q);
    gsl_matrix_free(cache->heads.k);
    gsl_matrix_free(cache->heads.v);
    gsl_matrix_free(cache->heads.weights);
    gsl_matrix_free(cache->concatenated);
}

void attention_layer_free(attention_layer *layer)
{
    if (layer == NULL) {
        return;
    }
    for (size_t n = 0; n <= layer->shape.max_n; n++) {
        if (layer->memories[n].grad_x != NULL) {
            free_cache(&layer->memories[n].value);
            free_cache(&layer->memories[n].gradient);
            gsl_matrix_free(layer->memories[n].grad_x);
        }
    }
    attention_layer_optimized_free(layer->optimized);
    free(layer->memories);
    free(layer);
}

static memory *memory_of(attention_layer *layer, size_t n)
{
    memory *found = &layer->memories[n];
    if (found->grad_x == NULL) {
        found->value = new_cache(n, &layer->shape);
        found->gradient = new_cache(n, &layer->shape);
        found->grad_x = program_matrix(n, layer->shape.d_x);
    }
    return found;
}

static void reference_forward(attention_layer *layer, const gsl_matrix *x, gsl_matrix *output)
{
    memory *own = memory_of(layer, x->size1);
    program_check(ref_multi_head_forward(x, x, &layer->value, NULL, &own->value, output));
}

void attention_layer_forward(attention_layer *layer, const gsl_matrix *x, gsl_matrix *output)
{
    if (layer->optimized != NULL) {
        attention_layer_optimized_forward(layer->optimized, x, output);
    } else {
        reference_forward(layer, x, output);
    }
}

void attention_layer_backward(attention_layer *layer, const gsl_matrix *x,
                              const gsl_matrix *grad_output)
{
    if (layer->optimized != NULL) {
        attention_layer_optimized_backward(layer->optimized, grad_output);
        return;
    }
    memory *own = memory_of(layer, x->size1);
    program_check(ref_multi_head_backward(x, x, &layer->value, NULL, &own->value, grad_output,
                                          own->grad_x, own->grad_x, &layer->gradient,
                                          &own->gradient));
}

const gsl_matrix *attention_layer_weights(attention_layer *layer, const gsl_matrix *x)
{
    gsl_matrix *output = program_matrix(x->size1, layer->shape.d_out);
    trainee_widen(layer->of);
    reference_forward(layer, x, output);
    gsl_matrix_free(output);
    return layer->memories[x->size1].value.heads.weights;
}

fast_context *attention_layer_context(attention_layer *layer)
{
    return layer->optimized != NULL ? attention_layer_optimized_context(layer->optimized) : NULL;
}
