#include "analyze/judged_figures.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "data/rows.hpp"
#include "metrics/metric.hpp"
#include "train/counted_steps.hpp"
#include "train/judged_metric.hpp"
#include "train/trainer.hpp"

namespace upkeep {

namespace {

bool judges_classes(const std::string& metric) {
  return metrics::catalog().at(parse_named(metric).name).judges != metrics::Judges::kNumbers;
}

struct Unfit {
  std::string figure;
  std::string metric;
  std::string why;
};

struct Judging {
  Figures figures;
  std::vector<Unfit> unfit;
  std::set<std::string> fitting;  // metrics that an output's answers have a value of
};

// One output's metrics under the names that figures have.
void judge_output(const Model& model, const std::string& output, const std::vector<std::string>& metrics, const Tensor& predictions,
                  const Dataset& data, Judging& made) {
  const AnswerFacts answers = answer_facts(model, output);
  const std::optional<CountedSteps> steps = counted_steps(model, data.inputs, predictions, 256, output);
  const std::vector<metrics::NamedMetric> named = metrics::make_all(metrics);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const auto figure = std::ranges::find(made.figures, output + "_" + named[i].name, &Figures::value_type::first);
    if (figure == made.figures.end() || !judges_classes(metrics[i])) continue;
    const Tensor& targets = data.output_targets.at(output);
    const bool masked = steps && (named[i].heeds_masks || steps->all_metrics_heed);
    const JudgedMetric judged = judged_metric(metrics[i], masked ? take_counted(predictions, steps->mask) : predictions,
                                              masked ? take_counted(targets, steps->mask) : targets, answers);
    if (judged.unfit.empty()) {
      judged.metric.metric->add(judged.predictions, judged.targets);
      figure->second = judged.metric.metric->value();
      made.fitting.insert(metrics[i]);
    } else {
      figure->second = std::numeric_limits<double>::quiet_NaN();
      made.unfit.push_back({figure->first, metrics[i], judged.unfit});
    }
  }
}

}  // namespace

JudgedFigures judged_figures(const Model& model, const Compile& compile, const Dataset& data, Figures figures, std::int64_t batch_size,
                             int threads) {
  const bool any =
      std::ranges::any_of(compile.outputs, [](const auto& one) { return std::ranges::any_of(one.second.metrics, judges_classes); });
  if (!any) return {.figures = std::move(figures)};
  Judging judging{.figures = std::move(figures)};
  const Tensors predictions = predict(model, data.inputs, batch_size, threads);
  for (const auto& [output, own] : compile.outputs)
    if (const auto found = predictions.find(output); found != predictions.end() && data.output_targets.contains(output))
      judge_output(model, output, own.metrics, found->second, data, judging);
  JudgedFigures made{.figures = std::move(judging.figures)};
  for (const Unfit& one : judging.unfit)
    if (judging.fitting.contains(one.metric)) std::erase_if(made.figures, [&](const auto& figure) { return figure.first == one.figure; });
    else made.unknown.emplace_back(one.figure, one.why);
  return made;
}

}  // namespace upkeep
