#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/files.hpp"
#include "log/prediction_log.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Table table(std::vector<std::pair<std::string, Tensor>> columns) {
  Table made;
  for (auto& [name, values] : columns) made.add(name, values);
  return made;
}
Tensor texts(std::vector<std::string> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor(shape, std::move(values));
}
Tensor numbers(std::vector<double> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor(shape, std::move(values));
}

class LabelsTest : public testing::Test {
 protected:
  TemporaryFolder folder;
  ManualClock clock{TimePoint(std::chrono::seconds(1000))};

  std::int64_t append(const Table& labels) { return append_labels(folder.path(), "m", labels, clock); }
  std::string refusal(const Table& labels) {
    try {
      append(labels);
    } catch (const Error& error) {
      EXPECT_EQ(read_labels(folder.path(), "m").rows(), 0) << "nothing may be appended";
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(LabelsTest, ReadBackWithDefaults) {
  EXPECT_EQ(append(table({{"request_id", texts({"a", "b"})}, {"label", numbers({1.5, 2})}})), 2);
  const Table labels = read_labels(folder.path(), "m");
  EXPECT_THAT(labels.column("request_id").strings(), ElementsAre("a", "b"));
  EXPECT_THAT(labels.column("row").data<std::int32_t>(), ElementsAre(0, 0));
  EXPECT_THAT(labels.column("label").data<double>(), ElementsAre(1.5, 2));
  EXPECT_THAT(labels.column("time").data<std::int64_t>(), ElementsAre(1'000'000'000, 1'000'000'000));
  EXPECT_THAT(labels.column("source").strings(), ElementsAre("", ""));
}

TEST_F(LabelsTest, TheNewestOfEachRequestAndRowWins) {
  append(table({{"request_id", texts({"a", "a", "b"})}, {"row", numbers({0, 1, 0})}, {"label", numbers({1, 2, 3})}}));
  clock.advance(std::chrono::seconds(1));
  append(table({{"request_id", texts({"a"})}, {"label", numbers({10})}}));
  append(table({{"request_id", texts({"b"})}, {"label", numbers({30})}, {"time", numbers({5})}}));  // known earlier, told later
  const Table labels = read_labels(folder.path(), "m");
  EXPECT_THAT(labels.column("request_id").strings(), ElementsAre("a", "b", "a"));
  EXPECT_THAT(labels.column("row").data<std::int32_t>(), ElementsAre(1, 0, 0));
  EXPECT_THAT(labels.column("label").data<double>(), ElementsAre(2, 3, 10));
}

TEST_F(LabelsTest, OfTwoWithTheSameTimeTheLaterOneWins) {
  for (const double label : {1.0, 2.0, 3.0}) append(table({{"request_id", texts({"a"})}, {"label", numbers({label})}}));
  EXPECT_THAT(read_labels(folder.path(), "m").column("label").data<double>(), ElementsAre(3));
}

TEST_F(LabelsTest, TakeTextNumbersAndTimes) {
  append(table(
      {{"request_id", numbers({17})}, {"label", texts({"cat"})}, {"time", texts({"1970-01-01T00:00:07Z"})}, {"source", texts({"audit"})}}));
  const Table labels = read_labels(folder.path(), "m");
  EXPECT_THAT(labels.column("request_id").strings(), ElementsAre("17"));
  EXPECT_THAT(labels.column("label").strings(), ElementsAre("cat"));
  EXPECT_THAT(labels.column("time").data<std::int64_t>(), ElementsAre(7'000'000));
  EXPECT_THAT(labels.column("source").strings(), ElementsAre("audit"));
}

TEST_F(LabelsTest, RefuseWhatIsWrongWithItsRow) {
  EXPECT_THAT(refusal(table({{"request_id", texts({"a"})}})), HasSubstr("label"));
  EXPECT_THAT(refusal(table({{"label", numbers({1})}})), HasSubstr("request_id"));
  EXPECT_THAT(refusal(table({{"request_id", texts({"a", "b"})}, {"label", numbers({1, NAN})}})),
              HasSubstr("row 2 of the labels: the label is missing"));
  EXPECT_THAT(refusal(table({{"request_id", texts({"a", ""})}, {"label", numbers({1, 2})}})),
              HasSubstr("row 2 of the labels: the request_id is missing"));
  EXPECT_THAT(refusal(table({{"request_id", texts({"a"})}, {"label", numbers({1})}, {"row", numbers({-1})}})),
              HasSubstr("\"row\" needs 0, 1, ..."));
  EXPECT_THAT(refusal(table({{"request_id", texts({"a"})}, {"label", numbers({1})}, {"lable", numbers({1})}})), HasSubstr("lable"));
  EXPECT_THAT(refusal(table({{"request_id", texts({"a"})}, {"label", numbers({1})}, {"time", texts({"yesterday"})}})),
              HasSubstr("row 1 of the labels"));
}

TEST_F(LabelsTest, ThatAreNoneHaveNoRowsButTheirColumns) {
  const Table labels = read_labels(folder.path(), "m");
  EXPECT_EQ(labels.rows(), 0);
  EXPECT_THAT(labels.names(), ElementsAre("request_id", "row", "time", "label", "source"));
}

}  // namespace
}  // namespace upkeep
