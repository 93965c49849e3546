#include "train/validation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

static Dataset of_classes(std::vector<std::int64_t> classes, bool ordered) {
  const auto rows = std::ssize(classes);
  Dataset data;
  data.inputs.emplace("x", Tensor({rows, 1}, std::vector<float>(classes.begin(), classes.end())));
  data.targets = Tensor({rows, 1}, std::move(classes));
  data.ordered = ordered;
  return data;
}

TEST(HoldOut, TakesTheLastRowsOfArrays) {
  const HeldOut parts = hold_out(of_classes({0, 0, 1, 1, 2}, true), 0.4, 1);
  EXPECT_THAT(parts.training.targets.data<std::int64_t>(), ElementsAre(0, 0, 1));
  EXPECT_THAT(parts.validation.targets.data<std::int64_t>(), ElementsAre(1, 2));
}

// 10 steps, windows of 2 and their target 1 behind: windows 0 to 7, of which 6 and 7 are held out. They read steps 6 to 9; windows that end
// before step 6 are those that Keras's timeseries_dataset_from_array makes of the steps 0 to 5.
TEST(HoldOut, KeepsWindowsOverTimeApart) {
  Dataset data = of_classes({0, 1, 2, 3, 4, 5, 6, 7}, true);
  for (std::int64_t i = 0; i < 8; ++i) data.spans.push_back({0, i, i + 2});
  const HeldOut parts = hold_out(data, 0.25, 1);
  EXPECT_THAT(parts.training.targets.data<std::int64_t>(), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(parts.validation.targets.data<std::int64_t>(), ElementsAre(6, 7));
  for (Span& span : data.spans) span = {span.first % 2, span.first, span.last};  // two series; each has its own steps
  EXPECT_THAT(hold_out(data, 0.125, 1).training.targets.data<std::int64_t>(), ElementsAre(0, 1, 2, 3, 4, 6));
  for (Span& span : data.spans) span = {0, 0, 9};  // too short to keep them apart
  EXPECT_EQ(hold_out(data, 0.25, 1).training.rows(), 6);
}

TEST(HoldOut, TakesEveryClassOfATableThatIsSortedByClass) {
  std::vector<std::int64_t> classes;
  for (const std::int64_t one : {0, 1, 2}) classes.insert(classes.end(), 10, one);
  const HeldOut parts = hold_out(of_classes(classes, false), 0.2, 1);
  EXPECT_THAT(parts.validation.targets.data<std::int64_t>(), ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(parts.validation.inputs.at("x").floats(), ElementsAre(0, 0, 1, 1, 2, 2));  // inputs go with their targets
}

TEST(HoldOut, DrawsRowsWhoseTargetsAreNoClasses) {
  Dataset data;
  std::vector<float> numbers;
  for (int i = 0; i < 100; ++i) numbers.push_back(static_cast<float>(i) + 0.5F);
  data.inputs.emplace("x", Tensor({100, 1}, numbers));
  data.targets = Tensor({100, 1}, numbers);
  data.ordered = false;
  const HeldOut parts = hold_out(data, 0.2, 1);
  EXPECT_EQ(parts.validation.rows(), 20);
  EXPECT_LT(parts.validation.targets.floats()[0], 40);
  EXPECT_EQ(hold_out(data, 0.2, 1).validation.targets.floats()[3], parts.validation.targets.floats()[3]);
}

TEST(HoldOut, KnowsClassesByTheirTargets) {
  EXPECT_THAT(classes_of_rows(Tensor({3, 2}, std::vector<float>{0, 1, 1, 0, 0, 1})), ElementsAre(1, 0, 1));
  EXPECT_THAT(classes_of_rows(Tensor({3, 2}, std::vector<float>{0, 1, 1, 1, 0, 1})), IsEmpty());
  EXPECT_THAT(classes_of_rows(Tensor({10, 1}, std::vector<float>{0, 1, 1, 0, 0, 1, 1, 1, 0, 0})), testing::SizeIs(10));
  EXPECT_THAT(classes_of_rows(Tensor({4, 1}, std::vector<float>{151, 75, 141, 206})), IsEmpty());
}

TEST(UnseenClasses, AreNamed) {
  const Tensor training({4, 1}, std::vector<std::int64_t>{0, 1, 0, 1});
  const Tensor held_out({3, 1}, std::vector<std::int64_t>{2, 1, 2});
  EXPECT_THAT(unseen_classes(training, held_out, {"ant", "bee", "cat"}), HasSubstr("\"cat\", which 2 of 3 held-out rows are"));
  EXPECT_THAT(unseen_classes(training, held_out, {}), HasSubstr("class 2,"));
  EXPECT_EQ(unseen_classes(held_out, held_out, {}), "");
  const Tensor one_hot({2, 2}, std::vector<float>{1, 0, 1, 0});
  EXPECT_THAT(unseen_classes(one_hot, Tensor({1, 2}, std::vector<float>{0, 1}), {}), HasSubstr("class 1,"));
  const Tensor measured({5, 1}, std::vector<float>{3, 3, 3, 3, 3});
  EXPECT_EQ(unseen_classes(measured, Tensor({5, 1}, std::vector<float>{4, 4, 4, 4, 4}), {}), "");
}

}  // namespace upkeep
