#!/bin/sh
# The judge is not to be fooled: no program of tests/forgeries passes, and what is right does.
set -u
. tests/support/suite.sh

# What is tried on an exercise of ordinary matrices, and on one whose accesses are counted
about_values() {
    list=tests/forgeries/list
    preamble=tests/forgeries/preamble.c
    exercise=exercises/checker/template
}
about_counts() {
    list=tests/forgeries/counted
    preamble=tests/forgeries/counted_preamble.c
    exercise=exercises/02_dot_product/2.28_blocked_scores
}
# and on one in which the checks of a function are the learner's
about_checks() {
    list=tests/forgeries/checks
    preamble=tests/forgeries/checks_preamble.c
    exercise=exercises/checker/template_test
}
export BUILD

# source_of N: the N-th forgery as a learner's file
source_of() {
    cat $preamble
    awk -v wanted="$1" '/^forgery: /{ n++; next } n == wanted && !/^(# |caught: )/' "$list"
}

# is_refused N: the judge says that it is wrong, and why; that it cannot judge would be no refusal
is_refused() {
    caught=$(sed -n 's/^caught: //p' $list | sed -n "$1p")
    source_of "$1" >"$folder/exercise.c"
    tag=$(exercises/run judge $exercise "$folder/exercise.c")
    status=$?
    echo "status $status, <$tag> instead of <$caught>"
    case " $caught " in
    *" $tag "*) [ $status -eq 1 ] ;;
    *) return 1 ;;
    esac
}

passes() {
    exercises/run judge $exercise "$1"
}

honest() {
    { cat $preamble
      echo 'int mean_of_rows(const gsl_matrix *x, gsl_vector *mean) { honest(x, mean); return 0; }'
    } >"$folder/exercise.c"
    n=0
    while [ $((n += 1)) -le 20 ]; do
        passes "$folder/exercise.c" || return 1
    done
}

solution() {
    awk '/^#ifdef SOLUTION$/ { r = 1; next } r && /^#else$/ { r = 2; next }
         r && /^#endif$/ { r = 0; next } r != 2' $exercise/exercise.c >"$folder/exercise.c"
    passes "$folder/exercise.c"
}

# The same mutants, each twenty times: 60 of them, each heard 8 times
many_mutants() {
    twenty=$folder/twenty
    mkdir "$twenty" && cp $exercise/* "$twenty" && awk '
        /exercise_model mutants/ { is_table = 1 }
        /^};/ { is_table = 0 }
        { for (n = is_table && /FUNCTION/ ? 20 : 1; n > 0; n--) print }' \
        $exercise/check.c >"$twenty/check.c" && (exercise=$twenty; solution)
}

all_refused() {
    n_forgeries=$(grep -c '^forgery: ' $list)
    n=0
    while [ $((n += 1)) -le "$n_forgeries" ]; do
        it "refused: $(sed -n 's/^forgery: //p' $list | sed -n ${n}p)" is_refused $n
    done
}

about_counts
it 'the solution that is counted passes' solution
all_refused
about_checks
it 'checks that are right pass' solution
it 'and so do they against 60 mutants' many_mutants
all_refused
about_values
it 'what is right passes, 20 times of 20' honest
it 'the solution passes' solution
all_refused
it 'there are at least 40 forgeries' test "$n_forgeries" -ge 40
finish
