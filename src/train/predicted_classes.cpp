#include "train/predicted_classes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "graph/element_types.hpp"
#include "train/compile.hpp"
#include "train/known_signature.hpp"
#include "train/scored_output.hpp"

namespace upkeep {

namespace {

std::int64_t class_of(std::span<const double> row, double threshold) {
  if (std::ranges::any_of(row, [](double value) { return std::isnan(value); })) return -1;
  if (row.size() == 1) return row[0] > threshold ? 1 : 0;
  return std::ranges::max_element(row) - row.begin();
}

}  // namespace

namespace {

constexpr std::array<std::string_view, 6> kShapeOnly = {"Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast"};

// The loss of an output that was trained, or of the only one.
std::optional<NamedSettings> loss_of(const Model& model, const std::string& output) {
  const std::optional<Compile> compile = compile_of(model);
  if (!compile) return std::nullopt;
  const auto own = compile->outputs.find(output);
  if (own != compile->outputs.end()) return own->second.loss;
  const bool scored = model.graph.outputs.empty() || output == scored_output(model).name;
  return compile->outputs.empty() && scored ? std::optional(compile->loss) : std::nullopt;
}

}  // namespace

AnswerFacts answer_facts(const Model& model, std::string_view output) {
  std::string name(output);
  if (name.empty() && !model.graph.outputs.empty()) name = scored_output(model).name;
  AnswerFacts facts;
  if (const std::optional<NamedSettings> loss = loss_of(model, name)) {
    const losses::LossEntry* entry = losses::catalog().find(loss->name);
    if (entry) facts.classes = entry->classes;
    facts.threshold = threshold_of(*loss);
    facts.logits = gives_logits(*loss);
  }
  const Signature signature = known_signature(model);
  if (const OutputSignature* known = signature.output(name)) {
    facts.answer = known->answer;
    facts.threshold = known->threshold;
  }
  return facts;
}

std::optional<bool> gives_probabilities(const Model& model, const std::string& output) {
  const AnswerFacts facts = answer_facts(model, output);
  if (facts.classes == losses::Classes::kTwo) return !facts.logits;
  std::string value = output;
  while (true) {
    const auto made = std::ranges::find_if(model.graph.nodes, [&](const Node& node) { return std::ranges::contains(node.outputs, value); });
    if (made == model.graph.nodes.end() || made->inputs.empty()) return std::nullopt;
    if (made->op == "Sigmoid" || made->op == "HardSigmoid") return true;
    if (!std::ranges::contains(kShapeOnly, made->op)) return std::nullopt;
    value = made->inputs[0];
  }
}

double threshold_for(DType scores, double threshold) {
  return size_bits(scores) <= 32 ? static_cast<double>(static_cast<float>(threshold)) : threshold;
}

std::vector<std::int64_t> predicted_classes(const Tensor& values, std::size_t rows, double threshold) {
  if (is_integer_type(values.dtype())) {
    const Tensor labels = values.cast(DType::kInt64);
    return {labels.data<std::int64_t>().begin(), labels.data<std::int64_t>().end()};
  }
  const Tensor scores = values.cast(DType::kFloat64);
  const std::size_t width = scores.data<double>().size() / std::max<std::size_t>(1, rows);
  const double bound = threshold_for(values.dtype(), threshold);
  std::vector<std::int64_t> classes;
  for (std::size_t row = 0; row < rows; ++row) classes.push_back(class_of(scores.data<double>().subspan(row * width, width), bound));
  return classes;
}

std::vector<std::string> named_classes(const std::vector<std::int64_t>& classes, const std::vector<std::string>& names) {
  std::vector<std::string> named;
  for (const std::int64_t index : classes)
    named.push_back(index < 0 ? "" : index < std::ssize(names) ? names[static_cast<std::size_t>(index)] : std::to_string(index));
  return named;
}

}  // namespace upkeep
