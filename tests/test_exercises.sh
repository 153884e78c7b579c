#!/bin/sh
# A learner's session, typed: start, wrong, hint, right, solution, reset, a new version, merge. Then
# the faults that C code can have, each of which must be named.
set -u
. tests/support/suite.sh

export BUILD WORK="$folder/work" NO_COLOR=1
exercise=exercises/02_dot_product/2.21_window
mine=$WORK/2.21_window/exercise.c

# type WORDS: a command of exercises/run, with variables before it as make has them; what it says
# stays in $folder/out
type() {
    env "$@" >"$folder/out" 2>&1
    status=$?
    cat "$folder/out"
    return $status
}

says() {
    text=$1
    shift
    type "$@"
    grep -qF -e "$text" "$folder/out"
}

# ends_with STATUS COMMAND: and with no other
ends_with() {
    wanted=$1
    shift
    type "$@"
    status=$?
    [ $status -eq "$wanted" ]
}

solution() {
    awk '/^#ifdef SOLUTION$/ { r = 1; next } r && /^#else$/ { r = 2; next }
         r && /^#endif$/ { r = 0; next } r != 2' $exercise/exercise.c
}

run=exercises/run

# ---- the session ---------------------------------------------------------------------------------

it 'a new learner sees what comes next' says 'next:  make start N=' $run list
it 'a check before any start says what to do' says 'make start' $run exercise
it 'an exercise that does not exist is refused in one sentence' says 'there is no exercise 9.99' \
    N=9.99 $run start
it 'a number that is none is refused' says 'is not the number' N='x;y' $run start
it 'the first start writes the file' ends_with 0 N=2.21 $run start
it 'the starter holds no solution' sh -c "! grep -q dot_of_rows '$mine'"
it 'a second start does not touch it' ends_with 2 N=2.21 $run start
it 'the starter fails, and says why' says '<not-written>' $run exercise
it 'a failed check ends with 1' ends_with 1 $run exercise
it 'the solution is not shown yet' ends_with 2 $run solution
it 'the first hint' says 'Hint 1 of 3' $run hint
it 'the second hint' says 'Hint 2 of 3' $run hint

solution | sed 's|1.0 / sqrt((double)q->size2)|1.0|' >"$mine"
it 'a known wrong formula is named' says 'looks like: the softmax of q . k itself' $run exercise
it 'its hint comes before the next level' says 'About <no-scale>' $run hint
it 'got and want stand side by side' says 'weights (3 x 5)                 want' $run exercise
it 'a failure takes at most 16 lines' sh -c "[ \$($run exercise | wc -l) -le 16 ]"
it 'the section to read again is named' says 'chapter 2, "Masks' $run exercise

printf 'int window_weights(int' >"$mine"
it 'what does not build ends with 2, and with the line' ends_with 2 $run exercise
it 'the error names the learner'"'"'s file' says 'exercise.c:2: error' $run exercise

solution >"$mine"
it 'a right answer passes' ends_with 0 $run exercise
it 'the map knows' says '40 min  passed, 3 hints' $run list
it 'now the solution is shown, with why' says 'The mask is not something' $run solution
it 'nothing of a terminal is in what is printed' sh -c "! $run exercise | grep -q '$(printf '\033')'"

# ---- nothing is lost -----------------------------------------------------------------------------

echo '/* my thoughts */' >>"$mine"
it 'reset writes the starter' ends_with 0 N=2.21 $run reset
it 'what was there is kept' sh -c "grep -q 'my thoughts' '$WORK'/.old/*/2.21_window.c"
it 'reset asks which one' ends_with 2 $run reset
it 'nothing to merge is said' says 'has not changed' $run merge

# A new version of the course: a clone in which the starter changed.
clone=$folder/clone
new_version() {
    mkdir "$clone" && cp -R exercises chapters reference "$clone" && cp Makefile "$clone" &&
        sed 's/^ \* exp() and sqrt(), no BLAS/&. New words/; s/Scores may be/New: scores may be/' \
            $exercise/exercise.c >"$clone/$exercise/exercise.c" &&
        sed 's|TODO(2.21)|mine(2.21)|' "$mine" >"$mine.new" && mv "$mine.new" "$mine"
}
in_clone() {
    (cd "$clone" && BUILD=$folder/none "$@")
}
it 'a new version changes a starter' new_version
it 'the map says so' in_clone says 'changed upstream' exercises/run list
it 'merge brings both changes together' in_clone ends_with 0 N=2.21 exercises/run merge
it 'the new words are there' grep -q 'New: scores may be' "$mine"
it 'and so are the learner'"'"'s' grep -q 'mine(2.21)' "$mine"

