#include "maintain/update/paired.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "analyze/ranked_auc.hpp"
#include "analyze/report.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "metrics/shared/interval.hpp"
#include "metrics/shared/pairs.hpp"
#include "train/judged_metric.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kBlocks = 200;
constexpr int kResamples = 2000;

using Blocks = std::vector<std::unique_ptr<metrics::Metric>>;

double measured(const metrics::Metric& metric, const Tensor& predictions, const Tensor& targets) {
  const std::unique_ptr<metrics::Metric> all = metric.fresh();
  all->add(predictions, targets);
  return all->value();
}

// One model's side: its value, and blocks of rows that resampling draws from.
struct Side {
  bool higher_is_better = false;
  std::unique_ptr<metrics::Metric> metric;  // of the blocks
  Blocks blocks;
  double value = 0;
  double of_blocks = 0;  // all of them: the value, where that is no AUC of ranks
  std::string unknown;
};

Side side_of(const std::string& metric, const Tensor& predictions, const PairedAnswers& answers) {
  JudgedMetric judged = judged_metric(metric, predictions, answers.targets, answers.answers);
  Side side{.higher_is_better = judged.metric.higher_is_better, .unknown = judged.unfit};
  if (!side.unknown.empty()) return side;
  const bool two = metrics::are_two_classes(judged.predictions, judged.targets);
  const bool ranks = is_open_auc(metric) && (two || judged.predictions.size() == judged.targets.size());
  const std::optional<RankedAuc> auc = ranks ? std::optional(ranked_auc(metric)) : std::nullopt;
  const Tensor scores = ranks && two ? of_class_one(judged.predictions, answers.answers.logits) : judged.predictions;
  const Tensor drawn = ranks ? ranked(scores) : scores;
  side.metric = auc ? auc->by_ranks.metric->fresh() : judged.metric.metric->fresh();
  side.of_blocks = measured(*side.metric, drawn, judged.targets);
  side.value = auc ? measured(*auc->exact.metric, scores, judged.targets) : side.of_blocks;
  side.blocks = metrics::accumulate_blocks(*side.metric, drawn, judged.targets, {}, std::min(judged.targets.dim(0), kBlocks));
  return side;
}

}  // namespace

Json to_json(const Improvement& one) {
  return {{"metric", one.metric},
          {"rows", one.rows},
          {"current", report::finite_or_null(one.current)},
          {"candidate", report::finite_or_null(one.candidate)},
          {"improvement", report::finite_or_null(one.improvement)},
          {"low", report::finite_or_null(one.low)},
          {"confidence", one.confidence},
          {"unknown", one.unknown.empty() ? Json(nullptr) : Json(one.unknown)}};
}

std::string to_text(const Improvement& one) {
  if (!one.unknown.empty()) return upkeep::format("{} is unknown: {}", one.metric, one.unknown);
  return upkeep::format("{} {} -> {} on {} rows, improvement {}, at least {} with {:g} % confidence", one.metric,
                        report::number(one.current), report::number(one.candidate), one.rows, report::number(one.improvement),
                        report::number(one.low), 100 * one.confidence);
}

void expect_metric(const std::string& metric, std::string_view gate) {
  if (metric.empty()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} needs a metric", gate), "metric: mae");
  metrics::make(parse_named(metric));
}

Improvement improvement(const PairedAnswers& answers, const std::string& metric, double confidence, std::uint64_t seed) {
  Improvement result{.metric = metric, .rows = answers.rows(), .confidence = confidence};
  result.current = result.candidate = result.improvement = result.low = std::numeric_limits<double>::quiet_NaN();
  if (answers.rows() == 0) return result;
  const Side current = side_of(metric, answers.current, answers), candidate = side_of(metric, answers.candidate, answers);
  result.unknown = current.unknown.empty() ? candidate.unknown : current.unknown;
  if (!result.unknown.empty()) return result;
  const double sign = current.higher_is_better ? 1 : -1;
  result.current = current.value;
  result.candidate = candidate.value;
  result.improvement = sign * (result.candidate - result.current);
  const double moved = result.improvement - sign * (candidate.of_blocks - current.of_blocks);

  Random random(seed, stream_id("paired bootstrap"));
  std::vector<double> improvements;
  std::vector<std::size_t> drawn(current.blocks.size());
  for (int i = 0; i < kResamples; ++i) {
    std::ranges::generate(drawn, [&] { return static_cast<std::size_t>(random.below(current.blocks.size())); });
    const double value = moved + sign * (metrics::merged(*candidate.metric, candidate.blocks, drawn) -
                                         metrics::merged(*current.metric, current.blocks, drawn));
    if (std::isfinite(value)) improvements.push_back(value);
  }
  if (improvements.empty()) return result;
  std::ranges::sort(improvements);
  result.low = improvements[static_cast<std::size_t>((1 - confidence) * static_cast<double>(improvements.size()))];
  return result;
}

}  // namespace upkeep
