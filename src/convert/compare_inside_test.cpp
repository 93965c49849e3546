#include "convert/compare_inside.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "convert/random_inputs.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

constexpr const char* kNet = R"(
  layers:
    - input: {shape: [8, 8, 1]}
    - conv2d: {filters: 2, kernel_size: [3, 3], activation: relu, name: first}
    - conv2d: {filters: 3, kernel_size: [3, 3], name: second}
    - flatten: {name: flat}
    - dense: {units: 4, name: hidden}
    - dense: {units: 2, name: out}
)";

// The same model, one number of one weight changed.
Model with_one_changed(Model model, const std::string& weight) {
  Tensor& tensor = *model.graph.initializer(weight);
  std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
  values[0] += 0.5f;
  tensor = Tensor(tensor.shape(), std::move(values));
  return model;
}

Inside inside(const Model& first, const Model& second) { return compare_inside(first, second, random_inputs(first, 3, 1), 1e-5); }

}  // namespace

TEST(CompareInside, NamesTheFirstLayerThatDiffers) {
  const Model model = model_of(kNet);
  for (const std::string layer : {"first", "second", "hidden", "out"}) {
    const Inside found = inside(model, with_one_changed(model, layer + "/kernel"));
    EXPECT_EQ(found.by, "layers");
    ASSERT_TRUE(found.first) << layer;
    EXPECT_EQ(found.first->layer, layer);
    EXPECT_THAT(to_text(found), HasSubstr("layer \"" + layer + "\""));
  }
  EXPECT_FALSE(inside(model, model).first);
  EXPECT_EQ(inside(model, model).values, 5);
}

// One graph keeps the channels second up to the end, the other has them last after each layer: the values are the same ones.
TEST(CompareInside, ReadsAxesInKerassOrder) {
  const Model model = model_of(kNet);
  Model shown = model;
  shown.graph.nodes.push_back({.op = "Transpose",
                               .name = "first/Transpose_2",
                               .inputs = {"first/Relu"},
                               .outputs = {"first/Transpose_2"},
                               .attributes = {{.name = "perm", .value = std::vector<std::int64_t>{0, 2, 3, 1}, .doc = {}}}});
  const Inside same = inside(model, shown);
  EXPECT_EQ(same.values, 5);
  EXPECT_FALSE(same.first);
  EXPECT_EQ(inside(shown, with_one_changed(model, "second/kernel")).first->layer, "second");
}

TEST(CompareInside, GoesByNamesWhereThereAreNoLayers) {
  const auto graph = [](const std::string& factor) {
    return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 2] x) => (float[n, 2] y) <float f = {" + factor +
                           "}> { a = Cos(x) b = Mul(a, f) y = Sin(b) }");
  };
  const Inside found = inside(graph("2.0"), graph("2.5"));
  EXPECT_EQ(found.by, "names");
  ASSERT_TRUE(found.first);
  EXPECT_EQ(found.first->difference.output, "b");
  EXPECT_EQ(found.values, 2);
}

TEST(CompareInside, SaysWhenOnlyOutputsCanBeCompared) {
  const Model cosine = model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 2] x) => (float[n, 2] y) { y = Cos(x) }");
  const Model sine = model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n, 2] x) => (float[n, 2] z) { z = Sin(x) }");
  const Inside found = inside(cosine, sine);
  EXPECT_EQ(found.by, "nothing");
  EXPECT_THAT(to_text(found), HasSubstr("only their outputs"));
  EXPECT_TRUE(to_json(found)["first"].is_null());
}

}  // namespace upkeep
