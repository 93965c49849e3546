#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

const RandomRange kPositive{.low = 0.5, .high = 2, .seed = 4};

TEST(BatchNormalizationGradient, MatchesFiniteDifferencesWithGivenStatistics) {
  for (const Shape& shape : {Shape{3, 2}, Shape{2, 3, 2}, Shape{2, 2, 2, 2}}) {
    SCOPED_TRACE(to_string(shape));
    const Shape channels{shape[1]};
    EXPECT_GRADIENT("BatchNormalization",
                    {random_tensor(shape), random_tensor(channels, {.seed = 2}), random_tensor(channels, {.seed = 3}),
                     random_tensor(channels, {.seed = 5}), random_tensor(channels, kPositive)},
                    {{"epsilon", 1e-3f}});
  }
}

TEST(BatchNormalizationGradient, IsRefusedWhileTraining) {
  const Tensor ones = Tensor::full(Shape{2}, 1.0f);
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {4, 2});
  const Value one = ops.constant(ones);
  const std::vector<Value> made = ops.nodes("BatchNormalization", {x, one, one, one, one}, 3, {{"training_mode", std::int64_t{1}}});
  EXPECT_THROW(differentiate(ops, ops.reduce_sum(made[0], {0, 1}), {x}), Error);
}

}  // namespace
}  // namespace upkeep::gradients
