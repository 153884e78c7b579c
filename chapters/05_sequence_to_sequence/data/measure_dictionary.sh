#!/bin/sh
# Train the speakers of chapter 5 on a whole dictionary, and write the tables of the page:
#
#   chapters/05_sequence_to_sequence/data/measure_dictionary.sh FILE \
#       > chapters/05_sequence_to_sequence/data/dictionary.md
#
# FILE has a word and its phones in each line, as in the training half of the split of CMUdict that
# papers use. Every 40th word is held out, the first 2,670 of them. It takes about an hour and a half
# on two cores, and `make` must have built the program. Logs and models stand in $LOGS; what stands
# there already is not trained again. THREADS=1 leaves a core to others.
set -eu
[ $# -eq 1 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
file=$1
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

small() {
    train "$2" --score "$1" --hidden 128 --decoder-hidden 256 --output 128 --attention 128 \
        --embedding 64 --layers 1 --cell lstm --batch 64 --epochs 5 --rate 0.002 \
        --warm-up 500 --smoothing 0.1 --dropout 0.1
    echo "| $1 | $(parameters "$2") | $(wrong "$2" symbols) | $(wrong "$2" words) |" \
        "$(cat "$logs/$2.minutes") |"
}

# A number of the line that says how a dictionary is spoken: "PER" or "WER".
evaluated() {
    sed -n "s/.*($2) \([0-9.]*\) %.*/\1/p" "$logs/beam_$1.txt"
}

# How the best model does with a beam of $1, on the words that were held out.
beam() {
    awk -F '\t' '!($1 in place) { place[$1] = n++ }
        place[$1] % 40 == 0 && place[$1] / 40 < 2670' "$file" > "$logs/held_out.txt"
    "$program" --load "$logs/best.safetensors" --beam "$1" --threads "$THREADS" \
        --evaluate "$logs/held_out.txt" > "$logs/beam_$1.txt" 2> "$logs/beam_$1.progress"
    echo "| the same model, beam $1 | | $(evaluated "$1" PER) | $(evaluated "$1" WER) | |"
}

machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "Measured on $(date +%Y-%m-%d), ${machine:-$(uname -m)}, threads: $THREADS,"
echo "by \`chapters/05_sequence_to_sequence/data/measure_dictionary.sh\`: seed 1, greedy, dev words."
echo
echo '| score, 128 units each way, 5 epochs | parameters | PER, % | WER, % | minutes |'
echo '|:--|--:|--:|--:|--:|'
for score in none location dot general concat additive; do
    small "$score" "$score"
done
echo
echo '| the best single model | parameters | PER, % | WER, % | minutes |'
echo '|:--|--:|--:|--:|--:|'
train best --score additive --hidden 256 --layers 2 --decoder-hidden 512 --output 256 \
    --attention 256 --embedding 128 --cell lstm --batch 64 --rate 0.001 --warm-up 1000 --clip 1 \
    --smoothing 0.1 --dropout 0.3 --decay 0.01 --epochs 20
echo "| additive, 2 × 256 each way, 20 epochs | $(parameters best) |" \
    "$(wrong best symbols) | $(wrong best words) | $(cat "$logs/best.minutes") |"
beam 5
