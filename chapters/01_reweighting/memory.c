/* What the memory sees: the weighted sum in three orders of its loops, over a simulated cache. No
 * clock is read, so that the numbers are the same on every machine. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_machine.h>
#include <gsl/gsl_rng.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    N_TOKENS = 256,  /* queries, and keys */
    D = 64,          /* numbers a value */
    BLOCK = 16,      /* queries that share one walk over the values */
    LINE_BYTES = 64, /* what memory delivers at a time */
    N_SETS = 64,     /* a line can stand in one set only */
    N_WAYS = 8       /* lines of a set: 64 sets x 8 lines x 64 bytes = 32 KB, a common size */
};

/* The lines of each set, the one used last in front: when a new one comes, the last one goes. */
typedef struct {
    uint64_t lines[N_SETS][N_WAYS]; /* number of the line + 1, 0 for none */
    size_t n_misses;
} cache;

static void touch(cache *memory, uint64_t address)
{
    uint64_t line = address / LINE_BYTES + 1;
    uint64_t *set = memory->lines[line % N_SETS];
    size_t way = 0;
    while (way < N_WAYS - 1 && set[way] != line) {
        way++;
    }
    memory->n_misses += set[way] != line;
    for (; way > 0; way--) {
        set[way] = set[way - 1];
    }
    set[0] = line;
}

/* The three matrices, and the memory they lie in, one behind the other. */
typedef struct {
    const gsl_matrix *weights; /* (N_TOKENS x N_TOKENS) */
    const gsl_matrix *values;  /* (N_TOKENS x D) */
    gsl_matrix *output;        /* (N_TOKENS x D) */
    cache memory;
} simulation;

/* output_ic += weights_ij values_jc, as the memory sees it. */
static void multiply_add(simulation *s, size_t i, size_t j, size_t c)
{
    const uint64_t values_at = (uint64_t)N_TOKENS * N_TOKENS * sizeof(double);
    const uint64_t output_at = values_at + (uint64_t)N_TOKENS * D * sizeof(double);
    touch(&s->memory, (i * N_TOKENS + j) * sizeof(double));
    touch(&s->memory, values_at + (j * D + c) * sizeof(double));
    touch(&s->memory, output_at + (i * D + c) * sizeof(double));
    *gsl_matrix_ptr(s->output, i, c) +=
        gsl_matrix_get(s->weights, i, j) * gsl_matrix_get(s->values, j, c);
}

/* Each output on its own: down a column of the values. */
static void one_output_at_a_time(simulation *s)
{
    // [column-order]
    for (size_t i = 0; i < N_TOKENS; i++) {
        for (size_t c = 0; c < D; c++) {
            for (size_t j = 0; j < N_TOKENS; j++) {
                multiply_add(s, i, j, c);
            }
        }
    }
    // [column-order]
}

/* Along the rows, as they lie in memory. */
static void one_row_at_a_time(simulation *s)
{
    // [row-order]
    for (size_t i = 0; i < N_TOKENS; i++) {
        for (size_t j = 0; j < N_TOKENS; j++) {
            for (size_t c = 0; c < D; c++) {
                multiply_add(s, i, j, c);
            }
        }
    }
    // [row-order]
}

/* Along the rows, and each row of values for a block of queries before the next is fetched. */
static void one_block_at_a_time(simulation *s)
{
    // [block-order]
    for (size_t first = 0; first < N_TOKENS; first += BLOCK) {
        for (size_t j = 0; j < N_TOKENS; j++) {
            for (size_t i = first; i < first + BLOCK; i++) {
                for (size_t c = 0; c < D; c++) {
                    multiply_add(s, i, j, c);
                }
            }
        }
    }
    // [block-order]
}

static gsl_matrix *random_matrix(gsl_rng *rng, size_t n_rows, size_t n_cols)
{
    gsl_matrix *x = program_matrix(n_rows, n_cols);
    for (size_t i = 0; i < n_rows * n_cols; i++) {
        x->data[i] = gsl_rng_uniform(rng);
    }
    return x;
}

/* An order of the loops. */
typedef struct {
    const char *name;   /* in the table */
    const char *result; /* for the page */
    void (*run)(simulation *s);
} loop_order;

static const loop_order orders[] = {
    {"one output at a time", "misses_column", one_output_at_a_time},
    {"one row at a time", "misses_row", one_row_at_a_time},
    {"16 rows at a time", "misses_block", one_block_at_a_time},
};

static const double n_products = (double)N_TOKENS * N_TOKENS * D;

static void simulate(report *to, terminal_table *table, const loop_order *order,
                     const gsl_matrix *weights, const gsl_matrix *values,
                     const gsl_matrix *expected)
{
    simulation *s = program_allocate(1, sizeof *s);
    s->weights = weights;
    s->values = values;
    s->output = program_matrix(N_TOKENS, D);
    order->run(s);
    must_agree(s->output, expected, N_TOKENS * N_TOKENS * GSL_DBL_EPSILON, "the orders");

    double n_misses = (double)s->memory.n_misses;
    double intensity = 2.0 * n_products / (n_misses * LINE_BYTES);
    terminal_table_cell(table, FIGURE_AUTO, "%s", order->name);
    terminal_table_cell(table, FIGURE_AUTO, "%.0f", n_misses);
    terminal_table_cell(table, FIGURE_AUTO, "%.1f", 1000.0 * n_misses / n_products);
    terminal_table_cell(table, FIGURE_AUTO, "%.2f", intensity);
    report_number(to, order->result, n_misses);
    char name[64];
    snprintf(name, sizeof name, "%s_flops_a_byte", order->result);
    report_number(to, name, intensity);
    gsl_matrix_free(s->output);
    free(s);
}

void show_memory(report *to, const settings *choices)
{
    gsl_rng *rng = new_generator(choices->seed);
    gsl_matrix *weights = random_matrix(rng, N_TOKENS, N_TOKENS);
    gsl_matrix *values = random_matrix(rng, N_TOKENS, D);
    gsl_matrix *expected = reweighted(weights, values);

    report_say(to, "%d queries and keys, %d numbers a value, a cache of %d KB; %.0f products.",
               N_TOKENS, D, N_SETS * N_WAYS * LINE_BYTES / 1024, n_products);
    static const char *const headings[] = {"order", "lines fetched", "per 1000", "flops a byte"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
        simulate(to, table, &orders[o], weights, values, expected);
    }
    terminal_print_table(&to->out, table);

    /* Every number of the three matrices once: no order can do with less. */
    double least = (double)sizeof(double) * (N_TOKENS * N_TOKENS + 2.0 * N_TOKENS * D);
    report_gap(to);
    report_say(to, "If every line came once: %.0f lines, %.1f flops a byte.", least / LINE_BYTES,
               2.0 * n_products / least);
    report_number(to, "most_flops_a_byte", 2.0 * n_products / least);
    gsl_matrix_free(expected);
    gsl_matrix_free(values);
    gsl_matrix_free(weights);
    gsl_rng_free(rng);
}
