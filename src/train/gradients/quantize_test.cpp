#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::FloatNear;
using testing::Pointwise;

struct Quantization {
  DType type = DType::kInt8;
  double low = -128, high = 127;
  Shape shape = {2, 5};
  std::vector<float> scales = {0.5f};
  std::vector<std::int64_t> zeros = {};
  Shape scale_shape = {};
  std::vector<Attribute> attributes = {};
  std::function<std::size_t(std::size_t)> scale_of = [](std::size_t) { return 0; };  // the place of an element's scale
};

struct Slopes {
  std::vector<float> x, scale;
  float size = 0;  // of the terms of a scale's, added up
};

std::vector<float> quantize_floats(const Tensor& tensor) { return {tensor.floats().begin(), tensor.floats().end()}; }

Tensor quantize_input(const Shape& shape) { return random_tensor(shape, {.low = -90, .high = 90}).cast(DType::kFloat32); }
Tensor quantize_weights(const Shape& shape) { return random_tensor(shape, {.seed = 3}).cast(DType::kFloat32); }

// y = DequantizeLinear(QuantizeLinear(x)), and the gradients of sum(w * y).
Slopes quantize_by_rule(const Quantization& of) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, Dims(of.shape.begin(), of.shape.end()));
  const Value s = ops.input("s", DType::kFloat32, Dims(of.scale_shape.begin(), of.scale_shape.end()));
  const Value zero = of.zeros.empty() ? Value() : ops.constant(Tensor(of.scale_shape, of.zeros).cast(of.type));
  std::vector<Attribute> attributes = of.attributes;
  if (of.zeros.empty()) attributes.push_back({"output_dtype", static_cast<std::int64_t>(of.type), {}});
  const Value q = ops.node("QuantizeLinear", {x, s, zero}, attributes);
  const Value y = ops.node("DequantizeLinear", {q, s, zero}, of.attributes);
  const std::vector<Value> made = differentiate(ops, ops.reduce_sum(ops.mul(y, ops.constant(quantize_weights(of.shape))), {}), {x, s});
  ops.output(made[0], "dx"), ops.output(made[1], "ds");
  const Tensors results = Session(model, {.threads = 1}).run({{"x", quantize_input(of.shape)}, {"s", Tensor(of.scale_shape, of.scales)}});
  return {quantize_floats(results.at("dx")), quantize_floats(results.at("ds"))};
}

Slopes quantize_by_loop(const Quantization& of) {
  const std::vector<float> x = quantize_floats(quantize_input(of.shape));
  const std::vector<float> w = quantize_floats(quantize_weights(of.shape));
  Slopes slopes{std::vector<float>(x.size()), std::vector<float>(of.scales.size())};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = of.scale_of(i);
    const double ratio = static_cast<double>(x[i]) / static_cast<double>(of.scales[at]);
    const double zero = of.zeros.empty() ? 0.0 : static_cast<double>(of.zeros[at]);
    const double q = std::nearbyint(ratio) + zero;
    const bool inside = q >= of.low && q <= of.high;
    if (inside) slopes.x[i] = w[i];
    slopes.size += std::abs(w[i]) * static_cast<float>(std::abs(q - zero) + std::abs(ratio));
    slopes.scale[at] += static_cast<float>(static_cast<double>(w[i]) * (std::clamp(q, of.low, of.high) - zero - (inside ? ratio : 0.0)));
  }
  return slopes;
}

void expect_straight_through(const Quantization& of) {
  const Slopes made = quantize_by_rule(of);
  const Slopes expected = quantize_by_loop(of);
  EXPECT_THAT(made.x, Pointwise(FloatNear(1e-5f), expected.x));
  EXPECT_THAT(made.scale, Pointwise(FloatNear(4 * 1.2e-7f * expected.size), expected.scale));
}

TEST(QuantizeGradient, GoesStraightThroughUnlessClipped) {
  expect_straight_through({});
  expect_straight_through({.zeros = {10}});
  expect_straight_through({.type = DType::kUInt8, .low = 0, .high = 255, .zeros = {128}});
  expect_straight_through({.type = DType::kInt16, .low = -32768, .high = 32767, .scales = {0.002f}});
  expect_straight_through({.type = DType::kUInt4, .low = 0, .high = 15, .scales = {8}});
}

