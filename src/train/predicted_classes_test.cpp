#include "train/predicted_classes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "train/training_record.hpp"

namespace upkeep {

using testing::ElementsAre;

namespace {

Model trained_with(const std::string& loss) {
  Model model;
  set_training_record(model, {.compile = Compile{.loss = parse_named(loss)}});
  return model;
}

}  // namespace

TEST(PredictedClasses, AreAboveTheThresholdAsInKeras) {
  const Tensor one({4, 1}, std::vector<float>{0.5F, 0.4F, 0.9F, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_THAT(predicted_classes(one, 4, 0.5), ElementsAre(0, 0, 1, -1));
  EXPECT_THAT(predicted_classes(Tensor({3, 1}, std::vector<float>{0, 0.1F, -3}), 3, 0), ElementsAre(0, 1, 0));
}

TEST(PredictedClasses, AreTheFirstOfTheLargest) {
  EXPECT_THAT(predicted_classes(Tensor({2, 3}, std::vector<float>{1, 2, 2, 3, 0, 1}), 2, 0.5), ElementsAre(1, 0));
  // One step of float64 apart, which float32 does not tell.
  EXPECT_THAT(predicted_classes(Tensor({1, 2}, std::vector<double>{1, 1 + 1e-15}), 1, 0.5), ElementsAre(1));
}

TEST(PredictedClasses, AreWholeNumbersThemselves) {
  EXPECT_THAT(predicted_classes(Tensor({2}, std::vector<std::int64_t>{7, 3}), 2, 0.5), ElementsAre(7, 3));
}

TEST(PredictedClasses, OfLogitsAreAboveZero) {
  EXPECT_EQ(answer_facts(trained_with("binary_crossentropy:from_logits=true")).threshold, 0);
  EXPECT_EQ(answer_facts(trained_with("binary_crossentropy")).threshold, 0.5);
  EXPECT_EQ(answer_facts(Model()).threshold, 0.5);
}

}  // namespace upkeep
