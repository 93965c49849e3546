#include "train/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/ops.hpp"
#include "train/columns.hpp"
#include "train/known_signature.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Reads two rows of two numbers, and answers with one.
Model model_of_windows() {
  Model model;
  Ops ops(model);
  ops.output(ops.input("steps", DType::kFloat32, {"batch", 2, 2}), "p");
  model.graph.outputs[0].type.shape = Dims{"batch", 1};
  return model;
}

Table series() {
  Table table;
  table.add("a", Tensor({5}, std::vector<double>{0, 1, 2, 3, 4}));
  table.add("b", Tensor({5}, std::vector<double>{10, 11, 12, 13, 14}));
  table.set_series({.window = 2, .horizon = 1});
  return table;
}

Model trained() {
  Model model = model_of_windows();
  remember_columns(model, dataset_for(model, series(), {.targets = {"a"}, .features = {"a", "b"}}), std::nullopt);
  return model;
}

TEST(Samples, AreWindowsWithTheTargetOfEach) {
  const Table samples = samples_of(trained(), series());
  EXPECT_EQ(samples.column("steps"), Tensor({3, 2, 2}, std::vector<float>{0, 10, 1, 11, 1, 11, 2, 12, 2, 12, 3, 13}));
  EXPECT_EQ(samples.column("a"), Tensor({3}, std::vector<double>{2, 3, 4}));
}

TEST(Samples, FeedTheModelAsTheSeriesDid) {
  const Model model = trained();
  const Table samples = samples_of(model, series());
  EXPECT_THAT(feature_columns(model, samples), ElementsAre("steps"));
  EXPECT_THAT(feature_columns(model, series()), ElementsAre("a", "b"));
  const Dataset before = dataset_for(model, series(), {}), after = dataset_for(model, samples, {});
  EXPECT_EQ(after.inputs, before.inputs);
  EXPECT_EQ(after.targets, before.targets);
}

TEST(Samples, WithoutTheTargetAreTheWindowsAlone) {
  Model model = model_of_windows();
  remember_columns(model, dataset_for(model, series(), {.features = {"a", "b"}, .no_targets = true}), std::nullopt);
  EXPECT_THAT(samples_of(model, series()).names(), ElementsAre("steps"));
}

TEST(Samples, OfATableOfSingleRowsAreItsRows) {
  Table rows = series();
  rows.set_series({});
  EXPECT_THAT(samples_of(trained(), rows).names(), ElementsAre("a", "b"));
}

TEST(Samples, KeepTheNamesOfClasses) {
  Model model = model_of_windows();
  model.graph.outputs[0].type.shape = Dims{"batch", 2};
  Table table = series();
  table.add("kind", Tensor({5}, std::vector<std::string>{"x", "y", "x", "y", "y"}));
  remember_columns(model, dataset_for(model, table, {.targets = {"kind"}, .features = {"a", "b"}, .integer_targets = true}), std::nullopt);
  EXPECT_THAT(samples_of(model, table).column("kind").strings(), ElementsAre("x", "y", "y"));
}

TEST(Samples, OfAnInputCalledAsItsTargetAreRefused) {
  Model model = model_of_windows();
  Table table = series();
  table.add("steps", Tensor({5}, std::vector<double>{1, 2, 3, 4, 5}));
  remember_columns(model, dataset_for(model, table, {.targets = {"steps"}, .features = {"a", "b"}}), std::nullopt);
  EXPECT_THAT(message_of([&] { samples_of(model, table); }), HasSubstr("are both called \"steps\""));
}

TEST(Samples, ATableOfSingleRowsIsNoReferenceOfWindows) {
  Model model = trained();
  Table rows = series();
  rows.set_series({});
  EXPECT_THAT(message_of([&] { complete_signature(model, rows, {}); }), HasSubstr("reads [batch, 2, 2], and the table gives [5, 2]"));
}

TEST(Samples, KeepTheColumnsThatTheyWereMadeOf) {
  Model model = trained();
  const Table samples = samples_of(model, series());
  remember_columns(model, dataset_for(model, samples, {.targets = {"a"}, .features = {"steps"}}), std::nullopt);
  EXPECT_THAT(feature_columns(model, series()), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace upkeep
