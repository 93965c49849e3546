#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/files.hpp"
#include "data/sources/arrow_table.hpp"
#include "log/labels.hpp"
#include "log/log_files.hpp"
#include "log/reader.hpp"
#include "log/retention.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
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

  LabelCounts append(const Table& labels, TimeUnit unit = TimeUnit::kDetect) {
    return append_labels(folder.path(), "m", labels, {.time_unit = unit, .clock = clock});
  }
  // Answers of one request, all at one time.
  void log(const std::string& id, std::int64_t rows, std::int64_t second = 0) {
    PredictionLog written({.folder = folder.path()});
    written.offer({.request_id = id,
                   .time = LogTime(std::chrono::seconds(second)),
                   .model = "m",
                   .version = 1,
                   .inputs = {{"x", Tensor::full<float>({rows, 1}, 1)}},
                   .outputs = {{"y", Tensor::full<float>({rows, 1}, 1)}}});
  }
  LabelMatch match() { return match_labels(read_predictions(folder.path(), "m"), read_labels(folder.path(), "m")); }
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
  EXPECT_EQ(append(table({{"request_id", texts({"a", "b"})}, {"label", numbers({1.5, 2})}})).labels, 2);
  const Table labels = read_labels(folder.path(), "m");
  EXPECT_THAT(labels.column("request_id").strings(), ElementsAre("a", "b"));
  EXPECT_THAT(labels.column("row").data<std::int32_t>(), ElementsAre(-1, -1));  // no prediction says how many there are
  EXPECT_THAT(labels.column("label").data<double>(), ElementsAre(1.5, 2));
  EXPECT_THAT(labels.column("time").data<std::int64_t>(), ElementsAre(1'000'000'000, 1'000'000'000));
  EXPECT_THAT(labels.column("source").strings(), ElementsAre("", ""));
}

TEST_F(LabelsTest, TheNewestOfEachRequestAndRowWins) {
  append(table({{"request_id", texts({"a", "a", "b"})}, {"row", numbers({0, 1, 0})}, {"label", numbers({1, 2, 3})}}));
  clock.advance(std::chrono::seconds(1));
  append(table({{"request_id", texts({"a"})}, {"row", numbers({0})}, {"label", numbers({10})}}));
  append(table({{"request_id", texts({"b"})},
                {"row", numbers({0})},
                {"label", numbers({30})},
                {"time", texts({"1970-01-01T00:00:05Z"})}}));  // known earlier, told later
  const Table labels = read_labels(folder.path(), "m");
  EXPECT_THAT(labels.column("request_id").strings(), ElementsAre("a", "a", "b"));
  EXPECT_THAT(labels.column("row").data<std::int32_t>(), ElementsAre(1, 0, 0));
  EXPECT_THAT(labels.column("label").data<double>(), ElementsAre(2, 10, 30));
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
  EXPECT_THAT(labels.names(), ElementsAre("request_id", "row", "time", "label", "source", "arrived", "output"));
}

TEST_F(LabelsTest, WithoutRowsAreOfTheOneRowThatTheRequestHas) {
  log("a", 1);
  const LabelCounts counts = append(table({{"request_id", texts({"a"})}, {"label", numbers({7})}}));
  EXPECT_EQ(counts.matched, 1);
  EXPECT_THAT(read_labels(folder.path(), "m").column("row").data<std::int32_t>(), ElementsAre(0));
}

TEST_F(LabelsTest, WithoutRowsAreOfABatchInOrderOrRefused) {
  log("a", 3);
  EXPECT_THAT(refusal(table({{"request_id", texts({"a", "a"})}, {"label", numbers({7, 8})}})),
              HasSubstr("answered 3 rows and has 2 labels"));
  EXPECT_THAT(refusal(table({{"request_id", texts({"a"})}, {"label", numbers({7})}})), HasSubstr("answered 3 rows and has 1 label "));
  EXPECT_THAT(refusal(table({{"request_id", texts({"zz", "zz"})}, {"label", numbers({7, 8})}})),
              HasSubstr("no prediction of it is logged"));
  EXPECT_EQ(append(table({{"request_id", texts({"a", "a", "a"})}, {"label", numbers({7, 8, 9})}})).matched, 3);
  EXPECT_THAT(match().label_rows, ElementsAre(0, 1, 2));
}

