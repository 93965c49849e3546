#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// A sum over time of what counts.
constexpr const char* kSum = "{simple_rnn: {units: 1, activation: null, use_bias: false, name: sum, inputs: set_mask}}";

float summed(const std::string& layers) {
  const Weights one = {{"sum/kernel", Tensor({1, 1}, std::vector<float>{1})},
                       {"sum/recurrent_kernel", Tensor({1, 1}, std::vector<float>{1})}};
  const Model model = build_model(architecture_from_yaml("layers: [" + layers + ", " + kSum + "]"), one);
  Tensors inputs = {{"x", Tensor({1, 3, 1}, std::vector<float>{1, 2, 4})}};
  if (model.graph.inputs.size() > 1) inputs["m"] = Tensor({1, 3}, std::vector<bool>{true, false, true});
  return Session(model).run(inputs).at("sum").floats()[0];
}

TEST(SetMask, MakesOfItsSecondInputTheMaskOfTheFirst) {
  EXPECT_EQ(summed("{input: {shape: [3, 1], name: x}}, {input: {shape: [3], dtype: bool, name: m}}, {set_mask: {inputs: [x, m]}}"), 5);
}

TEST(SetMask, TakesTheMaskOffWhereNoneIsGiven) {
  EXPECT_EQ(summed("{input: {shape: [3, 1], name: x}}, {masking: {mask_value: 2}}, {set_mask: {inputs: masking}}"), 5);  // 2 became 0
  EXPECT_EQ(summed("{input: {shape: [3, 1], name: x}}, {masking: {mask_value: 4}}, {set_mask: {source: mask, inputs: [x, masking]}}"), 3);
}

}  // namespace
}  // namespace upkeep::layers
