/* Wrong checkpoints: each has its own error, which says what was expected and what was found, and
 * none changes anything. */
#include "chapters/common/files/checkpoint_internal.h"
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/interrupt.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"
#include "tests/support/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const float numbers[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const float not_finite[4] = {1, 2, NAN, 4};
static const double too_large[4] = {1, 2, 3, 1e39};
static int64_t integers[625];

#define WEIGHT                                                                                     \
    {                                                                                              \
        "weight", SAFETENSORS_F32, 2, {3, 4}, numbers                                              \
    }
#define BIAS                                                                                       \
    {                                                                                              \
        "bias", SAFETENSORS_F32, 2, {1, 4}, numbers                                                \
    }
#define FIRST                                                                                      \
    {                                                                                              \
        "first_moment.weight", SAFETENSORS_F32, 2, {3, 4}, numbers                                 \
    }
#define OTHER                                                                                      \
    {                                                                                              \
        "first_moment.bias", SAFETENSORS_F32, 2, {1, 4}, numbers                                   \
    }
#define RNG                                                                                        \
    {                                                                                              \
        "training.rng", SAFETENSORS_I64, 1, {625}, integers                                        \
    }
#define STEP                                                                                       \
    {                                                                                              \
        "training.step", "7"                                                                       \
    }
#define SGD                                                                                        \
    {                                                                                              \
        "training.optimizer", "sgd"                                                                \
    }
#define ALL WEIGHT, BIAS, FIRST, OTHER, RNG

typedef struct {
    const char *catches;
    bool is_training;
    safetensors_tensor tensors[6];
    safetensors_text texts[3];
    checkpoint_kind kind;
    const char *says;
} wrong_case;