TEST_F(LabelsTest, OfAnIdThatStandsForSeveralRequestsAreOfNone) {
  log("a", 1, 0);
  log("b", 1, 0);
  ASSERT_EQ(append(table({{"request_id", texts({"a"})}, {"label", numbers({7})}})).matched, 1);
  log("a", 1, 1);
  EXPECT_THROW(append(table({{"request_id", texts({"a"})}, {"label", numbers({8})}})), Error);
  const LabelCounts counts = append(table({{"request_id", texts({"a", "b"})}, {"label", numbers({8, 9})}}));
  EXPECT_EQ(counts.ambiguous, 1);
  EXPECT_EQ(counts.matched, 1);
  EXPECT_EQ(match().ambiguous, 1);  // the one that came when the id was still of one request
  EXPECT_EQ(std::ranges::count(match().label_rows, -1), 2);
}

TEST_F(LabelsTest, ThatCameBeforeTheirPredictionJoinWhereOneRowIsThere) {
  EXPECT_EQ(append(table({{"request_id", texts({"a", "b"})}, {"label", numbers({7, 8})}})).unmatched, 2);
  log("a", 1);
  log("b", 2);
  EXPECT_EQ(match().ambiguous, 1);
  EXPECT_EQ(std::ranges::count(match().label_rows, -1), 2);
}

TEST_F(LabelsTest, OfAFailedRequestMatchNothing) {
  {
    PredictionLog written({.folder = folder.path()});
    written.offer({.request_id = "a", .model = "m", .version = 1, .error = "no", .inputs = {}, .outputs = {}});
  }
  log("a", 1, 1);  // tried again
  EXPECT_EQ(append(table({{"request_id", texts({"a"})}, {"label", numbers({7})}})).matched, 1);
  EXPECT_THAT(match().label_rows, testing::UnorderedElementsAre(-1, 0));
}

TEST_F(LabelsTest, CountOnesThatALaterOneReplaces) {
  log("a", 1);
  EXPECT_EQ(append(table({{"request_id", texts({"a", "a"})}, {"row", numbers({0, 0})}, {"label", numbers({7, 8})}})).replaced, 1);
  EXPECT_THAT(read_labels(folder.path(), "m").column("label").data<double>(), ElementsAre(8));
}

TEST_F(LabelsTest, ArriveBehindTheOthersWhateverTheClockSays) {
  append(table({{"request_id", texts({"a"})}, {"row", numbers({0})}, {"label", numbers({1})}}));
  clock = ManualClock(TimePoint(std::chrono::seconds(10)));  // set back
  append(table({{"request_id", texts({"a"})}, {"row", numbers({0})}, {"label", numbers({2})}}));
  EXPECT_THAT(read_labels(folder.path(), "m").column("label").data<double>(), ElementsAre(2));
}

