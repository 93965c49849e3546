// What the tests of this floor share: the fixtures that Keras wrote, and what Keras answers to them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/source_folder_testing.hpp"
#include "graph/graph.hpp"
#include "layers/view/architecture.hpp"
#include "runtime/session.hpp"

namespace upkeep {

inline std::filesystem::path keras_fixture(const std::string& name) { return source_folder() / "tests/fixtures/keras" / name; }

inline Json keras_facts(const std::string& name) { return parse_json(read_file(keras_fixture(name + ".json"))); }

// Nested lists of numbers, [rows, columns].
inline Tensor matrix(const Json& rows) {
  std::vector<float> values;
  for (const Json& row : rows)
    for (const Json& value : row) values.push_back(value.get<float>());
  return Tensor({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.at(0).size())}, std::move(values));
}

inline Tensor answer(const Model& model, const Tensor& input) {
  const Session session(model);
  return session.run({{session.inputs().at(0).name, input}}).begin()->second;
}

inline float largest_difference(const Tensor& a, const Tensor& b) {
  float largest = a.shape() == b.shape() ? 0.0f : 1e30f;
  for (std::size_t i = 0; largest < 1e30f && i < a.floats().size(); ++i)
    largest = std::max(largest, std::abs(a.floats()[i] - b.floats()[i]));
  return largest;
}

inline Model model_of(std::string_view yaml, std::uint64_t seed = 1) {
  const Architecture architecture = architecture_from_yaml(yaml);
  return build_model(architecture, initial_weights(architecture, seed));
}

}  // namespace upkeep
