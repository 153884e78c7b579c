/* Libraries that are made for speed. */
#include "optimized/bench/peers.h"
#include "optimized/bench/message.h"
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

/* The two ways to ask for a product. The numbers are those of the CBLAS. */
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };
typedef void cblas_function(int order, int transpose_a, int transpose_b, int m, int n, int k,
                            float alpha, const float *a, int lda, const float *b, int ldb,
                            float beta, float *c, int ldc);
typedef int onednn_function(char transpose_a, char transpose_b, int64_t m, int64_t n, int64_t k,
                            float alpha, const float *a, int64_t lda, const float *b, int64_t ldb,
                            float beta, float *c, int64_t ldc);

void name_machine_for_openblas(void)
{
#if defined(__x86_64__)
    /* OpenBLAS 0.3.21 takes machines that are newer than itself for much older ones. What the shell
       says does not count: a peer slowed down by it would flatter us. */
    if (__builtin_cpu_supports("avx512f")) {
        setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1);
    } else if (__builtin_cpu_supports("avx2")) {
        setenv("OPENBLAS_CORETYPE", "HASWELL", 1);
    }
#endif
}

/** Where a library goes by other names on other systems, the first that opens. */
static void *open_first(const char *const names[])
{
    void *library = NULL;
    for (; library == NULL && *names != NULL; names++) {
        library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}

static peer open_peer(const char *name, const char *const files[], const char *product,
                      const char *set_threads, bool takes_letters)
{
    void *library = open_first(files);
    peer found = {.name = name, .takes_letters = takes_letters, .library = library};
    if (library != NULL) {
        /* POSIX lets a function be found as an object; C has no cast for it, a copy will do. */
        *(void **)&found.product = dlsym(library, product);
        *(void **)&found.set_threads = dlsym(library, set_threads);
    }
    found.is_there = found.product != NULL;
    if (!found.is_there) {
        say("%s is not installed: left out", name);
    }
    return found;
}

void open_peers(peer peers[N_PEERS])
{
    static const char *const openblas[] = {"libopenblas.so.0", "libopenblas.dylib",
                                           "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
                                           "/usr/local/opt/openblas/lib/libopenblas.dylib", NULL};
    static const char *const onednn[] = {"libdnnl.so.3", "libdnnl.so.2", "libdnnl.dylib",
                                         "/opt/homebrew/lib/libdnnl.dylib", NULL};
    name_machine_for_openblas();
    peers[OPENBLAS] =
        open_peer("OpenBLAS", openblas, "cblas_sgemm", "openblas_set_num_threads", false);
    /* oneDNN takes as many threads as the OpenMP library that it brings with it. */
    peers[ONEDNN] = open_peer("oneDNN", onednn, "dnnl_sgemm", "omp_set_num_threads", true);
}

void multiply_by_peer(const peer *by, size_t n_rows, size_t n_cols, size_t n_inner, float alpha,
                      peer_matrix a, peer_matrix b, float beta, peer_matrix c)
{
    if (by->takes_letters) {
        ((onednn_function *)by->product)(a.is_transposed ? 'T' : 'N', b.is_transposed ? 'T' : 'N',
                                         (int64_t)n_rows, (int64_t)n_cols, (int64_t)n_inner, alpha,
                                         a.data, (int64_t)a.stride, b.data, (int64_t)b.stride, beta,
                                         c.data, (int64_t)c.stride);
    } else {
        ((cblas_function *)by->product)(ROW_MAJOR, a.is_transposed ? TRANSPOSE : NO_TRANSPOSE,
                                        b.is_transposed ? TRANSPOSE : NO_TRANSPOSE, (int)n_rows,
                                        (int)n_cols, (int)n_inner, alpha, a.data, (int)a.stride,
                                        b.data, (int)b.stride, beta, c.data, (int)c.stride);
    }
}
