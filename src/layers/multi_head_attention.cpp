// Attention with several heads (Vaswani et al. 2017): query, key and value are mapped to heads of size key_dim and value_dim, each head
// attends, and the result is mapped to the output.
//
//   y = attention_output(softmax(q k^T / sqrt(key_dim)) v)
//
// Weights: query, key, gate, value: kernel [inputs, heads, size], bias [heads, size]; attention_output: kernel [heads, value_dim, outputs],
// bias [outputs]. Inputs: query, value, and key where it differs from value.

#include <algorithm>

#include "base/format.hpp"
#include "layers/shared/attention_heads.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/foreign_attention.hpp"

namespace upkeep {
namespace layers {

struct MultiHeadAttentionOptions : HeadsOptions {
  std::int64_t num_heads = 0;
  std::int64_t key_dim = 0;
  std::optional<std::int64_t> value_dim;
  Json output_shape = nullptr;
  Json attention_axes = nullptr;
};

}  // namespace layers

template <>
const Settings settings<layers::MultiHeadAttentionOptions> = layers::describe_layer(
    "multi_head_attention", "attention with several heads; reads query, value and perhaps key",
    field("num_heads", &layers::MultiHeadAttentionOptions::num_heads, "number of heads; must be given", range(1, 1 << 20)),
    field("key_dim", &layers::MultiHeadAttentionOptions::key_dim, "size of a head's query and key; must be given", range(1, 1 << 20)),
    field("value_dim", &layers::MultiHeadAttentionOptions::value_dim, "size of a head's value; null for key_dim", range(1, 1 << 20)),
    field("output_shape", &layers::MultiHeadAttentionOptions::output_shape, "sizes of the output's last axes; null for the query's"),
    field("attention_axes", &layers::MultiHeadAttentionOptions::attention_axes,
          "axes that attention looks along, counted with the batch; null for all between batch and features"),
    layers::heads_fields<layers::MultiHeadAttentionOptions>());

namespace layers {
namespace {

class MultiHeadAttention : public HeadsAttention {
 public:
  using Options = MultiHeadAttentionOptions;

  explicit MultiHeadAttention(const Options& options) : HeadsAttention("multi_head_attention", options), options_(options) {
    if (options.num_heads == 0 || options.key_dim == 0)
      throw Error(ErrorCode::kInvalidArgument, "multi_head_attention needs a number of heads and their size",
                  "such as num_heads: 8, key_dim: 64");
    if (!options.output_shape.is_null())
      in_context("multi_head_attention.output_shape", [&] { from_json_checked<std::vector<std::int64_t>>(options.output_shape); });
  }

  bool clears_masks() const override { return true; }
  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override { return map_weights(Maps(*this, data(inputs)).all); }

  std::vector<Value> build_all(const BuildContext& context) const override {
    Ops& ops = context.ops;
    std::vector<Dims> dims;
    for (const Value& input : data(context.inputs)) dims.push_back(input.dims());
    const Maps maps(*this, dims);
    const std::vector<std::size_t> axes = attention_axes(dims[0]);
    const Value mask = attention_mask(context);
    if (mask && dims[0].size() != 3)
      throw Error(ErrorCode::kUnsupported, "masks need a query of [batch, time, features], got " + to_string(dims[0]));
    const Value q = by_head(ops, apply_map(context, maps.query, query(context)), axes, options_.key_dim);
    const Value k = by_head(ops, apply_map(context, maps.key, key(context)), axes, options_.key_dim);
    const Value v = by_head(ops, apply_map(context, maps.value, value(context)), axes, value_dim());
    const Value seen = mask ? ops.unsqueeze(mask, {1}) : Value();
    const Attended attended = attend(context, q, k, v, options_.key_dim, seen);
    Value y = back(ops, attended.y, dims[0], axes);
    if (heads().use_gate) y = ops.mul(y, ops.sigmoid(apply_map(context, maps.gate, query(context))));
    y = apply_map(context, maps.output, y);
    if (maps.output.to.size() != 1) {
      std::vector<std::int64_t> shape(dims[0].size() - 1, 0);
      shape.insert(shape.end(), maps.output.to.begin(), maps.output.to.end());
      y = ops.reshape(y, std::move(shape));
    }
    if (!heads().return_attention_scores) return {y};
    if (dims[0].size() != 3)
      throw Error(ErrorCode::kUnsupported, "return_attention_scores needs a query of [batch, time, features], got " + to_string(dims[0]));
    return {y, attended.shares};
  }

 private:
  std::int64_t value_dim() const { return options_.value_dim.value_or(options_.key_dim); }

