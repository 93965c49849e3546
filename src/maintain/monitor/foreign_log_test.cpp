#include "maintain/monitor/foreign_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "maintain/monitor/quality.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Signature of_scores(Answer answer, std::vector<std::string> classes, std::int64_t width) {
  return {.inputs = {{.name = "x",
                      .dtype = DType::kFloat32,
                      .dims = {{-1, 2}},
                      .features = {{.column = "age", .categories = {}}, {.column = "size", .categories = {}}}}},
          .outputs = {{.name = "p",
                       .dtype = DType::kFloat32,
                       .dims = {{-1, width}},
                       .answer = answer,
                       .classes = std::move(classes),
                       .targets = {"bought"}}}};
}

class ForeignLogTest : public testing::Test {
 protected:
  ReadForeignLog read(const std::string& csv, ForeignLog what, const Signature& signature) const {
    write_file(folder / "log.csv", csv);
    what.tables = folder / "log.csv";
    return read_foreign_log(what, signature);
  }
  std::string refusal(const std::string& csv, const ForeignLog& what, const Signature& signature) const {
    try {
      read(csv, what, signature);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  static Quality quality(const ReadForeignLog& read, const Signature& signature, const std::vector<std::string>& metrics) {
    std::vector<std::int64_t> rows;
    for (std::int64_t row = 0; row < read.log.rows(); ++row) rows.push_back(row);
    return measure_quality(read.log, rows, {.outputs = {.otherwise = signature_in(read, signature)}, .metrics = metrics});
  }

  const TemporaryFolder folder;
};

TEST_F(ForeignLogTest, NamesColumnsByTheSignatureAndOrdersRowsByTime) {
  const Signature signature = of_scores(Answer::kBinary, {"no", "yes"}, 1);
  const ReadForeignLog got = read(
      "at,order,size,age,score,paid,other\n"
      "2026-01-02T00:00:00+02:00,007,5,30,0.9,yes,1\n"
      "2026-01-01T12:00:00Z,008,6,40,0.2,yes,1\n"
      "2026-01-01 13:00:00,009,7,50,0.4,,1\n",
      {.time = "at", .id = "order", .labels = {"paid"}, .predictions = {"score"}}, signature);
  EXPECT_THAT(got.log.predictions.column("request_id").strings(), ElementsAre("008", "009", "007"));
  EXPECT_THAT(integers(got.log.predictions.column("in.age")), ElementsAre(40, 50, 30));
  EXPECT_THAT(doubles(got.log.predictions.column("out.p.0")), ElementsAre(0.2, 0.4, 0.9));
  EXPECT_THAT(got.log.label_rows, ElementsAre(0, -1, 2));
  EXPECT_EQ(got.log.times[2] - got.log.times[0], std::int64_t{10} * 3600 * 1'000'000);  // 22:00 and 12:00 UTC
  EXPECT_THAT(got.notes, ElementsAre("1 times without an offset are taken as UTC"));
  EXPECT_FALSE(got.log.predictions.has("in.other"));
  EXPECT_NEAR(find(quality(got, signature, {"accuracy"}).metrics, "accuracy").value, 0.5, 1e-9);
}

TEST_F(ForeignLogTest, ReadsWholeNumbersOfABinaryAnswerAsClasses) {
  Signature signature = of_scores(Answer::kBinary, {"no", "yes"}, 1);
  signature.outputs.front().threshold = 0;  // logits: as a score, 0 would be yes
  const ReadForeignLog got = read("t,age,size,answer,bought\n1790000000,1,2,0,no\n1790000001,1,2,1,yes\n1790000002,1,2,0,yes\n",
                                  {.time = "t", .labels = {"bought"}, .predictions = {"answer"}}, signature);
  EXPECT_THAT(got.log.predictions.column("out.p.0").strings(), ElementsAre("no", "yes", "no"));
  EXPECT_THAT(got.labels, ElementsAre("p"));
  EXPECT_NEAR(find(quality(got, signature, {}).metrics, "accuracy").value, 2.0 / 3, 1e-6);
}

TEST_F(ForeignLogTest, TakesScoresOfClassesInTheirOrderOrOneColumnOfClasses) {
  const Signature signature = of_scores(Answer::kClasses, {"a", "b", "c"}, 3);
  const std::string rows = "t,age,size,s0,s1,s2,named,bought\n1790000000,1,2,0.5,0.3,0.2,a,a\n1790000001,1,2,0.1,0.2,0.7,c,b\n";
  const ReadForeignLog scores = read(rows, {.time = "t", .labels = {"bought"}, .predictions = {"s0", "s1", "s2"}}, signature);
  EXPECT_THAT(scores.labels, IsEmpty());
  EXPECT_NEAR(find(quality(scores, signature, {"accuracy"}).metrics, "accuracy").value, 0.5, 1e-9);
  const ReadForeignLog classes = read(rows, {.time = "t", .labels = {"bought"}, .predictions = {"p=named"}}, signature);
  EXPECT_NEAR(find(quality(classes, signature, {}).metrics, "accuracy").value, 0.5, 1e-9);
  EXPECT_THAT(refusal(rows, {.time = "t", .predictions = {"s0", "s1"}}, signature),
              AllOf(HasSubstr("answers 3 classes, and 2 columns"), HasSubstr("in the order a, b, c")));
  EXPECT_THAT(refusal(rows, {.time = "t", .predictions = {"s0"}}, signature), HasSubstr("its one column holds fractions"));
}

TEST_F(ForeignLogTest, JudgesEachOutputByItsOwnColumnOfLabels) {
  Signature signature = of_scores(Answer::kBinary, {"no", "yes"}, 1);
  signature.outputs.push_back(
      {.name = "cost", .dtype = DType::kFloat32, .dims = {{-1, 1}}, .answer = Answer::kNumber, .classes = {}, .targets = {"paid"}});
  const ReadForeignLog got = read("t,age,size,s,c,bought,paid\n1790000000,1,2,0.9,10,yes,12\n1790000001,1,2,0.2,20,yes,\n",
                                  {.time = "t", .labels = {"bought", "cost=paid"}, .predictions = {"s", "cost=c"}}, signature);
  EXPECT_NEAR(find(quality(got, signature, {"accuracy"}).metrics, "accuracy").value, 0.5, 1e-9);
  const JoinedLog costs = got.log.labelled_for("cost");
  const Quality of_costs =
      measure_quality(costs, {0, 1}, {.outputs = {.otherwise = signature_in(got, signature), .output = "cost"}, .metrics = {"mae"}});
  EXPECT_EQ(of_costs.labelled, 1);
  EXPECT_NEAR(find(of_costs.metrics, "mae").value, 2, 1e-6);
}

TEST_F(ForeignLogTest, RefusesColumnsThatAreNotThere) {
  const Signature signature = of_scores(Answer::kBinary, {}, 1);
  const std::string rows = "at,aged,size,score\n2026-01-01T00:00:00Z,1,2,0.5\n";
  EXPECT_THAT(refusal(rows, {.time = "at"}, signature), AllOf(HasSubstr("unknown column \"age\""), HasSubstr("aged")));
  EXPECT_THAT(refusal("at,age,size\n2026-01-01T00:00:00Z,1,2\n", {.time = "when"}, signature), HasSubstr("unknown column \"when\""));
  EXPECT_THAT(refusal("at,age,size,y\n2026-01-01T00:00:00Z,1,2,3\n", {.time = "at", .labels = {"y"}}, signature),
              HasSubstr("--prediction"));
  EXPECT_THAT(refusal("at,age,size\n12:30,1,2\n12:40,1,2\n", {.time = "at"}, signature), HasSubstr("time"));
  EXPECT_THAT(refusal(rows, {.time = "at"}, Signature{.inputs = {{.name = "x"}}, .outputs = {}}), HasSubstr("--feature"));
}

TEST_F(ForeignLogTest, ReadsAFolderWithItsPartitionsAsOneTable) {
  const Signature signature = of_scores(Answer::kBinary, {}, 1);
  std::filesystem::create_directories(folder / "logs/version=2");
  std::filesystem::create_directories(folder / "logs/version=3");
  write_file(folder / "logs/version=2/a.csv", "t,age,size\n1790000001,1,2\n1790000002,1,2\n");
  write_file(folder / "logs/version=3/b.csv", "t,age,size\n1790000000,1,2.5\n");
  write_file(folder / "logs/_SUCCESS", "");
  const ReadForeignLog got = read_foreign_log({.tables = folder / "logs", .time = "t", .version = "version"}, signature);
  EXPECT_THAT(got.log.versions, ElementsAre(3, 2, 2));
  EXPECT_THAT(doubles(got.log.predictions.column("in.size")), ElementsAre(2.5, 2, 2));
}

TEST_F(ForeignLogTest, NumbersVersionsThatHaveNames) {
  const Signature signature = of_scores(Answer::kBinary, {}, 1);
  const ReadForeignLog got =
      read("t,age,size,v\n1790000000,1,2,blue\n1790000001,1,2,green\n1790000002,1,2,blue\n", {.time = "t", .version = "v"}, signature);
  EXPECT_THAT(got.log.versions, ElementsAre(1, 2, 1));
  EXPECT_EQ(version_text(2, got.log.version_names), "green");
}

TEST_F(ForeignLogTest, TakesVersionsAsTextWhateverTheyLookLike) {
  const Signature signature = of_scores(Answer::kBinary, {}, 1);
  const ReadForeignLog got =
      read("t,age,size,v\n1790000000,1,2,1.10\n1790000001,1,2,1.1\n1790000002,1,2,1.10\n", {.time = "t", .version = "v"}, signature);
  EXPECT_THAT(got.log.versions, ElementsAre(1, 2, 1));
  EXPECT_EQ(version_text(1, got.log.version_names), "1.10");
  EXPECT_EQ(version_json(2, got.log.version_names), "1.1");
  const ReadForeignLog numbers = read("t,age,size,v\n1790000000,1,2,12\n1790000001,1,2,3\n", {.time = "t", .version = "v"}, signature);
  EXPECT_THAT(numbers.log.versions, ElementsAre(12, 3));
  EXPECT_EQ(version_json(12, numbers.log.version_names), 12);
}

TEST_F(ForeignLogTest, QuotesATimeAsItStands) {
  const Signature signature = of_scores(Answer::kBinary, {}, 1);
  const std::string said = refusal("t,age,size\n2026-01-31 10:00:00,1,2\n2026-01-32 10:00:00,1,2\n", {.time = "t"}, signature);
  EXPECT_THAT(said, AllOf(HasSubstr("row 2"), HasSubstr("\"2026-01-32 10:00:00\"")));
}

TEST_F(ForeignLogTest, ReadsOnlyTheWindow) {
  const Signature signature = of_scores(Answer::kBinary, {}, 1);
  const ReadForeignLog got = read("t,age,size\n1000,1,2\n2000,3,4\n3000,5,6\n",
                                  {.time = "t",
                                   .time_unit = TimeUnit::kSeconds,
                                   .since = TimePoint(std::chrono::seconds(2000)),
                                   .until = TimePoint(std::chrono::seconds(2999))},
                                  signature);
  EXPECT_THAT(integers(got.log.predictions.column("in.age")), ElementsAre(3));
}

}  // namespace
}  // namespace upkeep
