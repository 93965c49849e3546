#include "cli/command_testing.hpp"

namespace upkeep {

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
  EXPECT_THAT(text.out, HasSubstr("predicts y"));
}

TEST_F(InspectCommand, ShowsShapesAsKerasDoes) {
  write_file(folder / "images.yaml",
             "layers: [{input: {shape: [8, 8, 1]}}, {conv2d: {filters: 4, kernel_size: [3, 3]}}, {dropout: {rate: 0.5}}, {flatten: {}}]");
  const Json layers = run_here("inspect DIR/images.yaml --json").json()["layers"];
  EXPECT_EQ(layers[1]["output"], "[batch, 6, 6, 4]");
  EXPECT_EQ(layers[2]["output"], "[batch, 6, 6, 4]");
  EXPECT_EQ(layers[3]["output"], "[batch, 144]");
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
}

TEST_F(InspectCommand, RefusesWhatIsNoModel) {
  write_file(folder / "broken.onnx", "this is no model");
  const Ran ran = run_here("inspect DIR/broken.onnx");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("broken.onnx"));
}

}  // namespace upkeep
