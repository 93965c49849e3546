#include "train/losses/loss.hpp"

#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

using testing::HasSubstr;

Tensor column(std::vector<float> values) {
  const Shape shape{static_cast<std::int64_t>(values.size()), 1};
  return Tensor(shape, std::move(values));
}

std::string refusal(const std::string& loss, const Tensor& predictions, const Tensor& targets) {
  try {
    run(loss, predictions, targets);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Losses, AnswerToTheNamesOfKeras) {
  for (const char* name : {"mse",
                           "MSE",
                           "mean_squared_error",
                           "MeanSquaredError",
                           "mae",
                           "mean_absolute_error",
                           "MeanAbsoluteError",
                           "mape",
                           "msle",
                           "huber",
                           "Huber",
                           "log_cosh",
                           "LogCosh",
                           "binary_crossentropy",
                           "BinaryCrossentropy",
                           "bce",
                           "categorical_crossentropy",
                           "CategoricalCrossentropy",
                           "sparse_categorical_crossentropy",
                           "SparseCategoricalCrossentropy",
                           "hinge",
                           "Hinge",
                           "squared_hinge",
                           "categorical_hinge",
                           "kl_divergence",
                           "KLDivergence",
                           "kld",
                           "poisson",
                           "Poisson",
                           "binary_focal_crossentropy",
                           "BinaryFocalCrossentropy",
                           "categorical_focal_crossentropy",
                           "CategoricalFocalCrossentropy",
                           "categorical_generalized_cross_entropy",
                           "CategoricalGeneralizedCrossEntropy",
                           "cosine_similarity",
                           "CosineSimilarity",
                           "dice",
                           "Dice",
                           "tversky",
                           "Tversky",
                           "circle",
                           "Circle"})
    EXPECT_NE(catalog().find(name), nullptr) << name;
}

TEST(Losses, TakeTargetsWithoutTheLastAxis) {
  const Tensor flat({2}, std::vector<float>{1, 5});
  EXPECT_FLOAT_EQ(loss_of("mse", column({2, 2}), flat), 5);  // (1 + 9) / 2, not the mean over a 2 x 2 table
}

TEST(Losses, TakeTargetsOfOtherTypes) {
  EXPECT_FLOAT_EQ(loss_of("mse", column({2, 2}), Tensor({2, 1}, std::vector<std::int64_t>{1, 5})), 5);
  EXPECT_FLOAT_EQ(loss_of("mae", column({2, 0}), Tensor({2, 1}, std::vector<bool>{true, false})), 0.5f);
}

TEST(Losses, TakeClassesWithAndWithoutAnAxisOfTheirOwn) {
  const Tensor classes({4, 1}, std::vector<std::int64_t>{1, 0, 1, 2});
  EXPECT_FLOAT_EQ(loss_of("sparse_categorical_crossentropy", kProbabilities, classes),
                  loss_of("sparse_categorical_crossentropy", kProbabilities, kClasses));
  EXPECT_FLOAT_EQ(loss_of("sparse_categorical_crossentropy", kProbabilities, kClasses.cast(DType::kFloat32)),
                  loss_of("sparse_categorical_crossentropy", kProbabilities, kClasses));
}

// Keras 3.15 on TensorFlow: a model that ends in softmax (or sigmoid) is judged by what goes into it; a wrong answer that is certain costs
// its whole distance, 60, and not -log(1e-7f) = 16.1.
TEST(Losses, LookThroughTheActivationAtTheEnd) {
  const Tensor certain({1, 3}, std::vector<float>{0, 60, 0});
  EXPECT_NEAR(loss_of("categorical_crossentropy", certain, Tensor({1, 3}, std::vector<float>{1, 0, 0}), "Softmax"), 60, 1e-4);
  EXPECT_NEAR(loss_of("sparse_categorical_crossentropy", certain, Tensor({1}, std::vector<std::int64_t>{0}), "Softmax"), 60, 1e-4);
  EXPECT_NEAR(loss_of("binary_crossentropy", column({60}), column({0}), "Sigmoid"), 60, 1e-4);
  EXPECT_THAT(run("categorical_crossentropy", certain, Tensor({1, 3}, std::vector<float>{1, 0, 0}), "Softmax").gradient,
              testing::Pointwise(testing::FloatNear(1e-6f), {-1.0f, 1.0f, 0.0f}));
}

TEST(Losses, RefuseShapesThatDoNotGoTogether) {
  EXPECT_THAT(refusal("mse", column({1, 2}), kTargets), HasSubstr("targets [batch, 3] do not fit predictions [batch, 1]"));
  EXPECT_THAT(refusal("mse", kNumbers, kClasses), HasSubstr("do not fit"));
  EXPECT_THAT(refusal("sparse_categorical_crossentropy", kNumbers, kTargets), HasSubstr("do not fit"));
}

TEST(Losses, RefuseUnknownNamesAndSettings) {
  EXPECT_THAT(refusal("msee", kNumbers, kTargets), HasSubstr("mse"));
  EXPECT_THAT(refusal("mse:delta=1", kNumbers, kTargets), HasSubstr("delta"));
  EXPECT_THAT(refusal("huber:delta=-1", kNumbers, kTargets), HasSubstr("huber.delta"));
  EXPECT_THAT(refusal("huber:dleta=1", kNumbers, kTargets), HasSubstr("delta"));
  EXPECT_THAT(refusal("sparse_categorical_crossentropy:axis=0", kNumbers, kClasses), HasSubstr("last axis"));
}

}  // namespace
}  // namespace upkeep::losses
