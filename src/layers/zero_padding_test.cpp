#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::HasSubstr;

TEST(ZeroPadding, StandsAroundTheSteps) {
  const Tensor x({1, 2, 1}, std::vector<float>{1, 2});
  EXPECT_THAT(values(apply("zero_padding1d", x)), testing::ElementsAre(0, 1, 2, 0));
  EXPECT_THAT(values(apply("{zero_padding1d: {padding: [0, 2]}}", x)), testing::ElementsAre(1, 2, 0, 0));
}

TEST(ZeroPadding, TakesOneNumberOneForEachAxisOrOneForEachSide) {
  const Tensor x = numbers({1, 2, 3, 2}, 1);
  EXPECT_EQ(apply("zero_padding2d", x).shape(), (Shape{1, 4, 5, 2}));
  EXPECT_EQ(apply("{zero_padding2d: {padding: 2}}", x).shape(), (Shape{1, 6, 7, 2}));
  EXPECT_EQ(apply("{zero_padding2d: {padding: [2, 0]}}", x).shape(), (Shape{1, 6, 3, 2}));
  const Tensor y = apply("{zero_padding2d: {padding: [[1, 0], [0, 2]]}}", x);
  EXPECT_EQ(y.shape(), (Shape{1, 3, 5, 2}));
  EXPECT_EQ(y.floats()[0], 0);
  EXPECT_EQ(y.floats()[10], x.floats()[0]);
  EXPECT_EQ(apply("{zero_padding2d: {padding: 1, data_format: channels_first}}", x).shape(), (Shape{1, 2, 5, 4}));
  EXPECT_EQ(apply("{zero_padding3d: {padding: [1, 2, 3]}}", x.reshaped({1, 2, 1, 3, 2})).shape(), (Shape{1, 4, 5, 9, 2}));
}

TEST(ZeroPadding, StaysWhereTheChannelsAreSecond) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4, 4, 2]}}, {conv2d: {filters: 2, kernel_size: 2}}, zero_padding2d, {conv2d: {filters: 2, kernel_size: "
      "5}}, flatten]");
  EXPECT_EQ(count_nodes(build_model(net, initial_weights(net, 1)), "Transpose"), 1U + 2U);
}

TEST(ZeroPadding, RecognisesPad) {
  const auto text = [](const std::string& pads, const std::string& value = "0") {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 3, 4] x) => (float[N, A, B, C] y) <int64[8] p = {" + pads +
           "}, float v = {" + value + "}> { y = Pad (x, p, v) }";
  };
  const auto front = recognised(text("0, 0, 1, 0, 0, 0, 2, 3"))[0];
  EXPECT_EQ(front.kind, "zero_padding2d");
  EXPECT_EQ(front.settings, parse_json(R"({"padding": [[1, 2], [0, 3]], "data_format": "channels_first"})"));
  EXPECT_EQ(recognised(text("0, 1, 0, 0, 0, 0, 2, 0"))[0].settings,
            parse_json(R"({"padding": [[1, 0], [0, 2]], "data_format": "channels_last"})"));
  expect_equal_answers(text("0, 1, 0, 0, 0, 0, 2, 0"), numbers({2, 2, 3, 4}, 3));
  EXPECT_THAT(message_of([&] { recognised(text("0, 1, 0, 1, 0, 0, 2, 0")); }), HasSubstr("Pad"));
  EXPECT_THAT(message_of([&] { recognised(text("0, 0, 1, 0, 0, 0, 2, 3", "1")); }), HasSubstr("Pad"));
  EXPECT_THAT(message_of([&] { recognised(text("0, 0, -1, 0, 0, 0, 2, 3")); }), HasSubstr("Pad"));
}

TEST(ZeroPadding, SaysWhatIsWrong) {
  const auto error_with = [](const std::string& settings) {
    return message_of(
        [&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: [2, 3]}}, {zero_padding2d: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("padding: [1, 2, 3]"), HasSubstr("zero_padding2d.padding: [1,2,3] has 3 numbers"));
  EXPECT_THAT(error_with("padding: -1"), HasSubstr("-1 is outside [0,"));
  EXPECT_THAT(error_with(""), HasSubstr("it expects an input of 4 axes, 2 of them spatial, got [batch, 2, 3]"));
}

}  // namespace upkeep::layers
