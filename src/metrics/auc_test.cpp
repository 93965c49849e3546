#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(Auc, IsKerassWithEveryCurveAndSummation) {
  EXPECT_NEAR(value_of("auc", yes_or_no()), 0.9064126014709473, kFloat32);
  EXPECT_NEAR(value_of("auc", yes_or_no(), true), 0.9053082466125488, kFloat32);
  EXPECT_NEAR(value_of("auc:num_thresholds=10", yes_or_no()), 0.9032112956047058, kFloat32);
  EXPECT_NEAR(value_of("auc:summation_method=minoring", yes_or_no(), true), 0.9042060375213623, kFloat32);
  EXPECT_NEAR(value_of("auc:summation_method=majoring", yes_or_no()), 0.9075629711151123, kFloat32);
  EXPECT_NEAR(value_of("auc:curve=PR", yes_or_no()), 0.9190187454223633, kFloat32);
  EXPECT_NEAR(value_of("auc:curve=PR", yes_or_no(), true), 0.9219416379928589, kFloat32);
  EXPECT_NEAR(value_of("auc:curve=PR,num_thresholds=20,summation_method=majoring", yes_or_no()), 0.9269646406173706, kFloat32);
  EXPECT_NEAR(value_of("auc:curve=PR,summation_method=minoring", yes_or_no()), 0.9081590175628662, kFloat32);
  EXPECT_NEAR(value_of("auc", classes()), 0.4611718952655792, kFloat32);
}

TEST(Auc, OfGivenThresholdsIsKerass) {
  EXPECT_NEAR(value_of("auc:thresholds=[0.5, 0.1, 0.9]", yes_or_no()), 0.8476390838623047, kFloat32);
  EXPECT_NEAR(value_of("auc:thresholds=[0.5, 0.1, 0.9]", yes_or_no(), true), 0.8480798602104187, kFloat32);
  EXPECT_NEAR(value_of("auc:curve=PR,thresholds=[0.2, 0.3, 0.75]", yes_or_no()), 0.8676984310150146, kFloat32);
  EXPECT_NEAR(value_of("auc:curve=PR,summation_method=majoring,thresholds=[0.25, 0.5, 0.75]", yes_or_no()), 0.9395990371704102, kFloat32);
  EXPECT_NEAR(value_of("auc:thresholds=[0.25, 0.5, 0.75]", yes_or_no()), 0.880402147769928, kFloat32);
  EXPECT_NEAR(value_of("auc:thresholds=[0.5, 0.5]", yes_or_no()), 0.8056222200393677, kFloat32);
  expect_mergeable("auc:thresholds=[0.5, 0.1]", yes_or_no());
}

TEST(Auc, TakesTheSigmoidOfLogits) {
  Sample sample = yes_or_no();
  sample.predictions = grid(200, 1, [](auto i, auto) { return static_cast<double>(i * 37 % 129) / 128 * 8 - 4; });
  EXPECT_NEAR(value_of("auc:from_logits=true", sample), 0.9064125418663025, kFloat32);
  EXPECT_NEAR(value_of("auc:from_logits=true,exact=true", sample), 0.9064125650260104, 1e-13);
}

TEST(Auc, ByRanksIsScikitLearns) {
  EXPECT_NEAR(value_of("auc:exact=true", yes_or_no()), 0.9064125650260104, 1e-13);
  EXPECT_NEAR(value_of("auc:exact=true", yes_or_no(), true), 0.9053082492046394, 1e-13);
  EXPECT_NEAR(value_of("auc:exact=true,curve=PR", yes_or_no()), 0.9185275381205343, 1e-13);
  EXPECT_NEAR(value_of("auc:exact=true,curve=PR", yes_or_no(), true), 0.9217295693027627, 1e-13);
}

TEST(Auc, ByRanksCountsEqualScoresHalf) {
  const auto metric = metric_of("auc:exact=true");
  metric->add(Tensor(Shape{4}, std::vector<float>{0.5F, 0.5F, 0.1F, 0.9F}), Tensor(Shape{4}, std::vector<float>{1, 0, 0, 1}));
  EXPECT_DOUBLE_EQ(metric->value(), 3.5 / 4);
}

