// For tests of edits that keep the function: models whose weights are all alive, and the comparison of answers by our session.
#pragma once

#include <cmath>
#include <string>

#include "base/random.hpp"
#include "optimize/optimize_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

// Biases and statistics are no zeros and ones, as if it had been trained.
inline Model model_with_life(std::string_view yaml, std::uint64_t seed) {
  Model model = model_of(yaml, seed);
  Random random(seed, stream_id("life"));
  for (const NamedWeight& weight : weight_specs(architecture_of(model))) {
    if (weight.name.ends_with("kernel")) continue;
    Tensor& tensor = *model.graph.initializer(weight.name);
    std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
    for (float& value : values) value += static_cast<float>(random.uniform(0.05, 0.5));
    tensor = Tensor(tensor.shape(), std::move(values));
  }
  return model;
}

inline Tensors random_rows(const Model& model, std::uint64_t seed, std::int64_t rows = 3) {
  Random random(seed, stream_id("rows"));
  Tensors inputs;
  for (const ValueInfo& input : model.graph.inputs) {
    Shape shape = {rows};
    for (std::size_t i = 1; i < input.type.shape->size(); ++i) shape.push_back((*input.type.shape)[i].value);
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values) value = static_cast<float>(random.normal());
    inputs.emplace(input.name, Tensor(shape, std::move(values)));
  }
  return inputs;
}

// Relative to the larger of 1 and the largest answer.
inline double largest_difference(const Model& before, const Model& after, std::uint64_t seed) {
  const Tensors inputs = random_rows(before, seed);
  const Tensors first = Session(before, {.threads = 1}).run(inputs), second = Session(after, {.threads = 1}).run(inputs);
  double difference = 0, largest = 1;
  for (const auto& [name, tensor] : first) {
    const Tensor& other = second.at(name);
    if (other.shape() != tensor.shape()) return std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < tensor.floats().size(); ++i) {
      difference = std::max(difference, std::abs(static_cast<double>(tensor.floats()[i]) - other.floats()[i]));
      largest = std::max(largest, std::abs(static_cast<double>(tensor.floats()[i])));
    }
  }
  return difference / largest;
}

// Sums of at most a few hundred float32 terms in another order, through a few layers.
inline constexpr double kRoundingLevel = 2e-5;

inline void expect_same_function(const Model& before, const EditSteps& steps) {
  const Edited edited = edit(before, steps, 5);
  EXPECT_LE(largest_difference(before, edited.model, 7), kRoundingLevel) << steps.front().first << " " << steps.front().second;
  EXPECT_EQ(edited.change.facts["weights"]["fresh"].size(), 0U) << edited.change.facts["weights"].dump();
}

}  // namespace upkeep::structure
