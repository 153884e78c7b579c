/* One training step of two blocks on batches of sentences, as long as real ones: forward, loss,
 * backward, clipping and AdamW. A run takes a step on every batch. Counted are the products, those
 * of the tokens and of the pairs of tokens that there are: what is spent on padding does not
 * count. */
#include "optimized/bench/data.h"
#include "optimized/bench/training_reference.h"
#include "optimized/bench/training_stack.h"
#include "optimized/bench/work.h"
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    training_stack *stack;
    training_reference *reference;
    double checked[2 * MOST_BATCHES]; /* of the first run: loss and gradient norm of each batch */
    bool has_run;
} step_data;

/* A parameter of a layer and a token: a product and a sum forward, and twice as much backward. A
 * pair of tokens and a column: two of both forward, and five backward, where the weights are made
 * again. */
static double n_flops(const bench_shape *s)
{
    sentences *text = sentences_of(s);
    double d = (double)(s->n_heads * s->d_k), n = (double)text->n_tokens;
    double block = 6.0 * n * (4.0 * d * d + 4.0 * d * d) + (4.0 + 10.0) * text->n_pairs * d;
    free_sentences(text);
    return N_BLOCKS * block + 6.0 * n * d * N_CLASSES;
}

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    step_data *d = zero_bytes(sizeof *d);
    d->stack = for_optimized ? alloc_stack(s, true) : NULL;
    d->reference = for_reference ? alloc_reference(s) : NULL;
    return d;
}

static void free_data(void *data)
{
    step_data *d = data;
    free_stack(d->stack);
    free_reference(d->reference);
    free(d);
}

static size_t workspace_size(void *data, const fast_context *context)
{
    return stack_workspace_size(((step_data *)data)->stack, context);
}

static void optimized(void *data, fast_context *context)
{
    step_data *d = data;
    for (size_t b = 0; b < d->stack->text->n_batches; b++) {
        stack_step(d->stack, &d->stack->batches[b], context);
        if (!d->has_run) {
            d->checked[2 * b] = d->stack->batches[b].loss;
            d->checked[2 * b + 1] = d->stack->training->gradient_norm;
        }
    }
    d->has_run = true;
}

static void reference(void *data)
{
    reference_steps(((step_data *)data)->reference);
}

/* ---- For PyTorch: peer_torch.py reads the same in the same order ----------------------------- */

static void send_integers(FILE *to, const int64_t *values, size_t n)
{
    fwrite(values, sizeof *values, n, to);
}

static void send_batch(const sentence_batch *of, const stack_batch *batch, FILE *to)
{
    size_t n_rows = of->n_sequences * of->n_padded;
    send_integers(to, (int64_t[]){(int64_t)of->n_sequences, (int64_t)of->n_padded}, 2);
    for (size_t s = 0; s < of->n_sequences; s++) {
        send_integers(to, (int64_t[]){(int64_t)of->lengths[s]}, 1);
    }
    fwrite(batch->targets, sizeof *batch->targets, n_rows, to);
    fwrite(batch->x[0].data, sizeof(float), n_rows * batch->x[0].n_cols, to);
}

static void send(void *data, FILE *to)
{
    const training_stack *stack = ((step_data *)data)->stack;
    const fast_training_options *o = &stack->training->options;
    const fast_parameters *list = stack->list;
    int64_t sizes[] = {
        (int64_t)stack->shape.d_model,   (int64_t)stack->shape.n_heads, N_BLOCKS, CLIP,
        (int64_t)stack->text->n_batches, (int64_t)list->n_parameters};
    double options[] = {o->learning_rate, o->beta1,        o->beta2,
                        o->epsilon,       o->weight_decay, o->max_norm};
    send_integers(to, sizes, sizeof sizes / sizeof sizes[0]);
    fwrite(options, sizeof options[0], sizeof options / sizeof options[0], to);
    for (size_t b = 0; b < stack->text->n_batches; b++) {
        send_batch(&stack->text->batches[b], &stack->batches[b], to);
    }
    for (size_t p = 0; p < list->n_parameters; p++) {
        const fast_parameter *of = &list->parameters[p];
        send_integers(to, (int64_t[]){(int64_t)of->n_rows, (int64_t)of->n_cols, of->is_decayed}, 3);
    }
    for (size_t p = 0; p < list->n_parameters; p++) {
        const fast_parameter *of = &list->parameters[p];
        fwrite(of->value.data, sizeof(float), of->n_rows * of->n_cols, to);
    }
}

static const double *checked(void *data, size_t *n_checked)
{
    step_data *d = data;
    *n_checked = 2 * d->stack->text->n_batches;
    return d->checked;
}

const bench_work training_step_work = {.name = "training_step",
                                       .n_flops = n_flops,
                                       .describe = describe_batches,
                                       .alloc = alloc,
                                       .free = free_data,
                                       .workspace_size = workspace_size,
                                       .optimized = optimized,
                                       .reference = reference,
                                       .most_reference_flops = 9e10,
                                       .send = send,
                                       .checked = checked};
