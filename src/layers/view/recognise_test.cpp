#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// A small perceptron as an exporter writes it.
constexpr const char* kForeign = R"(
<ir_version: 8, opset_import: ["": 17], producer_name: "pytorch", model_version: 3, metadata_props: ["author": "somebody"]>
main_graph (float[N, 3] input) => (float[N, 2] output)
<float[4, 3] fc1_weight = {1, 0, -1, 0.5, 2, 0, -1, 1, 1, 0, 0, 3}, float[4] fc1_bias = {0, 1, -1, 0.5},
 float[2, 4] fc2_weight = {1, 1, 0, -1, 0.5, 0, 2, 1}, float[2] fc2_bias = {0.25, -0.25}>
{
  a = Gemm <alpha = 1.0, beta = 1.0, transB = 1> (input, fc1_weight, fc1_bias)
  b = Relu(a)
  c = Identity(b)
  d = Gemm <transB = 1> (c, fc2_weight, fc2_bias)
  output = Softmax <axis = 1> (d)
}
)";

TEST(Recognise, GivesForeignGraphsALayerView) {
  const Architecture view = architecture_of(model_from_text(kForeign));
  EXPECT_EQ(view.name, "main_graph");
  ASSERT_EQ(view.layers.size(), 3U);
  EXPECT_EQ(view.layers[0].name, "input");
  EXPECT_EQ(view.layers[0].settings, (Json{{"shape", {3}}}));
  EXPECT_EQ(view.layers[1].name, "dense");
  EXPECT_EQ(view.layers[1].settings, (Json{{"units", 4}, {"activation", "relu"}}));
  EXPECT_EQ(view.layers[2].name, "output");
  EXPECT_EQ(view.layers[2].settings, (Json{{"units", 2}, {"activation", "softmax"}}));
  const Weights weights = weights_of(model_from_text(kForeign));
  EXPECT_EQ(find(weights, "dense/kernel")->shape(), (Shape{3, 4}));
  EXPECT_THAT(values(*find(weights, "output/kernel")), testing::ElementsAre(1, 0.5, 1, 0, 0, 2, -1, 1));
}

TEST(Recognise, BuildsAnewWithEqualAnswersAndTheSameFace) {
  const Model foreign = model_from_text(kForeign);
  const Model ours = with_layers(foreign).model;
  EXPECT_EQ(ours.graph.inputs[0].name, "input");
  EXPECT_EQ(ours.graph.outputs[0].name, "output");
  EXPECT_EQ(ours.model_version, 3);
  EXPECT_EQ(*find(ours.metadata, "author"), "somebody");
  EXPECT_NE(find(ours.metadata, kLayersKey), nullptr);
  expect_equal_answers(kForeign, Tensor({2, 3}, std::vector<float>{1, -2, 0.5F, 3, 0, -1}));
}

TEST(Recognise, LeavesALayeredModelAsItIs) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [2]}}, {dense: {units: 1}}]");
  const Model model = build_model(net, initial_weights(net, 1));
  EXPECT_EQ(model_to_bytes(with_layers(model).model), model_to_bytes(model));
}

TEST(Recognise, FindsOurOwnGraphsWithoutTheirMetadata) {
  const Architecture net = architecture_from_yaml(R"(
layers:
  - input: {shape: [2, 2], name: x}
  - rescaling: {scale: 0.5, offset: 1}
  - flatten
  - normalization
  - dense: {units: 3, activation: log_sigmoid}
  - dense: {units: 2, use_bias: false}
  - activation: {activation: squareplus, name: y}
)");
  Model model = build_model(net, initial_weights(net, 1, {{"normalization/mean", Tensor({4}, std::vector<float>{1, 2, 3, 4})}}));
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  const std::vector<float> before = values(run(model, x));
  model.metadata.clear();
  const Architecture view = architecture_of(model);
  std::vector<std::string> kinds;
  for (const LayerSpec& layer : view.layers) kinds.push_back(layer.kind);
  EXPECT_THAT(kinds, testing::ElementsAre("input", "rescaling", "flatten", "normalization", "dense", "dense"));
  EXPECT_THAT(values(run(with_layers(model).model, x)), Near(before));
}

TEST(Recognise, ListsAllNodesThatAreNoLayer) {
  const std::string text =
      R"(<ir_version: 10, opset_import: ["": 21]> g (float[N, 3] x) => (float[N, 3] y) <int64 axis = {1}>
         { a = Sin(x) b = Relu(a) c = CumSum(b, axis) y = Abs(c) })";
  EXPECT_THAT(message_of([&] { architecture_of(model_from_text(text)); }),
              testing::HasSubstr("3 of the graph's nodes are no known layer: Sin \"a\", CumSum \"c\", Abs \"y\" (`upkeep catalog layers`"));
}

TEST(Recognise, SaysHowModelsOfSixteenBitsBecomeLayers) {
  EXPECT_THAT(message_of([] {
                architecture_of(
                    model_from_text("<ir_version: 10, opset_import: [\"\": 21]> g (float16[N, 1] x) => (float16[N, 1] y) <float16[1, 1] w "
                                    "= {16384}> { y = MatMul(x, w) }"));
              }),
              testing::HasSubstr("--rewrite float32"));
}