// clang-format off
static const wrong_case cases[] = {
    {"a model", false, {WEIGHT, BIAS}, {{0}}, CHECKPOINT_OK, NULL},
    {"a bias of one dimension", false, {WEIGHT, {"bias", SAFETENSORS_F32, 1, {4}, numbers}}, {{0}}, CHECKPOINT_OK, NULL},
    {"a whole checkpoint for a model", false, {ALL}, {STEP, SGD}, CHECKPOINT_OK, NULL},
    {"no bias", false, {WEIGHT}, {{0}}, CHECKPOINT_NO_PARAMETER, "'bias'"},
    {"no parameter at all", false, {{0}}, {{0}}, CHECKPOINT_NO_PARAMETER, "'bias'"},
    {"a name in capitals", false, {WEIGHT, {"Bias", SAFETENSORS_F32, 2, {1, 4}, numbers}}, {{0}}, CHECKPOINT_NO_PARAMETER, "'bias'"},
    {"one parameter more", false, {WEIGHT, BIAS, {"gain", SAFETENSORS_F32, 1, {4}, numbers}}, {{0}}, CHECKPOINT_UNKNOWN_TENSOR, "'gain'"},
    {"a transpose", false, {{"weight", SAFETENSORS_F32, 2, {4, 3}, numbers}, BIAS}, {{0}}, CHECKPOINT_OTHER_SHAPE, "[3, 4], found [4, 3]"},
    {"as many numbers in a row", false, {{"weight", SAFETENSORS_F32, 1, {12}, numbers}, BIAS}, {{0}}, CHECKPOINT_OTHER_SHAPE, "found [12]"},
    {"three dimensions", false, {{"weight", SAFETENSORS_F32, 3, {1, 3, 4}, numbers}, BIAS}, {{0}}, CHECKPOINT_OTHER_SHAPE, "found [1, 3, 4]"},
    {"a single number", false, {WEIGHT, {"bias", SAFETENSORS_F32, 0, {0}, numbers}}, {{0}}, CHECKPOINT_OTHER_SHAPE, "found []"},
    {"no row", false, {WEIGHT, {"bias", SAFETENSORS_F32, 2, {0, 4}, numbers}}, {{0}}, CHECKPOINT_OTHER_SHAPE, "found [0, 4]"},
    {"bytes for floats", false, {WEIGHT, {"bias", SAFETENSORS_U8, 2, {1, 4}, numbers}}, {{0}}, CHECKPOINT_OTHER_TYPE, "found U8"},
    {"integers for floats", false, {WEIGHT, {"bias", SAFETENSORS_I64, 2, {1, 4}, integers}}, {{0}}, CHECKPOINT_OTHER_TYPE, "found I64"},
    {"doubles for floats", false, {WEIGHT, {"bias", SAFETENSORS_F64, 2, {1, 4}, too_large}}, {{0}}, CHECKPOINT_OTHER_TYPE, "asked to round"},
    {"not a number", false, {WEIGHT, {"bias", SAFETENSORS_F32, 2, {1, 4}, not_finite}}, {{0}}, CHECKPOINT_NOT_FINITE, "row 0, column 2"},
    {"a wrong checksum", false, {WEIGHT, BIAS}, {{"checksum", "0123456789abcdef"}}, CHECKPOINT_BAD_CHECKSUM, "0123456789abcdef"},
    {"no checksum to go on from", true, {ALL}, {STEP, SGD}, CHECKPOINT_BAD_CHECKSUM, "found none"},
    {"a model to go on from", true, {WEIGHT, BIAS}, {{0}}, CHECKPOINT_NO_TRAINING, "parameters alone"},
    {"no step", true, {ALL}, {SGD}, CHECKPOINT_NO_TRAINING, "parameters alone"},
    {"no optimizer", true, {ALL}, {STEP}, CHECKPOINT_NO_TRAINING, "parameters alone"},
    {"another optimizer", true, {ALL}, {STEP, {"training.optimizer", "adam"}}, CHECKPOINT_OTHER_OPTIMIZER, "sgd, found those of 'adam'"},
    {"an unknown optimizer", true, {ALL}, {STEP, {"training.optimizer", "\x1B[31m"}}, CHECKPOINT_OTHER_OPTIMIZER, "'?[31m'"},
    {"an empty step", true, {ALL}, {{"training.step", ""}, SGD}, CHECKPOINT_BAD_STEP, "found ''"},
    {"a negative step", true, {ALL}, {{"training.step", "-7"}, SGD}, CHECKPOINT_BAD_STEP, "'-7'"},
    {"a step and a half", true, {ALL}, {{"training.step", "7.5"}, SGD}, CHECKPOINT_BAD_STEP, "'7.5'"},
    {"a blank before the step", true, {ALL}, {{"training.step", " 7"}, SGD}, CHECKPOINT_BAD_STEP, "' 7'"},
    {"a step with zeros before it", true, {ALL}, {{"training.step", "007"}, SGD}, CHECKPOINT_BAD_STEP, "'007'"},
    {"a step beyond 64 bits", true, {ALL}, {{"training.step", "18446744073709551616"}, SGD}, CHECKPOINT_BAD_STEP, "18446744073709551616"},
};

/* The same, of which only a right checksum lets the fault be seen. */
static const wrong_case signed_cases[] = {
    {"a whole checkpoint", true, {ALL}, {STEP, SGD}, CHECKPOINT_OK, NULL},
    {"no moment", true, {WEIGHT, BIAS, RNG}, {STEP, SGD}, CHECKPOINT_NO_MOMENT, "'first_moment.bias'"},
    {"one moment too few", true, {WEIGHT, BIAS, OTHER, RNG}, {STEP, SGD}, CHECKPOINT_NO_MOMENT, "'first_moment.weight'"},
    {"moments of Adam", true, {ALL, {"second_moment.bias", SAFETENSORS_F32, 2, {1, 4}, numbers}}, {STEP, SGD}, CHECKPOINT_UNKNOWN_TENSOR, "'second_moment.bias'"},
    {"a moment of another shape", true, {WEIGHT, BIAS, {"first_moment.weight", SAFETENSORS_F32, 2, {2, 6}, numbers}, OTHER, RNG},
     {STEP, SGD}, CHECKPOINT_OTHER_SHAPE, "first_moment.weight"},
    {"no generator", true, {WEIGHT, BIAS, FIRST, OTHER}, {STEP, SGD}, CHECKPOINT_NO_RNG, "found none"},
    {"half a generator", true, {WEIGHT, BIAS, FIRST, OTHER, {"training.rng", SAFETENSORS_I64, 1, {312}, integers}}, {STEP, SGD}, CHECKPOINT_BAD_RNG, "cannot be in"},
    {"a generator of bytes", true, {WEIGHT, BIAS, FIRST, OTHER, {"training.rng", SAFETENSORS_U8, 1, {625}, integers}}, {STEP, SGD}, CHECKPOINT_BAD_RNG, "cannot be in"},
    {"a generator of two dimensions", true, {WEIGHT, BIAS, FIRST, OTHER, {"training.rng", SAFETENSORS_I64, 2, {625, 1}, integers}}, {STEP, SGD}, CHECKPOINT_BAD_RNG, "cannot be in"},
};
// clang-format on

