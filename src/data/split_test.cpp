#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitTail, HoldsOutTheLastRows) {
  const Split split = split_tail(5, 0.4);
  EXPECT_THAT(split.first, ElementsAre(0, 1, 2));
  EXPECT_THAT(split.second, ElementsAre(3, 4));
  EXPECT_THAT(split_tail(3, 0).second, IsEmpty());
}

// int(math.floor(rows * (1.0 - fraction))) in Python 3.11, where the doubles do not fall on the round number.
TEST(SplitTail, CutsWhereKerasCuts) {
  EXPECT_EQ(split_tail(442, 0.2).first.size(), 353U);
  EXPECT_EQ(split_tail(100, 0.1).first.size(), 90U);
  EXPECT_EQ(split_tail(1797, 0.15).first.size(), 1527U);
  EXPECT_EQ(split_tail(3, 0.1).first.size(), 2U);
  EXPECT_THROW(split_tail(10, 0.9), Error) << "10 * (1 - 0.9) is 0.9999999999999998, where Keras refuses too";
}

TEST(SplitTail, RefusesAnEmptyPartAndAFractionOutside) {
  EXPECT_THROW(split_tail(1, 0.5), Error);
  EXPECT_THROW(split_tail(10, 1.0), Error);
  EXPECT_THROW(split_tail(10, -0.1), Error);
}

TEST(SplitRandom, IsADivisionOfAllRowsAndTheSameForTheSameSeed) {
  const Split split = split_random(100, 0.25, 7);
  EXPECT_EQ(split.first.size(), 75U);
  std::vector<std::int64_t> all = split.first;
  all.insert(all.end(), split.second.begin(), split.second.end());
  std::ranges::sort(all);
  for (std::int64_t row = 0; row < 100; ++row) EXPECT_EQ(all[static_cast<std::size_t>(row)], row);
  EXPECT_TRUE(std::ranges::is_sorted(split.second));
  EXPECT_EQ(split_random(100, 0.25, 7).second, split.second);
  EXPECT_NE(split_random(100, 0.25, 8).second, split.second);
}

TEST(SplitStratified, HoldsOutTheSameShareOfEveryClassOfASortedTable) {
  std::vector<std::int64_t> classes(50, 0);
  classes.insert(classes.end(), 30, 7);
  classes.insert(classes.end(), 20, 9);
  const Split split = split_stratified(classes, 0.2, 3);
  const auto held = [&](std::int64_t one) {
    return std::ranges::count_if(split.second, [&](std::int64_t row) { return classes[static_cast<std::size_t>(row)] == one; });
  };
  EXPECT_EQ(held(0), 10);
  EXPECT_EQ(held(7), 6);
  EXPECT_EQ(held(9), 4);
  std::vector<std::int64_t> all = split.first;
  all.insert(all.end(), split.second.begin(), split.second.end());
  std::ranges::sort(all);
  for (std::int64_t row = 0; row < 100; ++row) EXPECT_EQ(all[static_cast<std::size_t>(row)], row);
  EXPECT_EQ(split_stratified(classes, 0.2, 3).second, split.second);
  EXPECT_NE(split_stratified(classes, 0.2, 4).second, split.second);
}

TEST(SplitStratified, KeepsARowOfEveryClassToTrainOn) {
  const std::vector<std::int64_t> classes = {0, 1, 1, 2, 2, 2, 2, 2, 2, 2};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split split = split_stratified(classes, 0.5, seed);
    EXPECT_EQ(split.second.size(), 5U);
    for (const std::int64_t one : {0, 1, 2})
      EXPECT_TRUE(std::ranges::any_of(split.first, [&](std::int64_t row) { return classes[static_cast<std::size_t>(row)] == one; }))
          << seed;
  }
}

TEST(SplitStratified, HoldsOutAsManyRowsAsAskedWhereEveryRowIsAClass) {
  EXPECT_EQ(split_stratified(std::vector<std::int64_t>{5, 6, 7, 8}, 0.5, 1).second.size(), 2U);
}

}  // namespace
}  // namespace upkeep
