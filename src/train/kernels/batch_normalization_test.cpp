#include "runtime/session.hpp"
#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

const std::vector<Shape> kBatchShapes = {{7, 3}, {4, 5, 6}, {3, 4, 5, 5}, {2, 3, 2, 3, 4}, {16, 40, 13, 11}};

TEST(BatchNormalizationKernel, MatchesItsExpansion) {
  for (const Shape& shape : kBatchShapes) {
    SCOPED_TRACE(to_string(shape));
    const Shape channels{shape[1]};
    EXPECT_KERNEL_MATCHES_EXPANSION(
        "BatchNormalization",
        {numbers(shape, 1, -1, 3), numbers(channels, 2), numbers(channels, 3), numbers(channels, 4), numbers(channels, 5, 0.5, 2)},
        {.attributes = {{"epsilon", 1e-3F}, {"momentum", 0.75F}}, .tolerance = 3e-6});
    EXPECT_KERNEL_MATCHES_EXPANSION(
        "BatchNormalizationGrad",
        {numbers(shape, 1, -1, 3), numbers(channels, 2), numbers(channels, 3), numbers(channels, 4, 0.5, 2), numbers(shape, 5)},
        {.tolerance = 5e-6});
  }
}

TEST(BatchNormalizationKernel, KeepsVarianceWhereTheMeanIsLarge) {
  const Tensor x({4, 1}, std::vector<float>{1000, 1001, 1002, 1005});
  const Tensor one({1}, std::vector<float>{1});
  Model model;
  Ops ops(model);
  const Value in = ops.input("x", DType::kFloat32, {4, 1});
  const Value ones = ops.constant(one);
  const std::vector<Value> made = apply(ops, "BatchNormalization", {in, ones, ones, ones, ones}, {{"momentum", 0.0F}});
  ops.output(made[2], "variance");
  const Tensor variance = Session(model, {.threads = 1, .kernels = &domain()}).run({{"x", x}}).at("variance");
  EXPECT_FLOAT_EQ(variance.floats()[0], 3.5F);  // the population's
}

}  // namespace
}  // namespace upkeep::kernels
