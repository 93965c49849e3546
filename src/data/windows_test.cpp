#include "data/windows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep {

using testing::ElementsAre;

// Row i holds i and 10 i; its target is 100 i.
static Dataset steps(std::int64_t rows, bool targets) {
  Dataset data;
  std::vector<float> x, y;
  for (std::int64_t i = 0; i < rows; ++i) {
    x.insert(x.end(), {static_cast<float>(i), static_cast<float>(10 * i)});
    y.push_back(static_cast<float>(100 * i));
  }
  data.inputs.emplace("x", Tensor({rows, 2}, x));
  data.targets = targets ? Tensor({rows, 1}, y) : Tensor({rows, 0}, std::vector<float>{});
  return data;
}

TEST(Windows, AreRowsThatFollowEachOtherWithTheTargetBehind) {
  const Dataset made = windows_of(steps(6, true), {.window = 3, .stride = 2, .horizon = 1}, {});
  EXPECT_EQ(made.inputs.at("x").shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(made.inputs.at("x").floats(), ElementsAre(0, 0, 1, 10, 2, 20, 2, 20, 3, 30, 4, 40));
  EXPECT_THAT(made.targets.floats(), ElementsAre(300, 500));
  EXPECT_THAT(made.table_rows, ElementsAre(2, 4));
  EXPECT_THAT(made.spans, ElementsAre(Span{0, 0, 3}, Span{0, 2, 5}));
}

TEST(Windows, ReachTheLastRowWhereNothingIsToBeLearned) {
  const Dataset made = windows_of(steps(5, false), {.window = 3, .stride = 1, .horizon = 2}, {});
  EXPECT_THAT(made.table_rows, ElementsAre(2, 3, 4));
  EXPECT_EQ(made.rows(), 3);
}

TEST(Windows, StayWithinTheirSeries) {
  const std::vector<std::string> machines = {"a", "b", "a", "b", "a", "a"};  // rows 0 2 4 5, and 1 3
  const Dataset made = windows_of(steps(6, true), {.window = 2, .stride = 1, .horizon = 1}, machines);
  EXPECT_THAT(made.targets.floats(), ElementsAre(400, 500));
  EXPECT_THAT(made.inputs.at("x").floats(), ElementsAre(0, 0, 2, 20, 2, 20, 4, 40));
  EXPECT_THAT(made.take({1}).spans, ElementsAre(Span{0, 1, 3}));
}

TEST(Windows, OfEverySeriesTheLatestAreLast) {
  const std::vector<std::string> machines = {"a", "a", "a", "a", "b", "b", "b", "b"};
  const Dataset made = windows_of(steps(8, true), {.window = 1, .stride = 1, .horizon = 1}, machines);
  EXPECT_THAT(made.targets.floats(), ElementsAre(100, 500, 200, 600, 300, 700));
}

TEST(Windows, SayWhenThereAreTooFewRows) { EXPECT_THROW(windows_of(steps(3, true), {.window = 3, .stride = 1, .horizon = 1}, {}), Error); }

}  // namespace upkeep
