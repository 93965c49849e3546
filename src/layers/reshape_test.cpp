#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::HasSubstr;

TEST(Reshape, KeepsTheElementsInOrder) {
  const Tensor x({2, 6}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  EXPECT_EQ(apply("{reshape: {target_shape: [2, 3]}}", x), x.reshaped({2, 2, 3}));
  EXPECT_EQ(apply("{reshape: {target_shape: [-1, 2]}}", x), x.reshaped({2, 3, 2}));
  EXPECT_EQ(apply("{reshape: {target_shape: [6, 1]}}, {reshape: {target_shape: [6]}}", x), x);
}

TEST(Reshape, InfersASizeThatComesWithTheData) {
  const Model model = build_model(architecture_from_yaml("layers: [{input: {shape: [null, 2]}}, {reshape: {target_shape: [-1, 4]}}]"), {});
  EXPECT_EQ(run(model, numbers({3, 6, 2}, 1)).shape(), (Shape{3, 3, 4}));
}

TEST(Reshape, KnowsTheShapeThatItMakes) {
  const auto specs =
      weight_specs(architecture_from_yaml("layers: [{input: {shape: [12]}}, {reshape: {target_shape: [2, -1]}}, {dense: {units: 1}}]"));
  EXPECT_EQ(specs[0].spec.shape, (Shape{6, 1}));
}

TEST(Reshape, RecognisesAReshapeThatLeavesTheBatch) {
  const auto text = [](const std::string& shape) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 6] x) => (float[A, B, C] y) <int64[3] s = {" + shape +
           "}> { y = Reshape(x, s) }";
  };
  EXPECT_EQ(recognised(text("-1, 3, 4"))[0].settings["target_shape"], (Json{3, 4}));
  EXPECT_EQ(recognised(text("0, 3, 4"))[0].settings["target_shape"], (Json{3, 4}));
  expect_equal_answers(text("0, -1, 4"), numbers({5, 2, 6}, 1));
  EXPECT_THAT(message_of([&] { recognised(text("1, -1, 4")); }), HasSubstr("Reshape"));
}

TEST(Reshape, SaysWhatIsWrong) {
  const auto error_with = [](const std::string& settings) {
    return message_of([&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: [2, 3]}}, {reshape: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("target_shape: [4]"), HasSubstr("[batch, 2, 3] has 6 elements per row, the target shape [4] has others"));
  EXPECT_THAT(error_with("target_shape: [4, -1]"), HasSubstr("does not divide them"));
  EXPECT_THAT(error_with("target_shape: [-1, -1]"), HasSubstr("reshape.target_shape: [-1,-1] is no shape"));
  EXPECT_THAT(error_with("target_shape: [0]"), HasSubstr("is no shape"));
}

}  // namespace upkeep::layers
