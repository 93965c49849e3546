#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(OnnxTextFormat, GivesTheSameAnswersBack) {
  const TemporaryFolder folder;
  const Model before = model_of("layers: [{input: {shape: [3]}}, {dense: {units: 4, activation: tanh}}, {dense: {units: 2}}]");
  save_model(before, folder / "model.onnxtxt");
  EXPECT_THAT(read_file(folder / "model.onnxtxt"), AllOf(HasSubstr("Gemm"), HasSubstr("Tanh")));
  const Tensor x({2, 3}, std::vector<float>{0.1f, -0.2f, 0.3f, 1, 2, -3});
  EXPECT_EQ(answer(load_model(folder / "model.onnxtxt"), x), answer(before, x));
}

TEST(OnnxTextFormat, LeavesOutTheOptimisersState) {
  const TemporaryFolder folder;
  Model before = model_of("layers: [{input: {shape: [3]}}, {dense: {units: 2}}]");
  before.training_tensors = {{"momentum/dense/kernel", Tensor({3, 2}, std::vector<float>(6, 1.0F))}};
  save_model(before, folder / "model.onnxtxt");
  EXPECT_TRUE(load_model(folder / "model.onnxtxt").training_tensors.empty());
}

TEST(OnnxTextFormat, IsKnownByItsHeader) {
  const formats::FormatEntry& text = formats::catalog().at("onnx-text");
  EXPECT_TRUE(text.sniff("\n <\n  ir_version: 10,\n  opset_import: [\"\" : 21]\n>"));
  EXPECT_FALSE(text.sniff("<html><body>ir_version</body></html>"));
  EXPECT_FALSE(text.sniff(""));
}

TEST(OnnxTextFormat, SaysWhereTextIsWrong) {
  const TemporaryFolder folder;
  write_file(folder / "bad.onnxtxt", "<ir_version: 10, opset_import: [\"\" : 21]> g (float[n] x) => (float[n] y) { y = }");
  EXPECT_THAT(message_of([&] { load_model(folder / "bad.onnxtxt"); }), HasSubstr("bad.onnxtxt"));
}

}  // namespace upkeep
