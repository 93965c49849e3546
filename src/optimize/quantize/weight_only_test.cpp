#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

static Model text_net() {
  return model_of(
      "layers: [{input: {shape: [6], dtype: int64}}, {embedding: {input_dim: 50, output_dim: 40}}, {gru: {units: 20}}, "
      "{dense: {units: 70, activation: relu}}, {dense: {units: 9}}]",
      3);
}

static QuantizeContext texts() {
  std::vector<std::int64_t> words(32 * 6);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<std::int64_t>(i * 7 % 50);
  return {.rows = {{only_input(text_net()), Tensor({32, 6}, words)}}};
}

static double decibels_of(const std::string& settings, Model model, const QuantizeContext& context) {
  const Change change = quantize(model, parse_named("weight-only:" + settings), context);
  for (const Json& layer : change.facts["layers"]) EXPECT_NE(layer["type"], "float32") << layer.dump();
  return change.facts["sqnr"].begin()->get<double>();
}

TEST(WeightOnly, KeepsEveryKindOfLayerWithFewerBits) {
  EXPECT_GT(decibels_of("type=int8", text_net(), texts()), 33);
  EXPECT_GT(decibels_of("type=int4", text_net(), texts()), 10);
  EXPECT_GT(decibels_of("type=uint4,block=16", text_net(), texts()), 11);
  EXPECT_GT(decibels_of("type=float16", text_net(), texts()), 55);
  EXPECT_GT(decibels_of("type=bfloat16", text_net(), texts()), 40);
}

TEST(WeightOnly, ConvolutionsAreMatricesUntilTheyAreRead) {
  Model model = model_of(
      "layers: [{input: {shape: [8, 8, 4]}}, {conv2d: {filters: 16, kernel_size: 3}}, {conv2d_transpose: {filters: 8, kernel_size: 3}}]",
      2);
  for (const char* type : {"type=int8", "type=int4", "type=uint4,block=64"})
    EXPECT_GT(decibels_of(type, model, rows_for(model)), std::string_view(type) == "type=int8" ? 35 : 11) << type;
}

// Both forms stand for the same numbers: ONNX Runtime's own operator, and ONNX's.
TEST(WeightOnly, MatMulNBitsAnswersAsTheStandardForm) {
  const Model model = model_of("layers: [{input: {shape: [70]}}, {dense: {units: 33, activation: relu}}, {dense: {units: 9}}]", 4);
  const QuantizeContext context = rows_for(model);
  Model standard = model, own = model;
  quantize(standard, {"weight-only", {{"type", "uint4"}, {"smallest", 0}}}, context);
  const Change change = quantize(own, {"weight-only", {{"type", "uint4"}, {"form", "matmul-nbits"}, {"smallest", 0}}}, context);
  EXPECT_EQ(change.facts["integer_operators"]["MatMulNBits"], 2);
  // ONNX Runtime runs the standard form with activations of 8 bits.
  EXPECT_GT(least_of(sqnr_of(predict(own, context.rows), predict(standard, context.rows))), 25);
}

TEST(WeightOnly, SaysWhichBlocksThereAre) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { quantize(model, {"weight-only", {{"type", "int4"}, {"block", 48}}}, {}); }),
              testing::HasSubstr("power of two"));
}

TEST(WeightOnly, HasOtherBitsForTheLayersThatArePickedOut) {
  Model model = residual_net();
  QuantizeContext context;
  context.layers = {parse_layer_bits("out:weight_bits=4")};
  const Change change = quantize(model, {"weight-only", {{"smallest", 0}}}, context);
  EXPECT_EQ(layer_types(change)["out/Gemm"], "int4");
  EXPECT_EQ(layer_types(change)["c2/Conv"], "int8");
  EXPECT_EQ(change.facts["opset"], 21);
  context.layers = {parse_layer_bits("out:weight_bits=5")};
  Model again = residual_net();
  EXPECT_THAT(message_of([&] { quantize(again, {"weight-only", Json::object()}, context); }), testing::HasSubstr("5 bits"));
}

}  // namespace upkeep::quantization
