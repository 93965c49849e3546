#include "metrics/shared/pairs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor zeros(Shape shape) { return Tensor::full(std::move(shape), 0.0F); }

TEST(Pairs, LetALastAxisOfOneBeThereOrNot) {
  EXPECT_EQ(same_shape(zeros({4, 1}), zeros({4}), {}).rows, 4U);
  EXPECT_EQ(same_shape(zeros({4}), zeros({4, 1}), {}).prediction_width, 1U);
  EXPECT_EQ(same_shape(zeros({4, 3, 1}), zeros({4, 3}), {}).prediction_width, 3U);
  EXPECT_EQ(same_shape(zeros({4, 3}), zeros({4, 3}), {}).classes, 3U);
  EXPECT_EQ(same_shape(zeros({0, 3}), zeros({0, 3}), {}).rows, 0U);
}

TEST(Pairs, RefuseToBroadcastAndNameBothShapes) {
  try {
    same_shape(zeros({4, 3}), zeros({4, 1}), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("predictions [4, 3] and targets [4, 1] do not go together"));
  }
  EXPECT_THROW(same_shape(zeros({4, 1}), zeros({5, 1}), {}), Error);
  EXPECT_THROW(same_shape(Tensor::scalar(1.0F), Tensor::scalar(1.0F), {}), Error);
  EXPECT_THROW(with_class_indices(zeros({4, 3}), zeros({4, 3}), {}), Error);
  EXPECT_THROW(with_class_indices(zeros({4}), zeros({4}), {}), Error);
}

TEST(Pairs, WantOneWeightForEachRow) {
  const std::vector<float> weights = {1, 2, 3};
  EXPECT_EQ(same_shape(zeros({3, 2}), zeros({3, 2}), weights).weight(2), 3.0);
  EXPECT_EQ(same_shape(zeros({3, 2}), zeros({3, 2}), {}).weight(2), 1.0);
  EXPECT_THROW(same_shape(zeros({4, 2}), zeros({4, 2}), weights), Error);
}

TEST(Pairs, TurnClassIndicesIntoOneHotRows) {
  const Tensor indices(Shape{3, 1}, std::vector<std::int64_t>{2, 0, 1});
  const Pairs pairs = with_labels(zeros({3, 3}), indices, {});
  EXPECT_THAT(pairs.targets, ElementsAre(0, 0, 1, 1, 0, 0, 0, 1, 0));
  EXPECT_THAT(pairs.target(1), ElementsAre(1, 0, 0));
  EXPECT_THROW(with_labels(zeros({3, 2}), indices, {}), Error) << "class 2 of two";
  EXPECT_THROW(with_labels(zeros({1, 2}), Tensor(Shape{1}, std::vector<float>{0.5F}), {}), Error);
  EXPECT_THAT(with_labels(zeros({2, 1}), Tensor(Shape{2}, std::vector<std::int64_t>{1, 0}), {}).targets, ElementsAre(1, 0))
      << "yes or no, no index";
}

TEST(Pairs, ReadEveryNumericType) {
  const Pairs pairs = same_shape(Tensor(Shape{2}, std::vector<double>{0.5, 2}), Tensor(Shape{2}, std::vector<bool>{true, false}), {});
  EXPECT_THAT(pairs.predictions, ElementsAre(0.5F, 2.0F));
  EXPECT_THAT(pairs.targets, ElementsAre(1.0F, 0.0F));
  EXPECT_THROW(same_shape(Tensor(Shape{1}, std::vector<std::string>{"a"}), zeros({1}), {}), Error);
}

}  // namespace
}  // namespace upkeep::metrics
