#include "analyze/search_page.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "analyze/report.hpp"
#include "analyze/summary.hpp"
#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep {

namespace {

using report::Cell;
using report::Tone;

std::string state_of(const SearchCandidate& candidate) {
  return candidate.verdict ? std::string(to_string(candidate.verdict->judgement())) : "not made";
}

Tone tone_of(const SearchCandidate& candidate) {
  if (!candidate.verdict || candidate.verdict->judgement() == Judgement::kRefused) return Tone::kBad;
  return candidate.verdict->accepted() ? Tone::kGood : Tone::kWarning;
}

// The first metric with a limit, by which candidates are compared.
const Finding& metric_of(const SearchCandidate& candidate) { return candidate.verdict->findings.front(); }

std::string times(double before, double after) { return after > 0 ? upkeep::format("{:.2f} times", before / after) : "?"; }

std::vector<Cell> row_of(const SearchCandidate& candidate) {
  std::vector<Cell> row = {candidate.name, {state_of(candidate), tone_of(candidate)}, candidate.front ? "front" : ""};
  if (!candidate.verdict) {
    row.insert(row.end(), {"", "", "", "", "", candidate.seconds, candidate.problem});
    return row;
  }
  const Finding& metric = metric_of(candidate);
  const Finding &zipped = *finding_of(candidate, "zipped"), &latency = *finding_of(candidate, "latency");
  row.insert(row.end(),
             {metric.after, std::isfinite(metric.low) ? upkeep::format("[{:+.4g}, {:+.4g}]", metric.low, metric.high) : "too few rows",
              zipped.after / 1000, latency.after, times(latency.before, latency.after), candidate.seconds,
              candidate.verdict->accepted() ? std::string() : why_not(*candidate.verdict)});
  return row;
}

report::Chart chart_of(const SearchResult& result, std::string_view cost, const std::string& label, double unit) {
  const double gap = std::numeric_limits<double>::quiet_NaN();
  report::Chart chart{.kind = report::ChartKind::kScatter,
                      .title = cost == "zipped" ? "metric over zipped size" : "metric over latency",
                      .x_label = label,
                      .y_label = ""};
  report::Series front{.name = "on the front", .y = {}}, accepted{.name = "accepted", .y = {}},
      others{.name = "not accepted", .y = {}, .reference = true};
  for (const SearchCandidate& candidate : result.candidates) {
    if (!candidate.verdict) continue;
    const Finding& metric = metric_of(candidate);
    chart.y_label = metric.what;
    chart.x.push_back(finding_of(candidate, cost)->after / unit);
    front.y.push_back(candidate.front ? metric.after : gap);
    accepted.y.push_back(!candidate.front && candidate.verdict->accepted() ? metric.after : gap);
    others.y.push_back(candidate.verdict->accepted() ? gap : metric.after);
  }
  chart.series = {front, accepted, others};
  return chart;
}

std::vector<report::Tile> tiles_of(const SearchResult& result) {
  if (!result.best) return {{.label = "chosen", .value = "nothing", .note = "no candidate was accepted", .tone = Tone::kWarning}};
  const SearchCandidate& best = result.candidates[*result.best];
  const Finding &metric = metric_of(best), &zipped = *finding_of(best, "zipped"), &latency = *finding_of(best, "latency");
  return {{.label = "chosen", .value = best.name, .note = "", .tone = Tone::kGood},
          {.label = metric.what, .value = report::number(metric.after), .note = "before " + report::number(metric.before)},
          {.label = "smaller", .value = times(zipped.before, zipped.after), .note = "zipped"},
          {.label = "faster", .value = times(latency.before, latency.after), .note = report::number(latency.after) + " ms"}};
}

// By operator; without times where the model cannot be run by itself.
std::map<std::string, SummaryRow> costs_of(const Model& model) {
  if (model.graph.nodes.empty()) return {};
  std::map<std::string, SummaryRow> costs;
  Summary summary;
  try {
    summary = summarise(model, {.by = "operators", .timing = Timing::kMeasured});
  } catch (const Error&) {
    summary = summarise(model, {.by = "operators"});
  }
  for (const SummaryRow& row : summary.list) costs.emplace(row.kind, row);
  return costs;
}

report::TableBlock cost_table(const Model& before, const Model& after) {
  report::TableBlock table{
      .heading = {"operator", "nodes before", "now", "weights, kB, before", "now", "MFLOPs before", "now", "us before", "now"},
      .rows = {},
      .caption = "For one row. Integer operators take the place of others where the model was quantised."};
  const auto was = costs_of(before), is = costs_of(after);
  std::set<std::string> names;
  for (const auto* costs : {&was, &is})
    for (const auto& [name, row] : *costs) names.insert(name);
  for (const std::string& name : names) {
    std::vector<Cell> row = {name};
    const auto pair = [&](const std::function<Cell(const SummaryRow&)>& cell) {
      for (const auto* costs : {&was, &is}) {
        const auto found = costs->find(name);
        row.push_back(found == costs->end() ? Cell("") : cell(found->second));
      }
    };
    pair([](const SummaryRow& one) { return Cell(one.nodes); });
    pair([](const SummaryRow& one) { return Cell(static_cast<double>(one.weight_bytes) / 1e3); });
    pair([](const SummaryRow& one) { return Cell(static_cast<double>(one.flops.total()) / 1e6); });
    pair([](const SummaryRow& one) { return one.time_us ? Cell(*one.time_us) : Cell(""); });
    table.rows.push_back(std::move(row));
  }
  return table;
}

void show_chosen(report::Page& page, const Model& before, const SearchCandidate& best) {
  page.section("The chosen one: " + best.name, "What was done: " + join(best.steps) + ".");
  if (!best.verdict->reverted.empty()) page.text("Left as they were, for the metrics' sake: " + join(best.verdict->reverted) + ".");
  page.table(cost_table(before, best.model));
}

}  // namespace

