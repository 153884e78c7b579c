#include "tests/support/translation_pair.h"

#include "tests/support/matrices.h"
#include "tests/support/pair_list.h"
#include "tests/support/random_input.h"
#include "tests/support/stack_model_fast.h"
#include "tests/support/suite.h"
#include "tests/support/translation_fast.h"
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

twin *translation_input(pair_case *c, int which)
{
    const translation_pair *p = c->options;
    return &c->inputs[p->model->list->n_parameters + (size_t)which];
}

pair_output *translation_output(pair_case *c, int which)
{
    const translation_pair *p = c->options;
    return &c->outputs[p->model->list->n_parameters + (size_t)which];
}

static const size_t *lengths_of(const translation_shape *s)
{
    return s->lengths[0] > 0 ? s->lengths : NULL;
}

static bool has_keys(const ref_encoder_decoder_shape *shape)
{
    return shape->score >= REF_SCORE_GENERAL;
}

/* ---- the optimized side ---------------------------------------------------------------------- */

/* Everything that a run is called with; the caches and states are in memory of their own. */
typedef struct {
    fast_encoder_decoder_shape shape;
    fast_encoder_decoder_parameters found;
    fast_encoder_cache encoder;
    fast_encoder_gradients gradients;
    fast_decoder_cache decoder;
    fast_decoder_state state;
    fast_dropout drop;
    const fast_dropout *dropout;
    fast_workspace *memory;
} fast_run;

static size_t lay_out(const translation_shape *s, fast_run *r, fast_workspace *memory)
{
    return fast_encoder_cache_layout(s->n_batch, s->n_source, &r->shape, memory, &r->encoder) +
           fast_encoder_gradients_layout(s->n_batch, s->n_source, &r->shape, memory,
                                         &r->gradients) +
           fast_decoder_cache_layout(s->n_batch, s->n, s->n_source, &r->shape, memory,
                                     &r->decoder) +
           fast_decoder_state_layout(s->n_batch, &r->shape, memory, &r->state);
}

static void prepare(const translation_pair *p, fast_run *r)
{
    const translation_shape *s = p->shape;
    *r = (fast_run){.shape = narrow_model(&s->model),
                    .drop = {s->dropout_rate, TRANSLATION_SEED, 0}};
    r->dropout = s->dropout_rate > 0.0 ? &r->drop : NULL;
    CHECK_STATUS(fast_encoder_decoder_find(p->narrow, &r->shape, &r->found), GSL_SUCCESS, "find");
    r->memory = fast_workspace_alloc(lay_out(s, r, NULL));
    lay_out(s, r, r->memory);
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    fast_run r;
    prepare(c->options, &r);
    size_t size = fast_translation_size(&r.found.value, &r.shape, &r.encoder, &r.decoder, context);
    fast_workspace_free(r.memory);
    return size;
}

static void keep(const fast_view *from, const fast_view *to)
{
    for (size_t b = 0; b < to->n_batch; b++) {
        for (size_t i = 0; i < to->n_rows; i++) {
            memcpy(fast_view_at(to, b, 0) + i * to->row_stride,
                   fast_view_at(from, b, 0) + i * from->row_stride, to->n_cols * sizeof(float));
        }
    }
}

static void keep_states(pair_case *c, const fast_run *r)
{
    const translation_pair *p = c->options;
    const ref_encoder_decoder_shape *model = &p->shape->model;
    ref_recurrent_stack_shape stack = {
        .cell = model->cell, .n_hidden = model->n_hidden, .n_layers = model->n_layers};
    fast_recurrent_stack_state to = narrow_states(&translation_output(c, FINAL)->t.view, &stack);
    for (size_t l = 0; l < model->n_layers; l++) {
        keep(&r->state.layers.states[l][0].h, &to.states[l][0].h);
        if (model->cell == REF_LSTM) {
            keep(&r->state.layers.states[l][0].c, &to.states[l][0].c);
        }
    }
}

static void keep_all(pair_case *c, const fast_run *r)
{
    const translation_pair *p = c->options;
    keep(&r->encoder.memory, &translation_output(c, MEMORY)->t.view);
    keep(&r->encoder.first, &translation_output(c, FIRST)->t.view);
    keep(&r->decoder.joined, &translation_output(c, JOINED)->t.view);
    keep(&r->decoder.attentional, &translation_output(c, ATTENTIONAL)->t.view);
    keep_states(c, r);
    if (has_keys(&p->shape->model)) {
        keep(&r->encoder.keys, &translation_output(c, KEYS)->t.view);
    }
    if (p->shape->model.score != REF_SCORE_NONE) {
        keep(&r->decoder.log_sum_exp, &translation_output(c, LOG_SUM_EXP)->t.view);
    }
}

static int run(pair_case *c, fast_context *context)
{
    const translation_pair *p = c->options;
    const size_t *lengths = lengths_of(p->shape);
    fast_run r;
    prepare(p, &r);
    const fast_encoder_decoder *value = &r.found.value, *gradient = &r.found.gradient;
    int status =
        fast_encoder_forward(p->source, lengths, value, &r.shape, r.dropout, &r.encoder, context);
    status = status ? status : fast_decoder_begin(&r.encoder, &r.shape, &r.state);
    status = status ? status
                    : fast_decoder_forward(p->words, &r.encoder, lengths, value, &r.shape,
                                           r.dropout, &r.state, &r.decoder,
                                           &translation_output(c, LOGITS)->t.view, context);
    keep_all(c, &r);
    status = status
                 ? status
                 : fast_decoder_backward(p->words, &r.encoder, lengths, value, &r.shape, r.dropout,
                                         &r.decoder, &translation_input(c, GRAD_LOGITS)->view,
                                         &r.gradients, gradient, context);
    status = status ? status
                    : fast_encoder_backward(p->source, lengths, value, &r.shape, r.dropout,
                                            &r.encoder, &r.gradients, gradient, context);
    fast_workspace_free(r.memory);
    return status;
}

