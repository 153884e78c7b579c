/**
 * @file translation_pair.h
 * A case of pair_case.h: a whole model from sequence to sequence, forward and backward, for a batch
 * of sentences.
 */
#ifndef TESTS_SUPPORT_TRANSLATION_PAIR_H
#define TESTS_SUPPORT_TRANSLATION_PAIR_H

#include "optimized/decoder.h"
#include "tests/support/bounded_translation.h"
#include "tests/support/pair_case.h"
#include "tests/support/translation.h"

/** A row of a table of cases. */
typedef struct {
    const char *catches; /**< which mistakes this shape shows */
    size_t n_batch, n_source, n;
    ref_encoder_decoder_shape model;
    twin_layout layout;
    double weights; /**< their factor: the longer a path, the smaller must they be */
    double dropout_rate;
    size_t lengths[8]; /**< of the sources; if the first is 0, there are none */
} translation_shape;

/** The tensors that come behind the parameters. */
enum { GRAD_LOGITS };
enum { MEMORY, KEYS, FIRST, LOG_SUM_EXP, JOINED, ATTENTIONAL, LOGITS, FINAL };

/** A seed of its own for a case with dropout. */
enum { TRANSLATION_SEED = 4321 };

/** A case and what stands behind it. */
typedef struct {
    pair_case pair;
    const translation_shape *shape;
    translator *model;
    fast_parameters *narrow;
    int *source, *words;
} translation_pair;

/** A new case with random inputs and what is expected of them; end it with translation_pair_free(). */
translation_pair *translation_pair_alloc(const translation_shape *shape, const char *variant);
void translation_pair_free(translation_pair *p);

/** One of those tensors. */
twin *translation_input(pair_case *c, int which);
pair_output *translation_output(pair_case *c, int which);

/** The rules must give the values of the reference, sentence by sentence. */
void translation_pair_check_rules(translation_pair *p);

/** Sentence b, without dropout; and the logits of it, as the last run of the case has left them. */
translation translation_pair_sentence(translation_pair *p, size_t b);
gsl_matrix *translation_pair_logits(translation_pair *p, size_t b);

#endif