TEST(Recognise, KnowsBranches) {
  const std::string text =
      R"(<ir_version: 10, opset_import: ["": 21]> g (float[N, 3] x) => (float[N, 3] y, float[N, 3] z)
         { a = Tanh(x) y = Relu(a) z = Sigmoid(a) })";
  const Architecture view = architecture_of(model_from_text(text));
  EXPECT_EQ(view.outputs, (std::vector<std::string>{"y", "z"}));
  EXPECT_EQ(view.layer("y").inputs, std::vector<std::string>{"activation"});
  EXPECT_EQ(view.layer("z").inputs, std::vector<std::string>{"activation"});
}

// With a state of zeros for each row, and the last step cut out of all of them.
TEST(Recognise, KnowsAnLstmAsTensorFlowsConverterWritesIt) {
  const std::string text = R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 3, 1] x) => (float[N, 1] y)
    <float[1, 4, 1] w = {0.5, -0.25, 1, 2}, float[1, 4, 1] r = {0.1, 0.2, -0.3, 0.4}, float[1, 8] b = {1, 0, 0, -1, 0, 0.5, 0, 0}, float zero = {0},
     int64[1] units = {1}, int64[1] at0 = {0}, int64[1] at1 = {1}, int64[1] last = {-1}, int64[1] end = {2147483647}>
    { s = Shape(x)  rows = Slice(s, at0, at1, at0)  sizes = Concat <axis = 0> (rows, units)  zeros = Expand(zero, sizes)  state = Unsqueeze(zeros, at0)
      steps = Transpose <perm = [1, 0, 2]> (x)
      all, h, c = LSTM <hidden_size = 1> (steps, w, r, b, , state, state)
      each = Squeeze(all, at1)  one = Slice(each, last, end, at0)  y = Squeeze(one, at0) })";
  const Architecture view = architecture_of(model_from_text(text));
  ASSERT_EQ(view.layers.size(), 2U);
  EXPECT_EQ(view.layers[1].kind, "lstm");
  EXPECT_EQ(view.layers[1].settings, (Json{{"units", 1}}));
  expect_equal_answers(text.c_str(), Tensor({2, 3, 1}, std::vector<float>{1, -2, 0.5F, 3, 0, -1}));
}

TEST(Recognise, LeavesAnLstmThatStartsFromAnInput) {
  const std::string text = R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 3, 1] x, float[1, N, 1] state) => (float[N, 1] y)
    <float[1, 4, 1] w = {0.5, -0.25, 1, 2}, float[1, 4, 1] r = {0.1, 0.2, -0.3, 0.4}, int64[1] at0 = {0}>
    { steps = Transpose <perm = [1, 0, 2]> (x)  all, h, c = LSTM <hidden_size = 1> (steps, w, r, , , state)  y = Squeeze(h, at0) })";
  EXPECT_THAT(message_of([&] { architecture_of(model_from_text(text)); }), testing::HasSubstr("LSTM"));
}

TEST(Recognise, MakesALayerOfASecondNameForAnOutput) {
  const Model foreign = model_from_text(
      R"(<ir_version: 10, opset_import: ["": 21]> g (float[N, 2] x) => (float[N, 2] y, float[N, 2] z) { y = Tanh(x) z = Identity(y) })");
  const Model ours = with_layers(foreign).model;
  const Tensors answers = Session(ours).run({{"x", Tensor({1, 2}, std::vector<float>{1, 2})}});
  EXPECT_EQ(answers.at("y"), answers.at("z"));
}

TEST(Recognise, MakesNamesThatLayersMayHave) {
  Model foreign;
  Ops ops(foreign);
  ops.output(ops.tanh(ops.input("in/x", DType::kFloat32, {"N", 2})), "out:y");
  const Model ours = with_layers(foreign).model;
  EXPECT_EQ(ours.graph.inputs[0].name, "in_x");
  EXPECT_EQ(ours.graph.outputs[0].name, "out_y");
}

TEST(Recognise, RefusesAGraphThatIsNone) {
  Model broken = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float[N, 2] x) => (float[N, 2] y) { y = Identity(x) })");
  broken.graph.nodes[0].inputs.clear();
  EXPECT_THROW(architecture_of(broken), Error);
}

TEST(Recognise, KeepsAFixedBatch) {
  const Model ours =
      with_layers(model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float[1, 2] x) => (float[1, 2] y) { y = Tanh(x) })"))
          .model;
  EXPECT_EQ(to_string(ours.graph.inputs[0].type), "float32[1, 2]");
}

TEST(Recognise, RefusesInputsWithoutABatch) {
  EXPECT_THAT(message_of([] {
                architecture_of(model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float x) => (float y) { y = Tanh(x) })"));
              }),
              testing::HasSubstr("input \"x\": a layer view needs inputs with a batch axis"));
}

TEST(Recognise, NoticesAGraphThatWasChangedUnderItsMetadata) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [2]}}, {dense: {units: 1}}]");
  Model model = build_model(net, initial_weights(net, 1));
  *model.graph.initializer("dense/bias") = Tensor({2}, std::vector<float>{1, 2});
  EXPECT_THAT(message_of([&] { weights_of(model); }),
              testing::HasSubstr("has a weight \"dense/bias\" of shape [1], the graph has one of shape [2]"));
  std::erase_if(model.graph.initializers, [](const auto& one) { return one.first == "dense/bias"; });
  EXPECT_THAT(message_of([&] { with_layers(model); }), testing::HasSubstr("the graph has none"));
  set(model.metadata, kLayersKey, "{");
  EXPECT_THAT(message_of([&] { architecture_of(model); }), testing::HasSubstr("metadata \"upkeep.layers\": not valid JSON"));
}

}  // namespace
}  // namespace upkeep::layers
