#include "tests/support/trainer.h"

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"

fast_training_options narrow_options(const ref_training_options *options)
{
    return (fast_training_options){.optimizer = (fast_optimizer)options->optimizer,
                                   .learning_rate = options->learning_rate,
                                   .momentum = options->momentum,
                                   .beta1 = options->beta1,
                                   .beta2 = options->beta2,
                                   .epsilon = options->epsilon,
                                   .weight_decay = options->weight_decay,
                                   .max_norm = options->max_norm,
                                   .schedule = (fast_schedule)options->schedule,
                                   .n_warmup = options->n_warmup,
                                   .n_steps = options->n_steps,
                                   .final_share = options->final_share};
}

ref_parameters *weight_and_bias(size_t n_rows, size_t n_cols)
{
    ref_parameters *list = ref_parameters_alloc();
    ref_parameters_declare(list, "bias", 1, n_cols, false, REF_ZEROS);
    ref_parameters_declare(list, "weight", n_rows, n_cols, true, REF_GLOROT_UNIFORM);
    CHECK_STATUS(ref_parameters_allocate(list), 0, "ref_parameters_allocate");
    return list;
}

void randomize(ref_parameters *list, gsl_rng *rng)
{
    for (size_t n = 0; n < list->n_numbers; n++) {
        list->values[n] = random_gaussian(rng, 1.0);
        list->gradients[n] = random_gaussian(rng, 1.0);
    }
}

trainer trainer_start(const side *s, ref_parameters *list, const ref_training_options *options)
{
    trainer t = {.side = s, .list = list};
    if (s->kernels == NULL) {
        t.wide = ref_training_alloc(list, options);
    } else {
        fast_training_options narrow = narrow_options(options);
        t.twin = parameters_twin(list);
        t.narrow = fast_training_alloc(t.twin, &narrow);
    }
    return t;
}

int trainer_step(trainer *t)
{
    if (t->wide != NULL) {
        return ref_training_step(t->wide, t->list);
    }
    parameters_narrow(t->list, t->twin);
    guarded_context *tight = guarded_alloc(t->side->kernels, 2, fast_gradient_norm_size(t->twin));
    int status = fast_training_step(t->narrow, t->twin, &tight->context);
    CHECK(guarded_is_intact(tight), "something was written behind the workspace");
    guarded_free(tight);
    parameters_widen(t->twin, t->list);
    return status;
}

double trainer_norm(const trainer *t)
{
    return t->wide != NULL ? t->wide->gradient_norm : t->narrow->gradient_norm;
}

size_t trainer_count(const trainer *t)
{
    return t->wide != NULL ? t->wide->step : t->narrow->step;
}

void trainer_end(trainer *t)
{
    ref_training_free(t->wide);
    fast_training_free(t->narrow);
    fast_parameters_free(t->twin);
}
