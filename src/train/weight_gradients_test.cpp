#include "train/weight_gradients.hpp"

#include <gtest/gtest.h>

#include "train/testing.hpp"

namespace upkeep {

namespace {

// y = w x + b, loss mean (y - t)^2: dL/dw = mean 2 (w x + b - t) x
TEST(WeightGradientsTest, OfALineAreThoseByHand) {
  const Architecture architecture = architecture_from_yaml("layers: [{input: {shape: [1], name: x}}, {dense: {units: 1, name: d}}]");
  const Model model = build_model(
      architecture, {{"d/kernel", Tensor(Shape{1, 1}, std::vector<float>{2})}, {"d/bias", Tensor(Shape{1}, std::vector<float>{1})}});
  Compile compile;
  compile.loss = {"mse", Json::object()};
  Dataset data;
  data.inputs["x"] = Tensor(Shape{2, 1}, std::vector<float>{1, 3});
  data.targets = Tensor(Shape{2, 1}, std::vector<float>{0, 0});
  const auto whole = weight_gradients(model, compile, data);
  EXPECT_FLOAT_EQ(whole.at("d/kernel").mean[0], (2.0F * 3 * 1 + 2.0F * 7 * 3) / 2);
  EXPECT_FLOAT_EQ(whole.at("d/bias").mean[0], (2.0F * 3 + 2.0F * 7) / 2);
  const auto by_row = weight_gradients(model, compile, data, {.batch_size = 1});
  EXPECT_FLOAT_EQ(by_row.at("d/kernel").mean[0], whole.at("d/kernel").mean[0]);
  EXPECT_FLOAT_EQ(by_row.at("d/bias").square[0], (36.0F + 196.0F) / 2);
  const auto first = weight_gradients(model, compile, data, {.batch_size = 1, .batches = 1, .seed = 3});
  EXPECT_TRUE(first.at("d/bias").mean[0] == 6 || first.at("d/bias").mean[0] == 14);
}

}  // namespace

}  // namespace upkeep
