#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

// What a layer makes of x and 2 x + 1.
std::vector<float> merged(const std::string& layer, const Tensor& x) {
  return values(apply("{rescaling: {scale: 2, offset: 1, name: other}}, {" + layer + ": {inputs: [input, other]}}", x));
}

const Tensor kMergeNumbers({1, 3}, std::vector<float>{1, -4, 0.5F});

Architecture residual_net(const std::string& join) {
  return architecture_from_yaml(
      "layers: [{input: {shape: [6, 6, 2], name: x}}, {conv2d: {filters: 3, kernel_size: 3, padding: same, name: a}}, "
      "{conv2d: {filters: 3, kernel_size: 3, padding: same, name: b}}, " +
      join + ", {conv2d: {filters: 2, kernel_size: 6, name: c}}, flatten]");
}

}  // namespace

TEST(Merge, WorksElementByElement) {
  EXPECT_THAT(merged("add", kMergeNumbers), ElementsAre(4, -11, 2.5F));
  EXPECT_THAT(merged("subtract", kMergeNumbers), ElementsAre(-2, 3, -1.5F));
  EXPECT_THAT(merged("multiply", kMergeNumbers), ElementsAre(3, 28, 1));
  EXPECT_THAT(merged("average", kMergeNumbers), ElementsAre(2, -5.5F, 1.25F));
  EXPECT_THAT(merged("maximum", kMergeNumbers), ElementsAre(3, -4, 2));
  EXPECT_THAT(merged("minimum", kMergeNumbers), ElementsAre(1, -7, 0.5F));
}

TEST(Merge, TakesAnyNumberOfInputs) {
  const Tensor x({1, 2}, std::vector<float>{3, -6});
  EXPECT_THAT(values(apply("{average: {inputs: [input, input, input]}}", x)), ElementsAre(3, -6));
  EXPECT_THAT(values(apply("{multiply: {inputs: input}}", x)), ElementsAre(3, -6));
  EXPECT_THAT(values(apply("{add: {inputs: [input, input, input, input]}}", x)), ElementsAre(12, -24));
  EXPECT_THAT(message_of([&] { apply("{subtract: {inputs: [input, input, input]}}", x); }), HasSubstr("it reads 2 layers, not 3"));
  EXPECT_THAT(message_of([&] { apply("{add: {inputs: []}}", x); }), HasSubstr("it reads 1 layer or more, not 0"));
}

TEST(Merge, GivesAnInputItsMissingAxesBehindTheBatch) {
  const Tensor x = numbers({2, 3, 4}, 1);
  const Tensor y = apply("{global_max_pooling1d: {name: top}}, {subtract: {inputs: [input, top]}}", x);
  EXPECT_EQ(y.shape(), (Shape{2, 3, 4}));
  for (std::size_t i = 0; i < 4; ++i) {
    const float top = std::max({x.floats()[12 + i], x.floats()[16 + i], x.floats()[20 + i]});
    EXPECT_FLOAT_EQ(y.floats()[16 + i], x.floats()[16 + i] - top);
  }
}

TEST(Merge, SaysWhatDoesNotGoTogether) {
  EXPECT_THAT(message_of([] {
                apply("{dense: {units: 2, name: d}}, {add: {inputs: [input, d]}}", kMergeNumbers,
                      {{"d/kernel", numbers({3, 2}, 1)}, {"d/bias", numbers({2}, 1)}});
              }),
              HasSubstr("[batch, 3] and [batch, 2] do not go together: 3 and 2 elements on axis 1"));
}

TEST(Merge, StaysWhereTheChannelsAreSecond) {
  const Architecture net = residual_net("{add: {inputs: [a, b]}}");
  EXPECT_EQ(count_nodes(build_model(net, initial_weights(net, 1)), "Transpose"), 1U + 3U);
}

