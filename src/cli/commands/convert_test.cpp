#include "cli/command_testing.hpp"
#include "convert/formats/format.hpp"

namespace upkeep {

using ConvertCommand = CommandTest;

TEST_F(ConvertCommand, GoesToKerasAndBackWithTheSameAnswers) {
  train_model();
  const Ran there = run_here("convert DIR/model.onnx DIR/model.h5 --json");
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_EQ(there.json()["comparison"]["rows"], 64);
  write_file(folder / "rows.csv", "a,b\n1,2\n3,4\n");
  const Ran back = run_here("convert DIR/model.h5 DIR/back.onnx --verify DIR/rows.csv");
  ASSERT_EQ(back.code, 0) << back.err;
  const std::string evaluate = "evaluate DIR/back.onnx --data DIR/line.csv --target y --features a,b --json";
  EXPECT_EQ(run_here(evaluate).json()["metrics"], run_here("evaluate DIR/model.onnx --data DIR/line.csv --json").json()["metrics"]);
}

// A sum and a division become one rescaling, which rounds otherwise: no difference at all is too much to ask.
TEST_F(ConvertCommand, NamesTheLayerWhereTheAnswersPartAndLeavesNoFile) {
  write_file(folder / "thirds.onnxtxt",
             "<ir_version: 10, opset_import: [\"\": 21]>\ng (float[n,3] x) => (float[n,2] y)\n"
             "<float a = {0.7}, float b = {3}, float[3,2] w = {1,2,3,4,5,6}> { s = Add(x, a) h = Div(s, b) y = MatMul(h, w) }\n");
  const Ran exact = run_here("convert DIR/thirds.onnxtxt DIR/thirds.h5 --tolerance 0");
  EXPECT_EQ(exact.code, 1);
  EXPECT_THAT(exact.err, testing::ContainsRegex("at output \"y\", row [0-9]+; the two part at layer \"rescaling\" \\(rescaling\\), by"));
  EXPECT_FALSE(std::filesystem::exists(folder / "thirds.h5"));
  const Ran close = run_here("convert DIR/thirds.onnxtxt DIR/thirds.h5");
  ASSERT_EQ(close.code, 0) << close.err;
  EXPECT_THAT(close.out, testing::HasSubstr("ulp"));
}

TEST_F(ConvertCommand, WritesACppHeaderAndRunsIt) {
  train_model();
  const Ran there = run_here("convert DIR/model.onnx DIR/model.hpp --json");
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_EQ(there.json()["comparison"]["rows"], 64);
  EXPECT_THAT(read_file(folder / "model.hpp"), testing::HasSubstr("void predict(std::span<const float, input_count> input"));
  EXPECT_THAT(run_here("convert DIR/model.hpp DIR/back.onnx").err, testing::HasSubstr("not a model in any known format"));
}

TEST_F(ConvertCommand, FailsWithoutAFile) {
  train_model();
  const Ran unknown = run_here("convert DIR/model.onnx DIR/model.xyz");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, testing::HasSubstr(".h5"));
  EXPECT_EQ(run_here("convert DIR/none.h5 DIR/model.onnx2").code, 1);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++files;
  EXPECT_EQ(files, 3U);  // line.csv, net.yaml, model.onnx
}

TEST_F(ConvertCommand, WritesOnnxAsAsked) {
  train_model();
  const std::string command = "convert DIR/model.onnx DIR/old.bin --as onnx:opset=13,ir_version=7,external_data=true,external_bytes=1";
  const Ran ran = run_here(command);
  ASSERT_EQ(ran.code, 0) << ran.err;
  ASSERT_EQ(run_here(command).code, 0);  // over what is there
  const Model written = load_model(folder / "old.bin");
  EXPECT_EQ(written.opsets.at(""), 13);
  EXPECT_EQ(written.ir_version, 7);
  std::vector<std::string> beside;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().filename().string().starts_with("old.bin") || entry.path().filename().string().starts_with("."))
      beside.push_back(entry.path().filename().string());
  ASSERT_EQ(beside.size(), 2U);  // the model and its weights, nothing hidden
  const Ran older = run_here("convert DIR/model.onnx DIR/older.onnx --as onnx:ir_version=3");
  EXPECT_EQ(older.code, 1);
  EXPECT_THAT(older.err, testing::HasSubstr("ir_version"));
  EXPECT_EQ(run_here("convert DIR/model.onnx DIR/older.onnx --as onnx:opsets=13").code, 1);
  EXPECT_EQ(run_here("convert DIR/model.onnx DIR/older.onnx --as keras-h5:opset=13").code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "older.onnx"));
}

