// What the tests of this floor share.
#pragma once

#include <string>
#include <vector>

#include "base/error_testing.hpp"
#include "layers/view/architecture.hpp"
#include "runtime/session.hpp"

namespace upkeep {

inline Model model_of(std::string_view yaml, std::uint64_t seed = 1) {
  const Architecture architecture = architecture_from_yaml(yaml);
  return build_model(architecture, initial_weights(architecture, seed));
}

// 4 -> 5 relu -> 3 -> 2: dense, dense_1, dense_2.
inline Model three_layers(std::uint64_t seed = 1) {
  return model_of("layers: [{input: {shape: [4]}}, {dense: {units: 5, activation: relu}}, {dense: {units: 3}}, {dense: {units: 2}}]", seed);
}

// The model's only output for rows [0.1, -0.2, 0.3, ...].
inline Tensor answer(const Model& model, std::int64_t rows = 3) {
  const Session session(model);
  const std::int64_t width = session.inputs().at(0).dims.back().value;
  std::vector<float> values;
  for (std::int64_t i = 0; i < rows * width; ++i) values.push_back((i % 2 == 0 ? 0.1f : -0.1f) * static_cast<float>(i + 1));
  return session.run({{session.inputs().at(0).name, Tensor({rows, width}, std::move(values))}}).begin()->second;
}

inline std::vector<std::string> layer_names(const Architecture& architecture) {
  std::vector<std::string> names;
  for (const LayerSpec& layer : architecture.layers) names.push_back(layer.name);
  return names;
}

}  // namespace upkeep
