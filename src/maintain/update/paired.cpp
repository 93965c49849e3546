#include "maintain/update/paired.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "analyze/report.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "metrics/metric.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kBlocks = 200;
constexpr int kResamples = 2000;

using Blocks = std::vector<std::unique_ptr<metrics::Metric>>;

Blocks accumulate(const metrics::Metric& metric, const Tensor& predictions, const Tensor& targets) {
  Blocks blocks;
  const std::int64_t rows = targets.dim(0);
  const std::int64_t count = std::min(rows, kBlocks);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = rows * i / count;
    const std::int64_t end = rows * (i + 1) / count;
    blocks.push_back(metric.fresh());
    blocks.back()->add(predictions.rows(begin, end), targets.rows(begin, end));
  }
  return blocks;
}

double merged(const metrics::Metric& metric, const Blocks& blocks, const std::vector<std::size_t>& drawn) {
  const std::unique_ptr<metrics::Metric> sum = metric.fresh();
  for (const std::size_t block : drawn) sum->merge(*blocks[block]);
  return sum->value();
}

double measured(const metrics::Metric& metric, const Tensor& predictions, const Tensor& targets) {
  const std::unique_ptr<metrics::Metric> all = metric.fresh();
  all->add(predictions, targets);
  return all->value();
}

}  // namespace

Json to_json(const Improvement& one) {
  return {{"metric", one.metric},
          {"rows", one.rows},
          {"current", report::finite_or_null(one.current)},
          {"candidate", report::finite_or_null(one.candidate)},
          {"improvement", report::finite_or_null(one.improvement)},
          {"low", report::finite_or_null(one.low)},
          {"confidence", one.confidence}};
}

std::string to_text(const Improvement& one) {
  return upkeep::format("{} {} -> {} on {} rows, improvement {}, at least {} with {:g} % confidence", one.metric,
                        report::number(one.current), report::number(one.candidate), one.rows, report::number(one.improvement),
                        report::number(one.low), 100 * one.confidence);
}

void expect_metric(const std::string& metric, std::string_view gate) {
  if (metric.empty()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} needs a metric", gate), "metric: mae");
  metrics::make(parse_named(metric));
}

Improvement improvement(const PairedAnswers& answers, const std::string& metric, double confidence, std::uint64_t seed) {
  const metrics::NamedMetric named = metrics::make(parse_named(metric));
  Improvement result{.metric = metric, .rows = answers.rows(), .confidence = confidence};
  result.current = result.candidate = result.improvement = result.low = std::numeric_limits<double>::quiet_NaN();
  if (answers.rows() == 0) return result;
  const double sign = named.higher_is_better ? 1 : -1;
  result.current = measured(*named.metric, answers.current, answers.targets);
  result.candidate = measured(*named.metric, answers.candidate, answers.targets);
  result.improvement = sign * (result.candidate - result.current);

  const Blocks current = accumulate(*named.metric, answers.current, answers.targets);
  const Blocks candidate = accumulate(*named.metric, answers.candidate, answers.targets);
  Random random(seed, stream_id("paired bootstrap"));
  std::vector<double> improvements;
  std::vector<std::size_t> drawn(current.size());
  for (int i = 0; i < kResamples; ++i) {
    std::ranges::generate(drawn, [&] { return static_cast<std::size_t>(random.below(current.size())); });
    const double value = sign * (merged(*named.metric, candidate, drawn) - merged(*named.metric, current, drawn));
    if (std::isfinite(value)) improvements.push_back(value);
  }
  if (improvements.empty()) return result;
  std::ranges::sort(improvements);
  result.low = improvements[static_cast<std::size_t>((1 - confidence) * static_cast<double>(improvements.size()))];
  return result;
}

}  // namespace upkeep
