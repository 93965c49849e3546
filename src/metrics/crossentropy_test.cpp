#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(BinaryCrossentropy, IsKerass) {
  EXPECT_NEAR(value_of("binary_crossentropy", yes_or_no()), 0.40585482120513916, kFloat32);
  EXPECT_NEAR(value_of("binary_crossentropy", yes_or_no(), true), 0.40981167554855347, kFloat32);
  EXPECT_NEAR(value_of("binary_crossentropy:label_smoothing=0.1", yes_or_no()), 0.47417604923248291, kFloat32);
  EXPECT_NEAR(value_of("binary_crossentropy:label_smoothing=0.1", yes_or_no(), true), 0.47725427150726318, kFloat32);
  EXPECT_NEAR(value_of("binary_crossentropy:from_logits=true", yes_or_no()), 0.62502050399780273, kFloat32);
  EXPECT_NEAR(value_of("binary_crossentropy:from_logits=true", yes_or_no(), true), 0.61907625198364258, kFloat32);
}

TEST(CategoricalCrossentropy, IsKerass) {
  EXPECT_NEAR(value_of("categorical_crossentropy", classes()), 2.1503837108612061, 2.2 * kFloat32);
  EXPECT_NEAR(value_of("categorical_crossentropy", classes(), true), 2.0224950313568115, 2.0 * kFloat32);
  EXPECT_NEAR(value_of("categorical_crossentropy:label_smoothing=0.1", classes()), 2.1367194652557373, 2.1 * kFloat32);
  EXPECT_NEAR(value_of("categorical_crossentropy:label_smoothing=0.1", classes(), true), 2.0110855102539062, 2.0 * kFloat32);
  EXPECT_NEAR(value_of("categorical_crossentropy:from_logits=true", classes()), 1.6718425750732422, 1.7 * kFloat32);
  EXPECT_NEAR(value_of("categorical_crossentropy:from_logits=true", classes(), true), 1.6858087778091431, 1.7 * kFloat32);
}

TEST(SparseCategoricalCrossentropy, IsKerass) {
  EXPECT_NEAR(value_of("sparse_categorical_crossentropy", class_indices()), 2.1680998802185059, 2.2 * kFloat32);
  EXPECT_NEAR(value_of("sparse_categorical_crossentropy", class_indices(), true), 2.0314652919769287, 2.0 * kFloat32);
  EXPECT_NEAR(value_of("sparse_categorical_crossentropy:from_logits=true", class_indices()), 1.6718425750732422, 1.7 * kFloat32);
  EXPECT_NEAR(value_of("sparse_categorical_crossentropy:from_logits=true", class_indices(), true), 1.6858087778091431, 1.7 * kFloat32);
}

TEST(SparseCategoricalCrossentropy, LeavesOutTheClassToIgnore) {
  const auto some = metric_of("sparse_categorical_crossentropy:ignore_class=-1");
  const auto one = metric_of("sparse_categorical_crossentropy");
  const Tensor predictions(Shape{2, 2}, std::vector<float>{0.25f, 0.75f, 0.5f, 0.5f});
  some->add(predictions, Tensor(Shape{2}, std::vector<float>{1, -1}));
  one->add(predictions.rows(0, 1), Tensor(Shape{1}, std::vector<float>{1}));
  EXPECT_EQ(some->value(), one->value());
  EXPECT_NEAR(one->value(), -std::log(0.75), 1e-7);
  EXPECT_THROW(one->add(predictions, Tensor(Shape{2}, std::vector<float>{1, -1})), Error);
}

TEST(Crossentropies, Merge) {
  expect_mergeable("binary_crossentropy:label_smoothing=0.1", yes_or_no());
  expect_mergeable("categorical_crossentropy", classes());
  expect_mergeable("sparse_categorical_crossentropy", class_indices());
}

}  // namespace
}  // namespace upkeep::metrics
