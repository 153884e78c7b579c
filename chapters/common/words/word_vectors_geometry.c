/**
 * @file word_vectors_geometry.c
 * Words as points: the nearest ones, and what all of them share.
 */
#include "chapters/common/words/word_vectors.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <stdbool.h>

size_t word_vectors_neighbours(const word_vectors *vectors, const gsl_vector *v, size_t n,
                               word_vectors_neighbour *neighbours)
{
    if (v->size != vectors->d) {
        return 0;
    }
    double length = gsl_blas_dnrm2(v);
    size_t n_found = 0;
    for (size_t i = 0; i < vectors->n_words; i++) {
        gsl_vector_const_view w = gsl_matrix_const_row(vectors->vectors, i);
        double product, lengths = length * gsl_blas_dnrm2(&w.vector);
        gsl_blas_ddot(v, &w.vector, &product);
        double cosine = lengths > 0.0 ? product / lengths : 0.0;

        /* Insert it among the best so far; of equal ones the more frequent word stays in front. */
        size_t place = n_found;
        while (place > 0 && neighbours[place - 1].cosine < cosine) {
            place--;
        }
        if (place >= n) {
            continue;
        }
        n_found += n_found < n;
        for (size_t later = n_found - 1; later > place; later--) {
            neighbours[later] = neighbours[later - 1];
        }
        neighbours[place] = (word_vectors_neighbour){.row = i, .cosine = cosine};
    }
    return n_found;
}

/* v <- v - mean, for every row */
static void remove_mean(gsl_matrix *rows, gsl_vector *mean)
{
    gsl_vector_set_zero(mean);
    for (size_t i = 0; i < rows->size1; i++) {
        gsl_vector_const_view v = gsl_matrix_const_row(rows, i);
        gsl_blas_daxpy(1.0 / (double)rows->size1, &v.vector, mean);
    }
    for (size_t i = 0; i < rows->size1; i++) {
        gsl_vector_view v = gsl_matrix_row(rows, i);
        gsl_blas_daxpy(-1.0, mean, &v.vector);
    }
}

/* The columns of components: eigenvectors of X^T X, the one with the largest eigenvalue first. */
static void principal_components(const gsl_matrix *rows, gsl_matrix *scatter,
                                 gsl_eigen_symmv_workspace *workspace, gsl_vector *values,
                                 gsl_matrix *components)
{
    gsl_matrix_set_zero(scatter);
    for (size_t i = 0; i < rows->size1; i++) {
        gsl_vector_const_view v = gsl_matrix_const_row(rows, i);
        gsl_blas_dsyr(CblasLower, 1.0, &v.vector, scatter);
    }
    gsl_eigen_symmv(scatter, values, components, workspace);
    gsl_eigen_symmv_sort(values, components, GSL_EIGEN_SORT_VAL_DESC);
}

/* v <- v - (u . v) u, for every row */
static void remove_direction(gsl_matrix *rows, const gsl_vector *u)
{
    for (size_t i = 0; i < rows->size1; i++) {
        gsl_vector_view v = gsl_matrix_row(rows, i);
        double length_along_u;
        gsl_blas_ddot(u, &v.vector, &length_along_u);
        gsl_blas_daxpy(-length_along_u, u, &v.vector);
    }
}

int word_vectors_remove_common(word_vectors *vectors, size_t n_components)
{
    const size_t d = vectors->d;
    if (n_components > d) {
        GSL_ERROR("there are no more components than numbers a word", GSL_EINVAL);
    }
    gsl_vector *mean = gsl_vector_alloc(d), *values = gsl_vector_alloc(d);
    gsl_matrix *scatter = gsl_matrix_alloc(d, d), *components = gsl_matrix_alloc(d, d);
    gsl_eigen_symmv_workspace *workspace = gsl_eigen_symmv_alloc(d);
    bool has_memory = mean && values && scatter && components && workspace;
    if (has_memory) {
        remove_mean(vectors->vectors, mean);
        if (n_components > 0) {
            principal_components(vectors->vectors, scatter, workspace, values, components);
        }
        for (size_t c = 0; c < n_components; c++) {
            gsl_vector_const_view u = gsl_matrix_const_column(components, c);
            remove_direction(vectors->vectors, &u.vector);
        }
    }
    gsl_vector_free(mean);
    gsl_vector_free(values);
    gsl_matrix_free(scatter);
    gsl_matrix_free(components);
    gsl_eigen_symmv_free(workspace);
    if (!has_memory) {
        GSL_ERROR("no memory for the principal components", GSL_ENOMEM);
    }
    return GSL_SUCCESS;
}
