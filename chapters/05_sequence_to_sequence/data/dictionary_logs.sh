# What measure_dictionary.sh, measure_best.sh and measure_choices.sh share: to train on a dictionary
# under a name, and to read numbers from its log. To be sourced, after $file is set. Logs and models
# stand in $LOGS; what stands there already is not trained again. THREADS=1 leaves a core to others.
program=${PROGRAM:-build/chapters/05_sequence_to_sequence/sequence_to_sequence}
THREADS=${THREADS:-$(getconf _NPROCESSORS_ONLN)}
logs=${LOGS:-build/dictionary}
mkdir -p "$logs"

# Train under a name with the arguments behind it, unless that was done before.
train() {
    name=$1
    shift
    [ -s "$logs/$name.minutes" ] && return
    begin=$(date +%s)
    "$program" --train "$file" --dev-every 40 --dev-first 2670 --threads "$THREADS" \
        --best "$logs/$name.safetensors" "$@" > "$logs/$name.txt" 2> "$logs/$name.progress"
    awk "BEGIN { printf \"%.0f\n\", ($(date +%s) - $begin) / 60 }" > "$logs/$name.minutes"
}

# A number of the last line that says how the held-out words are spoken: "symbols" or "words".
wrong() {
    sed -n "s/.*wrong $2 \([0-9.]*\) %.*/\1/p" "$logs/$1.txt" | tail -n 1
}

parameters() {
    sed -n 's/.* \([0-9]*\) parameters.*/\1/p' "$logs/$1.txt" | head -n 1
}

# A number of the line that says how a dictionary is spoken: "PER" or "WER".
evaluated() {
    sed -n "s/.*($2) \([0-9.]*\) %.*/\1/p" "$logs/beam_$1.txt"
}

# How the model $1 does with a beam of $2, on the words that were held out.
search() {
    awk -F '\t' '!($1 in place) { place[$1] = n++ }
        place[$1] % 40 == 0 && place[$1] / 40 < 2670' "$file" > "$logs/held_out.txt"
    "$program" --load "$logs/$1.safetensors" --beam "$2" --threads "$THREADS" \
        --evaluate "$logs/held_out.txt" > "$logs/beam_$2.txt" 2> "$logs/beam_$2.progress"
}

# When, where and how: the line above a table.
heading() {
    machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
    echo "Measured on $(date +%Y-%m-%d), ${machine:-$(uname -m)}, threads: $THREADS,"
    echo "by \`chapters/05_sequence_to_sequence/data/$1\`: seed 1, greedy, dev words."
}