TEST(Merge, BringsAVectorOfChannelsToTheOthers) {
  const Architecture net = residual_net(
      "{global_average_pooling2d: {name: p}}, {reshape: {target_shape: [1, 1, 3], name: r}}, {dense: {units: 3, activation: sigmoid, name: "
      "d}}, "
      "{multiply: {inputs: [b, d]}}");
  const Model model = build_model(net, initial_weights(net, 1));
  EXPECT_EQ(count_nodes(model, "Transpose"), 1U + 3U);
  EXPECT_EQ(run(model, numbers({2, 6, 6, 2}, 1)).shape(), (Shape{2, 2}));
}

// The sum over the steps that count: 1, 2 and 4 beside 8, 16 and 32, of which 1 and 8, or 2 and 16, are masked.
float sum_of_masked(const std::string& rules, const std::string& merge) {
  const std::string layers = "mask_rules: " + rules +
                             "\nlayers: [{input: {shape: [3, 1], name: x}}, {input: {shape: [3, 1], name: z}}, "
                             "{masking: {mask_value: 1, name: a, inputs: x}}, {masking: {mask_value: 16, name: b, inputs: z}}, {" +
                             merge + ", {simple_rnn: {units: 1, activation: null, use_bias: false, name: sum}}]";
  const Architecture net = architecture_from_yaml(layers);
  Weights ones;
  for (const NamedWeight& weight : weight_specs(net)) ones.emplace_back(weight.name, Tensor::full(weight.spec.shape, 1.0F));
  const Tensors inputs = {{"x", Tensor({1, 3, 1}, std::vector<float>{1, 2, 4})}, {"z", Tensor({1, 3, 1}, std::vector<float>{8, 16, 32})}};
  return Session(build_model(net, ones), {.threads = 1}).run(inputs).at("sum").floats()[0];
}

TEST(Merge, CountsStepsThatCountInAnyInputAndInKeras2ThoseThatCountInAll) {
  EXPECT_EQ(sum_of_masked("keras3", "add: {inputs: [a, b]}}"), 0 + 8 + 2 + 0 + 4 + 32);
  EXPECT_EQ(sum_of_masked("keras2", "add: {inputs: [a, b]}}"), 4 + 32);
  EXPECT_EQ(sum_of_masked("keras3", "concatenate: {inputs: [a, b]}}"), 0 + 8 + 2 + 0 + 4 + 32);
  EXPECT_EQ(sum_of_masked("keras2", "concatenate: {inputs: [a, b]}}"), 4 + 32);
}

TEST(Merge, LooksAtTheOneMaskThereIsByKeras2sRulesOnly) {
  EXPECT_EQ(sum_of_masked("keras3", "add: {inputs: [a, z]}}"), 0 + 8 + 2 + 16 + 4 + 32);
  EXPECT_EQ(sum_of_masked("keras2", "add: {inputs: [a, z]}}"), 2 + 16 + 4 + 32);
}

TEST(Merge, RecognisesOperatorsOfTwoLayers) {
  const auto text = [](const std::string& op) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 3] x) => (float[N, 3] y) { a = Relu(x) b = Tanh(x) y = " + op +
           "(a, b) }";
  };
  for (const auto& [op, kind] : std::vector<std::pair<std::string, std::string>>{{"Add", "add"},
                                                                                 {"Sum", "add"},
                                                                                 {"Sub", "subtract"},
                                                                                 {"Mul", "multiply"},
                                                                                 {"Mean", "average"},
                                                                                 {"Max", "maximum"},
                                                                                 {"Min", "minimum"}}) {
    const auto layers = recognised(text(op));
    ASSERT_EQ(layers.size(), 3U) << op;
    EXPECT_EQ(layers[2].kind, kind);
    EXPECT_EQ(layers[2].inputs, (std::vector{layers[0].name, layers[1].name}));
    expect_equal_answers(text(op), numbers({4, 3}, 2));
  }
}

TEST(Merge, LeavesBroadcastingThatKerasDoesDifferently) {
  EXPECT_THAT(
      message_of([] {
        recognised(
            "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 3] x, float[N, N, 3] z) => (float[N, N, 3] y) { y = Add(x, z) }");
      }),
      HasSubstr("Add"));
}

}  // namespace upkeep::layers
