#include "train/predicted_classes.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "graph/element_types.hpp"
#include "train/compile.hpp"

namespace upkeep {

namespace {

std::int64_t class_of(std::span<const double> row, double threshold) {
  if (std::ranges::any_of(row, [](double value) { return std::isnan(value); })) return -1;
  if (row.size() == 1) return row[0] > threshold ? 1 : 0;
  return std::ranges::max_element(row) - row.begin();
}

}  // namespace

AnswerFacts answer_facts(const Model& model) {
  const std::optional<Compile> compile = compile_of(model);
  if (!compile || !compile->outputs.empty()) return {};
  const losses::LossEntry* entry = losses::catalog().find(compile->loss.name);
  if (!entry) return {};
  return {.classes = entry->classes, .threshold = compile->loss.values.value("from_logits", false) ? 0.0 : 0.5};
}

std::vector<std::int64_t> predicted_classes(const Tensor& values, std::size_t rows, double threshold) {
  if (is_integer_type(values.dtype())) {
    const Tensor labels = values.cast(DType::kInt64);
    return {labels.data<std::int64_t>().begin(), labels.data<std::int64_t>().end()};
  }
  const Tensor scores = values.cast(DType::kFloat64);
  const std::size_t width = scores.data<double>().size() / std::max<std::size_t>(1, rows);
  std::vector<std::int64_t> classes;
  for (std::size_t row = 0; row < rows; ++row) classes.push_back(class_of(scores.data<double>().subspan(row * width, width), threshold));
  return classes;
}

}  // namespace upkeep
