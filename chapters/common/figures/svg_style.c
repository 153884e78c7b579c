/**
 * @file svg_style.c
 * How figures look. A class gives a part its colour by setting --c; what is drawn uses --c. The
 * colours come from variables of the page, or else from the ones here: they pass the contrast of
 * WCAG AA on their background, light and dark.
 */
#include "chapters/common/figures/svg_internal.h"
#include "chapters/common/program/utf8.h"

const char svg_style[] =
    "svg.figure{--f-background:#fff;--f-text:#1d2530;--f-faint:#5c6776;--f-grid:#e2e7ee;"
    "--f-query:#1c67c4;--f-key:#b85a00;--f-value:#1c7f46;--f-weight:#7440b0;--f-context:#08808a;"
    "--f-s1:#1c67c4;--f-s2:#b85a00;--f-s3:#1c7f46;--f-s4:#7440b0;--f-s5:#b8336a;--f-s6:#08808a;"
    "--f-heat:#6a35a8;--f-heat-negative:#b85a00;--f-heat-paper:#fff}\n"
    "@media (prefers-color-scheme:dark){"
    "svg.figure{--f-background:#15191f;--f-text:#e4e9f0;--f-faint:#9aa7b8;--f-grid:#2c343f;"
    "--f-query:#6aaefc;--f-key:#f2a25c;--f-value:#5fcf8e;--f-weight:#bd97f2;--f-context:#4fd0da;"
    "--f-s1:#6aaefc;--f-s2:#f2a25c;--f-s3:#5fcf8e;--f-s4:#bd97f2;--f-s5:#f58ab3;--f-s6:#4fd0da;"
    "--f-heat:#bd97f2;--f-heat-negative:#f2a25c;--f-heat-paper:#15191f}}\n"
    "svg.figure{--c:var(--figure-text,var(--f-text));max-width:100%;height:auto;"
    "background:var(--figure-background,var(--f-background));"
    "font-family:var(--figure-font,system-ui,\"Segoe UI\",Roboto,\"Helvetica Neue\",sans-serif)}\n"
    "svg.figure .role-query{--c:var(--role-query,var(--f-query))}\n"
    "svg.figure .role-key{--c:var(--role-key,var(--f-key))}\n"
    "svg.figure .role-value{--c:var(--role-value,var(--f-value))}\n"
    "svg.figure .role-weight{--c:var(--role-weight,var(--f-weight))}\n"
    "svg.figure .role-context{--c:var(--role-context,var(--f-context))}\n"
    "svg.figure .series-1{--c:var(--series-1,var(--f-s1))}\n"
    "svg.figure .series-2{--c:var(--series-2,var(--f-s2))}\n"
    "svg.figure .series-3{--c:var(--series-3,var(--f-s3))}\n"
    "svg.figure .series-4{--c:var(--series-4,var(--f-s4))}\n"
    "svg.figure .series-5{--c:var(--series-5,var(--f-s5))}\n"
    "svg.figure .series-6{--c:var(--series-6,var(--f-s6))}\n"
    "svg.figure .faint{--c:var(--figure-faint,var(--f-faint))}\n"
    "svg.figure .grid{--c:var(--figure-grid,var(--f-grid))}\n"
    "svg.figure .cell{--c:var(--heat,var(--f-heat))}\n"
    "svg.figure .negative{--c:var(--heat-negative,var(--f-heat-negative))}\n"
    "svg.figure .on-full{--c:var(--heat-paper,var(--f-heat-paper))}\n"
    "svg.figure text{fill:var(--c);font-size:13px}\n"
    "svg.figure .title{font-size:16px;font-weight:600}\n"
    "svg.figure .strong{font-weight:600}\n"
    "svg.figure .number{font-size:12px;font-variant-numeric:tabular-nums;pointer-events:none}\n"
    "svg.figure .small{font-size:10px}\n"
    "svg.figure .line,svg.figure .curve{fill:none;stroke:var(--c);stroke-width:1}\n"
    "svg.figure .thick{stroke-width:2}svg.figure .pale{stroke-opacity:.5}\n"
    "svg.figure .curve{stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}\n"
    "svg.figure .dash-1{stroke-dasharray:7 5}svg.figure .dash-2{stroke-dasharray:1.5 5}\n"
    "svg.figure .dash-3{stroke-dasharray:11 4 2 4}svg.figure .dash-4{stroke-dasharray:4 3}\n"
    "svg.figure .dash-5{stroke-dasharray:14 6}\n"
    "svg.figure .box,svg.figure .mark{fill:var(--c)}\n"
    "svg.figure .point{fill-opacity:.8}\n"
    "svg.figure .frame{fill:none;stroke:var(--c);stroke-width:2}\n"
    "svg.figure .edge{fill:none;stroke:var(--c)}\n"
    "svg.figure .stop{stop-color:var(--c)}\n"
    "svg.figure .cell:hover{stroke:var(--figure-text,var(--f-text));stroke-width:2}\n"
    "svg.figure .hot{opacity:0}svg.figure .hot:hover{opacity:1}\n"
    "svg.figure .bar:hover,svg.figure .mark:hover{fill-opacity:1}\n";

const char *svg_colour_class(figure_role role, size_t number)
{
    static const char *const roles[] = {
        [FIGURE_QUERY] = "role-query",     [FIGURE_KEY] = "role-key",
        [FIGURE_VALUE] = "role-value",     [FIGURE_WEIGHT] = "role-weight",
        [FIGURE_CONTEXT] = "role-context", [FIGURE_FAINT] = "faint"};
    static const char *const series[] = {"series-1", "series-2", "series-3",
                                         "series-4", "series-5", "series-6"};
    return role != FIGURE_AUTO ? roles[role] : series[number % 6];
}

double svg_text_width(const char *text, double size)
{
    /* A letter of these fonts is about 0.56 of its size wide. */
    return 0.56 * size * (double)utf8_columns(text);
}
