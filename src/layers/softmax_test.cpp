#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// exp(log n) = n: probabilities by counting.
const Tensor kSoftmaxInput({1, 2, 2}, std::vector<float>{std::log(1.0F), std::log(3.0F), std::log(4.0F), std::log(1.0F)});

TEST(Softmax, SumsToOneAlongTheLastAxis) { EXPECT_THAT(values(apply("softmax", kSoftmaxInput)), Near({0.25F, 0.75F, 0.8F, 0.2F})); }

TEST(Softmax, SumsToOneAlongTheAxisItIsTold) {
  EXPECT_THAT(values(apply("{softmax: {axis: 1}}", kSoftmaxInput)), Near({0.2F, 0.75F, 0.8F, 0.25F}));
}

}  // namespace
}  // namespace upkeep::layers
