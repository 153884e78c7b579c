/* One training step of a model that translates: forward, loss, backward, clipping and Adam, on one
 * batch of pairs. Counted are the products: a word and a parameter of a layer make one forward and
 * two backward; a pair of words makes those of attention, whose weights are made again backward. */
#include "optimized/bench/data.h"
#include "optimized/bench/translation_model.h"
#include "optimized/bench/translation_reference.h"
#include "optimized/bench/work.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    translation_model *model;
    translation_reference *reference;
    double checked[2]; /* of the first step: loss and gradient norm */
    bool has_run;
} step_data;

/* ---- How much there is to do ----------------------------------------------------------------- */

static double n_flops(const bench_shape *s, bool is_additive, bool feeds_output)
{
    double n_source = (double)(s->n_batch * s->n_k), n_target = (double)(s->n_batch * s->n_q);
    double e = (double)s->d_k, d = (double)s->d_v, d_memory = 2.0 * d;
    double n_pairs = n_target * (double)s->n_k, fed = feeds_output ? d : 0.0;
    double encoder = 6.0 * n_source * 2.0 * 4.0 * d * (e + d);
    double bridge = 6.0 * (double)s->n_batch * d_memory * 2.0 * d;
    double keys = 6.0 * n_source * d_memory * d;
    double queries = is_additive ? 6.0 * n_target * d * d : 0.0;
    double decoder = 6.0 * n_target * 4.0 * d * (e + fed + d);
    double attentional = 6.0 * n_target * (d_memory + d) * d;
    double output = 6.0 * n_target * d * N_TARGET_WORDS;
    double scores = n_pairs * d * (is_additive ? 6.0 : 8.0); /* v . tanh: of it v alone counts */
    double contexts = n_pairs * d_memory * 6.0;
    return encoder + bridge + keys + queries + decoder + attentional + output + scores + contexts;
}

static double n_flops_general(const bench_shape *s)
{
    return n_flops(s, false, false);
}

static double n_flops_additive(const bench_shape *s)
{
    return n_flops(s, true, false);
}

static double n_flops_feeding(const bench_shape *s)
{
    return n_flops(s, false, true);
}

static void describe(const bench_shape *s, char *text, size_t size)
{
    snprintf(text, size, "%zu pairs, %zu to %zu, d=%zu", s->n_batch, s->n_k, s->n_q, s->d_v);
}

/* ---- Data and runs --------------------------------------------------------------------------- */

static void *alloc(const bench_shape *s, fast_score score, bool feeds_output, bool for_reference,
                   bool for_optimized)
{
    step_data *d = zero_bytes(sizeof *d);
    d->model = for_optimized ? alloc_translation(s, score, feeds_output) : NULL;
    d->reference = for_reference ? alloc_translation_reference(s, score, feeds_output) : NULL;
    return d;
}

static void *alloc_general(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(s, FAST_SCORE_GENERAL, false, for_reference, for_optimized);
}

static void *alloc_additive(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(s, FAST_SCORE_ADDITIVE, false, for_reference, for_optimized);
}

static void *alloc_feeding(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(s, FAST_SCORE_GENERAL, true, for_reference, for_optimized);
}

static void free_data(void *data)
{
    step_data *d = data;
    free_translation(d->model);
    free_translation_reference(d->reference);
    free(d);
}

static size_t workspace_size(void *data, const fast_context *context)
{
    return translation_workspace_size(((step_data *)data)->model, context);
}

static void optimized(void *data, fast_context *context)
{
    step_data *d = data;
    translation_step(d->model, context);
    if (!d->has_run) {
        d->checked[0] = d->model->loss;
        d->checked[1] = d->model->training->gradient_norm;
        d->has_run = true;
    }
}

static void reference(void *data)
{
    translation_reference_step(((step_data *)data)->reference);
}

/* ---- For PyTorch: peer_torch_translation.py reads the same in the same order ----------------- */

static void send_integers(FILE *to, const int64_t *values, size_t n)
{
    fwrite(values, sizeof *values, n, to);
}

static void send(void *data, FILE *to)
{
    const translation_model *model = ((step_data *)data)->model;
    const bench_shape *s = &model->size;
    const fast_training_options *o = &model->training->options;
    const fast_parameters *list = model->list;
    int64_t sizes[] = {(int64_t)s->n_batch, (int64_t)s->n_k, (int64_t)s->n_q,
                       (int64_t)list->n_parameters};
    double options[] = {o->learning_rate, o->beta1,        o->beta2,
                        o->epsilon,       o->weight_decay, o->max_norm};
    send_integers(to, sizes, sizeof sizes / sizeof sizes[0]);
    fwrite(options, sizeof options[0], sizeof options / sizeof options[0], to);
    fwrite(model->source, sizeof *model->source, s->n_batch * s->n_k, to);
    fwrite(model->words, sizeof *model->words, s->n_batch * s->n_q, to);
    fwrite(model->targets, sizeof *model->targets, s->n_batch * s->n_q, to);
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
    *n_checked = 2;
    return ((step_data *)data)->checked;
}

#define TRANSLATION_WORK(which)                                                                    \
    {                                                                                              \
        .name = "translation_step_" #which, .n_flops = n_flops_##which, .describe = describe,      \
        .alloc = alloc_##which, .free = free_data, .workspace_size = workspace_size,               \
        .optimized = optimized, .reference = reference, .most_reference_flops = 2e10,              \
        .send = send, .checked = checked                                                           \
    }

const bench_work translation_general_work = TRANSLATION_WORK(general);
const bench_work translation_additive_work = TRANSLATION_WORK(additive);
const bench_work translation_feeding_work = TRANSLATION_WORK(feeding);
