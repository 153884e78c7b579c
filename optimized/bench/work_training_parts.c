/* The parts of a training step, each alone, on the batches of work_training_step.c: the first of
 * the two blocks, as the forward pass has left it. A product counts as in work_training_step.c.
 * What only passes over memory counts the bytes that it has to read and to write; the additions of
 * the residual path are not here, since an addition is what the memory is measured with. */
#include "optimized/bench/work_training_parts.h"
#include "optimized/bench/data.h"
#include "optimized/bench/training_parts.h"
#include "optimized/bench/training_stack.h"

/* ---- The data -------------------------------------------------------------------------------- */

static size_t workspace_size(void *data, const fast_context *context)
{
    return stack_workspace_size(data, context);
}

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    (void)for_reference;
    (void)for_optimized;
    training_stack *stack = alloc_stack(s, false);
    fast_context context = {fast_kernels_best(), 1, NULL};
    context.workspace = fast_workspace_alloc(stack_workspace_size(stack, &context));
    for (size_t b = 0; b < stack->text->n_batches; b++) {
        stack_forward(stack, &stack->batches[b], &context);
        stack_backward(stack, &stack->batches[b], &context);
    }
    fast_workspace_free(context.workspace);
    return stack;
}

static void free_data(void *data)
{
    free_stack(data);
}

/* ---- How much there is to do ----------------------------------------------------------------- */

/** Tokens, pairs of tokens and parameters of a case. */
typedef struct {
    double n, n_pairs, n_parameters, d;
} amount;

static amount amount_of(const bench_shape *s)
{
    sentences *text = sentences_of(s);
    double d = (double)(s->n_heads * s->d_k), n_distances = 2.0 * CLIP + 1.0;
    double of_block = 8.0 * d * d + 11.0 * d + (double)s->n_heads * n_distances;
    amount a = {(double)text->n_tokens, text->n_pairs, N_BLOCKS * of_block + (d + 1.0) * N_CLASSES,
                d};
    free_sentences(text);
    return a;
}

/* A count is per token and column (n d), per product with a square of parameters (n d d), per pair
 * of tokens (p d), per class (n c) or per parameter (w). */
#define COUNT(name_, formula_)                                                                     \
    static double name_(const bench_shape *s)                                                      \
    {                                                                                              \
        amount a = amount_of(s);                                                                   \
        (void)a;                                                                                   \
        return formula_;                                                                           \
    }

COUNT(one_square, 2.0 * a.n * a.d * a.d)
COUNT(two_squares, 4.0 * a.n * a.d * a.d)
COUNT(three_squares, 6.0 * a.n * a.d * a.d)
COUNT(four_squares, 8.0 * a.n * a.d * a.d)
COUNT(six_squares, 12.0 * a.n * a.d * a.d)
COUNT(eight_squares, 16.0 * a.n * a.d * a.d)
COUNT(two_pair_products, 4.0 * a.n_pairs * a.d)
COUNT(five_pair_products, 10.0 * a.n_pairs * a.d)
COUNT(class_products, 2.0 * a.n * a.d * N_CLASSES)
COUNT(two_class_products, 4.0 * a.n * a.d * N_CLASSES)
COUNT(five_a_number, 5.0 * a.n * a.d)
COUNT(ten_a_number, 10.0 * a.n * a.d)
COUNT(one_a_number, a.n *a.d)
COUNT(two_a_number, 2.0 * a.n * a.d)
COUNT(five_a_logit, 5.0 * a.n * N_CLASSES)
COUNT(two_a_parameter, 2.0 * a.n_parameters * (double)s->n_batch)
COUNT(fifteen_a_parameter, 15.0 * a.n_parameters * (double)s->n_batch)

COUNT(bytes_read_and_written, 8.0 * a.n * a.d)      /* x; y */
COUNT(bytes_added, 12.0 * a.n * a.d)                /* dy, dx; dx */
COUNT(bytes_of_norm_backward, 16.0 * a.n * a.d)     /* x, dy, dx; dx */
COUNT(bytes_of_logits, 4.0 * a.n * N_CLASSES)       /* logits */
COUNT(bytes_of_grad_logits, 12.0 * a.n * N_CLASSES) /* logits, their gradient; the same */
COUNT(bytes_of_gradients, 4.0 * a.n_parameters * (double)s->n_batch)
COUNT(bytes_of_step, 32.0 * a.n_parameters * (double)s->n_batch) /* g; p, g, m, v; p, m, v */

/* ---- The list -------------------------------------------------------------------------------- */

#define PART_WORK(name_, n_flops_, n_bytes_, run_)                                                 \
    {                                                                                              \
        .name = "part_" name_, .n_flops = n_flops_, .n_bytes = n_bytes_,                           \
        .describe = describe_batches, .alloc = alloc, .free = free_data,                           \
        .workspace_size = workspace_size, .optimized = part_##run_                                 \
    }

const bench_work training_part_works[N_PARTS] = {
    [PART_NORM_FORWARD] =
        PART_WORK("layer_norm_forward", five_a_number, bytes_read_and_written, norm_forward),
    [PART_QKV_FORWARD] = PART_WORK("qkv_forward", three_squares, NULL, qkv_forward),
    [PART_ATTENTION_FORWARD] =
        PART_WORK("attention_forward", two_pair_products, NULL, attention_forward),
    [PART_OUTPUT_FORWARD] = PART_WORK("output_forward", one_square, NULL, output_forward),
    [PART_DROPOUT_FORWARD] =
        PART_WORK("dropout_forward", one_a_number, bytes_read_and_written, dropout_forward),
    [PART_FEED_FORWARD_FORWARD] =
        PART_WORK("feed_forward_forward", four_squares, NULL, feed_forward_forward),
    [PART_CLASSES_FORWARD] = PART_WORK("classes_forward", class_products, NULL, classes_forward),
    [PART_LOSS_FORWARD] = PART_WORK("loss_forward", five_a_logit, bytes_of_logits, loss_forward),
    [PART_LOSS_BACKWARD] =
        PART_WORK("loss_backward", five_a_logit, bytes_of_grad_logits, loss_backward),
    [PART_CLASSES_BACKWARD] =
        PART_WORK("classes_backward", two_class_products, NULL, classes_backward),
    [PART_FEED_FORWARD_BACKWARD] =
        PART_WORK("feed_forward_backward", eight_squares, NULL, feed_forward_backward),
    [PART_DROPOUT_BACKWARD] =
        PART_WORK("dropout_backward", two_a_number, bytes_added, dropout_backward),
    [PART_OUTPUT_BACKWARD] = PART_WORK("output_backward", two_squares, NULL, output_backward),
    [PART_ATTENTION_BACKWARD] =
        PART_WORK("attention_backward", five_pair_products, NULL, attention_backward),
    [PART_QKV_BACKWARD] = PART_WORK("qkv_backward", six_squares, NULL, qkv_backward),
    [PART_NORM_BACKWARD] =
        PART_WORK("layer_norm_backward", ten_a_number, bytes_of_norm_backward, norm_backward),
    [PART_GRADIENT_NORM] =
        PART_WORK("gradient_norm", two_a_parameter, bytes_of_gradients, gradient_norm),
    [PART_STEP] = PART_WORK("clip_and_adamw", fifteen_a_parameter, bytes_of_step, training_step),
};
