// Models that answer a formula, and questions about them, for tests of methods and effects.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error_testing.hpp"
#include "base/random.hpp"
#include "explain/coalitions.hpp"
#include "graph/onnx.hpp"
#include "graph/signature.hpp"

namespace upkeep::explain {

inline std::shared_ptr<const Model> model_of(const std::string& graph) {
  return std::make_shared<const Model>(model_from_text("<ir_version: 8, opset_import: [\"\": 17]>\n" + graph));
}

// y = 2 a - b + 3 c + 0.5
inline std::shared_ptr<const Model> linear_model() {
  return model_of(R"(linear (float[N, 3] x) => (float[N, 1] y) <float[3, 1] w = {2, -1, 3}, float[1] b = {0.5}>
    { z = MatMul(x, w) y = Add(z, b) })");
}

// y = a b c d
inline std::shared_ptr<const Model> product_model() {
  return model_of("product (float[N, 4] x) => (float[N, 1] y) { y = ReduceProd <axes = [1], keepdims = 1> (x) }");
}

// y = tanh(x w) v with 12 inputs and 5 hidden units of fixed numbers.
inline std::shared_ptr<const Model> network_model() {
  std::string w, v = "1.5, -2, 1, 0.5, -1";
  for (int i = 0; i < 60; ++i) w += (i ? ", " : "") + std::to_string(std::sin(1.7 * i + 0.3));
  return model_of("network (float[N, 12] x) => (float[N, 1] y) <float[12, 5] w = {" + w + "}, float[5, 1] v = {" + v +
                  "}> { z = MatMul(x, w) h = Tanh(z) y = MatMul(h, v) }");
}

inline Tensors normal_rows(std::int64_t rows, std::int64_t width, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(rows * width));
  for (float& value : values) value = static_cast<float>(random.normal());
  return {{"x", Tensor({rows, width}, std::move(values))}};
}

inline Background background_of(Tensors rows) {
  const auto count = static_cast<std::size_t>(rows_in(rows));
  return {.rows = std::move(rows), .weights = std::vector<double>(count, 1 / static_cast<double>(count)), .about = {}};
}

struct Asked {
  Subject subject;
  Tensors row;
  Background background;
  Asked(std::shared_ptr<const Model> model, Tensors one, Background others, const SubjectOptions& options = {})
      : subject(std::move(model), options), row(std::move(one)), background(std::move(others)) {}
  Attribution by(const std::string& method, std::uint64_t seed = 0, double until_error = 0) const {
    const NamedSettings named = parse_named(method);
    const Question question{.subject = subject, .row = row, .background = background, .seed = seed, .until_error = until_error};
    return methods::catalog().at(named.name).explain(question, named.values);
  }
};

inline double mean_of_column(const Tensors& rows, std::size_t column) {
  const Tensor& x = rows.at("x");
  const auto width = static_cast<std::size_t>(x.dim(1));
  double sum = 0;
  for (std::size_t i = column; i < x.floats().size(); i += width) sum += x.floats()[i];
  return sum / static_cast<double>(x.dim(0));
}

inline double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

// The values of y = 2 a - b + 3 c + 0.5 are w (x - mean).
inline void expect_linear_values(const std::string& method, double tolerance) {
  const Tensors row{{"x", Tensor({1, 3}, std::vector<float>{1, 2, -1})}};
  const Tensors others = normal_rows(20, 3, 5);
  const Attribution made = Asked(linear_model(), row, background_of(others)).by(method);
  const double w[] = {2, -1, 3};
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(made.values[i], w[i] * (row.at("x").floats()[i] - mean_of_column(others, i)), tolerance) << method << " " << i;
}

// Of y = a b c d with one background row of zeros each value is a quarter of the answer, and of players that are alike all are equal.
inline void expect_product_values(const std::string& method, double tolerance) {
  const Tensors row{{"x", Tensor({1, 4}, std::vector<float>{2, 3, 0.5, 4})}};
  const Tensors zeros{{"x", Tensor::full<float>({1, 4}, 0)}};
  const Attribution made = Asked(product_model(), row, background_of(zeros)).by(method);
  EXPECT_THAT(made.values, testing::Each(testing::DoubleNear(3.0, tolerance))) << method;
  EXPECT_NEAR(made.base + sum_of(made.values), made.answer, 1e-9);
}

}  // namespace upkeep::explain
