#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Tensor column(std::vector<double> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return Tensor({rows}, std::move(values));
}
Tensor text(std::vector<std::string> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return Tensor({rows}, std::move(values));
}

Table houses() {
  Table table;
  table.add("size", column({10, 20, 30}));
  table.add("city", text({"Bonn", "Köln", "Bonn"}));
  table.add("rooms", Tensor(Shape{3}, std::vector<std::int64_t>{1, 2, 3}));
  table.add("price", column({100, 200, 300}));
  table.add("sold", Tensor(Shape{3}, std::vector<bool>{true, false, true}));
  return table;
}

std::string refusal(const Table& table, const DatasetOptions& options) {
  try {
    make_dataset(table, "x", options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(MakeDataset, TakesEveryOtherNumericColumnInFileOrder) {
  const Dataset data = make_dataset(houses(), "x", {.targets = {"price"}});
  EXPECT_THAT(data.feature_names, ElementsAre("size", "rooms", "sold"));
  EXPECT_EQ(data.inputs.at("x").shape(), (Shape{3, 3}));
  EXPECT_THAT(data.inputs.at("x").floats(), ElementsAre(10, 1, 1, 20, 2, 0, 30, 3, 1));
  EXPECT_EQ(data.targets.shape(), (Shape{3, 1}));
  EXPECT_THAT(data.targets.floats(), ElementsAre(100, 200, 300));
  EXPECT_THAT(data.target_names, ElementsAre("price"));
  EXPECT_THAT(data.class_names, IsEmpty());
}

TEST(MakeDataset, TakesTheNamedFeaturesInTheGivenOrderAndLeavesOutTheIgnored) {
  const Dataset named = make_dataset(houses(), "x", {.targets = {"price", "sold"}, .features = {"rooms", "size"}});
  EXPECT_THAT(named.inputs.at("x").floats(), ElementsAre(1, 10, 2, 20, 3, 30));
  EXPECT_THAT(named.targets.floats(), ElementsAre(100, 1, 200, 0, 300, 1));
  EXPECT_THAT(make_dataset(houses(), "x", {.targets = {"price"}, .ignore = {"rooms"}}).feature_names, ElementsAre("size", "sold"));
}

TEST(MakeDataset, GivesTextsToAModelThatReadsThem) {
  Table table = houses();
  table.add("number", text({"1", "2b", "3"}));
  const Tensor texts = make_dataset(table, "x", {.dtype = DType::kString}).inputs.at("x");
  EXPECT_EQ(texts.shape(), (Shape{3, 2}));
  EXPECT_THAT(texts.strings(), ElementsAre("Bonn", "1", "Köln", "2b", "Bonn", "3"));
  EXPECT_THAT(refusal(table, {.features = {"rooms"}, .dtype = DType::kString}),
              HasSubstr("column \"rooms\" holds int64[3], and the model reads texts"));
}

TEST(MakeDataset, GivesFeaturesInTheTypeThatTheModelReads) {
  Table table;
  table.add("id", Tensor(Shape{2}, std::vector<std::int64_t>{9007199254740993, 16777217}));
  table.add("kind", Tensor(Shape{2}, std::vector<std::uint8_t>{7, 8}));
  const Tensor ids = make_dataset(table, "x", {.dtype = DType::kInt64}).inputs.at("x");
  EXPECT_THAT(ids.data<std::int64_t>(), ElementsAre(9007199254740993, 7, 16777217, 8));
  EXPECT_THAT(refusal(table, {.dtype = DType::kUInt8}),
              HasSubstr("column \"id\": row 1 holds 9007199254740993, which is outside of uint8"));
  const Dataset data = make_dataset(table, "x", {.targets = {"id"}, .target_dtype = DType::kInt64});
  EXPECT_THAT(data.targets.data<std::int64_t>(), ElementsAre(9007199254740993, 16777217));
}

TEST(MakeDataset, LeavesTimesOutUnlessTheyAreNamed) {
  Table table = houses();
  table.add("day", Tensor(Shape{3}, std::vector<std::int64_t>{0, 86'400'000'000, 172'800'000'000}));
  table.set_time("day");
  EXPECT_THAT(make_dataset(table.take({0, 1}), "x", {.targets = {"price"}}).feature_names, ElementsAre("size", "rooms", "sold"));
  EXPECT_THAT(make_dataset(table, "x", {.features = {"day"}, .dtype = DType::kInt64}).inputs.at("x").data<std::int64_t>(),
              ElementsAre(0, 86'400'000'000, 172'800'000'000));
}

TEST(MakeDataset, FindsNamesWithBlanksAroundThem) {
  Table table;
  table.add(" a", column({1}));
  table.add("y ", column({2}));
  const Dataset data = make_dataset(table, "x", {.targets = {"y"}, .features = {"a "}});
  EXPECT_THAT(data.feature_names, ElementsAre(" a"));
  EXPECT_THAT(data.targets.floats(), ElementsAre(2));
}

TEST(MakeDataset, WithoutTargetsHasNone) {
  const Dataset data = make_dataset(houses(), "x", {});
  EXPECT_EQ(data.targets.shape(), (Shape{3, 0}));
  EXPECT_EQ(data.rows(), 3);
}

TEST(MakeDataset, LaysOutManyRowsAsANaiveLoopDoes) {
  constexpr std::int64_t kRows = 333;
  Table table;
  for (int i = 0; i < 7; ++i) {
    std::vector<double> values;
    for (std::int64_t row = 0; row < kRows; ++row) values.push_back(static_cast<double>(row * 7 + i));
    table.add(std::string(1, static_cast<char>('a' + i)), column(std::move(values)));
  }
  const Dataset data = make_dataset(table, "x", {});
  const auto values = data.inputs.at("x").floats();
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], static_cast<float>(i));
}

TEST(MakeDataset, NamesTheCandidatesOfUnknownColumns) {
  EXPECT_THAT(refusal(houses(), {.targets = {"pricee"}}),
              AllOf(HasSubstr("unknown column \"pricee\""), HasSubstr("did you mean \"price\"")));
  EXPECT_THAT(refusal(houses(), {.features = {"rom"}}), HasSubstr("unknown column \"rom\""));
  EXPECT_THAT(refusal(houses(), {.ignore = {"sizze"}}), HasSubstr("did you mean \"size\""));
}

TEST(MakeDataset, NamesTheRowAndTheTextThatIsNoNumber) {
  Table table = houses();
  table.add("area", text({"1.5", "n/a?", "3"}));
  for (const DatasetOptions& options : {DatasetOptions{.targets = {"price"}}, {.targets = {"area"}}, {.features = {"area"}}})
    EXPECT_THAT(refusal(table, options), HasSubstr("column \"area\": row 2 holds \"n/a?\", which is no number"));
  EXPECT_THAT(refusal(table, {.features = {"city"}}), HasSubstr("row 1 holds \"Bonn\""));
}

TEST(MakeDataset, ReadsNumbersThatCameAsText) {
  Table table;
  table.add("a", text({" 1.5", "+2 ", "", "-4e2"}));
  table.add("empty", text({"", "", "", ""}));
  const Dataset data = make_dataset(table, "x", {});
  EXPECT_THAT(data.feature_names, ElementsAre("a"));
  EXPECT_THAT(data.inputs.at("x").floats(), ElementsAre(1.5F, 2.0F, testing::IsNan(), -400.0F));
  EXPECT_THAT(refusal(table, {.features = {"empty"}}), HasSubstr("no other row holds a number"));
}

TEST(MakeDataset, NamesTheRowOfATargetThatIsMissingOrInfinite) {
  Table table = houses();
  table.add("y", column({1, 2, kNan}));
  table.add("z", column({1, std::numeric_limits<double>::infinity(), 3}));
  table.add("big", column({1e300, 1, 1}));
  EXPECT_THAT(refusal(table, {.targets = {"y"}, .features = {"size"}}), HasSubstr("target \"y\" is missing (NaN) in row 3"));
  EXPECT_THAT(refusal(table, {.targets = {"price", "z"}, .features = {"size"}}), HasSubstr("target \"z\" is infinite in row 2"));
  EXPECT_THAT(refusal(table, {.targets = {"big"}}), HasSubstr("column \"big\": row 1 holds 1e+300, which is too large for float32"));
  EXPECT_THAT(make_dataset(table, "x", {.targets = {"big"}, .target_dtype = DType::kFloat64}).targets.data<double>(),
              ElementsAre(1e300, 1, 1));
  EXPECT_TRUE(std::isnan(make_dataset(table, "x", {.targets = {"price"}, .features = {"y"}}).inputs.at("x").floats()[2]))
      << "a feature may be missing";
}

TEST(MakeDataset, RefusesATableWithoutRowsOrWithoutNumbers) {
  Table empty;
  empty.add("x", column({}));
  EXPECT_THAT(refusal(empty, {}), HasSubstr("no rows"));
  EXPECT_THAT(refusal(Table(), {}), HasSubstr("no rows"));
  Table words;
  words.add("w", text({"a"}));
  EXPECT_THAT(refusal(words, {}), HasSubstr("no numeric column is left"));
}

TEST(MakeDataset, TurnsLabelsIntoSortedClassIndices) {
  Table table = houses();
  const Dataset data = make_dataset(table, "x", {.targets = {"city"}, .integer_targets = true});
  EXPECT_THAT(data.class_names, ElementsAre("Bonn", "Köln"));
  EXPECT_EQ(data.targets.shape(), (Shape{3, 1}));
  EXPECT_THAT(data.targets.data<std::int64_t>(), ElementsAre(0, 1, 0));
  table.add("label", text({"a", "", "b"}));
  EXPECT_THAT(refusal(table, {.targets = {"label"}, .integer_targets = true}), HasSubstr("target \"label\": row 2 has no label"));
}

TEST(MakeDataset, TakesWholeNumbersAsClassIndicesAndNothingElse) {
  Table table = houses();
  table.add("k", column({0, 2, 1}));
  table.add("half", column({0, 1.5, 1}));
  table.add("negative", column({0, 1, -1}));
  table.add("missing", column({kNan, 1, 1}));
  EXPECT_THAT(make_dataset(table, "x", {.targets = {"k"}, .integer_targets = true}).targets.data<std::int64_t>(), ElementsAre(0, 2, 1));
  EXPECT_THAT(make_dataset(table, "x", {.targets = {"sold"}, .integer_targets = true}).targets.data<std::int64_t>(), ElementsAre(1, 0, 1));
  EXPECT_THAT(refusal(table, {.targets = {"half"}, .integer_targets = true}), HasSubstr("row 2 holds 1.5, which is no class index"));
  EXPECT_THAT(refusal(table, {.targets = {"negative"}, .integer_targets = true}), HasSubstr("row 3 holds -1"));
  EXPECT_THAT(refusal(table, {.targets = {"missing"}, .integer_targets = true}), HasSubstr("row 1 holds nan"));
  EXPECT_THAT(refusal(table, {.targets = {"k", "sold"}, .integer_targets = true}), HasSubstr("one column, not from 2"));
}

TEST(MakeDataset, TakesASingleColumnOfHigherRankAsItIs) {
  Table table;
  table.add("images", Tensor(Shape{2, 2, 2}, std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  table.add("y", Tensor(Shape{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  const Dataset data = make_dataset(table, "x", {.targets = {"y"}});
  EXPECT_EQ(data.inputs.at("x").shape(), (Shape{2, 2, 2}));
  EXPECT_THAT(data.inputs.at("x").floats(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(data.targets.shape(), (Shape{2, 3}));
  table.add("id", column({1, 2}));
  EXPECT_THAT(refusal(table, {.targets = {"y"}}), HasSubstr("column \"images\" has the shape [2, 2, 2]"));
}

TEST(MakeDataset, TakesAClassForEachStep) {
  Table table;
  table.add("x", column({1, 2}));
  table.add("kinds", Tensor(Shape{2, 3}, std::vector<float>{1, 2, 0, 0, 1, 1}));
  table.add("pixels", Tensor(Shape{2, 2, 2, 1}, std::vector<std::int64_t>{0, 1, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(make_dataset(table, "x", {.targets = {"kinds"}, .features = {"x"}, .integer_targets = true}).targets.shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(make_dataset(table, "x", {.targets = {"pixels"}, .features = {"x"}, .integer_targets = true}).targets.shape(),
            (Shape{2, 2, 2, 1}));
}

TEST(Dataset, TakesRowsOfInputsAndTargetsTogether) {
  const Dataset data = make_dataset(houses(), "x", {.targets = {"price"}, .features = {"size"}});
  EXPECT_THAT(data.take({2, 0}).inputs.at("x").floats(), ElementsAre(30, 10));
  EXPECT_THAT(data.take({2, 0}).targets.floats(), ElementsAre(300, 100));
  EXPECT_THAT(data.rows(1, 3).inputs.at("x").floats(), ElementsAre(20, 30));
  EXPECT_EQ(data.rows(1, 3).rows(), 2);
}

}  // namespace
}  // namespace upkeep
