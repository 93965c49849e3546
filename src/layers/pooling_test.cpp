#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Tensor pooling_steps() { return Tensor({1, 5, 1}, std::vector<float>{1, -2, 3, -8, -5}); }

}  // namespace

TEST(Pooling, TakesTheLargestOrTheMeanOfEachWindow) {
  EXPECT_THAT(values(apply("max_pooling1d", pooling_steps())), ElementsAre(1, 3));
  EXPECT_THAT(values(apply("average_pooling1d", pooling_steps())), ElementsAre(-0.5F, -2.5F));
  EXPECT_THAT(values(apply("{max_pooling1d: {pool_size: 3, strides: 1}}", pooling_steps())), ElementsAre(3, 3, 3));
}

TEST(Pooling, DoesNotSeeThePadding) {
  for (const char* size : {"5", "null"}) {
    const auto pooled = [&](const std::string& kind) {
      const Model model = build_model(architecture_from_yaml("layers: [{input: {shape: [" + std::string(size) + ", 1]}}, {" + kind +
                                                             ": {pool_size: 2, padding: same}}]"),
                                      {});
      return values(run(model, pooling_steps()));
    };
    EXPECT_THAT(pooled("max_pooling1d"), ElementsAre(1, 3, -5));
    EXPECT_THAT(pooled("average_pooling1d"), ElementsAre(-0.5F, -2.5F, -5));
  }
}

TEST(Pooling, WorksOverTwoAndThreeAxes) {
  const Tensor x({1, 2, 2, 2, 1}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_THAT(values(apply("average_pooling3d", x)), ElementsAre(4.5F));
  EXPECT_THAT(values(apply("max_pooling3d", x)), ElementsAre(8));
  const Tensor two({1, 2, 2, 2}, std::vector<float>{1, 20, 3, 40, 5, 60, 7, 80});
  EXPECT_THAT(values(apply("max_pooling2d", two)), ElementsAre(7, 80));
  EXPECT_THAT(values(apply("{average_pooling2d: {data_format: channels_first}}", two)), ElementsAre(16, 38));
}

TEST(Pooling, AnswersToTheShortNames) {
  EXPECT_EQ(catalog().at("MaxPool2D").name, "max_pooling2d");
  EXPECT_EQ(catalog().at("AveragePooling1D").name, "average_pooling1d");
}

// --- recognition ---------------------------------------------------------------------------------------------------

namespace {

std::string pooling_graph(const std::string& nodes) {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 6, 7] x) => (float[N, 2, H, W] y) { " + nodes + " }";
}

}  // namespace

TEST(Pooling, RecognisesPools) {
  const std::string max = pooling_graph("y = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)");
  EXPECT_EQ(recognised(max)[0].kind, "max_pooling2d");
  EXPECT_EQ(recognised(max)[0].settings, parse_json(R"({"data_format": "channels_first", "pool_size": [2, 2]})"));
  expect_equal_answers(max, numbers({2, 2, 6, 7}, 1));
  const std::string mean = pooling_graph("y = AveragePool <kernel_shape = [3, 2], pads = [1, 0, 1, 1]> (x)");
  EXPECT_EQ(recognised(mean)[0].settings["padding"], "same");
  EXPECT_EQ(recognised(mean)[0].settings["strides"], (Json{1, 1}));
  expect_equal_answers(mean, numbers({2, 2, 6, 7}, 1), 16);
}

TEST(Pooling, PadsByALayerOfItsOwnOnlyWhereZerosMeanThat) {
  const std::string pool = "MaxPool <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]>";
  const std::string relu = pooling_graph("r = Relu(x) y = " + pool + " (r)");
  EXPECT_EQ(recognised(relu)[1].kind, "zero_padding2d");
  expect_equal_answers(relu, numbers({2, 2, 6, 7}, 1));
  const std::string counted = pooling_graph("y = AveragePool <kernel_shape = [2, 2], pads = [1, 1, 1, 1], count_include_pad = 1> (x)");
  EXPECT_EQ(recognised(counted)[0].kind, "zero_padding2d");
  expect_equal_answers(counted, numbers({2, 2, 6, 7}, 1), 16);
}

