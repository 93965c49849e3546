// What the tests of this room share: rewriting a graph that is written as text, and running it before and after.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error_testing.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "graph/onnx.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "runtime/session.hpp"

namespace upkeep {

inline Model rewritten(const std::string& step, Model model) {
  rewrite(model, parse_named(step));
  return model;
}
inline Model rewritten(const std::string& step, const std::string& text) { return rewritten(step, model_from_text(text)); }

// "{0.3, -0.6, ...}": numbers for an initializer.
inline std::string numbers(std::size_t count, std::uint64_t seed = 1) {
  Random random(seed, stream_id("numbers"));
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += upkeep::format("{}{:.4f}", i == 0 ? "" : ", ", random.normal());
  return "{" + text + "}";
}

inline std::size_t count_of(const Model& model, const std::string& op) {
  return static_cast<std::size_t>(std::ranges::count(model.graph.nodes, op, &Node::op));
}

inline Tensors answers(const Model& model, const Model& asked, std::int64_t batch) {
  Tensors inputs;
  Random random(7, stream_id("inputs"));
  for (const ValueInfo& input : asked.graph.inputs) {
    Shape shape;
    for (const Dim& dim : *input.type.shape) shape.push_back(dim.known() ? dim.value : batch);
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values) value = static_cast<float>(random.normal());
    inputs[input.name] = Tensor(shape, std::move(values)).cast(model.graph.input(input.name)->type.dtype);
  }
  return Session(model).run(inputs);
}

// All outputs, as floats, lie within `tolerance` of each other, relative to the largest value.
inline void expect_same_answers(const Model& before, const Model& after, float tolerance = 1e-5f, std::int64_t batch = 2) {
  const Tensors expected = answers(before, before, batch);
  const Tensors made = answers(after, before, batch);
  ASSERT_EQ(made.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_EQ(made.at(name).shape(), tensor.shape()) << name;
    const Tensor a = tensor.cast(DType::kFloat32), b = made.at(name).cast(DType::kFloat32);
    float largest = 1e-3f;
    for (const float value : a.floats()) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < a.floats().size(); ++i)
      ASSERT_NEAR(a.floats()[i], b.floats()[i], tolerance * largest) << name << "[" << i << "]";
  }
}

// The rewrite does something, and the answers stay.
inline Model expect_rewritten(const std::string& step, const std::string& text, float tolerance = 1e-5f) {
  const Model before = model_from_text(text);
  const Model after = rewritten(step, before);
  EXPECT_NE(model_to_bytes(after), model_to_bytes(before));
  expect_same_answers(before, after, tolerance);
  return after;
}

inline void expect_unchanged(const std::string& step, const std::string& text) {
  const Model before = model_from_text(text);
  EXPECT_EQ(model_to_text(rewritten(step, before)), model_to_text(before));
}

}  // namespace upkeep
