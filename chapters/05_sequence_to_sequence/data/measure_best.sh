#!/bin/sh
# Train the best speaker of chapter 5 on a whole dictionary, and write the table of the page:
#
#   chapters/05_sequence_to_sequence/data/measure_best.sh FILE \
#       > chapters/05_sequence_to_sequence/data/best.md
#
# FILE is as in measure_dictionary.sh. It takes less than an hour on two cores, and `make` must have
# built the program.
set -eu
[ $# -eq 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
file=$1
. "$(dirname "$0")/dictionary_logs.sh"

heading measure_best.sh
echo
echo '| the best single model | parameters | PER, % | WER, % | minutes |'
echo '|:--|--:|--:|--:|--:|'
train best --score additive --hidden 256 --layers 2 --decoder-hidden 512 --output 256 \
    --attention 256 --embedding 128 --cell lstm --batch 64 --rate 0.001 --warm-up 1000 --clip 1 \
    --smoothing 0.1 --dropout 0.3 --decay 0.01 --epochs 32
echo "| additive, 2 × 256 each way, 32 epochs | $(parameters best) |" \
    "$(wrong best symbols) | $(wrong best words) | $(cat "$logs/best.minutes") |"
search best 5
echo "| the same model, beam 5 | | $(evaluated 5 PER) | $(evaluated 5 WER) | |"
