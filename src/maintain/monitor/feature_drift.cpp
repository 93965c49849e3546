#include "maintain/monitor/feature_drift.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <map>
#include <tuple>

#include "base/names.hpp"
#include "maintain/monitor/window.hpp"

namespace upkeep {

namespace {

std::vector<std::string> log_columns(const Table& log, std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& [name, values] : log.columns())
    if (name.starts_with(prefix)) names.push_back(name);
  return names;
}

bool is_text(const Table& table, const std::string& column) { return table.column(column).dtype() == DType::kString; }

// Keeps the features that can be compared and lists the others.
std::vector<FeatureColumn> usable(const std::vector<FeatureColumn>& features, const Table& reference, const Table& log,
                                  DriftReport& report) {
  std::vector<FeatureColumn> kept;
  for (const FeatureColumn& feature : features) {
    if (!log.has(feature.column)) report.missing.push_back(feature.name);
    else if (!reference.has(feature.name)) report.unreferenced.push_back(feature.name);
    else if (is_text(log, feature.column) || is_text(reference, feature.name)) report.text.push_back(feature.name);
    else kept.push_back(feature);
  }
  for (const std::string& input : log_columns(log, "in."))
    if (!std::ranges::contains(features, input, &FeatureColumn::column)) report.new_columns.push_back(input.substr(3));
  return kept;
}

double missing_share(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return static_cast<double>(std::ranges::count_if(values, [](double value) { return std::isnan(value); })) /
         static_cast<double>(values.size());
}

FeatureDrift compare(const std::string& name, const std::vector<double>& before, const std::vector<double>& after,
                     const std::vector<NamedSettings>& measures) {
  FeatureDrift feature{.name = name, .missing_reference = missing_share(before), .missing_current = missing_share(after)};
  for (const NamedSettings& measure : measures) {
    const drift::DriftEntry& entry = drift::catalog().at(measure.name);
    feature.measures.emplace_back(entry.name, entry.compare(before, after, measure.values));
  }
  feature.bars = report::histogram({before, after});
  return feature;
}

void decide(std::vector<FeatureDrift>& features, const DriftOptions& options) {
  for (std::size_t m = 0; m < options.measures.size(); ++m) {
    std::vector<drift::Comparison*> comparisons;
    for (FeatureDrift& feature : features) comparisons.push_back(&feature.measures[m].second);
    drift::decide(comparisons, options.correction);
  }
}

std::vector<double> picked(const std::vector<double>& values, const std::vector<std::int64_t>& rows) {
  std::vector<double> some;
  some.reserve(rows.size());
  for (const std::int64_t row : rows) some.push_back(values[static_cast<std::size_t>(row)]);
  return some;
}

// The names are the reference's columns.
std::vector<FeatureDrift> compare_all(const std::vector<FeatureColumn>& columns, const Table& reference,
                                      const std::vector<std::int64_t>& rows, const Table& log, const DriftOptions& options) {
  std::vector<FeatureDrift> features;
  for (const FeatureColumn& one : columns)
    features.push_back(
        compare(one.name, picked(doubles(reference.column(one.name)), rows), doubles(log.column(one.column)), options.measures));
  decide(features, options);
  return features;
}

// The rows of each population; "all" where there is only one.
std::vector<std::pair<std::string, std::vector<std::int64_t>>> populations(const Table& reference) {
  std::vector<std::int64_t> all;
  for (std::int64_t row = 0; row < reference.rows(); ++row) all.push_back(row);
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> parts = {{"all", all}};
  if (!reference.has(kPopulationColumn)) return parts;
  std::map<std::string, std::vector<std::int64_t>> by_name;
  const std::vector<std::string>& names = reference.column(kPopulationColumn).strings();
  for (std::size_t row = 0; row < names.size(); ++row) by_name[names[row]].push_back(static_cast<std::int64_t>(row));
  if (by_name.size() > 1) parts.insert(parts.end(), by_name.begin(), by_name.end());
  return parts;
}

// How well a population fits, best first: judged features, few drifted ones, small distances.
std::tuple<std::int64_t, std::int64_t, double> misfit(const std::vector<FeatureDrift>& features) {
  std::int64_t judged = 0;
  std::int64_t drifted = 0;
  double distance = 0;
  for (const FeatureDrift& feature : features) {
    drifted += feature.drifted();
    for (const auto& [name, comparison] : feature.measures) {
      if (comparison.verdict == drift::Verdict::kNotEnoughEvidence) continue;
      ++judged;
      distance += comparison.score;
    }
  }
  return {-judged, drifted, distance};
}

Json feature_json(const FeatureDrift& feature) {
  Json json = {{"name", feature.name},
               {"drifted", feature.drifted()},
               {"missing_reference", feature.missing_reference},
               {"missing_current", feature.missing_current},
               {"measures", Json::object()}};
  for (const auto& [name, comparison] : feature.measures) json["measures"][name] = drift::to_json(comparison);
  return json;
}

}  // namespace

