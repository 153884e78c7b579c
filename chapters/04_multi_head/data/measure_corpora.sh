#!/bin/sh
# Train the taggers of chapter 4 on two corpora of real text, and write the table of the page:
#
#   chapters/04_multi_head/data/measure_corpora.sh UD BTC > chapters/04_multi_head/data/corpora.md
#
# UD is a folder with en_ewt-ud-train.conllu and en_ewt-ud-dev.conllu (Universal Dependencies, English
# Web Treebank), BTC one with a.conll, b.conll, e.conll, g.conll and h.conll (Broad Twitter Corpus).
# The word vectors are those of `make data`. It takes about half an hour on two cores, and `make`
# must have built the program. One log a training stands in $LOGS.
set -eu
[ $# -eq 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
ud=$1 btc=$2
program=${PROGRAM:-build/chapters/04_multi_head/multi_head}
vectors=${VECTORS:-data/glove_6b_100d.txt}
logs=${LOGS:-build/corpora}
mkdir -p "$logs"

# Train one rung with the arguments behind its name, and print its row: the last epoch's score.
row() {
    name=$1 log=$logs/$2.txt
    shift 2
    begin=$(date +%s)
    "$program" --vectors "$vectors" "$@" > "$log" 2>&1
    minutes=$(awk "BEGIN { printf \"%.1f\", ($(date +%s) - $begin) / 60 }")
    score=$(sed -n 's/^epoch.*held out: //p' "$log" | tail -n 1)
    accuracy=$(echo "$score" | sed -n 's/.*accuracy \([0-9.]*\).*/\1/p')
    f1=$(echo "$score" | sed -n 's/.*F1 \([0-9.]*\).*/\1/p')
    parameters=$(sed -n 's/.* \([0-9]*\) parameters.*/\1/p' "$log" | head -n 1)
    echo "| $name | $parameters | $accuracy | ${f1:-–} | $minutes |"
}

pos() {
    name=$1 log=$2
    shift 2
    row "$name" "$log" --task pos --train "$ud/en_ewt-ud-train.conllu" \
        --dev "$ud/en_ewt-ud-dev.conllu" "$@"
}

ner() {
    name=$1 log=$2
    shift 2
    row "$name" "$log" --task ner --train "$btc/a.conll" --train "$btc/b.conll" \
        --train "$btc/e.conll" --train "$btc/g.conll" --dev "$btc/h.conll" --dev-first 1001 "$@"
}

machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "Measured on $(date +%Y-%m-%d), ${machine:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) threads,"
echo "by \`chapters/04_multi_head/data/measure_corpora.sh\`: seed 1, the last epoch, dev sections."
echo
echo '| UD-EWT, parts of speech | parameters | right tags, % | F1, % | minutes |'
echo '|:--|--:|--:|--:|--:|'
pos 'no attention' pos_alone --mixing alone
pos '1 head' pos_1 --heads 1 --layers 1
pos '4 heads' pos_4 --heads 4 --layers 1
pos '4 heads, 2 layers' pos_42 --heads 4 --layers 2
echo
echo '| BTC, names | parameters | right tags, % | F1, % | minutes |'
echo '|:--|--:|--:|--:|--:|'
ner 'no attention' ner_alone --mixing alone
ner '1 head' ner_1 --heads 1 --layers 1
ner '4 heads' ner_4 --heads 4 --layers 1
ner '4 heads, 2 layers' ner_42 --heads 4 --layers 2
