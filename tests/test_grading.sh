#!/bin/sh
# A teacher's session, typed: a handout, three students, hidden cases, four formats.
set -u
. tests/support/suite.sh

export BUILD WORK="$folder/work" NO_COLOR=1 GRADING=1
exercise=exercises/02_dot_product/2.21_window
run=exercises/run
mkdir -p "$WORK/2.21_window"
mine=$WORK/2.21_window/exercise.c

solution() {
    awk '/^#ifdef SOLUTION$/ { r = 1; next } r && /^#else$/ { r = 2; next }
         r && /^#endif$/ { r = 0; next } r != 2' $exercise/exercise.c
}

# graded FORMAT [VARIABLE=...]: into $folder/grades
graded() {
    format=$1
    shift
    env FORMAT="$format" N=2.21 "$@" $run grade >"$folder/grades"
}

points() {
    graded json "$@" && sed -n 's/^ "points": \([0-9]*\),$/\1/p' "$folder/grades"
}

earns() {
    wanted=$1
    shift
    got=$(points "$@")
    echo "$got points instead of $wanted"
    [ "$got" = "$wanted" ]
}

solution >"$mine"
it 'what is right earns all points' earns 10
it 'a second grading earns the same' earns 10
solution | sed 's|1.0 / sqrt((double)q->size2)|1.0|' >"$mine"
it 'a wrong formula earns nothing' earns 0
it 'its tag is told' grep -q '"tag": "no-scale"' "$folder/grades"
graded json DETAIL=none
it 'with DETAIL=none nothing is told' sh -c "! grep -q 'no-scale\\|scale' '$folder/grades'"

# ---- the formats, with a failure whose message holds what each format must escape -------------------

has_words() {
    "$BUILD/exercises/grade/grade" --format "$1" "$folder/odd.json" >"$folder/odd.$1"
}
cat >"$folder/odd.json" <<'J'
{"schema": 1, "exercise": "9.9", "title": "a <title> & \"more\"", "seed": 1, "points": 1, "max": 3,
 "passed": false, "tag": "odd", "cases": [
  {"name": "first # one", "status": "pass", "tag": "", "message": "", "points": 1, "max": 1, "ms": 1.5},
  {"name": "second", "status": "fail", "tag": "odd", "message": "a < b & \"c\"\nline \u0001 two", "points": 0, "max": 1, "ms": 2},
  {"name": "third", "status": "skip", "tag": "", "message": "locked", "points": 0, "max": 1, "ms": 0}]}
J

is_junit() {
    command -v xmllint >/dev/null || return 0
    xmllint --noout --schema tests/support/junit.xsd "$1"
}
junit() {
    has_words junit && is_junit "$folder/odd.junit" &&
        grep -q '<testsuites tests="3" failures="1"' "$folder/odd.junit" &&
        [ "$(grep -c '<testcase ' "$folder/odd.junit")" = 3 ] &&
        grep -q 'a &lt; b &amp; &quot;c&quot;&#10;line ? two' "$folder/odd.junit"
}
it 'JUnit fits its schema, its counts are right, and a message keeps its meaning' junit