Json to_json(const SearchResult& result) {
  Json all = Json::array();
  for (const SearchCandidate& candidate : result.candidates) {
    all.push_back({{"name", candidate.name},
                   {"steps", candidate.steps},
                   {"judgement", state_of(candidate)},
                   {"front", candidate.front},
                   {"seconds", candidate.seconds}});
    if (candidate.verdict) all.back()["acceptance"] = to_json(*candidate.verdict);
    else all.back()["problem"] = candidate.problem;
  }
  return {{"candidates", std::move(all)},
          {"best", result.best ? Json(result.candidates[*result.best].name) : Json()},
          {"out_of_budget", result.out_of_budget}};
}

std::string search_page(const std::string& title, const Model& before, const SearchResult& result, Goal goal) {
  report::Page page("Optimisation: " + title, goal == Goal::kSize ? "for the smallest zipped file" : "for the lowest latency");
  page.tiles(tiles_of(result));
  if (result.out_of_budget) page.notice(Tone::kWarning, "The budget was over before the search was: a longer one may find more.");
  page.charts({chart_of(result, "zipped", "kB, zipped", 1000), chart_of(result, "latency", "ms a run", 1)});
  report::TableBlock table{
      .heading = {"candidate", "judgement", "", "metric", "interval of the change", "kB zipped", "ms", "faster", "seconds", "why not"},
      .rows = {},
      .caption = "Every candidate, in the order they were made. The interval decides, not the value."};
  for (const SearchCandidate& candidate : result.candidates) table.rows.push_back(row_of(candidate));
  page.section("Candidates");
  page.table(table);
  if (result.best) show_chosen(page, before, result.candidates[*result.best]);
  page.section(
      "How to read it",
      "All candidates answered the same held-out rows as the model before; the interval is of the paired difference. A candidate is on the "
      "front when no accepted one is at least as good in metric (better than before counts as equal), zipped bytes and times faster. "
      "Latencies were measured by turns with the model "
      "before, on this machine.");
  return page.html();
}

}  // namespace upkeep
