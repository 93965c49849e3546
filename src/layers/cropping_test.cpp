#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Cropping, TakesElementsOffBothEnds) {
  const Tensor x({1, 5, 1}, std::vector<float>{1, 2, 3, 4, 5});
  EXPECT_THAT(values(apply("cropping1d", x)), ElementsAre(2, 3, 4));
  EXPECT_THAT(values(apply("{cropping1d: {cropping: [0, 3]}}", x)), ElementsAre(1, 2));
  EXPECT_THAT(values(apply("{cropping1d: {cropping: [2, 0]}}", x)), ElementsAre(3, 4, 5));
}

TEST(Cropping, TakesOneNumberOneForEachAxisOrOneForEachSide) {
  const Tensor x = numbers({1, 5, 6, 2}, 1);
  EXPECT_EQ(apply("cropping2d", x).shape(), (Shape{1, 5, 6, 2}));  // Keras: nothing, unless it is told
  EXPECT_EQ(apply("{cropping2d: {cropping: 1}}", x).shape(), (Shape{1, 3, 4, 2}));
  EXPECT_EQ(apply("{cropping2d: {cropping: [2, 1]}}", x).shape(), (Shape{1, 1, 4, 2}));
  const Tensor y = apply("{cropping2d: {cropping: [[1, 0], [2, 3]]}}", x);
  EXPECT_EQ(y.shape(), (Shape{1, 4, 1, 2}));
  EXPECT_EQ(y.floats()[0], x.floats()[(6 + 2) * 2]);
  EXPECT_EQ(apply("{cropping2d: {cropping: [[1, 0], [0, 1]], data_format: channels_first}}", x.reshaped({1, 2, 5, 6})).shape(),
            (Shape{1, 2, 4, 5}));
  EXPECT_EQ(apply("cropping3d", numbers({1, 3, 4, 5, 1}, 2)).shape(), (Shape{1, 1, 2, 3, 1}));
}

TEST(Cropping, StaysWhereTheChannelsAreSecond) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 2, kernel_size: 2}}, {cropping2d: {cropping: 1}}, "
      "{conv2d: {filters: 2, kernel_size: 3}}, flatten]");
  const Model model = build_model(net, initial_weights(net, 1));
  EXPECT_EQ(count_nodes(model, "Transpose"), 1U + 2U);
  EXPECT_EQ(run(model, numbers({2, 6, 6, 2}, 3)).shape(), (Shape{2, 2}));
}

TEST(Cropping, RecognisesSliceOfSpatialAxes) {
  const auto text = [](const std::string& axes, const std::string& starts, const std::string& ends) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 4, 5, 6] x) => (float[N, A, B, C] y) <int64[2] a = {" + axes +
           "}, int64[2] s = {" + starts + "}, int64[2] e = {" + ends + "}> { y = Slice(x, s, e, a) }";
  };
  const std::string front = text("-1, 2", "1, 2", "-2, 2147483647");
  EXPECT_EQ(recognised(front)[0].settings, parse_json(R"({"cropping": [[2, 0], [1, 2]], "data_format": "channels_first"})"));
  const std::string last = text("1, 2", "-3, 0", "9, 3");
  EXPECT_EQ(recognised(last)[0].settings, parse_json(R"({"cropping": [[1, 0], [0, 2]]})"));
  for (const std::string& one : {front, last}) expect_equal_answers(one, numbers({2, 4, 5, 6}, 1));
  EXPECT_THAT(message_of([&] { recognised(text("1, 3", "1, 1", "9, 9")); }), HasSubstr("Slice"));
  EXPECT_THAT(message_of([&] { recognised(text("0, 2", "1, 1", "9, 9")); }), HasSubstr("Slice"));
  EXPECT_THAT(message_of([&] { recognised(text("2, 3", "5, 1", "9, 9")); }), HasSubstr("Slice"));
}

TEST(Cropping, LeavesSomething) {
  EXPECT_THAT(
      message_of([] { weight_specs(architecture_from_yaml("layers: [{input: {shape: [3, 1]}}, {cropping1d: {cropping: [1, 2]}}]")); }),
      HasSubstr("cropping 1 and 2 leaves nothing of 3 elements"));
}

}  // namespace upkeep::layers
