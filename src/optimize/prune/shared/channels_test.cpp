#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/notes.hpp"
#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"
#include "train/trainer.hpp"

namespace upkeep {

using testing::ElementsAre;

namespace {

Shape shape_of(const Model& model, const std::string& name) { return model.graph.initializer(name)->shape(); }

Json widths(const Model& model, const std::string& setting) {
  Json all = Json::array();
  for (const LayerSpec& layer : architecture_of(model).layers)
    if (layer.settings.contains(setting)) all.push_back(layer.settings[setting]);
  return all;
}

}  // namespace

TEST(ChannelPruning, TakesTheUnitsWithTheSmallestWeights) {
  Model model = model_of("layers: [{input: {shape: [2]}}, {dense: {units: 4, activation: relu, use_bias: false}}, {dense: {units: 1}}]");
  *model.graph.initializer("dense/kernel") = Tensor(Shape{2, 4}, std::vector<float>{1, 0.1F, -5, 0.2F, 1, 0.1F, 5, 0.3F});
  *model.graph.initializer("dense_1/kernel") = Tensor(Shape{4, 1}, std::vector<float>{1, 9, 1, 0.1F});
  // By the mean size over both kernels: 1, 3.07, 3.67, 0.2.
  const Change change = prune_channels(model, {"magnitude", {{"sparsity", 0.5}}});
  EXPECT_THAT(model.graph.initializer("dense/kernel")->floats(), ElementsAre(0.1F, -5, 0.1F, 5));
  EXPECT_THAT(model.graph.initializer("dense_1/kernel")->floats(), ElementsAre(9, 1));
  EXPECT_EQ(change.facts["groups"][0]["name"], "dense/kernel");
  EXPECT_EQ(change.facts["parameters_before"], 13);
  EXPECT_EQ(change.facts["parameters"], 7);
}

TEST(ChannelPruning, LayersKeepTheirSettingsAndTrainOn) {
  Model model = model_of(
      R"(layers: [{input: {shape: [8, 8, 1]}}, {conv2d: {filters: 8, kernel_size: 3, padding: same, activation: relu, kernel_regularizer: "l2:l2=0.01"}},
    {batch_normalization: {}}, {depthwise_conv2d: {kernel_size: 3}}, {max_pooling2d: {}}, {conv2d_transpose: {filters: 6, kernel_size: 2}}, {dropout: {rate: 0.2}},
    {flatten: {}}, {dense: {units: 10, activation: relu}}, {dense: {units: 3, activation: softmax}}])");
  const Change change = prune_channels(model, {"magnitude", {{"sparsity", 0.5}}});
  EXPECT_EQ(change.facts["layers"], "kept");
  EXPECT_EQ(widths(model, "filters"), Json({4, 3}));
  EXPECT_EQ(widths(model, "units"), Json({5, 3}));
  EXPECT_EQ(shape_of(model, "depthwise_conv2d/kernel"), (Shape{3, 3, 4, 1}));
  EXPECT_EQ(architecture_of(model).layer("dropout").settings["rate"], 0.2);
  EXPECT_FALSE(architecture_of(model).layer("conv2d").settings["kernel_regularizer"].is_null());
  Trainer trainer(model, {.loss = parse_named("sparse_categorical_crossentropy")});
  Dataset data;
  data.inputs[model.graph.inputs[0].name] = Tensor(Shape{8, 8, 8, 1}, std::vector<float>(512, 0.5F));
  data.targets = Tensor(Shape{8, 1}, std::vector<std::int64_t>(8, 1));
  EXPECT_NO_THROW(trainer.fit(data, {.epochs = 1}));
}

TEST(ChannelPruning, UnitsOfRecurrentLayersAndEmbeddings) {
  Model model = model_of(
      "layers: [{input: {shape: [6], dtype: int64}}, {embedding: {input_dim: 20, output_dim: 8}}, {lstm: {units: 6, return_sequences: "
      "true}}, {gru: {units: 4}}, {dense: {units: 2}}]");
  const Change change = prune_channels(model, {"magnitude", {{"sparsity", 0.5}}});
  EXPECT_EQ(change.facts["layers"], "kept");
  EXPECT_EQ(shape_of(model, "embedding/embeddings"), (Shape{20, 4}));
  EXPECT_EQ(shape_of(model, "lstm/kernel"), (Shape{4, 12}));
  EXPECT_EQ(shape_of(model, "gru/recurrent_kernel"), (Shape{2, 6}));
}

