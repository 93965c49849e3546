#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(Recall, IsKerassWithThresholdTopKAndClass) {
  EXPECT_NEAR(value_of("recall", yes_or_no()), 0.7745097875595093, kFloat32);
  EXPECT_NEAR(value_of("recall:threshold=0.7", yes_or_no(), true), 0.540669858455658, kFloat32);
  EXPECT_NEAR(value_of("recall", classes(), true), 0.4303797483444214, kFloat32);
  EXPECT_NEAR(value_of("recall:top_k=2", classes(), true), 0.3164556920528412, kFloat32);
  EXPECT_NEAR(value_of("recall:class_id=3", classes(), true), 0.5333333611488342, kFloat32);
  EXPECT_NEAR(value_of("recall:top_k=2,class_id=3", classes(), true), 0.5333333611488342, kFloat32);
  EXPECT_NEAR(value_of("recall:top_k=2,threshold=0.8", classes(), true), 0.1265822798013687, kFloat32);
}

TEST(Recall, IsZeroWhenNothingWasThereToFind) {
  const auto metric = metric_of("recall");
  metric->add(Tensor::full<float>({3, 1}, 1), Tensor::full<float>({3, 1}, 0));
  EXPECT_EQ(metric->value(), 0);
}

TEST(Recall, Merges) {
  expect_mergeable("recall", yes_or_no());
  expect_mergeable("recall:top_k=2", classes());
}

}  // namespace
}  // namespace upkeep::metrics
