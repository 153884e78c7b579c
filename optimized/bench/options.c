/* The command line. */
#include "optimized/bench/options.h"
#include "optimized/kernels/kernels.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFERENCE_ONLY = 1000 };

static const char help[] =
    "make bench ARGS='--work attention --isa all'\n"
    "\n"
    "Measures the speed of every function of optimized/ against the peak of this machine, against\n"
    "reference/ and against what libraries that are installed here offer.\n"
    "\n"
    "  -f, --format FORMAT  table (what you get otherwise) or json\n"
    "  -q, --quick          fewer cases and fewer runs: less than a minute\n"
    "  -w, --work NAME      only works whose name contains NAME\n"
    "  -i, --isa NAME       portable, avx2, avx512 or all; otherwise the best of this machine\n"
    "  -t, --threads N      how many threads at most; otherwise all\n"
    "  -h, --help           this text\n"
    "\n"
    "The table and the JSON go to stdout, everything else to stderr. GFLOP/s are 10^9 additions "
    "and\n"
    "multiplications a second; '% of peak' is their share of what this process reached with\n"
    "multiply-adds on registers alone, with the same instructions and threads; '% of memory' is "
    "the\n"
    "share of the speed at which y += x passes over as many bytes. The last columns\n"
    "say how many times longer others take; '-' where they do not take part.\n"
    "In additive_scores a tanh counts as one operation, and nothing else counts.\n"
    "\n"
    "Exit status: 0 done, 1 something failed, 2 wrong use.\n";

static const struct option long_options[] = {{"format", required_argument, NULL, 'f'},
                                             {"quick", no_argument, NULL, 'q'},
                                             {"work", required_argument, NULL, 'w'},
                                             {"isa", required_argument, NULL, 'i'},
                                             {"threads", required_argument, NULL, 't'},
                                             {"help", no_argument, NULL, 'h'},
                                             {"reference-only", no_argument, NULL, REFERENCE_ONLY},
                                             {NULL, 0, NULL, 0}};

static void refuse(const char *what, const char *value)
{
    fprintf(stderr, "bench: %s '%s'; see --help\n", what, value);
    exit(WRONG_USE);
}

static int number_of_threads(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || n < 1 || n > 1024) {
        refuse("the number of threads must be 1 to 1024, not", text);
    }
    return (int)n;
}

static void read_option(int option, bench_options *options)
{
    switch (option) {
    case 'f':
        if (strcmp(optarg, "json") != 0 && strcmp(optarg, "table") != 0) {
            refuse("the format must be table or json, not", optarg);
        }
        options->is_json = strcmp(optarg, "json") == 0;
        break;
    case 'q':
        options->is_quick = true;
        break;
    case 'w':
        options->work = optarg;
        break;
    case 'i':
        if (strcmp(optarg, "all") != 0 && fast_kernels_named(optarg) == NULL) {
            refuse("this machine has no instruction set", optarg);
        }
        options->isa = optarg;
        break;
    case 't':
        options->n_threads = number_of_threads(optarg);
        break;
    case REFERENCE_ONLY:
        options->is_reference_only = true;
        break;
    case 'h':
        fputs(help, stdout);
        exit(fclose(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    default: /* getopt has said what is wrong */
        fputs("bench: see --help\n", stderr);
        exit(WRONG_USE);
    }
}

bench_options read_options(int n_arguments, char **arguments)
{
    bench_options options = {.n_threads = (int)sysconf(_SC_NPROCESSORS_ONLN)};
#ifndef _OPENMP
    options.n_threads = 1;
#endif
    int option;
    while ((option = getopt_long(n_arguments, arguments, "f:qw:i:t:h", long_options, NULL)) != -1) {
        read_option(option, &options);
    }
    if (optind < n_arguments) {
        refuse("there is nothing to be done with", arguments[optind]);
    }
    return options;
}
