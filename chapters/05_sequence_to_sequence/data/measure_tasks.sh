#!/bin/sh
# Let every score of chapter 5 learn every task whose alignment is known, and write the table of the
# page:
#
#   chapters/05_sequence_to_sequence/data/measure_tasks.sh > chapters/05_sequence_to_sequence/data/tasks.md
#
# It takes some fifteen seconds; `make` must have built the program.
set -eu
program=${PROGRAM:-build/chapters/05_sequence_to_sequence/sequence_to_sequence}
folder=$(mktemp -d "${TMPDIR:-/tmp}/tasks.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

tasks='copy reverse shift sort dates'
for task in $tasks; do
    "$program" --part tasks --task "$task" --svg "$folder/$task" > /dev/null
done

# number TASK KEY: a figure of results.txt with two digits, or a dash
number() {
    sed -n "s/^$1_$2 = \([0-9.]*\).*/\1/p" "$folder/$1/results.txt" | awk '{ printf "%.2f", $1 }
        END { if (NR == 0) printf "–" }'
}

machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "Measured on $(date +%Y-%m-%d), ${machine:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) threads,"
echo "by \`chapters/05_sequence_to_sequence/data/measure_tasks.sh\`: seed 1."
echo "The share of new words or dates without any error; behind it, the alignment error in letters."
echo
echo '| score | copy | reverse | shift by 2 | sort | dates |'
echo '|:--|--:|--:|--:|--:|--:|'
for score in none location dot scaled general concat additive; do
    row="| $score |"
    for task in $tasks; do
        row="$row $(number "$task" "${score}_right"), $(number "$task" "${score}_distance") |"
    done
    echo "$row"
done
