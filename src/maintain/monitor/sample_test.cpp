#include "maintain/monitor/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::Pair;

template <typename Float>
void expect_sorted_as_the_library_sorts() {
  std::mt19937_64 engine(7);
  std::normal_distribution<double> draw(0, 100);
  std::vector<Float> rows;
  for (int i = 0; i < 5000; ++i) rows.push_back(static_cast<Float>(i % 3 == 0 ? std::floor(draw(engine)) : draw(engine)));
  constexpr Float kInfinite = std::numeric_limits<Float>::infinity();
  for (const Float value :
       {kInfinite, -kInfinite, std::numeric_limits<Float>::quiet_NaN(), -std::numeric_limits<Float>::quiet_NaN(), Float{-0.0F},
        std::numeric_limits<Float>::denorm_min(), std::numeric_limits<Float>::lowest(), std::numeric_limits<Float>::max()})
    rows.push_back(value);
  std::vector<double> sorted;
  std::ranges::copy_if(rows, std::back_inserter(sorted), [](Float value) { return !std::isnan(value); });
  std::ranges::sort(sorted);
  const Sample sample(Tensor({std::ssize(rows)}, rows));
  EXPECT_THAT(sample.values(), ElementsAreArray(sorted));
  EXPECT_EQ(sample.missing(), 2);
  EXPECT_EQ(sample.finite().size(), sorted.size() - 2);
}

TEST(Sample, SortsFloatsAndDoublesAsComparingDoes) {
  expect_sorted_as_the_library_sorts<float>();
  expect_sorted_as_the_library_sorts<double>();
}

TEST(Sample, KnowsRanks) {
  const Sample sample = std::vector<double>{3, 1, NAN, 2, 2};
  EXPECT_EQ(sample.size(), 4);
  EXPECT_EQ(sample.below(2), 1);
  EXPECT_EQ(sample.up_to(2), 3);
  EXPECT_EQ(sample.at(3), 3);
  EXPECT_EQ(sample.take({0, 2}).rows(), 2);
}

TEST(Sample, AnswersTheSameWhenItIsCounted) {
  const Sample rows = std::vector<double>{1, 1, 1, 4, 6, 6, 9, NAN};
  const Sample counted = Sample::counted({1, 4, 5, 6, 9}, {3, 1, 0, 2, 1}, 1);
  EXPECT_EQ(counted.rows(), rows.rows());
  for (const double x : {0.0, 1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 9.0, 10.0}) {
    EXPECT_EQ(counted.below(x), rows.below(x)) << x;
    EXPECT_EQ(counted.up_to(x), rows.up_to(x)) << x;
  }
  for (std::int64_t rank = 0; rank < rows.size(); ++rank) EXPECT_EQ(counted.at(rank), rows.at(rank));
  std::vector<std::pair<double, std::int64_t>> distinct;
  counted.for_each_distinct([&](double value, std::int64_t count) { return distinct.emplace_back(value, count), true; });
  EXPECT_THAT(distinct, ElementsAre(Pair(1, 3), Pair(4, 1), Pair(6, 2), Pair(9, 1)));
}

TEST(Words, CountTextsWholeNumbersAndOthers) {
  EXPECT_THAT(Words(std::vector<std::string>{"b", "", "a", "b"}).counts(), ElementsAre(Pair("a", 1), Pair("b", 2)));
  EXPECT_THAT(Words(Tensor({2}, std::vector<std::int64_t>{9007199254740993, 9007199254740992})).counts(),
              ElementsAre(Pair("9007199254740992", 1), Pair("9007199254740993", 1)));
  const Words numbers(Tensor({3}, std::vector<double>{2, 2.5, NAN}));
  EXPECT_THAT(numbers.counts(), ElementsAre(Pair("2", 1), Pair("2.5", 1)));
  EXPECT_EQ(numbers.missing(), 1);
}

TEST(SampleCache, RoundsToTheNarrowerType) {
  SampleCache cache;
  const Tensor column({1}, std::vector<double>{0.1});
  EXPECT_EQ(cache.numbers(column, DType::kFloat32).smallest(), static_cast<double>(0.1F));
  EXPECT_EQ(cache.numbers(column, DType::kUndefined).smallest(), 0.1);
  EXPECT_EQ(cache.words(column, DType::kFloat32).counts().begin()->first, "0.10000000149011612");
}

}  // namespace
}  // namespace upkeep
