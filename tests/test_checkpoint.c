/* Checkpoints: what is saved is loaded, on both sides; no damage goes unnoticed.
 * test_checkpoint_errors.c has wrong checkpoints, test_checkpoint_resume.c interrupts trainings. */
#include "chapters/common/files/checkpoint_internal.h"
#include "chapters/common/files/parameters_twin.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"
#include "tests/support/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- states ---------------------------------------------------------------------------------- */

/* A state of one side, everything in it allocated. */
typedef struct {
    checkpoint_state state;
    ref_parameters *wide;
} model;

/* A model of 3 x 4 and 1 x 4 numbers; with a seed, all of them random, also the moments. */
static model model_alloc(bool is_reference, ref_optimizer optimizer, unsigned long seed)
{
    model m = {.wide = weight_and_bias(3, 4)};
    ref_training_options options = ref_training_defaults(optimizer);
    fast_training_options narrow = narrow_options(&options);
    m.state.rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(m.state.rng, seed);
    if (seed > 0) {
        randomize(m.wide, m.state.rng);
    }
    m.state.reference = is_reference ? m.wide : NULL;
    m.state.reference_training = is_reference ? ref_training_alloc(m.wide, &options) : NULL;
    m.state.optimized = is_reference ? NULL : parameters_twin(m.wide);
    m.state.optimized_training =
        is_reference ? NULL : fast_training_alloc(m.state.optimized, &narrow);
    const char *const names[] = {"weight", "bias"};
    for (size_t p = 0; p < 2 && seed > 0; p++) {
        size_t wide = ref_parameters_find(m.wide, names[p])->offset, n = p == 0 ? 12 : 4;
        for (size_t i = 0; i < n && is_reference; i++) {
            m.state.reference_training->first[wide + i] = random_gaussian(m.state.rng, 1.0);
        }
        for (size_t i = 0; i < n && !is_reference; i++) {
            size_t narrow_at = fast_parameters_find(m.state.optimized, names[p])->offset;
            m.state.optimized_training->first[narrow_at + i] =
                (float)random_gaussian(m.state.rng, 1.0);
        }
    }
    *(is_reference ? &m.state.reference_training->step : &m.state.optimized_training->step) = seed;
    return m;
}

static void model_free(model *m)
{
    gsl_rng_free(m->state.rng);
    ref_training_free(m->state.reference_training);
    fast_training_free(m->state.optimized_training);
    fast_parameters_free(m->state.optimized);
    ref_parameters_free(m->wide);
}

static bool same_bytes(const void *a, const void *b, size_t n_bytes)
{
    return (a == NULL) == (b == NULL) && (a == NULL || memcmp(a, b, n_bytes) == 0);
}

static bool is_same(const checkpoint_state *a, const checkpoint_state *b)
{
    bool same_rng = memcmp(gsl_rng_state(a->rng), gsl_rng_state(b->rng), 625 * 4) == 0 &&
                    gsl_rng_get(a->rng) == gsl_rng_get(b->rng);
    if (a->reference != NULL) {
        size_t n = a->reference->n_numbers * sizeof(double);
        return same_rng && same_bytes(a->reference->values, b->reference->values, n) &&
               same_bytes(a->reference_training->first, b->reference_training->first, n) &&
               same_bytes(a->reference_training->second, b->reference_training->second, n) &&
               a->reference_training->step == b->reference_training->step;
    }
    size_t n = a->optimized->n_floats * sizeof(float);
    return same_rng && same_bytes(a->optimized->values, b->optimized->values, n) &&
           same_bytes(a->optimized_training->first, b->optimized_training->first, n) &&
           same_bytes(a->optimized_training->second, b->optimized_training->second, n) &&
           a->optimized_training->step == b->optimized_training->step;
}

/* ---- what is saved is loaded ----------------------------------------------------------------- */

static void saved_and_loaded(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a.safetensors");
    const safetensors_text texts[] = {{"epoch", "7"}, {"vocabulary", "the cat\nthe \"bänk\""}};
    for (int n = 0; n < 6; n++) {
        model saved = model_alloc(n % 2 == 0, (ref_optimizer)(n / 2), 99);
        model loaded = model_alloc(n % 2 == 0, (ref_optimizer)(n / 2), 0);
        checkpoint_problem problem;
        gsl_rng_uniform(saved.state.rng);
        CHECK(checkpoint_save(path, &saved.state, texts, 2, &problem), "%s", problem.message);
        safetensors *file = checkpoint_load(path, &loaded.state, &problem);
        CHECK(file != NULL, "%s", problem.message);
        CHECK(file != NULL && strcmp(safetensors_find_text(file, "epoch"), "7") == 0 &&
                  strcmp(safetensors_find_text(file, "vocabulary"), texts[1].text) == 0,
              "other texts");
        CHECK(is_same(&saved.state, &loaded.state), "case %d: the state is another one", n);
        safetensors_free(file);
        model_free(&saved), model_free(&loaded);
    }
    temporary_remove(folder);
}

