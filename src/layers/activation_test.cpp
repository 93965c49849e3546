#include "base/format.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(ActivationLayer, AppliesItsFunction) {
  EXPECT_THAT(values(apply("{activation: {activation: relu}}", Tensor({1, 3}, std::vector<float>{-1, 0, 2}))),
              testing::ElementsAre(0, 0, 2));
  EXPECT_THAT(values(apply("{activation: {activation: {class_name: leaky_relu, config: {negative_slope: 0.5}}}}",
                           Tensor({1, 3}, std::vector<float>{-1, 0, 2}))),
              testing::ElementsAre(-0.5, 0, 2));
}

TEST(ActivationLayer, MayDoNothing) {
  EXPECT_THAT(values(apply("activation", Tensor({1, 2}, std::vector<float>{-1, 2}))), testing::ElementsAre(-1, 2));
}

TEST(ActivationLayer, NamesAnUnknownFunction) {
  EXPECT_THAT(message_of([] { architecture_from_yaml("layers: [{input: {shape: [2]}}, {activation: {activation: sine}}]"); }),
              testing::HasSubstr("layers[1]: activation.activation: unknown activation \"sine\""));
}

TEST(ActivationLayer, IsRecognised) {
  const std::string text =
      "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 3] x) => (float[N, 3] y) { t = Tanh(x) y = Softmax <axis = 1> (t) }";
  const auto layers = recognised(text);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].settings, (Json{{"activation", "tanh"}}));
  EXPECT_EQ(layers[1].settings, (Json{{"activation", "softmax"}}));
  expect_equal_answers(text, Tensor({1, 3}, std::vector<float>{-1, 0, 2}));
}

TEST(ActivationLayer, DoesNotTakeAnOldSoftmaxOverSeveralAxes) {
  const auto text = [](const char* opset, const char* axis) {
    return upkeep::format(
        "<ir_version: 7, opset_import: [\"\": {}]> g (float[N, 3, 2] x) => (float[N, 3, 2] y) {{ y = Softmax <axis = {}> (x) }}", opset,
        axis);
  };
  EXPECT_THAT(message_of([&] { recognised(text("11", "1")); }), testing::HasSubstr("Softmax"));
  EXPECT_EQ(recognised(text("11", "2"))[0].settings, (Json{{"activation", "softmax"}}));
  EXPECT_EQ(recognised(text("13", "1"))[0].settings["activation"]["config"], (Json{{"axis", 1}}));
}

}  // namespace
}  // namespace upkeep::layers