TEST_F(ConvertCommand, RewritesInTheOrderGiven) {
  train_model();
  const Ran ran = run_here("convert DIR/model.onnx DIR/small.onnx --rewrite fold-constants --rewrite fixed-batch:size=4 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json rewrites = ran.json()["rewrites"];
  ASSERT_EQ(rewrites.size(), 2U);
  EXPECT_EQ(rewrites[0]["rewrite"], "fold-constants");
  EXPECT_EQ(rewrites[1]["settings"]["size"], 4);
  EXPECT_EQ(ran.json()["comparison"]["rows"], 4);
  EXPECT_EQ(load_model(folder / "small.onnx").graph.inputs[0].type.shape->front(), Dim(std::int64_t{4}));
  const Ran unknown = run_here("convert DIR/model.onnx DIR/none.onnx --rewrite fold-all");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, testing::HasSubstr("fold-constants"));
  EXPECT_FALSE(std::filesystem::exists(folder / "none.onnx"));
}

TEST_F(ConvertCommand, ProvesAFileThatCannotBeReadBack) {
  train_model();
  const Ran ran = run_here("convert DIR/model.onnx DIR/model.ort --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["comparison"]["rows"], 64);
}

TEST_F(ConvertCommand, SaysWhichSizesWereMadeUpAndTakesOthers) {
  write_file(folder / "image.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[n,1,h,w] image) => (float[n,k] y) <int64[2] shape = {-1, 77}> { y = Reshape (image, shape) })");
  const Ran without = run_here("convert DIR/image.onnxtxt DIR/made.onnx");
  EXPECT_EQ(without.code, 1);
  EXPECT_THAT(without.err,
              testing::AllOf(testing::HasSubstr("image float32[n, 1, h, w] as ["), testing::HasSubstr("--verify random:INPUT=")));
  const Ran with = run_here("convert DIR/image.onnxtxt DIR/made.onnx --verify random:image=2x1x7x11 --json");
  ASSERT_EQ(with.code, 0) << with.err;
  EXPECT_FALSE(with.json().contains("made_up_sizes"));
  const Ran partly = run_here("convert DIR/image.onnxtxt DIR/made.onnx --verify random:0=?x1x77x? --json");
  ASSERT_EQ(partly.code, 0) << partly.err;
  EXPECT_THAT(partly.json()["made_up_sizes"].get<std::string>(), testing::HasSubstr("77, 32]"));
  EXPECT_THAT(run_here("convert DIR/image.onnxtxt DIR/made.onnx --verify random:imgae=1x1x7x11").err,
              testing::HasSubstr("did you mean \"image\""));
}

TEST_F(ConvertCommand, TakesABoundForEachOutput) {
  write_file(folder / "two.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[n,2] x) => (float[n,2] a, float[n,2] b) <float t = {0.3333333}> { a = Mul (x, t) b = Relu (x) })");
  const std::string command = "convert DIR/two.onnxtxt DIR/half.onnx --rewrite float16 --tolerance ";
  EXPECT_THAT(run_here(command + "1e-7").err, testing::ContainsRegex("at output \"[ab]\""));
  EXPECT_EQ(run_here(command + "1e-7,a=1e-2,b=1e-2").code, 0);
  EXPECT_THAT(run_here(command + "1e-2,c=1").err, testing::HasSubstr("\"c\""));
  EXPECT_THAT(run_here(command + "a=x").err, testing::HasSubstr("not a number in [0, 1]"));
}

TEST_F(ConvertCommand, WritesRareProbabilitiesAsAHeader) {
  write_file(folder / "rare.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[n,3] x) => (float[n,2] y) <float[3,2] w = {0.1, -0.2, 0.3, 0.21, -0.13, 0.4}, float[2] b = {-10, -11}> {
      a = MatMul (x, w) c = Add (a, b) y = Sigmoid (c) })");
  const Ran ran = run_here("convert DIR/rare.onnxtxt DIR/rare.hpp");
  EXPECT_EQ(ran.code, 0) << ran.err;
}

}  // namespace upkeep
