#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(GeluGradient, MatchesFiniteDifferences) {
  for (const char* approximate : {"none", "tanh"}) {
    SCOPED_TRACE(approximate);
    EXPECT_GRADIENT("Gelu", {random_tensor({3, 4}, {.low = -3, .high = 3})}, {{"approximate", std::string(approximate)}});
    EXPECT_GRADIENT("Gelu", {random_tensor({})}, {{"approximate", std::string(approximate)}});
  }
}

TEST(GeluGradient, StaysFiniteFarOut) {
  for (const char* approximate : {"none", "tanh"})
    EXPECT_THAT(gradient("Gelu", {Tensor({2}, std::vector<float>{-1e20f, 1e20f})}, {{"approximate", std::string(approximate)}}),
                ElementsAre(0, 1));
}

}  // namespace
}  // namespace upkeep::gradients
