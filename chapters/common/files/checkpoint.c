/**
 * @file checkpoint.c
 * What is in a checkpoint, and how it is saved. checkpoint_load.c loads it.
 */
#include "chapters/common/files/checkpoint_internal.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool checkpoint_report(checkpoint_problem *problem, checkpoint_kind kind, const char *path,
                       const char *format, ...)
{
    if (problem != NULL) {
        problem->kind = kind;
        const size_t size = sizeof problem->message;
        int used = snprintf(problem->message, size, "%.200s: ", path);
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(problem->message + used, size - (size_t)used, format, arguments);
        va_end(arguments);
        /* Names come from the file: they must not talk to the terminal. */
        for (char *c = problem->message; *c != '\0'; c++) {
            *c = (unsigned char)*c < ' ' || *c == 0x7F ? '?' : *c;
        }
    }
    return false;
}

/* ---- The list of everything ------------------------------------------------------------------ */

/* What a state holds of each parameter: its value, one or two moments, a mean. */
typedef struct {
    const char *before; /* its name in the file */
    double *wide;       /* of the reference: the array that the parameter's offset points into */
    float *narrow;      /* of the optimized side */
} array;

enum { N_ARRAYS = 4 };

static void list_arrays(const checkpoint_state *s, array arrays[N_ARRAYS])
{
    memset(arrays, 0, N_ARRAYS * sizeof *arrays);
    arrays[0].before = "";
    arrays[1].before = CHECKPOINT_FIRST;
    arrays[2].before = CHECKPOINT_SECOND;
    arrays[3].before = CHECKPOINT_AVERAGE;
    arrays[0].wide = s->reference != NULL ? s->reference->values : NULL;
    arrays[0].narrow = s->reference == NULL ? s->optimized->values : NULL;
    arrays[3].wide = s->reference != NULL ? s->reference_average : NULL;
    arrays[3].narrow = s->reference == NULL ? s->optimized_average : NULL;
    if (s->reference != NULL && s->reference_training != NULL) {
        arrays[1].wide = s->reference_training->first;
        arrays[2].wide = s->reference_training->second;
    } else if (s->reference == NULL && s->optimized_training != NULL) {
        arrays[1].narrow = s->optimized_training->first;
        arrays[2].narrow = s->optimized_training->second;
    }
}

/* The n-th parameter in one of the arrays. */
static checkpoint_slot slot_of(const checkpoint_state *s, size_t n, const array *a)
{
    checkpoint_slot slot = {.is_moment = a->before[0] != '\0'};
    if (s->reference != NULL) {
        const ref_parameter *p = &s->reference->parameters[n];
        slot.type = SAFETENSORS_F64;
        slot.parameter = p->name;
        slot.n_rows = p->n_rows;
        slot.n_cols = p->n_cols;
        slot.data = a->wide + p->offset;
    } else {
        const fast_parameter *p = &s->optimized->parameters[n];
        slot.type = SAFETENSORS_F32;
        slot.parameter = p->name;
        slot.n_rows = p->n_rows;
        slot.n_cols = p->n_cols;
        slot.data = a->narrow + p->offset;
    }
    snprintf(slot.name, sizeof slot.name, "%s%s", a->before, slot.parameter);
    return slot;
}

checkpoint_slot *checkpoint_list(const checkpoint_state *state, size_t *n_slots)
{
    array arrays[N_ARRAYS];
    list_arrays(state, arrays);
    size_t n =
        state->reference != NULL ? state->reference->n_parameters : state->optimized->n_parameters;
    checkpoint_slot *slots = calloc(N_ARRAYS * n, sizeof *slots);
    *n_slots = 0;
    for (size_t a = 0; a < N_ARRAYS && slots != NULL; a++) {
        bool exists = arrays[a].wide != NULL || arrays[a].narrow != NULL;
        for (size_t i = 0; i < n && exists; i++) {
            slots[(*n_slots)++] = slot_of(state, i, &arrays[a]);
        }
    }
    return slots;
}

bool checkpoint_has_average(const safetensors *file)
{
    bool has_average = false;
    for (size_t t = 0; t < file->n_tensors; t++) {
        const char *name = file->tensors[t].name;
        has_average =
            has_average || strncmp(name, CHECKPOINT_AVERAGE, strlen(CHECKPOINT_AVERAGE)) == 0;
    }
    return has_average;
}

