/* Climb the ladder: run every stage of attention on the same inputs, check that each computes what
 * stage 0 computes, and say how long it takes. */
#include "optimized/stages/ladder.h"
#include "optimized/kernels/kernels.h"

#include <getopt.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, FAILURE = 1, USAGE = 2 };

/* What the command line asks for. */
typedef struct {
    size_t n, d;
    int n_rounds, n_threads;
    unsigned long seed;
    ladder_format format;
    const char *stage; /* NULL for all */
    bool is_once;
} settings;

static const char help[] =
    "Example: ladder --n 2048 --threads 2\n"
    "\n"
    "Run attention in every stage from the loops of a textbook to optimized/attention.c, check "
    "that\n"
    "all agree with stage 0, and print how long each takes.\n"
    "\n"
    "  --n N          queries, and as many keys (default 1024)\n"
    "  --d D          columns of every matrix (default 64)\n"
    "  --repeat R     rounds in which every stage has its turn; the best counts (default 10)\n"
    "  --threads T    threads of the stages that use them (default: all)\n"
    "  --seed S       seed of the random inputs (default 1)\n"
    "  --format F     table, markdown or tsv (default table)\n"
    "  --stage K      with --once: this stage; none prepares everything and runs nothing\n"
    "  --once         run one stage once and measure nothing, for a simulator of caches\n"
    "  --list         print the stages and their ideas\n"
    "  --help         this text\n"
    "\n"
    "FAST_KERNELS=portable, avx2 or avx512 sets the vectors of stages 8 and above.\n"
    "Exit code: 0 all stages agree, 1 one does not, or memory or writing failed, 2 wrong "
    "options.\n";

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "ladder: %s%s\nTry: ladder --help\n", what, about);
    return USAGE;
}

/* A whole number in [1, most]; 0 if the text is none. */
static unsigned long number(const char *text, unsigned long most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    bool is_number = *text >= '0' && *text <= '9' && *end == '\0';
    return is_number && value <= most ? value : 0;
}

static bool parse_format(const char *text, ladder_format *format)
{
    static const char *const names[] = {"table", "markdown", "tsv"};
    for (size_t f = 0; f < sizeof names / sizeof names[0]; f++) {
        if (strcmp(text, names[f]) == 0) {
            *format = (ladder_format)f;
            return true;
        }
    }
    return false;
}

static const stage *stage_named(const char *name)
{
    for (size_t s = 0; s < n_stages; s++) {
        if (strcmp(stages[s].name, name) == 0) {
            return &stages[s];
        }
    }
    return NULL;
}

/* Take one option; whether its value makes sense. */
static bool take(int option, const char *value, settings *wanted)
{
    switch (option) {
    case 'n':
        return (wanted->n = number(value, 1 << 14)) > 0;
    case 'd':
        return (wanted->d = number(value, 1 << 12)) > 0;
    case 'r':
        return (wanted->n_rounds = (int)number(value, 10000)) > 0;
    case 't':
        return (wanted->n_threads = (int)number(value, 1024)) > 0;
    case 's':
        return (wanted->seed = number(value, 4294967295ul)) > 0;
    case 'f':
        return parse_format(value, &wanted->format);
    case 'k':
        wanted->stage = value;
        return stage_named(value) || strcmp(value, "none") == 0;
    default:
        wanted->is_once = true;
        return true;
    }
}

static int run_once(const settings *wanted, ladder_problem *problem)
{
    const stage *s = stage_named(wanted->stage);
    if (s) {
        ladder_run(s, problem);
    }
    printf("stage %s, n = %zu, d = %zu, kernels %s\n", wanted->stage, wanted->n, wanted->d,
           fast_kernels_best()->name);
    return SUCCESS;
}

static int run_all(const settings *wanted, ladder_problem *problem)
{
    ladder_result *results = calloc(n_stages, sizeof *results);
    ladder_peak peak;
    if (!results) {
        fprintf(stderr, "ladder: not enough memory\n");
        return FAILURE;
    }
    int status = SUCCESS;
    ladder_measure(problem, wanted->n_rounds, results, &peak);
    ladder_print(problem, results, &peak, wanted->format);
    for (size_t s = 0; s < n_stages; s++) {
        if (!(results[s].error <= 1.0)) {
            fprintf(stderr, "ladder: stage %s is off by %.3g times its bound\n", stages[s].name,
                    results[s].error);
            status = FAILURE;
        }
    }
    free(results);
    return status;
}

static int run(const settings *wanted)
{
    ladder_problem problem;
    stage_set_threads(wanted->n_threads);
    if (!ladder_problem_alloc(&problem, wanted->n, wanted->d, wanted->seed)) {
        fprintf(stderr, "ladder: not enough memory\n");
        return FAILURE;
    }
    int status = wanted->is_once ? run_once(wanted, &problem) : run_all(wanted, &problem);
    ladder_problem_free(&problem);
    return status;
}

static void list(void)
{
    for (size_t s = 0; s < n_stages; s++) {
        printf("%s\t%s\n", stages[s].name, stages[s].idea);
    }
}

/* A full disk is an error. */
static int finish(int status)
{
    if (ferror(stdout) | (fclose(stdout) != 0)) {
        perror("ladder: the results could not be written");
        return FAILURE;
    }
    return status;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"n", required_argument, NULL, 'n'},
        {"d", required_argument, NULL, 'd'},
        {"repeat", required_argument, NULL, 'r'},
        {"threads", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},
        {"format", required_argument, NULL, 'f'},
        {"stage", required_argument, NULL, 'k'},
        {"once", no_argument, NULL, 'o'},
        {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    gsl_set_error_handler_off();
    settings wanted = {.n = 1024, .d = 64, .n_rounds = 10, .n_threads = stage_threads(), .seed = 1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            return fputs(help, stdout), finish(SUCCESS);
        }
        if (option == 'l') {
            return list(), finish(SUCCESS);
        }
        if (option == '?') {
            return fputs("Try: ladder --help\n", stderr), USAGE; /* getopt has said what is wrong */
        }
        if (!take(option, optarg, &wanted)) {
            return complain("this value makes no sense here: ", optarg);
        }
    }
    if (optind < argc) {
        return complain("unexpected argument: ", argv[optind]);
    }
    if (wanted.is_once != (wanted.stage != NULL)) {
        return complain("--stage and --once belong together", "");
    }
    return finish(run(&wanted));
}
