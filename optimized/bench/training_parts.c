/* What each part of a training step does with the first of the two blocks of every batch. */
#include "optimized/bench/training_parts.h"
#include "optimized/bench/training_stack.h"
#include "optimized/layer_norm.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include "optimized/side_by_side.h"
#include <math.h>

typedef void part_function(training_stack *stack, stack_batch *batch, fast_context *context);

static void on_all_batches(part_function *part, training_stack *stack, fast_context *context)
{
    for (size_t b = 0; b < stack->text->n_batches; b++) {
        part(stack, &stack->batches[b], context);
    }
}

/** Defines part_name(), which does something with the first block of every batch. */
#define PART(name_)                                                                                \
    static void name_(training_stack *stack, stack_batch *batch, fast_context *context);           \
    void part_##name_(void *data, fast_context *context)                                           \
    {                                                                                              \
        on_all_batches(name_, data, context);                                                      \
    }                                                                                              \
    static void name_(training_stack *stack, stack_batch *batch, fast_context *context)

PART(norm_forward)
{
    fast_block_cache *c = &batch->caches[0];
    const fast_block *p = &stack->blocks[0].value;
    fast_layer_norm_forward(&batch->x[0], &p->gain_1, &p->bias_1, stack->shape.epsilon, &c->mean_1,
                            &c->rate_1, &c->norm_1, context);
}

PART(norm_backward)
{
    fast_block_cache *c = &batch->caches[0];
    fast_block *p = &stack->blocks[0].value, *g = &stack->blocks[0].gradient;
    fast_layer_norm_backward(&batch->x[0], &p->gain_1, &c->mean_1, &c->rate_1, &batch->grad_x[1],
                             &batch->grad_x[0], &g->gain_1, &g->bias_1, context);
}

static fast_projected projected_of(const fast_block_cache *cache)
{
    const fast_query_key_value_cache *heads = &cache->attention.heads;
    return (fast_projected){heads->q, heads->k, heads->v};
}

PART(qkv_forward)
{
    fast_block_cache *c = &batch->caches[0];
    fast_projected projected = projected_of(c);
    fast_projections_forward(&c->norm_1, &c->norm_1, &stack->blocks[0].value.attention.heads,
                             &projected, context);
}

/* Q, K and V stand for their gradients: the products take as long. */
PART(qkv_backward)
{
    fast_block_cache *c = &batch->caches[0];
    fast_projected projected = projected_of(c);
    fast_projections_backward(&c->norm_1, &c->norm_1, &stack->blocks[0].value.attention.heads,
                              &projected, &batch->grad_x[0], &batch->grad_x[0],
                              &stack->blocks[0].gradient.attention.heads, context);
}

/** Heads as an axis, as in multi_head.c. */
static fast_view split(const fast_view *all, size_t n_heads)
{
    fast_view heads = *all;
    heads.n_heads = n_heads;
    heads.n_cols = heads.head_stride = all->n_cols / n_heads;
    return heads;
}

/** Q, K, V, the output and the mask of the attention of the first block. */
typedef struct {
    fast_view q, k, v, output;
    float scale;
    fast_mask mask;
} attention_views;

static attention_views views_of(const training_stack *stack, const stack_batch *batch)
{
    const fast_multi_head_cache *c = &batch->caches[0].attention;
    size_t n_heads = stack->shape.n_heads;
    attention_views a = {split(&c->heads.q, n_heads),
                         split(&c->heads.k, n_heads),
                         split(&c->heads.v, n_heads),
                         split(&c->concatenated, n_heads),
                         1.0f / sqrtf((float)(stack->shape.d_model / n_heads)),
                         batch->mask};
    a.mask.relative_bias = &stack->blocks[0].value.attention.relative_bias;
    return a;
}

