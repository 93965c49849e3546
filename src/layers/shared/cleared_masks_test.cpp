#include "layers/shared/cleared_masks.hpp"

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
  EXPECT_FALSE(masks.before("before", "e"));
  EXPECT_FALSE(masks.before("long", "sum"));
  EXPECT_TRUE(masks.at_end("e"));
}

TEST(ClearedMasks, AreNoneByKeras2sRules) { EXPECT_FALSE(ClearedMasks(attention_around("keras2")).any()); }

TEST(ClearedMasks, AreGivenBackOnlyWhereTheyAreGone) {
  Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [4], dtype: int32, name: i}}, {embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: e}}, "
      "{set_mask: {source: made, name: early, inputs: e}}, {multi_head_attention: {num_heads: 2, key_dim: 3, name: a, inputs: [early, "
      "early]}}, "
      "{set_mask: {source: made, name: late, inputs: early}}, {add: {name: sum, inputs: [late, a]}}]");
  drop_needless_masks(net);
  std::vector<std::string> names;
  for (const LayerSpec& layer : net.layers) names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"i", "e", "a", "late", "sum"}));
  EXPECT_EQ(net.layer("late").inputs, std::vector<std::string>{"e"});
}

// A model inside of a residual connection around an attention, as it is taken apart: its pooling has no mask when the model is made, and
// the sum has none when it runs.
TEST(ClearedMasks, OfAModelInsideAreThoseOfTheRun) {
  const auto net = [](const std::string& source) {
    return architecture_from_yaml(
        "layers: [{input: {shape: [4], dtype: int32, name: i}}, {embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: e}}, "
        "{set_mask: {source: " +
        source +
        ", name: inside, inputs: e}}, {multi_head_attention: {num_heads: 2, key_dim: 3, name: a, inputs: "
        "[inside, inside]}}, {add: {name: sum, inputs: [inside, a]}}, {global_average_pooling1d: {name: mean}}, "
        "{add: {name: outside, inputs: [e, inside]}}]");
  };
  const ClearedMasks masks(net("run"));
  EXPECT_TRUE(masks.before("sum", "inside"));
  EXPECT_TRUE(masks.before("outside", "e"));  // the same value
  Architecture kept = net("run");
  kept.outputs = {"mean", "outside"};
  drop_needless_masks(kept);
  EXPECT_NO_THROW(kept.layer("inside"));
  Architecture plain = architecture_from_yaml(
      "layers: [{input: {shape: [4], dtype: int32, name: i}}, {embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: e}}, "
      "{set_mask: {source: run, name: inside, inputs: e}}, {multi_head_attention: {num_heads: 2, key_dim: 3, name: a, inputs: [inside, "
      "inside]}}, {global_average_pooling1d: {name: mean}}]");
  drop_needless_masks(plain);
  EXPECT_EQ(plain.layers.size(), 4) << "it changes no answer";
}

}  // namespace
}  // namespace upkeep::layers
