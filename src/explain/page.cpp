#include "explain/page.hpp"

#include <algorithm>
#include <cmath>

#include "analyze/report.hpp"
#include "base/format.hpp"
#include "explain/drawings.hpp"
#include "explain/importance.hpp"
#include "explain/value_text.hpp"

namespace upkeep::explain {

using report::Cell;
using report::Chart;
using report::ChartKind;
using report::number;
using report::Page;
using report::TableBlock;

namespace {

constexpr std::size_t kMostWaterfalls = 20;
constexpr std::size_t kMostDependences = 6;
constexpr std::size_t kMostIceRows = 12;

std::string trust_text(const Honesty& honesty) {
  std::string text = upkeep::format("{} evaluations of the model, {} ms", honesty.evaluations, number(honesty.milliseconds));
  const auto add = [&](std::string_view name, double value) {
    if (!std::isnan(value)) text += upkeep::format("; {} {}", name, number(value));
  };
  add("additivity error", honesty.additivity_error);
  add("largest standard error", honesty.largest_standard_error);
  add("infidelity", honesty.infidelity);
  add("stability over seeds", honesty.stability_over_seeds);
  add("stability over small changes", honesty.stability_over_changes);
  add("sensitivity", honesty.sensitivity);
  return text + (honesty.reached ? "" : "; the error that was asked for was not reached");
}

void add_rows(Page& page, const PageContent& content, const MethodEntry& method) {
  page.section("Rows", method.additive
                           ? "Each bar is what a feature adds to the answer, from the base to what the model gave."
                           : "Each bar is how strongly a feature moves the answer; the bars of this method do not add up to it.");
  for (std::size_t i = 0; i < std::min(kMostWaterfalls, content.explanations.size()); ++i) {
    const Explanation& one = content.explanations[i];
    page.drawing(upkeep::format("Row {}: {} = {}", one.row + 1, content.subject.element_name(one.element), number(one.attribution.answer)),
                 trust_text(one.honesty), waterfall(one, content.subject, content.rows, method.additive));
    for (const std::string& note : one.attribution.notes) page.text(note);
  }
  if (content.explanations.size() > kMostWaterfalls)
    page.text(upkeep::format("The first {} of {} explained rows.", kMostWaterfalls, content.explanations.size()));
}

Chart dependence(const PageContent& content, std::size_t feature) {
  const ExplainedFeature& about = content.subject.features()[feature];
  Chart chart{.kind = ChartKind::kScatter, .title = about.name, .x_label = about.name, .y_label = "attribution"};
  report::Series series{.name = "attribution"};
  for (const Explanation& one : content.explanations) {
    const double x = value_number(content.rows, one.row, about);
    if (std::isnan(x)) continue;
    chart.x.push_back(x);
    series.y.push_back(one.attribution.values[feature]);
  }
  chart.series.push_back(std::move(series));
  return chart;
}

void add_overview(Page& page, const PageContent& content) {
  const std::vector<Importance> order = importances(content.explanations);
  page.section("Over all explained rows",
               "A point is a row: to the right where the feature raises the answer. Blue is a low value of the "
               "feature, orange a high one, grey a text or a missing value.");
  page.drawing("Attributions", upkeep::format("{} rows", content.explanations.size()),
               beeswarm(content.explanations, content.subject, content.rows));
  TableBlock table{.heading = {"feature", "mean |attribution|", "95 % low", "95 % high", "mean attribution"}, .rows = {}, .caption = {}};
  for (const Importance& one : order)
    table.rows.push_back(
        {Cell(content.subject.features()[one.feature].name), Cell(one.mean), Cell(one.low), Cell(one.high), Cell(one.signed_mean)});
  page.table(table);
  std::vector<Chart> charts;
  for (const Importance& one : order) {
    if (charts.size() == kMostDependences) break;
    Chart chart = dependence(content, one.feature);
    if (chart.x.size() > 1) charts.push_back(std::move(chart));
  }
  if (!charts.empty()) {
    page.section("Dependence", "How the attribution of the most important features follows their values.");
    page.charts(charts);
  }
}

Chart curve_chart(const EffectCurve& curve, const Effect& effect) {
  Chart chart{.kind = curve.labels.empty() ? ChartKind::kLine : ChartKind::kBar,
              .title = curve.feature,
              .x_label = curve.feature,
              .y_label = effect.what,
              .labels = curve.labels,
              .x = curve.labels.empty() ? curve.x : std::vector<double>()};
  chart.series.push_back({.name = "mean", .y = curve.y, .low = curve.low, .high = curve.high});
  for (const std::size_t row : report::thinned(curve.rows.size(), kMostIceRows))
    chart.series.push_back({.name = upkeep::format("row {}", row + 1), .y = curve.rows[row], .low = {}, .high = {}, .reference = true});
  return chart;
}

void add_effect(Page& page, const Effect& effect) {
  page.section(effect.name, effect.what);
  if (!effect.figures.empty()) {
    TableBlock table{.heading = {"feature", "value", "95 % low", "95 % high"}, .rows = {}, .caption = {}};
    for (const EffectFigure& figure : effect.figures)
      table.rows.push_back({Cell(figure.feature), Cell(figure.value), Cell(figure.low), Cell(figure.high)});
    page.table(table);
  }
  std::vector<Chart> charts;
  for (const EffectCurve& curve : effect.curves) charts.push_back(curve_chart(curve, effect));
  if (!charts.empty()) page.charts(charts);
  for (const EffectSurface& one : effect.surfaces) page.drawing(one.first + " and " + one.second, effect.what, surface(one));
  for (const std::string& note : effect.notes) page.text(note);
  page.text(upkeep::format("{} evaluations of the model, {} ms", effect.evaluations, number(effect.milliseconds)));
}

}  // namespace

std::string explanations_page(const PageContent& content) {
  Page page(content.title, content.about);
  if (!content.explanations.empty()) {
    const MethodEntry& method = methods::catalog().at(content.explanations[0].method);
    page.text(upkeep::format("Method {}: {}.", method.name, method.help));
    if (content.explanations.size() > 1) add_overview(page, content);
    add_rows(page, content, method);
  }
  for (const Effect& effect : content.effects) add_effect(page, effect);
  return page.html();
}

}  // namespace upkeep::explain