const char *checkpoint_optimizer(const checkpoint_state *state)
{
    static const char *const names[] = {
        [REF_SGD] = "sgd", [REF_ADAM] = "adam", [REF_ADAMW] = "adamw"};
    if (state->reference != NULL) {
        const ref_training *training = state->reference_training;
        return training != NULL ? names[training->options.optimizer] : NULL;
    }
    const fast_training *training = state->optimized_training;
    return training != NULL ? names[(ref_optimizer)training->options.optimizer] : NULL;
}

/* ---- Saving ---------------------------------------------------------------------------------- */

/* Everything that goes into the file, in memory of its own. */
typedef struct {
    checkpoint_slot *slots;
    safetensors_tensor *tensors;
    size_t n_tensors;
    safetensors_text *texts;
    size_t n_texts;
    int64_t integers[CHECKPOINT_N_INTEGERS];
    char step[24], checksum[24];
} content;

static bool collect(content *c, const checkpoint_state *state, const safetensors_text *texts,
                    size_t n_texts)
{
    size_t n_slots;
    c->slots = checkpoint_list(state, &n_slots);
    c->tensors = calloc(n_slots + 1, sizeof *c->tensors);
    c->texts = calloc(n_texts + 3, sizeof *c->texts);
    if (c->slots == NULL || c->tensors == NULL || c->texts == NULL) {
        return false;
    }
    for (size_t i = 0; i < n_slots; i++) {
        const checkpoint_slot *s = &c->slots[i];
        c->tensors[c->n_tensors++] =
            (safetensors_tensor){s->name, s->type, 2, {s->n_rows, s->n_cols}, s->data};
    }
    if (state->rng != NULL) {
        c->tensors[c->n_tensors++] = (safetensors_tensor){
            CHECKPOINT_RNG, SAFETENSORS_I64, 1, {CHECKPOINT_N_INTEGERS}, c->integers};
    }
    for (size_t i = 0; i < n_texts; i++) {
        c->texts[c->n_texts++] = texts[i];
    }
    return true;
}

static size_t step_of(const checkpoint_state *state)
{
    return state->reference != NULL ? state->reference_training->step
                                    : state->optimized_training->step;
}

bool checkpoint_save(const char *path, const checkpoint_state *state, const safetensors_text *texts,
                     size_t n_texts, checkpoint_problem *problem)
{
    content c = {.n_tensors = 0};
    safetensors_problem file_problem = {.kind = SAFETENSORS_OK};
    const char *optimizer = checkpoint_optimizer(state);
    if (problem != NULL) {
        *problem = (checkpoint_problem){.kind = CHECKPOINT_OK};
    }
    bool is_right =
        state->rng == NULL || checkpoint_take_rng(state->rng, c.integers) ||
        checkpoint_report(problem, CHECKPOINT_OTHER_RNG, path,
                          "expected the generator mt19937, found %s", gsl_rng_name(state->rng));
    is_right =
        is_right && (collect(&c, state, texts, n_texts) ||
                     checkpoint_report(problem, CHECKPOINT_NO_MEMORY, path, "out of memory"));
    if (is_right && optimizer != NULL) {
        snprintf(c.step, sizeof c.step, "%zu", step_of(state));
        c.texts[c.n_texts++] = (safetensors_text){CHECKPOINT_STEP, c.step};
        c.texts[c.n_texts++] = (safetensors_text){CHECKPOINT_OPTIMIZER, optimizer};
    }
    if (is_right) {
        snprintf(c.checksum, sizeof c.checksum, "%016" PRIx64,
                 checkpoint_checksum(c.tensors, c.n_tensors, c.texts, c.n_texts));
        c.texts[c.n_texts++] = (safetensors_text){CHECKPOINT_CHECKSUM, c.checksum};
        is_right =
            safetensors_save(path, c.tensors, c.n_tensors, c.texts, c.n_texts, &file_problem);
    }
    if (file_problem.kind != SAFETENSORS_OK && problem != NULL) {
        *problem = (checkpoint_problem){CHECKPOINT_BAD_FILE, file_problem.kind, ""};
        memcpy(problem->message, file_problem.message, sizeof problem->message);
    }
    free(c.slots);
    free(c.tensors);
    free(c.texts);
    return is_right;
}
