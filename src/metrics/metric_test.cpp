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

// Tensors [3, 1] of float64 whose differences, and whose sides of a bound, float32 does not tell.
double of_doubles(const std::string& metric, std::vector<double> predictions, std::vector<double> targets) {
  const auto one = make(parse_named(metric)).metric;
  const auto rows = static_cast<std::int64_t>(predictions.size());
  one->add(Tensor({rows, 1}, std::move(predictions)), Tensor({rows, 1}, std::move(targets)));
  return one->value();
}

TEST(Metrics, ComputeInFloat64WherePredictionsAreFloat64) {
  // NumPy's np.mean(np.abs(p - t)) and the like, of p = 123456789 + [0.25, 0.5, 0.75] and t = 123456789.
  const std::vector<double> t(3, 123456789.0), p = {123456789.25, 123456789.5, 123456789.75};
  EXPECT_DOUBLE_EQ(of_doubles("mae", p, t), 0.5);
  EXPECT_DOUBLE_EQ(of_doubles("mse", p, t), (0.0625 + 0.25 + 0.5625) / 3);
  EXPECT_DOUBLE_EQ(of_doubles("mean", p, t), 123456789.5);
  EXPECT_EQ(of_doubles("equality", p, {123456789.25, 123456789.0, 123456789.75}), 2.0 / 3);
  EXPECT_DOUBLE_EQ(of_doubles("r2", p, {123456789.25, 123456789.75, 123456789.5}), 0);
  // scikit-learn's roc_auc_score of scores that are one step of float64 apart is 1.
  EXPECT_EQ(of_doubles("auc:exact=true", {0.5, 0.5 + 1e-15, 0.5 + 2e-15}, {0, 1, 1}), 1);
  EXPECT_EQ(of_doubles("precision:threshold=0.1", {0.1, 0.1 + 1e-12, 0}, {0, 1, 0}), 1);
  EXPECT_EQ(of_doubles("binary_accuracy:threshold=0.1", {0.1, 0.1 + 1e-12, 0}, {0, 1, 0}), 1);
  EXPECT_NEAR(of_doubles("binary_crossentropy", {1.0}, {0.0}), 16.118095651484676, 1e-8);  // -log(1 - (1 - 1e-7))
}

TEST(Metrics, CompareFloat32WithBoundsOfFloat32) {
  const auto metric = metric_of("precision:threshold=0.1");
  metric->add(Tensor({2, 1}, std::vector<float>{0.1F, 0.2F}), Tensor({2, 1}, std::vector<float>{0, 1}));
  EXPECT_EQ(metric->value(), 1);  // 0.1F is larger than 0.1
}

TEST(Metrics, TellWholeNumbersApartThatFloat64DoesNot) {
  const auto of = [](const Tensor& predictions, const Tensor& targets) {
    const auto metric = metric_of("equality");
    metric->add(predictions, targets);
    return metric->value();
  };
  const std::int64_t id = 9007199254740993;
  EXPECT_EQ(of(Tensor({2}, std::vector<std::int64_t>{id, 5}), Tensor({2}, std::vector<std::int64_t>{id - 1, 5})), 0.5);
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(of(Tensor({2}, std::vector<std::uint64_t>{last, 5}), Tensor({2}, std::vector<std::uint64_t>{last - 1, 5})), 0.5);
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
