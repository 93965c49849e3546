#include "analyze/answered_classes.hpp"

#include <algorithm>
#include <limits>

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "graph/embedding.hpp"
#include "graph/signature.hpp"
#include "train/predicted_classes.hpp"

namespace upkeep {

std::optional<AnsweredClasses> answered_classes(const Model& model) {
  if (model.graph.outputs.size() != (has_embedding(model) ? 2U : 1U)) return std::nullopt;
  const auto answer = std::ranges::find_if(model.graph.outputs, [](const ValueInfo& output) { return output.name != kEmbeddingOutput; });
  const ValueType& type = answer->type;
  if (!is_floating(type.dtype) || !type.shape || type.shape->size() != 2 || !type.shape->back().known()) return std::nullopt;
  const std::int64_t width = type.shape->back().value;
  const AnswerFacts facts = answer_facts(model, answer->name);
  AnsweredClasses classes{.output = answer->name, .names = signature_of(model).output(answer->name)->classes, .threshold = facts.threshold};
  if (width == 1 && facts.classes != losses::Classes::kTwo && facts.answer != Answer::kBinary) return std::nullopt;
  if (std::ssize(classes.names) != std::max<std::int64_t>(width, 2)) classes.names.clear();
  if (width > 1 && classes.names.empty() && facts.classes != losses::Classes::kSeveral) return std::nullopt;
  return classes;
}

Tensor likeliest_classes(const Tensor& values, const AnsweredClasses& classes) {
  const std::int64_t rows = values.dim(0);
  const std::vector<std::int64_t> indices = predicted_classes(values, static_cast<std::size_t>(rows), classes.threshold);
  if (!classes.names.empty()) return Tensor({rows}, named_classes(indices, classes.names));
  if (!std::ranges::contains(indices, -1)) return Tensor({rows}, std::vector(indices));
  std::vector<double> numbers;
  for (const std::int64_t index : indices)
    numbers.push_back(index < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(index));
  return Tensor({rows}, std::move(numbers));
}

Table with_classes(const Table& answers, const Tensor& values, const std::string& output, const AnsweredClasses& classes) {
  Table made;
  made.add(answers.has("predicted") ? "predicted_class" : "predicted", likeliest_classes(values, classes));
  std::size_t index = 0;
  for (const auto& [name, column] : answers.columns()) {
    const bool of_class = answers.columns().size() == classes.names.size() && name == upkeep::format("{}.{}", output, index);
    made.add(of_class ? output + "." + classes.names[index] : name, column);
    ++index;
  }
  return made;
}

}  // namespace upkeep
