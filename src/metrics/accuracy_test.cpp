#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(Accuracy, IsTheOneThatKerasChoosesFromTheShapes) {
  EXPECT_EQ(value_of("accuracy", yes_or_no()), value_of("binary_accuracy", yes_or_no()));
  EXPECT_EQ(value_of("acc", classes()), value_of("categorical_accuracy", classes()));
  EXPECT_EQ(value_of("accuracy", class_indices(), true), value_of("sparse_categorical_accuracy", class_indices(), true));
  Sample flat = class_indices();
  flat.targets = flat.targets.reshaped({40});
  EXPECT_EQ(value_of("accuracy", flat), value_of("sparse_categorical_accuracy", flat));
}

TEST(Accuracy, Merges) {
  expect_mergeable("accuracy", classes());
  expect_mergeable("accuracy", class_indices());
  expect_mergeable("accuracy", yes_or_no());
}

TEST(Accuracy, ForgetsItsChoiceWhenFresh) {
  const auto metric = metric_of("accuracy");
  add_rows(*metric, classes(), false, 0, 40);
  const auto fresh = metric->fresh();
  add_rows(*fresh, yes_or_no(), false, 0, 200);
  EXPECT_EQ(fresh->value(), value_of("binary_accuracy", yes_or_no()));
  EXPECT_THROW(fresh->merge(*metric), Error);
}

}  // namespace
}  // namespace upkeep::metrics
