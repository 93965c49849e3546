#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Architecture remove(const Architecture& from, const std::string& name) { return catalog().at("remove").apply(from, name); }

}  // namespace

TEST(RemoveLayer, JoinsItsReadersToItsInput) {
  const Architecture after = remove(architecture_of(three_layers()), "dense_1");
  EXPECT_THAT(layer_names(after), ElementsAre("input", "dense", "dense_2"));
  EXPECT_THAT(after.layer("dense_2").inputs, ElementsAre("dense"));
  EXPECT_THAT(after.outputs, ElementsAre("dense_2"));
}

TEST(RemoveLayer, MakesItsInputTheOutputWhenItWasTheLast) {
  EXPECT_THAT(remove(architecture_of(three_layers()), "dense_2").outputs, ElementsAre("dense_1"));
}

TEST(RemoveLayer, KeepsInputsAndTheLastRemainingLayer) {
  const Architecture small = architecture_from_yaml("layers: [{input: {shape: [4]}}, {dense: {units: 5}}]");
  EXPECT_THAT(message_of([&] { remove(small, "input"); }), HasSubstr("is an input"));
  EXPECT_THAT(message_of([&] { remove(small, "dense"); }), HasSubstr("nothing is left"));
}

TEST(RemoveLayer, ListsTheLayersThereAre) {
  EXPECT_THAT(message_of([] { remove(architecture_of(three_layers()), "dense_4"); }), AllOf(HasSubstr("dense_4"), HasSubstr("dense_2")));
}

}  // namespace upkeep::structure