# Perl has a reader of TAP. A directive would make a failure harmless.
is_tap() {
    perl -MTAP::Parser -e 1 2>/dev/null || return 0
    perl -MTAP::Parser -e '
        local $/;
        my $read = TAP::Parser->new({ tap => <STDIN> });
        my ($n_unknown, $n_messages) = (0, 0);
        while (my $line = $read->next) {
            $n_unknown += $line->is_unknown;
            $n_messages += $line->is_yaml;
            print $line->raw, "\n" if $line->is_unknown;
        }
        print join("\n", $read->parse_errors), "\n";
        exit($read->parse_errors || $n_unknown || $read->version != 13 || $n_messages != $read->failed ||
             $read->todo || $read->skipped ? 1 : 0);' <"$1"
}
tap() {
    has_words tap && is_tap "$folder/odd.tap" && awk '
        NR == 1 { if ($0 != "TAP version 13") exit 1 }
        NR == 2 { if ($0 != "1..3") exit 1 }
        /^(not )?ok / { n++; number = $1 == "not" ? $3 : $2; if (number != n || /#/) exit 1 }
        /^not ok/ { bad++ }
        END { exit !(n == 3 && bad == 2) }' "$folder/odd.tap"
}
it 'TAP has a version, a plan, and a line for each case' tap

# Gradescope: tests with score, max_score, name, output, and one of four visibilities
gradescope() {
    has_words gradescope || return 1
    is_gradescope <"$folder/odd.gradescope"
}
is_gradescope() {
    perl -MJSON::PP -e 1 2>/dev/null || return 0
    perl -MJSON::PP -e '
        local $/;
        my $r = decode_json(<STDIN>);
        my %top = map { $_ => 1 } qw(score execution_time output output_format test_output_format
            test_name_format visibility stdout_visibility extra_data tests leaderboard);
        my %test = map { $_ => 1 } qw(score max_score status name name_format number output
            output_format tags visibility extra_data);
        my %seen = map { $_ => 1 } qw(visible hidden after_due_date after_published);
        my $sum = 0;
        sub refuse { print "@_\n"; exit 1 }
        for (keys %$r) { $top{$_} or refuse("$_ is no field") }
        $seen{$r->{$_}} or refuse($_) for qw(visibility stdout_visibility);
        for my $t (@{$r->{tests}}) {
            for (keys %$t) { $test{$_} or refuse("$_ is no field of a test") }
            $t->{status} =~ /^(passed|failed)$/ or refuse($t->{status});
            $seen{$t->{visibility}} or refuse($t->{visibility});
            0 <= $t->{score} && $t->{score} <= $t->{max_score} or refuse($t->{score});
            length $t->{name} && !ref $t->{output} or refuse("a test without a name");
            $sum += $t->{score};
        }
        $sum == $r->{score} or refuse("the tests sum to $sum");'
}
it 'Gradescope finds only the fields that it documents' gradescope

it 'JSON carries schema, points and every case' sh -c "
    $BUILD/exercises/grade/grade --format json $folder/odd.json |
        tr -d ' \n' | grep -q '^{\"schema\":1,\"points\":1,\"max\":3,\"exercises\":\[{\"schema\":1,'"
it 'a result that is none is refused' sh -c "
    echo '{\"schema\": 7}' >$folder/none.json
    ! $BUILD/exercises/grade/grade --format tap $folder/none.json"
it 'a format that is none is refused' sh -c "! FORMAT=pdf $run grade"
it 'a full disk is no grade' sh -c "
    [ ! -e /dev/full ] || ! $BUILD/exercises/grade/grade --format json $folder/odd.json >/dev/full"

# ---- what students may try, and what teachers add -------------------------------------------------

# The same of a real run: one exercise failed, another was not handed in
solution | sed 's|1.0 / sqrt((double)q->size2)|1.0|' >"$mine"
all_of() {
    env FORMAT="$1" N="2.21
2.22" $run grade >"$folder/whole" && "is_$1" "$folder/whole" <"$folder/whole"
}
it 'a whole JUnit report fits' all_of junit
it 'a whole TAP report fits' all_of tap
it 'what was not handed in is said' grep -q '2.22: it was handed in' "$folder/whole"
it 'a whole Gradescope report fits' all_of gradescope

rm "$mine"
it 'what was not handed in earns nothing' earns 0
it 'a folder that is none is refused' sh -c "! WORK=$folder/nowhere $run grade"
echo 'int window_weights(' >"$mine"
it 'what does not build earns nothing' earns 0
it 'and is told so' grep -q 'does-not-build' "$folder/grades"

mkdir "$folder/hidden"
sed 's/3 queries, 5 keys, a window of 3/a hidden case/; s/make(p, 3, 5, 4, 3, 1.0)/make(p, 4, 9, 3, 2, 1.0)/' \
    $exercise/check.c >"$folder/hidden/2.21.c"
solution >"$mine"
it 'hidden cases count' earns 20 HIDDEN="$folder/hidden"
graded gradescope HIDDEN="$folder/hidden"
it 'and are hidden' grep -q '"visibility": "after_published"' "$folder/grades"
solution | sed 's/end > width ? end - width : 0/end > 3 ? end - 3 : 0/' >"$mine"
it 'an answer that fits the known case alone loses there' sh -c "
    [ \$(FORMAT=json N=2.21 HIDDEN=$folder/hidden $run grade |
        sed -n 's/^ \"points\": \([0-9]*\),\$/\1/p') -lt 10 ]"

# ---- a seed of one's own: numbers that are predicted by hand --------------------------------------

# by_hand SEED: what a student of this seed hands in, as constants
by_hand() {
    rm -rf "$WORK/1.23_by_hand"
    N=1.23 SEED=$1 $run start && awk '
        FNR == NR && NF == 2 && $1 ~ /^[0-9.]+$/ { a[n + 0] = $1; b[n++] = $2 }
        FNR == NR { next }
        /TODO/ {
            for (j = 0; j < 3; j++) sum += w[j] = a[2] * a[j] + b[2] * b[j]
            for (j = 0; j < 3; j++) { x += w[j] / sum * a[j]; y += w[j] / sum * b[j] }
            for (j = 0; j < 3; j++) set(j, w[j] / sum)
            set(3, x)
            set(4, y)
            next
        }
        { print }
        function set(k, value) { printf "gsl_vector_set(predicted, %d, %.3f);\n", k, value }
    ' "$WORK/1.23_by_hand/given.txt" "$WORK/1.23_by_hand/exercise.c" >"$folder/by_hand.c" &&
        mv "$folder/by_hand.c" "$WORK/1.23_by_hand/exercise.c"
}
earns_by_hand() {
    [ "$(N=1.23 SEED=$2 $run grade | sed -n 's/^ "points": \([0-9]*\),$/\1/p')" = "$1" ]
}
it 'a student predicts the numbers of a seed' by_hand 17
it 'which are right with that seed' earns_by_hand 5 17
it 'and wrong with another' earns_by_hand 0 18

# ---- the handout ---------------------------------------------------------------------------------

handout() {
    BUILD=$BUILD SEED=17 $run handout || return 1
    mkdir "$folder/class"
    tar -xzf "$BUILD/handout-seed-17.tar.gz" -C "$folder/class"
}
if git rev-parse --git-dir >/dev/null 2>&1; then
    it 'a handout is made' handout
    it 'no solution is in it' sh -c "! grep -q 'ifdef SOLUTION' \
        '$folder/class'/attention-exercises/exercises/0*/*/exercise.c"
    it 'no explanation is in it' sh -c "! find '$folder/class/attention-exercises/exercises'/0* -name why.md | grep -q ."
    in_class() {
        (cd "$folder/class/attention-exercises" && BUILD=$folder/none WORK=$folder/student "$@")
    }
    it 'a student can start from it' in_class env N=2.21 exercises/run start
    it 'and gets the same starter' cmp "$folder/student/2.21_window/exercise.c" \
        "$folder/class/attention-exercises/$exercise/exercise.c"
    it 'a student has the numbers of the seed' sh -c "
        cd '$folder/class/attention-exercises' && grep -q '^17$' exercises/seed"
    it 'the checks are' test -f "$folder/class/attention-exercises/$exercise/check.c"
fi
finish