TEST(Auc, IsUndefinedWhenAClassIsMissingOrAScoreIsNan) {
  for (const char* text : {"auc", "auc:exact=true"}) {
    const auto metric = metric_of(text);
    metric->add(Tensor(Shape{2}, std::vector<float>{0.5F, 0.7F}), Tensor(Shape{2}, std::vector<float>{1, 1}));
    EXPECT_TRUE(std::isnan(metric->value())) << text;
    metric->add(Tensor(Shape{1}, std::vector<float>{0.1F}), Tensor(Shape{1}, std::vector<float>{0}));
    EXPECT_NEAR(metric->value(), 1, 1e-15) << text;
    metric->add(Tensor(Shape{1}, std::vector<float>{std::nanf("")}), Tensor(Shape{1}, std::vector<float>{0}));
    EXPECT_TRUE(std::isnan(metric->value())) << text;
  }
}

TEST(Auc, ClipsScoresOutsideOfZeroToOne) {
  const auto metric = metric_of("auc");
  metric->add(Tensor(Shape{4}, std::vector<float>{-5, 7, INFINITY, -INFINITY}), Tensor(Shape{4}, std::vector<float>{0, 1, 1, 0}));
  EXPECT_EQ(metric->value(), 1);
}

TEST(Auc, Merges) {
  for (const char* text : {"auc", "auc:curve=PR", "auc:exact=true", "auc:exact=true,curve=PR"}) expect_mergeable(text, yes_or_no());
}

// p = (i*37 + j*23) % 65 / 64     t = (i*37 + j*23) % 65 + (i*29 + j*7) % 50 > 60     w = (i % 4 + 1) / 2     [60, 3]
Sample many_labels() {
  return {.predictions = grid(60, 3, [](auto i, auto j) { return static_cast<double>((i * 37 + j * 23) % 65) / 64; }),
          .targets = grid(60, 3, [](auto i, auto j) { return (i * 37 + j * 23) % 65 + (i * 29 + j * 7) % 50 > 60 ? 1.0 : 0.0; }),
          .weights = row_weights(60, 4, 1, 2),
          .cut = 35};
}

TEST(Auc, OfManyLabelsIsKerass) {
  EXPECT_NEAR(value_of("auc:multi_label=true", many_labels()), 0.89188188314437866, kFloat32);
  EXPECT_NEAR(value_of("auc:multi_label=true", many_labels(), true), 0.89044928550720215, kFloat32);
  EXPECT_NEAR(value_of("auc:multi_label=true,label_weights=[1,2,3]", many_labels()), 0.90067356824874878, kFloat32);
  EXPECT_NEAR(value_of("auc:multi_label=true,label_weights=[1,2,3]", many_labels(), true), 0.90183734893798828, kFloat32);
  EXPECT_NEAR(value_of("auc:multi_label=true,curve=PR", many_labels()), 0.86546558141708374, kFloat32);
  EXPECT_NEAR(value_of("auc:multi_label=true,curve=PR", many_labels(), true), 0.86375737190246582, kFloat32);
  EXPECT_NEAR(value_of("auc", many_labels()), 0.89238059520721436, kFloat32);
  EXPECT_NEAR(value_of("auc", many_labels(), true), 0.89161568880081177, kFloat32);
}

// scikit-learn's roc_auc_score, average_precision_score, precision_score and recall_score of the probabilities of class 1.
TEST(Auc, OfTwoClassesByIndexIsThatOfClassOne) {
  const Sample one = yes_or_no();
  Tensor both = grid(200, 2, [](auto i, auto j) { return std::abs(1 - j - static_cast<double>(i * 37 % 129) / 128); });
  const Tensor logits = grid(200, 2, [](auto i, auto j) { return (j == 1 ? 3.0 : 1.0) * static_cast<double>(i * 37 % 129) / 128; });
  const Tensor index = one.targets.cast(DType::kInt64);
  const auto value = [&](const char* metric, const Tensor& predictions) {
    const auto made = metric_of(metric);
    made->add(predictions, index);
    return made->value();
  };
  EXPECT_NEAR(value("auc:exact=true", both), 0.9064125650260104, 1e-13);
  EXPECT_NEAR(value("auc:exact=true,curve=PR", both), 0.9185275381205343, 1e-13);
  EXPECT_NEAR(value("auc", both), 0.9064126014709473, kFloat32);
  EXPECT_NEAR(value("auc:exact=true,from_logits=true", logits), 0.9064125650260104, 1e-7);
  EXPECT_NEAR(value("precision", both), value_of("precision", one), 1e-13);
  EXPECT_NEAR(value("recall", both), value_of("recall", one), 1e-13);
  EXPECT_NEAR(value("true_positives", both), value_of("true_positives", one), 1e-13);
}

TEST(Auc, OfManyLabelsMerges) { expect_mergeable("auc:multi_label=true", many_labels()); }

}  // namespace
}  // namespace upkeep::metrics
