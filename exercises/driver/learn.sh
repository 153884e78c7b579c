# The commands of every day: list, start, exercise, watch, hint, solution.

INCLUDE=.

# ---- make exercises ----------------------------------------------------------------------------

progress_bar() {
    bar=
    n=0
    while [ $n -lt 20 ]; do
        [ $((n * $2)) -lt $((20 * $1)) ] && bar="$bar#" || bar="$bar."
        n=$((n + 1))
    done
    echo "[$bar] $1 of $2"
}

coloured_condition() {
    said=$(condition)
    case $said in
    passed*) coloured 32 "$said" ;;
    todo) echo "$said" ;;
    *) coloured 33 "$said" ;;
    esac
}

list_chapter() {
    n_all=0 n_passed=0
    lines=
    for id in $2; do
        must_exist "$id"
        n_all=$((n_all + 1))
        [ "$(state 2)" != - ] && n_passed=$((n_passed + 1))
        lines=$lines$(printf '  %-5s %-35s %-8s %-3s %3s min  %s' "$id" "$(meta title)" \
            "$(meta type)" "$(stars)" "$(meta minutes)" "$(coloured_condition)")'
'
        has_changed && changed="$changed $id"
    done
    echo
    echo "Chapter $1  $(progress_bar $n_passed $n_all)"
    printf '%s' "$lines"
}

do_list() {
    [ -n "${RECHECK-}" ] && recheck
    changed=
    for chapter in 1 2 3 4 5; do
        ids=$(all_ids | grep "^$chapter\.")
        [ -n "$ids" ] && list_chapter $chapter "$ids"
    done
    echo
    for id in $changed; do
        echo "changed upstream: $id; make merge N=$id brings that and your work together"
    done
    next=$(next_id)
    if [ -n "$next" ]; then
        must_exist "$next"
        if [ -f "$mine" ]; then
            echo "go on:  make exercise N=$next   or   make watch N=$next"
        else
            echo "next:  make start N=$next   ($(meta title))"
        fi
    else
        echo 'All are passed. make mine runs the chapters with your own functions.'
    fi
}

# Make the memory again from the files themselves.
recheck() {
    for id in $(all_ids); do
        must_exist "$id"
        [ -f "$mine" ] && run_check >/dev/null
    done
    return 0
}

# ---- make start --------------------------------------------------------------------------------

write_starter() {
    mkdir -p "$place" "$STATE/base"
    split starter "$folder/exercise.c" >"$place/exercise.c.new" || exit 2
    # shellcheck disable=SC2015
    ln "$place/exercise.c.new" "$mine" 2>/dev/null && rm "$place/exercise.c.new" ||
        die "$mine is there already"
    split starter "$folder/exercise.c" >"$STATE/base/$name.c"
    echo "$id" >"$STATE/current"
}

# A predict-then-run exercise prints its problem, with the numbers of this seed.
write_given() {
    [ "$(meta type)" = predict ] || return 0
    build_judge && "$judge" --given --seed "$SEED" >"$place/given.txt" &&
        echo "given:         $place/given.txt"
}

do_start() {
    wanted=${N:-$(next_id)}
    [ -n "$wanted" ] || die 'all exercises are passed; make start N=... starts any of them'
    must_exist "$wanted"
    [ ! -f "$mine" ] || die "$mine is there already; make reset N=$id puts it aside first"
    write_starter
    echo "$id  $(meta title)   $(stars)  about $(meta minutes) minutes"
    [ -z "$(section)" ] || echo "read first:    $(section)"
    echo "your file:     $mine"
    write_given
    echo "then:          make exercise   (make watch checks whenever you save)"
}

# ---- make exercise -----------------------------------------------------------------------------

# judge_it: the judge of id on what stands in $OUT/$id
judge_it() {
    "$judge" --id "$id" --title "$(meta title)" --section "$(section)" --seed "$SEED" \
        --child "$OUT/$id/child/exercise" ${explaining:+--explain "$explaining"} \
        --json "$OUT/$id/result.json" --log "$OUT/$id/log.txt" ${CASE:+--case "$CASE"}
}

# field NAME: of the result, at its outermost level
field() {
    sed -n "s/^ \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$OUT/$id/result.json"
}

# write_no_build MESSAGE: a result for what never came to the judge
write_no_build() {
    said=$(echo "$1" | tr '\n"\\\t' "  '/ " | tr -cd '\40-\176')
    printf '{\n "schema": 1,\n "exercise": "%s",\n "title": "%s",\n "seed": %s,\n "points": 0,\n' \
        "$id" "$(meta title)" "$SEED"
    printf ' "max": %s,\n "passed": false,\n "tag": "%s",\n "message": "%s",\n "cases": []\n}\n' \
        "$(max_points)" "$tag" "${said% }"
}

max_points() {
    "$judge" --max 2>/dev/null || echo 0
}

