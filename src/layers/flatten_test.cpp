#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kFlattenInput({1, 2, 2, 2}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});

TEST(Flatten, MakesOneAxisOfAllBehindTheBatch) {
  const Tensor y = apply("flatten", kFlattenInput);
  EXPECT_EQ(y.shape(), (Shape{1, 8}));
  EXPECT_EQ(values(y), values(kFlattenInput));
  EXPECT_EQ(apply("flatten", Tensor({3}, std::vector<float>{1, 2, 3})).shape(), (Shape{3, 1}));
}

TEST(Flatten, KnowsItsSizeForTheLayerBehind) {
  EXPECT_EQ(weight_specs(architecture_from_yaml("layers: [{input: {shape: [4, 5]}}, flatten, {dense: {units: 3}}]"))[0].spec.shape,
            (Shape{20, 3}));
}

TEST(Flatten, MovesFirstChannelsToTheEndBefore) {  // [channel, row, column] -> [row, column, channel]
  EXPECT_THAT(values(apply("{flatten: {data_format: channels_first}}", kFlattenInput)), testing::ElementsAre(1, 5, 2, 6, 3, 7, 4, 8));
}

TEST(Flatten, LeavesAMatrixAsItIs) {
  EXPECT_EQ(build_model(architecture_from_yaml("layers: [{input: {shape: [4]}}, flatten, {rescaling: {scale: 2}}]"), {}).graph.nodes.size(),
            1U);
}

std::string flatten_graph(const std::string& shape, const std::string& input = "float[N, 2, 2, 2] x") {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (" + input + ") => (float[M, K] y) <int64[2] s = {" + shape +
         "}> { y = Reshape(x, s) }";
}

TEST(FlattenRecognition, FindsFlattenAndReshape) {
  EXPECT_EQ(recognised("<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 2, 2] x) => (float[N, 8] y) { y = Flatten(x) }")[0].kind,
            "flatten");
  EXPECT_EQ(recognised(flatten_graph("-1, 8"))[0].kind, "flatten");
  EXPECT_EQ(recognised(flatten_graph("0, -1"))[0].kind, "flatten");
  EXPECT_EQ(recognised(flatten_graph("3, -1", "float[3, 2, 2] x"))[0].kind, "flatten");
  expect_equal_answers(flatten_graph("-1, 8"), kFlattenInput);
}

TEST(FlattenRecognition, LeavesOtherReshapesAlone) {
  EXPECT_THAT(message_of([] { recognised(flatten_graph("-1, 4")); }), testing::HasSubstr("Reshape"));
  EXPECT_THAT(message_of([] { recognised(flatten_graph("1, -1")); }), testing::HasSubstr("Reshape"));
  EXPECT_THAT(message_of([] { recognised(flatten_graph("-1, 8", "float[N, 2, K, 2] x")); }), testing::HasSubstr("Reshape"));
  EXPECT_THAT(
      message_of([] {
        recognised("<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 2] x) => (float[M, 2] y) { y = Flatten <axis = 2> (x) }");
      }),
      testing::HasSubstr("Flatten"));
}

}  // namespace
}  // namespace upkeep::layers
