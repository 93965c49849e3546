#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kReluInput({1, 5}, std::vector<float>{-2, -0.5F, 0.25F, 1, 5});

TEST(Relu, CutsOffBelowZero) { EXPECT_THAT(values(apply("relu", kReluInput)), testing::ElementsAre(0, 0, 0.25, 1, 5)); }

TEST(Relu, HasASlopeBelowTheThresholdAndALimit) {  // 0.5 * (x - 0.5) below 0.5
  EXPECT_THAT(values(apply("{relu: {max_value: 3, negative_slope: 0.5, threshold: 0.5}}", kReluInput)),
              testing::ElementsAre(-1.25, -0.5, -0.125, 1, 3));
}

TEST(Relu, RefusesANegativeSlope) {
  EXPECT_THAT(message_of([] { apply("{relu: {negative_slope: -1}}", kReluInput); }),
              testing::HasSubstr("relu.negative_slope: -1 is outside"));
}

}  // namespace
}  // namespace upkeep::layers