PART(attention_forward)
{
    attention_views a = views_of(stack, batch);
    fast_attention_forward(&a.q, &a.k, &a.v, FAST_DOT, a.scale, &a.mask,
                           &batch->caches[0].attention.heads.log_sum_exp, &a.output, context);
}

/* The cache of the second block lends the room for dQ, dK and dV. */
PART(attention_backward)
{
    attention_views a = views_of(stack, batch);
    size_t n_heads = stack->shape.n_heads;
    const fast_query_key_value_cache *room = &batch->caches[1].attention.heads;
    fast_view grad_q = split(&room->q, n_heads), grad_k = split(&room->k, n_heads);
    fast_view grad_v = split(&room->v, n_heads), grad_output = split(&batch->grad_x[1], n_heads);
    a.mask.grad_relative_bias = &stack->blocks[0].gradient.attention.relative_bias;
    fast_attention_backward(&a.q, &a.k, &a.v, FAST_DOT, a.scale, &a.mask,
                            &batch->caches[0].attention.heads.log_sum_exp, &a.output, &grad_output,
                            &grad_q, &grad_k, &grad_v, context);
}

PART(output_forward)
{
    fast_block_cache *c = &batch->caches[0];
    const fast_multi_head *p = &stack->blocks[0].value.attention;
    fast_projection_forward(&c->attention.concatenated, &p->weight_o, &p->bias_o, &c->middle,
                            context);
}

PART(output_backward)
{
    fast_block_cache *c = &batch->caches[0];
    const fast_multi_head *p = &stack->blocks[0].value.attention;
    fast_multi_head *g = &stack->blocks[0].gradient.attention;
    fast_projection_backward(&c->attention.concatenated, &p->weight_o, &batch->grad_x[1],
                             &batch->grad_x[0], &g->weight_o, &g->bias_o, context);
}

static const fast_dropout DROPOUT = {.rate = 0.1, .seed = 1};

PART(dropout_forward)
{
    (void)stack;
    fast_dropout_forward(&batch->x[1], &DROPOUT, &batch->grad_x[0], context);
}

PART(dropout_backward)
{
    (void)stack;
    fast_dropout_backward(&DROPOUT, &batch->grad_x[1], &batch->grad_x[0], context);
}

PART(feed_forward_forward)
{
    fast_block_cache *c = &batch->caches[0];
    fast_feed_forward_forward(&c->norm_2, &stack->blocks[0].value.feed_forward, FAST_GELU,
                              &c->hidden, &batch->x[1], context);
}

PART(feed_forward_backward)
{
    fast_block_cache *c = &batch->caches[0];
    fast_feed_forward_backward(&c->norm_2, &stack->blocks[0].value.feed_forward, FAST_GELU,
                               &c->hidden, &batch->grad_x[1], &batch->grad_x[0],
                               &stack->blocks[0].gradient.feed_forward, context);
}

PART(classes_forward)
{
    fast_projection_forward(&batch->x[N_BLOCKS], &stack->weight->value, &stack->bias->value,
                            &batch->logits, context);
}

PART(classes_backward)
{
    fast_projection_backward(&batch->x[N_BLOCKS], &stack->weight->value, &batch->grad_logits,
                             &batch->grad_x[N_BLOCKS], &stack->weight->gradient,
                             &stack->bias->gradient, context);
}

PART(loss_forward)
{
    (void)stack;
    fast_cross_entropy_forward(&batch->logits, batch->targets, 0.0f, &batch->log_sum_exp,
                               &batch->loss, &batch->n_counted, context);
}

PART(loss_backward)
{
    (void)stack;
    fast_cross_entropy_backward(&batch->logits, batch->targets, 0.0f, &batch->log_sum_exp,
                                batch->n_counted, 1.0f, &batch->grad_logits, context);
}

PART(gradient_norm)
{
    (void)batch;
    double norm;
    fast_gradient_norm(stack->list, &norm, context);
}

PART(training_step)
{
    (void)batch;
    fast_training_step(stack->training, stack->list, context);
}
