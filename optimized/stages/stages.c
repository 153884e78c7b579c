/* The ladder as a table. */
#include "optimized/stages/stages.h"

// [table]
const stage stages[] = {
    {"0", "the loops of a textbook, double", "", stage0_naive, stage0_size, STAGE_BASIC},
    {"1", "float32", "0", stage1_float, stage1_size, STAGE_BASIC},
    {"2", "loops along rows", "1", stage2_loop_order, stage2_size, STAGE_BASIC},
    {"3", "tiles that fit in the cache", "2", stage3_blocked, stage3_size, STAGE_BASIC},
    {"4", "online softmax: no n x n", "3", stage4_online, stage4_size, STAGE_BASIC},
    {"5", "a tile of sums, plain C", "4", stage5_registers, stage_block_size, STAGE_BASIC},
    {"6", "the vectors spelled out", "5", stage6_vectors, stage_block_size, STAGE_BASIC},
    {"7", "exp of whole vectors", "6", stage7_vector_exp_portable, stage_block_size, STAGE_BASIC},
    {"7a", "vectors longer than registers", "7", stage7_vector_exp_overlong, stage_block_size,
     STAGE_BASIC},
    {"8", "wider registers", "7", stage8_wide, stage_block_size, STAGE_WIDE},
    {"9", "threads", "8", stage9_threads, stage9_size, STAGE_SHARED},
    {"one", "optimized/attention.c, 1 thread", "8", stage_final, stage_final_size, STAGE_WIDE},
    {"all", "optimized/attention.c, all threads", "9", stage_final_threads,
     stage_final_threads_size, STAGE_SHARED},
};
// [table]

const size_t n_stages = sizeof stages / sizeof stages[0];
