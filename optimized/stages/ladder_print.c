/* The ladder's results: for the eye, for a page, for a program. */
#include "optimized/kernels/kernels.h"
#include "optimized/stages/ladder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#ifndef COMPILER_FLAGS
#    define COMPILER_FLAGS ""
#endif

#if defined(__clang__)
#    define COMPILER "clang " __clang_version__
#else
#    define COMPILER "gcc " __VERSION__
#endif

/* One line of the table. */
typedef struct {
    const stage *stage;
    double seconds;
    double flops; /* a second */
    double gain;  /* over the stage that it changed; NAN for the first */
    double peak;  /* fraction of it */
    double error; /* in units of its bound */
} row;

/* The processor's name where the system tells it, else its kind. */
static void processor_name(char *name, size_t size)
{
    struct utsname machine;
    snprintf(name, size, "%s", uname(&machine) == 0 ? machine.machine : "unknown processor");
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            snprintf(name, size, "%s", strchr(line, ':') + 2);
            name[strcspn(name, "\n")] = '\0';
            break;
        }
    }
    if (file) {
        fclose(file);
    }
}

static const ladder_result *result_named(const char *name, const ladder_result *results)
{
    for (size_t s = 0; s < n_stages; s++) {
        if (strcmp(stages[s].name, name) == 0) {
            return &results[s];
        }
    }
    return NULL;
}

static row row_of(size_t s, const ladder_problem *problem, const ladder_result *results,
                  const ladder_peak *peak)
{
    double flops = 4.0 * (double)problem->n * (double)problem->n * (double)problem->d;
    double most = stages[s].means == STAGE_SHARED ? peak->all_threads : peak->one_thread;
    const ladder_result *base = result_named(stages[s].base, results);
    return (row){
        .stage = &stages[s],
        .seconds = results[s].seconds,
        .flops = flops / results[s].seconds,
        .gain = base ? base->seconds / results[s].seconds : NAN,
        .peak = flops / results[s].seconds / most,
        .error = results[s].error,
    };
}

/* Who measured, and what. A line begins with prefix. */
static void print_machine(const ladder_problem *problem, const ladder_peak *peak,
                          const char *prefix)
{
    char processor[128];
    processor_name(processor, sizeof processor);
    printf("%sAttention forward, one head, n = %zu, d = %zu, float32.\n", prefix, problem->n,
           problem->d);
    printf("%s%s, %d thread%s, %s; %s %s\n", prefix, processor, stage_threads(),
           stage_threads() == 1 ? "" : "s", fast_kernels_best()->name, COMPILER, COMPILER_FLAGS);
    printf("%sPeak, measured between the stages: %.0f GFLOP/s on one thread, %.0f on all.\n",
           prefix, peak->one_thread / 1e9, peak->all_threads / 1e9);
}

static void print_table_row(const row *r)
{
    char gain[32] = "";
    if (!isnan(r->gain)) {
        snprintf(gain, sizeof gain, "%.2f x stage %s", r->gain, r->stage->base);
    }
    printf("%-5s  %-34s  %9.3f ms  %7.2f  %-14s  %5.1f %%  %8.3f\n", r->stage->name, r->stage->idea,
           1e3 * r->seconds, r->flops / 1e9, gain, 100.0 * r->peak, r->error);
}

static void print_markdown_row(const row *r)
{
    char gain[32] = "";
    if (!isnan(r->gain)) {
        snprintf(gain, sizeof gain, "%.2f × stage %s", r->gain, r->stage->base);
    }
    printf("| %s | %s | %.2f ms | %.1f | %s | %.0f %% | %.3f |\n", r->stage->name, r->stage->idea,
           1e3 * r->seconds, r->flops / 1e9, gain, 100.0 * r->peak, r->error);
}

static void print_tsv_row(const row *r)
{
    printf("%s\t%s\t%s\t%.9g\t%.9g\t%.4g\t%.4g\t%.4g\n", r->stage->name, r->stage->idea,
           r->stage->base, r->seconds, r->flops / 1e9, r->gain, r->peak, r->error);
}

/* A format: what stands above the rows, and a row. */
static const struct {
    const char *prefix, *heading;
    void (*print_row)(const row *);
} formats[] = {
    [LADDER_TABLE] = {"",
                      "\nstage  idea                                        time  GFLOP/s  "
                      "gain            of peak  error / bound\n",
                      print_table_row},
    [LADDER_MARKDOWN] = {"",
                         "\n| stage | idea | time | GFLOP/s | gain | of peak | error ÷ bound |\n"
                         "|:--|:--|--:|--:|:--|--:|--:|\n",
                         print_markdown_row},
    [LADDER_TSV] = {"# ", "stage\tidea\tbase\tseconds\tgflops\tgain\tpeak_fraction\terror\n",
                    print_tsv_row},
};

void ladder_print(const ladder_problem *problem, const ladder_result *results,
                  const ladder_peak *peak, ladder_format format)
{
    print_machine(problem, peak, formats[format].prefix);
    fputs(formats[format].heading, stdout);
    for (size_t s = 0; s < n_stages; s++) {
        row r = row_of(s, problem, results, peak);
        formats[format].print_row(&r);
    }
}
