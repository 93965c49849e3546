#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

TEST(StaticQuantisation, RunsAResidualNetInIntegersFromEndToEnd) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model);
  const Change change = quantize(model, {"static", Json::object()}, context);
  EXPECT_EQ(change.facts["integer_operators"], Json({{"QGemm", 1}, {"QLinearAdd", 1}, {"QLinearConv", 3}, {"QLinearGlobalAveragePool", 1}}))
      << change.facts.dump(1);
  EXPECT_TRUE(change.facts["float_operators"].empty());
  EXPECT_EQ(change.facts["conversions"], 1);  // of the input
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 25);
  EXPECT_LT(change.facts["weight_bytes"].get<int>(), change.facts["weight_bytes_before"].get<int>() / 2);
}

// y = Conv(x) by hand: one weight, one scale each.
TEST(StaticQuantisation, TakesScalesFromTheRangeOfTheRows) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,1] y) <float[2,1] w = {0.5, -1.27}, float[1] b = {0.1}> { y = Gemm(x, w, b) })");
  const QuantizeContext context{.rows = {{"x", Tensor({2, 2}, std::vector<float>{-1, 0.3F, 1.55F, 0})}}};
  quantize(model, {"static", {{"calibrator", "minmax"}, {"bias_correction", false}}}, context);
  EXPECT_FLOAT_EQ(model.graph.initializer("x/scale")->floats()[0], 2.55F / 255);
  EXPECT_EQ(model.graph.initializer("x/zero_point")->data<std::uint8_t>()[0], 100);
  EXPECT_FLOAT_EQ(model.graph.initializer("w/scale")->floats()[0], 0.01F);
  EXPECT_THAT(model.graph.initializer("w/quantized")->data<std::int8_t>(), testing::ElementsAre(50, -127));
  EXPECT_EQ(model.graph.initializer("b/quantized")->data<std::int32_t>()[0], 1000);  // 0.1 / (0.01 * 0.01)
}

TEST(StaticQuantisation, KeepsLayersThatAreNamed) {
  Model model = residual_net();
  QuantizeContext context = rows_for(model);
  context.keep_float = {"c2*"};
  const Change change = quantize(model, {"static", Json::object()}, context);
  EXPECT_EQ(change.facts["float_operators"].value("Conv", 0) + change.facts["float_operators"].value("FusedConv", 0), 1)
      << change.facts.dump(1);
}

TEST(StaticQuantisation, EndsWhereReluSixCuts) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,1,4,4] x) => (float[N,2,4,4] y)
    <float[2,1,1,1] w = {3, -5}, float[2,2,1,1] v = {1, 0.5, -1, 2}, float low = {0}, float high = {6}> {
      c = Conv(x, w)  r = Clip(c, low, high)  y = Conv(r, v) })");
  const Change change = quantize(model, {"static", Json::object()}, rows_for(model));
  EXPECT_EQ(change.facts["integer_operators"]["QLinearConv"], 2) << change.facts.dump(1);
  EXPECT_LE(model.graph.initializer("r/scale")->floats()[0] * 255, 6.0F);
}

TEST(StaticQuantisation, CorrectsTheMeanThatRoundingAdds) {
  Model plain = residual_net(), corrected = residual_net();
  const QuantizeContext context = rows_for(plain);
  const Json minmax = {{"calibrator", "minmax"}, {"bias_correction", false}, {"per_channel", false}};
  Json with = minmax;
  with["bias_correction"] = true;
  const double without = quantize(plain, {"static", minmax}, context).facts["sqnr"].begin()->get<double>();
  EXPECT_GE(quantize(corrected, {"static", with}, context).facts["sqnr"].begin()->get<double>(), without);
}

TEST(StaticQuantisation, TakesSixteenBitsInOperatorSetTwentyOne) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model);
  const Change change = quantize(model, {"static", {{"activations", "uint16"}}}, context);
  EXPECT_EQ(change.facts["opset"], 21);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 35);
  EXPECT_THAT(change.notes, testing::Contains(testing::HasSubstr("no kernels")));
}

