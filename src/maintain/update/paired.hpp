// Two models' answers to the same rows, and how much better one is than the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "train/predicted_classes.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

struct PairedAnswers {
  Tensor current;            // [N, K] float32
  Tensor candidate;          // likewise
  Tensor targets;            // [N, K] float32, or class indices [N, 1] int64
  AnswerFacts answers = {};  // how metrics judge them (train/judged_metric.hpp)
  std::int64_t rows() const { return targets.dim(0); }
};

// improvement > 0: the candidate is better, in the metric's own unit.
struct Improvement {
  std::string metric;
  std::int64_t rows = 0;
  double current = 0;
  double candidate = 0;
  double improvement = 0;
  double low = 0;  // the improvement is at least this with the confidence asked for (one-sided)
  double confidence = 0.95;
  std::string unknown = {};  // why there is no value, where that can be said
};
Json to_json(const Improvement& improvement);
std::string to_text(const Improvement& improvement);  // "mae 61.2 -> 44.0 on 80 rows, improvement 17.2, at least 12.9 with 95 % confidence"

// Throws Error{kInvalidArgument} where `metric`, a setting of `gate`, is empty or unknown.
void expect_metric(const std::string& metric, std::string_view gate);

// Paired bootstrap (Efron & Tibshirani 1993): rows are drawn with replacement, the same ones for both models, so that what makes a row hard
// for both cancels. Decisions are those that the output makes, and an AUC is one of ranks, as the monitor has them. Rows are resampled in
// at most 200 runs of neighbours; 2000 resamples. All values are NaN without rows.
Improvement improvement(const PairedAnswers& answers, const std::string& metric, double confidence, std::uint64_t seed);

}  // namespace upkeep
