/* The list of what is measured, and in which order. */
#include "optimized/bench/work.h"
#include "optimized/bench/work_training_parts.h"

/* n_batch, n_heads, n_q, n_k, d_k, d_v, causal */
#define HEADS(h, n, d, causal)                                                                     \
    {                                                                                              \
        1, h, n, n, d, d, causal                                                                   \
    }
#define PRODUCT(m, n, p)                                                                           \
    {                                                                                              \
        1, 1, m, n, p, 0, false                                                                    \
    }

/* So many rows, columns in and columns out. */
#define ROWS(n_rows, n_in, n_out)                                                                  \
    {                                                                                              \
        1, 1, n_rows, n_rows, n_in, n_out, false                                                   \
    }

/* So many batches of so many tokens. */
#define BATCHES(n_batches, n_tokens, d_model)                                                      \
    {                                                                                              \
        n_batches, 4, n_tokens, n_tokens, (d_model) / 4, (d_model) / 4, false                      \
    }

/* All parts of a training step. */
#define PART(part, d_model, is_quick)                                                              \
    {                                                                                              \
        &training_part_works[part], BATCHES(3, 1024, d_model), is_quick, false                     \
    }
#define PARTS(d_model, is_quick)                                                                   \
    PART(PART_NORM_FORWARD, d_model, is_quick), PART(PART_QKV_FORWARD, d_model, is_quick),         \
        PART(PART_ATTENTION_FORWARD, d_model, is_quick),                                           \
        PART(PART_OUTPUT_FORWARD, d_model, is_quick),                                              \
        PART(PART_DROPOUT_FORWARD, d_model, is_quick),                                             \
        PART(PART_FEED_FORWARD_FORWARD, d_model, is_quick),                                        \
        PART(PART_CLASSES_FORWARD, d_model, is_quick), PART(PART_LOSS_FORWARD, d_model, is_quick), \
        PART(PART_LOSS_BACKWARD, d_model, is_quick),                                               \
        PART(PART_CLASSES_BACKWARD, d_model, is_quick),                                            \
        PART(PART_FEED_FORWARD_BACKWARD, d_model, is_quick),                                       \
        PART(PART_DROPOUT_BACKWARD, d_model, is_quick),                                            \
        PART(PART_OUTPUT_BACKWARD, d_model, is_quick),                                             \
        PART(PART_ATTENTION_BACKWARD, d_model, is_quick),                                          \
        PART(PART_QKV_BACKWARD, d_model, is_quick), PART(PART_NORM_BACKWARD, d_model, is_quick),   \
        PART(PART_GRADIENT_NORM, d_model, is_quick), PART(PART_STEP, d_model, is_quick)

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

    {&gru_work, {64, 1, 20, 20, 256, 256, false}, true, false},
    {&gru_work, {64, 1, 20, 20, 512, 512, false}, false, false},
    {&lstm_work, {64, 1, 20, 20, 256, 256, false}, true, false},
    {&lstm_work, {64, 1, 20, 20, 512, 512, false}, false, false},

    {&additive_scores_forward_work, {64, 1, 20, 20, 256, 16, false}, true, false},
    {&additive_scores_forward_work, {64, 1, 1, 20, 256, 16, false}, true, false},
    {&additive_scores_forward_work, {1, 1, 512, 512, 256, 16, false}, false, false},
    {&additive_scores_backward_work, {64, 1, 20, 20, 256, 16, false}, true, false},
    {&additive_scores_backward_work, {64, 1, 1, 20, 256, 16, false}, true, false},
    {&additive_scores_backward_work, {1, 1, 512, 512, 256, 16, false}, false, false},
    {&additive_forward_work, {64, 1, 20, 20, 256, 256, false}, true, false},
    {&additive_forward_work, {64, 1, 1, 20, 256, 256, false}, false, false},
    {&additive_forward_work, {8, 1, 128, 128, 256, 512, false}, false, false},
    {&additive_backward_work, {64, 1, 20, 20, 256, 256, false}, true, false},
    {&additive_backward_work, {64, 1, 1, 20, 256, 256, false}, false, false},
    {&additive_backward_work, {8, 1, 128, 128, 256, 512, false}, false, false},
    {&multiplicative_work, {64, 1, 20, 20, 256, 512, false}, true, false},
    {&multiplicative_work, {64, 1, 1, 20, 256, 512, false}, false, false},

    {&dense_works[PROJECTION_FORWARD], ROWS(1024, 256, 256), true, false},
    {&dense_works[PROJECTION_BACKWARD], ROWS(1024, 256, 256), true, false},
    {&dense_works[FEED_FORWARD_FORWARD], ROWS(1024, 256, 512), true, false},
    {&dense_works[FEED_FORWARD_BACKWARD], ROWS(1024, 256, 512), true, false},
    {&dense_works[LAYER_NORM_FORWARD], ROWS(1024, 256, 1), true, false},
    {&dense_works[LAYER_NORM_BACKWARD], ROWS(1024, 256, 1), true, false},
    {&dense_works[EMBEDDING_FORWARD], ROWS(1024, 256, 8192), true, false},
    {&dense_works[EMBEDDING_BACKWARD], ROWS(1024, 256, 8192), true, false},
    {&dense_works[CROSS_ENTROPY_FORWARD], ROWS(1024, 1, 1024), true, false},
    {&dense_works[CROSS_ENTROPY_BACKWARD], ROWS(1024, 1, 1024), true, false},

    {&training_step_work, BATCHES(3, 1024, 128), false, false},
    {&training_step_work, BATCHES(3, 1024, 256), false, false},
    {&training_step_work, BATCHES(3, 1024, 512), false, false},
    {&training_step_work, BATCHES(3, 4096, 128), false, false},
    {&training_step_work, BATCHES(3, 4096, 512), false, false},
    {&translation_general_work, {64, 1, 10, 12, 128, 256, false}, false, false},
    {&translation_additive_work, {64, 1, 10, 12, 128, 256, false}, false, false},
    {&translation_feeding_work, {64, 1, 10, 12, 128, 256, false}, false, false},
    PARTS(128, false),
    PARTS(256, false),
    PARTS(512, false),
};
const size_t n_bench_cases = sizeof bench_cases / sizeof bench_cases[0];
