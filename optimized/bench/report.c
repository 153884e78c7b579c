/* The table and the JSON. */
#include "optimized/bench/report.h"
#include <stdio.h>
#include <string.h>

enum { SHAPE_WIDTH = 28 };

/* ---- The table ------------------------------------------------------------------------------- */

static void describe_shape(const bench_case *c, char text[SHAPE_WIDTH + 1])
{
    const bench_shape *s = &c->shape;
    if (c->work->describe != NULL) {
        c->work->describe(s, text, SHAPE_WIDTH + 1);
    } else if (strncmp(c->work->name, "matmul", strlen("matmul")) == 0) {
        snprintf(text, SHAPE_WIDTH + 1, "%zu x %zu x %zu", s->n_q, s->n_k, s->d_k);
    } else {
        char heads[SHAPE_WIDTH + 1] = "", width[SHAPE_WIDTH + 1] = "";
        if (s->n_heads > 1) {
            snprintf(heads, sizeof heads, "%zu heads ", s->n_heads);
        }
        if (s->d_v > 0) {
            snprintf(width, sizeof width, " d=%zu", s->d_v);
        }
        snprintf(text, SHAPE_WIDTH + 1, "%sn=%zu%s%s", heads, s->n_q, width,
                 s->causal ? " causal" : "");
    }
}

static void print_ratio(double ratio, int n_digits, int width)
{
    if (ratio > 0) {
        printf(" %*.*f", width, n_digits, ratio);
    } else {
        printf(" %*s", width, "-");
    }
}

static void print_table_row(const bench_row *row)
{
    char shape[SHAPE_WIDTH + 1];
    describe_shape(row->of, shape);
    printf("%-28s %-27s %-8s %7d %8.1f %5.1f", row->of->work->name, shape, row->isa, row->n_threads,
           row->gflops, 100 * row->peak_fraction);
    print_ratio(100 * row->memory_fraction, 1, 6);
    printf(" %10.3f %10.3f %9.1f", 1e3 * row->seconds, 1e3 * row->median_seconds,
           (double)row->workspace_bytes / 1024);
    print_ratio(row->ratio.reference, 2, 9);
    print_ratio(row->ratio.reference_openblas, 2, 12);
    print_ratio(row->ratio.openblas, 2, 8);
    print_ratio(row->ratio.onednn, 2, 6);
    print_ratio(row->ratio.torch, 2, 7);
    print_ratio(row->ratio.other_way, 2, 9);
    putchar('\n');
}

static void print_table_head(void)
{
    printf("%-81s %5s %6s %-21s %9s %s\n", "", "% of", "% of", "     milliseconds", "workspace",
           "how many times longer others take:");
    printf("%-28s %-27s %-8s %7s %8s %5s %6s %10s %10s %9s %9s %12s %8s %6s %7s %9s\n", "work",
           "shape", "isa", "threads", "GFLOP/s", "peak", "memory", "best", "median", "KiB",
           "reference", "ref+OpenBLAS", "OpenBLAS", "oneDNN", "PyTorch", "other way");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void print_json_ratio(const char *name, double ratio, const char *separator)
{
    if (ratio > 0) {
        printf("\"%s\": %.4g%s", name, ratio, separator);
    } else {
        printf("\"%s\": null%s", name, separator);
    }
}

static void print_json_row(const bench_row *row, bool is_first)
{
    const bench_shape *s = &row->of->shape;
    printf("%s  {\"work\": \"%s\", \"shape\": {\"n_batch\": %zu, \"n_heads\": %zu, \"n_q\": %zu, "
           "\"n_k\": %zu, \"d_k\": %zu, \"d_v\": %zu, \"causal\": %s},\n",
           is_first ? "" : ",\n", row->of->work->name, s->n_batch, s->n_heads, s->n_q, s->n_k,
           s->d_k, s->d_v, s->causal ? "true" : "false");
    printf("   \"isa\": \"%s\", \"threads\": %d, ", row->isa, row->n_threads);
    print_json_ratio("memory_fraction", row->memory_fraction, ", ");
    printf("\"gflops\": %.5g, \"peak_fraction\": %.4f, "
           "\"seconds\": %.6g, \"median_seconds\": %.6g, \"workspace_bytes\": %zu,\n   ",
           row->gflops, row->peak_fraction, row->seconds, row->median_seconds,
           row->workspace_bytes);
    printf("\"ratio\": {");
    print_json_ratio("reference", row->ratio.reference, ", ");
    print_json_ratio("reference_openblas", row->ratio.reference_openblas, ", ");
    print_json_ratio("openblas", row->ratio.openblas, ", ");
    print_json_ratio("onednn", row->ratio.onednn, ", ");
    print_json_ratio("torch", row->ratio.torch, ", ");
    print_json_ratio("other_way", row->ratio.other_way, "}}");
}

/* ---- Either ---------------------------------------------------------------------------------- */

void begin_report(bool is_json)
{
    if (is_json) {
        puts("[");
    } else {
        print_table_head();
    }
}

void report_row(bool is_json, const bench_row *row, bool is_first)
{
    if (is_json) {
        print_json_row(row, is_first);
    } else {
        print_table_row(row);
    }
    fflush(stdout);
}

void end_report(bool is_json)
{
    if (is_json) {
        puts("\n]");
    }
}