TEST(QuantizeGradient, HasScalesAlongAnAxis) {
  const auto row = [](std::size_t i) { return i / 5; };
  const auto column = [](std::size_t i) { return i % 5; };
  expect_straight_through(
      {.scales = {0.5f, 1}, .zeros = {3, -4}, .scale_shape = {2}, .attributes = {{"axis", std::int64_t{0}}}, .scale_of = row});
  expect_straight_through(
      {.scales = {0.5f, 1, 0.25f, 2, 0.1f}, .scale_shape = {5}, .attributes = {{"axis", std::int64_t{-1}}}, .scale_of = column});
}

// 5 columns in blocks of 2: the last block is short.
TEST(QuantizeGradient, HasScalesForBlocks) {
  const auto block = [](std::size_t i) { return i / 5 * 3 + i % 5 / 2; };
  expect_straight_through({.scales = {0.5f, 1, 0.25f, 2, 0.1f, 0.75f},
                           .zeros = {1, 2, 3, 4, 5, 6},
                           .scale_shape = {2, 3},
                           .attributes = {{"axis", std::int64_t{1}}, {"block_size", std::int64_t{2}}},
                           .scale_of = block});
}

// Weights that stay integers while their scale is trained: y = (q - z) * s is linear in s, so differences hold.
TEST(DequantizeGradient, OfTheScaleMatchesFiniteDifferences) {
  const Tensor q = Tensor({2, 3}, std::vector<float>{-7, 3, 0, 120, -128, 5}).cast(DType::kInt8);
  EXPECT_GRADIENT("DequantizeLinear", {q, Tensor::scalar(0.3)});
  EXPECT_GRADIENT("DequantizeLinear", {q, Tensor({2}, std::vector<double>{0.3, 0.7})}, {{"axis", std::int64_t{0}}});
  EXPECT_GRADIENT("DequantizeLinear",
                  {q, Tensor({3}, std::vector<double>{0.3, 0.7, 0.1}), Tensor({3}, std::vector<float>{3, -2, 0}).cast(DType::kInt8)});
  EXPECT_GRADIENT_AT(13, "DequantizeLinear", {q, Tensor::scalar(0.3)});
}

// The scale is (200 - -55.4) / 255 and moves with the largest and the smallest x; what rounding leaves is its gradient.
TEST(DynamicQuantizeGradient, GoesStraightThroughAndToTheExtremes) {
  const std::vector<float> x = {-55.4f, 200, 10.4f, 30};
  const std::vector<float> w = {1, -2, 3, 4};
  Model model;
  Ops ops(model);
  const Value input = ops.input("x", DType::kFloat32, {4});
  const std::vector<Value> parts = ops.nodes("DynamicQuantizeLinear", {input}, 3);
  const Value y = ops.node("DequantizeLinear", {parts[0], parts[1], parts[2]});
  ops.output(differentiate(ops, ops.reduce_sum(ops.mul(y, ops.constant(Tensor({4}, w))), {}), {input})[0], "dx");
  const Tensor made = Session(model, {.threads = 1}).run({{"x", Tensor({4}, x)}}).at("dx");
  const float scale = (x[1] - x[0]) / 255;
  float of_scale = 0;
  for (std::size_t i = 0; i < x.size(); ++i) of_scale += w[i] * (std::nearbyint(x[i] / scale) - x[i] / scale);
  EXPECT_GT(std::abs(of_scale), 0.1f);
  const std::vector<float> expected = {w[0] - of_scale / 255, w[1] + of_scale / 255, w[2], w[3]};
  EXPECT_THAT(quantize_floats(made), Pointwise(FloatNear(1e-5f), expected));
}

TEST(DynamicQuantizeGradient, RefusesToFollowTheScaleAlone) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {3});
  const std::vector<Value> parts = ops.nodes("DynamicQuantizeLinear", {x}, 3);
  EXPECT_THROW(differentiate(ops, parts[1], {x}), Error);
}

