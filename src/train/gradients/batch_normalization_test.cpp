#include <gmock/gmock.h>

#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

const RandomRange kPositive{.low = 0.5, .high = 2, .seed = 4};
const std::vector<Shape> kBatches = {{3, 2}, {2, 3, 2}, {2, 2, 2, 2}, {2, 2, 1, 2, 2}};

std::vector<Argument> batch_arguments(const Shape& shape) {
  const Shape channels{shape[1]};
  return {random_tensor(shape), random_tensor(channels, {.seed = 2}), random_tensor(channels, {.seed = 3}),
          random_tensor(channels, {.seed = 5}), random_tensor(channels, kPositive)};
}

TEST(BatchNormalizationGradient, MatchesFiniteDifferencesWithGivenStatistics) {
  for (const Shape& shape : kBatches)
    EXPECT_GRADIENT("BatchNormalization", batch_arguments(shape), {{"epsilon", 1e-3f}}) << to_string(shape);
}

TEST(BatchNormalizationGradient, MatchesFiniteDifferencesThroughTheStatisticsOfTheBatch) {
  for (const Shape& shape : kBatches) {
    const Expression trained = [](Ops& ops, const std::vector<Value>& inputs) {
      const auto made = ops.nodes("BatchNormalization", inputs, 3, {{"epsilon", 1e-2f}, {"training_mode", std::int64_t{1}}});
      return std::vector<Value>{made[0]};
    };
    EXPECT_GRADIENT(trained, batch_arguments(shape)) << to_string(shape);
  }
}

TEST(BatchNormalizationGradient, HasAGradientItself) {
  EXPECT_SECOND_GRADIENT("BatchNormalization", batch_arguments({2, 2, 3}), {{"epsilon", 1e-2f}});
  // Of y alone: what arrives at the running statistics goes no further.
  std::vector<Argument> arguments = batch_arguments({3, 2, 2});
  for (const std::size_t i : {3u, 4u}) arguments[i] = fixed(*arguments[i].tensor);
  const Expression first = [](Ops& ops, const std::vector<Value>& inputs) {
    const Value y = ops.nodes("BatchNormalization", inputs, 3, {{"epsilon", 1e-1f}, {"training_mode", std::int64_t{1}}})[0];
    return differentiate(ops, ops.reduce_sum(ops.mul(ops.mul(y, y), y), {}), {inputs[0], inputs[1], inputs[2]});
  };
  EXPECT_GRADIENT(first, arguments, 3);
}

TEST(BatchNormalizationGradient, DoesNotPassTheRunningStatistics) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {4, 2});
  const Value one = ops.constant(Tensor::full(Shape{2}, 1.0f));
  const auto made = ops.nodes("BatchNormalization", {x, one, one, one, one}, 3, {{"training_mode", std::int64_t{1}}});
  ops.output(differentiate(ops, ops.reduce_sum(made[1], {}), {x})[0], "gradient");
  const Tensor gradient = Session(model).run({{"x", Tensor::full(Shape{4, 2}, 3.0f)}}, {"gradient"}).at("gradient");
  EXPECT_THAT(gradient.floats(), testing::Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
