/* oneDNN beyond its matrix product. */
#include "optimized/bench/peer_onednn.h"

#ifdef HAS_ONEDNN

#    include "optimized/bench/message.h"
#    include <dlfcn.h>
#    include <string.h>

void expect_success(dnnl_status_t status, const char *call)
{
    if (status != dnnl_success) {
        stop("oneDNN: %s has failed with status %d", call, (int)status);
    }
}

bool open_onednn(const peer *by, onednn *library)
{
    __typeof__(dnnl_version) *version = NULL;
    *(void **)&version = dlsym(by->library, "dnnl_version");
    if (version == NULL || version()->major != DNNL_VERSION_MAJOR) {
        return false;
    }
#    define FIND(name)                                                                             \
        *(void **)&library->name = dlsym(by->library, "dnnl_" #name);                              \
        if (library->name == NULL) {                                                               \
            return false;                                                                          \
        }
    ONEDNN_FUNCTIONS(FIND)
    expect_success(library->engine_create(&library->engine, dnnl_cpu, 0), "an engine");
    expect_success(
        library->stream_create(&library->stream, library->engine, dnnl_stream_default_flags),
        "a stream");
    return true;
}

void close_onednn(onednn *library)
{
    library->stream_destroy(library->stream);
    library->engine_destroy(library->engine);
}

dnnl_memory_desc_t shape_of(const onednn *library, int n_dims, const dnnl_dim_t *dims,
                            dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t shape;
    expect_success(library->memory_desc_init_by_tag(&shape, n_dims, dims, dnnl_f32, tag),
                   "a shape");
    return shape;
}

dnnl_memory_t alloc_memory(const onednn *library, const dnnl_memory_desc_t *shape)
{
    dnnl_memory_t memory;
    void *data;
    expect_success(library->memory_create(&memory, shape, library->engine, DNNL_MEMORY_ALLOCATE),
                   "memory");
    expect_success(library->memory_get_data_handle(memory, &data), "memory");
    memset(data, 0, library->memory_desc_get_size(shape));
    return memory;
}

void reorder(const onednn *library, dnnl_memory_t from, const dnnl_memory_desc_t *from_shape,
             dnnl_memory_t to, const dnnl_memory_desc_t *to_shape)
{
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    expect_success(library->reorder_primitive_desc_create(&description, from_shape, library->engine,
                                                          to_shape, library->engine, NULL),
                   "a reorder");
    expect_success(library->primitive_create(&primitive, description), "a reorder");
    expect_success(library->primitive_execute(primitive, library->stream, 2, arguments),
                   "a reorder");
    expect_success(library->stream_wait(library->stream), "a reorder");
    library->primitive_destroy(primitive);
    library->primitive_desc_destroy(description);
}

#endif
