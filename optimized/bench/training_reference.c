/* The step as the reference takes it. */
#include "optimized/bench/training_reference.h"
#include "optimized/bench/data.h"
#include "optimized/bench/training_stack.h"
#include "reference/block.h"
#include "reference/loss.h"
#include "reference/projection.h"
#include "reference/train.h"
#include <gsl/gsl_blas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TOKENS = 128 };

/** What a sentence of some length needs. */
typedef struct {
    gsl_matrix *x[N_BLOCKS + 1], *grad_x[N_BLOCKS + 1];
    ref_block_cache *caches[N_BLOCKS], *grad_cache;
    gsl_matrix *logits, *probabilities, *grad_logits;
    int *targets;
} sentence_room;

struct training_reference {
    ref_block_shape shape;
    ref_parameters *list;
    ref_block_parameters blocks[N_BLOCKS];
    ref_parameter *weight, *bias;
    ref_training *training;
    sentences *text;
    sentence_room rooms[MOST_TOKENS]; /* for each length that there is */
};

/* ---- Parameters ------------------------------------------------------------------------------ */

/** As in training_stack.c: they do not have to be the same, but to be as large. */
static void draw_parameters(ref_parameters *list)
{
    unsigned state = 1;
    for (size_t p = 0; p < list->n_parameters; p++) {
        ref_parameter *of = &list->parameters[p];
        const char *dot = strrchr(of->name, '.');
        double size = of->n_rows > 1 && of->is_decayed ? 3.0 / sqrt((double)of->n_rows) : 0.1;
        double middle = dot != NULL && strcmp(dot, ".gain") == 0 ? 1.0 : 0.0;
        for (size_t i = 0; i < of->n_rows * of->n_cols; i++) {
            of->value.matrix.data[i] = middle + size * (double)next_number(&state);
        }
    }
}

static void alloc_parameters(training_reference *r)
{
    char name[REF_NAME_SIZE];
    r->list = ref_parameters_alloc();
    for (int b = 0; b < N_BLOCKS; b++) {
        snprintf(name, sizeof name, "block%d", b);
        ref_block_declare(r->list, name, &r->shape);
    }
    ref_parameters_declare(r->list, "classes.weight", r->shape.d_model, N_CLASSES, true,
                           REF_GLOROT_UNIFORM);
    ref_parameters_declare(r->list, "classes.bias", 1, N_CLASSES, false, REF_ZEROS);
    ref_parameters_allocate(r->list);
    draw_parameters(r->list);
    for (int b = 0; b < N_BLOCKS; b++) {
        snprintf(name, sizeof name, "block%d", b);
        ref_block_find(r->list, name, &r->shape, &r->blocks[b]);
    }
    r->weight = ref_parameters_find(r->list, "classes.weight");
    r->bias = ref_parameters_find(r->list, "classes.bias");
    ref_training_options options = ref_training_defaults(REF_ADAMW);
    options.learning_rate = 1e-5;
    options.max_norm = 1.0;
    r->training = ref_training_alloc(r->list, &options);
}

/* ---- Sentences ------------------------------------------------------------------------------- */

static void alloc_room(sentence_room *room, size_t n, const ref_block_shape *shape)
{
    for (int b = 0; b <= N_BLOCKS; b++) {
        room->x[b] = random_matrix(n, shape->d_model);
        room->grad_x[b] = random_matrix(n, shape->d_model);
    }
    for (int b = 0; b < N_BLOCKS; b++) {
        room->caches[b] = ref_block_cache_alloc(n, shape);
    }
    room->grad_cache = ref_block_cache_alloc(n, shape);
    room->logits = random_matrix(n, N_CLASSES);
    room->probabilities = random_matrix(n, N_CLASSES);
    room->grad_logits = random_matrix(n, N_CLASSES);
    room->targets = zero_bytes(n * sizeof *room->targets);
}

