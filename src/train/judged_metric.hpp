// How a metric judges the answers of a deployed model, where its settings leave that open. Evaluation, gates and the monitor share it.
//
// Decisions are those that the output makes: one number a row against the output's own threshold, several by the largest. Keras's metrics,
// which training keeps, cut at 0.5, and its F1 takes the largest of a row, which of one column is always that one.
// Rates and F scores of two classes are those of the second class, however it is answered (one score, two, or the class itself); F scores
// of more are the mean over the classes that occur, and rates count all decisions together (scikit-learn: "macro" and "micro").
#pragma once

#include <string>

#include "metrics/metric.hpp"
#include "train/predicted_classes.hpp"

namespace upkeep {

struct JudgedMetric {
  metrics::NamedMetric metric;
  Tensor predictions;      // as the metric takes them: decisions are 0 and 1
  Tensor targets;          // likewise
  std::string definition;  // which of several usual definitions it is; empty: there is one
  std::string unfit;       // why the metric has no value of such answers; empty: it has
};

// `targets`: one a row, 0 or 1, an index of a class (-1: of none that is known) or a number; or as many as the predictions.
// Throws Error{kInvalidArgument}: unknown metric or setting.
JudgedMetric judged_metric(const std::string& metric, const Tensor& predictions, const Tensor& targets, const AnswerFacts& facts);

}  // namespace upkeep
