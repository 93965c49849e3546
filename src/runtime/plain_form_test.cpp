#include "runtime/plain_form.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "base/json.hpp"
#include "graph/onnx.hpp"
#include "graph/signature.hpp"
#include "runtime/session.hpp"

namespace upkeep {

using testing::ElementsAre;

namespace {

Model plain(const std::string& text) {
  Model model = model_from_text(text);
  to_plain_form(model);
  return model;
}

std::vector<std::string> names_of(const std::vector<ValueInfo>& values) {
  std::vector<std::string> names;
  for (const ValueInfo& value : values) names.push_back(value.name);
  return names;
}

std::vector<std::string> classes_of(const Model& model) { return signature_of(model).outputs.back().classes; }

constexpr const char* kWeightsAsInputs = R"(<ir_version: 3, opset_import: ["": 8]>
  g (float[2,1] w, float[N,2] x, float[1] b) => (float[N,1] y) <float[2,1] w = {1, 2}, float[1] b = {3}> {
    m = MatMul (x, w)
    y = Add (m, b)
  })";

constexpr const char* kClassifier = R"(<ir_version: 8, opset_import: ["": 17, "ai.onnx.ml": 3]>
  g (float[N,2] x) => (int64[N] label, seq(map(int64, float)) probability) {
    label, p = ai.onnx.ml.LinearClassifier <coefficients = [1.0, -1.0, -1.0, 1.0], intercepts = [0.0, 0.0], classlabels_ints = [7, 3],
                                            post_transform = "SOFTMAX"> (x)
    probability = ai.onnx.ml.ZipMap <classlabels_int64s = [7, 3]> (p)
  })";

}  // namespace

TEST(PlainForm, TakesInitializersAmongTheInputsForWeights) {
  const Model model = plain(kWeightsAsInputs);
  EXPECT_THAT(names_of(model.graph.inputs), ElementsAre("x"));
  EXPECT_EQ(model.ir_version, 4);
  EXPECT_EQ(Session(model).inputs().size(), 1U);
}

TEST(PlainForm, ListsThemAgainWhereTheyStood) {
  Model model = plain(kWeightsAsInputs);
  to_file_form(model);
  EXPECT_EQ(model_to_text(model), model_to_text(model_from_text(kWeightsAsInputs)));
}

TEST(PlainForm, ListsNewWeightsTooWhereTheFileFormatAsksForIt) {
  Model model = plain(kWeightsAsInputs);
  model.graph.initializers.emplace_back("more", Tensor::scalar(1.0F));
  to_file_form(model);
  EXPECT_EQ(model.ir_version, 3);
  EXPECT_THAT(names_of(model.graph.inputs), ElementsAre("w", "x", "b", "more"));
}

TEST(PlainForm, TakesTensorsInConstantNodesForWeightsButNoSingleNumbers) {
  const Model model = plain(R"(<ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,2] y, float[2] out) {
      w = Constant <value = float[2,2] {1, 2, 3, 4}> ()
      b = Constant <value_floats = [1.0, 2.0]> ()
      half = Constant <value = float[1] {0.5}> ()
      shape = Constant <value_ints = [-1, 2]> ()
      out = Constant <value = float[2] {1, 2}> ()
      m = MatMul (x, w)
      a = Add (m, b)
      h = Mul (a, half)
      y = Reshape (h, shape)
    })");
  ASSERT_EQ(model.graph.initializers.size(), 2U);
  EXPECT_EQ(*model.graph.initializer("w"), Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(*model.graph.initializer("b"), Tensor({2}, std::vector<float>{1, 2}));
  const Tensor x({1, 2}, std::vector<float>{1, 1});
  EXPECT_EQ(Session(model).run({{"x", x}}).at("y"), Tensor({1, 2}, std::vector<float>{2.5F, 4}));
}

