#include "chapters/common/words/running_example.h"

#include "chapters/common/program/program.h"

gsl_matrix *example_matrix(void)
{
    gsl_matrix_const_view x =
        gsl_matrix_const_view_array(&example_x[0][0], EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    gsl_matrix *copy = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    gsl_matrix_memcpy(copy, &x.matrix);
    return copy;
}
