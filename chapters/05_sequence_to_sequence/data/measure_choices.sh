#!/bin/sh
# What each choice of the best speaker of chapter 5 gives: one smaller model, and the same with one
# thing changed at a time, each trained on a whole dictionary:
#
#   chapters/05_sequence_to_sequence/data/measure_choices.sh FILE \
#       > chapters/05_sequence_to_sequence/data/choices.md
#
# FILE is as in measure_dictionary.sh. It takes about half an hour on two cores, and `make` must
# have built the program.
set -eu
[ $# -eq 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
file=$1
. "$(dirname "$0")/dictionary_logs.sh"

# Print a row under $1, kept in the log $2: the model with the options behind them, which may repeat
# one of its own, as the last one counts.
choice() {
    title=$1
    log=$2
    shift 2
    train "$log" --score additive --cell lstm --layers 2 --hidden 128 --decoder-hidden 256 \
        --output 128 --attention 128 --embedding 64 --batch 64 --epochs 8 --rate 0.002 \
        --warm-up 500 --clip 1 --decay 0.01 --smoothing 0.1 --dropout 0.2 "$@"
    echo "| $title | $(parameters "$log") | $(wrong "$log" symbols) | $(wrong "$log" words) |"
}

heading measure_choices.sh
echo
echo '| what is changed | parameters | PER, % | WER, % |'
echo '|:--|--:|--:|--:|'
choice 'nothing: 2 layers of 128 units each way, LSTM, 8 epochs' choices
choice 'one layer' one_layer --layers 1
choice 'no dropout' no_dropout --dropout 0
choice 'no smoothing' no_smoothing --smoothing 0
choice 'a constant rate' constant --schedule constant
choice 'a running mean of the parameters' average --average 0.999
search choices 5
echo "| nothing, with a beam of 5 | | $(evaluated 5 PER) | $(evaluated 5 WER) |"
