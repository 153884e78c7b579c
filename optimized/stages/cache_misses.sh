#!/bin/sh
# Cache misses of every stage of the ladder, simulated: the same numbers on every run, whatever else
# the machine is doing.
#
#   optimized/stages/cache_misses.sh build/optimized/stages/ladder
#   optimized/stages/cache_misses.sh --markdown build/optimized/stages/ladder
#
# valgrind's cachegrind runs each stage once, on one thread, and once nothing at all, which is
# subtracted. The simulated machine has a first cache of 32 KiB (8 ways) and a last cache of 1 MiB
# (16 ways), with lines of 64 bytes. Valgrind does not know AVX-512: the kernels that it ran are
# named above the table.
#
# Exit code: 0 the table is complete, 1 a run failed, 2 wrong options or no valgrind.
set -u

n=512
d=64
d1=32768,8,64
ll=1048576,16,64

format=table
[ "${1-}" = --markdown ] && { format=markdown; shift; }
if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
    echo "usage: $0 [--markdown] LADDER" >&2
    exit 2
fi
ladder=$1
if ! command -v valgrind >/dev/null; then
    echo "$0: valgrind is not installed" >&2
    exit 2
fi

log=$(mktemp "${TMPDIR:-/tmp}/cache_misses.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM

# simulate STAGE: data misses of the first cache and of the last, counted from the program's start
simulate() {
    valgrind --tool=cachegrind --cache-sim=yes --D1=$d1 --LL=$ll --cachegrind-out-file=/dev/null \
        "$ladder" --n $n --d $d --threads 1 --stage "$1" --once >"$log" 2>&1 || return 1
    tr -d , <"$log" | awk '/D1  *misses:/ {first = $4} /LLd  *misses:/ {last = $4}
                           END {print first, last; exit first == ""}'
}

fail() {
    cat "$log" >&2
    echo "$0: the run of stage $1 failed" >&2
    exit 1
}

baseline=$(simulate none) || fail none
kernels=$(sed -n 's/.*kernels //p' "$log")

work="one head, n = $n, d = $d, $((2 * n * n * d)) multiply-adds"
caches="first cache 32 KiB, last cache 1 MiB; stages 8 and above use the $kernels kernels."
case $format in
table)
    row='%-5s  %-34s %11d %11d %11.2f %11.3f\n'
    echo "Simulated cache misses: $work;"
    echo "$caches"
    echo
    echo '                                          misses of the cache      per 1000 multiply-adds'
    echo 'stage  idea                                     first        last       first        last'
    ;;
markdown)
    row='| %s | %s | %d | %d | %.2f | %.3f |\n'
    echo "Simulated by valgrind's cachegrind: $work;"
    echo "$caches"
    echo
    echo '| stage | idea | first cache | last cache | first, per 1000 multiply-adds | last |'
    echo '|:--|:--|--:|--:|--:|--:|'
    ;;
esac

# Threads do not change what a core misses: the threaded stages are left out.
"$ladder" --list | awk '$1 != "9" && $1 != "all"' | while IFS='	' read -r stage idea; do
    misses=$(simulate "$stage") || fail "$stage"
    echo "$baseline $misses" | awk -v row="$row" -v stage="$stage" -v idea="$idea" \
        -v thousands=$((2 * n * n * d / 1000)) \
        '{printf row, stage, idea, $3 - $1, $4 - $2, ($3 - $1) / thousands, ($4 - $2) / thousands}'
done