TEST_F(LabelsTest, TimesAreNumbersOfAUnitThatIsSaidOrCertain) {
  const auto time_of = [&](Tensor time, TimeUnit unit = TimeUnit::kDetect) {
    append(table({{"request_id", texts({"a"})}, {"row", numbers({0})}, {"label", numbers({1})}, {"time", std::move(time)}}), unit);
    return read_labels(folder.path(), "m").column("time").data<std::int64_t>()[0];
  };
  const auto whole = [](std::int64_t value) { return Tensor({1}, std::vector<std::int64_t>{value}); };
  for (const std::int64_t per_second : {1LL, 1000LL, 1'000'000LL, 1'000'000'000LL})
    EXPECT_EQ(time_of(whole(1'790'000'000 * per_second)), 1'790'000'000'000'000);
  EXPECT_EQ(time_of(numbers({1'790'000'000.25})), 1'790'000'000'250'000);
  EXPECT_EQ(time_of(whole(5), TimeUnit::kSeconds), 5'000'000);
  EXPECT_EQ(time_of(texts({"2026-01-31T14:00:00+02:00"})), time_from_iso8601("2026-01-31T12:00:00Z").time_since_epoch().count());
  EXPECT_THROW(time_of(whole(5)), Error);
  EXPECT_THROW(time_of(texts({"2026-01-31T14:00:00"})), Error);
}

TEST_F(LabelsTest, IdsAreTextsOrWholeNumbers) {
  append(table({{"request_id", Tensor({1}, std::vector<std::uint64_t>{18446744073709551615ULL})}, {"label", numbers({1})}}));
  EXPECT_THAT(read_labels(folder.path(), "m").column("request_id").strings(), ElementsAre("18446744073709551615"));
  EXPECT_THROW(append(table({{"request_id", numbers({1e20})}, {"label", numbers({1})}})), Error);
  EXPECT_THROW(append(table({{"request_id", numbers({0.5})}, {"label", numbers({1})}})), Error);
}

TEST_F(LabelsTest, NumbersAndTextsAreTextsTogether) {
  append(table({{"request_id", texts({"a"})}, {"label", numbers({1})}}));
  append(table({{"request_id", texts({"b"})}, {"label", texts({"cat"})}}));
  EXPECT_THAT(read_labels(folder.path(), "m").column("label").strings(), ElementsAre("1", "cat"));
}

TEST_F(LabelsTest, AreGivenByProgramsToo) {
  log("a", 2);
  const LabelCounts counts = append_labels(folder.path(), "m",
                                           std::vector<Label>{{.request_id = "a", .row = 1, .value = 3.0, .time = {}, .source = "till"},
                                                              {.request_id = "b", .row = {}, .value = "x", .time = {}, .source = {}}});
  EXPECT_EQ(counts.matched, 1);
  EXPECT_EQ(counts.unmatched, 1);
  EXPECT_THAT(read_labels(folder.path(), "m").column("row").data<std::int32_t>(), ElementsAre(1, -1));
}

// A model of two outputs, y and z.
class LabelsOfOutputs : public LabelsTest {
 protected:
  void log_two(const std::string& id, std::int64_t rows) {
    PredictionLog written({.folder = folder.path()});
    written.offer({.request_id = id,
                   .time = LogTime(std::chrono::seconds(1)),
                   .model = "m",
                   .version = 1,
                   .inputs = {{"x", Tensor::full<float>({rows, 1}, 1)}},
                   .outputs = {{"y", Tensor::full<float>({rows, 1}, 1)}, {"z", Tensor::full<float>({rows, 1}, 1)}}});
  }
  static Table labels(std::vector<std::string> ids, std::vector<double> values, std::vector<std::string> outputs) {
    Table table;
    table.add("request_id", texts(std::move(ids)));
    table.add("label", numbers(std::move(values)));
    table.add("output", texts(std::move(outputs)));
    return table;
  }
};

TEST_F(LabelsOfOutputs, StandBesideEachOther) {
  log_two("a", 1);
  const LabelCounts counts = append(labels({"a", "a", "a"}, {1, 2, 3}, {"", "z", "z"}));
  EXPECT_EQ(counts.matched, 3);
  EXPECT_EQ(counts.replaced, 1);
  const Table read = read_labels(folder.path(), "m");
  EXPECT_THAT(read.column("output").strings(), ElementsAre("", "z"));
  EXPECT_THAT(read.column("label").data<double>(), ElementsAre(1, 3));
  const Table predictions = read_predictions(folder.path(), "m");
  EXPECT_THAT(match_labels(predictions, read, {""}).label_rows, ElementsAre(0));
  EXPECT_THAT(match_labels(predictions, read, {"z"}).label_rows, ElementsAre(1));
}

TEST_F(LabelsOfOutputs, WithoutRowsAreOfABatchInOrderForEachOutput) {
  log_two("b", 2);
  append(labels({"b", "b", "b", "b"}, {1, 2, 3, 4}, {"y", "z", "y", "z"}));
  const Table read = read_labels(folder.path(), "m");
  EXPECT_THAT(read.column("row").data<std::int32_t>(), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(read.column("label").data<double>(), ElementsAre(1, 2, 3, 4));
}

TEST_F(LabelsOfOutputs, WithoutRowsForSomeOfABatchAreRefused) {
  log_two("b", 2);
  EXPECT_THAT(refusal(labels({"b", "b", "b"}, {1, 2, 3}, {"y", "y", "z"})), HasSubstr("1 label of output \"z\" without"));
}

TEST_F(LabelsOfOutputs, AreRefusedOfOneThatTheLogDoesNotHave) {
  log_two("a", 1);
  EXPECT_THAT(refusal(labels({"a"}, {1}, {"zed"})), AllOf(HasSubstr("unknown output \"zed\""), HasSubstr("z")));
}

// The files' filters say which of them may have an id: what is no Parquet but for its footer is not read for others.
TEST_F(LabelsTest, OfUnknownIdsDoNotReadTheLog) {
  for (const char* id : {"a", "b", "c"}) log(id, 1);
  compact_log(folder.path(), "m");
  const std::filesystem::path file = log_files(folder / "m", LogKind::kPredictions).front().path;
  EXPECT_TRUE(sources::may_hold_any(file, "request_id", {"x1", "b"}));
  EXPECT_FALSE(sources::may_hold_any(file, "request_id", {"x1", "x2"}));
  std::string bytes = read_file(file);
  bytes.replace(4, 40, 40, '\xff');  // the first column's pages
  write_file(file, bytes);
  Table labels;
  labels.add("request_id", texts({"x1"}));
  labels.add("label", numbers({1}));
  EXPECT_EQ(append(labels).unmatched, 1);
  Table known;
  known.add("request_id", texts({"b"}));
  known.add("label", numbers({1}));
  EXPECT_THROW(append(known), Error);  // its pages are read
}

}  // namespace
}  // namespace upkeep
