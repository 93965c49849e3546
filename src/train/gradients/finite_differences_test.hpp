// Test support: a gradient rule against finite differences of the operator it belongs to, both executed by ONNX Runtime.
//
//   EXPECT_GRADIENT("Sigmoid", {random_tensor({3, 4})});
//   EXPECT_GRADIENT("Gather", {random_tensor({4, 2}), Tensor({3}, std::vector<std::int64_t>{0, 2, 0})}, {{"axis", std::int64_t{0}}});
//
//   EXPECT_GRADIENT_AT(13, "ReduceMax", {distinct_tensor({3, 4})}, {{"axes", std::vector<std::int64_t>{1}}});   in an older operator set
//   EXPECT_SECOND_GRADIENT("Sigmoid", {random_tensor({3, 4})});   the gradient of a function of that gradient
//
// In float64 where the runtime has the operator for it, else in float32. Each case runs with known shapes, with symbols (equal sizes share
// one) and with a symbol of its own for each dimension, and both with a random gradient arriving and with the gradient of a plain sum.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "train/gradients/gradient.hpp"

namespace upkeep::gradients {

// One input of the operator. Floats are differentiated; integers, booleans and fixed() floats are constants of the graph.
struct Argument {
  Argument(Tensor value) : tensor(std::move(value)) {}  // NOLINT: a tensor is an argument
  std::optional<Tensor> tensor;
  bool is_fixed = false;
};
Argument fixed(Tensor tensor);
Argument absent();

struct RandomRange {
  double low = -1;
  double high = 1;
  double gap = 0;  // nothing closer to 0 than this: for functions with a kink there
  std::uint64_t seed = 1;
};
Tensor random_tensor(const Shape& shape, const RandomRange& range = {});  // float64
Tensor distinct_tensor(const Shape& shape);  // float64, no two elements closer than 0.2, none closer to 0 than 0.1
Tensor int_tensor(const Shape& shape, std::vector<std::int64_t> values);
Tensor ints(std::vector<std::int64_t> values);

testing::AssertionResult gradient_matches(const std::string& op, const std::vector<Argument>& arguments,
                                          const std::vector<Attribute>& attributes = {}, std::size_t outputs = 1);
#define EXPECT_GRADIENT(...) EXPECT_TRUE(upkeep::gradients::gradient_matches(__VA_ARGS__))

// The same for anything written in several operators: it makes `outputs` values of the arguments.
using Expression = std::function<std::vector<Value>(Ops& ops, const std::vector<Value>& arguments)>;
testing::AssertionResult gradient_matches(const Expression& expression, const std::vector<Argument>& arguments, std::size_t outputs = 1);

testing::AssertionResult gradient_matches_at(std::int64_t opset, const std::string& op, const std::vector<Argument>& arguments,
                                             const std::vector<Attribute>& attributes = {}, std::size_t outputs = 1);
#define EXPECT_GRADIENT_AT(...) EXPECT_TRUE(upkeep::gradients::gradient_matches_at(__VA_ARGS__))

// The gradient of the gradient: differences of what the rule gives for half the sum of the squared outputs.
testing::AssertionResult second_gradient_matches(const std::string& op, const std::vector<Argument>& arguments,
                                                 const std::vector<Attribute>& attributes = {}, std::size_t outputs = 1);
#define EXPECT_SECOND_GRADIENT(...) EXPECT_TRUE(upkeep::gradients::second_gradient_matches(__VA_ARGS__))

// float32: the gradient of the sum of the operator's first output with respect to one argument.
std::vector<float> gradient(const std::string& op, const std::vector<Argument>& arguments, const std::vector<Attribute>& attributes = {},
                            std::size_t with_respect_to = 0);

// How often an operator occurs in a graph.
std::ptrdiff_t count(const Model& model, std::string_view op);

// A reduction of x (rank 3) with every choice of axes and keepdims, for axes given as input.
inline void expect_reduction_gradients(const std::string& op, const Tensor& x) {
  static const std::vector<std::vector<std::int64_t>> kAxes = {{0}, {1}, {-1}, {0, 1}, {0, 2}, {-2, 0}, {0, 1, 2}};
  for (const std::int64_t keepdims : {0, 1}) {
    SCOPED_TRACE(op + (keepdims ? " keepdims" : ""));
    const std::vector<Attribute> attributes = {{"keepdims", keepdims}};
    for (const auto& axes : kAxes) EXPECT_GRADIENT(op, {x, ints(axes)}, attributes) << testing::PrintToString(axes);
    EXPECT_GRADIENT(op, {x}, attributes);
  }
  EXPECT_GRADIENT(op, {x, ints({})}, {{"noop_with_empty_axes", std::int64_t{1}}});
  EXPECT_GRADIENT(op, {x, ints({})}, {{"keepdims", std::int64_t{0}}});
  if (op == "ReduceSum") return;  // its axes were an input before the others'
  EXPECT_GRADIENT_AT(13, op, {x}, {{"axes", std::vector<std::int64_t>{0, -1}}, {"keepdims", std::int64_t{0}}});
  EXPECT_GRADIENT_AT(17, op, {x}, {{"axes", std::vector<std::int64_t>{1}}});
}

// The slopes of objective(tensor) at `at` (float64), element by element. Five-point differences: their error is step^4 / 30 of the fifth
// derivative, and rounding / step.
std::vector<double> five_point_slopes(const Tensor& at, double step, const std::function<double(const Tensor& moved)>& objective);

}  // namespace upkeep::gradients
