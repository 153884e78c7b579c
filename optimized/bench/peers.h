/**
 * @file peers.h
 * Libraries that are made for speed, as far as they are installed. They are opened at run time, so
 * that none of their names meets those that the reference is linked with.
 */
#ifndef OPTIMIZED_BENCH_PEERS_H
#define OPTIMIZED_BENCH_PEERS_H

#include <stdbool.h>
#include <stddef.h>

/** Which libraries. */
typedef enum { OPENBLAS, ONEDNN, N_PEERS } peer_name;

/** One library: its single-precision matrix product. */
typedef struct peer {
    const char *name; /* as in the report */
    bool is_there;
    void (*product)(void);    /* its function, to be called with its own arguments */
    void (*set_threads)(int); /* or NULL */
    bool takes_letters;       /* 'T' and 'N' for transposes, as oneDNN */
    void *library;            /* for dlsym() */
} peer;

/** Opens what is installed, and says what is not. */
void open_peers(peer peers[N_PEERS]);

/** A matrix by rows. */
typedef struct {
    float *data;
    size_t stride;
    bool is_transposed;
} peer_matrix;

/** C = alpha op(A) op(B) + beta C, op(A) being (n_rows x n_inner). */
void multiply_by_peer(const peer *by, size_t n_rows, size_t n_cols, size_t n_inner, float alpha,
                      peer_matrix a, peer_matrix b, float beta, peer_matrix c);

/** Sets the variable by which OpenBLAS is told what it may not know: which machine this is. */
void name_machine_for_openblas(void);

#endif
