// What a report carries inside itself; the build embeds the files (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace upkeep::report {

extern const std::string_view kChartJs;  // Chart.js, MIT
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;

}  // namespace upkeep::report
