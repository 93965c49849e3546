#include "maintain/monitor/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/log_testing.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing_logs::kSecond;

Table predictions(const std::vector<std::string>& requests, const std::vector<std::int64_t>& rows, const std::vector<std::int64_t>& times) {
  const Shape shape{static_cast<std::int64_t>(requests.size())};
  Table table;
  table.add("request_id", Tensor(shape, requests));
  table.add("row", Tensor(shape, rows).cast(DType::kInt32));
  table.add("time", Tensor(shape, times));
  table.add("version", Tensor::full<std::int64_t>(shape, 1));
  table.add("latency_us", Tensor::full<std::int64_t>(shape, 100));
  table.add("error", Tensor(shape, std::vector<std::string>(requests.size())));
  return table;
}

Table labels(const std::vector<std::string>& requests, const std::vector<std::int64_t>& rows, const std::vector<double>& values) {
  const Shape shape{static_cast<std::int64_t>(requests.size())};
  Table table;
  table.add("request_id", Tensor(shape, requests));
  table.add("row", Tensor(shape, rows));
  table.add("label", Tensor(shape, values));
  return table;
}

TEST(Join, FindsALabelByRequestAndRow) {
  const JoinedLog log = join_labels(predictions({"a", "a", "b"}, {0, 1, 0}, {1, 2, 3}), labels({"a", "b", "zz"}, {1, 0, 0}, {11, 20, 0}));
  EXPECT_THAT(log.label_rows, ElementsAre(-1, 0, 1));
  EXPECT_FALSE(log.labelled(0));
  EXPECT_TRUE(log.labelled(1));
}

TEST(Join, DoesNotMixUpRequestsThatEndInDigits) {
  const JoinedLog log = join_labels(predictions({"a1", "a"}, {0, 10}, {1, 2}), labels({"a", "a1"}, {10, 0}, {1, 2}));
  EXPECT_THAT(log.label_rows, ElementsAre(1, 0));
}

TEST(Join, OrdersByTimeAndKeepsTheLogsOrderWithinOne) {
  const JoinedLog log = join_labels(predictions({"c", "a", "b"}, {0, 0, 0}, {5, 2, 2}), {});
  EXPECT_THAT(log.predictions.column("request_id").strings(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(log.times, ElementsAre(2, 2, 5));
}

TEST(Join, OfAnEmptyLogIsEmpty) {
  EXPECT_EQ(join_labels({}, labels({"a"}, {0}, {1})).rows(), 0);
  EXPECT_EQ(join_labels(predictions({"a"}, {0}, {1}), {}).take({}).rows(), 0);
}

TEST(Join, SaysWhichColumnIsAbsent) {
  Table table;
  table.add("request_id", Tensor({1}, std::vector<std::string>{"a"}));
  EXPECT_THROW(join_labels(table, {}), Error);
}

TEST(WindowsByTime, StartAtMultiplesAndKeepEmptyOnes) {
  const std::vector<std::int64_t> times = {9 * kSecond, 10 * kSecond, 31 * kSecond};
  const std::vector<std::int64_t> rows = {0, 1, 2};
  const std::vector<Window> windows = windows_by_time(times, rows, seconds(10));
  ASSERT_EQ(windows.size(), 4U);
  EXPECT_EQ(windows[0].begin, TimePoint(seconds(0)));
  EXPECT_EQ(windows[0].end, TimePoint(seconds(10)));
  EXPECT_THAT(windows[0].rows, ElementsAre(0));
  EXPECT_THAT(windows[1].rows, ElementsAre(1));
  EXPECT_THAT(windows[2].rows, IsEmpty());
  EXPECT_THAT(windows[3].rows, ElementsAre(2));
}

TEST(WindowsByTime, RefuseToBecomeMillions) {
  const std::vector<std::int64_t> times = {0, 400 * 86400 * kSecond};
  const std::vector<std::int64_t> rows = {0, 1};
  EXPECT_THROW(windows_by_time(times, rows, seconds(1)), Error);
}

TEST(WindowsByCount, JoinASmallRestWithTheLastOne) {
  const std::vector<std::int64_t> times = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<std::int64_t> rows = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<Window> windows = windows_by_count(times, rows, 4);
  ASSERT_EQ(windows.size(), 2U);
  EXPECT_THAT(windows[1].rows, ElementsAre(4, 5, 6, 7, 8));
  EXPECT_EQ(windows[1].begin, TimePoint(std::chrono::microseconds(5)));
  EXPECT_EQ(windows[1].end, TimePoint(std::chrono::microseconds(10)));
  EXPECT_EQ(windows_by_count(times, rows, 6).size(), 2U);  // three of six are a window of their own
}

TEST(WindowLength, IsARoundOneThatGivesFewEnoughWindows) {
  const TimePoint start{};
  EXPECT_EQ(window_length(start, start, 60), seconds(1));
  EXPECT_EQ(window_length(start, start + seconds(100), 60), seconds(2));
  EXPECT_EQ(window_length(start, start + seconds(3600), 60), seconds(120));
  EXPECT_EQ(window_length(start, start + std::chrono::days(30), 60), seconds(12 * 3600 * 2));
  EXPECT_EQ(window_length(start, start + std::chrono::days(10000), 60), std::chrono::days(7 * 32));
}

}  // namespace
}  // namespace upkeep
