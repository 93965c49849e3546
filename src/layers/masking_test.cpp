#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(Masking, MakesStepsZeroWhoseFeaturesAllHaveTheValue) {
  const Tensor x({1, 3, 2}, std::vector<float>{2, 2, 2, 1, 0, 3});
  EXPECT_THAT(values(apply("{masking: {mask_value: 2}}", x)), testing::ElementsAre(0, 0, 2, 1, 0, 3));
  EXPECT_THAT(values(apply("masking", x)), testing::ElementsAre(2, 2, 2, 1, 0, 3));
}

// The identity of a state of one unit that adds up: what a masked step would add is not there.
TEST(Masking, TellsWhatFollowsWhichStepsCount) {
  const Tensor x({2, 3, 1}, std::vector<float>{1, 9, 3, 9, 9, 4});
  const Weights one = {{"sum/kernel", Tensor({1, 1}, std::vector<float>{1})},
                       {"sum/recurrent_kernel", Tensor({1, 1}, std::vector<float>{1})}};
  const std::string sum = "{simple_rnn: {units: 1, activation: null, use_bias: false, name: sum}}";
  EXPECT_THAT(values(apply("{masking: {mask_value: 9}}, " + sum, x, one)), testing::ElementsAre(4, 4));
  EXPECT_THAT(values(apply("{masking: {mask_value: 9}}, {dense: {units: 1, use_bias: false}}, relu, " + sum, x,
                           {{"dense/kernel", Tensor({1, 1}, std::vector<float>{1})}, one[0], one[1]})),
              testing::ElementsAre(4, 4));
}

TEST(Masking, LeavesNothingInTheGraphForAMaskThatNobodyReads) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [3, 1]}}, masking, flatten]");
  const Model with_reader =
      build_model(architecture_from_yaml("layers: [{input: {shape: [3, 1]}}, masking, {simple_rnn: {units: 1}}]"),
                  initial_weights(architecture_from_yaml("layers: [{input: {shape: [3, 1]}}, masking, {simple_rnn: {units: 1}}]"), 1));
  const auto comparisons = [](const Model& model) { return std::ranges::count(model.graph.nodes, std::string("Equal"), &Node::op); };
  EXPECT_EQ(comparisons(build_model(net, {})), 1);
  EXPECT_EQ(comparisons(with_reader), 2);
}

TEST(Masking, SaysWhichInputItExpects) {
  EXPECT_THAT(message_of([] { apply("masking", Tensor({1, 2}, std::vector<float>{1, 2})); }),
              testing::HasSubstr("it expects [batch, time, features], got [batch, 2]"));
}

}  // namespace
}  // namespace upkeep::layers