// PyTorch's AvgPool2d(3, 1, 1): its zeros are where Keras's "same" has nothing.
TEST(Pooling, CountsZerosThatLieWhereSamePaddingDoes) {
  const std::string counted =
      pooling_graph("y = AveragePool <kernel_shape = [3, 3], strides = [1, 1], pads = [1, 1, 1, 1], count_include_pad = 1> (x)");
  EXPECT_EQ(recognised(counted)[0].kind, "zero_padding2d");
  expect_equal_answers(counted, numbers({2, 2, 6, 7}, 1), 16);
}

// Nothing is in the padding: the means of fewer elements.
TEST(Pooling, LeavesOutPaddingThatDoesNotCount) {
  for (const char* attributes :
       {"kernel_shape = [2, 2], pads = [1, 1, 1, 1]", "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]",
        "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 0, 1, 1], ceil_mode = 1"})
    expect_equal_answers(pooling_graph("y = AveragePool <" + std::string(attributes) + "> (x)"), numbers({2, 2, 6, 7}, 1), 16);
}

// What is beyond an edge is no zero: all elements may be below it.
TEST(Pooling, FindsTheLargestOfNegativeElementsAtTheEdges) {
  for (const char* attributes :
       {"kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]", "kernel_shape = [4, 5], strides = [3, 2], pads = [2, 2, 1, 2]",
        "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], ceil_mode = 1"}) {
    const std::string text = pooling_graph("s = Abs(x) n = Neg(s) y = MaxPool <" + std::string(attributes) + "> (n)");
    expect_equal_answers(text, numbers({2, 2, 6, 7}, 1), 8, Recognition::kLayersAndFunctions);
  }
}

TEST(Pooling, RoundsUpAsPyTorchDoes) {
  const std::string exact = pooling_graph("y = MaxPool <kernel_shape = [2, 3], strides = [2, 2], ceil_mode = 1> (x)");
  EXPECT_FALSE(recognised(exact)[0].settings.contains("padding"));
  const std::string same = pooling_graph("y = MaxPool <kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1> (x)");
  EXPECT_EQ(recognised(same)[0].settings["padding"], "same");
  expect_equal_answers(same, numbers({2, 2, 6, 7}, 1));
  expect_equal_answers(pooling_graph("y = AveragePool <kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1> (x)"),
                       numbers({2, 2, 6, 7}, 1), 16);
  const std::string zeros =
      pooling_graph("r = Relu(x) y = MaxPool <kernel_shape = [3, 3], strides = [2, 3], pads = [1, 1, 0, 0], ceil_mode = 1> (r)");
  EXPECT_EQ(recognised(zeros)[1].settings["padding"], parse_json("[[1, 0], [1, 1]]"));
  expect_equal_answers(zeros, numbers({2, 2, 6, 7}, 1));
  for (const char* counted : {"kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1, count_include_pad = 1",
                              "kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], ceil_mode = 1, count_include_pad = 1"})
    expect_equal_answers(pooling_graph("y = AveragePool <" + std::string(counted) + "> (x)"), numbers({2, 2, 6, 7}, 1), 16);
}

TEST(Pooling, SaysWhatIsWrong) {
  const auto error_with = [](const std::string& settings) {
    return message_of(
        [&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: [3, 3]}}, {max_pooling1d: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("pool_size: 4"), HasSubstr("a window of 4 does not fit into 3 elements"));
  EXPECT_THAT(error_with("pool_size: [2, 2]"), HasSubstr("max_pooling1d.pool_size: [2,2] has 2 numbers"));
  EXPECT_THAT(error_with("padding: full"), HasSubstr("padding"));
}

}  // namespace upkeep::layers
