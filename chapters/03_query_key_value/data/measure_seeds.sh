#!/bin/sh
# Train the taggers of chapter 3 from five seeds, and write the table of the page:
#
#   chapters/03_query_key_value/data/measure_seeds.sh > chapters/03_query_key_value/data/seeds.md
#
# It takes some fifteen seconds; `make` must have built the program.
set -eu
program=${PROGRAM:-build/chapters/03_query_key_value/query_key_value}
folder=$(mktemp -d "${TMPDIR:-/tmp}/seeds.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

seeds='1 2 3 4 5'
for seed in $seeds; do
    "$program" --part words --seed "$seed" --svg "$folder/$seed" > /dev/null
done

# row TITLE KEY: a figure of results.txt, from every seed
row() {
    row="| $1 |"
    for seed in $seeds; do
        row="$row $(sed -n "s/^$2 = \([a-z0-9.]*\).*/\1/p" "$folder/$seed/results.txt" |
            awk '{ printf $1 ~ /^[0-9]/ ? "%.3f" : "%s", $1 }') |"
    done
    echo "$row"
}

machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "Measured on $(date +%Y-%m-%d), ${machine:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) threads,"
echo "by \`chapters/03_query_key_value/data/measure_seeds.sh\`."
echo
echo '| right senses of held-out words | seed 1 | seed 2 | seed 3 | seed 4 | seed 5 |'
echo '|:--|--:|--:|--:|--:|--:|'
row 'not at all' sense_alone
row 'proximity, chapter 1' sense_proximity
row 'fixed dot product, chapter 2' sense_dot
row 'learned $Q$, $K$, $V$' sense_learned
row 'cosine of the two *bank*, learned' bank_cosine_trained
row '*bank* of the river' bank_sense_river
row '*bank* of India' bank_sense_money
echo
echo '| right parts of speech | seed 1 | seed 2 | seed 3 | seed 4 | seed 5 |'
echo '|:--|--:|--:|--:|--:|--:|'
row 'not at all' pos_alone
row 'learned $Q$, $K$, $V$' pos_learned
