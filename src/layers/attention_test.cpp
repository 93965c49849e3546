#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(Attention, MultipliesQueriesAndKeys) {
  const Tensor y = apply_to("{attention: {use_scale: true, inputs: INPUTS}}",
                            {Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F}),
                             Tensor({1, 2, 2}, std::vector<float>{0.375F, -0.375F, 2, 0.375F}),
                             Tensor({1, 2, 2}, std::vector<float>{1.75F, 1, -0.625F, -0.375F})},
                            {{"attention/scale", Tensor({}, std::vector<float>{0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({1.2587279F, 0.032874376F, 1.2081254F, 0.009519443F, 1.344204F, 0.07232486F}));
}

TEST(Attention, AddsQueriesAndKeysInConcatMode) {
  const Tensor y = apply_to("{attention: {score_mode: concat, use_scale: true, use_causal_mask: true, inputs: INPUTS}}",
                            {Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F}),
                             Tensor({1, 2, 2}, std::vector<float>{0.375F, -0.375F, 2, 0.375F})},
                            {{"attention/scale", Tensor({}, std::vector<float>{0.375F})},
                             {"attention/concat_score_weight", Tensor({}, std::vector<float>{0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({0.375F, -0.375F, 1.3105063F, 0.056772172F, 1.3170806F, 0.05980639F}));
}

TEST(AdditiveAttention, AddsQueriesAndKeys) {
  const Tensor y = apply_to("{additive_attention: {inputs: INPUTS}}",
                            {Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F}),
                             Tensor({1, 2, 2}, std::vector<float>{0.375F, -0.375F, 2, 0.375F}),
                             Tensor({1, 2, 2}, std::vector<float>{1.75F, 1, -0.625F, -0.375F})},
                            {{"additive_attention/scale", Tensor({2}, std::vector<float>{-0.125F, -0.875F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({1.4090027F, 0.10223198F, 1.5264008F, 0.15641582F, 1.5536366F, 0.16898611F}));
}

TEST(Attention, SeesOnlyStepsThatCount) {
  const Tensor y =
      apply("{embedding: {input_dim: 3, output_dim: 1, mask_zero: true}}, {attention: {inputs: [embedding, embedding]}}",
            Tensor({1, 3}, std::vector<std::int64_t>{1, 0, 1}), {{"embedding/embeddings", Tensor({3, 1}, std::vector<float>{100, 2, 3})}});
  EXPECT_THAT(values(y), Near({2, 0, 2}));  // the masked query gives zero
}

TEST(Attention, ReadsTwoOrThreeSequences) {
  EXPECT_THAT(message_of([] { apply("attention", Tensor::full({1, 2, 2}, 1.0F)); }), testing::HasSubstr("it reads 2 to 3 layers, not 1"));
}

}  // namespace
}  // namespace upkeep::layers
