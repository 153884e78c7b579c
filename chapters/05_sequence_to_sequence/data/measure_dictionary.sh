#!/bin/sh
# Train a speaker for each score on a whole dictionary, and write the table of the page:
#
#   chapters/05_sequence_to_sequence/data/measure_dictionary.sh FILE \
#       > chapters/05_sequence_to_sequence/data/dictionary.md
#
# FILE has a word and its phones in each line, as in the training half of the split of CMUdict that
# papers use. Every 40th word is held out, the first 2,670 of them. It takes a quarter of an hour, and
# `make` must have built the program.
set -eu
[ $# -eq 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
file=$1
. "$(dirname "$0")/dictionary_logs.sh"

small() {
    train "$1" --score "$1" --hidden 128 --decoder-hidden 256 --output 128 --attention 128 \
        --embedding 64 --layers 1 --cell lstm --batch 64 --epochs 5 --rate 0.002 \
        --warm-up 500 --smoothing 0.1 --dropout 0.1
    echo "| $1 | $(parameters "$1") | $(wrong "$1" symbols) | $(wrong "$1" words) |" \
        "$(cat "$logs/$1.minutes") |"
}

heading measure_dictionary.sh
echo
echo '| score, 128 units each way, 5 epochs | parameters | PER, % | WER, % | minutes |'
echo '|:--|--:|--:|--:|--:|'
for score in none location dot general concat additive; do
    small "$score"
done