# ---- watch and debug -----------------------------------------------------------------------------

# It sees a file that is renamed into place, as editors do, and checks again.
watches() {
    solution >"$mine"
    N=2.21 $run watch >"$folder/watched" 2>&1 &
    watcher=$!
    waits_for '10 of 10 points' && { solution | sed 's/+ 1;/+ 2;/'; } >"$mine.new" &&
        mv "$mine.new" "$mine" && waits_for '<two-sided>\|<mismatch>\|<signal>\|SEGV\|<gsl-error>'
    seen=$?
    kill $watcher
    wait $watcher 2>/dev/null
    cat "$folder/watched"
    return $seen
}
waits_for() {
    n=0
    while [ $((n += 1)) -le 300 ]; do
        grep -q "$1" "$folder/watched" && return 0
        sleep 0.1 2>/dev/null || sleep 1
    done
    return 1
}
it 'watch checks again when the file is replaced' watches
it 'debug stops in the function, on the data of the case' says 'break window_weights' \
    N=2.21 CASE=2 DEBUGGER=echo $run debug

# ---- numbers that are predicted, and answers of which many are right -------------------------------

predicting=$WORK/1.23_by_hand
# predicts SUM: the weights and the mixture of given.txt with three decimals, divided by this
predicts() {
    awk -v divisor="$1" '
        NF == 2 && $1 ~ /^[0-9.]+$/ { a[n + 0] = $1; b[n++] = $2 }
        END {
            for (j = 0; j < 3; j++) sum += w[j] = a[2] * a[j] + b[2] * b[j]
            if (divisor != "sum") sum = divisor
            for (j = 0; j < 3; j++) {
                set(w[j] / sum); first += w[j] / sum * a[j]; second += w[j] / sum * b[j]
            }
            set(first); set(second)
        }
        function set(x) { printf "gsl_vector_set(predicted, %d, %.3f);\n", k++, x }
    ' "$predicting/given.txt" >"$folder/numbers" &&
        sed -e "/TODO(1.23)/r $folder/numbers" -e '/TODO(1.23)/d' "$WORK/.state/base/1.23_by_hand.c" \
            >"$predicting/exercise.c"
}
gives_other_numbers() {
    cp "$predicting/given.txt" "$folder/given" && mv "$predicting" "$folder/first" &&
        N=1.23 SEED=2 $run start && ! cmp "$predicting/given.txt" "$folder/given"
    other=$?
    rm -r "$predicting" && mv "$folder/first" "$predicting"
    return $other
}
it 'an exercise that asks for a prediction prints what is given' says given.txt N=1.23 $run start
it 'another seed gives other numbers' gives_other_numbers
predicts sum
it 'three decimals by hand, from what was printed, are right' says '5 of 5' N=1.23 $run exercise
predicts 1
it 'a mistake by hand is named' says '<not-divided>' N=1.23 $run exercise
it 'the right numbers are not shown' sh -c "! N=1.23 $run exercise | grep -q want"

breaking=$WORK/1.24_breaking_queries/exercise.c
N=1.24 $run start >/dev/null
it 'where many answers are right, none is told from a wrong one' says '<not-written>' N=1.24 \
    $run exercise
sed -i.old 's|/\* TODO(1.24) \*/|gsl_matrix_set(queries, 0, 0, 0.5);|' "$breaking"
it 'and half of one, too' says '<cells-missing>' N=1.24 $run exercise
sed 's|gsl_matrix_set(queries, 0, 0, 0.5)|gsl_matrix_set_zero(queries)|' "$breaking" >"$folder/zero.c"
mv "$folder/zero.c" "$breaking"
it 'a wrong one is named by the judge of the exercise' says '<zero-query>' N=1.24 $run exercise

# ---- checks that a learner writes ------------------------------------------------------------------

