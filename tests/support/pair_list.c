#include "tests/support/pair_list.h"

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/matrices.h"

static void copy_values(const ref_parameter *p, twin *t)
{
    gsl_matrix_view wide = twin_matrix(t, 0, 0);
    gsl_matrix_memcpy(&wide.matrix, &p->value.matrix);
    twin_round(t);
}

void pair_list(pair_case *c, ref_parameters *list, double factor)
{
    for (size_t n = 0; n < list->n_parameters; n++) {
        ref_parameter *p = &list->parameters[n];
        if (p->is_decayed) {
            gsl_matrix_scale(&p->value.matrix, factor);
        }
        copy_values(p, pair_parameter(c, p->n_rows, p->n_cols, 0.0));
        pair_output_parameter(c, p->name, p->n_rows, p->n_cols, 1.0);
    }
}

fast_parameters *pair_narrow_list(pair_case *c, const ref_parameters *list)
{
    fast_parameters *narrow = parameters_twin(list);
    for (size_t n = 0; n < list->n_parameters; n++) {
        narrow->parameters[n].value = c->inputs[n].view;
        narrow->parameters[n].gradient = c->outputs[n].t.view;
    }
    return narrow;
}

void pair_start_gradients(const pair_case *c, ref_parameters *list)
{
    for (size_t n = 0; n < list->n_parameters; n++) {
        gsl_matrix_memcpy(&list->parameters[n].gradient.matrix, pair_start(&c->outputs[n]));
    }
}

void pair_check_gradients(const pair_case *c, const ref_parameters *list)
{
    for (size_t n = 0; n < list->n_parameters; n++) {
        gsl_matrix_view expected = pair_tall(&c->outputs[n].t);
        const gsl_matrix *actual = &list->parameters[n].gradient.matrix;
        check_close(&expected.matrix, actual, 1e-6 * largest_entry(actual),
                    "%s: the rules for the gradient of %s", c->catches, c->outputs[n].name);
    }
}
