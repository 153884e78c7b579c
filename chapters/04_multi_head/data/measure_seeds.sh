#!/bin/sh
# Train the ladders of chapter 4 from five seeds, and write the table of the page:
#
#   chapters/04_multi_head/data/measure_seeds.sh > chapters/04_multi_head/data/seeds.md
#
# It takes about a minute; `make` must have built the program.
set -eu
program=${PROGRAM:-build/chapters/04_multi_head/multi_head}
folder=$(mktemp -d "${TMPDIR:-/tmp}/seeds.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

seeds='1 2 3 4 5'
for seed in $seeds; do
    for part in tags names; do
        "$program" --part "$part" --seed "$seed" --svg "$folder/$part$seed" > /dev/null
    done
done

# number PART SEED KEY: a figure of results.txt in per cent
number() {
    sed -n "s/^$3 = \([0-9.]*\).*/\1/p" "$folder/$1$2/results.txt" | awk '{ printf "%.1f", 100 * $1 }'
}

# row PART TITLE KEY: one rung, from every seed
row() {
    row="| $2 |"
    for seed in $seeds; do
        row="$row $(number "$1" "$seed" "$3") |"
    done
    echo "$row"
}

machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "Measured on $(date +%Y-%m-%d), ${machine:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) threads,"
echo "by \`chapters/04_multi_head/data/measure_seeds.sh\`: held-out sentences of the course's corpus."
echo
echo '| F1 of names, % | seed 1 | seed 2 | seed 3 | seed 4 | seed 5 |'
echo '|:--|--:|--:|--:|--:|--:|'
row names 'no attention' names_none_f1
row names '1 head' names_one_head_f1
row names '4 heads' names_four_heads_f1
row names '4 heads, 2 layers' names_two_layers_f1
row names 'three free heads' three_free_f1
row names 'three heads with a type each' three_own_f1
echo
echo '| right parts of speech, % | seed 1 | seed 2 | seed 3 | seed 4 | seed 5 |'
echo '|:--|--:|--:|--:|--:|--:|'
row tags 'no attention' tags_none
row tags '1 head' tags_one_head
row tags '4 heads' tags_four_heads
row tags '4 heads, 2 layers' tags_two_layers