/* ---- what is expected ------------------------------------------------------------------------ */

static void expect(translation_pair *p)
{
    const translation_shape *s = p->shape;
    pair_case *c = &p->pair;
    ref_dropout dropout = {s->dropout_rate, TRANSLATION_SEED, 0};
    gsl_matrix_view grad_logits = pair_tall(translation_input(c, GRAD_LOGITS));
    translation_problem problem = {&s->model,
                                   &p->model->found.value,
                                   s->n_batch,
                                   s->n_source,
                                   s->n,
                                   p->source,
                                   p->words,
                                   lengths_of(s),
                                   s->dropout_rate > 0.0 ? &dropout : NULL};
    bounded_translation y = bounded_translate(&problem);
    pair_expect(translation_output(c, MEMORY), y.memory);
    pair_expect(translation_output(c, FIRST), y.first);
    pair_expect(translation_output(c, JOINED), y.joined);
    pair_expect(translation_output(c, ATTENTIONAL), y.attentional);
    pair_expect(translation_output(c, LOGITS), y.logits);
    pair_expect(translation_output(c, FINAL), y.final);
    if (has_keys(&s->model)) {
        pair_expect(translation_output(c, KEYS), y.keys);
    }
    if (s->model.score != REF_SCORE_NONE) {
        pair_expect(translation_output(c, LOG_SUM_EXP), y.log_sum_exp);
    }
    translation_gradients g =
        bounded_translate_backward(&problem, &y, bounded_exact(&grad_logits.matrix));
    size_t n_rows = s->n_batch * (s->n > s->n_source ? s->n : s->n_source);
    for (size_t n = 0; n < p->model->list->n_parameters; n++) {
        const char *name = p->model->list->parameters[n].name;
        pair_expect_added(&c->outputs[n], bounded_translation_gradient(&problem, &y, &g, name),
                          n_rows);
    }
    free_matrices();
}

/* ---- cases ----------------------------------------------------------------------------------- */

static int *random_words(size_t n, size_t n_vocabulary)
{
    int *words = calloc(n, sizeof *words);
    for (size_t i = 0; i < n; i++) {
        words[i] = (int)random_integer(suite_rng(), 0, (int)n_vocabulary - 1);
    }
    return words;
}

static void add_outputs(pair_case *c, const translation_shape *s)
{
    const ref_encoder_decoder_shape *m = &s->model;
    row_layout sources = {s->n_batch, 1, s->n_source, s->layout};
    row_layout targets = {s->n_batch, 1, s->n, s->layout}, states = {s->n_batch, 1, 1, s->layout};
    size_t d_memory = (m->is_bidirectional ? 2 : 1) * m->n_encoder_hidden;
    size_t n_states = m->n_layers * (m->cell == REF_LSTM ? 2 : 1) * m->n_hidden;
    bool looks = m->score != REF_SCORE_NONE;
    size_t d_key = m->score >= REF_SCORE_CONCAT ? m->d_attention : m->n_hidden;
    pair_input(c, targets, m->n_target, 1.0);
    pair_output_rows(c, "memory", sources, d_memory, 0.0);
    pair_output_rows(c, "keys", sources, d_key, has_keys(m) ? 0.0 : 1.0); /* or untouched */
    pair_output_rows(c, "first states", states, n_states, 0.0);
    pair_output *l = pair_output_numbers(c, "log_sum_exp", targets);
    if (!looks) {
        twin_fill(&l->t, suite_rng(), 1.0);
    }
    pair_output_rows(c, "[c; h]", targets, (looks ? d_memory : 0) + m->n_hidden, 0.0);
    pair_output_rows(c, "h~", targets, m->d_output, 0.0);
    pair_output_rows(c, "logits", targets, m->n_target, 0.0);
    pair_output_rows(c, "final states", states, n_states, 0.0);
}

translation_pair *translation_pair_alloc(const translation_shape *s, const char *variant)
{
    translation_pair *p = calloc(1, sizeof *p);
    p->shape = s;
    p->model = translator_alloc(&s->model);
    p->source = random_words(s->n_batch * s->n_source, s->model.n_source);
    p->words = random_words(s->n_batch * s->n, s->model.n_target);
    p->pair = (pair_case){.catches = s->catches,
                          .variant = variant,
                          .options = p,
                          .size = workspace_size,
                          .run = run};
    pair_list(&p->pair, p->model->list, s->weights);
    add_outputs(&p->pair, s);
    p->narrow = pair_narrow_list(&p->pair, p->model->list);
    expect(p);
    return p;
}

void translation_pair_free(translation_pair *p)
{
    pair_free(&p->pair);
    fast_parameters_free(p->narrow);
    translator_free(p->model);
    free(p->source);
    free(p->words);
    free(p);
}
