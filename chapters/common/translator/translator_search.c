/**
 * @file translator_search.c
 * Beam search, over all sources of a batch at once.
 */
#include "chapters/common/translator/translator_search.h"
#include "chapters/common/program/program.h"
#include <math.h>
#include <stdlib.h>

/* A beginning and the symbol that continues it. */
typedef struct {
    double score; /* ln p so far */
    size_t row;   /* of the beginning */
    int symbol;
} candidate;

/* The best of a source that has ended: END followed the beginning in this row. */
typedef struct {
    double normalised, score;
    size_t step, row;
} ending;

/* A search on its way. Row s n_beam + b holds beginning b of source s; the first n_alive[s] rows of
 * a source are in its beam. */
typedef struct {
    const translator_search_options *options;
    size_t n_sources, n_rows, n_symbols;
    size_t *limits;         /* (n_sources) most symbols of a target */
    size_t *n_alive;        /* (n_sources) */
    size_t *n_ended;        /* (n_sources) */
    ending *best;           /* (n_sources) */
    candidate *candidates;  /* (n_beam) the best so far, in order */
    double *scores, *log_p; /* (n_rows), (n_rows x n_symbols) */
    int *last;              /* (n_rows) the last symbol of each */
    int *written;           /* (n_steps x n_rows) the symbol that each step put into a row */
    size_t *parents;        /* (n_steps x n_rows) the row that it was put behind */
} search;

/* ---- Begin and end --------------------------------------------------------------------------- */

static size_t begin(search *s, const pair_batch *batch)
{
    size_t n_steps = 0;
    s->limits = program_allocate(s->n_sources, sizeof *s->limits);
    s->n_alive = program_allocate(s->n_sources, sizeof *s->n_alive);
    s->n_ended = program_allocate(s->n_sources, sizeof *s->n_ended);
    s->best = program_allocate(s->n_sources, sizeof *s->best);
    s->candidates = program_allocate(s->options->n_beam, sizeof *s->candidates);
    s->scores = program_allocate(s->n_rows, sizeof *s->scores);
    s->log_p = program_allocate(s->n_rows * s->n_symbols, sizeof *s->log_p);
    s->last = program_allocate(s->n_rows, sizeof *s->last);
    for (size_t i = 0; i < s->n_sources; i++) {
        size_t max_symbols = s->options->max_symbols;
        s->limits[i] = max_symbols > 0 ? max_symbols : 2 * batch->source_lengths[i] + 8;
        s->n_alive[i] = 1;
        s->best[i].normalised = s->best[i].score = -INFINITY;
        n_steps = s->limits[i] + 1 > n_steps ? s->limits[i] + 1 : n_steps;
    }
    for (size_t row = 0; row < s->n_rows; row++) {
        s->last[row] = SYMBOLS_START;
    }
    s->written = program_allocate(n_steps * s->n_rows, sizeof *s->written);
    s->parents = program_allocate(n_steps * s->n_rows, sizeof *s->parents);
    return n_steps;
}

static void end(search *s)
{
    void *const arrays[] = {s->limits, s->n_alive, s->n_ended, s->best,    s->candidates,
                            s->scores, s->log_p,   s->last,    s->written, s->parents};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        free(arrays[i]);
    }
}

/* The symbols that lead to an ending, from the last one back to the first. */
static translator_output trace_back(const search *s, const ending *best)
{
    translator_output output = {.n = best->step, .score = best->score};
    output.symbols = program_allocate(output.n, sizeof *output.symbols);
    size_t row = best->row;
    for (size_t step = best->step; step-- > 0;) {
        output.symbols[step] = s->written[step * s->n_rows + row];
        row = s->parents[step * s->n_rows + row];
    }
    return output;
}

/* ---- One step -------------------------------------------------------------------------------- */

/* Put a candidate in its place, if it has one among the n best; the first of equals stays first. */
static size_t insert(candidate *candidates, size_t n_kept, size_t n, candidate next)
{
    size_t place = n_kept < n ? n_kept : n;
    while (place > 0 && next.score > candidates[place - 1].score) {
        if (place < n) {
            candidates[place] = candidates[place - 1];
        }
        place--;
    }
    if (place < n) {
        candidates[place] = next;
    }
    return n_kept < n ? n_kept + 1 : n;
}

