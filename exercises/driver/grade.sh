# Grading: every exercise anew, on fresh problems, in a clean copy of the course; and what a class
# gets to begin with. Nothing here reads the learner's own copy of a check, or what is remembered.

# judge_file SOURCE RESULT [JUDGE OPTION ...]: judge a source as the work on id
judge_file() {
    given=$1 result=$2
    shift 2
    into=$OUT/$id/graded
    mkdir -p "$into"
    rm -f "$result"
    if ! build_learner "$given" "$into" >"$into/build.txt"; then
        write_no_build "$(head -c 2000 "$into/build.txt")" >"$result"
        return 1
    fi
    "$judge" --id "$id" --title "$(meta title)" --child "$into/child/exercise" --json "$result" \
        --quiet "$@"
}

# make judge: one file as a solution of the exercise in a folder; for the tests of the checker
do_judge() {
    folder=${1%/} mine=$2 id=judged-$(basename "$1")
    STATE=$OUT/none
    build_judge || exit 2
    judge_file "$mine" "$OUT/judged.json" --fresh --repeats 12
    status=$?
    id=..
    sed -n 's/^ "tag": "\(.*\)",*$/\1/p' "$OUT/judged.json"
    return $status
}

do_grade() {
    case ${FORMAT:-json} in
    json | junit | tap | gradescope) ;;
    *) die "FORMAT=$FORMAT is none of json, junit, tap, gradescope" ;;
    esac
    case ${DETAIL:-full} in
    full | tag | none) ;;
    *) die "DETAIL=$DETAIL is none of full, tag, none" ;;
    esac
    [ -d "$WORK" ] || die "there is no folder $WORK to grade"
    [ -z "${HIDDEN-}" ] || [ -d "$HIDDEN" ] || die "HIDDEN=$HIDDEN is no folder"
    if [ -z "${GRADING-}" ] && git rev-parse --git-dir >/dev/null 2>&1; then
        grade_elsewhere
    else
        grade_here
    fi
}

# In a clean copy of the commit, or of the release that RELEASE names: what was edited here, checks
# above all, has no say.
grade_elsewhere() {
    commit=$(git rev-parse --verify -q "${RELEASE:-HEAD}^{commit}") ||
        die "there is no release ${RELEASE-}"
    tree=$OUT/graded/$commit
    if [ ! -f "$tree/Makefile" ]; then
        rm -rf "$tree.new"
        mkdir -p "$tree.new" || exit 2
        git archive "$commit" | tar -x -C "$tree.new" && mv "$tree.new" "$tree" || exit 2
    fi
    here=$PWD
    absolute=$WORK
    case $WORK in /*) ;; *) absolute=$here/$WORK ;; esac
    hidden=${HIDDEN-}
    case $hidden in '' | /*) ;; *) hidden=$here/$hidden ;; esac
    (cd "$tree" && "$MAKE" --no-print-directory BUILD=build CC="$CC" checker >"$here/$OUT/graded.log" 2>&1) ||
        die "the clean copy does not build: see $OUT/graded.log"
    (cd "$tree" && GRADING=1 BUILD=build WORK=$absolute HIDDEN=$hidden N=$N SEED=$SEED \
        FORMAT=${FORMAT-} DETAIL=${DETAIL-} RECEIPT=${RECEIPT-} exercises/run grade)
}

grade_here() {
    results=
    for id in ${N:-$(all_ids)}; do
        must_exist "$id"
        build_judge >/dev/null 2>&1 || die "the checker of $id does not build"
        result=$OUT/$id.json
        if [ -f "$mine" ]; then
            judge_file "$mine" "$result" --fresh --seed "$SEED" --repeats 12
        else
            tag=not-started
            write_no_build 'nothing was handed in' >"$result"
        fi
        results="$results $result"
        grade_hidden
    done
    "$GRADE" --format "${FORMAT:-json}" --detail "${DETAIL:-full}" $results
}

# A teacher's own cases: HIDDEN/2.21.c is another check.c for the same function.
grade_hidden() {
    extra=${HIDDEN:+$HIDDEN/$id.c}
    [ -f "$extra" ] && [ -f "$mine" ] || return 0
    shown=$folder
    folder=$OUT/$id/hidden
    mkdir -p "$folder"
    sed 's/^points .*//' "$shown/meta" >"$folder/meta"
    cp "$extra" "$folder/check.c"
    rm -f "$OUT/$id/judge"
    build_judge || die "$extra does not build"
    judge_file "$mine" "$OUT/$id-hidden.json" --fresh --seed "$SEED" --repeats 12
    rm -f "$OUT/$id/judge" "$OUT/$id/graded/child/exercise.call.o"
    sed 's/^ "schema": 1,/ "schema": 1,\
 "hidden": true,/' "$OUT/$id-hidden.json" >"$OUT/$id-hidden.json.new"
    mv "$OUT/$id-hidden.json.new" "$OUT/$id-hidden.json"
    results="$results $OUT/$id-hidden.json"
    folder=$shown
}

# ---- make handout --------------------------------------------------------------------------------

# The course for a class: every exercise.c is its starter, and no why.md tells. The checks stay, for
# the learners run them; what is graded is graded with fresh problems, and with HIDDEN cases.
do_handout() {
    commit=$(git rev-parse --verify -q HEAD) || die 'a handout is made from a git repository'
    tree=$OUT/handout/attention-exercises
    rm -rf "$OUT/handout"
    mkdir -p "$tree"
    git archive "$commit" | tar -x -C "$tree" || exit 2
    for id in $(all_ids); do
        must_exist "$id"
        split starter "$folder/exercise.c" >"$tree/$folder/exercise.c" || exit 2
        rm -f "$tree/$folder/why.md"
    done
    echo 'A copy of the course without its solutions.' >"$tree/exercises/handout"
    echo "$SEED" >"$tree/exercises/seed"
    archive=$BUILD/handout-seed-$SEED.tar.gz
    tar -cz -C "$OUT/handout" -f "$archive.new" attention-exercises && mv "$archive.new" "$archive" ||
        exit 2
    echo "$archive: $(all_ids | wc -l | tr -d ' ') exercises without their solutions, seed $SEED"
}