/* ---- the judge ------------------------------------------------------------------------------- */

/* A training with SGD on the optimized side, of "bias" (1 x 4) and "weight" (3 x 4). */
typedef struct {
    checkpoint_state state;
    ref_parameters *wide;
} model;

static model model_alloc(bool is_training)
{
    model m = {.wide = weight_and_bias(3, 4)};
    ref_training_options options = ref_training_defaults(REF_SGD);
    fast_training_options narrow = narrow_options(&options);
    for (size_t n = 0; n < m.wide->n_numbers; n++) {
        m.wide->values[n] = (double)n;
    }
    m.state.optimized = parameters_twin(m.wide);
    m.state.optimized_training =
        is_training ? fast_training_alloc(m.state.optimized, &narrow) : NULL;
    m.state.rng = is_training ? gsl_rng_alloc(gsl_rng_mt19937) : NULL;
    return m;
}

static void model_free(model *m)
{
    if (m->state.rng != NULL) {
        gsl_rng_free(m->state.rng);
    }
    fast_training_free(m->state.optimized_training);
    fast_parameters_free(m->state.optimized);
    ref_parameters_free(m->wide);
}

static bool is_untouched(const model *m)
{
    bool same = true;
    for (size_t i = 0; i < m->wide->n_parameters; i++) {
        const ref_parameter *p = &m->wide->parameters[i];
        const float *narrow = m->state.optimized->parameters[i].value.data;
        for (size_t n = 0; n < p->n_rows * p->n_cols; n++) {
            same = same && narrow[n] == (float)m->wide->values[p->offset + n];
        }
    }
    const fast_training *training = m->state.optimized_training;
    for (size_t n = 0; training != NULL && n < training->n_floats; n++) {
        same = same && training->first[n] == 0.0f;
    }
    gsl_rng *fresh = gsl_rng_alloc(gsl_rng_mt19937);
    same = same && (training == NULL || training->step == 0) &&
           (m->state.rng == NULL || gsl_rng_get(fresh) == gsl_rng_get(m->state.rng));
    gsl_rng_free(fresh);
    return same;
}

static void try_case(const char *path, const wrong_case *c, bool is_signed)
{
    size_t n_tensors = 0, n_texts = 0;
    safetensors_text texts[4];
    char sum[24];
    while (n_tensors < 6 && c->tensors[n_tensors].name != NULL) {
        n_tensors++;
    }
    for (; n_texts < 3 && c->texts[n_texts].key != NULL; n_texts++) {
        texts[n_texts] = c->texts[n_texts];
    }
    if (is_signed) {
        snprintf(sum, sizeof sum, "%016llx",
                 (unsigned long long)checkpoint_checksum(c->tensors, n_tensors, texts, n_texts));
        texts[n_texts++] = (safetensors_text){CHECKPOINT_CHECKSUM, sum};
    }
    safetensors_problem written;
    CHECK(safetensors_save(path, c->tensors, n_tensors, texts, n_texts, &written), "%s: %s",
          c->catches, written.message);
    model m = model_alloc(c->is_training);
    checkpoint_problem problem;
    safetensors *file = checkpoint_load(path, &m.state, &problem);
    CHECK((file != NULL) == (c->kind == CHECKPOINT_OK) && problem.kind == c->kind,
          "%s: kind %d instead of %d: %s", c->catches, (int)problem.kind, (int)c->kind,
          problem.message);
    if (c->kind != CHECKPOINT_OK) {
        CHECK(strncmp(problem.message, path, strlen(path)) == 0 &&
                  strstr(problem.message, "expected") && strstr(problem.message, c->says),
              "%s: '%s' should say '%s'", c->catches, problem.message, c->says);
        CHECK(checkpoint_load(path, &m.state, NULL) == NULL, "%s: without problem", c->catches);
    }
    CHECK(is_untouched(&m) == (c->kind != CHECKPOINT_OK), "%s: the state %s", c->catches,
          c->kind != CHECKPOINT_OK ? "has changed" : "is as it was");
    safetensors_free(file);
    model_free(&m);
}

