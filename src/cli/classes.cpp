#include "cli/classes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "graph/signature.hpp"
#include "train/compile.hpp"
#include "train/losses/loss.hpp"

namespace upkeep {

namespace {

// Of the loss that the model was trained with.
struct LossFacts {
  losses::Classes classes = losses::Classes::kNone;
  bool from_logits = false;
};

LossFacts loss_facts(const Model& model) {
  const std::optional<Compile> compile = compile_of(model);
  if (!compile || !compile->outputs.empty()) return {};
  const losses::LossEntry* entry = losses::catalog().find(compile->loss.name);
  return entry ? LossFacts{entry->classes, compile->loss.values.value("from_logits", false)} : LossFacts{};
}

// -1: not known.
std::int64_t class_of(std::span<const double> row, double threshold) {
  if (std::ranges::any_of(row, [](double value) { return std::isnan(value); })) return -1;
  if (row.size() == 1) return row[0] >= threshold ? 1 : 0;
  return std::ranges::max_element(row) - row.begin();
}

}  // namespace

std::optional<AnsweredClasses> answered_classes(const Model& model) {
  if (model.graph.outputs.size() != 1) return std::nullopt;
  const ValueType& type = model.graph.outputs[0].type;
  if (!is_floating(type.dtype) || !type.shape || type.shape->size() != 2 || !type.shape->back().known()) return std::nullopt;
  const std::int64_t width = type.shape->back().value;
  const LossFacts loss = loss_facts(model);
  AnsweredClasses classes{.names = signature_of(model).outputs[0].classes};
  if (width == 1 && loss.classes != losses::Classes::kTwo) return std::nullopt;
  if (std::ssize(classes.names) != std::max<std::int64_t>(width, 2)) classes.names.clear();
  if (width > 1 && classes.names.empty() && loss.classes != losses::Classes::kSeveral) return std::nullopt;
  if (loss.from_logits) classes.threshold = 0;
  return classes;
}

Tensor likeliest_classes(const Tensor& values, const AnsweredClasses& classes) {
  const Tensor wide = values.cast(DType::kFloat64);
  const std::int64_t rows = values.dim(0);
  const std::size_t width = rows == 0 ? 1 : static_cast<std::size_t>(values.size() / rows);
  std::vector<std::int64_t> indices;
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row)
    indices.push_back(class_of(wide.data<double>().subspan(row * width, width), classes.threshold));
  if (!classes.names.empty()) {
    std::vector<std::string> names;
    for (const std::int64_t index : indices) names.push_back(index < 0 ? "" : classes.names[static_cast<std::size_t>(index)]);
    return Tensor({rows}, std::move(names));
  }
  if (!std::ranges::contains(indices, -1)) return Tensor({rows}, std::move(indices));
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
