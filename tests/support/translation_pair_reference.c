/* What the reference makes of a case of translation_pair.h. */

#include "tests/support/translation_pair.h"

#include "tests/support/matrices.h"
#include "tests/support/pair_list.h"
#include "tests/support/suite.h"
#include <string.h>

static void check_part(pair_case *c, int which, size_t b, const gsl_matrix *actual)
{
    pair_output *o = translation_output(c, which);
    gsl_matrix_view expected = twin_matrix(&o->t, b, 0);
    check_close(&expected.matrix, actual, 1e-6, "%s: the rules for %s", c->catches, o->name);
}

translation translation_pair_sentence(translation_pair *p, size_t b)
{
    const translation_shape *s = p->shape;
    gsl_matrix_view grad_logits = twin_matrix(translation_input(&p->pair, GRAD_LOGITS), b, 0);
    translation t = {.model = p->model,
                     .n_source = s->n_source,
                     .n = s->n,
                     .length = s->lengths[0] > 0 ? &s->lengths[b] : NULL,
                     .grad_logits = copy_of(&grad_logits.matrix)};
    memcpy(t.source, p->source + b * s->n_source, s->n_source * sizeof *p->source);
    memcpy(t.words, p->words + b * s->n, s->n * sizeof *p->words);
    return t;
}

gsl_matrix *translation_pair_logits(translation_pair *p, size_t b)
{
    gsl_matrix *logits = new_matrix(p->shape->n, p->shape->model.n_target);
    twin_widen(&translation_output(&p->pair, LOGITS)->t, b, 0, logits);
    return logits;
}

static void check_rules_of(translation_pair *p, size_t b)
{
    pair_case *c = &p->pair;
    const side reference = side_at(0);
    ref_dropout dropout = {p->shape->dropout_rate, TRANSLATION_SEED, b};
    translation t = translation_pair_sentence(p, b);
    t.dropout = dropout.rate > 0.0 ? &dropout : NULL;
    translated y = side_translate(&reference, &t);
    check_part(c, MEMORY, b, y.memory);
    check_part(c, FIRST, b, y.first);
    check_part(c, ATTENTIONAL, b, y.attentional);
    check_part(c, LOGITS, b, y.logits);
}

void translation_pair_check_rules(translation_pair *p)
{
    pair_start_gradients(&p->pair, p->model->list);
    for (size_t b = 0; b < p->shape->n_batch; b++) {
        check_rules_of(p, b);
    }
    pair_check_gradients(&p->pair, p->model->list);
    free_matrices();
}
