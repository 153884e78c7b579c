# The proof of an exercise: that its starter fails as intended, its solution passes everywhere, each
# wrong formula is told from all others, no mechanical mutant survives, and its texts are complete.

# prove SENTENCE: what is to hold now
prove() {
    claim=$*
}

fault() {
    echo "    $claim: $*"
    n_faults=$((n_faults + 1))
}

# The compilers that are here; the first is the one that make was called with, without any launcher
# such as ccache before it. One compiler may have several names, and tells itself by its macros.
compilers() {
    known=
    for compiler in "${CC##* }" gcc clang; do
        macros=$(echo | $compiler -dM -E - 2>/dev/null | cksum)
        case "$known" in
        *"$macros"*) continue ;;
        esac
        known="$known $macros"
        command -v "$compiler" >/dev/null && echo "$compiler"
    done
}

# child_library COMPILER FLAGS NAME: the child's parts, built by this compiler
child_library() {
    library=$OUT/verify/lib-$3.a
    newer_than "$library" "$CHILD_LIB" && return
    objects=
    for part in $CHILD_NAMES; do
        $1 -std=gnu11 -I. -g $2 $GSL_CFLAGS -c $HERE/checker/$part.c -o "$proof/$part.$3.o" || return 1
        objects="$objects $proof/$part.$3.o"
    done
    rm -f "$library.$$"
    ar rcs "$library.$$" $objects && mv "$library.$$" "$library"
}

