#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(PRelu, HasASlopeForEachPlace) {
  const Tensor y = apply("prelu", Tensor({1, 2, 3}, std::vector<float>{-0.75F, 1.375F, 0.375F, -0.125F, 0.75F, 0.875F}),
                         {{"prelu/alpha", Tensor({2, 3}, std::vector<float>{0.625F, 0.125F, -0.25F, -0.25F, 0.25F, 0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 3}));
  EXPECT_THAT(values(y), Near({-0.46875F, 1.375F, 0.375F, 0.03125F, 0.75F, 0.875F}));
}

TEST(PRelu, SharesSlopes) {
  const Tensor y = apply("{prelu: {shared_axes: [1]}}", Tensor({1, 2, 3}, std::vector<float>{1.375F, 0.375F, 1, 1.5F, 0.125F, -1.5F}),
                         {{"prelu/alpha", Tensor({1, 3}, std::vector<float>{-0.625F, -0.75F, 0.75F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 3}));
  EXPECT_THAT(values(y), Near({1.375F, 0.375F, 1, 1.5F, 0.125F, -1.125F}));
}

TEST(PReluRecognition, FindsSharedSlopes) {
  const std::string text =
      "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2, 2] x) => (float[N, 2, 2] y) <float[2, 1] a = {0.5, -0.25}> { y = PRelu(x, "
      "a) }";
  EXPECT_EQ(recognised(text)[0].settings, (Json{{"shared_axes", {2}}}));
  expect_equal_answers(text, Tensor({1, 2, 2}, std::vector<float>{-1, 2, -3, -4}));
}

}  // namespace
}  // namespace upkeep::layers