static bool may_follow(const search *s, size_t source, size_t step, int symbol)
{
    bool is_full = step == s->limits[source];
    return symbol == SYMBOLS_END || (symbol != SYMBOLS_START && !is_full);
}

// [beam]
/* The best continuations of a source's beginnings, as many as its beam has room for. */
static size_t choose(const search *s, size_t source, size_t step)
{
    size_t n = s->options->n_beam - s->n_ended[source], n_kept = 0;
    size_t first = source * s->options->n_beam;
    for (size_t row = first; row < first + s->n_alive[source]; row++) {
        for (size_t y = 0; y < s->n_symbols; y++) {
            double score = s->scores[row] + s->log_p[row * s->n_symbols + y];
            if (score > -INFINITY && may_follow(s, source, step, (int)y)) {
                n_kept = insert(s->candidates, n_kept, n, (candidate){score, row, (int)y});
            }
        }
    }
    return n_kept;
}
// [beam]

static double normaliser(const search *s, size_t n)
{
    return pow((5.0 + (double)n) / 6.0, s->options->alpha);
}

/* What has ended leaves the beam; what has not moves to its first rows. */
static void move_on(search *s, size_t source, size_t step, size_t n_kept)
{
    ending *best = &s->best[source];
    size_t first = source * s->options->n_beam, row = first;
    for (size_t i = 0; i < n_kept; i++) {
        const candidate *c = &s->candidates[i];
        if (c->symbol == SYMBOLS_END) {
            double normalised = c->score / normaliser(s, step + 1);
            s->n_ended[source]++;
            if (normalised > best->normalised) {
                *best = (ending){normalised, c->score, step, c->row};
            }
        } else {
            s->written[step * s->n_rows + row] = s->last[row] = c->symbol;
            s->parents[step * s->n_rows + row] = c->row;
            s->scores[row++] = c->score;
        }
    }
    s->n_alive[source] = row - first;
    /* ln p only falls, and the longest target divides it by most: nothing left can be better? */
    double promise = row > first ? s->scores[first] / normaliser(s, s->limits[source] + 1) : 0.0;
    if (row > first && best->normalised >= promise) {
        s->n_alive[source] = 0;
    }
    for (row = first + s->n_alive[source]; row < first + s->options->n_beam; row++) {
        s->last[row] = SYMBOLS_START; /* computed with the others, and read by nobody */
        s->parents[step * s->n_rows + row] = row;
    }
}

/* One symbol more for all sources; false when all are done. */
static bool advance(search *s, translator_model *model, size_t step)
{
    bool is_alive = false;
    translator_model_write(model, s->last, s->log_p);
    for (size_t i = 0; i < s->n_sources; i++) {
        move_on(s, i, step, choose(s, i, step));
        is_alive = is_alive || s->n_alive[i] > 0;
    }
    if (is_alive) {
        translator_model_follow(model, s->parents + step * s->n_rows);
    }
    return is_alive;
}

translator_output *translator_search(translator_model *model, const pair_batch *batch,
                                     const translator_search_options *options)
{
    search s = {.options = options,
                .n_sources = batch->n_pairs,
                .n_rows = batch->n_pairs * options->n_beam,
                .n_symbols = model->shape.n_target};
    size_t n_steps = begin(&s, batch);
    translator_model_read(model, batch, options->n_beam);
    for (size_t step = 0; step < n_steps && advance(&s, model, step); step++) {
    }
    translator_output *outputs = program_allocate(s.n_sources, sizeof *outputs);
    for (size_t i = 0; i < s.n_sources; i++) {
        outputs[i] = trace_back(&s, &s.best[i]);
    }
    end(&s);
    return outputs;
}

void translator_outputs_free(translator_output *outputs, size_t n)
{
    for (size_t i = 0; outputs != NULL && i < n; i++) {
        free(outputs[i].symbols);
    }
    free(outputs);
}
