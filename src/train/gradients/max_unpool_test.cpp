#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using UnpoolInts = std::vector<std::int64_t>;

TEST(MaxUnpoolGradient, MatchesFiniteDifferences) {
  const Tensor indices({1, 2, 2, 2}, UnpoolInts{5, 7, 8, 10, 16, 19, 28, 31});
  const std::vector<Attribute> attributes{{"kernel_shape", UnpoolInts{2, 2}}, {"strides", UnpoolInts{2, 2}}};
  EXPECT_GRADIENT("MaxUnpool", {random_tensor({1, 2, 2, 2}), indices}, attributes);
  const Tensor few({1, 1, 2, 2}, UnpoolInts{5, 7, 13, 15});
  EXPECT_GRADIENT("MaxUnpool", {random_tensor({1, 1, 2, 2}), few, ints({1, 1, 5, 5})}, attributes);
  EXPECT_SECOND_GRADIENT("MaxUnpool", {random_tensor({1, 1, 2, 2}), few}, attributes);
}

TEST(Col2ImGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Col2Im", {random_tensor({1, 8, 6}), ints({4, 3}), ints({2, 2})});
  EXPECT_GRADIENT("Col2Im", {random_tensor({2, 6, 4}), ints({5, 5}), ints({1, 3})},
                  {{"strides", UnpoolInts{3, 2}}, {"dilations", UnpoolInts{1, 1}}});
  EXPECT_GRADIENT("Col2Im", {random_tensor({1, 4, 20}), ints({4, 4}), ints({2, 2})},
                  {{"pads", UnpoolInts{1, 0, 1, 2}}, {"dilations", UnpoolInts{1, 2}}, {"strides", UnpoolInts{1, 1}}});
  EXPECT_SECOND_GRADIENT("Col2Im", {random_tensor({1, 4, 4}), ints({3, 3}), ints({2, 2})});
}

}  // namespace
}  // namespace upkeep::gradients
