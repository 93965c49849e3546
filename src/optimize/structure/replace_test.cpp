#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Architecture replace(const std::string& argument) { return catalog().at("replace").apply(architecture_of(three_layers()), argument); }

}  // namespace

TEST(ReplaceLayer, TakesThePlaceUnderANameOfItsKind) {
  const Architecture after = replace("dense_1=activation:activation=tanh");
  EXPECT_THAT(layer_names(after), ElementsAre("input", "dense", "activation", "dense_2"));
  EXPECT_EQ(after.layer("activation").kind, "activation");
  EXPECT_EQ(after.layer("activation").settings, Json({{"activation", "tanh"}}));
  EXPECT_THAT(after.layer("activation").inputs, ElementsAre("dense"));
  EXPECT_THAT(after.layer("dense_2").inputs, ElementsAre("activation"));
}

TEST(ReplaceLayer, KeepsTheNameWithinAKind) {
  const Architecture after = replace("dense_2=Dense:units=7");
  EXPECT_THAT(layer_names(after), ElementsAre("input", "dense", "dense_1", "dense_2"));
  EXPECT_EQ(after.layer("dense_2").settings, Json({{"units", 7}}));  // the others are back at their defaults
  EXPECT_THAT(after.outputs, ElementsAre("dense_2"));
}

TEST(ReplaceLayer, TakesTheNameItIsGiven) {
  const Architecture after = replace("dense_2=dense:units=7,name=answer");
  EXPECT_THAT(after.outputs, ElementsAre("answer"));
  EXPECT_THAT(layer_names(after), ElementsAre("input", "dense", "dense_1", "answer"));
}

TEST(ReplaceLayer, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { replace("dense_1"); }), HasSubstr("NAME=KIND"));
  EXPECT_THAT(message_of([] { replace("dense_7=dense:units=1"); }), HasSubstr("dense_7"));
  EXPECT_THAT(message_of([] { replace("dense_1=dens:units=1"); }), HasSubstr("dense"));
  EXPECT_THAT(message_of([] { replace("dense_1=dense:units=0"); }), HasSubstr("units"));
  EXPECT_THAT(message_of([] { replace("dense_1=dense:units=1,name=dense"); }), HasSubstr("already"));
  EXPECT_THAT(message_of([] { replace("input=dense:units=1"); }), HasSubstr("is an input"));
  EXPECT_THAT(message_of([] { replace("dense=input:shape=[1]"); }), HasSubstr("input"));
}

}  // namespace upkeep::structure