const drift::Comparison& FeatureDrift::measure(std::string_view wanted) const {
  std::vector<std::string> names;
  for (const auto& [known, comparison] : measures) {
    if (known == wanted) return comparison;
    names.push_back(known);
  }
  throw unknown_name("drift measure", wanted, names, ErrorCode::kNotFound);
}

bool FeatureDrift::drifted() const {
  return std::ranges::any_of(measures, [](const auto& measure) { return measure.second.verdict == drift::Verdict::kDrifted; });
}

std::int64_t DriftReport::drifted(std::string_view measure) const {
  return std::ranges::count_if(features,
                               [&](const FeatureDrift& feature) { return feature.measure(measure).verdict == drift::Verdict::kDrifted; });
}

Json to_json(const DriftReport& report) {
  Json json = {{"population", report.population},     {"reference_rows", report.reference_rows},
               {"current_rows", report.current_rows}, {"correction", report.correction},
               {"features", Json::array()},           {"predictions", Json::array()},
               {"missing", report.missing},           {"new_columns", report.new_columns},
               {"unreferenced", report.unreferenced}, {"text", report.text}};
  for (const FeatureDrift& feature : report.features) json["features"].push_back(feature_json(feature));
  for (const FeatureDrift& prediction : report.predictions) json["predictions"].push_back(feature_json(prediction));
  return json;
}

std::vector<FeatureColumn> match_features(const Table& log, const std::vector<std::string>& features) {
  const std::vector<std::string> inputs = log_columns(log, "in.");
  std::vector<FeatureColumn> columns;
  if (features.empty()) {
    for (const std::string& input : inputs) columns.push_back({input.substr(3), input});
    return columns;
  }
  const bool by_name = std::ranges::any_of(features, [&](const std::string& name) { return log.has("in." + name); });
  const bool by_position = !by_name && inputs.size() == features.size();
  for (std::size_t i = 0; i < features.size(); ++i) columns.push_back({features[i], by_position ? inputs[i] : "in." + features[i]});
  return columns;
}

DriftReport compare_drift(const Table& reference, const Table& reference_outputs, const Table& current, const DriftOptions& options) {
  DriftReport report{.current_rows = current.rows(), .correction = options.correction};
  const std::vector<FeatureColumn> features = usable(match_features(current, options.features), reference, current, report);
  std::vector<FeatureColumn> outputs;
  for (const std::string& output : log_columns(current, "out."))
    if (reference_outputs.has(output) && !is_text(current, output)) outputs.push_back({output, output});

  std::vector<std::int64_t> rows;
  for (const auto& [name, part] : populations(reference)) {
    std::vector<FeatureDrift> compared = compare_all(features, reference, part, current, options);
    if (!rows.empty() && misfit(compared) >= misfit(report.features)) continue;
    report.features = std::move(compared);
    report.population = name;
    rows = part;
  }
  report.reference_rows = static_cast<std::int64_t>(rows.size());
  report.predictions = compare_all(outputs, reference_outputs, rows, current, options);
  for (FeatureDrift& prediction : report.predictions) prediction.name.erase(0, 4);  // "out."
  return report;
}

}  // namespace upkeep
