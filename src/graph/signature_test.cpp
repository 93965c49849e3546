#include "graph/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/notes.hpp"
#include "graph/onnx.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Model with_two_inputs() {
  return model_from_text(
      "<ir_version: 8, opset_import: [\"\" : 13]> g (float[N,2] numbers, string[N,1] city) => (float[N,3] scores, string[N,1] same) {"
      " three = Constant<value_floats = [1.0, 2.0, 3.0]>() scores = Add (three, first) first = Constant<value_float = 1.0>()"
      " same = Identity (city) }");
}

Model plain(const std::string& output = "float[N,1] y") {
  return model_from_text("<ir_version: 8, opset_import: [\"\" : 13]> g (float[N,2] x) => (" + output +
                         ") { y = ReduceSum<keepdims = 1> (x) }");
}

Signature filled() {
  Signature signature = signature_of(with_two_inputs());
  signature.inputs[0].features = {{.column = "age", .categories = {}},
                                  {.column = "owner", .kind = FeatureKind::kBoolean, .categories = {}, .may_be_missing = true}};
  signature.inputs[1].features = {{.column = "city", .kind = FeatureKind::kCategory, .categories = {"paris", "rome"}}};
  signature.outputs[0] = {.name = "scores",
                          .dtype = DType::kFloat32,
                          .dims = {{-1, 3}},
                          .answer = Answer::kClasses,
                          .classes = {"a", "b", "c"},
                          .targets = {"kind"}};
  return signature;
}

}  // namespace

TEST(Signature, TakesNamesAndTypesFromTheGraph) {
  const Signature signature = signature_of(with_two_inputs());
  ASSERT_EQ(signature.inputs.size(), 2u);
  EXPECT_EQ(signature.inputs[1].dtype, DType::kString);
  EXPECT_EQ(signature.inputs[0].dims, (std::vector<std::int64_t>{-1, 2}));
  EXPECT_THAT(signature.inputs[0].features, IsEmpty());
  EXPECT_EQ(signature.outputs[0].answer, Answer::kNumber);
  EXPECT_EQ(signature.outputs[1].answer, Answer::kLabel);
}

TEST(Signature, ComesBackFromTheMetadataAsItWas) {
  Model model = with_two_inputs();
  set_signature(model, filled());
  EXPECT_EQ(signature_of(model), filled());
  EXPECT_EQ(signature_of(model_from_bytes(model_to_bytes(model))), filled());
  EXPECT_THAT(feature_columns(filled()), ElementsAre("numbers=age", "numbers=owner", "city=city"));
  EXPECT_THAT(target_columns(filled()), ElementsAre("kind"));
}

TEST(Signature, ReadsWhatOlderFilesSay) {
  Model model = with_two_inputs();
  set(model.metadata, kFeaturesKey, R"(["numbers=age","numbers=owner","city=town"])");
  set(model.metadata, kTargetKey, R"(["scores=kind"])");
  set(model.metadata, kClassesKey, R"(["scores=a","scores=b","scores=c"])");
  const Signature signature = signature_of(model);
  EXPECT_EQ(signature.inputs[0].features[1].column, "owner");
  EXPECT_EQ(signature.inputs[1].features[0].column, "town");
  EXPECT_EQ(signature.outputs[0].answer, Answer::kClasses);
  EXPECT_THAT(signature.outputs[0].classes, ElementsAre("a", "b", "c"));
  EXPECT_THAT(signature.outputs[0].targets, ElementsAre("kind"));
  set_signature(model, signature);
  EXPECT_EQ(find(model.metadata, kFeaturesKey), nullptr);
  EXPECT_EQ(signature_of(model), signature);
}

// In a model of one input and one output "=" belongs to the column's name.
TEST(Signature, KeepsColumnNamesWithAnEqualsSign) {
  Model model = plain();
  set(model.metadata, kFeaturesKey, R"(["x=1","x=2"])");
  EXPECT_EQ(signature_of(model).inputs[0].features[1].column, "x=2");
}

TEST(Signature, LeavesOutWhatTheGraphNoLongerHas) {
  Model model = with_two_inputs();
  set_signature(model, filled());
  model.graph.inputs[0].type.shape = Dims{"N", 5};
  model.graph.outputs[0].type.shape = Dims{"N", 4};
  model.graph.outputs[1].name = "other";
  const Signature signature = signature_of(model);
  EXPECT_THAT(signature.inputs[0].features, IsEmpty());
  EXPECT_EQ(signature.inputs[1].features.size(), 1u);
  EXPECT_THAT(signature.outputs[0].classes, IsEmpty());
  EXPECT_EQ(signature.outputs[1].name, "other");
}

TEST(Signature, TellsTwoClassesOfOneNumberFromSeveral) {
  Model model = plain();
  set(model.metadata, kClassesKey, R"(["no","yes"])");
  EXPECT_EQ(signature_of(model).outputs[0].answer, Answer::kBinary);
}

TEST(Signature, JudgesTheOutputWithATargetFirst) {
  Signature signature = filled();
  EXPECT_EQ(signature.judged_output()->name, "scores");
  signature.outputs[0].targets.clear();
  signature.outputs[1].targets = {"kind"};
  EXPECT_EQ(signature.judged_output()->name, "same");
  signature.outputs[1].targets.clear();
  signature.outputs[0].answer = Answer::kTensor;
  EXPECT_EQ(signature.judged_output()->answer, Answer::kLabel);
}

TEST(Signature, KnowsWhichFeaturesAreOneValueEach) {
  Signature signature = filled();
  EXPECT_TRUE(signature.inputs[0].has_scalar_features());
  signature.inputs[0].dims = {{-1, 28, 28, 2}};
  EXPECT_FALSE(signature.inputs[0].has_scalar_features());
}

TEST(Signature, RefusesMetadataThatIsNotASignature) {
  const auto refusal = [](const char* text) {
    Model model = plain();
    set(model.metadata, kSignatureKey, text);
    return message_of([&] { signature_of(model); });
  };
  EXPECT_THAT(refusal("[]"), HasSubstr("upkeep.signature"));
  EXPECT_THAT(refusal(R"({"inputs": [{"name": "x", "features": [{"column": "a", "kind": "categorical"}]}]})"), HasSubstr("categorical"));
  EXPECT_THAT(refusal(R"({"outputs": [{"name": "y", "answer": "classes"}]})"), HasSubstr("answers"));
  EXPECT_THAT(refusal(R"({"outputs": [{"name": "y", "classes": "a"}]})"), HasSubstr("list"));
}

}  // namespace upkeep
