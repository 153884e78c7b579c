/* The last rung: optimized/attention.c, called as any program would call it. */
#include "optimized/attention.h"
#include "optimized/stages/stages.h"

#include <math.h>

/* The four matrices of a stage as views. The library only reads the first three. */
typedef struct {
    fast_view q, k, v, output;
} views;

static views views_of(size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                      const float *v, float *output)
{
    return (views){
        fast_view_matrix((float *)q, n_q, d),
        fast_view_matrix((float *)k, n_k, d),
        fast_view_matrix((float *)v, n_k, d),
        fast_view_matrix(output, n_q, d),
    };
}

/* The scratch holds log_sum_exp, then the library's workspace. */
static size_t size_on(int n_threads, size_t n_q, size_t n_k, size_t d)
{
    views x = views_of(n_q, n_k, d, NULL, NULL, NULL, NULL);
    fast_context context = {fast_kernels_best(), n_threads, NULL};
    return fast_size_sum(fast_piece_size(n_q, sizeof(float)),
                         fast_attention_forward_size(&x.q, &x.k, &x.v, &context));
}

static void run_on(int n_threads, size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                   const float *v, float *output, void *scratch)
{
    views x = views_of(n_q, n_k, d, q, k, v, output);
    fast_workspace workspace = {scratch, size_on(n_threads, n_q, n_k, d), 0};
    float *sums = fast_workspace_take(&workspace, n_q * sizeof *sums);
    fast_view log_sum_exp = fast_view_matrix(sums, 1, n_q);
    fast_context context = {fast_kernels_best(), n_threads, &workspace};
    fast_attention_forward(&x.q, &x.k, &x.v, FAST_DOT, 1.0f / sqrtf((float)d), NULL, &log_sum_exp,
                           &x.output, &context);
}

size_t stage_final_size(size_t n_q, size_t n_k, size_t d)
{
    return size_on(1, n_q, n_k, d);
}

void stage_final(size_t n_q, size_t n_k, size_t d, const float *q, const float *k, const float *v,
                 float *output, void *scratch)
{
    run_on(1, n_q, n_k, d, q, k, v, output, scratch);
}

size_t stage_final_threads_size(size_t n_q, size_t n_k, size_t d)
{
    return size_on(stage_threads(), n_q, n_k, d);
}

void stage_final_threads(size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                         const float *v, float *output, void *scratch)
{
    run_on(stage_threads(), n_q, n_k, d, q, k, v, output, scratch);
}
