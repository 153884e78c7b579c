/* The step of a training with Adam, where nothing decays and beta and epsilon are the usual ones.
 * The course's own serves all other trainings. */

#include "reference/train.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>

int course_training_step(ref_training *training, ref_parameters *parameters);
int adam_step(size_t step, double rate, const gsl_vector *gradient, gsl_vector *first,
              gsl_vector *second, gsl_vector *theta);

static bool is_plain_adam(const ref_training_options *o)
{
    ref_training_options usual = ref_training_defaults(REF_ADAM);
    return o->optimizer == REF_ADAM && o->weight_decay == 0.0 && o->beta1 == usual.beta1 &&
           o->beta2 == usual.beta2 && o->epsilon == usual.epsilon;
}

int ref_training_step(ref_training *training, ref_parameters *parameters)
{
    double norm;
    if (!is_plain_adam(&training->options) || ref_gradient_norm(parameters, &norm) != GSL_SUCCESS) {
        return course_training_step(training, parameters);
    }
    size_t n = training->n_numbers;
    training->step++;
    training->gradient_norm = norm;
    training->learning_rate = ref_learning_rate(&training->options, training->step);
    gsl_vector_view first = gsl_vector_view_array(training->first, n);
    gsl_vector_view second = gsl_vector_view_array(training->second, n);
    gsl_vector_view theta = gsl_vector_view_array(parameters->values, n);
    gsl_vector_const_view given = gsl_vector_const_view_array(parameters->gradients, n);
    gsl_vector *gradient = gsl_vector_alloc(n);
    gsl_vector_memcpy(gradient, &given.vector);
    if (norm > training->options.max_norm) {
        gsl_vector_scale(gradient, training->options.max_norm / norm);
    }
    int status = adam_step(training->step, training->learning_rate, gradient, &first.vector,
                           &second.vector, &theta.vector);
    gsl_vector_free(gradient);
    return status;
}
