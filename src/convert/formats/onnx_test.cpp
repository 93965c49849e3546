#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"
#include "graph/onnx.hpp"
#include "train/training_record.hpp"

namespace upkeep {

TEST(OnnxFormat, KeepsLayersCompileSettingsAndOptimiserState) {
  const TemporaryFolder folder;
  const Model before = load_model(keras_fixture("keras3_adam.h5"));
  save_model(before, folder / "model.onnx");
  const Model after = load_model(folder / "model.onnx");
  EXPECT_EQ(to_json(architecture_of(after)), to_json(architecture_of(before)));
  EXPECT_EQ(to_json(*compile_of(after)), to_json(*compile_of(before)));
  EXPECT_EQ(training_record_of(after).iteration, training_record_of(before).iteration);
  EXPECT_EQ(after.training_tensors, before.training_tensors);
  EXPECT_EQ(model_to_bytes(after), model_to_bytes(before));
}

TEST(OnnxFormat, IsKnownByItsFirstBytes) {
  const formats::FormatEntry& onnx = formats::catalog().at("onnx");
  EXPECT_TRUE(onnx.sniff(model_to_bytes(model_of("layers: [{input: {shape: [1]}}, {dense: {units: 1}}]")).substr(0, 512)));
  EXPECT_FALSE(onnx.sniff("\x89HDF\r\n\x1a\n"));
  EXPECT_FALSE(onnx.sniff("<ir_version: 10>"));
  EXPECT_FALSE(onnx.sniff(""));
}

TEST(OnnxFormat, WritesTheOperatorSetAndIrVersionAsked) {
  const TemporaryFolder folder;
  const Model model = model_of("layers: [{input: {shape: [4]}}, {layer_normalization: {}}, {dense: {units: 3, activation: softmax}}]");
  const Tensor rows({2, 4}, std::vector<float>{1, -2, 3, 0.5f, 0, -1, 4, 2});
  for (const std::int64_t opset : {13, 15, 22}) {
    save_model(model, folder / "m.onnx", {"onnx", {{"opset", opset}, {"ir_version", 7}}});
    const Model written = load_model(folder / "m.onnx");
    EXPECT_EQ(written.opsets.at(""), opset);
    EXPECT_EQ(written.ir_version, 7);
    EXPECT_LE(largest_difference(answer(written, rows), answer(model, rows)), 1e-6f);
  }
}

TEST(OnnxFormat, PutsWeightsBesideWhereAsked) {
  const TemporaryFolder folder;
  const Model model = model_of("layers: [{input: {shape: [40]}}, {dense: {units: 30}}]");
  save_model(model, folder / "m.onnx", {"onnx", {{"external_data", true}}});
  EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()), 2);
  EXPECT_EQ(model_to_bytes(load_model(folder / "m.onnx")), model_to_bytes(model));
  save_model(model, folder / "m.onnx");
  EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()), 1);
}

TEST(OnnxFormat, LeavesOutWeightsThatNothingReads) {
  const TemporaryFolder folder;
  Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N,2] x) => (float[N,2] y) <float[2] w = {1, 2}, float[2] alone = {3, 4}> { y = Mul (x, w) })");
  save_model(model, folder / "m.onnx");
  EXPECT_FALSE(load_model(folder / "m.onnx").graph.initializer("alone"));
  EXPECT_TRUE(load_model(folder / "m.onnx").graph.initializer("w"));
  Model layered = model_of(
      "layers: [{input: {shape: [4], name: x}}, {dense: {units: 3, name: aside}}, {kind: dense, settings: {units: 2}, "
      "inputs: [x]}]");
  save_model(layered, folder / "m.onnx");  // a layer that no output depends on is still a layer
  EXPECT_EQ(weights_of(load_model(folder / "m.onnx")).size(), 4U);
}

TEST(OnnxFormat, NamesAWrongSetting) {
  const TemporaryFolder folder;
  const Model model = model_of("layers: [{input: {shape: [4]}}, {dense: {units: 3}}]");
  EXPECT_THAT(message_of([&] { save_model(model, folder / "m.onnx", {"onnx", {{"opset", 3}}}); }), testing::HasSubstr("opset"));
  const Model newer = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (int32[n] x) => (int32[n] y) { y = BitwiseNot (x) })");
  EXPECT_THAT(message_of([&] { save_model(newer, folder / "none.onnx", {"onnx", {{"opset", 13}}}); }), testing::HasSubstr("BitwiseNot"));
  EXPECT_FALSE(std::filesystem::exists(folder / "none.onnx"));
  EXPECT_THAT(message_of([&] { save_model(model, folder / "m.h5", {"keras-h5", {{"opset", 13}}}); }), testing::HasSubstr("no settings"));
}

}  // namespace upkeep
