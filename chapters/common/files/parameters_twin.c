/**
 * @file parameters_twin.c
 * From doubles to floats and back, parameter by parameter.
 */
#include "chapters/common/files/parameters_twin.h"
#include <gsl/gsl_errno.h>

static int check_lists(const ref_parameters *wide, const fast_parameters *narrow)
{
    if (wide->n_parameters != narrow->n_parameters) {
        GSL_ERROR("both lists must have the same parameters", GSL_EBADLEN);
    }
    for (size_t i = 0; i < wide->n_parameters; i++) {
        const ref_parameter *p = &wide->parameters[i];
        const fast_parameter *twin = fast_parameters_find(narrow, p->name);
        if (twin == NULL || twin->n_rows != p->n_rows || twin->n_cols != p->n_cols) {
            GSL_ERROR("both lists must have the same parameters", GSL_EBADLEN);
        }
    }
    return GSL_SUCCESS;
}

fast_parameters *parameters_twin(const ref_parameters *list)
{
    fast_parameters *twin = fast_parameters_alloc();
    if (twin == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < list->n_parameters; i++) {
        const ref_parameter *p = &list->parameters[i];
        fast_parameters_declare(twin, p->name, p->n_rows, p->n_cols, p->is_decayed);
    }
    if (fast_parameters_allocate(twin) != GSL_SUCCESS ||
        parameters_narrow(list, twin) != GSL_SUCCESS) {
        fast_parameters_free(twin);
        return NULL;
    }
    return twin;
}

int parameters_narrow(const ref_parameters *from, fast_parameters *to)
{
    int status = check_lists(from, to);
    for (size_t i = 0; status == GSL_SUCCESS && i < from->n_parameters; i++) {
        const ref_parameter *p = &from->parameters[i];
        const fast_parameter *twin = fast_parameters_find(to, p->name);
        for (size_t n = 0; n < p->n_rows * p->n_cols; n++) {
            twin->value.data[n] = (float)from->values[p->offset + n];
            twin->gradient.data[n] = (float)from->gradients[p->offset + n];
        }
    }
    return status;
}

int parameters_widen(const fast_parameters *from, ref_parameters *to)
{
    int status = check_lists(to, from);
    for (size_t i = 0; status == GSL_SUCCESS && i < to->n_parameters; i++) {
        const ref_parameter *p = &to->parameters[i];
        const fast_parameter *twin = fast_parameters_find(from, p->name);
        for (size_t n = 0; n < p->n_rows * p->n_cols; n++) {
            to->values[p->offset + n] = twin->value.data[n];
            to->gradients[p->offset + n] = twin->gradient.data[n];
        }
    }
    return status;
}

fast_training_options training_options_twin(const ref_training_options *options)
{
    return (fast_training_options){
        .optimizer = (fast_optimizer)options->optimizer,
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
        .final_share = options->final_share,
    };
}
