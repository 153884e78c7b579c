/**
 * @file checkpoint_load.c
 * Loading a checkpoint: everything is checked before anything is changed.
 */
#include "chapters/common/files/checkpoint_internal.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is being loaded: the file, and where it goes to. */
typedef struct {
    const char *path;
    const safetensors *file;
    const checkpoint_state *state;
    const checkpoint_slot *slots;
    size_t n_slots;
    size_t step; /* of the training */
    checkpoint_problem *problem;
} loader;

#define REPORT(l, kind, ...) checkpoint_report((l)->problem, (kind), (l)->path, __VA_ARGS__)

/* ---- Tensors --------------------------------------------------------------------------------- */

static bool has_shape(const safetensors_tensor *tensor, size_t n_rows, size_t n_cols)
{
    if (tensor->n_dimensions == 1) { /* other programs write a bias like that */
        return n_rows == 1 && tensor->shape[0] == n_cols;
    }
    return tensor->n_dimensions == 2 && tensor->shape[0] == n_rows && tensor->shape[1] == n_cols;
}

/* "2, 3" */
static void describe_shape(const safetensors_tensor *tensor, char *out, size_t n_out)
{
    size_t n_used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < tensor->n_dimensions; i++) {
        n_used += (size_t)snprintf(out + n_used, n_out - n_used, i > 0 ? ", %zu" : "%zu",
                                   tensor->shape[i]);
    }
}

/* Number n of a tensor of floats or doubles, which need not be aligned. */
static double number_at(const safetensors_tensor *tensor, size_t n)
{
    const unsigned char *data = tensor->data;
    if (tensor->type == SAFETENSORS_F32) {
        float number;
        memcpy(&number, data + n * sizeof number, sizeof number);
        return number;
    }
    double number;
    memcpy(&number, data + n * sizeof number, sizeof number);
    return number;
}

static bool check_type(const loader *l, const checkpoint_slot *slot,
                       const safetensors_tensor *tensor)
{
    if (tensor->type != SAFETENSORS_F32 && tensor->type != SAFETENSORS_F64) {
        return REPORT(l, CHECKPOINT_OTHER_TYPE, "'%s': expected floats or doubles, found %s",
                      slot->name, safetensors_type_name(tensor->type));
    }
    bool is_narrowed = tensor->type == SAFETENSORS_F64 && slot->type == SAFETENSORS_F32;
    if (is_narrowed && !l->state->may_narrow) {
        return REPORT(l, CHECKPOINT_OTHER_TYPE,
                      "'%s': expected floats, found doubles, which nobody asked to round",
                      slot->name);
    }
    return true;
}

