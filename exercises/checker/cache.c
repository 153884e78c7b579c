#include "exercises/checker/access.h"

#include <stdlib.h>
#include <string.h>

/* 64 sets x 8 ways x 64 bytes = 32 KiB: the first-level data cache of most machines since 2008. */
enum { N_SETS = 64, N_WAYS = 8, LINE = 64 };

typedef struct {
    uint64_t line[N_SETS][N_WAYS]; /* 1 + the line that is held, 0 for none */
    uint64_t used[N_SETS][N_WAYS]; /* when it was used last */
    uint64_t now;
} cache;

/* Whether the line of this address was held; it is afterwards. */
static bool touch(cache *c, uint64_t address)
{
    uint64_t line = address / LINE;
    uint64_t *held = c->line[line % N_SETS], *used = c->used[line % N_SETS];
    size_t oldest = 0;
    c->now++;
    for (size_t way = 0; way < N_WAYS; way++) {
        if (held[way] == line + 1) {
            used[way] = c->now;
            return true;
        }
        if (used[way] < used[oldest]) {
            oldest = way;
        }
    }
    held[oldest] = line + 1;
    used[oldest] = c->now;
    return false;
}

static size_t array_in(counted_access access)
{
    return access >> ACCESS_ARRAY & 15u;
}

static size_t cell_in(counted_access access)
{
    return access & ((1u << ACCESS_ARRAY) - 1);
}

/* Arrays lie 1 MiB apart, each a line further on, so that their first rows do not share a set. */
static uint64_t address_of(counted_access access)
{
    uint64_t array = array_in(access);
    return (array + 1) * 0x100000u + array * LINE + cell_in(access) * sizeof(double);
}

access_count access_replay(const counted_access *trace, size_t n)
{
    static cache c;
    memset(&c, 0, sizeof c);
    access_count count = {0};
    for (size_t i = 0; i < n; i++) {
        count.stores += trace[i] >> ACCESS_STORE;
        count.misses += !touch(&c, address_of(trace[i]));
    }
    count.loads = n - count.stores;
    return count;
}

/* ---- what was reached ------------------------------------------------------------------------ */

static bool is_all_reached(const counted_access *trace, size_t n, const problem *p, size_t array)
{
    size_t n_cells = p->arrays[array].n_rows * p->arrays[array].n_cols, n_reached = 0;
    bool is_stored = p->arrays[array].role == ARRAY_WANTED;
    bool *reached = calloc(n_cells, sizeof *reached);
    for (size_t i = 0; reached && i < n; i++) {
        size_t cell = cell_in(trace[i]);
        if (array_in(trace[i]) == array && trace[i] >> ACCESS_STORE == is_stored &&
            cell < n_cells && !reached[cell]) {
            reached[cell] = true;
            n_reached++;
        }
    }
    free(reached);
    return n_reached == n_cells;
}

int access_unreached(const counted_access *trace, size_t n, const problem *p)
{
    for (size_t array = 0; array < p->n_arrays; array++) {
        if (p->arrays[array].kind == ARRAY_COUNTED && !is_all_reached(trace, n, p, array)) {
            return (int)array;
        }
    }
    return -1;
}