checks=$WORK/1.27_three_checks/exercise.c
# asks N STEP COMPARISON: sizes N, N + STEP, N + 2 STEP; the weights are compared so with what is right
asks() {
    sed '/TODO(1.27)/,/return 0/d' "$WORK/.state/base/1.27_three_checks.c" | sed '$d' >"$checks"
    cat >>"$checks" <<C
    enum { M = $1, N = $1 + 2 * $2, D = $1 + $2 };
    gsl_matrix *s = gsl_matrix_calloc(M, N), *v = gsl_matrix_calloc(N, D);
    gsl_matrix *w = gsl_matrix_calloc(M, N), *y = gsl_matrix_calloc(M, D);
    for (size_t n = 0; n < M * N; n++) gsl_matrix_set(s, n / N, n % N, 2.0 + sin(1.0 + n));
    for (size_t n = 0; n < N * D; n++) gsl_matrix_set(v, n / D, n % D, cos(2.0 + n));
    gsl_matrix_set_all(y, 9.0);
    reweight(s, v, w, y);
    int failed = 0;
    for (size_t i = 0; i < M; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < N; j++) sum += gsl_matrix_get(s, i, j);
        for (size_t j = 0; j < N; j++) {
            double p = gsl_matrix_get(s, i, j) / sum;
            failed = fabs(gsl_matrix_get(w, i, j) - p) $3 ? failed : 1;
        }
        for (size_t c = 0; c < D; c++) {
            double left = gsl_matrix_get(y, i, c);
            for (size_t j = 0; j < N; j++) left -= gsl_matrix_get(w, i, j) * gsl_matrix_get(v, j, c);
            failed = fabs(left) < 1e-9 ? failed : 2;
        }
    }
    return failed;
}
C
}
N=1.27 $run start >/dev/null
it 'checks that ask nothing are not written yet' says '<not-written>' N=1.27 $run exercise
asks 4 0 '< 1e-9'
it 'checks on square data are told so' says 'All your matrices are square' N=1.27 $run exercise
asks 3 1 '== 0.0'
it 'checks that compare with == are told so' says '<exact-equality>' N=1.27 $run exercise
asks 3 1 '>= 0.0'
it 'a check that cannot fail is shown what a question told' says 'tells: weights[0][0] is' N=1.27 \
    $run exercise
asks 3 1 '< 1e-9'
it 'checks that reject all mutants pass' says '10 of 10' N=1.27 $run exercise
it 'a debugger is refused in one sentence' says 'checks ask the judge' N=1.27 $run debug

