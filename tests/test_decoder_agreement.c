/* Do the two models agree? Every score, timing, feeding, cell and shape x instruction set x 1, 2, 3
 * threads: what the encoder leaves, what the decoder makes of it, and all gradients. */

#include "tests/support/suite.h"
#include "tests/support/translation_pair.h"

// clang-format off
static const translation_shape shapes[] = {
    {"any size mistaken for another", 2, 5, 3,
     {.n_source = 11, .n_target = 7, .d_embedding = 5, .n_encoder_hidden = 3, .n_encoder_layers = 2, .is_bidirectional = true,
      .n_hidden = 4, .n_layers = 2, .d_attention = 9, .n_places = 8, .d_output = 13}, TWIN_DENSE, 0.25, 0.0, {0}},
    {"almost all sizes 1", 6, 2, 1,
     {.n_source = 2, .n_target = 2, .d_embedding = 1, .n_encoder_hidden = 1, .n_encoder_layers = 1, .is_bidirectional = false,
      .n_hidden = 1, .n_layers = 1, .d_attention = 1, .n_places = 2, .d_output = 1}, TWIN_DENSE, 0.25, 0.0, {0}},
    {"padding, a window, dropout, gaps", 3, 6, 4,
     {.n_source = 9, .n_target = 8, .d_embedding = 6, .n_encoder_hidden = 4, .n_encoder_layers = 2, .is_bidirectional = true,
      .n_hidden = 5, .n_layers = 2, .d_attention = 7, .n_places = 6, .window = 1, .d_output = 6}, TWIN_SPLIT, 0.25, 0.2, {6, 3, 5}},
    {"padding of every source", 2, 7, 3,
     {.n_source = 9, .n_target = 8, .d_embedding = 6, .n_encoder_hidden = 5, .n_encoder_layers = 1, .is_bidirectional = false,
      .n_hidden = 6, .n_layers = 1, .d_attention = 17, .n_places = 9, .d_output = 20}, TWIN_DENSE, 0.25, 0.0, {4, 1}},
    {"a long source and a long target", 2, 70, 12,
     {.n_source = 40, .n_target = 30, .d_embedding = 7, .n_encoder_hidden = 6, .n_encoder_layers = 1, .is_bidirectional = true,
      .n_hidden = 9, .n_layers = 1, .d_attention = 11, .n_places = 70, .d_output = 8}, TWIN_SPLIT, 0.125, 0.0, {66, 70}},
    {"more sentences than a task has", 40, 3, 2,
     {.n_source = 9, .n_target = 12, .d_embedding = 4, .n_encoder_hidden = 8, .n_encoder_layers = 1, .is_bidirectional = true,
      .n_hidden = 24, .n_layers = 2, .d_attention = 16, .n_places = 3, .d_output = 16}, TWIN_DENSE, 0.25, 0.1, {0}},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static const char *const scores[] = {"none",    "location", "dot",     "scaled dot",
                                     "general", "concat",   "additive"};

static void twins_agree(ref_cell cell)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
            for (int way = 0; way < (score == REF_SCORE_NONE ? 2 : 3); way++) {
                translation_shape shape = shapes[n];
                ref_encoder_decoder_shape *m = &shape.model;
                m->cell = cell;
                m->score = score;
                m->timing = way == 2 ? REF_TIMING_BAHDANAU : REF_TIMING_LUONG;
                m->feeds_output = way == 1;
                if (score == REF_SCORE_DOT || score == REF_SCORE_SCALED_DOT) {
                    m->n_hidden = (m->is_bidirectional ? 2 : 1) * m->n_encoder_hidden;
                }
                translation_pair *p = translation_pair_alloc(&shape, scores[score]);
                translation_pair_check_rules(p);
                check_pair(&p->pair);
                translation_pair_free(p);
            }
        }
    }
}

static void elman_agrees(void)
{
    twins_agree(REF_ELMAN);
}

static void gru_agrees(void)
{
    twins_agree(REF_GRU);
}

static void lstm_agrees(void)
{
    twins_agree(REF_LSTM);
}

/* ---- tests of the test ----------------------------------------------------------------------- */

static void check_refused(const translation_shape *right, const translation_shape *wrong,
                          const char *what)
{
    translation_pair *p = translation_pair_alloc(right, what);
    p->shape = wrong;
    CHECK(!(pair_ratio(&p->pair) <= 1.0), "%s passes", what);
    translation_pair_free(p);
}

static void sabotage_is_refused(void)
{
    translation_shape right = shapes[2];
    right.model.score = REF_SCORE_DOT;
    right.model.n_hidden = 8;
    translation_shape scale = right, window = right, dropout = right, lengths = right;
    scale.model.score = REF_SCORE_SCALED_DOT;
    window.model.window = 2;
    dropout.dropout_rate = 0.0;
    lengths.lengths[1] = 4;
    check_refused(&right, &scale, "another scale");
    check_refused(&right, &window, "another window");
    check_refused(&right, &dropout, "no dropout for dropout");
    check_refused(&right, &lengths, "another length");
}

static const test tests[] = {
    {"both models of Elman's cells agree for every score, instruction set and thread count",
     elman_agrees},
    {"both models of GRUs agree for every score, instruction set and thread count", gru_agrees},
    {"both models of LSTMs agree for every score, instruction set and thread count", lstm_agrees},
    {"a model does not pass for one with other choices", sabotage_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
