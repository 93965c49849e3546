#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(SensitivityAtSpecificity, IsKerass) {
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.5", yes_or_no()), 0.97058820724487305, kFloat32);
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.5", yes_or_no(), true), 0.95693778991699219, kFloat32);
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.9", yes_or_no()), 0.70588237047195435, kFloat32);
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.9", yes_or_no(), true), 0.7081339955329895, kFloat32);
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.3,num_thresholds=20,class_id=3", classes()), 0.75, kFloat32);
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.3,num_thresholds=20,class_id=3", classes(), true), 0.73333334922790527,
              kFloat32);
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.4,num_thresholds=1", yes_or_no()), 0.77450978755950928, kFloat32);
  EXPECT_NEAR(value_of("sensitivity_at_specificity:specificity=0.4,num_thresholds=1", yes_or_no(), true), 0.76555025577545166, kFloat32);
}

TEST(SpecificityAtSensitivity, IsKerass) {
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.5", yes_or_no()), 0.98979592323303223, kFloat32);
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.5", yes_or_no(), true), 0.99476438760757446, kFloat32);
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.9", yes_or_no()), 0.67346936464309692, kFloat32);
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.9", yes_or_no(), true), 0.67539268732070923, kFloat32);
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.3,num_thresholds=20,class_id=3", classes()), 0.8125, kFloat32);
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.3,num_thresholds=20,class_id=3", classes(), true), 0.734375, kFloat32);
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.4,num_thresholds=1", yes_or_no()), 0.83673471212387085, kFloat32);
  EXPECT_NEAR(value_of("specificity_at_sensitivity:sensitivity=0.4,num_thresholds=1", yes_or_no(), true), 0.84293192625045776, kFloat32);
}

TEST(PrecisionAtRecall, IsKerass) {
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.5", yes_or_no()), 0.9821428656578064, kFloat32);
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.5", yes_or_no(), true), 0.99082571268081665, kFloat32);
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.9", yes_or_no()), 0.74193549156188965, kFloat32);
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.9", yes_or_no(), true), 0.75298804044723511, kFloat32);
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.3,num_thresholds=20,class_id=3", classes()), 0.3333333432674408, kFloat32);
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.3,num_thresholds=20,class_id=3", classes(), true), 0.25, kFloat32);
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.4,num_thresholds=1", yes_or_no()), 0.83157896995544434, kFloat32);
  EXPECT_NEAR(value_of("precision_at_recall:recall=0.4,num_thresholds=1", yes_or_no(), true), 0.84210526943206787, kFloat32);
}

TEST(RecallAtPrecision, IsKerass) {
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.5", yes_or_no()), 1.0, kFloat32);
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.5", yes_or_no(), true), 1.0, kFloat32);
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.9", yes_or_no()), 0.66666668653488159, kFloat32);
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.9", yes_or_no(), true), 0.68899524211883545, kFloat32);
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.3,num_thresholds=20,class_id=3", classes()), 0.375, kFloat32);
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.3,num_thresholds=20,class_id=3", classes(), true), 0.26666668057441711, kFloat32);
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.4,num_thresholds=1", yes_or_no()), 0.77450978755950928, kFloat32);
  EXPECT_NEAR(value_of("recall_at_precision:precision=0.4,num_thresholds=1", yes_or_no(), true), 0.76555025577545166, kFloat32);
}

TEST(SensitivityAtSpecificity, Merges) {
  expect_mergeable("sensitivity_at_specificity", yes_or_no());
  expect_mergeable("specificity_at_sensitivity", yes_or_no());
  expect_mergeable("precision_at_recall", yes_or_no());
  expect_mergeable("recall_at_precision", yes_or_no());
}

}  // namespace
}  // namespace upkeep::metrics
