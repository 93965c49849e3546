#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Architecture chain() { return architecture_of(three_layers()); }

Architecture add(const std::string& argument) { return catalog().at("add").apply(chain(), argument); }

}  // namespace

TEST(AddLayer, GoesToTheEndAsKerasModelAddDoes) {
  const Architecture after = add("dense:units=20,activation=relu");
  EXPECT_THAT(layer_names(after), ElementsAre("input", "dense", "dense_1", "dense_2", "dense_3"));
  EXPECT_THAT(after.layer("dense_3").inputs, ElementsAre("dense_2"));
  EXPECT_THAT(after.outputs, ElementsAre("dense_3"));
  EXPECT_EQ(after.layer("dense_3").settings, Json({{"units", 20}, {"activation", "relu"}}));
}

TEST(AddLayer, StandsBetweenALayerAndWhatReadIt) {
  const Architecture after = add("Activation:activation=tanh,after=dense_1,name=squash");
  EXPECT_THAT(layer_names(after), ElementsAre("input", "dense", "dense_1", "squash", "dense_2"));
  EXPECT_EQ(after.layer("squash").kind, "activation");
  EXPECT_THAT(after.layer("squash").inputs, ElementsAre("dense_1"));
  EXPECT_THAT(after.layer("dense_2").inputs, ElementsAre("squash"));
  EXPECT_THAT(after.outputs, ElementsAre("dense_2"));
}

TEST(AddLayer, StandsBeforeALayer) {
  const Architecture after = add("dropout:rate=0.25,before=dense");
  EXPECT_THAT(layer_names(after), ElementsAre("input", "dropout", "dense", "dense_1", "dense_2"));
  EXPECT_THAT(after.layer("dropout").inputs, ElementsAre("input"));
  EXPECT_THAT(after.layer("dense").inputs, ElementsAre("dropout"));
}

TEST(AddLayer, AfterTheLastBecomesTheOutput) { EXPECT_THAT(add("dense:units=1,after=dense_2").outputs, ElementsAre("dense_3")); }

TEST(AddLayer, LeavesTheGivenArchitectureAlone) {
  const Architecture before = chain();
  catalog().at("add").apply(before, "dense:units=1");
  EXPECT_EQ(to_json(before), to_json(chain()));
}

TEST(AddLayer, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { add("dence:units=20"); }), HasSubstr("dense"));
  EXPECT_THAT(message_of([] { add("dense:unit=20"); }), HasSubstr("units"));
  EXPECT_THAT(message_of([] { add("dense:units=2,after=dense_9"); }), AllOf(HasSubstr("dense_9"), HasSubstr("dense_2")));
  EXPECT_THAT(message_of([] { add("dense:units=2,after=dense,before=dense_1"); }), HasSubstr("exclude"));
  EXPECT_THAT(message_of([] { add("dense:units=2,name=dense_1"); }), HasSubstr("there is a layer \"dense_1\" already"));
  EXPECT_THAT(message_of([] { add("dense:units=2,before=input"); }), HasSubstr("input"));
  EXPECT_THAT(message_of([] { add("input:shape=[3]"); }), HasSubstr("input"));
  EXPECT_THAT(message_of([] { add(""); }), testing::Not("no error"));
}

}  // namespace upkeep::structure
