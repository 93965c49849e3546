#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Dot, OfTwoVectorsIsOneNumber) {
  const Tensor x({2, 2}, std::vector<float>{1, 2, 3, -1});
  EXPECT_THAT(values(apply("{dot: {axes: 1, inputs: [input, input]}}", x)), ElementsAre(5, 10));
  EXPECT_EQ(apply("{dot: {axes: -1, inputs: [input, input]}}", x).shape(), (Shape{2, 1}));
}

TEST(Dot, OfOneDirectionIsOneWhenNormalized) {
  const Tensor x({2, 2}, std::vector<float>{1, 2, 0, 0});
  EXPECT_THAT(values(apply("{rescaling: {scale: 3, name: r}}, {dot: {axes: 1, normalize: true, inputs: [input, r]}}", x)), Near({1, 0}));
}

TEST(Dot, SumsOverOneAxisOfEach) {
  const Tensor x({1, 2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  // x^T x
  EXPECT_THAT(values(apply("{dot: {axes: 1, inputs: [input, input]}}", x)), ElementsAre(17, 22, 27, 22, 29, 36, 27, 36, 45));
  // x x^T
  EXPECT_THAT(values(apply("{dot: {axes: [2, 2], inputs: [input, input]}}", x)), ElementsAre(14, 32, 32, 77));
  EXPECT_THAT(values(apply("{permute: {dims: [2, 1], name: p}}, {dot: {axes: [2, 1], inputs: [input, p]}}", x)),
              ElementsAre(14, 32, 32, 77));
  // [2] . [2, 3] and back
  const std::string top = "{global_max_pooling1d: {data_format: channels_first, name: top}}, ";
  EXPECT_THAT(values(apply(top + "{dot: {axes: [1, 1], inputs: [top, input]}}", x)), ElementsAre(27, 36, 45));
  EXPECT_THAT(values(apply(top + "{dot: {axes: [1, 1], inputs: [input, top]}}", x)), ElementsAre(27, 36, 45));
}

TEST(Dot, SaysWhatIsWrong) {
  const auto error_with = [](const std::string& settings) {
    return message_of(
        [&] { weight_specs(architecture_from_yaml("layers: [{input: {shape: [2, 3], name: x}}, {dot: {" + settings + "}}]")); });
  };
  EXPECT_THAT(error_with("inputs: [x, x]"), HasSubstr("a dot layer needs one axis or two"));
  EXPECT_THAT(error_with("axes: 0, inputs: [x, x]"), HasSubstr("[batch, 2, 3] has no axis 0 to sum over"));
  EXPECT_THAT(error_with("axes: [1, 2], inputs: [x, x]"), HasSubstr("axis 1 of [batch, 2, 3] and axis 2 of [batch, 2, 3] differ"));
  EXPECT_THAT(error_with("axes: 1, inputs: x"), HasSubstr("it reads 2 layers, not 1"));
}

}  // namespace upkeep::layers
