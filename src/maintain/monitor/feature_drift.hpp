// Drift of each feature, and of the predictions, between the reference and the log.
//
// A retrained model knows several populations: what the first version was trained on, and the traffic that each retraining added. Its
// reference marks them in the column "upkeep.population". Traffic that looks like one of them, or like all together, has not drifted: the
// one that fits best is compared with.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "analyze/report.hpp"
#include "base/settings.hpp"
#include "data/table.hpp"
#include "maintain/monitor/drift/drift.hpp"
#include "maintain/monitor/feature_columns.hpp"

namespace upkeep {

inline constexpr const char* kPopulationColumn = "upkeep.population";
// Which request and row of the log a row of the reference comes from, "" for others: what was learned once is not learned twice.
inline constexpr const char* kRequestColumn = "upkeep.request";

struct FeatureDrift {
  std::string name;
  FeatureKind kind = FeatureKind::kNumber;                          // kNumber or kCategory
  std::vector<std::pair<std::string, drift::Comparison>> measures;  // by name of the measure; those that take the kind
  double missing_reference = 0;                                     // share of values that are missing
  double missing_current = 0;
  drift::Comparison missing;  // score: by how much that share grew; drifted where that is more than chance and matters
  report::Histogram bars;     // the reference's, then the current shares

  const drift::Comparison* find_measure(std::string_view name) const;  // nullptr: it was not compared by that one
  const drift::Comparison& measure(std::string_view name) const;       // throws Error{kNotFound} with the measures there are
  bool drifted() const;                                                // by any measure, or by what is missing
  bool unknown() const;                                                // not drifted, and no measure had enough to judge
  drift::Verdict verdict(std::string_view measure) const;              // by one measure (empty: any), or by what is missing
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
  std::vector<std::string> text;          // free text and images, so not compared
  std::vector<std::string> unreadable;    // numbers by the signature, and texts that are no numbers in the log

  std::int64_t drifted(std::string_view measure) const;  // features, not predictions, by the measure or by what is missing
};
Json to_json(const FeatureDrift& feature);
Json to_json(const DriftReport& report);

// Numbers are compared by the first two, categories by the first and the last.
inline const std::vector<NamedSettings> kDriftMeasures = {
    {"psi", Json::object()}, {"kolmogorov-smirnov", Json::object()}, {"chi-square", Json::object()}};

struct DriftOptions {
  FeatureNames names;
  std::vector<NamedSettings> measures = kDriftMeasures;
  std::string correction = "benjamini-hochberg";
};

// `current`: answered rows of the log. `reference_outputs`: the model's answers to the reference's rows under the log's names (out.y.0);
// may be empty. Features and predictions are corrected for their number separately, each measure on its own. Predictions that differ by
// less than 1e-5 of the largest are the same: batches of other sizes round differently.
DriftReport compare_drift(const Table& reference, const Table& reference_outputs, const Table& current, const DriftOptions& options);
// The same, where further questions about these columns follow.
DriftReport compare_drift(const Table& reference, const Table& reference_outputs, const Table& current, const DriftOptions& options,
                          SampleCache& cache);

// The same from samples that are there: a column is compared with one of the reference's populations at a time.
struct ComparedColumn {
  std::string name;
  Sides sides;
};
// Of one population, decided together.
std::vector<FeatureDrift> compare_columns(const std::vector<ComparedColumn>& columns, const DriftOptions& options);
// How well a population fits: the smallest is best.
std::tuple<std::int64_t, std::int64_t, double> misfit(const std::vector<FeatureDrift>& features);

// How much more often values are missing, from the counts of both sides.
drift::Comparison compare_missing(double reference_missing, double reference_rows, double current_missing, double current_rows);

}  // namespace upkeep
