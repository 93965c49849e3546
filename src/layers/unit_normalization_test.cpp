#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(UnitNormalization, GivesLengthOne) {
  const Tensor y = apply("unit_normalization",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.857493F, 0.5144958F, -0.7071068F, -0.7071068F, -0.16439898F, 0.9863939F, -0.8320503F, -0.5547002F,
                               0.94868326F, -0.31622776F, -0.21693046F, -0.9761871F}));
}

TEST(UnitNormalization, GivesLengthOneOverSeveralAxes) {
  const Tensor y = apply("{unit_normalization: {axis: [1, 2]}}",
                         Tensor({2, 3, 2}, std::vector<float>{1.25F, 0.75F, -0.375F, -0.375F, -0.25F, 1.5F, -0.375F, -0.25F, 0.375F,
                                                              -0.125F, -0.25F, -1.125F}),
                         {});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.57543534F, 0.34526122F, -0.17263061F, -0.17263061F, -0.11508707F, 0.69052243F, -0.28867513F, -0.19245009F,
                               0.28867513F, -0.096225046F, -0.19245009F, -0.8660254F}));
}

TEST(UnitNormalization, KeepsZeroAsItIs) {
  EXPECT_THAT(values(apply("unit_normalization", Tensor({2, 2}, std::vector<float>{0, 0, 3, 4}))), Near({0, 0, 0.6F, 0.8F}));
}

TEST(UnitNormalizationRecognition, FindsLpNormalization) {
  const std::string text =
      "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 2] x) => (float[N, 2] y) { y = LpNormalization <axis = 1, p = 2> (x) }";
  EXPECT_EQ(recognised(text)[0].settings, (Json{{"axis", 1}}));
  expect_equal_answers(text, Tensor({1, 2}, std::vector<float>{3, 4}));
}

}  // namespace
}  // namespace upkeep::layers
