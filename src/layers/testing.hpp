// Short ways to write the tests of layers.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error_testing.hpp"
#include "base/random.hpp"
#include "graph/onnx.hpp"
#include "layers/architecture.hpp"
#include "runtime/session.hpp"

namespace upkeep::layers {

// The only output of a model with one input.
inline Tensor run(const Model& model, const Tensor& input) {
  const Session session(model, {.threads = 1});
  return session.run({{session.inputs().at(0).name, input}}).begin()->second;
}

// What one layer gives for `input`, behind an input layer of its shape. `layer` is YAML: "{dense: {units: 2}}".
inline Tensor apply(std::string_view layer, const Tensor& input, const Weights& weights = {}) {
  std::string shape;
  for (std::size_t i = 1; i < input.rank(); ++i) shape += (i == 1 ? "" : ", ") + std::to_string(input.dim(i));
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [" + shape + "], dtype: " + to_string(input.dtype()) + "}}, " +
                                                  std::string(layer) + "]");
  const Model model = build_model(net, weights);
  verify(model);
  return run(model, input);
}

inline std::vector<float> values(const Tensor& tensor) { return {tensor.floats().begin(), tensor.floats().end()}; }

// Each within a few roundings of float32 of the value beside it.
inline testing::Matcher<std::vector<float>> Near(const std::vector<float>& expected, float roundings = 8) {
  std::vector<testing::Matcher<float>> each;
  for (const float value : expected) each.push_back(testing::FloatNear(value, roundings * 1.2e-7F * std::max(1.0F, std::abs(value))));
  return testing::ElementsAreArray(each);
}

// Puts something else in place of one random part of `json`.
inline void damage(Json& json, Random& random) {
  static const std::vector<Json> kWrong = {
      nullptr, true, -1, 1e300, "x", Json::array(), Json::object(), 0, {1, "a", nullptr}, {{"class_name", "Dense"}}, "Lambda", {"x", 0, 0}};
  Json* at = &json;
  while (at->is_structured() && !at->empty() && random.below(8) != 0) {
    auto item = at->begin();
    std::advance(item, static_cast<std::ptrdiff_t>(random.below(at->size())));
    at = &*item;
  }
  *at = kWrong[random.below(kWrong.size())];
}

// The recognised layers of a graph in ONNX text, the input layer left out.
inline std::vector<LayerSpec> recognised(std::string_view text) {
  std::vector<LayerSpec> layers = architecture_of(model_from_text(text)).layers;
  std::erase_if(layers, [](const LayerSpec& layer) { return layer.kind == "input"; });
  return layers;
}

// Recognises a graph, builds it anew and compares the answers.
inline void expect_equal_answers(std::string_view text, const Tensor& input, float roundings = 8) {
  const Model foreign = model_from_text(text);
  const Model ours = with_layers(foreign);
  verify(ours);
  EXPECT_THAT(values(run(ours, input)), Near(values(run(foreign, input)), roundings));
}

}  // namespace upkeep::layers
