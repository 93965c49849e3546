#include "cli/signature_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Signature two_inputs() {
  return {.inputs = {{.name = "x", .dtype = DType::kFloat32, .dims = {{-1, 2}}, .features = {}},
                     {.name = "city", .dtype = DType::kString, .dims = {{-1, 1}}, .features = {}}},
          .outputs = {{.name = "label", .dtype = DType::kInt64, .dims = {{-1}}, .answer = Answer::kLabel, .classes = {}, .targets = {}},
                      {.name = "p", .dtype = DType::kFloat32, .dims = {{-1, 2}}, .answer = Answer::kNumber, .classes = {}, .targets = {}}}};
}

}  // namespace

TEST(SignatureText, ReadsTheWordsOfACommandLine) {
  Signature signature = two_inputs();
  add_feature(signature, "x:age");
  add_feature(signature, "x:a=b=boolean?");
  add_feature(signature, "city:town=category:St. Gallen|a=b|rome");
  set_answer(signature, "p=classes:no|yes");
  add_target(signature, "bought");
  add_target(signature, "label=kind");
  EXPECT_EQ(signature.inputs[0].features[0], (Feature{.column = "age", .categories = {}}));
  EXPECT_EQ(signature.inputs[0].features[1],
            (Feature{.column = "a=b", .kind = FeatureKind::kBoolean, .categories = {}, .may_be_missing = true}));
  EXPECT_THAT(signature.inputs[1].features[0].categories, ElementsAre("St. Gallen", "a=b", "rome"));
  EXPECT_THAT(signature.outputs[1].classes, ElementsAre("no", "yes"));
  EXPECT_THAT(signature.outputs[1].targets, ElementsAre("bought"));
  EXPECT_THAT(signature.outputs[0].targets, ElementsAre("kind"));
  EXPECT_THAT(described(signature),
              ElementsAre("reads    x: age, a=b (boolean; may be missing)", "reads    city: town (category: St. Gallen, a=b, rome)",
                          "answers  label: label; judged by kind", "answers  p: classes no, yes; judged by bought"));
}

TEST(SignatureText, NamesTheFirstOfManyColumns) {
  Signature signature = two_inputs();
  for (int i = 0; i < 64; ++i) add_feature(signature, "x:pixel_" + std::to_string(i));
  EXPECT_THAT(described(signature)[0], testing::EndsWith("pixel_11 and 52 more"));
}

TEST(SignatureText, ReadsTheThresholdOfABinaryAnswer) {
  Signature signature = two_inputs();
  set_answer(signature, "p=binary:threshold=0.3");
  EXPECT_EQ(signature.outputs[1].threshold, 0.3);
  EXPECT_TRUE(signature.outputs[1].classes.empty());
  set_answer(signature, "p=binary:a,b|yes,threshold=-1e-2");
  EXPECT_EQ(signature.outputs[1].threshold, -0.01);
  EXPECT_THAT(signature.outputs[1].classes, ElementsAre("a,b", "yes"));
  EXPECT_THAT(described(signature), ElementsAre("answers  p: binary a,b, yes, above -0.01 the second"));
}

TEST(SignatureText, SaysWhatIsWrong) {
  Signature signature = two_inputs();
  const auto feature = [&](const char* text) { return message_of([&] { add_feature(signature, text); }); };
  EXPECT_THAT(feature("age=number"), HasSubstr("x, city"));
  EXPECT_THAT(feature("x:age=numeric"), HasSubstr("number"));
  EXPECT_THAT(feature("x:age=number:a|b"), HasSubstr("no names"));
  EXPECT_THAT(feature("x:age=category:a||b"), HasSubstr("empty"));
  EXPECT_THAT(message_of([&] { set_answer(signature, "q=number"); }), HasSubstr("label"));
  EXPECT_THAT(message_of([&] { set_answer(signature, "p=binary:a|b|c"); }), HasSubstr("two classes"));
  EXPECT_THAT(message_of([&] { set_answer(signature, "p=binary:threshold=much"); }), HasSubstr("\"much\" is no number"));
  EXPECT_THAT(message_of([&] { set_answer(signature, "p=classes:a|b,threshold=0.3"); }), HasSubstr("has no threshold"));
  for (const char* text : {"p=binary:no|yes:threshold=0.3", "p=binary:no|yes, threshold=0.3", "p=binary:no|yes,treshold=0.3"})
    EXPECT_THAT(message_of([&] { set_answer(signature, text); }), HasSubstr("is no class and no setting")) << text;
  EXPECT_THAT(feature("x:age=number:threshold=3"), HasSubstr("--output"));
}

}  // namespace upkeep