/* A checkpoint of either side gives its parameters to either; nothing is rounded unasked. */
static void model_alone(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a.safetensors");
    for (int n = 0; n < 4; n++) {
        bool from_reference = n % 2 == 0, to_reference = n / 2 == 0;
        model saved = model_alloc(from_reference, REF_ADAM, 99);
        model loaded = model_alloc(to_reference, REF_SGD, 0);
        checkpoint_problem problem;
        checkpoint_state alone = {.reference = loaded.state.reference,
                                  .optimized = loaded.state.optimized};
        CHECK(checkpoint_save(path, &saved.state, NULL, 0, &problem), "%s", problem.message);
        safetensors *file = checkpoint_load(path, &alone, &problem);
        bool must_round = from_reference && !to_reference;
        CHECK((file == NULL) == must_round, "%s", problem.message);
        CHECK(!must_round || problem.kind == CHECKPOINT_OTHER_TYPE, "%s", problem.message);
        if (must_round) {
            alone.may_narrow = true;
            file = checkpoint_load(path, &alone, &problem);
            CHECK(file != NULL, "%s", problem.message);
        }
        if (!to_reference) {
            parameters_widen(alone.optimized, loaded.wide);
        }
        for (size_t i = 0; i < saved.wide->n_numbers; i++) { /* all random numbers are floats */
            CHECK(loaded.wide->values[i] == saved.wide->values[i], "case %d: number %zu", n, i);
        }
        safetensors_free(file);
        model_free(&saved), model_free(&loaded);
    }
    temporary_remove(folder);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void every_cut_and_every_bit(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a"), *damaged = temporary_path(folder, "b");
    model saved = model_alloc(false, REF_SGD, 99), loaded = model_alloc(false, REF_SGD, 0);
    model untouched = model_alloc(false, REF_SGD, 0);
    gsl_rng *rng = saved.state.rng, *rng_too = loaded.state.rng;
    saved.state.rng = loaded.state.rng = NULL; /* its 5,000 bytes would be most of the file */
    CHECK(checkpoint_save(path, &saved.state, NULL, 0, NULL), "not saved");
    size_t n_bytes;
    unsigned char *bytes = temporary_read(path, &n_bytes);
    CHECK(n_bytes <= 2048, "the file has %zu bytes", n_bytes);
    for (size_t n = 0; n < 9 * n_bytes; n++) {
        bool is_cut = n % 9 == 8;
        bytes[n / 9] = (unsigned char)(bytes[n / 9] ^ (is_cut ? 0 : 1 << n % 9));
        FILE *file = fopen(damaged, "wb");
        fwrite(bytes, 1, is_cut ? n / 9 : n_bytes, file);
        fclose(file);
        bytes[n / 9] = (unsigned char)(bytes[n / 9] ^ (is_cut ? 0 : 1 << n % 9));
        checkpoint_problem problem;
        safetensors *read = checkpoint_load(damaged, &loaded.state, &problem);
        CHECK(read == NULL && problem.kind != CHECKPOINT_OK, "%s %zu of byte %zu is not noticed",
              is_cut ? "cut" : "bit", n % 9, n / 9);
        safetensors_free(read);
    }
    saved.state.rng = rng, loaded.state.rng = rng_too;
    CHECK(is_same(&loaded.state, &untouched.state), "a damaged file has changed something");
    free(bytes);
    model_free(&saved), model_free(&loaded), model_free(&untouched);
    temporary_remove(folder);
}

/* The check value of CRC-64/XZ is that of the digits 1 to 9, inverted at the end. A text without a
 * key begins with the byte 0, and ends with it. */
static void checksum(void)
{
    const safetensors_tensor digits = {"", SAFETENSORS_U8, 1, {9}, "123456789"};
    const safetensors_text empty = {"checksum", "does not count"};
    uint64_t expected = UINT64_MAX; /* bit by bit, of a zero byte, the length 9, and the digits */
    const unsigned char bytes[] = {0,   9,   0,   0,   0,   0,   0,   0,   0,
                                   '1', '2', '3', '4', '5', '6', '7', '8', '9'};
    for (size_t from = 0; from <= 9; from += 9) {
        uint64_t crc = UINT64_MAX;
        for (size_t bit = 8 * from; bit < 8 * sizeof bytes; bit++) {
            crc ^= bit % 8 == 0 ? bytes[bit / 8] : 0;
            crc = crc >> 1 ^ (crc & 1 ? 0xC96C5795D7870F42 : 0);
        }
        expected = from == 0 ? crc : expected;
        CHECK(from == 0 || ~crc == 0x995DC9BBDF1939FA, "the check value is %llx",
              (unsigned long long)~crc);
    }
    CHECK(checkpoint_checksum(&digits, 1, &empty, 1) == expected, "another checksum");
}

/* The generator goes on where it was, wherever that is in its 624 words. */
static void generators(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937), *again = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng *other = gsl_rng_alloc(gsl_rng_taus2);
    int64_t integers[CHECKPOINT_N_INTEGERS];
    gsl_rng_set(rng, suite_seed());
    for (size_t n = 0; n < 1300; n++) {
        CHECK(checkpoint_take_rng(rng, integers) && checkpoint_put_rng(integers, again), "refused");
        CHECK(gsl_rng_get(rng) == gsl_rng_get(again), "another number after %zu", n);
    }
    CHECK(!checkpoint_take_rng(other, integers), "a generator of another kind is taken apart");
    const int64_t wrong[][2] = {{0, -1}, {623, (int64_t)1 << 32}, {624, -1}, {624, 625}};
    for (size_t n = 0; n < 4; n++) {
        checkpoint_take_rng(rng, integers);
        integers[wrong[n][0]] = wrong[n][1];
        CHECK(!checkpoint_put_rng(integers, again), "integer %d = %lld is accepted",
              (int)wrong[n][0], (long long)wrong[n][1]);
    }
    gsl_rng_free(rng), gsl_rng_free(again), gsl_rng_free(other);
}

static const test tests[] = {
    {"what is saved is loaded, bit for bit, on both sides, for each optimizer", saved_and_loaded},
    {"a checkpoint of either side gives its parameters to either", model_alone},
    {"no cut and no turned bit goes unnoticed, and none changes anything", every_cut_and_every_bit},
    {"the checksum is a CRC-64", checksum},
    {"a generator goes on where it was", generators},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
