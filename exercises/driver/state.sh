# What is known of the learner: one line an exercise in work/.state/state.tsv,
#   id  passed (date or -)  hints  best points  of  peeked (0 or 1)
# It is a memory, not a verdict: make exercises RECHECK=1 makes it again, and grading never reads it.

# state FIELD: of the exercise id
state() {
    default='-'
    case $1 in 3 | 4 | 5 | 6) default=0 ;; esac
    [ -f "$STATE/state.tsv" ] || { echo "$default"; return; }
    awk -F '\t' -v id="$id" -v field="$1" -v default="$default" '
        $1 == id { found = 1; print $field }
        END { if (!found) print default }' "$STATE/state.tsv"
}

# remember FIELD VALUE: to a new file first, so that the old one or the new one stands there, whole
remember() {
    mkdir -p "$STATE"
    touch "$STATE/state.tsv"
    awk -F '\t' -v OFS='\t' -v id="$id" -v field="$1" -v value="$2" '
        $1 == id { $field = value; found = 1 }
        { print }
        END {
            if (!found) {
                $0 = id "\t-\t0\t0\t0\t0"
                $field = value
                print
            }
        }' "$STATE/state.tsv" >"$STATE/state.$$" && mv "$STATE/state.$$" "$STATE/state.tsv"
}

# condition: todo, started, passed, passed with hints, peeked
condition() {
    hints=$(state 3)
    if [ ! -f "$mine" ]; then
        echo todo
    elif [ "$(state 6)" = 1 ]; then
        [ "$(state 2)" = - ] && echo peeked || echo 'passed, peeked'
    elif [ "$(state 2)" = - ]; then
        [ "$(state 4)" = 0 ] && echo started || echo "started $(state 4)/$(state 5)"
    else
        case $hints in 0) echo passed ;; 1) echo 'passed, 1 hint' ;; *) echo "passed, $hints hints" ;; esac
    fi
}

# has_changed: whether a new version of the course has another starter than the one that was begun with
has_changed() {
    [ -f "$mine" ] && [ -f "$STATE/base/$name.c" ] &&
        ! split starter "$folder/exercise.c" | cmp -s - "$STATE/base/$name.c"
}

# next_id: the first that is not passed
next_id() {
    for candidate in $(all_ids); do
        must_exist "$candidate"
        [ "$(state 2)" = - ] && echo "$candidate" && return
    done
}

# current_id: N, or the one that was started or checked last
current_id() {
    if [ -n "$N" ]; then
        echo "$N"
    elif [ -f "$STATE/current" ]; then
        cat "$STATE/current"
    fi
}

# pick: the exercise that a command is about, which must have been started
pick() {
    wanted=$(current_id)
    [ -n "$wanted" ] || die 'no exercise is started yet: make start takes the first one'
    must_exist "$wanted"
    [ -f "$mine" ] || die "exercise $id is not started yet: make start N=$id"
    mkdir -p "$STATE"
    echo "$id" >"$STATE/current"
}
