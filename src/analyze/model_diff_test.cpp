#include "analyze/model_diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "graph/onnx.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

Model net_of(const std::string& layers, std::uint64_t seed = 1) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [4], name: x}}, " + layers + "]");
  return build_model(net, initial_weights(net, seed));
}

// "+name", "-name", "~name" and "=name" in order.
std::vector<std::string> marks(const ModelDiff& difference) {
  std::vector<std::string> list;
  for (const PartChange& part : difference.parts)
    list.push_back(part.before.empty()  ? "+" + part.after
                   : part.after.empty() ? "-" + part.before
                                        : (part.same() ? "=" : "~") + part.after);
  return list;
}

const PartChange& part_of(const ModelDiff& difference, std::string_view after) {
  return *std::ranges::find(difference.parts, after, &PartChange::after);
}

constexpr const char* kPlain = "{dense: {units: 3, name: a}}, {dropout: {rate: 0.5, name: d}}, {dense: {units: 2, name: out}}";

}  // namespace

TEST(ModelDiff, FindsAModelTheSameAsItself) {
  const ModelDiff same = diff(net_of(kPlain), net_of(kPlain));
  EXPECT_TRUE(same.same());
  EXPECT_THAT(marks(same), ElementsAre("=x", "=a", "=d", "=out"));
  EXPECT_THAT(same.metadata, IsEmpty());
}

TEST(ModelDiff, TellsWhatCameAndWent) {
  const ModelDiff found = diff(net_of(kPlain), net_of("{dense: {units: 3, name: a}}, {relu: {name: r}}, {dense: {units: 2, name: out}}"));
  EXPECT_THAT(marks(found), ElementsAre("=x", "=a", "+r", "-d", "~out"));
  EXPECT_THAT(part_of(found, "out").reads_before, ElementsAre("d"));
  EXPECT_THAT(part_of(found, "out").reads_after, ElementsAre("r"));
  EXPECT_TRUE(part_of(found, "out").reads_row_above);
  EXPECT_FALSE(found.same_structure());
  EXPECT_TRUE(found.same_settings());
  EXPECT_TRUE(found.same_weights());  // of what both have
}

TEST(ModelDiff, KnowsALayerByItsWeightsUnderAnotherName) {
  const Model before = net_of(kPlain);
  Model after = net_of("{dense: {units: 3, name: first}}, {dropout: {rate: 0.5, name: nothing}}, {dense: {units: 2, name: out}}");
  for (const char* weight : {"kernel", "bias"})
    *after.graph.initializer(std::string("first/") + weight) = *before.graph.initializer(std::string("a/") + weight);
  *after.graph.initializer("out/kernel") = *before.graph.initializer("out/kernel");
  const ModelDiff found = diff(before, after);
  EXPECT_TRUE(found.same());
  EXPECT_EQ(part_of(found, "first").before, "a");
  EXPECT_TRUE(part_of(found, "first").renamed());
}

// Keras numbers layers: without the second of three, the third takes its name, and keeps its weights.
TEST(ModelDiff, IsNotFooledByNewNumbers) {
  const Model before = net_of("{dense: {units: 4}}, {dense: {units: 4}}, {dense: {units: 4}}, {dense: {units: 1, name: out}}");
  const Architecture fewer = architecture_from_yaml(
      "layers: [{input: {shape: [4], name: x}}, {dense: {units: 4}}, {dense: {units: 4}}, {dense: {units: 1, name: out}}]");
  const Weights kept = weights_of(before);
  const Model after = build_model(fewer, {{"dense/kernel", *find(kept, "dense/kernel")},
                                          {"dense/bias", *find(kept, "dense/bias")},
                                          {"dense_1/kernel", *find(kept, "dense_2/kernel")},
                                          {"dense_1/bias", *find(kept, "dense_2/bias")},
                                          {"out/kernel", *find(kept, "out/kernel")},
                                          {"out/bias", *find(kept, "out/bias")}});
  const ModelDiff found = diff(before, after);
  EXPECT_THAT(marks(found), ElementsAre("=x", "=dense", "-dense_1", "~dense_1", "=out"));
  EXPECT_EQ(part_of(found, "dense_1").before, "dense_2");
  EXPECT_TRUE(found.same_weights());
}

TEST(ModelDiff, KnowsRetrainedLayersByKindAndShapesInOrder) {
  const ModelDiff found = diff(net_of("{dense: {units: 3, name: a}}, {dense: {units: 5, name: b}}, {dense: {units: 2, name: c}}", 1),
                               net_of("{dense: {units: 3, name: k}}, {dense: {units: 5, name: l}}, {dense: {units: 2, name: m}}", 2));
  EXPECT_EQ(part_of(found, "l").before, "b");
  EXPECT_FALSE(found.same_weights());
  EXPECT_FALSE(found.same_structure());  // the output is called m now
  EXPECT_EQ(found.interface.at(0).name, "outputs");
}

TEST(ModelDiff, TellsWhatMovedAndWhatWasReplaced) {
  const ModelDiff moved = diff(net_of("{relu: {name: r}}, {dense: {units: 4, name: a}}, {dense: {units: 4, name: out}}"),
                               net_of("{dense: {units: 4, name: a}}, {relu: {name: r}}, {dense: {units: 4, name: out}}"));
  EXPECT_EQ(part_of(moved, "r").moved + part_of(moved, "a").moved, 1);
  EXPECT_FALSE(moved.same_structure());
  const ModelDiff replaced =
      diff(net_of("{relu: {name: r}}, {dense: {units: 4, name: out}}"), net_of("{elu: {name: r}}, {dense: {units: 4, name: out}}"));
  EXPECT_EQ(part_of(replaced, "r").kind_before, "relu");
  EXPECT_EQ(part_of(replaced, "r").kind_after, "elu");
  EXPECT_EQ(to_json(replaced)["layers"][1]["change"], "replaced");
}

