#include "chapters/05_sequence_to_sequence/aimer.h"

#include "chapters/common/program/program.h"
#include "reference/loss.h"
#include "reference/multiplicative_attention.h"
#include "reference/projection.h"
#include "reference/train.h"
#include <math.h>
#include <stdlib.h>

enum { VALUE, GRADIENT };

static size_t place_of(const aimer *of, size_t t)
{
    return of->rule == TASK_COPY ? t : AIMER_LENGTH - 1 - t;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void make_parameters(aimer *of, gsl_rng *rng)
{
    of->list = ref_parameters_alloc();
    ref_parameters_declare(of->list, "W_p", AIMER_QUERY, AIMER_HIDDEN, false, REF_GLOROT_UNIFORM);
    ref_parameters_declare(of->list, "v_p", 1, AIMER_HIDDEN, false, REF_GLOROT_UNIFORM);
    ref_parameters_declare(of->list, "W_y", AIMER_LETTERS, AIMER_LETTERS, false,
                           REF_GLOROT_UNIFORM);
    program_check(ref_parameters_allocate(of->list));
    program_check(ref_parameters_initialize(of->list, rng));
    ref_parameter *w = ref_parameters_find(of->list, "W_p");
    ref_parameter *v = ref_parameters_find(of->list, "v_p");
    ref_parameter *y = ref_parameters_find(of->list, "W_y");
    of->v[VALUE] = gsl_matrix_row(&v->value.matrix, 0);
    of->v[GRADIENT] = gsl_matrix_row(&v->gradient.matrix, 0);
    of->aims[VALUE] = (ref_local_attention){&w->value.matrix, &of->v[VALUE].vector};
    of->aims[GRADIENT] = (ref_local_attention){&w->gradient.matrix, &of->v[GRADIENT].vector};
    of->output[VALUE] = &y->value.matrix;
    of->output[GRADIENT] = &y->gradient.matrix;
}

/* A query is 1 and the time, from -1 to 1. */
static void make_queries(aimer *of)
{
    of->hidden = program_matrix(AIMER_LENGTH, AIMER_LENGTH);
    for (size_t t = 0; t < AIMER_LENGTH; t++) {
        gsl_matrix_set(of->x[VALUE], t, 0, 1.0);
        gsl_matrix_set(of->x[VALUE], t, 1, (2.0 * (double)t + 1.0) / AIMER_LENGTH - 1.0);
        for (size_t j = 0; j < AIMER_LENGTH; j++) {
            size_t distance = j > t ? j - t : t - j;
            gsl_matrix_set(of->hidden, t, j, distance > of->window ? -INFINITY : 0.0);
        }
    }
}

aimer *aimer_new(aimer_kind kind, task_rule rule, size_t window, gsl_rng *rng)
{
    aimer *of = program_allocate(1, sizeof *of);
    of->kind = kind;
    of->rule = rule;
    of->window = window;
    make_parameters(of, rng);
    for (int n = VALUE; n <= GRADIENT; n++) {
        of->x[n] = program_matrix(AIMER_LENGTH, AIMER_QUERY);
        of->keys[n] = program_matrix(AIMER_LENGTH, AIMER_QUERY);
        of->memory[n] = program_matrix(AIMER_LENGTH, AIMER_LETTERS);
        of->context[n] = program_matrix(AIMER_LENGTH, AIMER_LETTERS);
        of->logits[n] = program_matrix(AIMER_LENGTH, AIMER_LETTERS);
        of->cache[n] = (ref_local_cache){
            program_matrix(AIMER_LENGTH, AIMER_HIDDEN), program_vector(AIMER_LENGTH),
            program_matrix(AIMER_LENGTH, AIMER_LENGTH), program_matrix(AIMER_LENGTH, AIMER_LENGTH)};
    }
    of->probabilities = program_matrix(AIMER_LENGTH, AIMER_LETTERS);
    make_queries(of);
    return of;
}

void aimer_free(aimer *of)
{
    for (int n = VALUE; n <= GRADIENT; n++) {
        gsl_matrix_free(of->x[n]);
        gsl_matrix_free(of->keys[n]);
        gsl_matrix_free(of->memory[n]);
        gsl_matrix_free(of->context[n]);
        gsl_matrix_free(of->logits[n]);
        gsl_matrix_free(of->cache[n].hidden);
        gsl_vector_free(of->cache[n].positions);
        gsl_matrix_free(of->cache[n].shares);
        gsl_matrix_free(of->cache[n].weights);
    }
    gsl_matrix_free(of->hidden);
    gsl_matrix_free(of->probabilities);
    ref_parameters_free(of->list);
    free(of);
}

/* ---- A text ---------------------------------------------------------------------------------- */

/* Each letter is a state of its own: 1 in its column. */
static void draw_text(aimer *of, gsl_rng *rng)
{
    int letters[AIMER_LENGTH];
    gsl_matrix_set_zero(of->memory[VALUE]);
    for (size_t j = 0; j < AIMER_LENGTH; j++) {
        letters[j] = (int)gsl_rng_uniform_int(rng, AIMER_LETTERS);
        gsl_matrix_set(of->memory[VALUE], j, (size_t)letters[j], 1.0);
    }
    for (size_t t = 0; t < AIMER_LENGTH; t++) {
        of->targets[t] = letters[place_of(of, t)];
    }
}

/* Weights, context and logits. */
static void write_letters(aimer *of)
{
    const ref_local_cache *cache = &of->cache[VALUE];
    const gsl_matrix *x = of->x[VALUE], *keys = of->keys[VALUE], *memory = of->memory[VALUE];
    if (of->kind == AIMER_FIXED) {
        ref_mask mask = {.bias = of->hidden};
        program_check(ref_multiplicative_attention_forward(x, keys, memory, 1.0, &mask,
                                                           cache->weights, of->context[VALUE]));
    } else {
        program_check(ref_local_attention_forward(x, keys, memory, 1.0, of->window, NULL,
                                                  &of->aims[VALUE], cache, of->context[VALUE]));
    }
    program_check(
        ref_projection_forward(of->context[VALUE], of->output[VALUE], NULL, of->logits[VALUE]));
}

/* ---- Learning -------------------------------------------------------------------------------- */

static void learn_from_text(aimer *of, ref_training *training)
{
    double loss;
    size_t n;
    program_check(ref_cross_entropy_forward(of->logits[VALUE], of->targets, 0.0, of->probabilities,
                                            &loss, &n));
    ref_parameters_zero_gradients(of->list);
    gsl_matrix_set_zero(of->logits[GRADIENT]);
    gsl_matrix_set_zero(of->context[GRADIENT]);
    program_check(ref_cross_entropy_backward(of->logits[VALUE], of->targets, 0.0, of->probabilities,
                                             n, 1.0, of->logits[GRADIENT]));
    program_check(ref_projection_backward(of->context[VALUE], of->output[VALUE],
                                          of->logits[GRADIENT], of->context[GRADIENT],
                                          of->output[GRADIENT], NULL));
    if (of->kind == AIMER_LEARNS) {
        program_check(ref_local_attention_backward(
            of->x[VALUE], of->keys[VALUE], of->memory[VALUE], 1.0, of->window, NULL,
            &of->aims[VALUE], &of->cache[VALUE], of->context[VALUE], of->context[GRADIENT],
            of->x[GRADIENT], of->keys[GRADIENT], of->memory[GRADIENT], &of->aims[GRADIENT],
            &of->cache[GRADIENT]));
    }
    program_check(ref_training_step(training, of->list));
}

void aimer_learn(aimer *of, size_t n_steps, gsl_rng *rng)
{
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.03;
    ref_training *training = ref_training_alloc(of->list, &options);
    if (training == NULL) {
        program_fail("%s", program_last_error());
    }
    for (size_t step = 0; step < n_steps; step++) {
        draw_text(of, rng);
        write_letters(of);
        learn_from_text(of, training);
    }
    ref_training_free(training);
}

/* ---- What was learned ------------------------------------------------------------------------ */

/* sum_j a_tj |j - g| / sum_j a_tj */
static double distance_at(const aimer *of, size_t t)
{
    double sum = 0.0, moved = 0.0, wanted = (double)place_of(of, t);
    for (size_t j = 0; j < AIMER_LENGTH; j++) {
        double weight = gsl_matrix_get(of->cache[VALUE].weights, t, j);
        sum += weight;
        moved += weight * fabs((double)j - wanted);
    }
    return moved / sum;
}

aimer_result aimer_test(aimer *of, size_t n_texts, gsl_rng *rng)
{
    aimer_result found = {0.0, 0.0};
    double n = (double)(n_texts * AIMER_LENGTH);
    for (size_t text = 0; text < n_texts; text++) {
        draw_text(of, rng);
        write_letters(of);
        for (size_t t = 0; t < AIMER_LENGTH; t++) {
            gsl_vector_view row = gsl_matrix_row(of->logits[VALUE], t);
            found.right += (int)gsl_vector_max_index(&row.vector) == of->targets[t] ? 1.0 / n : 0.0;
            found.distance += distance_at(of, t) / n;
        }
    }
    return found;
}

double aimer_mean_position(const aimer *of)
{
    double sum = 0.0;
    for (size_t t = 0; t < AIMER_LENGTH; t++) {
        sum += gsl_vector_get(of->cache[VALUE].positions, t);
    }
    return sum / AIMER_LENGTH;
}

double aimer_miss(const aimer *of)
{
    double sum = 0.0;
    for (size_t t = 0; t < AIMER_LENGTH; t++) {
        double position = gsl_vector_get(of->cache[VALUE].positions, t);
        sum += fabs(position - (double)place_of(of, t));
    }
    return sum / AIMER_LENGTH;
}
