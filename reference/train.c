#include "reference/train.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <stdlib.h>

/* ---- Options --------------------------------------------------------------------------------- */

ref_training_options ref_training_defaults(ref_optimizer optimizer)
{
    return (ref_training_options){.optimizer = optimizer,
                                  .learning_rate = optimizer == REF_SGD ? 0.1 : 0.001,
                                  .momentum = 0.9,
                                  .beta1 = 0.9,
                                  .beta2 = 0.999,
                                  .epsilon = 1e-8,
                                  .weight_decay = optimizer == REF_ADAMW ? 0.01 : 0.0,
                                  .max_norm = INFINITY,
                                  .schedule = REF_RATE_CONSTANT};
}

static int check_options(const ref_training_options *o)
{
    bool is_optimizer =
        o->optimizer == REF_SGD || o->optimizer == REF_ADAM || o->optimizer == REF_ADAMW;
    bool has_end = o->schedule == REF_RATE_COSINE || o->schedule == REF_RATE_LINEAR;
    if (!is_optimizer ||
        !(has_end || o->schedule == REF_RATE_CONSTANT || o->schedule == REF_RATE_INVERSE_SQRT)) {
        GSL_ERROR("the optimizer or the schedule is unknown", GSL_EINVAL);
    }
    if (!(o->learning_rate >= 0.0 && isfinite(o->learning_rate))) {
        GSL_ERROR("the learning rate must be finite and not negative", GSL_EINVAL);
    }
    if (!(o->momentum >= 0.0 && o->momentum < 1.0 && o->beta1 >= 0.0 && o->beta1 < 1.0 &&
          o->beta2 >= 0.0 && o->beta2 < 1.0)) {
        GSL_ERROR("momentum, beta1 and beta2 must be at least 0 and below 1", GSL_EINVAL);
    }
    if (!(o->epsilon > 0.0 && isfinite(o->epsilon))) {
        GSL_ERROR("epsilon must be finite and above 0", GSL_EINVAL);
    }
    if (!(o->weight_decay >= 0.0 && isfinite(o->weight_decay))) {
        GSL_ERROR("the weight decay must be finite and not negative", GSL_EINVAL);
    }
    if (!(o->max_norm > 0.0)) {
        GSL_ERROR("the largest norm must be above 0", GSL_EINVAL);
    }
    if (has_end && !(o->n_steps > o->n_warmup && o->final_share >= 0.0 && o->final_share <= 1.0)) {
        GSL_ERROR("a schedule with an end must end after the warm-up, at a share of 0 to 1",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

// [learning-rate]
/* How much of the way from the warm-up to the end is left: from 1 to 0, and 0 ever after. */
static double part_left(const ref_training_options *options, size_t step)
{
    double n_left = step < options->n_steps ? (double)(options->n_steps - step) : 0.0;
    return n_left / (double)(options->n_steps - options->n_warmup);
}

double ref_learning_rate(const ref_training_options *options, size_t step)
{
    double rate = options->learning_rate, share = 1.0;
    if (step < options->n_warmup) {
        return rate * (double)step / (double)options->n_warmup;
    }
    switch (options->schedule) {
    case REF_RATE_CONSTANT:
        return rate;
    case REF_RATE_INVERSE_SQRT:
        return rate * sqrt((double)GSL_MAX(options->n_warmup, 1) / (double)GSL_MAX(step, 1));
    case REF_RATE_COSINE:
        share = 0.5 * (1.0 - cos(M_PI * part_left(options, step)));
        break;
    case REF_RATE_LINEAR:
        share = part_left(options, step);
        break;
    }
    return rate * (options->final_share + (1.0 - options->final_share) * share);
}
// [learning-rate]

/* ---- Begin and end --------------------------------------------------------------------------- */

ref_training *ref_training_alloc(const ref_parameters *parameters,
                                 const ref_training_options *options)
{
    if (parameters->values == NULL) {
        GSL_ERROR_NULL("the parameters must be allocated before a training", GSL_EINVAL);
    }
    if (check_options(options) != GSL_SUCCESS) {
        return NULL;
    }
    ref_training *training = calloc(1, sizeof *training);
    if (training == NULL) {
        GSL_ERROR_NULL("no memory for a training", GSL_ENOMEM);
    }
    training->options = *options;
    training->n_numbers = parameters->n_numbers;
    training->first = calloc(training->n_numbers, sizeof *training->first);
    bool has_second = options->optimizer != REF_SGD;
    if (has_second) {
        training->second = calloc(training->n_numbers, sizeof *training->second);
    }
    if (training->first == NULL || (has_second && training->second == NULL)) {
        ref_training_free(training);
        GSL_ERROR_NULL("no memory for the moments of all parameters", GSL_ENOMEM);
    }
    return training;
}

void ref_training_free(ref_training *training)
{
    if (training != NULL) {
        free(training->first);
        free(training->second);
        free(training);
    }
}

/* ---- One step -------------------------------------------------------------------------------- */

int ref_gradient_norm(const ref_parameters *parameters, double *norm)
{
    gsl_vector_const_view g =
        gsl_vector_const_view_array(parameters->gradients, parameters->n_numbers);
    *norm = gsl_blas_dnrm2(&g.vector);
    if (!isfinite(*norm)) {
        GSL_ERROR("the gradients must be finite: has the loss grown beyond all bounds?", GSL_EDOM);
    }
    return GSL_SUCCESS;
}

// [sgd]
/* u = momentum u + g,  p -= rate u */
static void sgd_update(ref_training *training, size_t n, double g, double *p)
{
    double *u = &training->first[n];
    *u = training->options.momentum * *u + g;
    *p -= training->learning_rate * *u;
}
// [sgd]

// [adam]
/* m and v are running means of g and g^2. Both start at 0, which the divisions make up for. */
static void adam_update(ref_training *training, size_t n, double g, double *p)
{
    const ref_training_options *o = &training->options;
    double *m = &training->first[n], *v = &training->second[n];
    *m = o->beta1 * *m + (1.0 - o->beta1) * g;
    *v = o->beta2 * *v + (1.0 - o->beta2) * g * g;
    double m_hat = *m / (1.0 - pow(o->beta1, (double)training->step));
    double v_hat = *v / (1.0 - pow(o->beta2, (double)training->step));
    *p -= training->learning_rate * m_hat / (sqrt(v_hat) + o->epsilon);
}
// [adam]

// [training-step]
static void update(ref_training *training, const ref_parameter *parameter, double clip)
{
    const ref_training_options *o = &training->options;
    double lambda = parameter->is_decayed ? o->weight_decay : 0.0;
    for (size_t n = 0; n < parameter->n_rows * parameter->n_cols; n++) {
        double *p = &parameter->value.matrix.data[n];
        double g = clip * parameter->gradient.matrix.data[n];
        if (o->optimizer == REF_ADAMW) {
            *p -= training->learning_rate * lambda * *p; /* apart from g: decoupled */
        } else {
            g += lambda * *p;
        }
        if (o->optimizer == REF_SGD) {
            sgd_update(training, parameter->offset + n, g, p);
        } else {
            adam_update(training, parameter->offset + n, g, p);
        }
    }
}

int ref_training_step(ref_training *training, ref_parameters *parameters)
{
    if (training->n_numbers != parameters->n_numbers) {
        GSL_ERROR("the training must have begun with these parameters", GSL_EBADLEN);
    }
    double norm;
    int status = ref_gradient_norm(parameters, &norm);
    if (status != GSL_SUCCESS) {
        return status;
    }
    training->step++;
    training->gradient_norm = norm;
    training->learning_rate = ref_learning_rate(&training->options, training->step);
    double max_norm = training->options.max_norm;
    double clip = norm > max_norm ? max_norm / norm : 1.0;
    for (size_t i = 0; i < parameters->n_parameters; i++) {
        update(training, &parameters->parameters[i], clip);
    }
    return GSL_SUCCESS;
}
// [training-step]
