// Quantised models as headers: integers to the bit.

#include "base/files.hpp"
#include "base/random.hpp"
#include "convert/convert_testing.hpp"
#include "convert/firmware/shared/run.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "train/trainer.hpp"

namespace upkeep::firmware {

static QuantizeContext rows_for(const Model& model) {
  const TensorSpec spec = Session(model).inputs().at(0);
  Shape shape{24};
  for (std::size_t i = 1; i < spec.dims.size(); ++i) shape.push_back(spec.dims[i].value);
  Random random(1);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(random.normal());
  return {.rows = {{spec.name, Tensor(shape, std::move(values))}}};
}

// The header beside ONNX Runtime on the operators that it is written from.
static void expect_equal_bits(Model model) {
  const QuantizeContext context = rows_for(model);
  quantize(model, {"static", Json::object()}, context);
  const std::optional<std::string> made_by = compiler();
  if (!made_by) GTEST_SKIP() << "no C++ compiler";
  const TemporaryFolder folder;
  write_file(folder / "model.hpp", header_of(model));
  const std::vector<Tensors> answers = run_headers({{folder / "model.hpp", interface_of(model), context.rows}}, *made_by,
                                                   {"-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror"});
  rewrite(model, {"integer-operators", Json::object()});
  const Tensors expected = predict(model, context.rows);
  EXPECT_EQ(answers.at(0).begin()->second.floats().size(), expected.begin()->second.floats().size());
  for (std::size_t i = 0; i < expected.begin()->second.floats().size(); ++i)
    EXPECT_EQ(answers.at(0).begin()->second.floats()[i], expected.begin()->second.floats()[i]) << i;
}

TEST(QuantizedFirmware, DenseLayersAnswerToTheBit) {
  expect_equal_bits(
      model_of("layers: [{input: {shape: [4]}}, {dense: {units: 5, activation: relu}}, {dense: {units: 3}}, {dense: {units: 2}}]"));
}

TEST(QuantizedFirmware, ConvolutionsAnswerToTheBit) {
  expect_equal_bits(
      model_of("layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 4, kernel_size: 3, padding: same, activation: relu}}, "
               "{max_pooling2d: {}}, {depthwise_conv2d: {kernel_size: 3}}, {flatten: {}}, {dense: {units: 3}}]",
               2));
}

}  // namespace upkeep::firmware
