#include "layers/testing.hpp"

namespace upkeep::layers {

TEST(Permute, PutsTheAxesInAnotherOrder) {
  const Tensor y = apply("{permute: {dims: [2, 1]}}", Tensor({1, 2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), testing::ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(Permute, RecognisesATranspositionThatLeavesTheBatch) {
  const auto text = [](const std::string& order) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 3, 4] x) => (float[A, B, C, D] y) { y = Transpose <perm = [" + order +
           "]> (x) }";
  };
  EXPECT_EQ(recognised(text("0, 2, 3, 1"))[0].settings["dims"], (Json{2, 3, 1}));
  EXPECT_THAT(message_of([&] { recognised(text("1, 0, 2, 3")); }), testing::HasSubstr("Transpose"));
}

TEST(Permute, SaysWhatIsWrong) {
  const auto error_with = [](const std::string& settings) {
    return message_of([&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: [2, 3]}}, {permute: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("dims: [0, 1]"), testing::HasSubstr("permute.dims: [0,1] is not an order of axes"));
  EXPECT_THAT(error_with("dims: [1, 1]"), testing::HasSubstr("is not an order of axes"));
  EXPECT_THAT(error_with(""), testing::HasSubstr("is not an order of axes"));
  EXPECT_THAT(error_with("dims: [3, 1, 2]"), testing::HasSubstr("it expects an input of 4 axes with the batch, got [batch, 2, 3]"));
}

}  // namespace upkeep::layers
