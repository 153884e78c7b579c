/* Training of the look-up, by either side. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"

ref_parameters *lookup_parameters(bool is_tied)
{
    // [lookup-parameters]
    ref_parameters *list = ref_parameters_alloc();
    ref_parameters_declare(list, "query.weight", D_RECORD, D_K, true, REF_GLOROT_UNIFORM);
    if (!is_tied) {
        ref_parameters_declare(list, "key.weight", D_RECORD, D_K, true, REF_GLOROT_UNIFORM);
    }
    ref_parameters_declare(list, "value.weight", D_RECORD, D_V, true, REF_GLOROT_UNIFORM);
    program_check(ref_parameters_allocate(list));
    // [lookup-parameters]
    return list;
}

learner learner_new(const party *of, int implementation, bool is_tied,
                    const ref_training_options *options, double scale, gsl_rng *generator)
{
    learner new = {.implementation = implementation,
                   .list = lookup_parameters(is_tied),
                   .logits = program_matrix(MAX_MEMORIES * N_GUESTS, N_CARDS)};
    program_check(ref_parameters_initialize(new.list, generator));
    for (size_t i = 0; i < new.list->n_numbers; i++) {
        new.list->values[i] *= scale;
    }
    new.reference = lookup_reference_alloc(of, new.list);
    if (implementation == SIDE_REFERENCE) {
        new.training = ref_training_alloc(new.list, options);
    } else {
        fast_training_options narrowed = training_options_twin(options);
        new.fast_list = parameters_twin(new.list);
        new.fast_training = new.fast_list ? fast_training_alloc(new.fast_list, &narrowed) : NULL;
        new.optimized = lookup_optimized_alloc(of, new.fast_list, MAX_MEMORIES);
    }
    if (!new.training && !new.fast_training) {
        program_fail("%s", program_last_error());
    }
    return new;
}

void learner_free(learner *of)
{
    lookup_reference_free(of->reference);
    lookup_optimized_free(of->optimized);
    ref_training_free(of->training);
    fast_training_free(of->fast_training);
    ref_parameters_free(of->list);
    fast_parameters_free(of->fast_list);
    gsl_matrix_free(of->logits);
}

double learner_step(learner *of, const memories *all)
{
    double loss;
    if (of->implementation == SIDE_REFERENCE) {
        // [learner-step]
        ref_parameters_zero_gradients(of->list);
        loss = lookup_reference_pass(of->reference, all, true, of->logits);
        program_check(ref_training_step(of->training, of->list));
        // [learner-step]
    } else {
        fast_parameters_zero_gradients(of->fast_list);
        loss = lookup_optimized_pass(of->optimized, all, true, of->logits);
        program_check(fast_training_step(of->fast_training, of->fast_list,
                                         lookup_optimized_context(of->optimized)));
    }
    return loss;
}

double learner_accuracy(learner *of, const memories *all)
{
    if (of->implementation == SIDE_REFERENCE) {
        lookup_reference_pass(of->reference, all, false, of->logits);
    } else {
        lookup_optimized_pass(of->optimized, all, false, of->logits);
    }
    return share_right(of->logits, all);
}

void learner_weights(learner *of, const memories *one, gsl_matrix *weights)
{
    if (of->implementation == SIDE_OPTIMIZED) {
        program_check(parameters_widen(of->fast_list, of->list));
    }
    memories first = *one;
    first.n = 1;
    lookup_reference_pass(of->reference, &first, false, of->logits);
    gsl_matrix_memcpy(weights, lookup_reference_weights(of->reference));
}