TEST(ChannelPruning, AReshapeTakesAsManyChannelsAsThereAre) {
  Model model = model_of(
      R"(layers: [{input: {shape: [6, 6, 1]}}, {conv2d: {filters: 8, kernel_size: 3, name: c}}, {global_average_pooling2d: {name: g}},
    {reshape: {target_shape: [1, 1, 8], name: r}}, {conv2d: {filters: 8, kernel_size: 1, activation: sigmoid, name: s}},
    {multiply: {name: m, inputs: [c, s]}}, {flatten: {}}, {dense: {units: 2}}])");
  const Change change = prune_channels(model, {"magnitude", {{"sparsity", 0.5}}});
  EXPECT_EQ(change.facts["layers"], "kept");
  EXPECT_EQ(architecture_of(model).layer("r").settings["target_shape"], Json({1, 1, -1}));
}

TEST(ChannelPruning, MultiplesAndPatternsAndGlobalRanks) {
  const std::string net = "layers: [{input: {shape: [4]}}, {dense: {units: 20}}, {dense: {units: 6}}, {dense: {units: 2}}]";
  Model rounded = model_of(net);
  prune_channels(rounded, {"magnitude", {{"sparsity", 0.5}}}, {.round_to = 8});
  EXPECT_EQ(widths(rounded, "units"), Json({16, 6, 2}));  // 10 -> 16; six units are fewer than eight
  Model one = model_of(net);
  prune_channels(one, {"magnitude", {{"sparsity", 0.5}, {"weights", {"dense_1/kernel"}}}});
  EXPECT_EQ(widths(one, "units"), Json({10, 3, 2}));  // both groups stand in that kernel
  Model weak = model_of(net);
  Tensor& kernel = *weak.graph.initializer("dense/kernel");
  std::vector<float> values(kernel.floats().begin(), kernel.floats().end());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= i % 20 < 13 ? 0.001F : 1.0F;
  kernel = Tensor(Shape{4, 20}, values);
  Tensor& next = *weak.graph.initializer("dense_1/kernel");
  std::vector<float> rows(next.floats().begin(), next.floats().end());
  for (std::size_t i = 0; i < 13 * 6; ++i) rows[i] *= 0.001F;
  next = Tensor(Shape{20, 6}, rows);
  prune_channels(weak, {"magnitude", {{"sparsity", 0.5}, {"scope", "global"}}});
  EXPECT_EQ(widths(weak, "units"), Json({7, 6, 2}));  // all 13 come from the layer that has weak units
  EXPECT_THAT(message_of([&] { prune_channels(weak, {"magnitude", {{"weights", {"dence/*"}}}}); }), testing::HasSubstr("dense/kernel"));
}

TEST(ChannelPruning, SaysWhereNothingCanGo) {
  Model model = model_of("layers: [{input: {shape: [4]}}, {dense: {units: 2}}]");
  EXPECT_THAT(message_of([&] { prune_channels(model, {"magnitude", {{"sparsity", 0.5}}}); }),
              testing::HasSubstr("no channels that can go"));
}

TEST(ChannelPruning, GradientsRankByTheLoss) {
  // Two units of equal size; the loss depends on the second only weakly.
  Model model = model_of("layers: [{input: {shape: [1]}}, {dense: {units: 2, use_bias: false}}, {dense: {units: 1, use_bias: false}}]");
  *model.graph.initializer("dense/kernel") = Tensor(Shape{1, 2}, std::vector<float>{1, 1});
  *model.graph.initializer("dense_1/kernel") = Tensor(Shape{2, 1}, std::vector<float>{1, 0.001F});
  Dataset data;
  data.inputs[model.graph.inputs[0].name] = Tensor(Shape{4, 1}, std::vector<float>{1, 2, 3, 4});
  data.targets = Tensor(Shape{4, 1}, std::vector<float>{0, 0, 0, 0});
  const auto gradients = weight_gradients(model, {.loss = parse_named("mse")}, data);
  for (const std::string method : {"taylor", "snip", "fisher"}) {
    Model pruned = model;
    prune_channels(pruned, {method, {{"sparsity", 0.5}}}, {}, {.gradients = gradients, .activations = {}});
    EXPECT_THAT(pruned.graph.initializer("dense_1/kernel")->floats(), ElementsAre(1)) << method;
  }
}

TEST(ChannelPruning, LeavesWideConvolutionsInMultiplesOfEight) {
  const auto kept = [](const std::string& layer, std::int64_t round_to) {
    Model model = model_of("layers: [{input: {shape: [6, 6, 1]}}, " + layer + ", {flatten: {}}, {dense: {units: 2}}]");
    return prune_channels(model, {"magnitude", {{"sparsity", 0.5}}}, {.round_to = round_to}).facts["groups"][0]["kept"].get<int>();
  };
  EXPECT_EQ(kept("{conv2d: {filters: 36, kernel_size: 3}}", 0), 24);  // 18, rounded up
  EXPECT_EQ(kept("{conv2d: {filters: 36, kernel_size: 3}}", 1), 18);
  EXPECT_EQ(kept("{conv2d: {filters: 20, kernel_size: 3}}", 0), 10);
  EXPECT_EQ(kept("{flatten: {}}, {dense: {units: 34}}", 0), 17);
}

