#include "explain/methods/shared/additive.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "data/elements.hpp"

namespace upkeep::explain {

namespace {

Tensors painted(const Question& question, std::span<const double> values) {
  std::map<std::string, std::vector<float>> floats;
  const std::vector<ExplainedFeature>& features = question.subject.features();
  if (std::ranges::all_of(features, &ExplainedFeature::scalar)) return {};
  for (const auto& [name, row] : question.row)
    if (row.rank() > 0 && is_number_type(row.dtype())) floats[name].resize(static_cast<std::size_t>(row.size()));
  for (std::size_t f = 0; f < features.size(); ++f) {
    std::size_t count = 0;
    for (const InputElements& part : features[f].parts) count += part.elements.size();
    for (const InputElements& part : features[f].parts)
      if (const auto found = floats.find(part.input); found != floats.end())
        for (const std::int64_t element : part.elements)
          found->second[static_cast<std::size_t>(element)] = static_cast<float>(values[f] / static_cast<double>(count));
  }
  Tensors made;
  for (auto& [name, of_input] : floats) made.emplace(name, Tensor(question.row.at(name).shape(), std::move(of_input)));
  return made;
}

}  // namespace

Attribution attribution_of(const Question& question, const CoalitionGame& game, std::span<const double> values,
                           std::span<const double> standard_errors) {
  Attribution made{.values = game.by_feature(values), .standard_errors = {}, .answer = game.answer(), .base = game.base()};
  if (!standard_errors.empty()) made.standard_errors = game.by_feature(standard_errors);
  made.elements = painted(question, made.values);
  if (game.size() < made.values.size())
    made.notes.push_back(upkeep::format("{} of {} features equal those of all background rows, so their values are 0.",
                                        made.values.size() - game.size(), made.values.size()));
  return made;
}

void note_error_not_reached(Attribution& attribution, double until_error) {
  if (until_error <= 0 || attribution.standard_errors.empty()) return;
  const double largest = std::ranges::max(attribution.standard_errors);
  if (largest > until_error)
    attribution.notes.push_back(
        upkeep::format("The largest standard error is {:.3g}; {:g} was asked for and the budget did not reach it.", largest, until_error));
}

}  // namespace upkeep::explain
