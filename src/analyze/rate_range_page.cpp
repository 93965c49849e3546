#include "analyze/rate_range_page.hpp"

#include "analyze/report.hpp"
#include "base/format.hpp"

namespace upkeep {

std::string rate_range_page(const std::string& title, const RateRange& range) {
  report::Page page("Learning-rate range test: " + title);
  page.tiles({{.label = "suggested rate",
               .value = report::number(range.suggestion),
               .note = range.falls ? "to start with" : "the loss fell nowhere: take it with care",
               .tone = range.falls ? report::Tone::kGood : report::Tone::kWarning},
              {.label = "steepest fall", .value = report::number(range.steepest_at), .note = "rate at which the loss fell fastest"},
              {.label = "lowest loss", .value = report::number(range.lowest_at), .note = "rate at which it was reached"},
              {.label = "steps", .value = std::to_string(range.rates.size()), .note = range.ended}});
  if (!range.falls)
    page.notice(report::Tone::kWarning,
                "The smoothed loss fell nowhere by more than its noise. Try a wider range, larger batches, or look at the data.");
  const std::vector<report::Series> curves = {{.name = "smoothed", .y = range.smoothed},
                                              {.name = "each batch", .y = range.losses, .reference = true}};
  page.chart({.kind = report::ChartKind::kLine,
              .title = "loss over learning rate",
              .note = "the model was a copy, nothing was kept",
              .x_label = "learning rate",
              .y_label = "loss",
              .x = range.rates,
              .series = curves,
              .mark = range.suggestion,
              .mark_name = "suggested rate",
              .log_x = true,
              .log_y = report::spans_magnitudes(curves),
              .wide = true});
  page.section("How to read it",
               "The rate was raised by the same factor after each batch. Where the loss falls fastest the rate does most; near the lowest "
               "loss it is already too high to be stable. The suggestion is the steepest place, but at most a tenth of the rate at the "
               "lowest loss.");
  return page.html();
}

}  // namespace upkeep
