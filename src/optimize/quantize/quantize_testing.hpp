// For tests of quantisation: small models and rows.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "graph/onnx.hpp"
#include "optimize/optimize_testing.hpp"
#include "optimize/quantize/quantize.hpp"
#include "train/trainer.hpp"

namespace upkeep::quantization {

inline Tensor normal_rows(const Shape& shape, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(random.normal());
  return Tensor(shape, std::move(values));
}

inline std::string only_input(const Model& model) { return Session(model).inputs().at(0).name; }

inline QuantizeContext rows_for(const Model& model, std::int64_t count = 64) {
  const TensorSpec spec = Session(model).inputs().at(0);
  Shape shape{count};
  for (std::size_t i = 1; i < spec.dims.size(); ++i) shape.push_back(spec.dims[i].value);
  return {.rows = {{spec.name, normal_rows(shape)}}};
}

// A small net of convolutions with a shortcut, as ResNet has them.
inline Model residual_net() {
  return model_of(R"(
layers:
  - input: {name: x, shape: [8, 8, 3]}
  - conv2d: {name: c1, inputs: [x], filters: 8, kernel_size: 3, padding: same, use_bias: false}
  - batch_normalization: {name: b1, inputs: [c1]}
  - activation: {name: r1, inputs: [b1], activation: relu}
  - conv2d: {name: c2, inputs: [r1], filters: 8, kernel_size: 3, padding: same}
  - add: {name: a, inputs: [c2, r1]}
  - activation: {name: r2, inputs: [a], activation: relu}
  - max_pooling2d: {name: p, inputs: [r2], pool_size: 2}
  - depthwise_conv2d: {name: d, inputs: [p], kernel_size: 3, padding: same}
  - global_average_pooling2d: {name: g, inputs: [d]}
  - dense: {name: out, inputs: [g], units: 4}
)",
                  3);
}

inline Json layer_types(const Change& change) {
  Json types = Json::object();
  for (const Json& one : change.facts.at("layers")) types[one.at("layer").get<std::string>()] = one.at("type");
  return types;
}

}  // namespace upkeep::quantization
