#include "reference/parameters.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- Declaring ------------------------------------------------------------------------------- */

ref_parameters *ref_parameters_alloc(void)
{
    ref_parameters *list = calloc(1, sizeof *list);
    if (list == NULL) {
        GSL_ERROR_NULL("no memory for a list of parameters", GSL_ENOMEM);
    }
    return list;
}

void ref_parameters_free(ref_parameters *list)
{
    if (list != NULL) {
        free(list->parameters);
        free(list->values);
        free(list->gradients);
        free(list);
    }
}

static int check_declaration(const ref_parameters *list, const char *name, size_t n_rows,
                             size_t n_cols, ref_initialization initialization)
{
    size_t n, n_all;
    if (list->values != NULL) {
        GSL_ERROR("all parameters must be declared before the list is allocated", GSL_EINVAL);
    }
    if (name[0] == '\0' || strlen(name) >= REF_NAME_SIZE) {
        GSL_ERROR("the name of a parameter must have 1 to 95 bytes", GSL_EINVAL);
    }
    if (ref_parameters_find(list, name) != NULL) {
        GSL_ERROR("no two parameters may have the same name", GSL_EINVAL);
    }
    if (n_rows == 0 || n_cols == 0) {
        GSL_ERROR("a parameter must have at least one row and one column", GSL_EINVAL);
    }
    if (__builtin_mul_overflow(n_rows, n_cols, &n) ||
        __builtin_add_overflow(list->n_numbers, n, &n_all) || n_all > SIZE_MAX / sizeof(double)) {
        GSL_ERROR("there are more numbers than a memory can hold", GSL_EINVAL);
    }
    if (initialization < REF_ZEROS || initialization > REF_EMBEDDING) {
        GSL_ERROR("the initialisation is unknown", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* One more place at the end of the list; the room doubles whenever it is full. */
static int make_room(ref_parameters *list)
{
    size_t n = list->n_parameters;
    bool is_full = (n & (n - 1)) == 0; /* 0 or a power of two */
    if (is_full) {
        size_t room = n > 0 ? 2 * n : 1;
        ref_parameter *longer = realloc(list->parameters, room * sizeof *longer);
        if (longer == NULL) {
            GSL_ERROR("no memory for another parameter", GSL_ENOMEM);
        }
        list->parameters = longer;
    }
    return GSL_SUCCESS;
}

int ref_parameters_declare(ref_parameters *list, const char *name, size_t n_rows, size_t n_cols,
                           bool is_decayed, ref_initialization initialization)
{
    int status = check_declaration(list, name, n_rows, n_cols, initialization);
    if (status == GSL_SUCCESS) {
        status = make_room(list);
    }
    if (status != GSL_SUCCESS) {
        list->status = list->status != GSL_SUCCESS ? list->status : status;
        return status;
    }
    ref_parameter *p = &list->parameters[list->n_parameters++];
    *p = (ref_parameter){.n_rows = n_rows,
                         .n_cols = n_cols,
                         .is_decayed = is_decayed,
                         .initialization = initialization,
                         .offset = list->n_numbers};
    memcpy(p->name, name, strlen(name) + 1);
    list->n_numbers += n_rows * n_cols;
    return GSL_SUCCESS;
}

int ref_parameters_allocate(ref_parameters *list)
{
    if (list->status != GSL_SUCCESS) {
        GSL_ERROR("a parameter could not be declared", list->status);
    }
    if (list->values != NULL || list->n_parameters == 0) {
        GSL_ERROR("a list must have parameters, and be allocated once", GSL_EINVAL);
    }
    double *values = calloc(list->n_numbers, sizeof *values);
    double *gradients = calloc(list->n_numbers, sizeof *gradients);
    if (values == NULL || gradients == NULL) {
        free(values);
        free(gradients);
        GSL_ERROR("no memory for the values and gradients of all parameters", GSL_ENOMEM);
    }
    list->values = values;
    list->gradients = gradients;
    for (size_t i = 0; i < list->n_parameters; i++) {
        ref_parameter *p = &list->parameters[i];
        p->value = gsl_matrix_view_array(values + p->offset, p->n_rows, p->n_cols);
        p->gradient = gsl_matrix_view_array(gradients + p->offset, p->n_rows, p->n_cols);
    }
    return GSL_SUCCESS;
}

/* ---- The first values ------------------------------------------------------------------------ */

// [initialization]
static double variance_of(const ref_parameter *p)
{
    double n_in = (double)p->n_rows, n_out = (double)p->n_cols;
    switch (p->initialization) {
    case REF_GLOROT_UNIFORM:
    case REF_GLOROT_NORMAL:
        return 2.0 / (n_in + n_out);
    case REF_GLOROT_SQUARES:
        return 1.0 / n_in;
    case REF_HE_UNIFORM:
    case REF_HE_NORMAL:
        return 2.0 / n_in;
    default:
        return 1.0 / n_out;
    }
}

/* A uniform number in [-a, a] has the variance a^2 / 3. */
static double first_value(const ref_parameter *p, gsl_rng *rng)
{
    double a = sqrt(3.0 * variance_of(p));
    switch (p->initialization) {
    case REF_ZEROS:
        return 0.0;
    case REF_ONES:
        return 1.0;
    case REF_GLOROT_UNIFORM:
    case REF_GLOROT_SQUARES:
    case REF_HE_UNIFORM:
        return gsl_ran_flat(rng, -a, a);
    default:
        return gsl_ran_gaussian(rng, sqrt(variance_of(p)));
    }
}
// [initialization]

int ref_parameters_initialize(ref_parameters *list, gsl_rng *rng)
{
    if (list->values == NULL) {
        GSL_ERROR("the list must be allocated before it gets values", GSL_EINVAL);
    }
    for (size_t i = 0; i < list->n_parameters; i++) {
        const ref_parameter *p = &list->parameters[i];
        for (size_t n = 0; n < p->n_rows * p->n_cols; n++) {
            list->values[p->offset + n] = first_value(p, rng);
        }
    }
    return GSL_SUCCESS;
}

/* ---- Using ----------------------------------------------------------------------------------- */

ref_parameter *ref_parameters_find(const ref_parameters *list, const char *name)
{
    for (size_t i = 0; i < list->n_parameters; i++) {
        if (strcmp(list->parameters[i].name, name) == 0) {
            return &list->parameters[i];
        }
    }
    return NULL;
}

size_t ref_parameters_count(const ref_parameters *list)
{
    return list->n_numbers;
}

void ref_parameters_zero_gradients(ref_parameters *list)
{
    memset(list->gradients, 0, list->n_numbers * sizeof *list->gradients);
}
