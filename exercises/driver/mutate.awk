# Mechanical mutants of a C source: one small change each, in code, not in comments.
#
#   awk -v list=1 -f mutate.awk source        a line for each mutant: the changed line
#   awk -v mutant=3 -f mutate.awk source      the source with the third change

BEGIN {
    split("size1|size2| < | + | - | * | / |0.0| += | > |fmax(|sqrt(|exp(|i, j|-INFINITY|tda", from, "|")
    split("size2|size1| <= | - | + | / | * |1.0| = | >= |fmin(|(|(|j, i|0.0|size2", to, "|")
    n_rules = 16
}

# Comments: whole lines and blocks; a comment at the end of a line is left out of the search.
function code_of(line,    at) {
    if (in_comment) {
        at = index(line, "*/")
        if (at == 0) return ""
        in_comment = 0
        return ""
    }
    at = index(line, "/*")
    if (at > 0) {
        if (index(substr(line, at), "*/") == 0) in_comment = 1
        return substr(line, 1, at - 1)
    }
    return line
}

{
    line = $0
    code = code_of(line)
    if (code ~ /^#/ || code ~ /^[a-z].*\(.*[,)]$/) code = ""
    for (r = 1; r <= n_rules; r++) {
        start = 1
        while ((at = index(substr(code, start), from[r])) > 0) {
            at += start - 1
            n++
            changed = substr(line, 1, at - 1) to[r] substr(line, at + length(from[r]))
            if (list) {
                sub(/^ */, "", changed)
                print n "\t" changed
            } else if (n == mutant) {
                line = changed
                code = ""
                n = mutant + 1000000
            }
            start = at + length(from[r])
            if (code == "") break
        }
    }
    if (!list) print line
}
