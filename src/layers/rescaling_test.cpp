#include "base/format.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kRescalingInput({2, 2}, std::vector<float>{0, 255, 51, -10});

TEST(Rescaling, ScalesAndShifts) {
  EXPECT_THAT(values(apply("{rescaling: {scale: 2, offset: -1}}", kRescalingInput)), testing::ElementsAre(-1, 509, 101, -21));
  EXPECT_THAT(values(apply("{rescaling: {scale: [1, 10], offset: [0.5, 0]}}", kRescalingInput)),
              testing::ElementsAre(0.5, 2550, 51.5, -100));
}

TEST(Rescaling, MakesFloatsOfIntegers) {
  EXPECT_THAT(values(apply("{rescaling: {scale: 0.5}}", kRescalingInput.cast(DType::kInt32))), testing::ElementsAre(0, 127.5, 25.5, -5));
}

TEST(Rescaling, EmitsOnlyWhatIsNeeded) {
  const auto nodes = [](const char* settings) {
    return build_model(architecture_from_yaml(upkeep::format(
                           "layers: [{{input: {{shape: [2]}}}}, {{rescaling: {{{}}}}}, {{activation: {{activation: relu}}}}]", settings)),
                       {})
        .graph.nodes.size();
  };
  EXPECT_EQ(nodes("scale: 1"), 1U);
  EXPECT_EQ(nodes("scale: 2"), 2U);
  EXPECT_EQ(nodes("scale: 1, offset: 3"), 2U);
}

TEST(Rescaling, SaysWhatWouldHaveBeenRight) {
  EXPECT_THAT(message_of([] { apply("rescaling", kRescalingInput); }),
              testing::HasSubstr("rescaling needs a scale (such as scale: 0.00392, offset: 0)"));
  EXPECT_THAT(message_of([] { apply("{rescaling: {scale: [1, 2, 3]}}", kRescalingInput); }),
              testing::HasSubstr("scale has 3 numbers, the input is [batch, 2]"));
}

std::string rescaling_graph(const std::string& initializers, const std::string& nodes) {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2] x) => (float[N, 2] y) <" + initializers + "> { " + nodes + " }";
}

TEST(RescalingRecognition, FindsChainsOfArithmeticWithNumbers) {
  const std::string half = "float h = {0.5}, float t = {3}";
  EXPECT_EQ(recognised(rescaling_graph(half, "y = Mul(x, h)"))[0].settings, (Json{{"scale", 0.5}, {"offset", 0.0}}));
  EXPECT_EQ(recognised(rescaling_graph(half, "a = Mul(h, x) y = Add(a, t)"))[0].settings, (Json{{"scale", 0.5}, {"offset", 3.0}}));
  EXPECT_EQ(recognised(rescaling_graph(half, "a = Sub(x, t) y = Div(a, h)"))[0].settings, (Json{{"scale", 2.0}, {"offset", -6.0}}));
  EXPECT_EQ(recognised(rescaling_graph(half, "y = Sub(t, x)"))[0].settings, (Json{{"scale", -1.0}, {"offset", 3.0}}));
  expect_equal_answers(rescaling_graph(half, "a = Sub(x, t) y = Div(a, h)"), kRescalingInput);
}

TEST(RescalingRecognition, StopsWhereAValueHasAnotherReader) {
  const std::string text =
      "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2] x) => (float[N, 2] y, float[N, 2] z) <float h = {0.5}> { z = Mul(x, h) y "
      "= Add(z, h) }";
  const auto layers = recognised(text);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].name, "z");
  EXPECT_EQ(layers[1].inputs, std::vector<std::string>{"z"});
}

TEST(RescalingRecognition, LeavesOtherArithmeticAlone) {
  EXPECT_THAT(message_of([] { recognised(rescaling_graph("float h = {0.5}", "y = Div(h, x)")); }), testing::HasSubstr("Div"));
  EXPECT_EQ(recognised(rescaling_graph("float h = {0.5}", "y = Mul(x, x)"))[0].kind, "multiply");
}

}  // namespace
}  // namespace upkeep::layers
