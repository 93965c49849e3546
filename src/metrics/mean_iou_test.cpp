// Keras takes weights as whole numbers: the samples' are scaled to such.

#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

// p = i*7 % 5     t = i*3 % 5, but every third row is right     w = i % 3 + 1     [40, 1]
Sample labels() {
  Sample sample{.predictions = grid(40, 1, [](auto i, auto) { return static_cast<double>(i % 3 == 0 ? i * 3 % 5 : i * 7 % 5); }),
                .targets = grid(40, 1, [](auto i, auto) { return static_cast<double>(i * 3 % 5); }),
                .weights = row_weights(40, 3, 1, 1),
                .cut = 25};
  return sample;
}

Sample whole_weights(Sample sample, double scale) {
  for (float& weight : sample.weights) weight *= static_cast<float>(scale);
  return sample;
}

TEST(MeanIou, IsKerass) {
  EXPECT_NEAR(value_of("mean_iou:num_classes=5", labels()), 0.36593407392501831, kFloat32);
  EXPECT_NEAR(value_of("mean_iou:num_classes=5", labels(), true), 0.27713266015052795, kFloat32);
  EXPECT_NEAR(value_of("mean_iou:num_classes=5,ignore_class=2", labels()), 0.34862637519836426, kFloat32);
  EXPECT_NEAR(value_of("mean_iou:num_classes=5,ignore_class=2", labels(), true), 0.27268821001052856, kFloat32);
  EXPECT_NEAR(value_of("mean_iou:num_classes=4", labels()), 0.61538457870483398, kFloat32);
  EXPECT_NEAR(value_of("mean_iou:num_classes=4", labels(), true), 0.55555558204650879, kFloat32);
}

TEST(Iou, IsKerass) {
  EXPECT_NEAR(value_of("iou:num_classes=5,target_class_ids=[1,3]", labels()), 0.19230769574642181, kFloat32);
  EXPECT_NEAR(value_of("iou:num_classes=5,target_class_ids=[1,3]", labels(), true), 0.088888891041278839, kFloat32);
}

TEST(OneHotIou, IsKerass) {
  const Sample sample = whole_weights(classes(), 2);
  EXPECT_NEAR(value_of("one_hot_mean_iou:num_classes=5", sample), 0.099371537566184998, kFloat32);
  EXPECT_NEAR(value_of("one_hot_mean_iou:num_classes=5", sample, true), 0.09311714768409729, kFloat32);
  EXPECT_NEAR(value_of("one_hot_iou:num_classes=5,target_class_ids=[0,4]", sample), 0.084967322647571564, kFloat32);
  EXPECT_NEAR(value_of("one_hot_iou:num_classes=5,target_class_ids=[0,4]", sample, true), 0.11356209218502045, kFloat32);
}

TEST(BinaryIou, IsKerass) {
  const Sample sample = whole_weights(yes_or_no(), 2);
  EXPECT_NEAR(value_of("binary_iou", sample), 0.67363446950912476, kFloat32);
  EXPECT_NEAR(value_of("binary_iou", sample, true), 0.66666668653488159, kFloat32);
  EXPECT_NEAR(value_of("binary_iou:target_class_ids=[1],threshold=0.7", sample), 0.54807686805725098, kFloat32);
  EXPECT_NEAR(value_of("binary_iou:target_class_ids=[1],threshold=0.7", sample, true), 0.53051638603210449, kFloat32);
}

TEST(MeanIou, RefusesAClassThatIsNotThere) {
  EXPECT_THROW(metric_of("iou:num_classes=2,target_class_ids=[2]"), Error);
  EXPECT_THROW(metric_of("mean_iou:num_classes=5")->add(classes().predictions, class_indices().targets), Error);
}

TEST(MeanIou, Merges) {
  expect_mergeable("mean_iou:num_classes=5", labels());
  expect_mergeable("one_hot_mean_iou:num_classes=5", classes());
  expect_mergeable("binary_iou", yes_or_no());
}

}  // namespace
}  // namespace upkeep::metrics
