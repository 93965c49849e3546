#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(MultiHeadAttention, AttendsWithQueryValueAndKey) {
  const Tensor y = apply_to(
      "{multi_head_attention: {num_heads: 2, key_dim: 2, value_dim: 3, inputs: INPUTS}}",
      {Tensor({1, 3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1}),
       Tensor({1, 2, 2}, std::vector<float>{0.375F, 1.375F, -0.5F, -0.625F}),
       Tensor({1, 2, 2}, std::vector<float>{0.5F, 0.375F, 0.125F, -0.875F})},
      {{"multi_head_attention/query/kernel",
        Tensor({2, 2, 2}, std::vector<float>{-0.625F, 0.125F, 0.125F, -0.125F, -1.25F, -0.25F, 0.375F, 0.375F})},
       {"multi_head_attention/query/bias", Tensor({2, 2}, std::vector<float>{-0.75F, -0.25F, -0.5F, -0.375F})},
       {"multi_head_attention/key/kernel",
        Tensor({2, 2, 2}, std::vector<float>{0.5F, -0.375F, 0.375F, 0.5F, -0.25F, 0.375F, 0.375F, 0.375F})},
       {"multi_head_attention/key/bias", Tensor({2, 2}, std::vector<float>{-0.625F, 0.375F, 0.625F, -0.75F})},
       {"multi_head_attention/value/kernel",
        Tensor({2, 2, 3}, std::vector<float>{0.375F, 0.375F, -0.375F, 1, 0.375F, -0.625F, 0.375F, 0.25F, -0.125F, 0.375F, 0.375F, 0.375F})},
       {"multi_head_attention/value/bias", Tensor({2, 3}, std::vector<float>{0.75F, -0.375F, 0.125F, -0.25F, 0.125F, -0.625F})},
       {"multi_head_attention/attention_output/kernel",
        Tensor({2, 3, 2}, std::vector<float>{-0.25F, -0.125F, 0.5F, 0.625F, -0.625F, -0.375F, 0.375F, -1, -0.25F, 0.375F, 0.625F, 0.375F})},
       {"multi_head_attention/attention_output/bias", Tensor({2}, std::vector<float>{-0.125F, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.9897976F, -0.27107677F, -1.0450072F, -0.18707308F, -1.0527263F, -0.18083489F}, 16));
}

TEST(MultiHeadAttention, LooksOnlyBackWithACausalMask) {
  const Tensor y =
      apply_to("{multi_head_attention: {num_heads: 1, key_dim: 2, use_bias: false, use_causal_mask: true, inputs: INPUTS}}",
               {Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F}),
                Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F})},
               {{"multi_head_attention/query/kernel", Tensor({2, 1, 2}, std::vector<float>{0.375F, 1.25F, 0.625F, -0.5F})},
                {"multi_head_attention/key/kernel", Tensor({2, 1, 2}, std::vector<float>{-0.375F, -0.25F, 0.5F, -0.375F})},
                {"multi_head_attention/value/kernel", Tensor({2, 1, 2}, std::vector<float>{-0.375F, 0.5F, 0.375F, -0.125F})},
                {"multi_head_attention/attention_output/kernel", Tensor({1, 2, 2}, std::vector<float>{-0.5F, -0.75F, -0.375F, -1.125F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.140625F, 0.10546875F, -0.10696086F, 0.07180461F, -0.09025253F, 0.10695785F}));
}

TEST(MultiHeadAttention, GatesAndShapesItsOutput) {
  const Tensor y = apply_to(
      "{multi_head_attention: {num_heads: 1, key_dim: 2, output_shape: [1, 2], use_gate: true, sliding_window: 2, inputs: INPUTS}}",
      {Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F}),
       Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F})},
      {{"multi_head_attention/query/kernel", Tensor({2, 1, 2}, std::vector<float>{0.375F, -0.375F, 0.25F, 0.875F})},
       {"multi_head_attention/query/bias", Tensor({1, 2}, std::vector<float>{0.625F, -0.625F})},
       {"multi_head_attention/key/kernel", Tensor({2, 1, 2}, std::vector<float>{0.375F, 0.625F, -0.375F, -0.5F})},
       {"multi_head_attention/key/bias", Tensor({1, 2}, std::vector<float>{0.375F, -0.75F})},
       {"multi_head_attention/gate/kernel", Tensor({2, 1, 2}, std::vector<float>{0.75F, -1.25F, -0.5F, -0.125F})},
       {"multi_head_attention/gate/bias", Tensor({1, 2}, std::vector<float>{-0.125F, 0.125F})},
       {"multi_head_attention/value/kernel", Tensor({2, 1, 2}, std::vector<float>{0.125F, -0.125F, 0.625F, -1.125F})},
       {"multi_head_attention/value/bias", Tensor({1, 2}, std::vector<float>{0.375F, -0.375F})},
       {"multi_head_attention/attention_output/kernel", Tensor({1, 2, 1, 2}, std::vector<float>{0.125F, 0.125F, -0.5F, -0.375F})},
       {"multi_head_attention/attention_output/bias", Tensor({1, 2}, std::vector<float>{0.375F, 0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 1, 2}));
  EXPECT_THAT(values(y), Near({0.8050323F, 0.45256686F, 0.7109709F, 0.38413206F, 0.6967455F, 0.37122595F}));
}

