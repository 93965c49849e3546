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
#include "layers/view/architecture.hpp"
#include "layers/view/layer_view.hpp"
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

// The same for a layer that reads several inputs: INPUTS in `layer` stands for their names. An input given twice is one input layer.
inline Tensor apply_to(std::string layer, const std::vector<Tensor>& inputs, const Weights& weights = {}) {
  std::string text = "layers: [";
  std::string names;
  Tensors given;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::size_t same = 0;
    while (inputs[same] != inputs[i]) ++same;
    const std::string name = "x" + std::to_string(same);
    names += (i == 0 ? "" : ", ") + name;
    if (!given.emplace(name, inputs[i]).second) continue;
    std::string shape = to_string(Shape(inputs[i].shape().begin() + 1, inputs[i].shape().end()));
    text += "{input: {shape: " + shape + ", name: " + name + "}}, ";
  }
  layer.replace(layer.find("INPUTS"), 6, "[" + names + "]");
  const Model model = build_model(architecture_from_yaml(text + layer + "]"), weights);
  verify(model);
  return Session(model, {.threads = 1}).run(given).begin()->second;
}

// What layers give while training, "y", and what their other weights are after the step, by name. `given`: weights and random numbers.
// `layers` is YAML: one layer, or several with commas between them.
inline Tensors apply_training(std::string_view layers, const Tensor& input, Tensors given = {}) {
  std::string shape = to_string(Shape(input.shape().begin() + 1, input.shape().end()));
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: " + shape + ", name: x}}, " + std::string(layers) + "]");
  Model model;
  Ops ops(model);
  const ForwardGraph forward = build_training_forward(net, ops);
  ops.output(forward.outputs.at(0), "y");
  for (const auto& [weight, after] : forward.updates) ops.output(after, "after " + weight);
  verify(model);
  given.emplace("x", input);
  Tensors results;
  for (const auto& [name, tensor] : Session(model, {.threads = 1}).run(given))
    results.emplace(name.starts_with("after ") ? name.substr(6) : name, tensor);
  return results;
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

// The layers of a graph in ONNX text as the members recognise them, with the graph's order of axes; the input layer left out.
inline std::vector<LayerSpec> recognised(std::string_view text, Recognition recognition = Recognition::kLayers) {
  Model model = model_from_text(text);
  infer_shapes(model);
  std::vector<LayerSpec> layers = recognise_layers(model, recognition).architecture.layers;
  std::erase_if(layers, [](const LayerSpec& layer) { return layer.kind == "input"; });
  return layers;
}

// Recognises a graph, builds it anew and compares the answers.
inline void expect_equal_answers(std::string_view text, const Tensor& input, float roundings = 8,
                                 Recognition recognition = Recognition::kLayers) {
  const Model foreign = model_from_text(text);
  const Model ours = with_layers(foreign, recognition).model;
  verify(ours);
  EXPECT_THAT(values(run(ours, input)), Near(values(run(foreign, input)), roundings));
}

}  // namespace upkeep::layers
