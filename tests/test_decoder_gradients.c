/* Decoders, and the encoders behind them: gradients against central differences. */

#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/translation.h"

/* ---- gradients ------------------------------------------------------------------------------- */

/* <grad_logits, logits> + <grad_memory, memory> */
static double loss(void *data)
{
    translation forward = *(const translation *)data;
    side reference = side_at(0);
    gsl_matrix *upstream = forward.grad_logits;
    forward.grad_logits = NULL;
    translated y = side_translate(&reference, &forward);
    return inner_product(upstream, y.logits) + inner_product(forward.grad_memory, y.memory);
}

static void check_gradients(const ref_encoder_decoder_shape *shape, const char *what)
{
    const ref_dropout dropout = {.rate = 0.3, .seed = 5, .first_row = 2};
    side reference = side_at(0);
    size_t length = 3;
    translator *m = translator_alloc(shape);
    translation t = random_translation(m, 4, 3);
    t.length = &length;
    t.dropout = &dropout;
    translated y = side_translate(&reference, &t);
    t.grad_memory = random_matrix(suite_rng(), y.memory->size1, y.memory->size2, 1.0);
    ref_parameters_zero_gradients(m->list);
    side_translate(&reference, &t);
    suite_set_prefix(what);
    for (size_t n = 0; n < m->list->n_parameters; n++) {
        ref_parameter *p = &m->list->parameters[n];
        check_gradient(p->name, &p->value.matrix, &p->gradient.matrix, loss, &t);
    }
    suite_set_prefix(NULL);
    translator_free(m);
    free_matrices();
}

static const char *const scores[] = {"none",    "location", "dot",     "scaled dot",
                                     "general", "concat",   "additive"};

static void gradients_of_each_score(ref_cell cell)
{
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        for (int way = 0; way < (score == REF_SCORE_NONE ? 2 : 3); way++) {
            ref_timing timing = way == 2 ? REF_TIMING_BAHDANAU : REF_TIMING_LUONG;
            ref_encoder_decoder_shape shape = small_translator(cell, score, timing, way == 1);
            shape.window = score == REF_SCORE_GENERAL ? 1 : 0;
            check_gradients(&shape, scores[score]);
        }
    }
}

static void elman_gradients(void)
{
    gradients_of_each_score(REF_ELMAN);
}

static void gru_gradients(void)
{
    gradients_of_each_score(REF_GRU);
}

static void lstm_gradients(void)
{
    gradients_of_each_score(REF_LSTM);
}

static const test tests[] = {
    {"35: with Elman's cells gradients of every score, timing and feeding are derivatives",
     elman_gradients},
    {"35: so they are with GRUs", gru_gradients},
    {"35: and with LSTMs", lstm_gradients},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
