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

}  // namespace upkeep
