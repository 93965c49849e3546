#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(Elu, FollowsTheExponentialBelowZero) {  // alpha (e^-1 - 1)
  EXPECT_THAT(values(apply("elu", Tensor({1, 2}, std::vector<float>{-1, 4}))), Near({-0.6321206F, 4}));
  EXPECT_THAT(values(apply("{elu: {alpha: 2}}", Tensor({1, 2}, std::vector<float>{-1, 4}))), Near({-1.2642411F, 4}));
}

}  // namespace
}  // namespace upkeep::layers