TEST(ModelDiff, FillsDefaultsInAndReadsEverySpelling) {
  const auto conv = [](const std::string& settings) {
    const Architecture net = architecture_from_yaml("layers: [{input: {shape: [6, 6, 1]}}, {conv2d: {filters: 2, " + settings + "}}]");
    return build_model(net, initial_weights(net, 1));
  };
  const Model written =
      conv("kernel_size: [3, 3], strides: 1, kernel_initializer: {class_name: GlorotUniform, config: {}}, kernel_regularizer: l2");
  EXPECT_TRUE(diff(conv("kernel_size: 3, kernel_regularizer: {class_name: L2, config: {l2: 0.009999999776482582}}"), written).same());
  const ModelDiff found = diff(conv("kernel_size: 3, padding: same, kernel_regularizer: l1"), written);
  EXPECT_FALSE(found.same_settings());
  std::vector<std::string> names;
  for (const ValueChange& change : part_of(found, "conv2d").settings) names.push_back(change.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("padding", "kernel_regularizer"));
}

// (0, 3, 4) and (0, 0, 4): norms 5 and 4, one of three differs, by 3.
TEST(ModelDiff, MeasuresWeights) {
  const auto scale = [](const std::string& numbers) {
    return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 3] x) => (float[n, 3] y) <float[3] w = {" + numbers +
                           "}> { c = Cos(x) y = Mul(c, w) }");
  };
  const ModelDiff found = diff(scale("0, 3, 4"), scale("0, 0, 4"));
  EXPECT_EQ(found.by, "nodes");
  const WeightChange& change = found.parts.at(1).weights.at(0);
  EXPECT_EQ(change.name, "w");
  EXPECT_EQ(change.differing, 1);
  EXPECT_EQ(change.values, 3);
  EXPECT_EQ(change.largest_absolute, 3);
  EXPECT_EQ(change.mean_absolute, 1);
  EXPECT_EQ(change.norm_before, 5);
  EXPECT_EQ(change.norm_after, 4);
  EXPECT_EQ(change.zeros_before, 1);
  EXPECT_EQ(change.zeros_after, 2);
  EXPECT_TRUE(diff(scale("0, 3, 4"), scale("0, 3, 4")).same());
}

TEST(ModelDiff, ComparesGraphsWithoutLayersNodeByNode) {
  const auto graph = [](const std::string& nodes) {
    return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 3] x) => (float[n, 3] y) { " + nodes + " }");
  };
  const Model before = graph("a = Cos(x) b = Elu<alpha = 1.0>(a) y = Sin(b)");
  EXPECT_THAT(marks(diff(before, graph("k = Cos(x) b = Elu<alpha = 1.0>(k) y = Sin(b)"))), ElementsAre("=k", "=b", "=y"));
  const ModelDiff found = diff(before, graph("a = Cos(x) b = Elu<alpha = 2.0>(a) c = Abs(b) y = Sin(c)"));
  EXPECT_THAT(marks(found), ElementsAre("=a", "~b", "+c", "~y"));
  EXPECT_EQ(part_of(found, "b").settings.at(0).name, "alpha");
}

TEST(ModelDiff, FollowsTheValuesOfALayerThatGivesSeveral) {
  const auto net = [](const std::string& name, const std::string& state) {
    const Architecture made =
        architecture_from_yaml("layers: [{input: {shape: [5, 4], name: x}}, {lstm: {units: 4, return_state: true, name: " + name +
                               "}}, {dense: {units: 2, name: out, inputs: \"" + name + ":" + state + "\"}}]");
    return build_model(made, initial_weights(made, 1));
  };
  EXPECT_EQ(part_of(diff(net("steps", "1"), net("memory", "1")), "memory").before, "steps");
  EXPECT_TRUE(diff(net("steps", "1"), net("memory", "1")).same_structure());
  EXPECT_THAT(part_of(diff(net("steps", "1"), net("steps", "2")), "out").reads_after, ElementsAre("steps:2"));
}

TEST(ModelDiff, TellsASharedLayerFromOneWithWeightsOfItsOwn) {
  const auto net = [](const std::string& last) {
    const Architecture made = architecture_from_yaml(
        "layers: [{kind: input, name: x, settings: {shape: [4]}}, {kind: dense, name: a, settings: {units: 4}, inputs: [x]}, "
        "{kind: dense, name: b, settings: {units: 4}, inputs: [a]" +
        last + "}]");
    return build_model(made, initial_weights(made, 1));
  };
  const ModelDiff found = diff(net(", shares: a"), net(""));
  EXPECT_FALSE(found.same());
  EXPECT_EQ(part_of(found, "b").settings.at(0).name, "weights of");
  EXPECT_TRUE(diff(net(", shares: a"), net(", shares: a")).same());
}

TEST(ModelDiff, CountsMetadataForNothing) {
  Model other = net_of(kPlain);
  other.producer_name = "somebody";
  other.opsets[""] = 20;
  const ModelDiff found = diff(net_of(kPlain), other);
  EXPECT_TRUE(found.same());
  EXPECT_EQ(found.metadata.size(), 2U);
}

TEST(ModelDiff, ReadsAFreeAxisUnderAnyName) {
  const auto graph = [](const std::string& axis) {
    return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[" + axis + ", 3] x) => (float[" + axis +
                           ", 3] y) { y = Cos(x) }");
  };
  EXPECT_TRUE(diff(graph("batch"), graph("n")).same());
  EXPECT_FALSE(diff(graph("batch"), graph("2")).same_structure());
}

}  // namespace upkeep
