#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::HasSubstr;

namespace {

Weights conv_weights(const std::string& layer, Tensor kernel, Tensor bias) {
  return {{layer + "/kernel", std::move(kernel)}, {layer + "/bias", std::move(bias)}};
}

struct ConvCase {
  std::string settings;
  Shape kernel;
  NaiveConvolution naive;
};

}  // namespace

TEST(Conv, IsTheSumOverItsWindow) {
  for (const ConvCase& one :
       {ConvCase{"kernel_size: 3", {3, 3, 4, 6}, {}}, ConvCase{"kernel_size: [2, 3], strides: 2", {2, 3, 4, 6}, {.stride = 2}},
        ConvCase{"kernel_size: 3, padding: same", {3, 3, 4, 6}, {.same = true}},
        ConvCase{"kernel_size: 3, strides: 2, padding: same", {3, 3, 4, 6}, {.stride = 2, .same = true}},
        ConvCase{"kernel_size: 4, strides: [3, 3], padding: same", {4, 4, 4, 6}, {.stride = 3, .same = true}},
        ConvCase{"kernel_size: 3, dilation_rate: 2, padding: same", {3, 3, 4, 6}, {.dilation = 2, .same = true}},
        ConvCase{"kernel_size: 2, groups: 2", {2, 2, 2, 6}, {.groups = 2}},
        ConvCase{"kernel_size: 1, strides: 5, padding: same", {1, 1, 4, 6}, {.stride = 5, .same = true}}}) {
    SCOPED_TRACE(one.settings);
    const Tensor x = numbers({7, 8, 4}, 1);
    const Tensor kernel = numbers(one.kernel, 2);
    const Tensor y = apply("{conv2d: {filters: 6, " + one.settings + "}}", x.reshaped({1, 7, 8, 4}),
                           conv_weights("conv2d", kernel, Tensor::full<float>({6}, 0)));
    EXPECT_THAT(values(y), Near(naive_convolution(x, kernel, one.naive), 64));
  }
}

TEST(Conv, PadsTheSameWhereTheSizesComeWithTheData) {
  for (const char* size : {"7, 8", "null, null"}) {
    const Architecture net = architecture_from_yaml("layers: [{input: {shape: [" + std::string(size) +
                                                    ", 2]}}, {conv2d: {filters: 3, kernel_size: 4, strides: 3, padding: same}}]");
    const Tensor x = numbers({7, 8, 2}, 1);
    const Tensor kernel = numbers({4, 4, 2, 3}, 2);
    const Model model = build_model(net, conv_weights("conv2d", kernel, Tensor::full<float>({3}, 0)));
    EXPECT_THAT(values(run(model, x.reshaped({1, 7, 8, 2}))), Near(naive_convolution(x, kernel, {.stride = 3, .same = true}), 64));
  }
}

TEST(Conv, LooksBackOnlyWhereItIsCausal) {
  const Tensor x({1, 4, 1}, std::vector<float>{1, 2, 4, 8});
  const Tensor kernel({2, 1, 1}, std::vector<float>{1, 1});
  const Tensor y =
      apply("{conv1d: {filters: 1, kernel_size: 2, padding: causal, dilation_rate: 2, use_bias: false}}", x, {{"conv1d/kernel", kernel}});
  EXPECT_THAT(values(y), testing::ElementsAre(1, 2, 5, 10));
  EXPECT_THAT(message_of([] {
                weight_specs(architecture_from_yaml(
                    "layers: [{input: {shape: [4, 4, 1]}}, {conv2d: {filters: 1, kernel_size: 2, padding: causal}}]"));
              }),
              HasSubstr("causal"));
}

TEST(Conv, AddsItsBiasAndActivates) {
  const Tensor x({1, 2, 1}, std::vector<float>{1, -3});
  const Tensor y =
      apply("{conv1d: {filters: 2, kernel_size: 1, activation: relu}}", x,
            conv_weights("conv1d", Tensor({1, 1, 2}, std::vector<float>{1, -1}), Tensor({2}, std::vector<float>{0.5F, 0.25F})));
  EXPECT_THAT(values(y), testing::ElementsAre(1.5F, 0, 0, 3.25F));
}

TEST(Conv, WorksWithTheChannelsInFront) {
  const Tensor x = numbers({1, 5, 6, 7, 2}, 1);  // channels last
  const Tensor kernel = numbers({2, 2, 2, 2, 3}, 2);
  const Weights weights = conv_weights("conv3d", kernel, numbers({3}, 3));
  const Tensor last = apply("{conv3d: {filters: 3, kernel_size: 2}}", x, weights);
  const Tensor front =
      apply("{permute: {dims: [4, 1, 2, 3]}}, {conv3d: {filters: 3, kernel_size: 2, data_format: channels_first}}", x, weights);
  EXPECT_EQ(last.shape(), (Shape{1, 4, 5, 6, 3}));
  EXPECT_EQ(front.shape(), (Shape{1, 3, 4, 5, 6}));
  EXPECT_EQ(last.floats()[1], front.floats()[4 * 5 * 6]);
  EXPECT_EQ(last.floats()[5], front.floats()[2 * 4 * 5 * 6 + 1]);
}

TEST(Conv, OwnsKernelAndBiasAsKerasDoes) {
  const auto specs = weight_specs(architecture_from_yaml(
      "layers: [{input: {shape: [9, 9, 4]}}, {conv2d: {filters: 6, kernel_size: [3, 5], groups: 2, kernel_constraint: max_norm}}]"));
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(specs[0].name, "conv2d/kernel");
  EXPECT_EQ(specs[0].spec.shape, (Shape{3, 5, 2, 6}));
  EXPECT_EQ(specs[0].spec.constraint, Json("max_norm"));
  EXPECT_EQ(specs[1].spec.shape, (Shape{6}));
}