// The columns are in the order of the operator's labels: softmax of (x0 - x1, x1 - x0).
TEST(PlainForm, MakesATensorOfAZipMapAndKeepsItsClasses) {
  const Model model = plain(kClassifier);
  EXPECT_EQ(to_string(model.graph.outputs.at(1).type), "float32[?, 2]");
  EXPECT_THAT(classes_of(model), ElementsAre("7", "3"));
  const Tensors made = Session(model).run({{"x", Tensor({1, 2}, std::vector<float>{1, 0})}});
  EXPECT_EQ(made.at("label"), Tensor({1}, std::vector<std::int64_t>{7}));
  EXPECT_NEAR(made.at("probability").floats()[0], 1 / (1 + std::exp(-2.0)), 1e-6);
}

TEST(PlainForm, MakesAZipMapOfTheTensorAgain) {
  Model model = plain(kClassifier);
  to_file_form(model);
  const Model file = model_from_text(kClassifier);
  EXPECT_EQ(model.graph.outputs.at(1).type.opaque, file.graph.outputs.at(1).type.opaque);
  EXPECT_EQ(model.graph.nodes.at(1).op, "ZipMap");
  verify(model);
  to_plain_form(model);
  EXPECT_EQ(to_string(model.graph.outputs.at(1).type), "float32[?, 2]");
}

TEST(PlainForm, LeavesATensorWhereTheGraphMakesItOtherwiseNow) {
  Model model = plain(kClassifier);
  model.graph.nodes.at(1).op = "Neg";
  to_file_form(model);
  EXPECT_EQ(model.graph.nodes.at(1).op, "Neg");
  EXPECT_EQ(to_string(model.graph.outputs.at(1).type), "float32[?, 2]");
}

TEST(PlainForm, RefusesANoteThatSomebodyElseWrote) {
  for (const char* text : {"[1]", "{\"inputs\": 1}", "{\"inputs\": [[\"a\"]]}", "{\"maps\": {\"y\": 3}}", "nonsense"}) {
    Model model = model_from_text("<ir_version: 8, opset_import: [\"\": 17]> g (float[N] x) => (float[N] y) { y = Identity (x) }");
    set(model.metadata, "upkeep.file_form", text);
    EXPECT_THAT(message_of([&] { to_file_form(model); }), testing::HasSubstr("upkeep.file_form")) << text;
  }
}

TEST(PlainForm, TakesNamesThatAreNoUtf8) {
  Model model = model_from_text(kClassifier);
  Node& map = model.graph.nodes.at(1);
  map.attributes = {{"classlabels_strings", std::vector<std::string>{"\xe9t\xe9", "hiver"}, {}}};
  to_plain_form(model);
  EXPECT_THAT(classes_of(model), ElementsAre(testing::_, "hiver"));
}

TEST(PlainForm, LeavesOtherModelsAsTheyAre) {
  const std::string text = "<ir_version: 8, opset_import: [\"\": 17]> g (float[N] x) => (float[N] y) <float[1] w = {1}> { y = Mul (x, w) }";
  EXPECT_EQ(model_to_text(plain(text)), model_to_text(model_from_text(text)));
}

// scikit-learn's probabilities, written as a tensor: the classifier still knows what its columns mean.
TEST(PlainForm, NamesTheClassesOfATensorOfProbabilities) {
  const Model model = plain(R"(<ir_version: 8, opset_import: ["": 17, "ai.onnx.ml": 3]>
  g (float[N,2] x) => (int64[N] label, float[N,2] probabilities) {
    label, probabilities = ai.onnx.ml.LinearClassifier <classlabels_ints = [3, 8], coefficients = [1.0, 0.0, 0.0, 1.0], intercepts = [0.0, 0.0]> (x)
  })");
  EXPECT_THAT(classes_of(model), ElementsAre("3", "8"));
  EXPECT_EQ(signature_of(model).outputs[1].answer, Answer::kClasses);
  EXPECT_EQ(signature_of(model).outputs[0].answer, Answer::kLabel);
}

}  // namespace upkeep
