#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Concatenate, JoinsAlongAnAxis) {
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  const std::string other = "{rescaling: {scale: 10, name: other}}, ";
  EXPECT_THAT(values(apply(other + "{concatenate: {inputs: [input, other]}}", x)), ElementsAre(1, 2, 10, 20, 3, 4, 30, 40));
  EXPECT_THAT(values(apply(other + "{concatenate: {axis: 1, inputs: [input, other]}}", x)), ElementsAre(1, 2, 3, 4, 10, 20, 30, 40));
  EXPECT_THAT(values(apply("{concatenate: {inputs: input}}", x)), ElementsAre(1, 2, 3, 4));
}

TEST(Concatenate, StaysWhereTheChannelsAreSecond) {
  for (const int axis : {-1, 1, 2}) {
    const std::string end = axis == -1 ? "6" : axis == 1 ? "[12, 6]" : "[6, 12]";
    const Architecture net = architecture_from_yaml(
        "layers: [{input: {shape: [6, 6, 2], name: x}}, {conv2d: {filters: 3, kernel_size: 3, padding: same, name: a}}, "
        "{conv2d: {filters: 3, kernel_size: 1, padding: same, name: b}}, {concatenate: {axis: " +
        std::to_string(axis) + ", inputs: [a, b]}}, {conv2d: {filters: 2, kernel_size: " + end + "}}, flatten]");
    const Model model = build_model(net, initial_weights(net, 1));
    EXPECT_EQ(count_nodes(model, "Transpose"), 1U + 3U);
    EXPECT_EQ(run(model, numbers({2, 6, 6, 2}, 1)).shape(), (Shape{2, 2}));
  }
}

TEST(Concatenate, RecognisesConcat) {
  const auto text = [](const std::string& axis) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 3] x) => (float[A, B] y) { a = Relu(x) b = Tanh(x) y = Concat <axis = " +
           axis + "> (a, b, x) }";
  };
  const auto layers = recognised(text("1"));
  EXPECT_EQ(layers[2].settings["axis"], -1);
  EXPECT_EQ(layers[2].inputs.size(), 3U);
  expect_equal_answers(text("1"), numbers({4, 3}, 2));
  EXPECT_THAT(message_of([&] { recognised(text("0")); }), HasSubstr("Concat"));
}

TEST(Concatenate, SaysWhatDoesNotFit) {
  const auto error_with = [](const std::string& layers) {
    return message_of([&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: [2, 3], name: x}}, " + layers + "]")); });
  };
  EXPECT_THAT(error_with("{flatten: {name: f}}, {concatenate: {inputs: [x, f]}}"), HasSubstr("[batch, 2, 3] and [batch, 6] differ"));
  EXPECT_THAT(error_with("{permute: {dims: [2, 1], name: p}}, {concatenate: {inputs: [x, p]}}"), HasSubstr("differ in more than axis 2"));
  EXPECT_THAT(error_with("{concatenate: {axis: 0, inputs: [x, x]}}"), HasSubstr("it cannot join [batch, 2, 3] along axis 0"));
}

}  // namespace upkeep::layers
