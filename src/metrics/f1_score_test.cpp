#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(F1Score, IsKerass) {
  EXPECT_NEAR(value_of("f1_score:average=macro", classes()), 0.18166664242744446, kFloat32);
  EXPECT_NEAR(value_of("f1_score:average=macro", classes(), true), 0.17851591110229492, kFloat32);
  EXPECT_NEAR(value_of("f1_score:average=micro", classes()), 0.18823525309562683, kFloat32);
  EXPECT_NEAR(value_of("f1_score:average=micro", classes(), true), 0.18604648113250732, kFloat32);
  EXPECT_NEAR(value_of("f1_score:average=weighted", classes()), 0.18166662752628326, kFloat32);
  EXPECT_NEAR(value_of("f1_score:average=weighted", classes(), true), 0.1761811226606369, kFloat32);
}

TEST(FBetaScore, IsKerass) {
  EXPECT_NEAR(value_of("fbeta_score:average=macro,beta=2,threshold=0.6", classes()), 0.26749998331069946, kFloat32);
  EXPECT_NEAR(value_of("fbeta_score:average=macro,beta=2,threshold=0.6", classes(), true), 0.21811497211456299, kFloat32);
  EXPECT_NEAR(value_of("fbeta_score:average=micro,beta=2,threshold=0.6", classes()), 0.27083328366279602, kFloat32);
  EXPECT_NEAR(value_of("fbeta_score:average=micro,beta=2,threshold=0.6", classes(), true), 0.21598272025585175, kFloat32);
  EXPECT_NEAR(value_of("fbeta_score:average=weighted,beta=2,threshold=0.6", classes()), 0.26749998331069946, kFloat32);
  EXPECT_NEAR(value_of("fbeta_score:average=weighted,beta=2,threshold=0.6", classes(), true), 0.21515455842018127, kFloat32);
}

TEST(F1Score, TakesClassIndices) { EXPECT_EQ(value_of("f1_score", class_indices()), value_of("f1_score", classes())); }

TEST(F1Score, Merges) {
  expect_mergeable("f1_score", classes());
  expect_mergeable("fbeta_score:beta=2,average=weighted", classes());
}

}  // namespace
}  // namespace upkeep::metrics
