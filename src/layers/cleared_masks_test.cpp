#include "layers/cleared_masks.hpp"

#include <gtest/gtest.h>

namespace upkeep::layers {
namespace {

Architecture attention_around(const std::string& rules) {
  return architecture_from_yaml(
      "mask_rules: " + rules +
      "\nlayers: [{input: {shape: [4], dtype: int32, name: i}}, {embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: e}}, "
      "{dense: {units: 4, name: before, inputs: e}}, {multi_head_attention: {num_heads: 2, key_dim: 3, name: a, inputs: [e, e]}}, "
      "{add: {name: sum, inputs: [e, a]}}, {dense: {units: 4, name: long, inputs: sum}}, {add: {name: end, inputs: [long, before]}}]");
}

TEST(ClearedMasks, AreGoneForWhatRunsBehindAnAttention) {
  const ClearedMasks masks(attention_around("keras3"));
  EXPECT_TRUE(masks.any());
  EXPECT_TRUE(masks.before("sum", "e"));
  EXPECT_FALSE(masks.before("a", "e"));
  EXPECT_TRUE(masks.before("before", "e"));  // nearer to the end than the attention: it runs later, wherever it stands
  EXPECT_FALSE(masks.before("long", "sum"));
  EXPECT_TRUE(masks.at_end("e"));
}

TEST(ClearedMasks, AreNoneByKeras2sRules) { EXPECT_FALSE(ClearedMasks(attention_around("keras2")).any()); }

}  // namespace
}  // namespace upkeep::layers
