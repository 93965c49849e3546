// The area under a curve by the ranks of all scores, with its interval: buckets of width 1/200 cannot tell the small probabilities of rare
// events apart.
#pragma once

#include <string>

#include "analyze/analysis.hpp"
#include "metrics/metric.hpp"

namespace upkeep {

// "auc" in any of its names, without settings that say where the curve has its points.
bool is_open_auc(const std::string& metric);

// Each value's place among all, in (0, 1]; equal values have the same.
Tensor ranked(const Tensor& scores);

// The curve does not change where scores are replaced by their ranks, on which buckets are quantiles: these merge in little memory, and
// tell how far the area varies.
struct RankedAuc {
  metrics::NamedMetric exact;     // of scores
  metrics::NamedMetric by_ranks;  // of their ranks
};
RankedAuc ranked_auc(const std::string& metric);

// Of scores [N, 1] and labels 0 or 1.
Estimate ranked_auc(const std::string& metric, const Tensor& scores, const Tensor& labels, const EstimateOptions& options);

// How likely class 1 is, [N, 1], of predictions [N, 2]; of logits their difference.
Tensor of_class_one(const Tensor& predictions, bool logits = false);

// Which area an AUC of these predictions and targets is; empty for other metrics.
std::string auc_definition(const std::string& metric, const Tensor& predictions, const Tensor& targets);

}  // namespace upkeep
