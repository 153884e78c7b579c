/* A program outside of the course: causal attention of 1000 words with 8 heads of 64 columns.
 *
 *     make install PREFIX=$HOME/.local
 *     export PKG_CONFIG_PATH=$HOME/.local/lib/pkgconfig
 *     cc docs/examples/mine.c $(pkg-config --cflags --libs attention_optimized) -o mine
 */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <optimized/attention.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_HEADS = 8, N = 1000, D = 64, SIZE = N_HEADS * N * D };

/* Queries, keys and values that somebody has made. */
static float *random_numbers(void)
{
    float *numbers = malloc(SIZE * sizeof *numbers);
    for (size_t i = 0; numbers != NULL && i < SIZE; i++) {
        numbers[i] = (float)rand() / (float)RAND_MAX - 0.5f;
    }
    return numbers;
}

int main(void)
{
    float *q = random_numbers(), *k = random_numbers(), *v = random_numbers();
    float *y = malloc(SIZE * sizeof *y), *l = malloc(N_HEADS * N * sizeof *l);
    if (q == NULL || k == NULL || v == NULL || y == NULL || l == NULL) {
        return 1;
    }

    // [call]
    /* A view says how floats lie in memory; nothing is copied. One batch, 8 heads. */
    fast_view queries = fast_view_tensor(q, 1, N_HEADS, N, D);
    fast_view keys = fast_view_tensor(k, 1, N_HEADS, N, D);
    fast_view values = fast_view_tensor(v, 1, N_HEADS, N, D);
    fast_view output = fast_view_tensor(y, 1, N_HEADS, N, D);
    fast_view log_sum_exp = fast_view_tensor(l, 1, N_HEADS, 1, N);

    /* Ask for the size of the scratch memory, get it once, and use it in every call. */
    fast_context context = {.kernels = fast_kernels_best(), .n_threads = 4};
    size_t n_bytes = fast_attention_forward_size(&queries, &keys, &values, &context);
    context.workspace = fast_workspace_alloc(n_bytes);

    gsl_set_error_handler_off(); /* else a wrong argument ends the program */
    int status =
        fast_attention_forward(&queries, &keys, &values, FAST_DOT, 1.0f / sqrtf(D),
                               &(fast_mask){.causal = true}, &log_sum_exp, &output, &context);
    // [call]

    printf("%s; the first word sees itself only: %d\n", gsl_strerror(status), y[0] == v[0]);
    fast_workspace_free(context.workspace);
    free(l);
    free(y);
    free(v);
    free(k);
    free(q);
    return status != GSL_SUCCESS;
}
