#!/bin/sh
# The course as web pages, from the woven pages and the sources.
#
#   docs/tools/site.sh BUILD        BUILD/docs/pages/*.md ... -> BUILD/docs/html/index.html
#
# Theme, KaTeX and Node.js are optional: what is left out is said in one line, and the pages are
# made without it.
set -eu

out=$1/docs
html=$out/html
tools=docs/tools

# share FILE: where a data package lies on this system; empty if it is not installed
share() {
    for folder in /usr/share /usr/local/share /opt/homebrew/share; do
        [ -e "$folder/$1" ] && { echo "$folder/$1"; return 0; }
    done
    return 0
}

awesome=$(share doxygen-awesome-css)
katex=$(share javascript/katex)
node=$(command -v node || command -v nodejs || true)
[ -n "$awesome" ] || echo 'docs: without the theme (package doxygen-awesome-css)'
[ -n "$node" ] || echo 'docs: without full-text search (package nodejs)'
case "$katex,$node" in
,*)  echo 'docs: formulas stay as TeX source (package libjs-katex)' ;;
*,)  echo 'docs: formulas are set by the browser, not here (package nodejs)' ;;
esac

styles="docs/theme/course.css docs/theme/reading.css"
scripts="docs/theme/course.js"
[ -z "$node" ] || scripts="$scripts docs/theme/search.js"
if [ -n "$awesome" ]; then
    styles="$awesome/doxygen-awesome.css $awesome/doxygen-awesome-sidebar-only.css $styles"
else
    styles="$styles docs/theme/plain.css"
fi
if [ -n "$katex" ]; then
    styles="$katex/katex.min.css $styles"
    [ -n "$node" ] || scripts="$katex/katex.min.js $scripts"
fi

# The chapters that are written become the first entries of the navigation.
chapter_tabs() {
    while IFS='|' read -r id title _; do
        case $id in ch*) ;; *) continue ;; esac
        number=${id#ch}
        number=${number%% *}
        ls chapters/"$number"_*/chapter.md >/dev/null 2>&1 || continue
        title=$(echo "$title" | sed 's/^ *//; s/ *$//; s/&/\&amp;/g')
        echo "    <tab type=\"user\" url=\"@ref ch$number\" title=\"${number#0} $title\"/>"
    done < docs/course.txt
}

rm -rf "$html"
mkdir -p "$html"
chapter_tabs > "$out/tabs.xml"
sed -e "/<!-- chapters/r $out/tabs.xml" -e '/<!-- chapters/d' docs/DoxygenLayout.xml \
    > "$out/layout.xml"
{
    for script in $scripts; do echo "<script src=\"\$relpath^${script##*/}\"></script>"; done
    [ -z "$node" ] || echo '<script src="$relpath^fulltext.js" defer></script>'
} > "$out/scripts.html"
sed -e "/<!-- scripts/r $out/scripts.html" -e '/<!-- scripts/d' docs/theme/header.html \
    > "$out/header.html"
# Only these names of the GSL become links to its manual.
"$tools/gsl_tag.pl" reference/*.[ch] chapters/*/*.[ch] > "$out/gsl.tag"

# Warnings are errors with the version that the pages are written for. Others word and count them
# differently, so there they are only shown.
strict=NO
[ "$(doxygen --version | cut -d' ' -f1)" != 1.9.4 ] || strict=FAIL_ON_WARNINGS

status=0
{
    cat docs/Doxyfile
    echo "OUTPUT_DIRECTORY = $out"
    echo "INPUT = $out/pages docs/pages/groups.dox reference optimized chapters tests docs/examples"
    echo 'EXCLUDE_PATTERNS = */chapters/*.md */data/*'
    echo "STRIP_FROM_PATH = . $out/pages"
    echo "HTML_HEADER = $out/header.html"
    echo "LAYOUT_FILE = $out/layout.xml"
    echo "TAGFILES = $out/gsl.tag=https://www.gnu.org/software/gsl/doc/html"
    echo "HTML_EXTRA_STYLESHEET =" $styles
    echo "HTML_EXTRA_FILES =" $scripts
    echo "WARN_AS_ERROR = $strict"
    echo "WARN_LOGFILE = $out/warnings.log"
} | doxygen - || status=$?
[ ! -s "$out/warnings.log" ] || cat "$out/warnings.log" >&2
[ $status = 0 ] || { rm -f "$html/index.html"; exit $status; }

# The fonts of the formulas, beside the style sheet that names them
if [ -n "$katex" ]; then
    mkdir -p "$html/fonts"
    for font in "$katex"/fonts/*.woff2; do cat "$font" > "$html/fonts/${font##*/}"; done
fi
if [ -n "$node" ]; then
    "$node" "$tools/finish.mjs" "$html" "$katex" || { rm -f "$html/index.html"; exit 1; }
fi