TEST(StaticQuantisation, KeepsZeroExactWithOtherTypes) {
  for (const char* type : {"uint8", "int8"})
    for (const bool symmetric : {false, true}) {
      Model model = residual_net();
      const QuantizeContext context = rows_for(model);
      const Change change =
          quantize(model, {"static", {{"activations", type}, {"symmetric", symmetric}, {"reduce_range", "true"}}}, context);
      // ONNX Runtime for x86 makes uint8 of some int8 activations, and others then run in floats.
      if (std::string_view(type) == "uint8") {
        EXPECT_EQ(change.facts["integer_operators"].value("QLinearConv", 0), 3) << symmetric << change.facts.dump();
      }
      EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 20);
    }
}

// 100 / (s_x s_W) would be far beyond int32.
TEST(StaticQuantisation, KeepsABiasThatIsMuchLargerThanTheProducts) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1e-9, 1, -2e-9, 0.5}, float[2] b = {100, 1}> { y = Gemm(x, w, b) })");
  quantize(model, {"static", Json::object()}, rows_for(model));
  const Tensor y = Session(model).run({{"x", Tensor({1, 2}, std::vector<float>{0.5F, -0.25F})}}).at("y");
  EXPECT_NEAR(y.floats()[0], 100, 0.01);
  EXPECT_NEAR(y.floats()[1], 1.375, 0.05);
}

// A Relu in front of the integers needs no operator: they end at 0, for rows that were never seen as well.
TEST(StaticQuantisation, CutsAtZeroWithoutRelu) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,1,2,2] x) => (float[N,1,2,2] r) <float[1,1,1,1] w = {-1}> { c = Conv(x, w)  r = Relu(c) })");
  const QuantizeContext context{.rows = {{"x", Tensor({1, 1, 2, 2}, std::vector<float>{1, 2, 3, 4})}}};  // the Relu gives zeros alone
  quantize(model, {"static", Json::object()}, context);
  for (const Node& node : model.graph.nodes) EXPECT_NE(node.op, "Relu");
  const Tensor y = Session(model).run({{"x", Tensor({1, 1, 2, 2}, std::vector<float>{1, 9, -3, 4})}}).at("r");
  for (const float value : y.floats()) EXPECT_GE(value, 0);
}

TEST(StaticQuantisation, KeepsTheChainOfBranchesInIntegers) {
  Model model = model_of(R"(
layers:
  - input: {name: x, shape: [8, 8, 3]}
  - conv2d: {name: c1, inputs: [x], filters: 4, kernel_size: 3, padding: same, activation: silu}
  - conv2d: {name: c2, inputs: [x], filters: 4, kernel_size: 3, padding: same, activation: leaky_relu}
  - concatenate: {name: all, inputs: [c1, c2]}
  - average_pooling2d: {name: p, inputs: [all], pool_size: 2}
  - conv2d: {name: c3, inputs: [p], filters: 4, kernel_size: 3, activation: relu6}
  - flatten: {name: f, inputs: [c3]}
  - dense: {name: out, inputs: [f], units: 4}
)",
                         4);
  const Change change = quantize(model, {"static", Json::object()}, rows_for(model));
  EXPECT_EQ(change.facts["integer_operators"], Json({{"QGemm", 1},
                                                     {"QLinearAveragePool", 1},
                                                     {"QLinearConcat", 1},
                                                     {"QLinearConv", 3},
                                                     {"QLinearLeakyRelu", 1},
                                                     {"QLinearMul", 1},
                                                     {"QLinearSigmoid", 1}}))
      << change.facts.dump(1);
  EXPECT_EQ(change.facts["conversions"], 1);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 25);
}

// As keras.applications' ResNet has it: a Pad in front of a convolution becomes part of it, one in front of a pool pads with the integer of
// 0.
TEST(StaticQuantisation, PadsIntegers) {
  Model model = model_of(R"(
layers:
  - input: {shape: [8, 8, 3]}
  - zero_padding2d: {padding: 2}
  - conv2d: {filters: 4, kernel_size: 3, activation: relu}
  - zero_padding2d: {padding: 1}
  - max_pooling2d: {pool_size: 3, strides: 2}
  - conv2d: {filters: 4, kernel_size: 3}
)",
                         4);
  const Change change = quantize(model, {"static", Json::object()}, rows_for(model));
  EXPECT_EQ(change.facts["integer_operators"]["QLinearConv"], 2) << change.facts.dump(1);
  EXPECT_EQ(change.facts["conversions"], 2);  // of the input and the output
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 25);
}

