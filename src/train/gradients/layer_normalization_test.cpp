#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(LayerNormalizationGradient, MatchesFiniteDifferences) {
  for (const std::int64_t axis : {-1, 1, 0, -2}) {
    SCOPED_TRACE(axis);
    const Shape scale = axis == 0 ? Shape{2, 3, 2} : axis == -1 ? Shape{2} : Shape{3, 2};
    const Tensor x = random_tensor({2, 3, 2});
    EXPECT_GRADIENT("LayerNormalization", {x, random_tensor(scale, {.seed = 2}), random_tensor(scale, {.seed = 3})},
                    {{"axis", axis}, {"epsilon", 1e-2f}});
    EXPECT_GRADIENT("LayerNormalization", {x, random_tensor(scale, {.seed = 2})}, {{"axis", axis}, {"epsilon", 1e-2f}});
  }
}

// The other outputs are float32 whatever x is: differences in float64 would not see them.
TEST(LayerNormalizationGradient, ComesFromMeanAndInverseDeviationToo) {
  for (const std::int64_t axis : {-1, 1}) {
    const Expression single = [axis](Ops& ops, const std::vector<Value>& inputs) {
      if (inputs[0].dtype() != DType::kFloat32) throw Error(ErrorCode::kUnsupported, "float32 only");
      return ops.nodes("LayerNormalization", inputs, 3, {{"axis", axis}, {"epsilon", 1e-1f}});
    };
    const Shape scale = axis == -1 ? Shape{4} : Shape{3, 4};
    EXPECT_GRADIENT(single, {random_tensor({2, 3, 4}), random_tensor(scale, {.seed = 2}), random_tensor(scale, {.seed = 3})}, 3);
  }
}

TEST(LayerNormalizationGradient, HasAGradientItself) {
  EXPECT_SECOND_GRADIENT("LayerNormalization", {random_tensor({2, 3}), random_tensor({3}, {.seed = 2}), random_tensor({3}, {.seed = 3})},
                         {{"epsilon", 1e-1f}});
}

TEST(InstanceNormalizationGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{2, 3, 4}, Shape{2, 2, 2, 3}, Shape{1, 2, 2, 2, 2}}) {
    const std::vector<Argument> arguments{random_tensor(shape), random_tensor({shape[1]}, {.seed = 2}),
                                          random_tensor({shape[1]}, {.seed = 3})};
    EXPECT_GRADIENT("InstanceNormalization", arguments, {{"epsilon", 1e-1f}}) << to_string(shape);
  }
  EXPECT_SECOND_GRADIENT("InstanceNormalization",
                         {random_tensor({1, 2, 3}), random_tensor({2}, {.seed = 2}), random_tensor({2}, {.seed = 3})},
                         {{"epsilon", 1e-1f}});
}

// It computes in float32 whatever x is: differences in float64 would see rounding.
Value group_normalized(Ops& ops, const std::vector<Value>& inputs, std::int64_t groups) {
  if (inputs[0].dtype() != DType::kFloat32) throw Error(ErrorCode::kUnsupported, "float32 only");
  return ops.node("GroupNormalization", inputs, {{"num_groups", groups}, {"epsilon", 1e-1f}});
}

TEST(GroupNormalizationGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{2, 4, 2}, Shape{1, 4, 2, 2}}) {
    for (const std::int64_t groups : {1, 2, 4}) {
      const std::vector<Argument> arguments{random_tensor(shape), random_tensor({4}, {.seed = 2}), random_tensor({4}, {.seed = 3})};
      const Expression once = [groups](Ops& ops, const std::vector<Value>& inputs) {
        return std::vector{group_normalized(ops, inputs, groups)};
      };
      EXPECT_GRADIENT(once, arguments) << to_string(shape) << groups;
    }
  }
}

TEST(GroupNormalizationGradient, HasAGradientItself) {
  const Expression first = [](Ops& ops, const std::vector<Value>& inputs) {
    const Value y = group_normalized(ops, inputs, 2);
    return differentiate(ops, ops.reduce_sum(ops.mul(y, y), {}), inputs);
  };
  EXPECT_GRADIENT(first, {random_tensor({1, 4, 2}), random_tensor({4}, {.seed = 2}), random_tensor({4}, {.seed = 3})}, 3);
}

// Operator set 18 has a scale and a bias for each group: as if those of its channels were equal.
TEST(GroupNormalizationGradient, IsThatOfAGroupInOperatorSet18) {
  const auto run = [](int opset, const std::string& parameters) {
    Model model = model_from_text("<ir_version: 8, opset_import: [\"\": " + std::to_string(opset) + R"(]>
      g (float[2, 4, 3] x, float[)" +
                                  parameters + "] s, float[" + parameters + R"(] b) => (float y) {
      n = GroupNormalization <num_groups = 2, epsilon = 0.1> (x, s, b)
      t = Sin (n)
      y = ReduceSum <keepdims = 0> (t) })");
    Ops ops(model);
    const auto gradients = differentiate(ops, ops.existing("y"), {ops.existing("x"), ops.existing("s"), ops.existing("b")});
    for (std::size_t i = 0; i < 3; ++i) ops.output(gradients[i], upkeep::format("g{}", i));
    const bool grouped = parameters == "2";
    const Tensor scale = grouped ? Tensor({2}, std::vector<float>{2, -1}) : Tensor({4}, std::vector<float>{2, 2, -1, -1});
    const Tensor bias = grouped ? Tensor({2}, std::vector<float>{0.5f, 1}) : Tensor({4}, std::vector<float>{0.5f, 0.5f, 1, 1});
    return Session(model).run({{"x", random_tensor({2, 4, 3}).cast(DType::kFloat32)}, {"s", scale}, {"b", bias}}, {"g0", "g1", "g2"});
  };
  const Tensors grouped = run(18, "2");
  const Tensors channels = run(21, "4");
  for (std::size_t i = 0; i < 24; ++i) EXPECT_NEAR(grouped.at("g0").floats()[i], channels.at("g0").floats()[i], 1e-5);
  for (const std::string name : {"g1", "g2"})
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_NEAR(grouped.at(name).floats()[i], channels.at(name).floats()[2 * i] + channels.at(name).floats()[2 * i + 1], 1e-5);
}

TEST(MeanVarianceNormalizationGradient, MatchesFiniteDifferences) {
  const Tensor x = random_tensor({2, 2, 3, 2}, {.low = -3, .high = 3});
  EXPECT_GRADIENT("MeanVarianceNormalization", {x});
  for (const auto& axes : {std::vector<std::int64_t>{0, 1, 2, 3}, {2, 3}, {1, 2, 3}})
    EXPECT_GRADIENT("MeanVarianceNormalization", {x}, {{"axes", axes}}) << testing::PrintToString(axes);
}

// x / sqrt(mean(x^2) + epsilon) * scale, as language models write it in primitive operators (Zhang & Sennrich 2019).
TEST(RootMeanSquareNormalization, HasTheGradientOfItsParts) {
  const Expression rms = [](Ops& ops, const std::vector<Value>& inputs) {
    const Value square = ops.reduce_mean(ops.pow(inputs[0], ops.constant(2.0f, inputs[0].dtype())), {-1}, true);
    return std::vector<Value>{ops.mul(ops.div(inputs[0], ops.sqrt(ops.add(square, 1e-2f))), inputs[1])};
  };
  EXPECT_GRADIENT(rms, {random_tensor({2, 3, 4}), random_tensor({4}, {.seed = 2})});
}

}  // namespace
}  // namespace upkeep::gradients
