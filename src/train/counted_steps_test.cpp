#include "train/counted_steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layers/view/architecture.hpp"
#include "train/trainer.hpp"

namespace upkeep {
namespace {

Model net(std::string_view yaml) {
  const Architecture architecture = architecture_from_yaml(yaml);
  return build_model(architecture, initial_weights(architecture, 1));
}

std::optional<CountedSteps> steps_of(const Model& model, const Tensors& inputs) {
  return counted_steps(model, inputs, predict(model, inputs).begin()->second, 256);
}

TEST(CountedSteps, AreThoseThatMaskingLeaves) {
  const Model model =
      net("layers: [{input: {shape: [3, 1]}}, {masking: {}}, {lstm: {units: 2, return_sequences: true}}, {dense: {units: 1}}]");
  const Tensors inputs = {{model.graph.inputs[0].name, Tensor({2, 3, 1}, std::vector<float>{1, 0, 2, 0, 0, 3})}};
  const std::optional<CountedSteps> steps = steps_of(model, inputs);
  ASSERT_TRUE(steps);
  EXPECT_THAT(std::vector<float>(steps->mask.floats().begin(), steps->mask.floats().end()), testing::ElementsAre(1, 0, 1, 0, 0, 1));
  EXPECT_FALSE(steps->all_metrics_heed);
}

TEST(CountedSteps, AreAllWhereNoMaskReachesTheAnswers) {
  const Model plain = net("layers: [{input: {shape: [2]}}, {dense: {units: 1}}]");
  EXPECT_FALSE(steps_of(plain, {{plain.graph.inputs[0].name, Tensor({1, 2}, std::vector<float>{0, 0})}}));
  const Model last = net("layers: [{input: {shape: [3, 1]}}, {masking: {}}, {lstm: {units: 2}}, {dense: {units: 1}}]");
  EXPECT_FALSE(steps_of(last, {{last.graph.inputs[0].name, Tensor({1, 3, 1}, std::vector<float>{1, 0, 2})}}));
}

}  // namespace
}  // namespace upkeep
