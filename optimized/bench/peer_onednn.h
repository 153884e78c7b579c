/**
 * @file peer_onednn.h
 * oneDNN beyond its matrix product: its functions, found at run time, and memory in the layouts
 * that it asks for. Without its header there is nothing here. For peer_recurrent.c only.
 */
#ifndef OPTIMIZED_BENCH_PEER_ONEDNN_H
#define OPTIMIZED_BENCH_PEER_ONEDNN_H

#include "optimized/bench/peers.h"

#if __has_include(<dnnl.h>)
#    include <dnnl.h>
#    if DNNL_VERSION_MAJOR == 2 /* before and after, the interface is another one */
#        define HAS_ONEDNN
#    endif
#endif

#ifdef HAS_ONEDNN

/** What is used of it. */
#    define ONEDNN_FUNCTIONS(FOR_EACH)                                                             \
        FOR_EACH(engine_create)                                                                    \
        FOR_EACH(engine_destroy)                                                                   \
        FOR_EACH(stream_create)                                                                    \
        FOR_EACH(stream_wait)                                                                      \
        FOR_EACH(stream_destroy)                                                                   \
        FOR_EACH(memory_desc_init_by_tag)                                                          \
        FOR_EACH(memory_create)                                                                    \
        FOR_EACH(memory_get_data_handle)                                                           \
        FOR_EACH(memory_desc_get_size)                                                             \
        FOR_EACH(memory_destroy)                                                                   \
        FOR_EACH(primitive_desc_create)                                                            \
        FOR_EACH(primitive_desc_query_md)                                                          \
        FOR_EACH(primitive_desc_destroy)                                                           \
        FOR_EACH(primitive_create)                                                                 \
        FOR_EACH(primitive_execute)                                                                \
        FOR_EACH(primitive_destroy)                                                                \
        FOR_EACH(reorder_primitive_desc_create)                                                    \
        FOR_EACH(lstm_forward_desc_init)                                                           \
        FOR_EACH(lstm_backward_desc_init)                                                          \
        FOR_EACH(lbr_gru_forward_desc_init)                                                        \
        FOR_EACH(lbr_gru_backward_desc_init)

#    define ONEDNN_FUNCTION(name) __typeof__(dnnl_##name) *name;

/** The library, and a stream of work for the processor. */
typedef struct {
    ONEDNN_FUNCTIONS(ONEDNN_FUNCTION)
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} onednn;

/** Finds the functions; false if one is missing. */
bool open_onednn(const peer *by, onednn *library);

/** Gives the engine back. */
void close_onednn(onednn *library);

/** Ends the program if a call has failed. */
void expect_success(dnnl_status_t status, const char *call);

/** A shape of n_dims axes, stored as tag says. */
dnnl_memory_desc_t shape_of(const onednn *library, int n_dims, const dnnl_dim_t *dims,
                            dnnl_format_tag_t tag);

/** Memory of a shape, all 0. */
dnnl_memory_t alloc_memory(const onednn *library, const dnnl_memory_desc_t *shape);

/** The numbers go from one memory to another, whatever the layouts of the two. */
void reorder(const onednn *library, dnnl_memory_t from, const dnnl_memory_desc_t *from_shape,
             dnnl_memory_t to, const dnnl_memory_desc_t *to_shape);

#endif

#endif
