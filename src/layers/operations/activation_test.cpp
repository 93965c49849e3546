#include <cmath>

#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

const Tensor kRow = floats({1, 3}, {-2, 0.5F, 8});

TEST(ActivationOperation, ComputesWhatItsNameSays) {
  const std::string x = R"({"x": {"input": 0}})";
  EXPECT_THAT(numbers(call("relu", x, {kRow})[0]), testing::ElementsAre(0, 0.5F, 8));
  EXPECT_THAT(numbers(call("relu6", x, {kRow})[0]), testing::ElementsAre(0, 0.5F, 6));
  EXPECT_THAT(numbers(call("silu", x, {kRow})[0]),
              layers::Near({-2 / (1 + std::exp(2.0F)), 0.5F / (1 + std::exp(-0.5F)), 8 / (1 + std::exp(-8.0F))}));
}

TEST(ActivationOperation, TakesTheSettingsOfItsClass) {
  EXPECT_THAT(numbers(call("leaky_relu", R"({"x": {"input": 0}, "negative_slope": 0.25})", {kRow})[0]),
              testing::ElementsAre(-0.5F, 0.5F, 8));
  const std::vector<float> shares =
      numbers(call("softmax", R"({"x": {"input": 0}, "axis": -1})", {floats({1, 2}, {0, std::log(3.0F)})})[0]);
  EXPECT_THAT(shares, layers::Near({0.25F, 0.75F}));
}

}  // namespace
}  // namespace upkeep::operations