# run_check: 0 passed, 1 failed, 2 does not build. The sanitized build is made at the same time; it
# explains what failed, and finds what is right by luck.
run_check() {
    build_judge || die "the checker of $id does not build"
    rm -f "$OUT/$id/log.txt"
    build_explaining "$mine" "$OUT/$id" >/dev/null 2>&1 &
    other=$!
    if ! build_learner "$mine" "$OUT/$id" >"$OUT/$id/build.txt"; then
        wait $other
        write_no_build "$(cat "$OUT/$id/build.txt")" >"$OUT/$id/result.json"
        printf '\n%s  %s  <%s>\n\n' "$id" "$(meta title)" "$tag"
        sed 's/^/  /' "$OUT/$id/build.txt"
        [ "$tag" = does-not-build ] || [ "$tag" = does-not-link ] || return 1
        return 2
    fi
    explaining=
    wait $other && explaining=$OUT/$id/explain/exercise
    judge_it
    status=$?
    [ $status -gt 1 ] && die 'the judge itself failed'
    [ -n "${CASE-}" ] || note_result $status
    return $status
}

note_result() {
    points=$(field points)
    [ "$points" -ge "$(state 4)" ] && remember 4 "$points"
    remember 5 "$(field max)"
    if [ "$1" = 0 ]; then
        [ "$(state 2)" != - ] || remember 2 "$(date +%Y-%m-%d)"
        printf '\n  Passed. Why it matters, and one way to write it: make solution N=%s\n' "$id"
        after=$(next_id)
        [ -z "$after" ] || printf '  Next: make start N=%s\n' "$after"
    else
        sed -n '/warning:/{s|^[^:]*/exercise.c:\([0-9]*\):[0-9]*: warning|exercise.c:\1|
            s/ \[-W.*//; s/^/The compiler warns: /p; q;}' "$OUT/$id/exercise.o.log" | wrap |
            sed 's/^/  /'
    fi
}

do_exercise() {
    pick
    run_check
}

# ---- make watch --------------------------------------------------------------------------------

# Contents, not events: this also sees editors that rename, and disks of other machines.
fingerprint() {
    cksum "$mine" 2>/dev/null
}

do_watch() {
    pick
    trap 'echo; exit 0' INT TERM
    [ -z "$HAS_COLOUR" ] || export CLICOLOR_FORCE=1 # what is shown goes through a file
    last=
    while :; do
        seen=$(fingerprint)
        if [ "$seen" != "$last" ] && [ -n "$seen" ]; then
            last=$seen
            [ ! -t 1 ] || printf '\n  checking ...\n'
            (run_check) >"$OUT/watched.txt" 2>&1
            [ ! -t 1 ] || printf '\033[H\033[2J'
            cat "$OUT/watched.txt"
            printf '\n  watching %s; Ctrl-C ends\n' "$mine"
        fi
        sleep 0.3 2>/dev/null || sleep 1
    done
}

# ---- make hint ---------------------------------------------------------------------------------

# hint_text KEY: the paragraph under "# KEY" of hints.txt
hint_text() {
    awk -v key="# $1" '/^# /{ shown = $0 == key; next } shown' "$folder/hints.txt" | wrap
}

do_hint() {
    pick
    shown=$STATE/hints-$id
    touch "$shown"
    tag=
    [ -f "$OUT/$id/result.json" ] && tag=$(field tag)
    for key in ${tag:+"$tag"} 1 2 3; do
        grep -qx "$key" "$shown" && continue
        [ -n "$(hint_text "$key")" ] || continue
        echo "$key" >>"$shown"
        [ "$(state 2)" != - ] || remember 3 $(($(state 3) + 1))
        case $key in [123]) echo "Hint $key of 3" ;; *) echo "About <$key>" ;; esac
        echo
        hint_text "$key"
        return 0
    done
    echo "There are no more hints. All of them:"
    for key in ${tag:+"$tag"} 1 2 3; do
        [ -n "$(hint_text "$key")" ] && printf '\n%s\n' "$(hint_text "$key")"
    done
}

# ---- make solution -----------------------------------------------------------------------------

do_solution() {
    pick
    [ ! -f $HERE/handout ] || die 'there are no solutions in this handout'
    if [ "$(state 2)" = - ]; then
        [ -n "${FORCE-}" ] || die "exercise $id is not passed yet: make hint N=$id helps.
make solution N=$id FORCE=1 shows it all the same, and the map remembers"
        remember 6 1
    fi
    [ ! -f "$folder/why.md" ] || wrap <"$folder/why.md"
    echo
    mkdir -p "$OUT/$id"
    split solution "$folder/exercise.c" >"$OUT/$id/solution.c" || exit 2
    echo "One way to write it (-), and yours (+):"
    diff -u "$OUT/$id/solution.c" "$mine" | sed 1,2d
    return 0
}
