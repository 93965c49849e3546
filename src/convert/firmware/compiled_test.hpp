// Test support: graphs as headers, compiled with the strictest warnings and run, beside ONNX Runtime. All graphs of the tests that run are
// compiled at once.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error_testing.hpp"
#include "convert/firmware/shared/header.hpp"

namespace upkeep::firmware {

// In short: "(float[2,3] x) => (float y) { y = Relu(x) }", or layers as YAML: "[{dense: {units: 3}}]".
Model model_in_short(const std::string& text);

// Random numbers; integers are 0, 1 or 2.
Tensors random_values(const Model& model, std::int64_t rows, std::uint64_t seed);

class CompiledGraphs {
 public:
  // `suite`: of the tests that ask; global, so that they are known before the first test.
  CompiledGraphs(std::string suite, std::vector<std::string> graphs);
  // |header - ONNX Runtime| <= tolerance * max(1, |y|), and equal where they are integers.
  void expect_equal_answers(double tolerance = 1e-6) const;

 private:
  std::string suite_;
  std::vector<std::string> graphs_;
};

}  // namespace upkeep::firmware
