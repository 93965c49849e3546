#include "log/log_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"

namespace upkeep::logs {
namespace {

using testing::ElementsAre;
using testing::IsNan;

Table table(std::vector<std::pair<std::string, Tensor>> columns) {
  Table made;
  for (auto& [name, values] : columns) made.add(name, values);
  return made;
}

TEST(LogFiles, AreNamedByTimeAndNeverTwice) {
  const TimePoint time = time_from_iso8601("2026-01-31T12:00:00.000005Z");
  const std::string first = segment_name("predictions", time), second = segment_name("predictions", time);
  EXPECT_THAT(first, testing::StartsWith("predictions-20260131T120000.000005Z-"));
  EXPECT_NE(first, second);
  EXPECT_LT(first, second);
  EXPECT_LT(second, segment_name("predictions", time + std::chrono::microseconds(1)));
}

TEST(LogFiles, AreListedInTheOrderOfTheirNames) {
  const TemporaryFolder folder;
  for (const char* name : {"labels-2.parquet", "predictions-3.parquet", "labels-1.parquet", ".labels-0.parquet", "labels-4.txt"})
    std::ofstream(folder / name).flush();
  EXPECT_THAT(segments(folder.path(), "labels"), ElementsAre(folder / "labels-1.parquet", folder / "labels-2.parquet"));
  EXPECT_TRUE(segments(folder / "nowhere", "labels").empty());
}

TEST(LogFiles, StackTablesWithTheColumnsOfAll) {
  const Table whole = stack({table({{"a", Tensor({1}, std::vector<std::int64_t>{1})}, {"f", Tensor({1}, std::vector<float>{0.5F})}}),
                             table({{"a", Tensor({1}, std::vector<std::int64_t>{2})}, {"s", Tensor({1}, std::vector<std::string>{"x"})}})});
  EXPECT_THAT(whole.names(), ElementsAre("a", "f", "s"));
  EXPECT_THAT(whole.column("a").data<std::int64_t>(), ElementsAre(1, 2));
  EXPECT_THAT(whole.column("f").floats(), ElementsAre(0.5F, IsNan()));
  EXPECT_THAT(whole.column("s").strings(), ElementsAre("", "x"));
}

TEST(LogFiles, StackColumnsOfDifferentTypes) {
  const auto part = [](Tensor values) { return table({{"x", std::move(values)}}); };
  EXPECT_THAT(
      stack({part(Tensor({1}, std::vector<std::int64_t>{1})), part(Tensor({1}, std::vector<double>{0.5}))}).column("x").data<double>(),
      ElementsAre(1, 0.5));
  EXPECT_THAT(
      stack({part(Tensor({1}, std::vector<std::int64_t>{1})), part(Tensor({1}, std::vector<std::string>{"b"}))}).column("x").strings(),
      ElementsAre("1", "b"));
  const Table gaps = stack({part(Tensor({1}, std::vector<std::int64_t>{7})), table({{"y", Tensor({1}, std::vector<std::int64_t>{1})}})});
  EXPECT_THAT(gaps.column("x").data<double>(), ElementsAre(7, IsNan()));
}

TEST(LogFiles, StackNothing) {
  EXPECT_TRUE(stack({}).names().empty());
  EXPECT_EQ(stack({table({{"x", Tensor({0}, std::vector<float>{})}})}).rows(), 0);
}

}  // namespace
}  // namespace upkeep::logs
