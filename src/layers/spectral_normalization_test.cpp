#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(SpectralNormalization, IsTheLayerInsideAtInference) {
  const Tensor x({1, 2}, std::vector<float>{1, 10});
  EXPECT_THAT(values(apply("{spectral_normalization: {layer: {dense: {units: 2}}, name: s}}", x,
                           {{"s/kernel", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4})},
                            {"s/bias", Tensor({2}, std::vector<float>{100, 200})},
                            {"s/vector_u", Tensor({1, 2}, std::vector<float>{9, 9})}})),
              testing::ElementsAre(131, 242));
}

TEST(SpectralNormalization, HasOneMoreWeightThatIsNotTrained) {
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [5, 5, 3]}}, {spectral_normalization: {layer: {conv2d: {filters: 7, kernel_size: 2}}, name: s}}]");
  const std::vector<NamedWeight> weights = weight_specs(net);
  ASSERT_EQ(weights.size(), 3U);
  EXPECT_EQ(weights[2].name, "s/vector_u");
  EXPECT_EQ(weights[2].spec.shape, (Shape{1, 7}));
  EXPECT_FALSE(weights[2].spec.trainable);
}

TEST(SpectralNormalization, SaysWhatItDoesNotDo) {
  const Tensor x({1, 2}, std::vector<float>{1, 10});
  EXPECT_THAT(message_of([&] { apply_training("{spectral_normalization: {layer: {dense: {units: 2}}}}", x); }),
              testing::HasSubstr("in the middle of a step"));
  EXPECT_THAT(message_of([&] { apply("{spectral_normalization: {layer: flatten}}", x); }),
              testing::HasSubstr("neither a kernel nor embeddings"));
  EXPECT_THAT(message_of([&] { apply("spectral_normalization", x); }), testing::HasSubstr("needs a layer"));
}

}  // namespace
}  // namespace upkeep::layers