// Keras's order of a kernel's axes is another one: the transposed weight takes the place of the first, however large it is.
TEST(StaticQuantisation, TakesLargeKernelsOfKeras) {
  Model model = model_of("layers: [{input: {shape: [4, 4, 48]}}, {conv2d: {filters: 96, kernel_size: 3, name: large}}]", 1);
  const Change change = quantize(model, {"static", Json::object()}, rows_for(model, 8));
  EXPECT_EQ(layer_types(change), Json({{"large/Conv", "int8"}}));
}

TEST(StaticQuantisation, NamesALayerWhoseWeightIsComputed) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x, float[2,2] v) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}> { a = Gemm(x, w)  y = Gemm(a, v) })");
  const QuantizeContext context{.rows = {{"x", normal_rows({2, 2})}, {"v", normal_rows({2, 2})}}};
  const Change change = quantize(model, {"static", Json::object()}, context);
  EXPECT_THAT(change.facts["layers"][1]["kept"].get<std::string>(), testing::HasSubstr("computed"));
}

TEST(StaticQuantisation, KeepsWeightsToTheBitsOfTheMethodAndOfTheLayer) {
  Model model = residual_net();
  QuantizeContext context = rows_for(model);
  context.layers = {parse_layer_bits("c*:weight_bits=3"), parse_layer_bits("c2:weight_bits=8")};
  quantize(model, {"static", {{"weight_bits", 4}}}, context);
  std::map<std::string, std::int64_t> most;
  for (const auto& [name, tensor] : model.graph.initializers)
    if (tensor.dtype() == DType::kInt8 && tensor.rank() >= 2)
      for (const std::int8_t value : tensor.data<std::int8_t>())
        most[name.substr(0, name.find('/'))] = std::max<std::int64_t>(most[name.substr(0, name.find('/'))], std::abs(value));
  EXPECT_EQ(most.at("c1"), 3);
  EXPECT_EQ(most.at("c2"), 127);
  EXPECT_EQ(most.at("d"), 7);
  EXPECT_EQ(most.at("out"), 7);
}

TEST(StaticQuantisation, GivesSomeLayersActivationsOfSixteenBits) {
  Model model = residual_net();
  QuantizeContext context = rows_for(model);
  context.layers = {parse_layer_bits("out:activation_bits=16")};
  const Change change = quantize(model, {"static", Json::object()}, context);
  EXPECT_EQ(change.facts["opset"], 21);
  std::map<DType, int> zero_points;
  for (const auto& [name, tensor] : model.graph.initializers)
    if (name.ends_with("/zero_point") && tensor.rank() == 0) ++zero_points[tensor.dtype()];
  EXPECT_EQ(zero_points[DType::kUInt16], 1);
  EXPECT_GT(zero_points[DType::kUInt8], 2);
  EXPECT_NO_THROW(Session{model});
}

TEST(StaticQuantisation, RefusesSettingsOfLayersThatItDoesNotHave) {
  Model model = residual_net();
  QuantizeContext context = rows_for(model);
  EXPECT_THAT(message_of([] { parse_layer_bits("c1"); }), testing::HasSubstr("changes nothing"));
  EXPECT_THAT(message_of([] { parse_layer_bits("c1:activation_bits=4"); }), testing::HasSubstr("4 bits"));
  EXPECT_THAT(message_of([] { parse_layer_bits("c1:bits=4"); }), testing::HasSubstr("weight_bits"));
  context.layers = {parse_layer_bits("conv9:weight_bits=4")};
  EXPECT_THAT(message_of([&] { quantize(model, {"static", Json::object()}, context); }), testing::HasSubstr("conv9"));
  context.layers = {parse_layer_bits("c1:weight_bits=4")};
  EXPECT_THAT(message_of([&] { quantize(model, {"dynamic", Json::object()}, context); }), testing::HasSubstr("by layer"));
}

}  // namespace upkeep::quantization
