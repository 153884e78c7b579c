/* Figures as SVG files. */
#include "chapters/common/figures/svg.h"
#include "tests/support/sample_figures.h"
#include "tests/support/suite.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char folder[] = "/tmp/test_svg_XXXXXX";

static char *contents(const char *path)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void svg_heat_map(void)
{
    figure_heat_map map = sample_heat_map();
    map.scores = map.cells;
    const char *path = path_of("a map.svg");
    CHECK_STATUS(svg_write_heat_map(path, &map), GSL_SUCCESS, "a heat map");
    char *first = strdup(contents(path));
    static const char *const says[] = {
        "<svg xmlns=",
        "role=\"img\"",
        "aria-labelledby=\"a-map-title a-map-desc\"",
        "<title id=\"a-map-title\">Weights &amp; &lt;scores&gt;</title>",
        "<desc id=\"a-map-desc\">",
        "&lt;b&gt;&amp;&quot;bänk&quot; → 日本語: weight 3.0000, score 3.0000",
        "weight masked",
        "class=\"box cell negative\"",
        "prefers-color-scheme:dark",
        "</svg>\n"};
    for (size_t i = 0; i < COUNT(says); i++) {
        CHECK(strstr(first, says[i]) != NULL, "there is no %s", says[i]);
    }
    size_t n_titles = 0;
    for (const char *c = first; (c = strstr(c, "<title>")) != NULL; c++) {
        n_titles++;
    }
    CHECK(n_titles == 12, "%zu titles for 12 cells", n_titles);
    CHECK(strstr(first, "<b>") == NULL && strstr(first, "nan") == NULL, "something unescaped");
    CHECK_STATUS(svg_write_heat_map(path, &map), GSL_SUCCESS, "again");
    CHECK(strcmp(first, contents(path)) == 0, "the same figure, other bytes");
    free(first);
}

static void svg_plot_and_bars(void)
{
    figure_plot plot = sample_plot(NULL);
    const char *path = path_of("plot.svg");
    CHECK_STATUS(svg_write_plot(path, &plot), GSL_SUCCESS, "a plot");
    CHECK(strstr(contents(path), "series-1") && strstr(contents(path), "role-key"), "classes");
    CHECK(strstr(contents(path), "nan") == NULL && strstr(contents(path), "inf") == NULL, "gaps");
    figure_bars bars = sample_bars();
    path = path_of("bars.svg");
    CHECK_STATUS(svg_write_bars(path, &bars), GSL_SUCCESS, "bars");
    CHECK(strstr(contents(path), "a limit") != NULL, "the limit");
}

static void svg_wrong_arguments(void)
{
    const char *path = path_of("never.svg");
    figure_heat_map map = sample_heat_map();
    gsl_matrix *scores = gsl_matrix_calloc(4, 3);
    map.scores = scores;
    CHECK_STATUS(svg_write_heat_map(path, &map), GSL_EBADLEN, "scores of another shape");
    map = sample_heat_map(), map.marked_row = 3;
    CHECK_STATUS(svg_write_heat_map(path, &map), GSL_EINVAL, "a marked row behind the last");
    map = sample_heat_map(), map.title = NULL;
    CHECK_STATUS(svg_write_heat_map(path, &map), GSL_EINVAL, "no title");
    figure_series *series;
    figure_plot plot = sample_plot(&series);
    plot.n_series = 0;
    CHECK_STATUS(svg_write_plot(path, &plot), GSL_EINVAL, "no series");
    plot = sample_plot(&series);
    gsl_vector *shorter = gsl_vector_calloc(2);
    series[0].x = shorter;
    CHECK_STATUS(svg_write_plot(path, &plot), GSL_EBADLEN, "x shorter than y");
    gsl_vector_set_all(shorter, NAN);
    series[0].y = shorter, plot.n_series = 1;
    CHECK_STATUS(svg_write_plot(path, &plot), GSL_EINVAL, "no finite point");
    figure_bars bars = sample_bars();
    bars.values = shorter;
    CHECK_STATUS(svg_write_bars(path, &bars), GSL_EINVAL, "a bar that is not finite");
    CHECK(access(path, F_OK) != 0, "a file was written");
    gsl_vector_free(shorter);
    gsl_matrix_free(scores);
}

/* A folder that is not there, and a disk without room: /dev/full through a link. */
static void svg_cannot_be_written(void)
{
    figure_bars bars = sample_bars();
    CHECK_STATUS(svg_write_bars("/no/such/folder/x.svg", &bars), GSL_EFAILED, "no folder");
    CHECK(strstr(suite_last_error(), "/no/such/folder/x.svg") != NULL, "%s", suite_last_error());
    char path[256], part[256];
    snprintf(path, sizeof path, "%s", path_of("full.svg"));
    snprintf(part, sizeof part, "%s", path_of("full.svg.new"));
    CHECK_STATUS(svg_write_bars(path, &bars), GSL_SUCCESS, "while there is room");
    char *before = strdup(contents(path));
    if (access("/dev/full", W_OK) == 0 && symlink("/dev/full", part) == 0) {
        bars.title = "never seen";
        CHECK_STATUS(svg_write_bars(path, &bars), GSL_EFAILED, "a full disk");
        CHECK(strcmp(before, contents(path)) == 0, "the old file is gone");
        CHECK(access(part, F_OK) != 0, "a half-written file is left");
    }
    free(before);
}

static const test tests[] = {
    {"a heat map is one titled cell per weight, the same bytes each time", svg_heat_map},
    {"plots leave gaps where points are not finite", svg_plot_and_bars},
    {"wrong figures are refused before a file is touched", svg_wrong_arguments},
    {"a figure that cannot be written leaves the old one", svg_cannot_be_written},
};

int main(int argc, char **argv)
{
    if (mkdtemp(folder) == NULL) {
        perror("test_svg: a temporary folder");
        return 1;
    }
    int status = RUN_SUITE(argc, argv, tests);
    static const char *const names[] = {"a map.svg", "plot.svg", "bars.svg", "full.svg"};
    for (size_t i = 0; i < COUNT(names); i++) {
        remove(path_of(names[i]));
    }
    rmdir(folder);
    return status;
}
