#include "analyze/ranked_auc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {
namespace {

using testing::HasSubstr;

Tensor column(const std::vector<float>& values) { return Tensor({std::ssize(values), 1}, values); }

// scikit-learn: roc_auc_score([0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0], scores) = 28.5 / 36. All scores fall into one bucket of Keras's.
TEST(RankedAuc, TellsSmallScoresApart) {
  const std::vector<float> scores = {1, 2, 3, 4, 5, 6, 7, 8, 2, 9, 12, 1};
  const Tensor labels(Shape{12, 1}, std::vector<std::int64_t>{0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0});
  std::vector<float> both;
  std::vector<float> ones;
  for (const float score : scores) {
    ones.push_back(score * 1e-5F);
    both.insert(both.end(), {1 - score * 1e-5F, score * 1e-5F});
  }
  const Tensor predictions({12, 2}, both);
  const Estimate one = estimate({"auc"}, predictions, labels).front();
  EXPECT_NEAR(one.value, 28.5 / 36, 1e-12);
  EXPECT_LE(one.low, one.value);
  EXPECT_GE(one.high, one.value);
  EXPECT_THAT(one.definition, HasSubstr("of class 1, by the ranks of all scores"));
  EXPECT_NEAR(ranked_auc("auc", column(ones), labels.cast(DType::kFloat32), {}).value, 28.5 / 36, 1e-12);
}

TEST(RankedAuc, SaysWhichAreaAnotherAucIs) {
  const Tensor labels = column({0, 1});
  EXPECT_THAT(auc_definition("auc", column({0.1F, 0.9F}), labels), HasSubstr("by thresholds, as Keras"));
  EXPECT_EQ(auc_definition("auc:exact=true", column({0.1F, 0.9F}), labels), "by the ranks of all scores");
  EXPECT_THAT(auc_definition("AUC", Tensor({2, 3}, std::vector<float>(6)), labels), HasSubstr("of all classes' columns together"));
  EXPECT_EQ(auc_definition("mae", column({0.1F, 0.9F}), labels), "");
}

}  // namespace
}  // namespace upkeep
