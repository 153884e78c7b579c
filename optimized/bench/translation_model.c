/* An encoder, a decoder with attention, and a batch of pairs. */
#include "optimized/bench/translation_model.h"
#include "optimized/bench/data.h"
#include "optimized/bench/message.h"
#include "optimized/loss.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Small, so that however many steps are timed, the numbers stay what they are. */
static const double LEARNING_RATE = 1e-6;

fast_encoder_decoder_shape translation_shape(const bench_shape *s, fast_score score,
                                             bool feeds_output)
{
    return (fast_encoder_decoder_shape){.n_source = N_SOURCE_WORDS,
                                        .n_target = N_TARGET_WORDS,
                                        .d_embedding = s->d_k,
                                        .cell = FAST_LSTM,
                                        .n_encoder_hidden = s->d_v,
                                        .n_encoder_layers = 1,
                                        .is_bidirectional = true,
                                        .n_hidden = s->d_v,
                                        .n_layers = 1,
                                        .score = score,
                                        .d_attention = s->d_v,
                                        .timing = FAST_TIMING_LUONG,
                                        .feeds_output = feeds_output,
                                        .d_output = s->d_v};
}

/* ---- Parameters and words -------------------------------------------------------------------- */

double size_of_parameter(size_t n_rows)
{
    return n_rows > 1 ? 3.0 / sqrt((double)n_rows) : 0.1;
}

static void alloc_parameters(translation_model *model)
{
    model->list = fast_parameters_alloc();
    fast_encoder_decoder_declare(model->list, &model->shape);
    fast_parameters_allocate(model->list);
    unsigned state = 1;
    for (size_t p = 0; p < model->list->n_parameters; p++) {
        const fast_parameter *of = &model->list->parameters[p];
        float size = (float)size_of_parameter(of->n_rows);
        for (size_t i = 0; i < of->n_rows * of->n_cols; i++) {
            of->value.data[i] = size * next_number(&state);
        }
    }
    fast_encoder_decoder_find(model->list, &model->shape, &model->parameters);
    fast_training_options options = fast_training_defaults(FAST_ADAM);
    options.learning_rate = LEARNING_RATE;
    options.max_norm = 1.0;
    model->training = fast_training_alloc(model->list, &options);
}

int word_of(size_t i, size_t n_words)
{
    return (int)(i * 7919 % 104729 % n_words);
}

