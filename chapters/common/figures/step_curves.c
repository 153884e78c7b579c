#include "chapters/common/figures/step_curves.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"
#include <math.h>

step_curves step_curves_alloc(void)
{
    step_curves curves = {program_vector(N_STEP_SIZES), program_vector(N_STEP_SIZES),
                          program_vector(N_STEP_SIZES)};
    for (size_t n = 0; n < N_STEP_SIZES; n++) {
        gsl_vector_set(curves.steps, n, pow(10.0, -1.0 - (double)n));
    }
    return curves;
}

void step_curves_free(step_curves *curves)
{
    gsl_vector_free(curves->steps);
    gsl_vector_free(curves->first);
    gsl_vector_free(curves->second);
}

void step_curves_draw(const report *to, const char *name, const step_curves *curves,
                      const step_curves_text *text)
{
    figure_series series[] = {{.name = text->first, .x = curves->steps, .y = curves->first},
                              {.name = text->second, .x = curves->steps, .y = curves->second}};
    figure_plot plot = {.title = text->title,
                        .description = text->description,
                        .x_label = "step h",
                        .y_label = "largest error",
                        .series = series,
                        .n_series = 2,
                        .is_log_x = true,
                        .is_log_y = true};
    char path[REPORT_PATH_SIZE];
    if (report_figure_path(to, name, path)) {
        program_check(svg_write_plot(path, &plot));
    }
}
