#include "exercises/checker/counted.h"

#include <stddef.h>
#include <string.h>

extern char __bss_start[], _end[];

/* Right and slow. */
static void __attribute__((unused))
honest(counted_matrix q, counted_matrix k, counted_matrix scores)
{
    for (size_t i = 0; i < counted_rows(q); i++) {
        for (size_t j = 0; j < counted_rows(k); j++) {
            double sum = 0.0;
            for (size_t c = 0; c < counted_cols(q); c++) {
                sum += counted_get(q, i, c) * counted_get(k, j, c);
            }
            counted_set(scores, i, j, sum);
        }
    }
}