static void every_wrong_checkpoint(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 99);
    checkpoint_take_rng(rng, integers);
    gsl_rng_free(rng);
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "x.safetensors");
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        try_case(path, &cases[n], false);
    }
    for (size_t n = 0; n < sizeof signed_cases / sizeof signed_cases[0]; n++) {
        try_case(path, &signed_cases[n], true);
    }
    integers[624] = 625; /* a generator that would read behind its words */
    const wrong_case beyond = {"a generator beyond its end", true,    {ALL}, {STEP, SGD},
                               CHECKPOINT_BAD_RNG,           "cannot"};
    try_case(path, &beyond, true);
    temporary_remove(folder);
}

static void other_faults(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "x.safetensors");
    const safetensors_tensor tensors[] = {WEIGHT, {"bias", SAFETENSORS_F64, 2, {1, 4}, too_large}};
    const safetensors_text taken = {CHECKPOINT_STEP, "8"};
    model m = model_alloc(false), training = model_alloc(true);
    checkpoint_problem problem;
    m.state.may_narrow = true;
    CHECK(checkpoint_load(path, &m.state, &problem) == NULL &&
              problem.kind == CHECKPOINT_BAD_FILE && problem.file_kind == SAFETENSORS_CANNOT_OPEN &&
              strstr(problem.message, "opened"),
          "no file: %s", problem.message);
    safetensors_save(path, tensors, 2, NULL, 0, NULL);
    CHECK(checkpoint_load(path, &m.state, &problem) == NULL &&
              problem.kind == CHECKPOINT_NOT_FINITE && strstr(problem.message, "1e+39"),
          "too large for a float: %s", problem.message);
    CHECK(!checkpoint_save(path, &training.state, &taken, 1, &problem) &&
              problem.kind == CHECKPOINT_BAD_FILE && problem.file_kind == SAFETENSORS_DUPLICATE_KEY,
          "a key that is taken: %s", problem.message);
    gsl_rng *right = training.state.rng;
    training.state.rng = gsl_rng_alloc(gsl_rng_taus2);
    CHECK(!checkpoint_save(path, &training.state, NULL, 0, &problem) &&
              problem.kind == CHECKPOINT_OTHER_RNG && strstr(problem.message, "taus2"),
          "another generator: %s", problem.message);
    gsl_rng_free(training.state.rng);
    training.state.rng = right;
    CHECK(!checkpoint_save(temporary_path(folder, "no/x"), &training.state, NULL, 0, &problem) &&
              problem.kind == CHECKPOINT_BAD_FILE && problem.file_kind == SAFETENSORS_CANNOT_WRITE,
          "no folder: %s", problem.message);
    CHECK(is_untouched(&m), "a model has changed");
    model_free(&m), model_free(&training);
    temporary_remove(folder);
}

static void full_disk(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a");
    model m = model_alloc(true), later = model_alloc(true);
    m.state.optimized_training->step = 5;
    CHECK(checkpoint_save(path, &m.state, NULL, 0, NULL), "not saved");
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit tight = {1000, 1000};
        checkpoint_problem problem;
        setrlimit(RLIMIT_FSIZE, &tight);
        interrupt_catch(); /* or the signal of the limit would end it */
        m.state.optimized_training->step = 6;
        bool is_refused = !checkpoint_save(path, &m.state, NULL, 0, &problem) &&
                          problem.file_kind == SAFETENSORS_CANNOT_WRITE;
        _exit(is_refused ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0, "status %d", status);
    safetensors *file = checkpoint_load(path, &later.state, NULL);
    CHECK(file != NULL && later.state.optimized_training->step == 5, "the old one is lost");
    CHECK(temporary_count(folder) == 1, "something is left behind");
    safetensors_free(file);
    model_free(&m), model_free(&later);
    temporary_remove(folder);
}

static const test tests[] = {
    {"every wrong checkpoint has its own error, and changes nothing", every_wrong_checkpoint},
    {"files and generators that are none are refused", other_faults},
    {"a full disk leaves the old checkpoint", full_disk},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
