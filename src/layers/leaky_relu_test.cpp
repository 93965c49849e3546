#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kLeakyReluInput({1, 3}, std::vector<float>{-2, 0, 4});

TEST(LeakyRelu, HasASlopeOfThreeTenthsByDefault) { EXPECT_THAT(values(apply("leaky_relu", kLeakyReluInput)), Near({-0.6F, 0, 4})); }

TEST(LeakyRelu, HasTheSlopeItIsGiven) {
  EXPECT_THAT(values(apply("{leaky_relu: {negative_slope: 0.5}}", kLeakyReluInput)), testing::ElementsAre(-1, 0, 4));
}

}  // namespace
}  // namespace upkeep::layers