TEST(ChannelPruning, IsomorphicGroupsAreRankedTogether) {
  Model model = model_of(
      "layers: [{input: {shape: [2]}}, {dense: {units: 4, use_bias: false}}, {dense: {units: 4, use_bias: false}}, {dense: {units: 1, "
      "use_bias: "
      "false}}]");
  *model.graph.initializer("dense/kernel") = Tensor(Shape{2, 4}, std::vector<float>{1, 1, 1, 1, 1, 1, 1, 1});
  *model.graph.initializer("dense_1/kernel") = Tensor::full<float>({4, 4}, 1);
  *model.graph.initializer("dense_2/kernel") = Tensor(Shape{4, 1}, std::vector<float>{9, 9, 0.1F, 0.1F});
  // Half of all eight channels by magnitude: those that the last kernel hardly reads, and then two of the first.
  const Change change = prune_channels(model, {"magnitude", {{"sparsity", 0.5}, {"scope", "isomorphic"}}});
  EXPECT_EQ(change.facts["kept"], 4);
  EXPECT_EQ(change.facts["groups"][1]["kept"], 2);
}

TEST(ChannelPruning, TakesAttentionHeadsAlone) {
  Model model = model_of(
      "layers: [{input: {shape: [5, 8], name: x}}, {dense: {units: 8, name: before}}, {multi_head_attention: {num_heads: 4, key_dim: 3, "
      "name: heads, inputs: "
      "[before, before]}}, {dense: {units: 6, name: behind}}, {dense: {units: 2}}]");
  const Change change = prune_channels(model, {"magnitude", {{"sparsity", 0.5}}}, {.heads = true});
  ASSERT_EQ(change.facts["groups"].size(), 1U);
  EXPECT_EQ(change.facts["groups"][0]["unit"], "heads");
  EXPECT_THAT(change.notes[0], testing::HasSubstr("2 of 4 heads are left"));
  EXPECT_EQ(change.facts["channels"], 4);
  EXPECT_EQ(change.facts["kept"], 2);
  EXPECT_EQ(change.facts["layers"], "kept");
  const LayerSpec heads = architecture_of(model).layer("heads");
  EXPECT_EQ(heads.settings["num_heads"], 2);
  EXPECT_EQ(heads.settings["key_dim"], 3);
  Model without = three_layers();
  EXPECT_THAT(message_of([&] { prune_channels(without, {"magnitude", {{"sparsity", 0.5}}}, {.heads = true}); }),
              testing::HasSubstr("no attention heads"));
}

// Four heads of width 2 over 3 places; the size of batch and heads together is computed from the batch.
TEST(ChannelPruning, TakesHeadsThatAreFoldedIntoAnOpenBatch) {
  const Model before = model_from_text(R"(<ir_version: 10, opset_import: ["" : 17]> g (float[3,n,5] x) => (float[m,2] y)
    <float[5,8] w = )" + numbers(40, 1) +
                                       ", float[5,8] v = " + numbers(40, 2) + ", float[8,2] o = " + numbers(16, 3) +
                                       R"(, int64 one = {1}, int64 four = {4}, int64[1] zero = {0}, int64[1] three = {3}, int64[1] d = {2},
       int64[1] e = {8}, int64[1] minus = {-1}> {
      q = MatMul (x, w)
      c = MatMul (x, v)
      s = Shape (x)
      batch = Gather (s, one)
      folded = Mul (batch, four)
      f = Unsqueeze (folded, zero)
      target = Concat <axis = 0> (three, f, d)
      r = Reshape (q, target)
      rc = Reshape (c, target)
      t = Transpose <perm = [1, 0, 2]> (r)
      tc = Transpose <perm = [1, 0, 2]> (rc)
      k = Transpose <perm = [0, 2, 1]> (t)
      a = MatMul (t, k)
      p = Softmax <axis = -1> (a)
      z = MatMul (p, tc)
      u = Transpose <perm = [1, 0, 2]> (z)
      back = Concat <axis = 0> (minus, e)
      j = Reshape (u, back)
      y = MatMul (j, o)
    })");
  Model model = before;
  const Change change = prune_channels(model, {"magnitude", {{"sparsity", 0.5}}}, {.heads = true});
  EXPECT_EQ(change.facts["channels"], 4);
  EXPECT_EQ(change.facts["kept"], 2);
  EXPECT_EQ(shape_of(model, "w"), (Shape{5, 4}));
  EXPECT_EQ(shape_of(model, "o"), (Shape{4, 2}));
  for (const std::int64_t batch : {1, 4}) EXPECT_EQ(answers(model, before, batch).at("y").shape(), (Shape{3 * batch, 2}));
}

}  // namespace upkeep
