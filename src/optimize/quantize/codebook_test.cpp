#include "base/zip.hpp"
#include "optimize/costs.hpp"
#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

static Model wide_net() {
  return model_of("layers: [{input: {shape: [64]}}, {dense: {units: 128, activation: relu}}, {dense: {units: 64}}]", 5);
}

TEST(Codebook, LeavesAsManyNumbersAsItHasColoursAndZipsWell) {
  Model model = wide_net();
  const QuantizeContext context = rows_for(model);
  const std::int64_t before = file_bytes(model).zipped;
  const Change change = quantize(model, {"codebook", {{"colours", 16}}}, context);
  EXPECT_EQ(model.graph.initializer("dense/kernel/table")->size(), 16);
  EXPECT_EQ(model.graph.initializer("dense/kernel/indices")->dtype(), DType::kUInt8);
  EXPECT_LT(5 * file_bytes(model).zipped, before);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 15);
}

// Two heaps of numbers: their means, by hand.
TEST(Codebook, PutsItsColoursInTheMiddleOfHeaps) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,3] x) => (float[N,2] y) <float[3,2] w = {1, 1.1, 1.2, -5, -5.2, -5.4}> { y = MatMul(x, w) })");
  quantize(model, {"codebook", {{"colours", 2}, {"smallest", 0}}}, {});
  EXPECT_THAT(model.graph.initializer("w/table")->floats(),
              testing::ElementsAre(testing::FloatNear(-5.2F, 1e-6F), testing::FloatNear(1.1F, 1e-6F)));
  EXPECT_THAT(model.graph.initializer("w/indices")->data<std::uint8_t>(), testing::ElementsAre(1, 1, 1, 0, 0, 0));
}

TEST(Codebook, KeepsTheZerosOfPruning) {
  std::vector<float> values(600);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 0 : 0.01F * static_cast<float>(i % 37) + 0.05F;
  Model model = model_from_text(
      R"(<ir_version: 8, opset_import: ["": 17]> g (float[N,20] x, float[20,30] w) => (float[N,30] y) { y = MatMul(x, w) })");
  model.graph.inputs.pop_back();
  model.graph.initializers.emplace_back("w", Tensor({20, 30}, values));
  quantize(model, {"codebook", {{"colours", 4}}}, {});
  const auto table = model.graph.initializer("w/table")->floats();
  const auto indices = model.graph.initializer("w/indices")->data<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); i += 2) EXPECT_EQ(table[indices[i]], 0.0F);
}

}  // namespace upkeep::quantization
