# What exercises there are, and what an exercise says of itself.

# die SENTENCE: status 2, as for all that is not a verdict
die() {
    echo "$*" >&2
    exit 2
}

# coloured CODE WORDS: in colour on a terminal that has colours, unless NO_COLOR is set
coloured() {
    if [ -n "$HAS_COLOUR" ]; then
        printf '\033[%sm%s\033[0m\n' "$1" "$2"
    else
        echo "$2"
    fi
}
HAS_COLOUR=
[ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM:-dumb}" != dumb ] && HAS_COLOUR=1

# wrap: paragraphs in lines of at most 80 columns; what is indented stays as it is
wrap() {
    awk '
        function end() { if (line != "") print line; line = "" }
        /^$/ || /^[ \t|`]/ { end(); print; next }
        /^[-*] /            { end() }
        {
            for (n = 1; n <= NF; n++) {
                if (line != "" && length(line) + 1 + length($n) > 78) end()
                line = line (line == "" ? "" : " ") $n
            }
        }
        END { end() }'
}

# all_ids: in the order of the course
all_ids() {
    for folder in $HERE/[0-9]*/[0-9]*_*/; do
        [ -f "$folder/meta" ] || continue
        id=${folder%/}
        id=${id##*/}
        echo "${id%%_*}"
    done | sort -t. -k1,1n -k2,2n
}

# folder_of ID: exercises/02_dot_product/2.21_window; nothing if there is none
folder_of() {
    for folder in $HERE/[0-9]*/"$1"_*/; do
        [ -f "$folder/meta" ] && echo "${folder%/}" && return
    done
}

# must_exist ID: sets folder, name and the learner's place, or ends
must_exist() {
    case $1 in
    *[!0-9.]* | '') die "N=$1 is not the number of an exercise; make exercises lists them" ;;
    esac
    folder=$(folder_of "$1")
    [ -n "$folder" ] || die "there is no exercise $1; make exercises lists them"
    id=$1
    name=${folder##*/}
    place=$WORK/$name
    mine=$place/exercise.c
}

# meta KEY: of the exercise in folder
meta() {
    sed -n "s/^$1  *= *//p" "$folder/meta"
}

stars() {
    case $(meta level) in 1) echo '*' ;; 2) echo '**' ;; *) echo '***' ;; esac
}

# section: where to read again, in words: chapter 2, "Masks: before, after, and where"
section() {
    anchor=$(meta section)
    chapter=${anchor#ch0}
    title=$(sed -n "s/^##* \(.*\) {#$anchor}.*/\1/p" chapters/*/chapter.md)
    [ -n "$title" ] && echo "chapter ${chapter%%_*}, \"${title#[0-9]*. }\""
}

# split WHICH FILE: the starter or the solution of a source with #ifdef SOLUTION ... #else ... #endif.
# The region may not be nested, must be closed, and there must be one: a starter that holds its
# solution would be worse than none.
# In a handout every source is its starter already.
split() {
    if [ -f $HERE/handout ]; then
        [ "$1" = starter ] || die 'there are no solutions in this handout'
        cat "$2"
        return
    fi
    awk -v wants="$1" '
        /^#ifdef SOLUTION$/     { if (region) bad = 1; region = 1; n++; next }
        region && /^#else$/     { if (region == 2) bad = 1; region = 2; next }
        region && /^#endif$/    { region = 0; next }
        region && /^# *if/      { bad = 1 }
        region && (region == 1) != (wants == "solution") { next }
        $0 != "" || !is_blank   { print }
                                { is_blank = $0 == "" }
        END { exit bad || region || !n }
    ' "$2" || { echo "$2: #ifdef SOLUTION is nested, not closed, or missing" >&2; return 1; }
}
