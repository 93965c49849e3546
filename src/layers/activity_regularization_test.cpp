#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(ActivityRegularization, HandsItsInputOnAndPenalisesIt) {
  Model model;
  Ops ops(model);
  const ForwardGraph forward = build_training_forward(
      architecture_from_yaml("layers: [{input: {shape: [2], name: x}}, {activity_regularization: {l1: 0.5, l2: 0.25}}]"), ops);
  EXPECT_EQ(forward.outputs[0].name(), "x");
  ASSERT_EQ(forward.activity_penalties.size(), 1U);
  EXPECT_EQ(forward.activity_penalties[0].first.name(), "x");
  EXPECT_EQ(forward.activity_penalties[0].second, (Json{{"class_name", "L1L2"}, {"config", {{"l1", 0.5}, {"l2", 0.25}}}}));
}

}  // namespace
}  // namespace upkeep::layers