# try COMPILER FLAGS LIBRARY SOURCE [JUDGE OPTION ...]: build a source and judge it; sets program,
# tag, passed
try() {
    compiler=$1 flags=$2 library=$3 source=$4
    shift 4
    program=$proof/child/${source##*/}.$(echo "$compiler $flags" | cksum | tr -d ' ')
    mkdir -p "$proof/child"
    rm -f "$program" "$proof/result.json"
    tag=does-not-build passed=false
    CC=$compiler compile_learner "$source" "$program.o" $flags $STRICT || return 0
    CC=$compiler link_child "$program.o" "$program" "$library" $flags >"$program.log2" 2>&1 || return 0
    judged "$@"
    [ -f "$proof/result.json" ] || { tag=no-verdict; return 0; } # the author's own code crashed
    tag=$(sed -n 's/^ "tag": "\(.*\)",*$/\1/p' "$proof/result.json")
    passed=$(sed -n 's/^ "passed": \(.*\),$/\1/p' "$proof/result.json")
}

judged() {
    "$judge" --id "$id" --child "$program" --json "$proof/result.json" --quiet "$@" >/dev/null
}

counts() {
    sed -n 's/^ *"count": //p' "$proof/result.json" | tr '\n' ' '
}

# ---- 1, 8: the starter ---------------------------------------------------------------------------

prove_starter() {
    for compiler in $cc_list; do
        prove "the starter compiles with $compiler and fails with <$(meta starter)>"
        try "$compiler" -O2 "$CHILD_LIB" "$proof/starter.c"
        [ "$passed" = false ] || fault 'it passes'
        [ "$tag" = "$(meta starter)" ] || fault "it fails with <$tag>"
    done
    if [ "$(meta starter)" = slow ]; then
        prove 'the slow starter earns nothing for speed'
        earned=$(tr -d '\n' <"$proof/result.json" | tr '{' '\n' | sed -n 's/.*"slow".*"points": \([0-9]*\),.*/\1/p')
        for points in $earned; do [ "$points" = 0 ] || fault "it earns $points"; done
    fi
}

# ---- 2, 8: the solution --------------------------------------------------------------------------

# Milliseconds of processor time that the slowest case takes a learner, the least of three runs: a
# neighbour on the same core slows some of them down.
slowest_case() {
    for _ in 1 2 3; do
        judged
        sed -n 's/^ *"ms": \([0-9]*\)\..*/\1/p' "$proof/result.json" | sort -n | tail -n 1
    done | sort -n | head -n 1 | grep . || echo 0
}

prove_solution() {
    all_counts=
    for compiler in $cc_list; do
        for level in -O0 -O2; do
            prove "the solution passes with $compiler $level"
            try "$compiler" $level "$CHILD_LIB" "$proof/solution.c" --repeats 24
            [ "$passed" = true ] || fault "<$tag>"
            said=$(policy "$proof/solution.c" "$program.o" | head -n 1)
            [ -z "$said" ] || fault "$said"
            all_counts="$all_counts$(counts)
"
            slow=$(slowest_case)
            [ "$slow" -lt "$(slow_limit)" ] || fault "a case takes $slow ms of $(slow_limit)"
            [ -n "${EXPLAIN_FLAGS-}" ] || continue
            prove "the solution passes with $compiler $level and sanitizers"
            sanitized="$level $EXPLAIN_FLAGS -fno-sanitize-recover=all"
            child_library "$compiler" "$sanitized" "$compiler$level" || fault 'no library'
            try "$compiler" "$sanitized" "$library" "$proof/solution.c" --wide
            [ "$passed" = true ] || fault "<$tag>"
        done
    done
    prove 'what is counted is the same everywhere'
    [ "$(printf '%s' "$all_counts" | sort -u | wc -l)" -le 1 ] || fault "$all_counts"
    for seed in 11 12 13; do
        prove "the solution passes with seed $seed"
        try "$compiler" -O2 "$CHILD_LIB" "$proof/solution.c" --seed $seed --repeats 60
        [ "$passed" = true ] || fault "<$tag>"
    done
}

# The slowest case takes less than a twentieth of its limit.
slow_limit() {
    limit=$(sed -n 's/^ *\.seconds = \([0-9]*\).*/\1/p' "$folder/check.c")
    echo $((${limit:-1} * 1000 / 20))
}

# ---- 3: the wrong formulas -----------------------------------------------------------------------

prove_models() {
    models=$proof/child/models
    prove 'the models can stand in for the learner'
    $CC $CHILD_FLAGS -O2 -I. $GSL_CFLAGS -DCHILD -DJUDGE "$folder/check.c" "$CHILD_LIB" $REFERENCE_LIB \
        $GSL_LIBS -o "$models" >"$proof/models.log" 2>&1 || { fault 'they do not build'; return; }
    n=0
    for model in $("$judge" --models); do
        prove "a learner who writes <$model> is told so, with a hundred times the tolerance"
        "$judge" --id "$id" --child "$models" --argument $n --json "$proof/result.json" --quiet --loose \
            >/dev/null
        tag=$(sed -n 's/^ "tag": "\(.*\)",*$/\1/p' "$proof/result.json")
        [ "$tag" = "$model" ] || fault "he is told <$tag>"
        n=$((n + 1))
    done
    [ "$(meta type)" = explain ] || [ $n -ge 3 ] || { prove 'there are models'; fault "there are $n"; }
}

# ---- 4: mechanical mutants -----------------------------------------------------------------------

prove_mutants() {
    awk -v list=1 -f $HERE/driver/mutate.awk "$proof/solution.c" >"$proof/mutants"
    n_all=$(wc -l <"$proof/mutants")
    wanted=${MUTANTS:-14} # a number, or all of them
    [ "$wanted" != all ] || wanted=$((n_all + 1))
    step=$(((n_all + wanted - 1) / wanted))
    k=1
    while [ $k -le "$n_all" ]; do
        changed=$(sed -n "${k}s/^[0-9]*	//p" "$proof/mutants")
        prove "a case kills the mutant: $changed"
        awk -v mutant=$k -f $HERE/driver/mutate.awk "$proof/solution.c" >"$proof/mutant.c"
        STRICT=-w try "$CC" -O1 "$CHILD_LIB" "$proof/mutant.c"
        if [ "$passed" = true ] && ! meta survivor | grep -qF "$changed | "; then
            fault 'it survives'
        fi
        k=$((k + step))
    done
}

# ---- 6: texts, and what the child knows ----------------------------------------------------------

prove_texts() {
    prove 'meta is complete'
    for key in title type level minutes teaches section function starter; do
        [ -n "$(meta $key)" ] || fault "$key is missing"
    done
    title=$(meta title)
    [ ${#title} -le 35 ] || fault "the title has ${#title} letters, and the map has room for 35"
    case $(meta type) in
    fill | predict | debug | optimise | extend | explain | test) ;;
    *) fault "there is no type $(meta type)" ;;
    esac
    prove 'the section to read again exists'
    [ -n "$(section)" ] || fault "no page has {#$(meta section)}"
    prove 'there is a hint for each level and each model'
    for key in 1 2 3 $("$judge" --models) $("$judge" --mutants); do
        [ -n "$(hint_text "$key")" ] || fault "# $key is missing in hints.txt"
    done
    prove 'hints 1 and 2 do not hold the solution'
    { hint_text 1; hint_text 2; } >"$proof/early.txt"
    sed 's/^ *//' "$proof/solution.c" | grep -E '^.{24,}$' | grep ';' >"$proof/lines.txt"
    grep -qFf "$proof/lines.txt" "$proof/early.txt" && fault 'a line of it stands there'
    prove 'there is a why'
    [ -s "$folder/why.md" ] || fault 'why.md is missing'
    prove 'the child knows no answer'
    $CC $CHILD_FLAGS -O0 -I. $GSL_CFLAGS -DCHILD -c "$folder/check.c" -o "$proof/call.o" || fault 'no child'
    known=$(nm "$proof/call.o" | sed -n 's/.* [a-tv-zA-TV-Z] _\{0,1\}//p' |
        grep -v -e '^exercise_[a-z]*$' -e '^\.' -e '^ltmp' -e '^L')
    [ -z "$known" ] || fault "it is told of $(echo $known)"
}

# ---- the whole -----------------------------------------------------------------------------------

# fingerprint_of: of all that the proof of id rests on
fingerprint_of() {
    { find "$folder" $HERE/checker $HERE/driver $HERE/run -type f ! -name '*.md' |
        sort | xargs cksum
      [ -z "$(meta links)" ] || cat reference/*.[ch] | cksum
      for compiler in $cc_list; do $compiler --version | head -n 1; done; } | cksum
}

# prove_one: the lines of faults, and the last line of the verdict
prove_one() {
    must_exist "$1"
    proof=$OUT/verify/$id
    mkdir -p "$proof"
    n_faults=0
    STRICT=-Werror
    cc_list=$(compilers)
    fingerprint=$(fingerprint_of)
    if [ -z "${AGAIN-}" ] && [ "$(cat "$proof/proved" 2>/dev/null)" = "$fingerprint" ]; then
        echo "proved   $id  $(meta title)  (unchanged)"
        return 0
    fi
    rm -rf "$proof/proved" "$proof/child" # what was built by other rules
    prove 'the checker builds'
    build_judge >"$proof/judge.log" 2>&1 || fault "$(head -n 3 "$proof/judge.log")"
    prove 'starter and solution can be split'
    split starter "$folder/exercise.c" >"$proof/starter.c" || fault 'they cannot'
    split solution "$folder/exercise.c" >"$proof/solution.c" || fault 'they cannot'
    if [ $n_faults = 0 ]; then
        prove_texts
        prove_starter
        prove_solution
        prove_models
        prove_mutants
    fi
    if [ $n_faults = 0 ]; then
        echo "$fingerprint" >"$proof/proved"
        echo "proved   $id  $(meta title)  ($n models, $(((n_all + step - 1) / step)) of $n_all mutants)"
        return 0
    fi
    echo "NOT      $id  $(meta title): $n_faults faults"
    return 1
}

do_check() {
    [ -n "$N" ] || die 'which one? make check-exercise N=2.21'
    AGAIN=1
    prove_one "$N"
}

# Two at a time; the words of each come out together.
do_verify() {
    if [ -n "${1-}" ]; then
        prove_one "$1" >"$OUT/verify-$1.txt" 2>&1
        status=$?
        cat "$OUT/verify-$1.txt"
        rm -f "$OUT/verify-$1.txt"
        return $status
    fi
    mkdir -p "$OUT/verify"
    ids=${N:-$(all_ids)}
    if echo "$ids" | xargs -n 1 -P "${JOBS:-2}" "$HERE/run" verify; then
        echo "$(echo "$ids" | wc -w | tr -d ' ') exercises proved"
    else
        die 'not all exercises are proved'
    fi
}