static bool check_slot(const loader *l, const checkpoint_slot *slot)
{
    const safetensors_tensor *tensor = safetensors_find(l->file, slot->name);
    if (tensor == NULL) {
        return REPORT(l, slot->is_moment ? CHECKPOINT_NO_MOMENT : CHECKPOINT_NO_PARAMETER,
                      "expected the tensor '%s', found none of that name", slot->name);
    }
    if (!has_shape(tensor, slot->n_rows, slot->n_cols)) {
        char found[SAFETENSORS_MAX_DIMENSIONS * 24];
        describe_shape(tensor, found, sizeof found);
        return REPORT(l, CHECKPOINT_OTHER_SHAPE, "'%s': expected the shape [%zu, %zu], found [%s]",
                      slot->name, slot->n_rows, slot->n_cols, found);
    }
    if (!check_type(l, slot, tensor)) {
        return false;
    }
    for (size_t n = 0; n < slot->n_rows * slot->n_cols; n++) {
        double number = number_at(tensor, n);
        if (!isfinite(slot->type == SAFETENSORS_F32 ? (float)number : number)) {
            return REPORT(l, CHECKPOINT_NOT_FINITE,
                          "'%s': expected finite numbers, found %g in row %zu, column %zu",
                          slot->name, number, n / slot->n_cols, n % slot->n_cols);
        }
    }
    return true;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Nothing in the file may be left over, but for what only a training needs. */
static bool check_others(const loader *l)
{
    size_t n_known = 0;
    bool has_average = l->state->reference_average || l->state->optimized_average;
    for (size_t t = 0; t < l->file->n_tensors; t++) {
        const char *name = l->file->tensors[t].name;
        bool is_known =
            strcmp(name, CHECKPOINT_RNG) == 0 ||
            (checkpoint_optimizer(l->state) == NULL &&
             (starts_with(name, CHECKPOINT_FIRST) || starts_with(name, CHECKPOINT_SECOND) ||
              (!has_average && starts_with(name, CHECKPOINT_AVERAGE))));
        n_known += is_known;
    }
    if (n_known + l->n_slots == l->file->n_tensors) {
        return true; /* all slots were found, and no name stands there twice */
    }
    for (size_t t = 0; t < l->file->n_tensors; t++) {
        const char *name = l->file->tensors[t].name;
        bool is_known = strcmp(name, CHECKPOINT_RNG) == 0;
        for (size_t i = 0; i < l->n_slots && !is_known; i++) {
            is_known = strcmp(l->slots[i].name, name) == 0;
        }
        if (!is_known) {
            return REPORT(l, CHECKPOINT_UNKNOWN_TENSOR,
                          "expected the parameters of the model alone, found '%.80s'", name);
        }
    }
    return true;
}

static void copy(const safetensors_tensor *tensor, const checkpoint_slot *slot)
{
    for (size_t n = 0; n < slot->n_rows * slot->n_cols; n++) {
        if (slot->type == SAFETENSORS_F32) {
            ((float *)slot->data)[n] = (float)number_at(tensor, n);
        } else {
            ((double *)slot->data)[n] = number_at(tensor, n);
        }
    }
}

/* ---- What a training needs ------------------------------------------------------------------- */

/* A text that is a number as checkpoint_save() writes it. */
static bool read_step(const char *text, size_t *step)
{
    char again[24], *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *step = (size_t)number;
    snprintf(again, sizeof again, "%zu", *step);
    return errno == 0 && strcmp(text, again) == 0;
}

static bool check_training(loader *l)
{
    const char *optimizer = checkpoint_optimizer(l->state);
    if (optimizer == NULL) {
        return true;
    }
    const char *step = safetensors_find_text(l->file, CHECKPOINT_STEP);
    const char *found = safetensors_find_text(l->file, CHECKPOINT_OPTIMIZER);
    if (step == NULL || found == NULL) {
        return REPORT(l, CHECKPOINT_NO_TRAINING,
                      "expected the state of a training, found parameters alone");
    }
    if (strcmp(found, optimizer) != 0) {
        return REPORT(l, CHECKPOINT_OTHER_OPTIMIZER,
                      "expected the moments of the optimizer %s, found those of '%.20s'", optimizer,
                      found);
    }
    if (!read_step(step, &l->step)) {
        return REPORT(l, CHECKPOINT_BAD_STEP, "expected the number of a step, found '%.40s'", step);
    }
    return true;
}

/* Check the generator, or, with a generator, put it into its state. */
static bool load_rng(const loader *l, gsl_rng *rng)
{
    int64_t integers[CHECKPOINT_N_INTEGERS];
    const safetensors_tensor *tensor = safetensors_find(l->file, CHECKPOINT_RNG);
    if (l->state->rng == NULL) {
        return true;
    }
    if (!checkpoint_take_rng(l->state->rng, integers)) {
        return REPORT(l, CHECKPOINT_OTHER_RNG, "expected the generator mt19937, found %s",
                      gsl_rng_name(l->state->rng));
    }
    if (tensor == NULL) {
        return REPORT(l, CHECKPOINT_NO_RNG, "expected the state of a generator, found none");
    }
    bool is_right = tensor->type == SAFETENSORS_I64 && tensor->n_dimensions == 1 &&
                    tensor->shape[0] == CHECKPOINT_N_INTEGERS;
    if (is_right) {
        memcpy(integers, tensor->data, sizeof integers);
    }
    if (!is_right || !checkpoint_put_rng(integers, rng)) {
        return REPORT(l, CHECKPOINT_BAD_RNG,
                      "expected a state of the generator mt19937, found one it cannot be in");
    }
    return true;
}

static bool check_checksum(const loader *l)
{
    const char *expected = safetensors_find_text(l->file, CHECKPOINT_CHECKSUM);
    char found[24];
    if (expected == NULL) { /* a file of another program */
        return checkpoint_optimizer(l->state) == NULL ||
               REPORT(l, CHECKPOINT_BAD_CHECKSUM, "expected a checksum, found none");
    }
    snprintf(found, sizeof found, "%016" PRIx64,
             checkpoint_checksum(l->file->tensors, l->file->n_tensors, l->file->texts,
                                 l->file->n_texts));
    return strcmp(expected, found) == 0 ||
           REPORT(l, CHECKPOINT_BAD_CHECKSUM,
                  "expected the checksum %.20s, found %s: the bytes changed", expected, found);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static bool check_all(loader *l)
{
    if (l->slots == NULL) {
        return REPORT(l, CHECKPOINT_NO_MEMORY, "out of memory");
    }
    bool is_right = check_training(l) && check_checksum(l);
    for (size_t i = 0; i < l->n_slots && is_right; i++) {
        is_right = check_slot(l, &l->slots[i]);
    }
    return is_right && check_others(l) && load_rng(l, NULL);
}

static void change_all(const loader *l, checkpoint_state *state)
{
    for (size_t i = 0; i < l->n_slots; i++) {
        copy(safetensors_find(l->file, l->slots[i].name), &l->slots[i]);
    }
    load_rng(l, state->rng);
    if (state->reference != NULL && state->reference_training != NULL) {
        state->reference_training->step = l->step;
    } else if (state->reference == NULL && state->optimized_training != NULL) {
        state->optimized_training->step = l->step;
    }
}

safetensors *checkpoint_load(const char *path, checkpoint_state *state, checkpoint_problem *problem)
{
    safetensors_problem file_problem;
    if (problem != NULL) {
        *problem = (checkpoint_problem){.kind = CHECKPOINT_OK};
    }
    safetensors *file = safetensors_load(path, &file_problem);
    if (file == NULL) {
        if (problem != NULL) {
            *problem = (checkpoint_problem){CHECKPOINT_BAD_FILE, file_problem.kind, ""};
            memcpy(problem->message, file_problem.message, sizeof problem->message);
        }
        return NULL;
    }
    loader l = {.path = path, .file = file, .state = state, .problem = problem};
    checkpoint_slot *slots = checkpoint_list(state, &l.n_slots);
    l.slots = slots;
    bool is_right = check_all(&l);
    if (is_right) {
        change_all(&l, state);
    } else {
        safetensors_free(file);
    }
    free(slots);
    return is_right ? file : NULL;
}
