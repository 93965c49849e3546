#include "analyze/learning_curves.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"

namespace upkeep {

namespace {

constexpr std::string_view kValidation = "val_";
constexpr std::size_t kPoints = 1000;  // per curve
constexpr std::size_t kTableRows = 200;

std::vector<std::string> names_of(const History& history) {
  std::vector<std::string> names;
  for (const auto& epoch : history.epochs)
    for (const auto& [name, value] : epoch)
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

bool is_measure(std::string_view name) { return name != "seconds" && name != "learning_rate" && !name.starts_with(kValidation); }

// One value per epoch; NaN where an epoch lacks it.
std::vector<double> values_of(const History& history, std::string_view name) {
  std::vector<double> values;
  for (const auto& epoch : history.epochs) {
    const auto found = std::ranges::find(epoch, name, [](const auto& figure) { return std::string_view(figure.first); });
    values.push_back(found == epoch.end() ? std::numeric_limits<double>::quiet_NaN() : found->second);
  }
  return values;
}

std::vector<double> picked(const std::vector<double>& values, const std::vector<std::size_t>& at) {
  std::vector<double> some;
  for (const std::size_t i : at) some.push_back(values[i]);
  return some;
}

report::Chart curve(const History& history, const std::string& name, const std::vector<std::size_t>& at) {
  report::Chart chart{.kind = report::ChartKind::kLine, .title = name, .x_label = "epoch"};
  for (const std::size_t i : at) chart.x.push_back(static_cast<double>(i + 1));
  chart.series.push_back({.name = "training", .y = picked(values_of(history, name), at)});
  const std::vector<double> validation = values_of(history, std::string(kValidation) + name);
  if (std::ranges::any_of(validation, [](double value) { return !std::isnan(value); }))
    chart.series.push_back({.name = "validation", .y = picked(validation, at)});
  chart.log_y = report::spans_magnitudes(chart.series);  // later epochs would be a flat line otherwise
  if (chart.log_y) chart.note = "logarithmic axis";
  return chart;
}

report::TableBlock table_of(const History& history) {
  report::TableBlock table{.heading = {"epoch"}};
  const std::vector<std::string> names = names_of(history);
  table.heading.insert(table.heading.end(), names.begin(), names.end());
  std::vector<std::vector<double>> columns;
  for (const std::string& name : names) columns.push_back(values_of(history, name));
  for (const std::size_t i : report::thinned(history.epochs.size(), kTableRows)) {
    std::vector<report::Cell> row{static_cast<std::int64_t>(i + 1)};
    for (const std::vector<double>& column : columns) row.emplace_back(column[i]);
    table.rows.push_back(std::move(row));
  }
  if (history.epochs.size() > kTableRows)
    table.caption = upkeep::format("{} of {} epochs, evenly spaced", kTableRows, history.epochs.size());
  return table;
}

report::TableBlock events_of(const History& history) {
  report::TableBlock table{.heading = {"epoch", "batch", "event", "what happened"}};
  for (const TrainingEvent& event : history.events)
    table.rows.push_back({event.epoch, event.batch > 0 ? report::Cell(event.batch) : report::Cell("end"), report::Cell(event.kind),
                          report::Cell(event.text)});
  return table;
}

std::vector<report::Tile> tiles_of(const History& history) {
  std::vector<report::Tile> tiles = {{.label = "epochs", .value = std::to_string(history.epochs.size())}};
  const std::size_t row = history.best.value_or(history.epochs.size() - 1);
  const std::string which = history.best ? upkeep::format("epoch {}, whose weights are kept", row + 1) : "last epoch";
  for (const std::string& name : names_of(history))
    if (is_measure(name)) tiles.push_back({.label = name, .value = report::number(values_of(history, name)[row]), .note = which});
  const std::vector<double> validation = values_of(history, "val_loss");
  const auto best = std::ranges::min_element(validation, {}, [](double value) { return std::isnan(value) ? HUGE_VAL : value; });
  if (best != validation.end() && !std::isnan(*best))
    tiles.push_back(
        {.label = "best val_loss", .value = report::number(*best), .note = upkeep::format("epoch {}", best - validation.begin() + 1)});
  double seconds = 0;
  for (const double value : values_of(history, "seconds")) seconds += std::isnan(value) ? 0 : value;
  if (seconds > 0) tiles.push_back({.label = "time", .value = upkeep::format("{:.3g} s", seconds)});
  return tiles;
}

}  // namespace

std::vector<report::Chart> learning_curves(const History& history) {
  const std::vector<std::size_t> at = report::thinned(history.epochs.size(), kPoints);
  std::vector<report::Chart> charts;
  for (const std::string& name : names_of(history))
    if (is_measure(name)) charts.push_back(curve(history, name, at));
  const std::vector<double> rates = values_of(history, "learning_rate");
  if (std::ranges::any_of(rates, [&](double rate) { return !std::isnan(rate) && rate != rates.front(); })) {
    charts.push_back(curve(history, "learning_rate", at));
    charts.back().series.front().name = "learning rate";
  }
  return charts;
}

std::string learning_curves_page(const std::string& title, const History& history) {
  report::Page page("Learning curves: " + title);
  if (history.epochs.empty()) {
    page.notice(report::Tone::kWarning, "No epoch was trained.");
    if (!history.events.empty()) page.table(events_of(history));
    return page.html();
  }
  page.tiles(tiles_of(history));
  page.charts(learning_curves(history));
  if (!history.events.empty()) {
    page.section("Events", "What happened beside the figures. After a rollback the epochs behind it were trained anew.");
    page.table(events_of(history));
  }
  page.section("Epochs");
  page.table(table_of(history));
  return page.html();
}

}  // namespace upkeep
