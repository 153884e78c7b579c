# From a source to a judge and a child. Compiler, flags and libraries are those of make, which writes
# them into $OUT/settings; EXPLAIN_FLAGS is empty where the compiler has no sanitizer.

CHILD_FLAGS='-std=gnu11 -g -Wall -Wextra -Wno-unused-parameter'

# newer_than FILE SOURCE ...: whether FILE exists and none of the others is younger
newer_than() {
    target=$1
    shift
    [ -f "$target" ] || return 1
    for source in "$@"; do
        [ "$source" -nt "$target" ] && return 1
    done
    return 0
}

# build_judge: $OUT/$id/judge, which alone knows the answers
build_judge() {
    mkdir -p "$OUT/$id"
    judge=$OUT/$id/judge
    newer_than "$judge" "$folder/check.c" "$JUDGE_LIB" && return
    $CC -std=gnu11 -O2 -g -Wall -Wextra -I. $GSL_CFLAGS $CUNIT_CFLAGS ${JUDGE_FLAGS-} -DJUDGE \
        "$folder/check.c" -o "$judge.new" "$JUDGE_LIB" $REFERENCE_LIB $JUDGE_LIBS || return 1
    mv "$judge.new" "$judge"
}

# compile_learner SOURCE OBJECT FLAG ...: what the compiler says goes to $OBJECT.log
compile_learner() {
    source=$1 object=$2
    shift 2
    $CC $CHILD_FLAGS "$@" -I"$INCLUDE" $GSL_CFLAGS $(frame_limit) -MD -MF "$object.d" \
        -c "$source" -o "$object" >"$object.log" 2>&1
}

# Exercises that are counted allow few local variables: they stand for registers.
frame_limit() {
    [ "$(meta meter)" = counted ] && echo '-Wframe-larger-than=2048'
}

# link_child OBJECT PROGRAM LIBRARY FLAG ...
link_child() {
    object=$1 program=$2 library=$3
    shift 3
    call=$program.call.o
    if ! newer_than "$call" "$folder/check.c" "$library"; then
        $CC $CHILD_FLAGS "$@" -I. $GSL_CFLAGS -DCHILD -c "$folder/check.c" -o "$call" || return 1
    fi
    $CC $CHILD_FLAGS "$@" "$object" "$call" "$library" $(linked_libraries) $GSL_LIBS -o "$program"
}

# An exercise may be written with the reference's functions: links = reference
linked_libraries() {
    [ "$(meta links)" = reference ] && echo "$REFERENCE_LIB"
}

# ---- what is not allowed ----------------------------------------------------------------------

# checker_names: what the child's own parts define, but for the counted matrices' four functions
checker_names() {
    nm "$CHILD_LIB" 2>/dev/null | sed -n 's/.* [TDBRCVWS] _\{0,1\}//p' |
        grep -v -x -e counted_get -e counted_set -e counted_rows -e counted_cols | tr '\n' ' '
}

# policy SOURCE OBJECT: one sentence if the source breaks a rule; nothing if it breaks none
policy() {
    function=$(meta function)
    bad_include "$1" "$2.d"
    bad_words "$1" "$2"
    symbols=$(nm "$2" 2>/dev/null) || return 0
    theirs=$(checker_names)
    echo "$symbols" | sed -n 's/.* U _\{0,1\}//p' | while read -r symbol; do
        for forbidden in $(meta forbid); do
            case $symbol in
            "$forbidden"*) echo "forbidden-call: $symbol() is not allowed here: $(why_forbidden)" ;;
            esac
        done
        case " $theirs " in
        *" $symbol "*) echo "forbidden-call: $symbol is the checker's own" ;;
        esac
    done
    echo "$symbols" | sed -n 's/.* [TDBRCVWGSi] _\{0,1\}//p' | while read -r symbol; do
        case " $function " in
        *" $symbol "*) ;;
        *) echo "extra-symbol: $symbol must be static: only $function is called from outside" ;;
        esac
    done
    if [ "$(meta meter)" = counted ]; then
        echo "$symbols" | sed -n 's/.* [bBdD] _\{0,1\}//p' | while read -r symbol; do
            echo "static-memory: $symbol is static memory, which is not counted"
        done
        grep -q 'Wframe-larger-than' "$2.log" && echo 'large-frame: more than 2 KiB of local' \
            'variables, which are not counted'
    fi
}

why_forbidden() {
    why=$(meta forbid_why)
    echo "${why:-write it yourself}"
}

# Only the system's headers may be included, and what the starter includes itself.
bad_include() {
    tr ' \\' '\n\n' <"$2" | grep '/' | while read -r path; do
        case $path in
        "$1" | *.o: | /usr/* | /Library/* | /Applications/* | /opt/* | /nix/store/* | /gnu/store/*) ;;
        *exercises/checker/counted.h) ;;
        *reference/*.h) [ "$(meta links)" = reference ] || echo "bad-include: $path" ;;
        *) echo "bad-include: $path may not be included" ;;
        esac
    done
}

# Assembler could name any file and any system call. The words are looked for after the
# preprocessor, in the learner's own lines.
bad_words() {
    $CC $CHILD_FLAGS -I"$INCLUDE" $GSL_CFLAGS -E "$1" 2>/dev/null |
        awk -v source="$1" '
            /^# [0-9]+ "/ { own = index($0, "\"" source "\"") > 0; next }
            own && /(^|[^A-Za-z0-9_])(asm|__asm|__asm__)([^A-Za-z0-9_]|$)/ { found = 1 }
            END { if (found) print "assembler: no assembler, please: this is a course on C" }'
}

# The declaration must still be the one that the checker calls: in one file, the compiler compares.
bad_declaration() {
    case $1 in /*) given=$1 ;; *) given=$PWD/$1 ;; esac
    printf '#include "%s"\n#include "%s"\n' "$given" "$PWD/$folder/check.c" |
        $CC $CHILD_FLAGS -w -I. -I"$INCLUDE" $GSL_CFLAGS -DCHILD -fsyntax-only -x c - 2>&1 |
        grep -q 'conflicting types' &&
        echo "declaration: $(meta function)() must be declared as in the starter"
}

# build_learner SOURCE FOLDER: the plain child in FOLDER/child; 1 and sentences if it does not build
build_learner() {
    source=$1 into=$2
    mkdir -p "$into/child"
    object=$into/exercise.o
    rm -f "$into/child/exercise"
    if ! compile_learner "$source" "$object" -O2; then
        tag=does-not-build
        sed "s|^$source|exercise.c|" "$object.log" | grep -v '^In file included' | head -n 14
        return 1
    fi
    said=$({ policy "$source" "$object"; bad_declaration "$source"; } | head -n 1)
    if [ -n "$said" ]; then
        tag=${said%%:*}
        echo "${said#*: }"
        return 1
    fi
    if ! link_child "$object" "$into/child/exercise" "$CHILD_LIB" -O2 >"$object.log2" 2>&1; then
        tag=does-not-link
        grep -o 'undefined reference to .*' "$object.log2" | head -n 3 || head -n 5 "$object.log2"
        return 1
    fi
}

# build_explaining SOURCE FOLDER: the sanitized child in FOLDER/explain; not optimised, so that lines
# are those that the learner wrote
build_explaining() {
    [ -n "${EXPLAIN_FLAGS-}" ] || return 1
    mkdir -p "$2/explain"
    compile_learner "$1" "$2/explain/exercise.o" -O0 $EXPLAIN_FLAGS &&
        link_child "$2/explain/exercise.o" "$2/explain/exercise" "$EXPLAIN_LIB" -O1 \
            $EXPLAIN_FLAGS >/dev/null 2>&1
}
