/**
 * @file translation_model.h
 * What is trained in work_translation_step.c: an encoder that reads in both directions, a decoder
 * with attention, and a batch of pairs that are all equally long.
 */
#ifndef OPTIMIZED_BENCH_TRANSLATION_MODEL_H
#define OPTIMIZED_BENCH_TRANSLATION_MODEL_H

#include "optimized/bench/work.h"
#include "optimized/decoder.h"
#include "optimized/train.h"

/* Letters and phonemes, START and END among them. */
enum { N_SOURCE_WORDS = 32, N_TARGET_WORDS = 48 };

/** A model, its training, and one batch. Of a shape n_batch are the pairs, n_k the words of a
    source, n_q those of a target, d_k the columns of an embedding, d_v the hidden units. */
typedef struct {
    bench_shape size;
    fast_encoder_decoder_shape shape;
    fast_parameters *list;
    fast_encoder_decoder_parameters parameters;
    fast_training *training;
    int *source, *words, *targets; /* what is read, what is written before each word, each word */
    fast_encoder_cache encoder;
    fast_encoder_gradients grad_encoder;
    fast_decoder_cache decoder;
    fast_decoder_state state;
    fast_view logits, grad_logits, log_sum_exp;
    size_t n_counted;
    double loss;
    fast_workspace *memory;
} translation_model;

/** The choices: how states are compared, and whether the attentional state is fed. */
fast_encoder_decoder_shape translation_shape(const bench_shape *s, fast_score score,
                                             bool feeds_output);

/** So large are the numbers of a parameter: small enough that no gate is always open or shut, large
    enough that attention is far from even. */
double size_of_parameter(size_t n_rows);

/** Word number i of a text whose vocabulary has n_words. */
int word_of(size_t i, size_t n_words);

/** All of it, with parameters and words drawn at random. */
translation_model *alloc_translation(const bench_shape *s, fast_score score, bool feeds_output);

/** NULL is allowed. */
void free_translation(translation_model *model);

/** Bytes of workspace that one step needs. */
size_t translation_workspace_size(const translation_model *model, const fast_context *context);

/** Clears the gradients, goes forward and backward, and improves the parameters. */
void translation_step(translation_model *model, fast_context *context);

#endif
