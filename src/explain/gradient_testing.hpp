// Models whose explanations are known by formula.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error_testing.hpp"
#include "explain/methods/method.hpp"
#include "graph/onnx.hpp"

namespace upkeep::explain::by_gradient {

inline std::shared_ptr<const Model> model_of(const std::string& text) {
  return std::make_shared<const Model>(model_from_text("<ir_version: 8, opset_import: [\"\": 17]>\n" + text));
}

// y = 2 a - b + 3 c + 0.5
inline std::shared_ptr<const Model> linear_model() {
  return model_of(R"(linear (float[N, 3] x) => (float[N, 1] y) <float[3, 1] w = {2, -1, 3}, float[1] b = {0.5}>
    { z = MatMul(x, w) y = Add(z, b) })");
}

// y = a b
inline std::shared_ptr<const Model> product_model() {
  return model_of(R"(product (float[N, 2] x) => (float[N, 1] y) <int64[2] each = {1, 1}>
    { a, b = Split <axis = 1> (x, each) y = Mul(a, b) })");
}

// y = a^3 + exp(b)
inline std::shared_ptr<const Model> additive_model() {
  return model_of(R"(additive (float[N, 2] x) => (float[N, 1] y) <int64[2] each = {1, 1}, float[1] three = {3}>
    { a, b = Split <axis = 1> (x, each) p = Pow(a, three) q = Exp(b) y = Add(p, q) })");
}

// Three hidden units, two classes.
inline std::shared_ptr<const Model> relu_model() {
  return model_of(R"(relu (float[N, 2] x) => (float[N, 2] p)
    <float[2, 3] w = {1, -2, 0.5, 1.5, 1, -1}, float[3] b = {0.1, 0.2, -0.3}, float[3, 2] v = {1, -1, 0.5, 2, -1, 0.7}>
    { h = MatMul(x, w) hb = Add(h, b) r = Relu(hb) z = MatMul(r, v) p = Softmax <axis = 1> (z) })");
}

// The sum over three tokens of a table's rows [4, 2] times (1, 10).
inline std::shared_ptr<const Model> token_model() {
  return model_of(R"(tokens (int64[N, 3] ids) => (float[N, 1] y)
    <float[4, 2] table = {0, 0, 1, 2, 3, 4, 5, 6}, float[2, 1] w = {1, 10}, int64[1] steps = {1}>
    { e = Gather <axis = 0> (table, ids) s = ReduceSum <keepdims = 0> (e, steps) y = MatMul(s, w) })");
}

inline Tensors rows_of_x(std::int64_t columns, const std::vector<float>& values) {
  return {{"x", Tensor({static_cast<std::int64_t>(values.size()) / columns, columns}, values)}};
}

inline Background background_of(const Tensors& rows) {
  const auto count = static_cast<std::size_t>(rows_in(rows));
  return {.rows = rows, .weights = std::vector<double>(count, 1.0 / static_cast<double>(count)), .about = "of the test"};
}

inline Attribution explained_by(const std::string& method, const Subject& subject, const Tensors& row, const Background& background = {},
                                std::int64_t element = 0, double until_error = 0) {
  const NamedSettings named = parse_named(method);
  return methods::catalog()
      .at(named.name)
      .explain({.subject = subject, .row = row, .element = element, .background = background, .seed = 7, .until_error = until_error},
               named.values);
}

// (F(x + h) - F(x - h)) / 2 h by element of the input "x".
inline std::vector<double> finite_differences(const Subject& subject, const Tensors& row, std::int64_t element, float h = 1e-2F) {
  std::vector<double> made;
  const Tensor& x = row.at("x");
  for (std::size_t i = 0; i < x.floats().size(); ++i) {
    const auto moved = [&](float by) {
      std::vector<float> values(x.floats().begin(), x.floats().end());
      values[i] += by;
      return subject.answers({{"x", Tensor(x.shape(), values)}}, element)[0];
    };
    made.push_back((moved(h) - moved(-h)) / (2 * static_cast<double>(h)));
  }
  return made;
}

}  // namespace upkeep::explain::by_gradient
