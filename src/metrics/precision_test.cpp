#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(Precision, IsKerassWithThresholdTopKAndClass) {
  EXPECT_NEAR(value_of("precision", yes_or_no()), 0.8315789699554443, kFloat32);
  EXPECT_NEAR(value_of("precision:threshold=0.7", yes_or_no(), true), 0.9658119678497314, kFloat32);
  EXPECT_NEAR(value_of("precision", classes()), 0.1818181872367859, kFloat32);
  EXPECT_NEAR(value_of("precision:top_k=2", classes()), 0.17499999701976776, kFloat32);
  EXPECT_NEAR(value_of("precision:class_id=3", classes()), 0.2380952388048172, kFloat32);
  EXPECT_NEAR(value_of("precision:top_k=2,class_id=3", classes()), 0.2631579041481018, kFloat32);
  EXPECT_NEAR(value_of("precision:top_k=2,threshold=0.8", classes()), 0.1428571492433548, kFloat32);
}

TEST(Precision, TakesClassIndicesAsOneHot) { EXPECT_EQ(value_of("precision", class_indices()), value_of("precision", classes())); }

TEST(Precision, TakesTheFirstOfEqualsAsTheLargest) {
  const auto metric = metric_of("precision:top_k=2");
  metric->add(Tensor(Shape{1, 4}, std::vector<float>{1, 1, 1, 1}), Tensor(Shape{1, 4}, std::vector<float>{0, 0, 1, 1}));
  EXPECT_EQ(metric->value(), 0) << "Keras's own example";
}

TEST(Precision, IsZeroWhenNothingWasPredicted) {
  const auto metric = metric_of("precision");
  metric->add(Tensor::full<float>({3, 1}, 0), Tensor::full<float>({3, 1}, 1));
  EXPECT_EQ(metric->value(), 0);
  EXPECT_EQ(metric->proportion()->trials, 0);
}

TEST(Precision, RefusesAClassThatIsNotThere) {
  EXPECT_THROW(metric_of("precision:class_id=5")->add(classes().predictions, classes().targets), Error);
}

TEST(Precision, Merges) {
  expect_mergeable("precision", yes_or_no());
  expect_mergeable("precision:top_k=2", classes());
}

}  // namespace
}  // namespace upkeep::metrics