// Elements that change places between the two as integers.
TEST(QuantizeGradient, PassesTransposedIntegers) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2, 3});
  const Value s = ops.constant(0.5f);
  const Value q = ops.transpose(ops.node("QuantizeLinear", {x, s}, {{"output_dtype", static_cast<std::int64_t>(DType::kInt8)}}), {1, 0});
  const Value y = ops.node("DequantizeLinear", {ops.reshape(q, {6}), s});
  const Tensor weights({6}, std::vector<float>{1, 2, 3, 4, 5, 6});
  ops.output(differentiate(ops, ops.reduce_sum(ops.mul(y, ops.constant(weights)), {}), {x})[0], "dx");
  const Tensor made = Session(model, {.threads = 1}).run({{"x", Tensor::full(Shape{2, 3}, 1.0f)}}).at("dx");
  EXPECT_THAT(quantize_floats(made), Pointwise(FloatNear(1e-6f), std::vector<float>{1, 3, 5, 2, 4, 6}));
}

// d/dx of the sum of weighted elements is the weight of each place that the element went to.
std::vector<float> moved_gradient(const std::string& move, const std::string& more = "") {
  Model model =
      model_from_text("<ir_version: 10, opset_import: [\"\": 21]> g (float[1,4,2,2] x) => (float y) <float s = {0.5}, int8 z = {0}" + more +
                      "> { q = QuantizeLinear (x, s, z) " + move +
                      " f = DequantizeLinear (m, s, z) one = Constant <value = int64[1] {-1}> () v = Reshape (f, one)"
                      " n = Size (v) zero = Constant <value = int64 {0}> () step = Constant <value = int64 {1}> ()"
                      " r = Range (zero, n, step) w = Cast <to = 1> (r) p = Mul (v, w) y = ReduceSum <keepdims = 0> (p) }");
  Ops ops(model);
  ops.output(differentiate(ops, ops.existing("y"), {ops.existing("x")})[0], "dx");
  return quantize_floats(Session(model, {.threads = 1}).run({{"x", Tensor::full(Shape{1, 4, 2, 2}, 1.0f)}}).at("dx"));
}

TEST(QuantizeGradient, PassesIntegersThatAreMoved) {
  std::vector<float> in_order(16);
  std::iota(in_order.begin(), in_order.end(), 0.0f);
  const auto only = [](std::size_t from, std::vector<float> values) {
    std::vector<float> all(16, 0.0f);
    std::ranges::copy(values, all.begin() + static_cast<std::ptrdiff_t>(from));
    return all;
  };
  const std::string part = ", int64[1] first = {1}, int64[1] last = {2}, int64[1] axis = {1}";
  EXPECT_EQ(moved_gradient("m = Slice (q, first, last, axis)", part), only(4, {0, 1, 2, 3}));
  EXPECT_EQ(moved_gradient("m = Gather <axis = 1> (q, first)", ", int64[1] first = {2}"), only(8, {0, 1, 2, 3}));
  EXPECT_EQ(moved_gradient("a, m = Split <axis = 1, num_outputs = 2> (q)"), only(8, {0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(moved_gradient("m = Concat <axis = 0> (other, q)", ", int8[1,4,2,2] other = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}").front(), 16);
  EXPECT_EQ(moved_gradient("m = Tile (q, twice)", ", int64[4] twice = {2, 1, 1, 1}").back(), 15 + 31);
  EXPECT_EQ(moved_gradient("m = Expand (q, wide)", ", int64[4] wide = {2, 4, 2, 2}").back(), 15 + 31);
  EXPECT_EQ(moved_gradient("d = DepthToSpace <blocksize = 2> (q) m = SpaceToDepth <blocksize = 2> (d)"), in_order);
  EXPECT_EQ(moved_gradient("m = Pad (q, pads)", ", int64[8] pads = {1, 0, 0, 0, 0, 0, 0, 0}").front(), 16);
}

}  // namespace
}  // namespace upkeep::gradients
