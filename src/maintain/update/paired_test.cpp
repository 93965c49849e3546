#include "maintain/update/paired.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

// Errors of the current and the candidate model on `rows` rows that are hard for both alike.
PairedAnswers answers(std::int64_t rows, std::uint64_t seed, double gain) {
  Random random(seed, stream_id("paired_test"));
  std::vector<float> current;
  std::vector<float> candidate;
  std::vector<float> targets;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double hard = 5 + 4 * random.uniform();
    targets.push_back(0);
    current.push_back(static_cast<float>(hard));
    candidate.push_back(static_cast<float>(hard - gain + 0.5 * random.normal()));
  }
  return {.current = Tensor({rows, 1}, current), .candidate = Tensor({rows, 1}, candidate), .targets = Tensor({rows, 1}, targets)};
}

TEST(Improvement, IsTheDifferenceTurnedSoThatMoreIsBetter) {
  const PairedAnswers two{.current = Tensor({2, 1}, std::vector<float>{3, 3}),
                          .candidate = Tensor({2, 1}, std::vector<float>{1, 2}),
                          .targets = Tensor({2, 1}, std::vector<float>{0, 0})};
  const Improvement found = improvement(two, "mae", 0.95, 1);
  EXPECT_EQ(found.current, 3);
  EXPECT_EQ(found.candidate, 1.5);
  EXPECT_EQ(found.improvement, 1.5);
  const PairedAnswers classes{.current = Tensor({2, 2}, std::vector<float>{1, 0, 1, 0}),
                              .candidate = Tensor({2, 2}, std::vector<float>{1, 0, 0, 1}),
                              .targets = Tensor({2, 1}, std::vector<std::int64_t>{0, 1})};
  EXPECT_EQ(improvement(classes, "accuracy", 0.95, 1).improvement, 0.5);
}

// 200 rows, differences of standard deviation 0.5: the lower bound is gain - 1.645 * 0.5 / sqrt(200) = gain - 0.058, where unpaired
// intervals (standard deviation of the errors 1.15 each) could not tell a gain of 0.15 from none.
TEST(Improvement, PairsRowsSoThatTheirDifficultyCancels) {
  const Improvement found = improvement(answers(200, 3, 0.15), "mae", 0.95, 1);
  EXPECT_NEAR(found.improvement, 0.15, 4 * 0.5 / std::sqrt(200));
  EXPECT_NEAR(found.improvement - found.low, 0.058, 0.015);
}

TEST(Improvement, HasABoundThatHoldsAsOftenAsItSays) {
  int above = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) above += improvement(answers(60, seed, 0), "mae", 0.9, seed).low > 0;
  EXPECT_LE(above, 48);  // binomial(300, 0.1): 30 expected, 48 is 3.5 standard deviations above
}

TEST(Improvement, IsZeroBetweenAModelAndItself) {
  PairedAnswers same = answers(50, 1, 0);
  same.candidate = same.current;
  const Improvement found = improvement(same, "mae", 0.95, 1);
  EXPECT_EQ(found.improvement, 0);
  EXPECT_EQ(found.low, 0);
}

TEST(Improvement, OfNoRowsIsNotANumber) {
  const Improvement none = improvement({.targets = Tensor({0, 1}, std::vector<float>{})}, "mae", 0.95, 1);
  EXPECT_TRUE(std::isnan(none.low));
  EXPECT_TRUE(to_json(none)["low"].is_null());
}

TEST(Improvement, DependsOnTheSeedAlone) {
  EXPECT_EQ(improvement(answers(50, 1, 0.1), "mae", 0.95, 7).low, improvement(answers(50, 1, 0.1), "mae", 0.95, 7).low);
  EXPECT_THAT(to_text(improvement(answers(50, 1, 0.1), "mae", 0.95, 7)), HasSubstr("on 50 rows"));
}

}  // namespace
}  // namespace upkeep
