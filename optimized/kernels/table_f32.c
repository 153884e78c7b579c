/* The table of one instruction set, put together from what its topics compiled. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/vector.h"

#define QUOTE_NAME(name)  #name
#define QUOTE_VALUE(name) QUOTE_NAME(name)

extern const fast_transpose_kernels FOR_ISA(fast_transpose_kernels);
extern const fast_softmax_kernels FOR_ISA(fast_softmax_kernels);
extern const fast_product_kernels FOR_ISA(fast_product_kernels);
extern const fast_matmul_kernels FOR_ISA(fast_matmul_kernels);
extern const fast_reweighting_kernels FOR_ISA(fast_reweighting_kernels);
extern const fast_attention_kernels FOR_ISA(fast_attention_kernels);
extern const fast_additive_kernels FOR_ISA(fast_additive_kernels);
extern const fast_peak_kernels FOR_ISA(fast_peak_kernels);
extern const fast_recurrent_kernels FOR_ISA(fast_recurrent_kernels);
extern const fast_row_kernels FOR_ISA(fast_row_kernels);
extern const fast_dropout_kernels FOR_ISA(fast_dropout_kernels);
extern const fast_loss_kernels FOR_ISA(fast_loss_kernels);
extern const fast_layer_norm_kernels FOR_ISA(fast_layer_norm_kernels);
extern const fast_feed_forward_kernels FOR_ISA(fast_feed_forward_kernels);
extern const fast_train_kernels FOR_ISA(fast_train_kernels);

extern const fast_kernels FOR_ISA(fast_kernels);
const fast_kernels FOR_ISA(fast_kernels) = {
    .name = QUOTE_VALUE(ISA),
    .lanes = LANES,
    .tile_rows = TILE_ROWS,
    .tile_vectors = TILE_VECTORS,
    .transpose = &FOR_ISA(fast_transpose_kernels),
    .softmax = &FOR_ISA(fast_softmax_kernels),
    .product = &FOR_ISA(fast_product_kernels),
    .matmul = &FOR_ISA(fast_matmul_kernels),
    .reweighting = &FOR_ISA(fast_reweighting_kernels),
    .attention = &FOR_ISA(fast_attention_kernels),
    .additive = &FOR_ISA(fast_additive_kernels),
    .peak = &FOR_ISA(fast_peak_kernels),
    .row = &FOR_ISA(fast_row_kernels),
    .dropout = &FOR_ISA(fast_dropout_kernels),
    .loss = &FOR_ISA(fast_loss_kernels),
    .layer_norm = &FOR_ISA(fast_layer_norm_kernels),
    .feed_forward = &FOR_ISA(fast_feed_forward_kernels),
    .train = &FOR_ISA(fast_train_kernels),
    .recurrent = &FOR_ISA(fast_recurrent_kernels),
};
