// Short ways to write the tests of training: networks, weights and data that Python makes the same way.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error_testing.hpp"
#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "layers/view/architecture.hpp"
#include "train/trainer.hpp"

namespace upkeep {

// Multiples of 1/1024 in [-1, 1) from a linear congruential generator: exact in float32.
class Numbers {
 public:
  std::vector<float> take(std::size_t count, float scale = 1.0f) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
      state_ = (state_ * 1103515245 + 12345) % 2147483648;
      values.push_back(static_cast<float>(static_cast<std::int64_t>(state_ / 256 % 2048) - 1024) / 1024.0f * scale);
    }
    return values;
  }

 private:
  std::uint64_t state_ = 1;
};

struct Problem {
  Model model;   // ten inputs, ten hidden units, `outputs` outputs
  Dataset data;  // 100 rows, one target: x0 + 2 x1 x2 + noise
};

// `hidden` and `output` are settings of the two dense layers, as YAML: "activation: tanh".
inline Problem problem(const std::string& hidden = "activation: relu", const std::string& output = "", std::int64_t outputs = 1) {
  const Architecture net = architecture_from_yaml(upkeep::format(
      "layers: [{{input: {{shape: [10]}}}}, {{dense: {{units: 10, {}}}}}, {{dense: {{units: {}, {}}}}}]", hidden, outputs, output));
  const auto units = static_cast<std::size_t>(outputs);
  Numbers numbers;
  const Weights weights = {{"dense/kernel", Tensor({10, 10}, numbers.take(100, 0.5f))},
                           {"dense/bias", Tensor({10}, std::vector<float>(10))},
                           {"dense_1/kernel", Tensor({10, outputs}, numbers.take(10 * units, 0.5f))},
                           {"dense_1/bias", Tensor({outputs}, std::vector<float>(units))}};
  const std::vector<float> x = numbers.take(1000);
  const std::vector<float> noise = numbers.take(100, 0.25f);
  std::vector<float> y;
  for (std::size_t i = 0; i < 100; ++i) y.push_back(x[10 * i] + x[10 * i + 1] * x[10 * i + 2] * 2 + noise[i]);
  return {build_model(net, weights), {.inputs = {{"input", Tensor({100, 10}, x)}}, .targets = Tensor({100, 1}, y)}};
}

inline Compile compile(const std::string& optimizer, const std::string& loss = "mse", std::vector<std::string> metrics = {"mae"}) {
  return {.optimizer = parse_named(optimizer), .loss = parse_named(loss), .metrics = std::move(metrics)};
}

// Each within 1e-5 of its size.
inline auto equal_curve(const std::vector<double>& expected, double relative = 1e-5) {
  std::vector<testing::Matcher<double>> each;
  for (const double value : expected) each.push_back(testing::DoubleNear(value, relative * std::abs(value)));
  return testing::ElementsAreArray(each);
}

}  // namespace upkeep