static void free_room(sentence_room *room)
{
    for (int b = 0; b <= N_BLOCKS; b++) {
        gsl_matrix_free(room->x[b]);
        gsl_matrix_free(room->grad_x[b]);
    }
    for (int b = 0; b < N_BLOCKS; b++) {
        ref_block_cache_free(room->caches[b]);
    }
    ref_block_cache_free(room->grad_cache);
    gsl_matrix_free(room->logits);
    gsl_matrix_free(room->probabilities);
    gsl_matrix_free(room->grad_logits);
    free(room->targets);
}

training_reference *alloc_reference(const bench_shape *s)
{
    training_reference *r = zero_bytes(sizeof *r);
    size_t d_model = s->n_heads * s->d_k;
    r->shape = (ref_block_shape){.d_model = d_model,
                                 .n_heads = s->n_heads,
                                 .n_hidden = 2 * d_model,
                                 .clip = CLIP,
                                 .norm = REF_PRE_NORM,
                                 .activation = REF_GELU,
                                 .epsilon = 1e-5};
    alloc_parameters(r);
    r->text = sentences_of(s);
    for (size_t b = 0; b < r->text->n_batches; b++) {
        const sentence_batch *batch = &r->text->batches[b];
        for (size_t i = 0; i < batch->n_sequences; i++) {
            size_t n = batch->lengths[i];
            if (r->rooms[n].logits == NULL) {
                alloc_room(&r->rooms[n], n, &r->shape);
            }
        }
    }
    return r;
}

void free_reference(training_reference *reference)
{
    if (reference == NULL) {
        return;
    }
    for (size_t n = 0; n < MOST_TOKENS; n++) {
        free_room(&reference->rooms[n]);
    }
    free_sentences(reference->text);
    ref_training_free(reference->training);
    ref_parameters_free(reference->list);
    free(reference);
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/** What a sentence adds to the gradients; share is that of its tokens among those of its batch. */
static void add_sentence(training_reference *r, sentence_room *room, double share)
{
    double loss;
    size_t n_counted;
    gsl_vector_view bias = gsl_matrix_row(&r->bias->value.matrix, 0);
    gsl_vector_view grad_bias = gsl_matrix_row(&r->bias->gradient.matrix, 0);
    for (int b = 0; b < N_BLOCKS; b++) {
        ref_block_forward(room->x[b], &r->blocks[b].value, &r->shape, NULL, NULL, room->caches[b],
                          room->x[b + 1]);
    }
    ref_projection_forward(room->x[N_BLOCKS], &r->weight->value.matrix, &bias.vector, room->logits);
    ref_cross_entropy_forward(room->logits, room->targets, 0.0, room->probabilities, &loss,
                              &n_counted);

    gsl_matrix_set_zero(room->grad_logits);
    ref_cross_entropy_backward(room->logits, room->targets, 0.0, room->probabilities, n_counted,
                               share, room->grad_logits);
    gsl_matrix_set_zero(room->grad_x[N_BLOCKS]);
    ref_projection_backward(room->x[N_BLOCKS], &r->weight->value.matrix, room->grad_logits,
                            room->grad_x[N_BLOCKS], &r->weight->gradient.matrix, &grad_bias.vector);
    for (int b = N_BLOCKS - 1; b >= 0; b--) {
        gsl_matrix_set_zero(room->grad_x[b]);
        ref_block_backward(room->x[b], &r->blocks[b].value, &r->shape, NULL, NULL, room->caches[b],
                           room->grad_x[b + 1], room->grad_x[b], &r->blocks[b].gradient,
                           room->grad_cache);
    }
}

void reference_steps(training_reference *reference)
{
    for (size_t b = 0; b < reference->text->n_batches; b++) {
        const sentence_batch *batch = &reference->text->batches[b];
        size_t n_tokens = 0;
        for (size_t s = 0; s < batch->n_sequences; s++) {
            n_tokens += batch->lengths[s];
        }
        ref_parameters_zero_gradients(reference->list);
        for (size_t s = 0; s < batch->n_sequences; s++) {
            size_t n = batch->lengths[s];
            add_sentence(reference, &reference->rooms[n], (double)n / (double)n_tokens);
        }
        ref_training_step(reference->training, reference->list);
    }
}
