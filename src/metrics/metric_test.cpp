#include "metrics/metric.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    make(parse_named(text));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Metrics, AnswerToTheNamesThatKerasKnows) {
  for (const char* name : {"mse",
                           "MSE",
                           "mean_squared_error",
                           "MeanSquaredError",
                           "mae",
                           "MAE",
                           "mean_absolute_error",
                           "MeanAbsoluteError",
                           "root_mean_squared_error",
                           "RootMeanSquaredError",
                           "r2_score",
                           "R2Score",
                           "accuracy",
                           "acc",
                           "binary_accuracy",
                           "BinaryAccuracy",
                           "categorical_accuracy",
                           "CategoricalAccuracy",
                           "sparse_categorical_accuracy",
                           "SparseCategoricalAccuracy",
                           "precision",
                           "Precision",
                           "recall",
                           "Recall",
                           "auc",
                           "AUC",
                           "MeanAbsolutePercentageError",
                           "MeanSquaredLogarithmicError",
                           "LogCoshError",
                           "CosineSimilarity",
                           "KLDivergence",
                           "Poisson",
                           "Hinge",
                           "SquaredHinge",
                           "CategoricalHinge",
                           "BinaryCrossentropy",
                           "CategoricalCrossentropy",
                           "SparseCategoricalCrossentropy",
                           "TopKCategoricalAccuracy",
                           "SparseTopKCategoricalAccuracy",
                           "Mean",
                           "Sum",
                           "TruePositives",
                           "TrueNegatives",
                           "FalsePositives",
                           "FalseNegatives",
                           "SensitivityAtSpecificity",
                           "SpecificityAtSensitivity",
                           "PrecisionAtRecall",
                           "RecallAtPrecision",
                           "F1Score",
                           "FBetaScore",
                           "IoU",
                           "MeanIoU",
                           "BinaryIoU",
                           "OneHotIoU",
                           "OneHotMeanIoU",
                           "PearsonCorrelation",
                           "ConcordanceCorrelation"})
    EXPECT_EQ(make(parse_named(name)).name, name);
  EXPECT_FALSE(make(parse_named("mae")).higher_is_better);
  EXPECT_TRUE(make(parse_named("auc")).higher_is_better);
}

TEST(Metrics, NameTheCandidatesOfUnknownMetricsAndSettings) {
  EXPECT_THAT(refusal("acuracy"),
              testing::AllOf(HasSubstr("unknown metric \"acuracy\""), HasSubstr("did you mean \"accuracy\"?"), HasSubstr("r2")));
  EXPECT_THAT(refusal("precision:treshold=0.7"),
              testing::AllOf(HasSubstr("metric \"precision\""), HasSubstr("did you mean \"threshold\"?")));
  EXPECT_THAT(refusal("mae:k=1"), HasSubstr("unknown setting \"k\""));
  EXPECT_THAT(refusal("auc:num_thresholds=1"), HasSubstr("[2, 1e+06]"));
  EXPECT_THAT(refusal("auc:thresholds=[0.5, 1.5]"), HasSubstr("auc.thresholds: 1.5 is not in [0, 1]"));
}

TEST(Metrics, TellEqualNamesApart) {
  const auto all = make_all({"precision:threshold=0.3", "recall", "precision:threshold=0.7", "precision:top_k=1"});
  std::vector<std::string> names;
  for (const NamedMetric& metric : all) names.push_back(metric.name);
  EXPECT_THAT(names, testing::ElementsAre("precision", "recall", "precision_1", "precision_2"));
}

TEST(Metrics, RefuseToMergeOthersOrOtherSettings) {
  for (const MetricEntry& entry : catalog()) {
    const auto metric = entry.make(Json::object());
    for (const MetricEntry& other : catalog()) {
      if (other.name == entry.name) continue;
      EXPECT_THROW(metric->merge(*other.make(Json::object())), Error) << entry.name << " " << other.name;
    }
  }
  EXPECT_THROW(metric_of("precision:threshold=0.3")->merge(*metric_of("precision")), Error);
  EXPECT_THROW(metric_of("auc:curve=PR")->merge(*metric_of("auc")), Error);
  EXPECT_THROW(metric_of("binary_accuracy:threshold=0.3")->merge(*metric_of("binary_accuracy")), Error);
  EXPECT_THROW(metric_of("r2:num_regressors=2")->merge(*metric_of("r2")), Error);
}

TEST(Metrics, OfNothingAreNanAndStayWhatTheyWereWhenNothingIsAdded) {
  for (const MetricEntry& entry : catalog()) {
    const auto metric = entry.make(Json::object());
    EXPECT_TRUE(std::isnan(metric->value())) << entry.name;
    const bool sparse = entry.name.starts_with("sparse_");
    metric->add(Tensor(Shape{0, 3}, std::vector<float>{}), Tensor(Shape{0, sparse ? 1 : 3}, std::vector<float>{}));
    EXPECT_TRUE(std::isnan(metric->value())) << entry.name;
  }
}

}  // namespace
}  // namespace upkeep::metrics