TEST(Conv, CarriesNoTranspositionsFromOneToTheNext) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [9, 9, 2]}}, {conv2d: {filters: 3, kernel_size: 3, activation: gelu}}, {dropout: {rate: 0.1}}, "
      "{conv2d: {filters: 2, kernel_size: 3}}, {activation: {activation: softmax}}, {conv2d: {filters: 4, kernel_size: 5}}, flatten]");
  const Model model = build_model(net, initial_weights(net, 1));
  EXPECT_EQ(count_nodes(model, "Transpose"), 1U + 3U);  // of the data, and of three kernels
}

// --- recognition ---------------------------------------------------------------------------------------------------

namespace {

std::string conv_graph(const std::string& attributes, const std::string& more = "", const std::string& out = "c") {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 6, 7] x) => (float[N, M, H, W] " + out +
         ") <float[3, 2, 2, 2] w = {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8, 1, 0, 1, 0, 0, 1, 0, 1}, float[3] b = {0.5, "
         "-0.5, 0}> { c = Conv " +
         attributes + " (x, w, b) " + more + " }";
}

}  // namespace

TEST(Conv, RecognisesAConvolutionOfPyTorch) {
  const std::string text = conv_graph("<kernel_shape = [2, 2], pads = [0, 0, 0, 0], strides = [2, 1]>", "y = Relu(c)", "y");
  const auto layers = recognised(text);
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].kind, "conv2d");
  EXPECT_EQ(layers[0].settings["filters"], 3);
  EXPECT_EQ(layers[0].settings["activation"], "relu");
  EXPECT_EQ(layers[0].settings["data_format"], "channels_first");
  EXPECT_EQ(layers[0].settings["strides"], (Json{2, 1}));
  EXPECT_EQ(weights_of(model_from_text(text))[0].second.shape(), (Shape{2, 2, 2, 3}));
  EXPECT_THAT(values(weights_of(model_from_text(text))[0].second).at(3), 5);  // kernel[0, 0, 1, 0] is w[0, 1, 0, 0]
  expect_equal_answers(text, numbers({2, 2, 6, 7}, 4), 64);
}

TEST(Conv, GivesPaddingThatKerasHasNoWordForToALayerOfItsOwn) {
  const std::string text = conv_graph("<pads = [1, 1, 1, 1], strides = [2, 2]>");
  const auto layers = recognised(text);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].kind, "zero_padding2d");
  EXPECT_EQ(layers[0].settings["padding"], parse_json("[[1, 1], [1, 1]]"));
  EXPECT_FALSE(layers[1].settings.contains("padding"));
  expect_equal_answers(text, numbers({1, 2, 6, 7}, 4), 64);
}

TEST(Conv, RecognisesKerasPaddingByItsNumbers) {
  EXPECT_EQ(recognised(conv_graph("<pads = [0, 0, 1, 1]>"))[0].settings["padding"], "same");
  EXPECT_EQ(recognised(conv_graph("<auto_pad = \"SAME_UPPER\">"))[0].settings["padding"], "same");
  EXPECT_EQ(recognised(conv_graph("<pads = [0, 0, 0, 1], strides = [2, 2]>"))[0].settings["padding"], "same");  // 6 rows, 7 columns
  EXPECT_THAT(message_of([] { recognised(conv_graph("<auto_pad = \"SAME_LOWER\">")); }), HasSubstr("Conv"));
}

TEST(Conv, RecognisesItself) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [6, 7, 2]}}, {conv2d: {filters: 3, kernel_size: 3, padding: same, strides: 2, activation: tanh}}]");
  Model model = build_model(net, initial_weights(net, 1));
  std::erase_if(model.metadata, [](const auto& pair) { return pair.first == kLayersKey; });
  const Model again = with_layers(model).model;
  EXPECT_EQ(find(weights_of(again), "conv2d/kernel")->shape(), (Shape{3, 3, 2, 3}));
  const Tensor x = numbers({2, 6, 7, 2}, 5);
  EXPECT_THAT(values(run(again, x)), Near(values(run(model, x))));
}

// --- errors --------------------------------------------------------------------------------------------------------

TEST(Conv, SaysWhatWouldHaveBeenRight) {
  const auto error_with = [](const std::string& settings, const std::string& shape = "[9, 9, 4]") {
    return message_of(
        [&] { weight_specs(architecture_from_yaml("layers: [{input: {name: x, shape: " + shape + "}}, {conv2d: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("kernel_size: 3"), HasSubstr("a conv2d layer needs a number of filters"));
  EXPECT_THAT(error_with("filters: 3"), HasSubstr("a conv2d layer needs a kernel_size"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: [3, 3, 3]"), HasSubstr("conv2d.kernel_size: [3,3,3] has 3 numbers"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: 0"), HasSubstr("conv2d.kernel_size: 0 is outside [1,"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: 3, strides: 2, dilation_rate: 2"), HasSubstr("both greater than 1"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: 3, groups: 2"), HasSubstr("3 filters do not make 2 equal groups"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: 3, groups: 3"), HasSubstr("4 channels do not make 3 equal groups"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: 10"), HasSubstr("a window of 10 does not fit into 9 elements"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: 3", "[9, 4]"),
              HasSubstr("it expects an input of 4 axes, 2 of them spatial, got [batch, 9, 4]"));
  EXPECT_THAT(error_with("filters: 3, kernel_size: 3", "[9, 9, null]"), HasSubstr("it expects a known number of channels"));
}

}  // namespace upkeep::layers
