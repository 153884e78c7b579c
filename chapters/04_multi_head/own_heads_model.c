/* Three heads on top of what words are by themselves: their passes and their training. */
#include "chapters/04_multi_head/own_heads_model.h"

#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/progress.h"
#include "reference/loss.h"
#include <gsl/gsl_randist.h>
#include <stdlib.h>

enum { D_HEADS = 36, CLIP = 6, N_EPOCHS = 8, N_BATCH = 16 };

/* ---- Parameters ------------------------------------------------------------------------------ */

static gsl_matrix *value_of(const own_model *model, const char *name)
{
    return &ref_parameters_find(model->of->list, name)->value.matrix;
}

static gsl_matrix *gradient_of(const own_model *model, const char *name)
{
    return &ref_parameters_find(model->of->list, name)->gradient.matrix;
}

gsl_matrix_view own_model_head_rows(const own_model *model, size_t head)
{
    gsl_matrix *weight_o = value_of(model, "output.weight");
    size_t d_v = weight_o->size1 / N_TYPES;
    return gsl_matrix_submatrix(weight_o, head * d_v, 0, d_v, weight_o->size2);
}

// [keep-apart]
/* Head h writes to the tags of its type alone: whatever else its rows of W_O hold becomes 0. The
 * same is done to their gradient, so that they stay 0. */
static void keep_apart(const own_model *model, gsl_matrix *weight_o)
{
    size_t d_v = weight_o->size1 / N_TYPES;
    for (size_t row = 0; row < weight_o->size1 && model->types != NULL; row++) {
        for (size_t tag = 0; tag < model->n_classes; tag++) {
            if (model->types[tag] != (int)(row / d_v)) {
                gsl_matrix_set(weight_o, row, tag, 0.0);
            }
        }
    }
}
// [keep-apart]

/* The optimized side takes over what was changed in doubles. */
static void change(own_model *model, gsl_matrix *weight_o)
{
    keep_apart(model, weight_o);
    trainee_narrow(model->of);
}

static own_model new_model(const attention_layer_shape *shape, const int *types, size_t n_steps,
                           int implementation, gsl_rng *rng)
{
    own_model model = {
        .of = program_allocate(1, sizeof *model.of), .types = types, .n_classes = shape->d_out};
    ref_parameters *list = ref_parameters_alloc();
    attention_layer_declare(list, shape);
    program_check(ref_parameters_allocate(list));
    program_check(ref_parameters_initialize(list, rng));
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.005;
    options.schedule = REF_RATE_LINEAR;
    options.n_steps = n_steps;
    *model.of = trainee_new(list, implementation, &options);
    change(&model, value_of(&model, "output.weight"));
    model.layer = attention_layer_alloc(model.of, shape);
    return model;
}

void own_model_free(own_model *model)
{
    attention_layer_free(model->layer);
    trainee_free(model->of);
    free(model->of);
}

/* ---- One sentence ---------------------------------------------------------------------------- */

/* The words of a sentence in H_0. */
static gsl_matrix_view rows_of(const own_text *text, size_t s)
{
    const size_t *starts = text->sentences->starts;
    return gsl_matrix_submatrix(text->states, starts[s], 0, starts[s + 1] - starts[s],
                                text->states->size2);
}

/* The gradients of one sentence, which is a share of its batch. */
static void learn(own_model *model, const gsl_matrix *h, const int *targets, double share)
{
    double loss;
    size_t n_counted;
    gsl_matrix *logits = program_matrix(h->size1, model->n_classes);
    gsl_matrix *probabilities = program_matrix(h->size1, model->n_classes);
    gsl_matrix *grad_logits = program_matrix(h->size1, model->n_classes);
    attention_layer_forward(model->layer, h, logits);
    program_check(
        ref_cross_entropy_forward(logits, targets, 0.0, probabilities, &loss, &n_counted));
    program_check(ref_cross_entropy_backward(logits, targets, 0.0, probabilities, n_counted, share,
                                             grad_logits));
    attention_layer_backward(model->layer, h, grad_logits);
    gsl_matrix_free(logits);
    gsl_matrix_free(probabilities);
    gsl_matrix_free(grad_logits);
}

/* ---- Training and tagging -------------------------------------------------------------------- */

static void train_batch(own_model *model, const own_text *text, const size_t *sentences, size_t n)
{
    trainee_zero_gradients(model->of);
    for (size_t b = 0; b < n; b++) {
        gsl_matrix_view h = rows_of(text, sentences[b]);
        learn(model, &h.matrix, text->targets + text->sentences->starts[sentences[b]],
              1.0 / (double)n);
    }
    trainee_widen(model->of);
    change(model, gradient_of(model, "output.weight"));
    trainee_step(model->of, attention_layer_context(model->layer));
}

own_model own_model_train(const own_text *text, size_t n_classes, size_t max_n, const int *types,
                          const settings *choices)
{
    gsl_rng *rng = new_generator(choices->seed);
    size_t n = text->sentences->n_sentences, n_batches = (n + N_BATCH - 1) / N_BATCH;
    size_t n_steps = n_batches * (choices->epochs > 0 ? choices->epochs : N_EPOCHS);
    size_t *order = program_allocate(n, sizeof *order);
    const attention_layer_shape shape = {text->states->size2, N_TYPES, D_HEADS,
                                         n_classes,           CLIP,    max_n};
    own_model model = new_model(&shape, types, n_steps, choices->implementation, rng);
    progress bar = progress_start(stderr, "three heads", n_steps);
    for (size_t s = 0; s < n; s++) {
        order[s] = s;
    }
    for (size_t step = 0; step < n_steps; step++) {
        size_t first = step % n_batches * N_BATCH;
        if (first == 0) {
            gsl_ran_shuffle(rng, order, n, sizeof order[0]);
        }
        train_batch(&model, text, order + first, first + N_BATCH <= n ? N_BATCH : n - first);
        progress_update(&bar, step + 1);
        if (interrupt_came()) {
            exit(program_finish(interrupt_status()));
        }
    }
    progress_finish(&bar);
    trainee_widen(model.of);
    free(order);
    gsl_rng_free(rng);
    return model;
}

void own_model_label(own_model *model, const own_text *text, int *labels)
{
    for (size_t s = 0; s < text->sentences->n_sentences; s++) {
        size_t first = text->sentences->starts[s];
        gsl_matrix_view h = rows_of(text, s);
        gsl_matrix *logits = program_matrix(h.matrix.size1, model->n_classes);
        attention_layer_forward(model->layer, &h.matrix, logits);
        for (size_t i = 0; i < h.matrix.size1; i++) {
            gsl_vector_const_view row = gsl_matrix_const_row(logits, i);
            labels[first + i] = (int)gsl_vector_max_index(&row.vector);
        }
        gsl_matrix_free(logits);
    }
}
