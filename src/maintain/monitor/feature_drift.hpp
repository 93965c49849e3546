// Drift of each feature, and of the predictions, between the reference and the log.
//
// A retrained model knows several populations: what the first version was trained on, and the traffic that each retraining added. Its
// reference marks them in the column "upkeep.population". Traffic that looks like one of them, or like all together, has not drifted: the
// one that fits best is compared with.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyze/report.hpp"
#include "base/settings.hpp"
#include "data/table.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep {

inline constexpr const char* kPopulationColumn = "upkeep.population";

struct FeatureDrift {
  std::string name;
  std::vector<std::pair<std::string, drift::Comparison>> measures;  // by name of the measure
  double missing_reference = 0;                                     // share of values that are missing
  double missing_current = 0;
  report::Histogram bars;  // the reference's, then the current shares

  const drift::Comparison& measure(std::string_view name) const;  // throws Error{kNotFound} with the measures there are
  bool drifted() const;                                           // by any measure
};

struct DriftReport {
  std::string population = "all";  // of the reference, that the log was compared with
  std::int64_t reference_rows = 0;
  std::int64_t current_rows = 0;
  std::string correction;
  std::vector<FeatureDrift> features;
  std::vector<FeatureDrift> predictions;  // "y.0": column out.y.0
  std::vector<std::string> missing;       // features that the log lacks
  std::vector<std::string> new_columns;   // inputs in the log that are no feature
  std::vector<std::string> unreferenced;  // features that the reference lacks
  std::vector<std::string> text;          // not numbers, so not compared

  std::int64_t drifted(std::string_view measure) const;  // features, not predictions
};
Json to_json(const DriftReport& report);

struct DriftOptions {
  std::vector<std::string> features;  // in the order of the model's input; empty: the log's own names
  std::vector<NamedSettings> measures = {{"psi", Json::object()}, {"kolmogorov-smirnov", Json::object()}};
  std::string correction = "benjamini-hochberg";
};

// A feature and the log's column that holds it.
struct FeatureColumn {
  std::string name;
  std::string column;
};
// Of `features`, or of the log's own names where there are none: by name ("in.age"); by position where no name fits and the count does (a
// model whose features have no names). A column may be absent from the log.
std::vector<FeatureColumn> match_features(const Table& log, const std::vector<std::string>& features);

// `current`: answered rows of the log. `reference_outputs`: the model's answers to the reference's rows under the log's names (out.y.0);
// may be empty. Features and predictions are corrected for their number separately, each measure on its own.
DriftReport compare_drift(const Table& reference, const Table& reference_outputs, const Table& current, const DriftOptions& options);

}  // namespace upkeep
