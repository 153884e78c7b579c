# The commands of some days: reset, merge, debug, mine, new.

# put_aside: moves the learner's file to work/.old, where nothing ever leaves
put_aside() {
    old=$WORK/.old/$(date +%Y%m%d-%H%M%S)
    while [ -e "$old" ]; do old=$old+; done
    mkdir -p "$old"
    mv "$mine" "$old/$name.c" || exit 2
    echo "your file is now $old/$name.c"
}

do_reset() {
    [ -n "$N" ] || die 'which one? make reset N=2.21'
    pick
    put_aside
    write_starter
    echo "the starter is $mine again"
}

# A new version of the course may have changed the starter: both changes in one file.
do_merge() {
    pick
    base=$STATE/base/$name.c
    [ -f "$base" ] || die "the starter of $id that you began with is not known any more"
    new=$STATE/new.$$.c
    merged=$STATE/merged.$$.c
    split starter "$folder/exercise.c" >"$new" || exit 2
    if cmp -s "$new" "$base"; then
        rm -f "$new"
        echo "the starter of $id has not changed"
        return 0
    fi
    git merge-file -p -L yours -L 'the old starter' -L 'the new starter' "$mine" "$base" "$new" \
        >"$merged"
    conflicts=$?
    [ $conflicts -lt 128 ] || die 'git merge-file failed; nothing was changed'
    put_aside
    mv "$merged" "$mine"
    mv "$new" "$base"
    echo "merged into $mine"
    [ $conflicts = 0 ] || echo "$conflicts places need your decision: look for <<<<<<< in it"
}

do_debug() {
    pick
    [ "$(meta type)" != test ] || die 'checks ask the judge, who is not there in a debugger:' \
        "print what you get; make exercise N=$id writes it into $OUT/$id/log.txt"
    build_judge || exit 2
    build_learner "$mine" "$OUT/$id" || exit 2
    compile_learner "$mine" "$OUT/$id/exercise.o" -O0 -ggdb &&
        link_child "$OUT/$id/exercise.o" "$OUT/$id/child/debug" "$CHILD_LIB" -O0 || exit 2
    problems=$OUT/$id/case.problems
    "$judge" --dump "$problems" --case "${CASE:-1}" --seed "$SEED" || exit 2
    debugger=${DEBUGGER:-gdb}
    command -v "$debugger" >/dev/null || die "there is no $debugger here"
    exec "$debugger" -q ${DEBUG_ARGS-} -ex "break $(meta function)" -ex "run <$problems 3>/dev/null" \
        "$OUT/$id/child/debug"
}

# The chapters' programs, or that of chapter N, with the learner's passed functions in place of the
# reference's.
do_mine() {
    objects=
    for id in $(all_ids); do
        must_exist "$id"
        replaced=$(meta replaces)
        [ -n "$replaced" ] && [ -f "$mine" ] || continue
        run_check >/dev/null || { echo "$id  $(meta title): not passed, the reference serves"; continue; }
        stand_in "$replaced" >"$OUT/$id/mine.log" 2>&1 || die "see $OUT/$id/mine.log"
        objects="$objects $OUT/$id/mine/*.o"
        echo "$id  $(meta title): yours, in $replaced()"
    done
    [ -n "$objects" ] || die 'no passed exercise replaces a function of the chapters yet'
    "$MAKE" --no-print-directory BUILD="$BUILD" CC="$CC" CFLAGS="$CFLAGS" mine-programs \
        MINE="$(echo $objects)" MINE_ONLY="${N:+${N%%.*}_}"
}

# stand_in NAME: objects that define this function of the reference with the learner's. mine.c is
# the bridge where the types are not the same; it may call the original, under the name course_...
stand_in() {
    bridge=$folder/mine.c
    objects_of=$OUT/$id/mine
    rm -rf "$objects_of"
    mkdir -p "$objects_of"
    [ -f "$bridge" ] || { compile_learner "$mine" "$objects_of/yours.o" -O2 "-D$(meta function)=$1"; return; }
    compile_learner "$mine" "$objects_of/yours.o" -O2 &&
        compile_ours "$bridge" "$objects_of/bridge.o" || return 1
    grep -q "course_${1#ref_}" "$bridge" || return 0
    "$MAKE" -s BUILD="$BUILD" "$BUILD/mine/weak.h" &&
        compile_ours "$(grep -l "^int $1(" reference/*.c)" "$objects_of/original.o" \
            -include "$BUILD/mine/weak.h" "-D$1=course_${1#ref_}"
}

compile_ours() {
    source=$1 object=$2
    shift 2
    $CC -std=gnu11 -O2 -g -I. $GSL_CFLAGS "$@" -c "$source" -o "$object"
}

# make new-exercise N=2.40 NAME=my_topic [TYPE=test]
do_new() {
    case $N in [1-5].[0-9]*) ;; *) die 'which number? make new-exercise N=2.40 NAME=my_topic' ;; esac
    case ${NAME-} in '' | *[!a-z0-9_]*) die 'NAME is lower case: make new-exercise N=2.40 NAME=my_topic' ;; esac
    [ -z "$(folder_of "$N")" ] || die "$N is taken: $(folder_of "$N")"
    case ${TYPE:=fill} in fill) from=template ;; test) from=template_test ;;
    *) die 'TYPE is fill, from which most others are made, or test' ;; esac
    chapter=$(echo chapters/0"${N%%.*}"_*)
    folder=$HERE/${chapter##*/}/${N}_$NAME
    mkdir -p "$folder"
    for file in meta exercise.c check.c hints.txt why.md; do
        sed "s/@ID@/$N/g; s/@NAME@/$NAME/g; s/@CHAPTER@/ch0${N%%.*}/g" \
            "$HERE/checker/$from/$file" >"$folder/$file"
    done
    echo "$folder is there: a working exercise, to be changed into yours."
    echo "make check-exercise N=$N proves it; docs/pages/writing_exercises.md says what it must hold"
}
