#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(Counts, AreKerass) {
  EXPECT_NEAR(value_of("true_positives", yes_or_no()), 79.0, 1e-9);
  EXPECT_NEAR(value_of("true_positives", yes_or_no(), true), 80.0, 1e-9);
  EXPECT_NEAR(value_of("true_positives:threshold=0.7", yes_or_no()), 57.0, 1e-9);
  EXPECT_NEAR(value_of("true_positives:threshold=0.7", yes_or_no(), true), 56.5, 1e-9);
  EXPECT_NEAR(value_of("true_negatives", yes_or_no()), 82.0, 1e-9);
  EXPECT_NEAR(value_of("true_negatives", yes_or_no(), true), 80.5, 1e-9);
  EXPECT_NEAR(value_of("true_negatives:threshold=0.7", yes_or_no()), 96.0, 1e-9);
  EXPECT_NEAR(value_of("true_negatives:threshold=0.7", yes_or_no(), true), 93.5, 1e-9);
  EXPECT_NEAR(value_of("false_positives", yes_or_no()), 16.0, 1e-9);
  EXPECT_NEAR(value_of("false_positives", yes_or_no(), true), 15.0, 1e-9);
  EXPECT_NEAR(value_of("false_positives:threshold=0.7", yes_or_no()), 2.0, 1e-9);
  EXPECT_NEAR(value_of("false_positives:threshold=0.7", yes_or_no(), true), 2.0, 1e-9);
  EXPECT_NEAR(value_of("false_negatives", yes_or_no()), 23.0, 1e-9);
  EXPECT_NEAR(value_of("false_negatives", yes_or_no(), true), 24.5, 1e-9);
  EXPECT_NEAR(value_of("false_negatives:threshold=0.7", yes_or_no()), 45.0, 1e-9);
  EXPECT_NEAR(value_of("false_negatives:threshold=0.7", yes_or_no(), true), 48.0, 1e-9);
}

TEST(Counts, Merge) {
  expect_mergeable("true_positives", yes_or_no());
  expect_mergeable("true_negatives", yes_or_no());
  expect_mergeable("false_positives", yes_or_no());
  expect_mergeable("false_negatives", yes_or_no());
}

}  // namespace
}  // namespace upkeep::metrics
