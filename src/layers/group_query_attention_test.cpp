#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(GroupQueryAttention, SharesKeysAndValues) {
  const Tensor y =
      apply_to("{group_query_attention: {head_dim: 2, num_query_heads: 4, num_key_value_heads: 2, use_causal_mask: true, inputs: INPUTS}}",
               {Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F}),
                Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F})},
               {{"group_query_attention/query/kernel",
                 Tensor({2, 4, 2}, std::vector<float>{0.25F, -0.25F, -0.5F, 0.375F, -0.5F, 0.375F, 0.375F, 1.125F, -0.375F, 0.375F, -0.125F,
                                                      0.25F, 0.5F, -0.25F, -0.375F, -0.875F})},
                {"group_query_attention/query/bias",
                 Tensor({4, 2}, std::vector<float>{-0.5F, 0.25F, 0.375F, -0.5F, -0.125F, 0.375F, 0.25F, -0.25F})},
                {"group_query_attention/key/kernel",
                 Tensor({2, 2, 2}, std::vector<float>{-0.125F, -0.875F, -0.625F, 0.75F, -1.125F, -0.125F, 0.125F, -0.125F})},
                {"group_query_attention/key/bias", Tensor({2, 2}, std::vector<float>{-0.375F, 0.375F, 0.375F, 0.375F})},
                {"group_query_attention/value/kernel",
                 Tensor({2, 2, 2}, std::vector<float>{-1, -0.125F, -0.375F, -0.25F, 0.125F, 0.375F, 0.5F, -0.25F})},
                {"group_query_attention/value/bias", Tensor({2, 2}, std::vector<float>{0.5F, 0.625F, 0.625F, 0.75F})},
                {"group_query_attention/attention_output/kernel",
                 Tensor({4, 2, 2}, std::vector<float>{-0.125F, -0.125F, 0.375F, -0.625F, 0.125F, -0.25F, -0.125F, -0.875F, -0.5F, 0.375F,
                                                      0.5F, 0.5F, 0.375F, -0.125F, -0.375F, 0.25F})},
                {"group_query_attention/attention_output/bias", Tensor({2}, std::vector<float>{-0.125F, 0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({0.060546815F, -1.0742186F, 0.0664455F, -0.8336475F, 0.06473045F, -0.7659639F}, 16));
}

TEST(GroupQueryAttention, GatesAndLimitsItsView) {
  const Tensor y = apply_to(
      "{group_query_attention: {head_dim: 1, num_query_heads: 2, num_key_value_heads: 1, use_gate: true, use_bias: false, sliding_window: "
      "1, inputs: INPUTS}}",
      {Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F}),
       Tensor({1, 3, 2}, std::vector<float>{-0.875F, 1, -0.375F, 0.5F, -0.875F, 0.375F})},
      {{"group_query_attention/query/kernel", Tensor({2, 2, 1}, std::vector<float>{0.875F, 0.375F, -0.75F, -0.375F})},
       {"group_query_attention/key/kernel", Tensor({2, 1, 1}, std::vector<float>{-0.75F, -0.625F})},
       {"group_query_attention/gate/kernel", Tensor({2, 2, 1}, std::vector<float>{0.625F, 0.125F, -0.75F, 0.375F})},
       {"group_query_attention/value/kernel", Tensor({2, 1, 1}, std::vector<float>{0.625F, -0.125F})},
       {"group_query_attention/attention_output/kernel", Tensor({2, 1, 2}, std::vector<float>{-0.375F, -0.125F, 0.125F, 0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{1, 3, 2}));
  EXPECT_THAT(values(y), Near({0.0065554567F, -0.12457941F, 0.019352796F, -0.046501525F, 0.03000762F, -0.09050189F}));
}

TEST(GroupQueryAttention, NeedsGroupsOfOneSize) {
  EXPECT_THAT(message_of([] {
                apply_to("{group_query_attention: {head_dim: 2, num_query_heads: 3, num_key_value_heads: 2, inputs: INPUTS}}",
                         {Tensor::full({1, 2, 2}, 1.0F), Tensor::full({1, 2, 2}, 1.0F)});
              }),
              testing::HasSubstr("num_query_heads is no multiple of num_key_value_heads"));
}

}  // namespace
}  // namespace upkeep::layers
