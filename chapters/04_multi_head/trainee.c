/* Parameters that either side trains. */
#include "chapters/04_multi_head/trainee.h"

#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include "chapters/common/tagger/tagger_model.h"

trainee trainee_new(ref_parameters *list, int implementation, const ref_training_options *options)
{
    trainee of = {.list = list};
    if (implementation == TAGGER_REFERENCE) {
        of.training = ref_training_alloc(list, options);
    } else {
        fast_training_options twin = training_options_twin(options);
        of.twin = parameters_twin(list);
        of.fast_training = of.twin != NULL ? fast_training_alloc(of.twin, &twin) : NULL;
    }
    if (of.training == NULL && of.fast_training == NULL) {
        program_fail("the training cannot begin: %s", program_last_error());
    }
    return of;
}

void trainee_free(trainee *of)
{
    ref_training_free(of->training);
    fast_training_free(of->fast_training);
    fast_parameters_free(of->twin);
    ref_parameters_free(of->list);
}

void trainee_zero_gradients(trainee *of)
{
    if (of->twin != NULL) {
        fast_parameters_zero_gradients(of->twin);
    } else {
        ref_parameters_zero_gradients(of->list);
    }
}

void trainee_step(trainee *of, fast_context *context)
{
    program_check(of->twin != NULL ? fast_training_step(of->fast_training, of->twin, context)
                                   : ref_training_step(of->training, of->list));
}

void trainee_widen(trainee *of)
{
    if (of->twin != NULL) {
        program_check(parameters_widen(of->twin, of->list));
    }
}

void trainee_narrow(trainee *of)
{
    if (of->twin != NULL) {
        program_check(parameters_narrow(of->list, of->twin));
    }
}