/** START is word 0; a target is read one word late. */
static void draw_words(translation_model *model)
{
    size_t n_pairs = model->size.n_batch, n = model->size.n_q;
    model->source = zero_bytes(n_pairs * model->size.n_k * sizeof *model->source);
    model->words = zero_bytes(n_pairs * n * sizeof *model->words);
    model->targets = zero_bytes(n_pairs * n * sizeof *model->targets);
    for (size_t i = 0; i < n_pairs * model->size.n_k; i++) {
        model->source[i] = word_of(i, N_SOURCE_WORDS);
    }
    for (size_t i = 0; i < n_pairs * n; i++) {
        model->targets[i] = word_of(i, N_TARGET_WORDS);
        model->words[i] = i % n == 0 ? 0 : model->targets[i - 1];
    }
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static size_t take_tensor(fast_workspace *memory, size_t n_batch, size_t n_rows, size_t n_cols,
                          fast_view *view)
{
    size_t n_bytes = fast_piece_size(n_batch * n_rows * n_cols, sizeof(float));
    float *data = memory != NULL ? fast_workspace_take(memory, n_bytes) : NULL;
    *view = fast_view_tensor(data, n_batch, 1, n_rows, n_cols);
    return n_bytes;
}

/** All that lies between the words and the loss: laid out, or only counted without memory. */
static size_t lay_out(translation_model *model, fast_workspace *memory)
{
    const bench_shape *s = &model->size;
    const fast_encoder_decoder_shape *shape = &model->shape;
    size_t size = fast_encoder_cache_layout(s->n_batch, s->n_k, shape, memory, &model->encoder);
    size += fast_encoder_gradients_layout(s->n_batch, s->n_k, shape, memory, &model->grad_encoder);
    size += fast_decoder_cache_layout(s->n_batch, s->n_q, s->n_k, shape, memory, &model->decoder);
    size += fast_decoder_state_layout(s->n_batch, shape, memory, &model->state);
    size += take_tensor(memory, s->n_batch, s->n_q, N_TARGET_WORDS, &model->logits);
    size += take_tensor(memory, s->n_batch, s->n_q, N_TARGET_WORDS, &model->grad_logits);
    return size + take_tensor(memory, s->n_batch, 1, s->n_q, &model->log_sum_exp);
}

translation_model *alloc_translation(const bench_shape *s, fast_score score, bool feeds_output)
{
    translation_model *model = zero_bytes(sizeof *model);
    model->size = *s;
    model->shape = translation_shape(s, score, feeds_output);
    alloc_parameters(model);
    draw_words(model);
    model->memory = fast_workspace_alloc(lay_out(model, NULL));
    if (model->memory == NULL) {
        stop("there is no memory for a translation step");
    }
    lay_out(model, model->memory);
    return model;
}

void free_translation(translation_model *model)
{
    if (model == NULL) {
        return;
    }
    fast_workspace_free(model->memory);
    fast_training_free(model->training);
    fast_parameters_free(model->list);
    free(model->source);
    free(model->words);
    free(model->targets);
    free(model);
}

/* ---- One step -------------------------------------------------------------------------------- */

size_t translation_workspace_size(const translation_model *model, const fast_context *context)
{
    const fast_encoder_decoder *p = &model->parameters.value;
    const fast_encoder_decoder_shape *shape = &model->shape;
    const size_t sizes[] = {
        fast_encoder_forward_size(p, shape, &model->encoder, context),
        fast_decoder_forward_size(&model->encoder, p, shape, &model->decoder, context),
        fast_decoder_backward_size(&model->encoder, p, shape, &model->decoder, context),
        fast_encoder_backward_size(p, shape, &model->encoder, context),
        fast_cross_entropy_forward_size(&model->logits, context),
        fast_gradient_norm_size(model->list)};
    size_t most = 0;
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        most = sizes[n] > most ? sizes[n] : most;
    }
    return most;
}

static void forward(translation_model *model, fast_context *context)
{
    const fast_encoder_decoder *p = &model->parameters.value;
    const fast_encoder_decoder_shape *shape = &model->shape;
    fast_encoder_forward(model->source, NULL, p, shape, NULL, &model->encoder, context);
    fast_decoder_begin(&model->encoder, shape, &model->state);
    fast_decoder_forward(model->words, &model->encoder, NULL, p, shape, NULL, &model->state,
                         &model->decoder, &model->logits, context);
    fast_cross_entropy_forward(&model->logits, model->targets, 0.0f, &model->log_sum_exp,
                               &model->loss, &model->n_counted, context);
}

static void backward(translation_model *model, fast_context *context)
{
    const fast_encoder_decoder *p = &model->parameters.value, *g = &model->parameters.gradient;
    const fast_encoder_decoder_shape *shape = &model->shape;
    fast_view_clear(&model->grad_logits);
    fast_view_clear(&model->grad_encoder.memory);
    fast_view_clear(&model->grad_encoder.keys);
    fast_view_clear(&model->grad_encoder.first);
    fast_cross_entropy_backward(&model->logits, model->targets, 0.0f, &model->log_sum_exp,
                                model->n_counted, 1.0f, &model->grad_logits, context);
    fast_decoder_backward(model->words, &model->encoder, NULL, p, shape, NULL, &model->decoder,
                          &model->grad_logits, &model->grad_encoder, g, context);
    fast_encoder_backward(model->source, NULL, p, shape, NULL, &model->encoder,
                          &model->grad_encoder, g, context);
}

void translation_step(translation_model *model, fast_context *context)
{
    fast_parameters_zero_gradients(model->list);
    forward(model, context);
    backward(model, context);
    fast_training_step(model->training, model->list, context);
}
