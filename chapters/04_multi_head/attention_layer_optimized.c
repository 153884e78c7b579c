/* One multi-head attention in float32, for one sentence at a time. */
#include "chapters/04_multi_head/attention_layer_optimized.h"

#include "chapters/04_multi_head/floats.h"
#include "chapters/common/program/program.h"
#include "optimized/train.h"
#include <gsl/gsl_math.h>
#include <stdlib.h>
#include <string.h>

struct attention_layer_optimized {
    attention_layer_shape shape;
    fast_multi_head value, gradient;
    float *floats; /* of all tensors, one behind the other */
    fast_view x, output, grad_x, grad_output;
    fast_multi_head_cache cache;
    fast_context context;
};

static fast_multi_head find(const fast_parameters *list, size_t n_heads, bool is_gradient)
{
    static const char *const names[] = {"query.weight",  "key.weight",  "value.weight",
                                        "output.weight", "output.bias", "relative_bias"};
    fast_view all[6];
    for (size_t p = 0; p < 6; p++) {
        const fast_parameter *found = fast_parameters_find(list, names[p]);
        all[p] = is_gradient ? found->gradient : found->value;
    }
    return (fast_multi_head){
        .n_heads = n_heads,
        .heads = {.weight_q = all[0], .weight_k = all[1], .weight_v = all[2]},
        .weight_o = all[3],
        .bias_o = all[4],
        .relative_bias = all[5],
    };
}

static fast_view take(float **next, size_t n_rows, size_t n_cols)
{
    fast_view tensor = fast_view_matrix(*next, n_rows, n_cols);
    *next += n_rows * n_cols;
    return tensor;
}

/* All tensors for a sentence of n tokens. */
static void set_length(attention_layer_optimized *layer, size_t n)
{
    const attention_layer_shape *shape = &layer->shape;
    float *next = layer->floats;
    layer->x = take(&next, n, shape->d_x);
    layer->grad_x = take(&next, n, shape->d_x);
    layer->output = take(&next, n, shape->d_out);
    layer->grad_output = take(&next, n, shape->d_out);
    layer->cache.heads.q = take(&next, n, shape->d_heads);
    layer->cache.heads.k = take(&next, n, shape->d_heads);
    layer->cache.heads.v = take(&next, n, shape->d_heads);
    layer->cache.concatenated = take(&next, n, shape->d_heads);
    layer->cache.heads.log_sum_exp = fast_view_tensor(next, 1, shape->n_heads, 1, n);
}

attention_layer_optimized *attention_layer_optimized_alloc(const fast_parameters *list,
                                                           const attention_layer_shape *shape)
{
    attention_layer_optimized *layer = program_allocate(1, sizeof *layer);
    size_t n_columns = 2 * shape->d_x + 2 * shape->d_out + 4 * shape->d_heads + shape->n_heads;
    layer->shape = *shape;
    layer->value = find(list, shape->n_heads, false);
    layer->gradient = find(list, shape->n_heads, true);
    layer->floats = program_allocate(shape->max_n * n_columns, sizeof *layer->floats);
    layer->context = (fast_context){.kernels = fast_kernels_best(), .n_threads = 1};
    set_length(layer, shape->max_n);
    const fast_view *x = &layer->x;
    size_t passes = GSL_MAX(fast_multi_head_forward_size(x, x, &layer->value, &layer->context),
                            fast_multi_head_backward_size(x, x, &layer->value, &layer->context));
    layer->context.workspace = fast_workspace_alloc(GSL_MAX(passes, fast_gradient_norm_size(list)));
    if (layer->context.workspace == NULL) {
        program_fail("%s", program_last_error());
    }
    return layer;
}

void attention_layer_optimized_free(attention_layer_optimized *layer)
{
    if (layer != NULL) {
        fast_workspace_free(layer->context.workspace);
        free(layer->floats);
        free(layer);
    }
}

void attention_layer_optimized_forward(attention_layer_optimized *layer, const gsl_matrix *x,
                                       gsl_matrix *output)
{
    set_length(layer, x->size1);
    floats_narrow(x, &layer->x);
    program_check(fast_multi_head_forward(&layer->x, &layer->x, &layer->value, NULL, &layer->cache,
                                          &layer->output, &layer->context));
    floats_widen(&layer->output, output);
}

void attention_layer_optimized_backward(attention_layer_optimized *layer,
                                        const gsl_matrix *grad_output)
{
    floats_narrow(grad_output, &layer->grad_output);
    memset(layer->grad_x.data, 0, layer->grad_x.n_rows * layer->grad_x.n_cols * sizeof(float));
    program_check(fast_multi_head_backward(&layer->x, &layer->x, &layer->value, NULL, &layer->cache,
                                           &layer->grad_output, &layer->grad_x, &layer->grad_x,
                                           &layer->gradient, &layer->context));
}

fast_context *attention_layer_optimized_context(attention_layer_optimized *layer)
{
    return &layer->context;
}
