/* The stack and the product with W_c: for all words at once, or for one word after the other, with
 * what was packed for all of them. The numbers are those of decoder.c and decoder_backward.c. */
#include "optimized/decoder_steps.h"
#include "optimized/projection.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include "optimized/tall_product.h"
#include <gsl/gsl_errno.h>

/* ---- Workspace ------------------------------------------------------------------------------- */

size_t fast_decoder_take_steps(decoder_pass *pass, bool is_backward, fast_workspace *from)
{
    const fast_view *input = &pass->cache->input, *weight = &pass->parameters->attentional_weight;
    const fast_kernels *kernels = pass->context.kernels;
    size_t n_rows = input->n_batch * input->n_rows, n_known = pass->shape->d_embedding;
    decoder_steps *steps = &pass->steps;
    decoder_steps_backward *back = &pass->steps_backward;
    if (!is_fed(pass)) {
        return 0;
    }
    if (is_backward) {
        back->stack = (fast_stack_steps_backward){
            .parameters = &pass->parameters->decoder, .shape = &pass->stack, .n_known = n_known};
        size_t size =
            fast_packed_take(true, weight, n_rows, kernels, from, &back->attentional_weight);
        return fast_size_sum(size,
                             fast_stack_steps_backward_take(input, kernels, from, &back->stack));
    }
    steps->stack = (fast_stack_steps){
        .parameters = &pass->parameters->decoder, .shape = &pass->stack, .n_known = n_known};
    size_t size =
        fast_packed_take(false, weight, n_rows, kernels, from, &steps->attentional_weight);
    return fast_size_sum(size, fast_stack_steps_take(input, kernels, from, &steps->stack));
}

size_t fast_decoder_stack_size(const decoder_pass *pass, bool is_backward)
{
    const fast_view *input = &pass->cache->input;
    const fast_context *context = &pass->context;
    const decoder_steps *steps = &pass->steps;
    const decoder_steps_backward *back = &pass->steps_backward;
    if (is_fed(pass) && is_backward) {
        return larger_of(fast_stack_steps_backward_size(input, &back->stack, context),
                         fast_packed_multiply_rows_size(&back->attentional_weight, context));
    }
    if (is_fed(pass)) {
        return larger_of(fast_stack_steps_size(input, &steps->stack, context),
                         fast_packed_multiply_rows_size(&steps->attentional_weight, context));
    }
    return (is_backward ? fast_recurrent_stack_backward_size : fast_recurrent_stack_forward_size)(
        input->n_batch, input->n_rows, &pass->parameters->decoder, &pass->stack, context);
}

/* ---- Forward --------------------------------------------------------------------------------- */

int fast_decoder_prepare(decoder_pass *pass)
{
    if (!is_fed(pass)) {
        return GSL_SUCCESS;
    }
    fast_packed_fill_all(&pass->steps.attentional_weight, &pass->context);
    return fast_stack_steps_begin(&pass->steps.stack, &pass->cache->input, &pass->cache->stack,
                                  &pass->context);
}

int fast_decoder_walk_stack(decoder_pass *pass, const decoder_span *span,
                            const fast_recurrent_stack_state *before)
{
    fast_dropout own;
    const fast_dropout *dropout = fast_decoder_dropout(pass, span->first, &own);
    if (is_fed(pass)) {
        return fast_stack_step(&pass->steps.stack, &span->fed, before, dropout, &span->stack,
                               &pass->context);
    }
    return fast_recurrent_stack_forward(&span->input, before, &pass->parameters->decoder,
                                        &pass->stack, NULL, dropout, &span->stack, NULL,
                                        &pass->context);
}

int fast_decoder_join(decoder_pass *pass, const decoder_span *span)
{
    fast_view attentional = span->attentional;
    const fast_view *bias = &pass->parameters->attentional_bias;
    if (is_fed(pass)) {
        fast_view repeated = repeated_for(bias, &attentional);
        fast_packed_multiply_rows(&pass->steps.attentional_weight, &span->joined, 1.0f, &repeated,
                                  &attentional, &pass->context);
        return GSL_SUCCESS;
    }
    return fast_projection_forward(&span->joined, &pass->parameters->attentional_weight, bias,
                                   &attentional, &pass->context);
}

/* ---- Backward -------------------------------------------------------------------------------- */

void fast_decoder_prepare_backward(decoder_pass *pass)
{
    if (is_fed(pass)) {
        fast_packed_fill_all(&pass->steps_backward.attentional_weight, &pass->context);
        fast_stack_steps_backward_begin(&pass->steps_backward.stack, &pass->context);
    }
}

int fast_decoder_join_backward(decoder_pass *pass, const fast_view *grad_attentional,
                               fast_view *grad_joined)
{
    if (is_fed(pass)) {
        fast_packed_multiply_rows(&pass->steps_backward.attentional_weight, grad_attentional, 1.0f,
                                  grad_joined, grad_joined, &pass->context);
        return GSL_SUCCESS;
    }
    return fast_multiply_rows(grad_attentional, true, &pass->parameters->attentional_weight, 1.0f,
                              grad_joined, grad_joined, &pass->context);
}

int fast_decoder_walk_stack_backward(decoder_pass *pass, const decoder_span *span,
                                     fast_view *grad_input, const fast_view *grad_hidden,
                                     const fast_recurrent_stack_state *initial,
                                     const fast_recurrent_stack_state *behind,
                                     const fast_recurrent_stack_state *before,
                                     const fast_encoder_decoder *gradients)
{
    fast_dropout own;
    const fast_dropout *dropout = fast_decoder_dropout(pass, span->first, &own);
    if (is_fed(pass)) {
        fast_view grad_fed =
            fast_view_columns(grad_input, pass->shape->d_embedding, fast_d_fed(pass->shape));
        return fast_stack_step_backward(&pass->steps_backward.stack, span->first, initial, dropout,
                                        &span->stack, grad_hidden, behind, &grad_fed, before,
                                        &pass->context);
    }
    return fast_recurrent_stack_backward(
        &span->input, initial, &pass->parameters->decoder, &pass->stack, NULL, dropout,
        &span->stack, grad_hidden, behind, grad_input, before, &gradients->decoder, &pass->context);
}

int fast_decoder_finish_stack(decoder_pass *pass, const fast_view *grad_input,
                              const fast_encoder_decoder *gradients)
{
    const fast_decoder_cache *cache = pass->cache;
    fast_view grad_embedded = fast_view_columns(grad_input, 0, pass->shape->d_embedding);
    if (!is_fed(pass)) {
        return GSL_SUCCESS;
    }
    return fast_stack_steps_backward_end(&pass->steps_backward.stack, &cache->input, pass->dropout,
                                         &cache->stack, &grad_embedded, &gradients->decoder,
                                         &pass->context);
}
