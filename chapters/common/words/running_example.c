#include "chapters/common/words/running_example.h"

#include "chapters/common/program/program.h"

gsl_matrix *example_matrix(void)
{
    return program_matrix_of(&example_x[0][0], EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
}
