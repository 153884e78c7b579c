#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int maps_function(const gsl_matrix *q, const gsl_matrix *k, size_t n_heads,
                          gsl_matrix *maps);
maps_function head_maps;

EXERCISE_FUNCTION(head_maps);

int exercise_call(problem *p, any_function *function)
{
    return ((maps_function *)function)(matrix_of(p, "q"), matrix_of(p, "k"), size_of(p, "n_heads"),
                                       matrix_of(p, "maps"));
}

#ifdef JUDGE

/* ---- what is right, and how else a row of heads is cut --------------------------------------- */

/* Where the number c of row i of head h stands, in a block of n rows of H d_k columns. */
typedef enum {
    BY_COLUMNS,      /* row i, column h d_k + c */
    BY_ROWS,         /* the h-th piece of the block, taken for a matrix */
    INTERLEAVED,     /* row i, column c H + h */
    SHIFTED_BY_ONE,  /* row i, column h + c: heads overlap */
    ALL_AT_0,        /* row i, column c */
    TRANSPOSED_PIECE /* the h-th piece, read down its columns */
} cut;

typedef struct {
    cut of_q, of_k;
    bool scales_by_model; /* 1 / sqrt(H d_k) */
} formula;

static long double cell(cut how, const gsl_matrix *x, size_t n_heads, size_t h, size_t i, size_t c)
{
    size_t n = x->size1, d_k = x->size2 / n_heads, all = x->size2;
    size_t at[] = {i * all + h * d_k + c, (h * n + i) * d_k + c, i * all + c * n_heads + h,
                   i * all + h + c,       i * all + c,           h * n * d_k + c * n + i};
    return gsl_matrix_get(x, at[how] / all, at[how] % all);
}

static int by(formula f, const gsl_matrix *q, const gsl_matrix *k, size_t n_heads, gsl_matrix *maps)
{
    size_t n = q->size1, d_k = q->size2 / n_heads, d = f.scales_by_model ? q->size2 : d_k;
    for (size_t row = 0; row < n_heads * n; row++) {
        long double e[32], sum = 0;
        for (size_t j = 0; j < n; j++) {
            e[j] = 0;
            for (size_t c = 0; c < d_k; c++) {
                e[j] += cell(f.of_q, q, n_heads, row / n, row % n, c) *
                        cell(f.of_k, k, n_heads, row / n, j, c);
            }
            e[j] = expl(e[j] / sqrtl((long double)d));
            sum += e[j];
        }
        for (size_t j = 0; j < n; j++) {
            gsl_matrix_set(maps, row, j, (double)(e[j] / sum));
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *q, const gsl_matrix *k, size_t n_heads,                  \
                        gsl_matrix *maps)                                                          \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, q, k, n_heads, maps);                                \
        }

MODEL(right, .of_q = BY_COLUMNS, .of_k = BY_COLUMNS)
MODEL(by_rows, .of_q = BY_ROWS, .of_k = BY_ROWS)
MODEL(keys_by_rows, .of_q = BY_COLUMNS, .of_k = BY_ROWS)
MODEL(interleaved, .of_q = INTERLEAVED, .of_k = INTERLEAVED)
MODEL(shifted, .of_q = SHIFTED_BY_ONE, .of_k = SHIFTED_BY_ONE)
MODEL(same_map, .of_q = ALL_AT_0, .of_k = ALL_AT_0)
MODEL(transposed, .of_q = TRANSPOSED_PIECE, .of_k = TRANSPOSED_PIECE)
MODEL(by_model, .of_q = BY_COLUMNS, .of_k = BY_COLUMNS, .scales_by_model = true)

static const exercise_model models[] = {
    {"cut-along-rows", FUNCTION(by_rows),
     "head h is the h-th piece of the block: the block was cut along words, not along columns."},
    {"keys-along-rows", FUNCTION(keys_by_rows),
     "the queries are cut as they should be, and the keys still along words."},
    {"interleaved", FUNCTION(interleaved),
     "head h took every n_heads-th column: its columns stand side by side."},
    {"shifted-by-one", FUNCTION(shifted),
     "the heads begin one column apart and overlap: head h begins at column h d_k."},
    {"same-map", FUNCTION(same_map), "all heads begin at column 0, and have the same map."},
    {"transposed-piece", FUNCTION(transposed),
     "the pieces were transposed: they still hold a few words each, of all columns."},
    {"scale-by-model", FUNCTION(by_model),
     "the scores were divided by the root of all columns of q, not by that of one head's."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d_k, size_t n_heads)
{
    give_matrix(p, "q", n, n_heads * d_k);
    give_matrix(p, "k", n, n_heads * d_k);
    give_number(p, "n_heads", (double)n_heads);
    want_matrix(p, "maps", n_heads * n, n);
}

static void small(problem *p)
{
    make(p, 5, 3, 2);
}

static void several(problem *p)
{
    make(p, 3 + p->repeat % 6, 2, 4);
}

static void one_head(problem *p)
{
    make(p, 4, 6, 1);
}

static const exercise_case cases[] = {
    {.name = "5 words, 2 heads of 3 columns", .make = small, .points = 6},
    {.name = "4 heads of 2 columns", .make = several, .points = 3},
    {.name = "one head", .make = one_head, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
