#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {
namespace {

using testing::ElementsAre;

std::vector<std::string> kinds(const Architecture& view) {
  std::vector<std::string> all;
  for (const LayerSpec& layer : view.layers) all.push_back(layer.kind);
  return all;
}

// Checks the answers, and gives the layer view.
Architecture equal(const std::string& text, const Shape& input) {
  expect_equal_answers(text, numbers(input, 1));
  const Architecture view = with_layers(model_from_text(text)).architecture;
  for (const LayerSpec& layer : view.layers) EXPECT_NE(layer.settings.value("data_format", Json()), "channels_first") << layer.name;
  return view;
}

int count(const Model& model, std::string_view op) { return static_cast<int>(std::ranges::count(model.graph.nodes, op, &Node::op)); }

std::string some_numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + std::to_string((i * 7) % 11 - 5) + ".25";
  return text;
}

// A graph of float values with random weights: "w" of the given shapes, in order w0, w1, ...
std::string graph(const std::string& face, const std::string& nodes, const std::vector<Shape>& weights) {
  std::string text = R"(<ir_version: 10, opset_import: ["": 21]> g )" + face + " <";
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::string sizes;
    for (const std::int64_t size : weights[i]) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
    text += (i > 0 ? ", " : "") + ("float[" + sizes + "] w" + std::to_string(i) + " = {") +
            some_numbers(static_cast<int>(element_count(weights[i]))) + "}";
  }
  return text + "> { " + nodes + " }";
}

TEST(ChannelsLast, PutsConvolutionNetsInKerassOrderBetweenPermutes) {
  const std::string text =
      graph("(float[N, 2, 5, 4] x) => (float[N, 3] y)",
            "c = Conv <pads = [1, 1, 1, 1]> (x, w0, w1) n = BatchNormalization(c, w1, w2, w2, w3) r = Relu(n) "
            "p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (r) f = Flatten(p) y = Gemm <transB = 1> (f, w4, w2)",
            {{3, 2, 3, 3}, {3}, {3}, {3}, {3, 12}});
  std::string positive = text;  // a variance
  positive.replace(positive.find("w3 = {") + 6, some_numbers(3).size(), "1, 2, 3");
  const Architecture view = equal(positive, {2, 2, 5, 4});
  EXPECT_THAT(kinds(view), ElementsAre("input", "permute", "conv2d", "batch_normalization", "activation", "max_pooling2d", "permute",
                                       "flatten", "dense"));
  EXPECT_EQ(view.layers[0].settings["shape"], (Json{2, 5, 4}));
  EXPECT_EQ(view.layers[1].settings["dims"], (Json{2, 3, 1}));
  EXPECT_EQ(view.layers[3].settings["axis"], -1);
  EXPECT_EQ(view.layers[6].settings["dims"], (Json{3, 1, 2}));
  const Model ours = with_layers(model_from_text(positive)).model;
  EXPECT_LE(count(ours, "Transpose"), 1) << "of the kernel";
}

TEST(ChannelsLast, KeepsTheNamesOfOutputs) {
  const Architecture view = equal(graph("(float[N, 2, 5, 4] x) => (float[N, 3, 3, 2] y, float[N, 3] z)",
                                        "y = Conv(x, w0) g = GlobalAveragePool(y) z = Flatten(g)", {{3, 2, 3, 3}}),
                                  {2, 2, 5, 4});
  EXPECT_THAT(kinds(view), ElementsAre("input", "permute", "conv2d", "permute", "global_average_pooling2d"));
  EXPECT_EQ(view.layers[2].name, "conv2d");
  EXPECT_EQ(view.layers[3].name, "y");
  EXPECT_EQ(view.layers[4].name, "z");
  EXPECT_EQ(view.layers[4].inputs, std::vector<std::string>{"conv2d"});
  EXPECT_THAT(view.outputs, ElementsAre("y", "z"));
}

TEST(ChannelsLast, KeepsBranchesTogether) {
  const Architecture view =
      equal(graph("(float[N, 2, 4, 4] x) => (float[N, 4] y)",
                  "a = Conv <pads = [1, 1, 1, 1]> (x, w0) b = PRelu(a, w1) s = Add(b, x) m = Concat <axis = 1> (s, x) "
                  "q = GroupNormalization <num_groups = 2> (m, w2, w2) l = LayerNormalization <axis = 1> (q, w3, w3) "
                  "i = Softmax <axis = 1> (l) g = GlobalAveragePool(i) y = Flatten(g)",
                  {{2, 2, 3, 3}, {2, 1, 1}, {4}, {4, 4, 4}}),
            {2, 2, 4, 4});
  EXPECT_THAT(kinds(view), ElementsAre("input", "permute", "conv2d", "prelu", "add", "concatenate", "group_normalization",
                                       "layer_normalization", "activation", "global_average_pooling2d"))
      << "one permutation of the picture for all who read it";
  EXPECT_EQ(view.layer("activation").settings["activation"], "softmax");
  EXPECT_EQ(view.layer("prelu").settings["shared_axes"], (Json{1, 2}));
  EXPECT_EQ(view.layer("concatenate").settings["axis"], -1);
}

TEST(ChannelsLast, MovesSlopesOfEachPlace) {
  equal(graph("(float[N, 2, 4, 3] x) => (float[N, 2, 4, 3] y)", "a = Conv <pads = [1, 1, 1, 1]> (x, w0) y = PRelu(a, w1)",
              {{2, 2, 3, 3}, {2, 4, 3}}),
        {2, 2, 4, 3});
}

TEST(ChannelsLast, UsesPermutesThatAreThere) {
  const Architecture view =
      equal(graph("(float[N, 2, 4, 4] x) => (float[N, 2, 4, 4] y)",
                  "a = Conv <pads = [1, 1, 1, 1]> (x, w0) t = Transpose <perm = [0, 2, 3, 1]> (a) "
                  "n = LayerNormalization <axis = -1> (t, w1, w1) u = Transpose <perm = [0, 3, 1, 2]> (n) s = Mul(w3, u) "
                  "y = Conv (s, w2)",
                  {{2, 2, 3, 3}, {2}, {2, 2, 1, 1}, {2, 1, 1}}),
            {2, 2, 4, 4});
  EXPECT_THAT(kinds(view), ElementsAre("input", "permute", "conv2d", "layer_normalization", "layer_scale", "conv2d", "permute"));
}

TEST(ChannelsLast, GoesBackForLayersThatWantTheAxesAsTheyWere) {
  const Architecture view =
      equal(graph("(float[N, 2, 4, 3] x) => (float[N, 2, 4, 5] y)",
                  "a = Conv <pads = [1, 1, 1, 1]> (x, w0) m = MatMul(a, w1) y = Softmax <axis = 3> (m)", {{2, 2, 3, 3}, {3, 5}}),
            {2, 2, 4, 3});
  EXPECT_THAT(kinds(view), ElementsAre("input", "permute", "conv2d", "permute", "dense"));
}

TEST(ChannelsLast, TurnsSequencesAsWell) {
  const Architecture view =
      equal(graph("(float[N, 2, 6] x) => (float[N, 3, 2] y)",
                  "a = Conv <pads = [1, 1]> (x, w0) r = Relu(a) y = AveragePool <kernel_shape = [3], strides = [3]> (r)", {{3, 2, 3}}),
            {2, 2, 6});
  EXPECT_THAT(kinds(view), ElementsAre("input", "permute", "conv1d", "average_pooling1d", "permute"));
}

}  // namespace
}  // namespace upkeep::layers
