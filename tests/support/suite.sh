# The harness of the tests that are typed, as tests/support/suite.h is that of the others: a test is
# a sentence and a command that succeeds if it holds.
#
#   . tests/support/suite.sh
#   it 'nothing is lost' test -f work/.old/...
#   finish

: "${BUILD:=build}"
n_passed=0
n_failed=0
only=
case ${1-} in --only) only=$2 ;; esac
folder=$(mktemp -d "${TMPDIR:-/tmp}/typed.XXXXXX") || exit 2
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

echo "$(basename "$0" .sh)"

# it SENTENCE COMMAND ...
it() {
    sentence=$1
    shift
    case $sentence in *"$only"*) ;; *) return 0 ;; esac
    if "$@" >"$folder/said" 2>&1; then
        n_passed=$((n_passed + 1))
        echo "  $sentence ... ok"
    else
        n_failed=$((n_failed + 1))
        echo "  $sentence ... FAILED"
        sed 's/^/      /' "$folder/said" | tail -n 12
    fi
}

finish() {
    echo "$n_passed passed, $n_failed failed"
    [ "$n_failed" -eq 0 ] && [ "$n_passed" -gt 0 ]
}
