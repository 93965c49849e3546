#include "cli/command_testing.hpp"

namespace upkeep {

using testing::ContainsRegex;
using testing::HasSubstr;
using InspectCommand = CommandTest;

TEST_F(InspectCommand, CountsLayersAndParameters) {
  train_model();
  const Json document = run_here("inspect DIR/model.onnx --json").json();
  EXPECT_EQ(document["parameters"], 3);
  ASSERT_EQ(document["layers"].size(), 2U);
  EXPECT_EQ(document["layers"][1]["name"], "out");
  EXPECT_EQ(document["layers"][1]["output"], "[batch, 1]");
  EXPECT_EQ(document["compile"]["loss"]["name"], "mse");
  const Ran text = run_here("inspect DIR/model.onnx");
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("3 parameters"));
  EXPECT_THAT(text.out, HasSubstr("judged by y"));
}

TEST_F(InspectCommand, ShowsShapesAsKerasDoes) {
  write_file(folder / "images.yaml",
             "layers: [{input: {shape: [8, 8, 1]}}, {conv2d: {filters: 4, kernel_size: [3, 3]}}, {dropout: {rate: 0.5}}, {flatten: {}}]");
  const Json layers = run_here("inspect DIR/images.yaml --json").json()["layers"];
  EXPECT_EQ(layers[1]["output"], "[batch, 6, 6, 4]");
  EXPECT_EQ(layers[2]["output"], "[batch, 6, 6, 4]");
  EXPECT_EQ(layers[3]["output"], "[batch, 144]");
}

// 28 * 28 * 1 numbers to 6: a convolution of 4 filters 3x3 over 26 x 26 places, pooled to 13 x 13.
TEST_F(InspectCommand, CountsTrainableParametersAndFlops) {
  write_file(folder / "digits.yaml",
             "layers: [{input: {shape: [28, 28, 1]}}, {conv2d: {filters: 4, kernel_size: [3, 3]}}, {batch_normalization: {}}, "
             "{max_pooling2d: {}}, "
             "{flatten: {}}, {dense: {units: 6}}]");
  const Json document = run_here("inspect DIR/digits.yaml --batch-size 10 --json").json();
  EXPECT_EQ(document["parameters"], 4 * 9 + 4 + 4 * 4 + 13 * 13 * 4 * 6 + 6);
  EXPECT_EQ(document["trainable"], document["parameters"].get<int>() - 2 * 4);
  EXPECT_EQ(document["layers"][1]["multiply_adds"], 10 * 26 * 26 * 4 * 9);
  EXPECT_EQ(document["layers"][1]["output_bytes"], 10 * 26 * 26 * 4 * 4);
  EXPECT_EQ(document["layers"][5]["multiply_adds"], 10 * 13 * 13 * 4 * 6);
  EXPECT_EQ(document["multiply_adds"], 10 * (26 * 26 * 4 * 9 + 13 * 13 * 4 * 6));
  EXPECT_TRUE(document["layers"][1]["time_us"].is_null());
  const Ran text = run_here("inspect DIR/digits.yaml");
  EXPECT_THAT(text.out, HasSubstr("(4,110 trainable, 8 not)"));
}

TEST_F(InspectCommand, MeasuresTheTimeOfEachLayer) {
  train_model();
  const Json document = run_here("inspect DIR/model.onnx --time --json").json();
  EXPECT_TRUE(document["layers"][0]["time_us"].is_null());  // the input
  EXPECT_GE(document["layers"][1]["time_us"], 0);
  EXPECT_GT(document["run_us"], 0);
  EXPECT_THAT(run_here("inspect DIR/model.onnx --time").out, HasSubstr("rows a second"));
}

TEST_F(InspectCommand, SaysWhatALayerReadsWhereItIsNotTheRowAbove) {
  write_file(folder / "branch.yaml",
             "layers: [{input: {shape: [3], name: x}}, {dense: {units: 2, name: left}}, {dense: {units: 2, name: right, inputs: x}}, "
             "{add: {inputs: [left, right], name: sum}}]");
  const std::string text = run_here("inspect DIR/branch.yaml").out;
  EXPECT_THAT(text, ContainsRegex("\nleft +dense +.batch, 2. +8  +14"));  // nothing between the parameters and the FLOPs
  EXPECT_THAT(text, ContainsRegex("\nright +dense +.batch, 2. +8  x +14"));
  EXPECT_THAT(text, ContainsRegex("\nsum +add +.batch, 2. +0  left, right"));
}

TEST_F(InspectCommand, ShowsTheGraphAsText) {
  train_model();
  EXPECT_THAT(run_here("inspect DIR/model.onnx --graph").out, HasSubstr("Gemm"));
}

TEST_F(InspectCommand, ShowsTheOperatorsOfAForeignGraph) {
  write_file(folder / "foreign.onnxtxt", "<ir_version: 10, opset_import: [\"\": 21]>\ng (float[n,3] x) => (float[n,3] y) { y = Cos(x) }\n");
  const Ran ran = run_here("inspect DIR/foreign.onnxtxt");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Cos"));
  const Json nodes = run_here("inspect DIR/foreign.onnxtxt --json --time").json()["nodes"];
  EXPECT_EQ(nodes[0]["kind"], "Cos");
  EXPECT_EQ(nodes[0]["flops"], 3);
  EXPECT_EQ(run_here("inspect DIR/foreign.onnxtxt --json --by operators").json()["by_operator"][0]["name"], "Cos");
  EXPECT_THAT(run_here("inspect DIR/foreign.onnxtxt --by layers").err, HasSubstr("no layer view"));
}

TEST_F(InspectCommand, RefusesWhatIsNoModel) {
  write_file(folder / "broken.onnx", "this is no model");
  const Ran ran = run_here("inspect DIR/broken.onnx");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("broken.onnx"));
}

}  // namespace upkeep
