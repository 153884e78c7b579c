/* The list of what is measured, and in which order. */
#include "optimized/bench/work.h"

/* n_batch, n_heads, n_q, n_k, d_k, d_v, causal */
#define HEADS(h, n, d, causal)                                                                     \
    {                                                                                              \
        1, h, n, n, d, d, causal                                                                   \
    }
#define PRODUCT(m, n, p)                                                                           \
    {                                                                                              \
        1, 1, m, n, p, 0, false                                                                    \
    }

const bench_case bench_cases[] = {
    {&softmax_forward_work, {1, 1, 1024, 1024, 0, 0, false}, true, false},
    {&softmax_backward_work, {1, 1, 1024, 1024, 0, 0, false}, true, false},

    {&matmul_work, PRODUCT(256, 256, 256), true, false},
    {&matmul_work, PRODUCT(512, 512, 512), true, false},
    {&matmul_work, PRODUCT(1024, 1024, 1024), false, false},
    {&matmul_work, PRODUCT(1000, 1000, 1000), false, false},
    {&matmul_work, PRODUCT(2048, 2048, 2048), false, false},
    {&matmul_transposed_b_work, PRODUCT(1024, 1024, 1024), false, false},
    {&matmul_transposed_a_work, PRODUCT(1024, 1024, 1024), false, false},
    {&matmul_transposed_b_work, PRODUCT(512, 512, 64), true, false},
    {&matmul_work, PRODUCT(512, 64, 512), true, false},
    {&matmul_transposed_a_work, PRODUCT(512, 64, 512), true, false},
    {&matmul_transposed_b_work, PRODUCT(2048, 2048, 64), false, false},
    {&matmul_work, PRODUCT(2048, 64, 2048), false, false},
    {&matmul_transposed_a_work, PRODUCT(2048, 64, 2048), false, false},

    {&dot_reweighting_work, HEADS(1, 512, 64, false), true, false},
    {&reassociated_work, HEADS(1, 512, 64, false), true, false},
    {&dot_reweighting_work, HEADS(1, 2048, 64, false), false, false},
    {&reassociated_work, HEADS(1, 2048, 64, false), false, false},
    {&dot_reweighting_work, HEADS(1, 8192, 64, false), false, false},
    {&reassociated_work, HEADS(1, 8192, 64, false), false, false},

    {&regression_forward_work, {1, 1, 1024, 1024, 1, 1, false}, true, false},
    {&regression_forward_work, {1, 1, 1024, 1024, 1, 64, false}, false, false},
    {&regression_backward_work, {1, 1, 1024, 1024, 1, 1, false}, true, false},

    {&attention_forward_work, HEADS(12, 128, 64, false), true, false},
    {&attention_forward_work, HEADS(8, 512, 64, false), true, false},
    {&attention_forward_work, HEADS(8, 1024, 64, false), true, false},
    {&attention_forward_work, HEADS(8, 2048, 64, false), false, false},
    {&attention_forward_work, HEADS(8, 4096, 64, false), false, false},
    {&attention_forward_work, HEADS(1, 512, 64, false), false, false},
    {&attention_forward_work, HEADS(1, 1024, 64, false), false, false},
    {&attention_forward_work, HEADS(1, 2048, 64, false), false, false},
    {&attention_forward_work, HEADS(1, 4096, 64, false), false, false},
    {&attention_forward_work, HEADS(8, 1024, 128, false), false, false},
    {&attention_forward_work, HEADS(1, 65536, 64, false), false, true},

    {&attention_forward_work, HEADS(12, 128, 64, true), true, false},
    {&attention_forward_work, HEADS(8, 512, 64, true), true, false},
    {&attention_forward_work, HEADS(8, 1024, 64, true), true, false},
    {&attention_forward_work, HEADS(8, 2048, 64, true), false, false},
    {&attention_forward_work, HEADS(8, 4096, 64, true), false, false},
    {&attention_forward_work, HEADS(1, 1024, 64, true), false, false},
    {&attention_forward_work, HEADS(1, 4096, 64, true), false, false},
    {&attention_forward_work, HEADS(8, 1024, 128, true), false, false},

    {&attention_backward_work, HEADS(12, 128, 64, false), true, false},
    {&attention_backward_work, HEADS(8, 512, 64, false), true, false},
    {&attention_backward_work, HEADS(8, 1024, 64, false), false, false},
    {&attention_backward_work, HEADS(8, 2048, 64, false), false, false},
    {&attention_backward_work, HEADS(1, 1024, 64, false), false, false},
    {&attention_backward_work, HEADS(1, 4096, 64, false), false, false},
    {&attention_backward_work, HEADS(8, 1024, 128, false), false, false},

    {&attention_backward_work, HEADS(12, 128, 64, true), true, false},
    {&attention_backward_work, HEADS(8, 512, 64, true), true, false},
    {&attention_backward_work, HEADS(8, 1024, 64, true), false, false},
    {&attention_backward_work, HEADS(8, 2048, 64, true), false, false},
    {&attention_backward_work, HEADS(1, 4096, 64, true), false, false},
    {&attention_backward_work, HEADS(8, 1024, 128, true), false, false},
};
const size_t n_bench_cases = sizeof bench_cases / sizeof bench_cases[0];