  struct Maps {
    HeadsMap query, key, gate, value, output;
    std::vector<HeadsMap> all;

    Maps(const MultiHeadAttention& layer, const std::vector<Dims>& inputs) {
      const Options& o = layer.options_;
      const auto features = [](const Dims& dims) -> std::int64_t {
        if (dims.size() < 3 || !dims.back().known())
          throw Error(ErrorCode::kInvalidArgument, "it expects [batch, ..., features] with known features, got " + to_string(dims));
        return dims.back().value;
      };
      const std::int64_t width = features(inputs[0]);
      query = {"query", "query_dense", {width}, {o.num_heads, o.key_dim}};
      key = {"key", "key_dense", {features(inputs.back())}, {o.num_heads, o.key_dim}};
      gate = {"gate", "_gate_dense", {width}, {o.num_heads, layer.value_dim()}};
      value = {"value", "value_dense", {features(inputs[1])}, {o.num_heads, layer.value_dim()}};
      Shape to = {width};
      if (!o.output_shape.is_null()) to = from_json_checked<std::vector<std::int64_t>>(o.output_shape);
      output = {"attention_output", "output_dense", {o.num_heads, layer.value_dim()}, to};
      all = layer.heads().use_gate ? std::vector{query, key, gate, value, output} : std::vector{query, key, value, output};
    }
  };

  std::vector<std::size_t> attention_axes(const Dims& dims) const {
    std::vector<std::size_t> axes;
    if (options_.attention_axes.is_null()) {
      for (std::size_t i = 1; i + 1 < dims.size(); ++i) axes.push_back(i);
      return axes;
    }
    axes = in_context("attention_axes", [&] { return positive_axes(options_.attention_axes, dims); });
    if (axes.empty() || axes.front() == 0 || axes.back() + 1 == dims.size())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("attention_axes {} are not between batch and features of {}",
                                                              options_.attention_axes.dump(), to_string(dims)));
    return axes;
  }

  // Of [batch, ..., heads, size], the axes that are not looked along, heads, those that are, size.
  static std::vector<std::int64_t> head_order(std::size_t rank, const std::vector<std::size_t>& axes) {
    std::vector<std::int64_t> order;
    for (std::size_t i = 0; i + 2 < rank; ++i)
      if (!std::ranges::contains(axes, i)) order.push_back(static_cast<std::int64_t>(i));
    order.push_back(static_cast<std::int64_t>(rank) - 2);
    for (const std::size_t axis : axes) order.push_back(static_cast<std::int64_t>(axis));
    order.push_back(static_cast<std::int64_t>(rank) - 1);
    return order;
  }

  // [batch, ..., heads * size] to [..., heads, steps, size].
  Value by_head(Ops& ops, Value x, const std::vector<std::size_t>& axes, std::int64_t size) const {
    std::vector<std::int64_t> shape(x.rank() - 1, 0);
    shape.push_back(options_.num_heads);
    shape.push_back(size);
    const Value apart = ops.transpose(ops.reshape(x, std::move(shape)), head_order(x.rank() + 1, axes));
    if (axes.size() == 1) return apart;
    std::vector<std::int64_t> flat(apart.rank() - axes.size() - 1, 0);
    flat.push_back(-1);
    flat.push_back(size);
    return ops.reshape(apart, std::move(flat));
  }

  // The way back, in the order of the query.
  Value back(Ops& ops, Value y, const Dims& query, const std::vector<std::size_t>& axes) const {
    const std::vector<std::int64_t> order = head_order(query.size() + 1, axes);
    if (axes.size() > 1) {
      std::vector<std::int64_t> apart(y.rank() - 2, 0);
      for (const std::size_t axis : axes) apart.push_back(query[axis].known() ? query[axis].value : -1);
      if (std::ranges::count(apart, -1) > 1)
        throw Error(ErrorCode::kUnsupported, "attention along several axes of unknown size is not supported, got " + to_string(query));
      apart.push_back(value_dim());
      y = ops.reshape(y, std::move(apart));
    }
    std::vector<std::int64_t> inverse(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    std::vector<std::int64_t> joined(query.size() - 1, 0);
    joined.push_back(options_.num_heads * value_dim());
    return ops.reshape(ops.transpose(y, std::move(inverse)), std::move(joined));
  }

  Options options_;
};

}  // namespace

void add_multi_head_attention(LayerCatalog& catalog) {
  LayerEntry made = entry<MultiHeadAttention>("MultiHeadAttention", recognise_attention);
  made.recognised_first = true;
  made.call_settings = kAttentionCall;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
