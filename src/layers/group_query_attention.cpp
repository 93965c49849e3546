// Attention whose query heads share keys and values (Ainslie et al. 2023): num_query_heads / num_key_value_heads of them each.
//
// Weights: query and gate: kernel [inputs, query heads, head_dim]; key, value: kernel [inputs, key heads, head_dim]; attention_output:
// kernel [query heads, head_dim, inputs]; each with its bias. Inputs: query, value, and key where it differs from value.

#include "layers/shared/attention_heads.hpp"

namespace upkeep {
namespace layers {

struct GroupQueryAttentionOptions : HeadsOptions {
  std::int64_t head_dim = 0;
  std::int64_t num_query_heads = 0;
  std::int64_t num_key_value_heads = 0;
};

}  // namespace layers

template <>
const Settings settings<layers::GroupQueryAttentionOptions> = layers::describe_layer(
    "group_query_attention", "attention whose query heads share keys and values; reads query, value and perhaps key",
    field("head_dim", &layers::GroupQueryAttentionOptions::head_dim, "size of a head; must be given", range(1, 1 << 20)),
    field("num_query_heads", &layers::GroupQueryAttentionOptions::num_query_heads, "number of query heads; must be given",
          range(1, 1 << 20)),
    field("num_key_value_heads", &layers::GroupQueryAttentionOptions::num_key_value_heads,
          "number of key and value heads, a divisor of it; must be given", range(1, 1 << 20)),
    layers::heads_fields<layers::GroupQueryAttentionOptions>());

namespace layers {
namespace {

class GroupQueryAttention : public HeadsAttention {
 public:
  using Options = GroupQueryAttentionOptions;

  explicit GroupQueryAttention(const Options& options) : HeadsAttention("group_query_attention", options), options_(options) {
    if (options.head_dim == 0 || options.num_query_heads == 0 || options.num_key_value_heads == 0)
      throw Error(ErrorCode::kInvalidArgument, "group_query_attention needs numbers of heads and their size",
                  "such as head_dim: 64, num_query_heads: 8, num_key_value_heads: 2");
    if (options.num_query_heads % options.num_key_value_heads != 0)
      throw Error(ErrorCode::kInvalidArgument, "num_query_heads is no multiple of num_key_value_heads");
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const Maps maps(options_, inputs);
    if (heads().use_gate) return map_weights({maps.query, maps.key, maps.gate, maps.value, maps.output});
    return map_weights({maps.query, maps.key, maps.value, maps.output});
  }

  std::vector<Value> build_all(const BuildContext& context) const override {
    Ops& ops = context.ops;
    std::vector<Dims> dims;
    for (const Value& input : data(context.inputs)) dims.push_back(input.dims());
    const Maps maps(options_, dims);
    const std::int64_t groups = options_.num_key_value_heads;
    const std::int64_t repeats = options_.num_query_heads / groups;
    const std::int64_t size = options_.head_dim;
    const Value q =
        ops.transpose(ops.reshape(apply_map(context, maps.query, query(context)), {0, 0, groups, repeats, size}), {0, 2, 3, 1, 4});
    const Value k = by_group(ops, apply_map(context, maps.key, key(context)));
    const Value v = by_group(ops, apply_map(context, maps.value, value(context)));
    const Value mask = attention_mask(context);
    const Attended attended = attend(context, q, k, v, size, mask ? ops.unsqueeze(mask, {1, 2}) : Value());
    Value y = ops.reshape(ops.transpose(attended.y, {0, 3, 1, 2, 4}), {0, 0, groups * repeats * size});
    if (heads().use_gate) y = ops.mul(y, ops.sigmoid(apply_map(context, maps.gate, query(context))));
    y = apply_map(context, maps.output, y);
    if (!heads().return_attention_scores) return {y};
    const Value shares = attended.shares;  // [batch, groups, repeats, time, keys]
    const Value sizes = ops.concat({ops.ints({0, groups * repeats}), ops.gather(ops.shape(shares), ops.ints({3, 4}), 0)}, 0);
    return {y, ops.reshape(shares, sizes)};
  }

 private:
  struct Maps {
    HeadsMap query, key, gate, value, output;

    Maps(const Options& o, const std::vector<Dims>& inputs) {
      for (const Dims& dims : inputs)
        if (dims.size() != 3 || !dims.back().known())
          throw Error(ErrorCode::kInvalidArgument, "it expects [batch, time, features] with known features, got " + to_string(dims));
      const std::int64_t width = inputs[0].back().value;
      query = {"query", "_query_dense", {width}, {o.num_query_heads, o.head_dim}};
      key = {"key", "_key_dense", {inputs.back().back().value}, {o.num_key_value_heads, o.head_dim}};
      gate = {"gate", "_gate_dense", {width}, {o.num_query_heads, o.head_dim}};
      value = {"value", "_value_dense", {inputs[1].back().value}, {o.num_key_value_heads, o.head_dim}};
      output = {"attention_output", "_output_dense", {o.num_query_heads, o.head_dim}, {width}};
    }
  };

  // [batch, keys, groups * size] to [batch, groups, 1, keys, size], which the repeated query heads share by broadcasting.
  Value by_group(Ops& ops, Value x) const {
    const Value apart = ops.reshape(x, {0, 0, options_.num_key_value_heads, 1, options_.head_dim});
    return ops.transpose(apart, {0, 2, 3, 1, 4});
  }

  Options options_;
};

}  // namespace

void add_group_query_attention(LayerCatalog& catalog) {
  LayerEntry made = entry<GroupQueryAttention>("GroupQueryAttention");
  made.python_class = "GroupedQueryAttention";
  made.aliases.push_back(made.python_class);  // in .h5 files
  made.call_settings = kAttentionCall;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
