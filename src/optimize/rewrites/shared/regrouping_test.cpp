#include "optimize/rewrites/shared/regrouping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::rewrites {

using testing::ElementsAre;

namespace {

Dims sizes(std::initializer_list<Dim> dims) { return dims; }

}  // namespace

TEST(Regroup, GoesBeforeTheTranspose) {
  // x [n, 5, 8, 2, 8] -> [n, 8, 2, 8, 5] -> [n, 16, 8, 5]
  const auto made = regroup(sizes({"n", 8, 2, 8, 5}), sizes({"n", 16, 8, 5}), {0, 2, 3, 4, 1});
  ASSERT_TRUE(made);
  EXPECT_THAT(made->target, ElementsAre(0, 5, 16, 8));
  EXPECT_THAT(made->permutation, ElementsAre(0, 2, 3, 1));
  const auto apart = regroup(sizes({2, 16, 5}), sizes({2, 4, 4, 5}), {0, 2, 1});
  ASSERT_TRUE(apart);
  EXPECT_THAT(apart->target, ElementsAre(2, 5, 4, 4));
  EXPECT_THAT(apart->permutation, ElementsAre(0, 2, 3, 1));
}

TEST(Regroup, KeepsWhatMixesAxes) {
  EXPECT_FALSE(regroup(sizes({"n", 8, 8, 5}), sizes({"n", 8, 40}), {0, 2, 3, 1}));     // channels into columns
  EXPECT_FALSE(regroup(sizes({"n", 8, 6, 5}), sizes({"n", 12, 4, 5}), {0, 3, 2, 1}));  // rows and columns, which the Transpose exchanges
  EXPECT_FALSE(regroup(sizes({"n", "m", 5}), sizes({"n", "k", 5}), {0, 2, 1}));
  EXPECT_FALSE(regroup(sizes({"n", 8}), sizes({"n", 9}), {0, 1}));
}

}  // namespace upkeep::rewrites
