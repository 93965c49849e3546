#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

using testing::AllOf;
using testing::HasSubstr;

namespace {

const char* const kThreeKinds =
    R"(layers: [{input: {shape: [3]}}, {dense: {units: 4, activation: relu6, name: a}}, {relu: {max_value: 6.0, name: b}},
    {dense: {units: 4, activation: silu, name: c}}, {dense: {units: 2, activation: relu6, name: d}}])";

}  // namespace

TEST(ExchangeActivation, WhereverItStands) {
  const Edited edited = edit(model_of(kThreeKinds), {{"activation", "relu6=relu"}}, 1);
  const Architecture after = architecture_of(edited.model);
  EXPECT_EQ(after.layer("a").settings["activation"], "relu");
  EXPECT_EQ(after.layer("b").settings["activation"], "relu");
  EXPECT_EQ(after.layer("c").settings["activation"], "silu");
  EXPECT_EQ(after.layer("d").settings["activation"], "relu");
  EXPECT_THAT(edited.change.notes.front(), AllOf(HasSubstr("3 layers apply relu in place of relu6"), HasSubstr("by 2 at most")));
  EXPECT_TRUE(edited.change.facts["weights"]["fresh"].empty());
}

// silu(3) = 2.8577, hard swish is 3: the largest difference, 0.142, is there.
TEST(ExchangeActivation, SaysHowFarTheFunctionsAreApart) {
  const Edited edited = edit(model_of(kThreeKinds), {{"activation", "silu=hard_silu"}}, 1);
  EXPECT_EQ(architecture_of(edited.model).layer("c").settings["activation"], "hard_silu");
  EXPECT_THAT(edited.change.notes.front(), HasSubstr("0.142"));
}

TEST(ExchangeActivation, OnlyInTheLayersNamed) {
  const Architecture after = architecture_of(edit(model_of(kThreeKinds), {{"activation", "relu6=leaky_relu:layers=d"}}, 1).model);
  EXPECT_EQ(after.layer("a").settings["activation"], "relu6");
  EXPECT_EQ(after.layer("d").settings["activation"], "leaky_relu");
}

TEST(ExchangeActivation, SaysWhichThereAre) {
  const auto text = [](const char* argument) { return message_of([&] { edit(model_of(kThreeKinds), {{"activation", argument}}, 1); }); };
  EXPECT_THAT(text("gelu=relu"), AllOf(HasSubstr("no layer has the activation gelu"), HasSubstr("relu6, silu")));
  EXPECT_THAT(text("relu6"), HasSubstr("FROM=TO"));
  EXPECT_THAT(text("relu6=rel"), HasSubstr("relu"));
}

}  // namespace upkeep::structure
