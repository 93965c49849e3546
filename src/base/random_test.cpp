#include "base/random.hpp"

#include <gtest/gtest.h>

namespace upkeep {

// Known answers of Random123's kat_vectors (philox4x32, 10 rounds): a zero counter with a zero key.
TEST(Random, EqualsThePublishedPhiloxVector) {
  Random random(0);
  EXPECT_EQ(random.next(), 0x6627e8d5U);
  EXPECT_EQ(random.next(), 0xe169c58dU);
  EXPECT_EQ(random.next(), 0xbc57ac4cU);
  EXPECT_EQ(random.next(), 0x9b00dbd8U);
}

TEST(Random, SeedsStreamsAndSubstreamsDiffer) {
  std::set<std::uint32_t> firsts;
  for (const auto& [seed, stream, substream] :
       {std::tuple(1U, 0U, 0U), std::tuple(2U, 0U, 0U), std::tuple(1U, 1U, 0U), std::tuple(1U, 0U, 1U)})
    firsts.insert(Random(seed, stream, substream).next());
  EXPECT_EQ(firsts.size(), 4U);
}

TEST(Random, GoesOnFromItsStateAtAnyPlace) {
  for (const int words : {0, 1, 2, 3, 4, 5, 17}) {
    Random random(7, 8, 9);
    for (int i = 0; i < words; ++i) random.next();
    Random copy = Random::from_state(random.state());
    for (int i = 0; i < 10; ++i) EXPECT_EQ(copy.next(), random.next()) << words;
  }
}

TEST(Random, FillsLikeOneByOne) {
  Random one(3), many(3);
  one.next(), many.next();
  std::vector<float> filled(11);
  many.fill_uniform(filled);
  for (const float value : filled) EXPECT_EQ(value, one.uniform_float());
}

TEST(Random, UniformHasItsMeanAndVariance) {
  Random random(11);
  constexpr int kCount = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = random.uniform();
    ASSERT_TRUE(value >= 0 && value < 1);
    sum += value, squares += value * value;
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(1.0 / 12 / kCount));  // five standard errors
  EXPECT_NEAR(squares / kCount - mean * mean, 1.0 / 12, 5 * std::sqrt(1.0 / 180 / kCount));
}

TEST(Random, NormalHasItsMomentsAndTruncationItsBounds) {
  Random random(12);
  constexpr int kCount = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = random.normal();
    sum += value, squares += value * value;
    ASSERT_LE(std::abs(random.truncated_normal()), 2.0);
  }
  EXPECT_NEAR(sum / kCount, 0, 5 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 5 * std::sqrt(2.0 / kCount));
}

TEST(Random, PermutationsHoldEachNumberOnceAndAreFair) {
  Random random(13);
  int first_is_zero = 0;
  for (int i = 0; i < 6000; ++i) {
    std::vector<std::int64_t> order = random.permutation(3);
    first_is_zero += order[0] == 0;
    std::ranges::sort(order);
    ASSERT_EQ(order, (std::vector<std::int64_t>{0, 1, 2}));
  }
  EXPECT_NEAR(first_is_zero, 2000, 5 * std::sqrt(6000.0 * 2 / 9));
  EXPECT_TRUE(random.permutation(0).empty());
}

TEST(StreamId, IsFnv1a) {  // the empty string and "a", from the algorithm's reference page
  EXPECT_EQ(stream_id(""), 0x811c9dc5U);
  EXPECT_EQ(stream_id("a"), 0xe40c292cU);
}

}  // namespace upkeep
