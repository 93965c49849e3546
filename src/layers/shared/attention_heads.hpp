// What the attention layers with heads share: their weights, masks, and the attention itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/layer.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep::layers {

struct HeadsOptions {
  double dropout = 0;
  bool use_bias = true;
  std::optional<std::int64_t> sliding_window;
  Json flash_attention = nullptr;
  WeightSettings kernel{"glorot_uniform"};
  WeightSettings bias{"zeros"};
  Json activity_regularizer = nullptr;
  bool use_gate = false;
  std::optional<std::int64_t> seed;
  bool use_causal_mask = false;
  bool attention_mask = false;
  bool return_attention_scores = false;
  bool trainable = true;
};

// Settings that Keras gives when it calls such a layer.
inline const std::vector<std::string> kAttentionCall = {"use_causal_mask", "attention_mask", "return_attention_scores"};

template <typename T>
std::vector<Field> heads_fields() {
  using B = HeadsOptions;
  std::vector<Field> all;
  append_fields(all, inherited<T>("dropout", &B::dropout, "share of the weights of the values to drop while training", range(0.0, 1.0)));
  append_fields(all, inherited<T>("use_bias", &B::use_bias, "whether the maps have biases"));
  append_fields(all, inherited<T>("sliding_window", &B::sliding_window, "how near a key must be to be seen; null for no limit"));
  append_fields(all, inherited<T>("flash_attention", &B::flash_attention, "kept for Keras; changes no numbers"));
  append_fields(all, weight_fields<T>("kernel", &B::kernel));
  append_fields(all, weight_fields<T>("bias", &B::bias));
  append_fields(all, inherited<T>("activity_regularizer", &B::activity_regularizer, "penalty on the output of each map"));
  append_fields(all, inherited<T>("use_gate", &B::use_gate, "whether a gate of the query multiplies what is attended to"));
  append_fields(all, inherited<T>("seed", &B::seed, "kept for Keras; here the run's own seed decides"));
  append_fields(all, inherited<T>("use_causal_mask", &B::use_causal_mask, "whether a step sees only keys up to its own"));
  append_fields(all, inherited<T>("attention_mask", &B::attention_mask,
                                  "whether the last input says which keys each step sees: [batch, time, keys]"));
  append_fields(all, inherited<T>("return_attention_scores", &B::return_attention_scores,
                                  "whether to give the weights of the values too, as a second value"));
  append_fields(all, inherited<T>("trainable", &B::trainable, "whether training changes the weights"));
  return all;
}

// A dense map over the last axes: its name ("query"), Keras's for the part of the layer that it is ("query_dense"), the sizes that it reads
// and those that it gives.
struct HeadsMap {
  std::string name;
  std::string part;
  Shape from;
  Shape to;
};

class HeadsAttention : public Layer {
 public:
  InputCount input_count() const override { return {std::size_t{2} + heads_.attention_mask, std::size_t{3} + heads_.attention_mask}; }
  bool supports_masking() const override { return true; }  // the query's mask is the output's
  Value build(const BuildContext& context) const final { return build_all(context)[0]; }

 protected:
  HeadsAttention(const std::string& kind, HeadsOptions heads);

  // kernel [from, to] and bias [to] of each map.
  std::vector<WeightSpec> map_weights(const std::vector<HeadsMap>& maps) const;
  // x [..., from], with all of its axes in one, to [..., product of `to`].
  Value apply_map(const BuildContext& context, const HeadsMap& map, Value x) const;
  struct Attended {
    Value y;
    Value shares;  // of the values, before dropout
  };
  // softmax(q k^T / sqrt(size)) v, over the last two axes of q [..., time, size], k [..., keys, size], v [..., keys, width]. `mask`, absent
  // or bool, broadcasts to [..., time, keys].
  Attended attend(const BuildContext& context, Value q, Value k, Value v, std::int64_t size, Value mask) const;
  // Which keys each step may see, bool [batch or 1, time, keys]; absent where all may. By the masks of query, value and key, by the mask
  // that is an input, by use_causal_mask, and by sliding_window.
  Value attention_mask(const BuildContext& context) const;

  const HeadsOptions& heads() const { return heads_; }
  // Query, value and perhaps key.
  template <typename T>
  std::vector<T> data(const std::vector<T>& inputs) const {
    return {inputs.begin(), inputs.end() - (heads_.attention_mask ? 1 : 0)};
  }
  static Value query(const BuildContext& context);
  static Value value(const BuildContext& context);
  Value key(const BuildContext& context) const;

 private:
  HeadsOptions heads_;
};

}  // namespace upkeep::layers
