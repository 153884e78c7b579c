/* Faults of a training: one table of options for both sides, and what only one can get wrong. */

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/trainer.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ref_training_options wrong[64];
static const char *names[64];
static size_t n_wrong;

/* Usual options with one field that is wrong. */
#define WRONG(field, wrong_value)                                                                  \
    do {                                                                                           \
        wrong[n_wrong] = ref_training_defaults(REF_ADAMW);                                         \
        wrong[n_wrong].field = (wrong_value);                                                      \
        names[n_wrong++] = #field " = " #wrong_value;                                              \
    } while (0)

#define WRONG_END(kind, n, n_before, share)                                                        \
    do {                                                                                           \
        wrong[n_wrong] = ref_training_defaults(REF_ADAMW);                                         \
        wrong[n_wrong].schedule = (kind);                                                          \
        wrong[n_wrong].n_steps = (n);                                                              \
        wrong[n_wrong].n_warmup = (n_before);                                                      \
        wrong[n_wrong].final_share = (share);                                                      \
        names[n_wrong++] = #kind ", " #n " steps, warm-up of " #n_before ", down to " #share;      \
    } while (0)

static void list_wrong_options(void)
{
    n_wrong = 0;
    WRONG(optimizer, (ref_optimizer)3);
    WRONG(optimizer, (ref_optimizer)-1);
    WRONG(schedule, (ref_schedule)4);
    WRONG(learning_rate, -0.001);
    WRONG(learning_rate, NAN);
    WRONG(learning_rate, INFINITY);
    WRONG(momentum, 1.0);
    WRONG(momentum, -0.1);
    WRONG(momentum, NAN);
    WRONG(beta1, 1.0);
    WRONG(beta1, -0.1);
    WRONG(beta2, 1.0);
    WRONG(beta2, NAN);
    WRONG(epsilon, 0.0);
    WRONG(epsilon, -1e-8);
    WRONG(epsilon, NAN);
    WRONG(epsilon, INFINITY);
    WRONG(weight_decay, -0.1);
    WRONG(weight_decay, NAN);
    WRONG(weight_decay, INFINITY);
    WRONG(max_norm, 0.0);
    WRONG(max_norm, -1.0);
    WRONG(max_norm, NAN);
    WRONG_END(REF_RATE_COSINE, 0, 0, 0.0);
    WRONG_END(REF_RATE_LINEAR, 10, 10, 0.0);
    WRONG_END(REF_RATE_LINEAR, 10, 20, 0.0);
    WRONG_END(REF_RATE_COSINE, 10, 1, -0.1);
    WRONG_END(REF_RATE_COSINE, 10, 1, 1.1);
    WRONG_END(REF_RATE_LINEAR, 10, 1, NAN);
}

static void wrong_options(void)
{
    ref_parameters *list = weight_and_bias(3, 4);
    list_wrong_options();
    for (size_t n = 0; n < n_wrong; n++) {
        for (size_t k = 0; side_at(k).name && k < 2; k++) { /* which kernels does not matter */
            side s = side_at(k);
            suite_forget_error();
            trainer t = trainer_start(&s, list, &wrong[n]);
            CHECK(t.wide == NULL && t.narrow == NULL, "%s: %s is accepted", s.name, names[n]);
            CHECK(strchr(suite_last_error(), ' '), "%s: %s gives '%s'", s.name, names[n],
                  suite_last_error());
            trainer_end(&t);
        }
    }
    ref_training_options limits = ref_training_defaults(REF_ADAM); /* these are right */
    limits.learning_rate = limits.momentum = limits.beta1 = limits.beta2 = 0.0;
    limits.epsilon = 1e-30;
    limits.schedule = REF_RATE_LINEAR;
    limits.n_steps = limits.final_share = 1.0;
    for (size_t k = 0; side_at(k).name; k++) {
        side s = side_at(k);
        trainer t = trainer_start(&s, list, &limits);
        CHECK(t.wide || t.narrow, "%s: options at their limits are refused", s.name);
        CHECK_STATUS(trainer_step(&t), GSL_SUCCESS, "a step without memory");
        trainer_end(&t);
    }
    ref_parameters_free(list);
}

static void other_parameters(void)
{
    ref_training_options options = ref_training_defaults(REF_ADAM);
    fast_training_options narrow = narrow_options(&options);
    ref_parameters *list = weight_and_bias(3, 4), *other = weight_and_bias(30, 40);
    fast_parameters *twin = parameters_twin(list), *other_twin = parameters_twin(other);
    ref_training *training = ref_training_alloc(list, &options);
    fast_training *fast = fast_training_alloc(twin, &narrow);
    guarded_context *ample = guarded_alloc(kernels_at(0), 1, 1 << 16);
    guarded_context *small = guarded_alloc(kernels_at(0), 1, fast_gradient_norm_size(twin) - 1);
    CHECK_STATUS(ref_training_step(training, other), GSL_EBADLEN, "other parameters");
    CHECK_STATUS(fast_training_step(fast, other_twin, &ample->context), GSL_EBADLEN, "the same");
    CHECK_STATUS(fast_training_step(fast, twin, &small->context), GSL_ENOMEM, "a byte too few");
    CHECK(training->step == 0 && fast->step == 0, "a refused step counts");
    double norm;
    CHECK_STATUS(fast_gradient_norm(twin, &norm, &small->context), GSL_ENOMEM, "a byte too few");
    CHECK_STATUS(fast_gradient_norm(twin, &norm, &ample->context), GSL_SUCCESS, "enough");
    CHECK(norm == 0.0, "no gradient is %g long", norm);
    guarded_free(ample), guarded_free(small);
    ref_training_free(training), fast_training_free(fast);
    fast_parameters_free(twin), fast_parameters_free(other_twin);
    ref_parameters_free(list), ref_parameters_free(other);
}

static void too_early(void)
{
    ref_training_options options = ref_training_defaults(REF_ADAM);
    fast_training_options narrow = narrow_options(&options);
    ref_parameters *list = ref_parameters_alloc();
    fast_parameters *twin = fast_parameters_alloc();
    CHECK(ref_training_alloc(list, &options) == NULL, "a training of nothing");
    CHECK(strchr(suite_last_error(), ' '), "no sentence");
    CHECK(fast_training_alloc(twin, &narrow) == NULL, "a training of nothing");
    ref_parameters_free(list);
    fast_parameters_free(twin);
    ref_training_free(NULL);
    fast_training_free(NULL);
}

static const test tests[] = {
    {"both refuse the same options, with a sentence", wrong_options},
    {"other parameters and too small a workspace are refused", other_parameters},
    {"a training begins after its parameters are allocated", too_early},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