lengths() {
    wc -l exercises/checker/*.[ch] exercises/grade/*.[ch] exercises/*/*/*.c exercises/driver/* |
        awk '$2 != "total" && $1 > 300 { print; long = 1 } END { exit long }'
}
it 'no file of the exercises is longer than 300 lines' lengths

# ---- the chapters with the learner's own functions ------------------------------------------------

# A division that passes, and says when it is called
speaks() {
    N=1.22 $run start && careful=$WORK/1.22_nearly_nothing/exercise.c &&
        awk '/^#ifdef SOLUTION$/ { r = 1; next } r && /^#else$/ { r = 2; next }
             r && /^#endif$/ { r = 0; next } r != 2 { print }
             r == 1 && /^ *for/ && !n++ { print "puts(\"divided by a learner\");" }' \
            exercises/01_reweighting/1.22_nearly_nothing/exercise.c >"$careful" &&
        { echo '#include <stdio.h>'; cat "$careful"; } >"$careful.new" && mv "$careful.new" "$careful"
}
is_used() {
    grep -q 'divided by a learner' "$BUILD/mine/reweighting.mine" &&
        ! grep -q 'divided by a learner' "$BUILD/mine/reweighting.reference"
}
# but for one line that shows rounding
without_words() {
    sed '/divided by a learner/d; /e-16 with dot/d' "$BUILD/mine/reweighting.mine" >"$folder/mine" &&
        sed '/e-16 with dot/d' "$BUILD/mine/reweighting.reference" | cmp - "$folder/mine"
}
it 'nothing of the learner, nothing to run' ends_with 2 $run mine
it 'a division by the sum is written' speaks
it 'the program of chapter 1 runs with it' says 'yours, in ref_divide_by_sum()' N=1 $run mine
it 'it was really called' is_used
it 'and says what the reference says' without_words

# Where its output should go stands a folder
fails() {
    rm "$BUILD/mine/reweighting.reference" && mkdir "$BUILD/mine/reweighting.reference" &&
        ends_with 2 N=1 $run mine
    failed=$?
    rmdir "$BUILD/mine/reweighting.reference"
    [ $failed = 0 ] && grep -q 'chapters/01_reweighting/reweighting ended with status' "$folder/out"
}
it 'if the program of the course fails, that is said' fails

# ---- what git sees of all this -------------------------------------------------------------------

# A clone with the tree's own files, as old as they are, and its build: nothing is made again.
whole=$folder/whole
clone_whole() {
    git clone -q . "$whole" && git ls-files | tar -cf - -T - | tar -xpf - -C "$whole" &&
        ln -s "$PWD/build" "$whole/build" && echo /build >>"$whole/.git/info/exclude"
}
session() (
    unset WORK
    cd "$whole" && git status --porcelain >"$folder/before" && N=1.22 $run start &&
        cp "$careful" work/1.22_nearly_nothing/exercise.c && N=1.22 $run exercise &&
        N=1 $run mine && N=1.22 GRADING=1 $run grade
)
stays_clean() {
    (cd "$whole" && git status --porcelain) | diff "$folder/before" -
}
if git rev-parse --git-dir >/dev/null 2>&1; then
    it 'a clone is made' clone_whole
    it 'start, exercise, mine and grade are typed in it' session
    it 'and git sees nothing of them' stays_clean
fi

# ---- faults --------------------------------------------------------------------------------------

# with_fault CODE: the solution, with this at the beginning of the function
with_fault() {
    solution | awk -v code="$1" '
        { print }
        /^int window_weights/ { head = 1 }
        head && /^\{/ { print code; head = 0 }' | sed '1i\
#include <stdio.h>\
#include <stdlib.h>\
#include <gsl/gsl_blas.h>' >"$mine"
}

# named TAG TEXT CODE
named() {
    with_fault "$3"
    type N=2.21 $run exercise
    grep -qF "<$1>" "$folder/out" && grep -qF -e "$2" "$folder/out"
}

has_sanitizer() {
    grep -q "^EXPLAIN_FLAGS='-f" "$BUILD/exercises/settings"
}

if has_sanitizer; then
    it 'NULL is named, with the line' named SEGV 'exercise.c:' '*(volatile int *)0 = 1;'
    it 'a block that is too short is named, with its size' named heap-buffer-overflow \
        'of a block of 80 bytes = 10 doubles' \
        'double *t = malloc(80); for (int n = 0; n < 11; n++) ((volatile double *)t)[n] = 0; free(t);'
    it 'a row that runs over is named' named tda 'tda apart' 'weights->data[weights->size2] = 0;'
    it 'an endless loop is named, with the line' named timeout 'it was at exercise.c:' \
        'for (volatile unsigned i = 0;; i++) ;'
    it 'a call of the GSL that does not fit is named, with the line' named gsl-error \
        'called from exercise.c:' 'gsl_matrix_set(weights, 99, 0, 1.0);'
    it 'recursion without end is named' named stack-overflow 'exercise.c:' \
        'if (width) window_weights(q, k, width + 1, weights);'
fi
it 'exit() is named' named exit 'before your function returned' 'exit(0);'
it 'a flood is named' named output-flood 'more than 1 MB' 'for (;;) puts("flood");'
it 'a write before the first row is named' named guard 'before the first row' 'weights->data[-1] = 0;'
it 'a changed input is named' named input-changed 'only to be read' 'q->data[0] += 1.0;'

# The solution, added to what stood there
adds() {
    solution | sed 's/^int window_weights/static int right/' >"$mine"
    cat >>"$mine" <<'C'
int window_weights(const gsl_matrix *q, const gsl_matrix *k, size_t width, gsl_matrix *weights)
{
    gsl_matrix *sum = gsl_matrix_calloc(weights->size1, weights->size2);
    int status = right(q, k, width, sum);
    gsl_matrix_add(weights, sum);
    gsl_matrix_free(sum);
    return status;
}
C
    says '<not-zeroed>' N=2.21 $run exercise
}
it 'adding to what stood there is named' adds
it 'memory that is kept is named' named leak 'allocated and not freed' \
    'volatile char *kept = malloc(100); kept[0] = 1;'

prints() {
    with_fault 'puts("hello"); printf("%zu ", width);'
    ends_with 0 N=2.21 $run exercise
}
it 'what a learner prints does no harm' prints

# Where a result is added to what stood there, doing nothing leaves what stood there
adds_nothing() {
    type N=3.21 $run start
    says 'no cell of grad_x was changed yet' N=3.21 $run exercise && grep -qF '<not-written>' "$folder/out"
}
it 'gradients to which nothing was added are not written yet' adds_nothing
finish