TEST(MultiHeadAttention, LooksAlongOneOfSeveralAxes) {
  const Tensor y = apply_to("{multi_head_attention: {num_heads: 1, key_dim: 1, attention_axes: 2, inputs: INPUTS}}",
                            {Tensor({1, 2, 2, 2}, std::vector<float>{-0.625F, 2, 2.25F, -1.5F, 0.25F, 2.5F, 0.75F, 0.25F}),
                             Tensor({1, 2, 2, 2}, std::vector<float>{-0.625F, 2, 2.25F, -1.5F, 0.25F, 2.5F, 0.75F, 0.25F})},
                            {{"multi_head_attention/query/kernel", Tensor({2, 1, 1}, std::vector<float>{-0.125F, -0.25F})},
                             {"multi_head_attention/query/bias", Tensor({1, 1}, std::vector<float>{-0.125F})},
                             {"multi_head_attention/key/kernel", Tensor({2, 1, 1}, std::vector<float>{-0.25F, 0.375F})},
                             {"multi_head_attention/key/bias", Tensor({1, 1}, std::vector<float>{-0.25F})},
                             {"multi_head_attention/value/kernel", Tensor({2, 1, 1}, std::vector<float>{-0.25F, -0.625F})},
                             {"multi_head_attention/value/bias", Tensor({1, 1}, std::vector<float>{0.375F})},
                             {"multi_head_attention/attention_output/kernel", Tensor({1, 1, 2}, std::vector<float>{-0.5F, -0.125F})},
                             {"multi_head_attention/attention_output/bias", Tensor({2}, std::vector<float>{0.5F, 0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2, 2}));
  EXPECT_THAT(values(y), Near({0.30691522F, 0.076728806F, 0.48053753F, 0.12013438F, 0.6889481F, 0.17223702F, 0.7613191F, 0.19032978F}));
}

TEST(MultiHeadAttention, LooksAlongTheFirstOfSeveralAxes) {
  const Tensor y = apply_to("{multi_head_attention: {num_heads: 2, key_dim: 2, attention_axes: [1], inputs: INPUTS}}",
                            {Tensor({1, 2, 2, 2}, std::vector<float>{0.375F, 0.75F, -1.375F, -0.5F, -1.875F, -1.25F, -1.875F, -0.25F}),
                             Tensor({1, 2, 2, 2}, std::vector<float>{0.375F, 0.75F, -1.375F, -0.5F, -1.875F, -1.25F, -1.875F, -0.25F})},
                            {{"multi_head_attention/query/kernel",
                              Tensor({2, 2, 2}, std::vector<float>{-0.125F, 0.75F, -0.25F, -0.125F, 0.125F, 0.375F, -0.125F, -0.5F})},
                             {"multi_head_attention/query/bias", Tensor({2, 2}, std::vector<float>{0.375F, -0.25F, 0.625F, 0.375F})},
                             {"multi_head_attention/key/kernel",
                              Tensor({2, 2, 2}, std::vector<float>{0.375F, 0.375F, -0.125F, 0.5F, 0.375F, 0.25F, -0.625F, 0.125F})},
                             {"multi_head_attention/key/bias", Tensor({2, 2}, std::vector<float>{-0.875F, -1, -0.125F, -0.5F})},
                             {"multi_head_attention/value/kernel",
                              Tensor({2, 2, 2}, std::vector<float>{0.125F, 1.125F, -0.375F, -0.25F, 0.125F, 0.25F, -0.125F, -0.125F})},
                             {"multi_head_attention/value/bias", Tensor({2, 2}, std::vector<float>{0.375F, 0.25F, -0.5F, 0.375F})},
                             {"multi_head_attention/attention_output/kernel",
                              Tensor({2, 2, 2}, std::vector<float>{0.375F, -0.5F, 0.125F, -0.375F, 0.5F, 0.125F, 0.375F, -0.25F})},
                             {"multi_head_attention/attention_output/bias", Tensor({2}, std::vector<float>{0.375F, -1})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2, 2}));
  EXPECT_THAT(values(y), Near({0.7301495F, -1.3172891F, 0.5943407F, -0.6179024F, 0.36387083F, -0.6062056F, 0.5940926F, -0.61696166F}, 16));
}

TEST(MultiHeadAttention, LooksAlongAllAxes) {
  const Tensor y = apply_to("{multi_head_attention: {num_heads: 1, key_dim: 1, use_bias: false, inputs: INPUTS}}",
                            {Tensor({1, 2, 2, 2}, std::vector<float>{-0.625F, 2, 2.25F, -1.5F, 0.25F, 2.5F, 0.75F, 0.25F}),
                             Tensor({1, 2, 2, 2}, std::vector<float>{-0.625F, 2, 2.25F, -1.5F, 0.25F, 2.5F, 0.75F, 0.25F})},
                            {{"multi_head_attention/query/kernel", Tensor({2, 1, 1}, std::vector<float>{0.875F, 0.125F})},
                             {"multi_head_attention/key/kernel", Tensor({2, 1, 1}, std::vector<float>{0.375F, 0.5F})},
                             {"multi_head_attention/value/kernel", Tensor({2, 1, 1}, std::vector<float>{1.25F, 0.625F})},
                             {"multi_head_attention/attention_output/kernel", Tensor({1, 1, 2}, std::vector<float>{0.125F, 0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2, 2}));
  EXPECT_THAT(values(y), Near({0.16625765F, 0.16625765F, 0.18528755F, 0.18528755F, 0.16837F, 0.16837F, 0.16973126F, 0.16973126F}));
}

TEST(MultiHeadAttention, OwnsItsWeightsAsKerasDoes) {
  const auto specs =
      weight_specs(architecture_from_yaml("layers: [{input: {shape: [null, 3], name: q}}, {input: {shape: [null, 4], name: v}}, "
                                          "{multi_head_attention: {num_heads: 2, key_dim: 5, "
                                          "value_dim: 6, use_gate: true, inputs: [q, v], name: m}}]"));
  std::vector<std::string> names;
  for (const NamedWeight& weight : specs) names.push_back(weight.name + " " + to_string(weight.spec.shape));
  EXPECT_THAT(names, testing::ElementsAre("m/query/kernel [3, 2, 5]", "m/query/bias [2, 5]", "m/key/kernel [4, 2, 5]", "m/key/bias [2, 5]",
                                          "m/gate/kernel [3, 2, 6]", "m/gate/bias [2, 6]", "m/value/kernel [4, 2, 6]",
                                          "m/value/bias [2, 6]", "m/attention_output/kernel [2, 6, 3]", "m/attention_output/bias [3]"));
}

// With one head whose maps are 1 and values 1 and 3 of equal keys, the answer is the mean of those that are not dropped, twice.
TEST(MultiHeadAttention, DropsSharesWhileTraining) {
  const Tensor one({1, 1, 1}, std::vector<float>{1});
  const Tensors y =
      apply_training("{multi_head_attention: {num_heads: 1, key_dim: 1, use_bias: false, dropout: 0.5, inputs: [x, x], name: m}}",
                     Tensor({1, 2, 1}, std::vector<float>{1, 3}),
                     {{"m/query/kernel", Tensor({1, 1, 1}, std::vector<float>{0})},
                      {"m/key/kernel", one},
                      {"m/value/kernel", one},
                      {"m/attention_output/kernel", one},
                      {"m/uniform", Tensor({1, 1, 2, 2}, std::vector<float>{0, 0.5F, 0.75F, 0.25F})}});
  EXPECT_THAT(values(y.at("y")), Near({3, 1}));
}

TEST(MultiHeadAttention, LooksAtWhatCountsOnly) {
  const Weights weights = {{"embedding/embeddings", Tensor({3, 1}, std::vector<float>{100, 1, 3})},
                           {"m/query/kernel", Tensor({1, 1, 1}, std::vector<float>{0})},
                           {"m/key/kernel", Tensor({1, 1, 1}, std::vector<float>{1})},
                           {"m/value/kernel", Tensor({1, 1, 1}, std::vector<float>{1})},
                           {"m/attention_output/kernel", Tensor({1, 1, 1}, std::vector<float>{1})}};
  const Tensor y = apply(
      "{embedding: {input_dim: 3, output_dim: 1, mask_zero: true}}, {multi_head_attention: {num_heads: 1, key_dim: 1, use_bias: false, "
      "inputs: "
      "[embedding, embedding], name: m}}",
      Tensor({1, 3}, std::vector<std::int64_t>{1, 2, 0}), weights);
  EXPECT_THAT(std::vector<float>(y.floats().begin(), y.floats().begin() + 2), Near({2, 2}));
}

}  // namespace
}  // namespace upkeep::layers
