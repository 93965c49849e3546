#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

using testing::HasSubstr;

namespace {

Architecture set_settings(const std::string& argument) { return catalog().at("set").apply(architecture_of(three_layers()), argument); }

}  // namespace

TEST(SetSettings, ChangesWhatIsNamedAndKeepsTheRest) {
  const Architecture after = set_settings("dense:units=30,kernel_regularizer=l2");
  EXPECT_EQ(after.layer("dense").settings, Json({{"units", 30}, {"activation", "relu"}, {"kernel_regularizer", "l2"}}));
  EXPECT_EQ(after.layer("dense_1").settings, Json({{"units", 3}}));
}

TEST(SetSettings, MayChangeAnInput) { EXPECT_EQ(set_settings("input:shape=[9]").layer("input").settings["shape"], Json({9})); }

TEST(SetSettings, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { set_settings("dense"); }), HasSubstr("NAME:SETTING=VALUE"));
  EXPECT_THAT(message_of([] { set_settings("dense_5:units=3"); }), AllOf(HasSubstr("dense_5"), HasSubstr("dense_1")));
  EXPECT_THAT(message_of([] { set_settings("dense:unit=3"); }), AllOf(HasSubstr("layer \"dense\""), HasSubstr("units")));
  EXPECT_THAT(message_of([] { set_settings("dense:units=many"); }), HasSubstr("units"));
  EXPECT_THAT(message_of([] { set_settings("dense:name=hidden"); }), HasSubstr("renamed"));
}

}  // namespace upkeep::structure
