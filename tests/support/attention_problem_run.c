/* The optimized half of attention_problem.h. */

#include "tests/support/attention_problem.h"

#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/* The views that a sabotaged run sees: fewer keys are shorter views of the same floats. */
static fast_view with_fewer_rows(const twin *t, size_t fewer)
{
    fast_view view = t->view;
    view.n_rows -= fewer;
    return view;
}

static void check_untouched(const attention_problem *p)
{
    CHECK(twin_is_unchanged(&p->q) && twin_is_unchanged(&p->k) && twin_is_unchanged(&p->v) &&
              twin_is_unchanged(&p->grad_output) &&
              (!p->bias.floats || twin_is_unchanged(&p->bias)) &&
              (!p->relative_bias.floats || twin_is_unchanged(&p->relative_bias)),
          "%s: an input was changed", p->shape.catches);
    for (int o = 0; o < N_OUTPUTS; o++) {
        CHECK(twin_gaps_are_intact(&p->outputs[o]),
              "%s: something was written between the rows of %s", p->shape.catches,
              output_names[o]);
    }
}

void attention_problem_run(attention_problem *p, const fast_kernels *kernels, int n_threads,
                           const sabotage *wrong)
{
    bool causal = (p->masks == CAUSAL || p->masks == ALL_MASKS) != wrong->other_causal;
    fast_mask mask = {.causal = causal,
                      .key_lengths = p->key_lengths,
                      .bias = p->bias.floats ? &p->bias.view : NULL};
    if (attention_problem_is_relative(p)) {
        mask.relative_bias = &p->relative_bias.view;
        mask.grad_relative_bias = &p->outputs[GRAD_RELATIVE].view;
    }
    fast_view k = with_fewer_rows(&p->k, wrong->fewer_keys);
    fast_view v = with_fewer_rows(&p->v, wrong->fewer_keys);
    fast_view grad_k = with_fewer_rows(&p->outputs[GRAD_K], wrong->fewer_keys);
    fast_view grad_v = with_fewer_rows(&p->outputs[GRAD_V], wrong->fewer_keys);
    const fast_view *q = &p->q.view;
    fast_view *lse = &p->outputs[LOG_SUM_EXP].view, *output = &p->outputs[OUTPUT].view;
    fast_similarity similarity = (fast_similarity)p->similarity;
    float scale = p->scale * (1.0f + wrong->relative_scale);
    for (int o = 0; o < N_OUTPUTS; o++) {
        twin_restore(&p->outputs[o]);
    }

    fast_context ask = {kernels, n_threads, NULL};
    guarded_context *forward =
        guarded_alloc(kernels, n_threads, fast_attention_forward_size(q, &k, &v, &ask));
    guarded_context *backward =
        guarded_alloc(kernels, n_threads, fast_attention_backward_size(q, &k, &v, &ask));
    int status =
        fast_attention_forward(q, &k, &v, similarity, scale, &mask, lse, output, &forward->context);
    CHECK_STATUS(status, GSL_SUCCESS, "fast_attention_forward");
    status = fast_attention_backward(q, &k, &v, similarity, scale, &mask, lse, output,
                                     &p->grad_output.view, &p->outputs[GRAD_Q].view, &grad_k,
                                     &grad_v, &backward->context);
    CHECK_STATUS(status, GSL_SUCCESS, "fast_attention_backward");
    CHECK(guarded_is_intact(forward) && guarded_is_intact(backward),
          "%s, %s, %d threads: a workspace was overrun, or not given back", p->shape.catches,
          kernels->name, n_threads);
    check_untouched(p);
    guarded_free(forward);
    guarded_free(backward);
}

agreement attention_problem_compare(const attention_problem *p, int output)
{
    agreement a = {0};
    const twin *out = &p->outputs[output];
    for (size_t b = 0; b < out->view.n_batch; b++) {
        for (size_t h = 0; h < out->view.n_heads; h++) {
            gsl_matrix_view expected = twin_matrix(out, b, h);
            size_t offset = (size_t)(expected.matrix.data - out->wide);
            gsl_matrix_view bound = gsl_matrix_view_array(
                p->bounds[output] + offset, expected.matrix.size1, expected.matrix.size2);
            agreement_add(&a, &out->view, b, h, &expected.matrix, &bound.matrix);
        }
    }
    return a;
}

void attention_problem_keep(attention_problem *p)
{
    for (int o = 0; o < N_OUTPUTS; o++) {
        memcpy(p->kept[o], p->outputs[o].floats, p->outputs[o].n_floats * sizeof(float));
    }
}

bool attention_problem_is_same(const attention_problem *p, int output)
{
    size_t n_bytes = p->outputs[output].n_floats * sizeof(float);
    return memcmp(p->kept[output], p->outputs[output].floats, n_bytes) == 0;
}
