#include "analyze/part_changes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace upkeep {

namespace {

ModelPart part_with(Json settings, std::string kind = "conv2d") {
  return {.name = "a", .kind = std::move(kind), .settings = std::move(settings)};
}

bool same_settings(const Json& a, const Json& b, const std::string& kind = "conv2d") {
  return setting_changes(part_with(a, kind), part_with(b, kind)).empty();
}

ModelPart part_with(std::vector<std::pair<std::string, Tensor>> weights) {
  ModelPart part{.name = "a", .kind = "dense"};
  part.weights = std::move(weights);
  return part;
}

}  // namespace

TEST(SettingChanges, TakeOneNumberForAsManyOfIt) {
  EXPECT_TRUE(same_settings({{"size", 2}}, {{"size", {2, 2}}}));
  EXPECT_TRUE(same_settings({{"size", {2}}}, {{"size", {2, 2}}}));
  EXPECT_FALSE(same_settings({{"size", 2}}, {{"size", {2, 3}}}));
  EXPECT_FALSE(same_settings({{"shape", {3}}}, {{"shape", {3, 3}}}, "input"));
}

TEST(SettingChanges, CompareNumbersAsFloat32) {
  EXPECT_TRUE(same_settings({{"rate", 0.1}}, {{"rate", 0.10000000149011612}}));
  EXPECT_FALSE(same_settings({{"rate", 0.1}}, {{"rate", 0.1001}}));
}

TEST(SettingChanges, NameWhatOnlyOneHas) {
  const auto changes = setting_changes(part_with(Json{{"a", 1}}), part_with(Json{{"b", 2}}));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_TRUE(changes[0].after.is_null());
  EXPECT_TRUE(changes[1].before.is_null());
}

TEST(WeightChanges, GoTogetherByNameElseByPlace) {
  const Tensor one({2}, std::vector<float>{1, 2});
  const Tensor two({2}, std::vector<float>{1, 3});
  const auto by_name = weight_changes(part_with({{"a", one}, {"b", two}}), part_with({{"b", two}, {"a", one}}));
  EXPECT_TRUE(by_name.at(0).equal && by_name.at(1).equal);
  const auto by_place = weight_changes(part_with({{"a", one}}), part_with({{"k", two}}));
  ASSERT_EQ(by_place.size(), 1U);
  EXPECT_EQ(by_place[0].differing, 1);
  const auto gone = weight_changes(part_with({{"a", one}, {"b", two}}), part_with({{"a", one}}));
  EXPECT_EQ(gone.at(1).after, "");
}

TEST(WeightChanges, TakeNotANumberForEqualToItselfAndFarFromNumbers) {
  const Tensor a({2}, std::vector<float>{NAN, 1});
  EXPECT_TRUE(weight_changes(part_with({{"a", a}}), part_with({{"a", a}})).at(0).equal);
  const auto change = weight_changes(part_with({{"a", a}}), part_with({{"a", Tensor({2}, std::vector<float>{0, 1})}})).at(0);
  EXPECT_TRUE(std::isinf(change.largest_absolute));
}

TEST(WeightChanges, SayHowShapesChanged) {
  const auto change = weight_changes(part_with({{"a", Tensor({2}, std::vector<float>{3, 4})}}),
                                     part_with({{"a", Tensor({3}, std::vector<float>{0, 0, 2})}}))
                          .at(0);
  EXPECT_EQ(change.before, "float32[2]");
  EXPECT_EQ(change.after, "float32[3]");
  EXPECT_FALSE(change.comparable || change.equal);
  EXPECT_EQ(change.norm_before, 5);
  EXPECT_EQ(change.zeros_after, 2);
}

}  // namespace upkeep
