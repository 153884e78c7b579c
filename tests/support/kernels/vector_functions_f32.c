/* Compiled once for each instruction set, as the kernels are. */
#include "optimized/kernels/vector.h"
#include "tests/support/kernels/vector_functions.h"

#define ON_EACH_VECTOR(name)                                                                       \
    static void each_##name(const float *x, float *y, size_t n)                                    \
    {                                                                                              \
        for (size_t i = 0; i < n; i += LANES) {                                                    \
            vec_store(y + i, vec_##name(vec_load(x + i)));                                         \
        }                                                                                          \
    }

ON_EACH_VECTOR(exp)
ON_EACH_VECTOR(exp2)
ON_EACH_VECTOR(log)
ON_EACH_VECTOR(sigmoid)
ON_EACH_VECTOR(tanh)

#define QUOTE_NAME(name)  #name
#define QUOTE_VALUE(name) QUOTE_NAME(name)

extern const vector_functions FOR_ISA(vector_functions);
const vector_functions FOR_ISA(vector_functions) = {QUOTE_VALUE(ISA), each_exp,     each_exp2,
                                                    each_log,         each_sigmoid, each_tanh};
