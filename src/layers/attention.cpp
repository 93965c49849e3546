// Attention of queries [batch, time, features] to values [batch, keys, features] by keys: y = softmax(scores) v.
//
// Attention (Luong et al. 2015):            scores = scale q k^T, or, in score_mode concat, weight sum tanh(scale (q + k))
// AdditiveAttention (Bahdanau et al. 2014): scores = sum scale tanh(q + k), scale [features]
//
// Inputs: query, value, and key where it differs from value.

#include <algorithm>

#include "layers/layer.hpp"
#include "layers/shared/noise.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep {
namespace layers {

struct AttentionOptions {
  bool use_scale = false;
  std::string score_mode = "dot";
  double dropout = 0;
  std::optional<std::int64_t> seed;
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  bool trainable = true;
};

struct AdditiveAttentionOptions {
  bool use_scale = true;
  double dropout = 0;
  std::optional<std::int64_t> seed;
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  bool trainable = true;
};

template <typename O>
static std::vector<Field> attention_fields() {
  return {field("use_scale", &O::use_scale, "whether to learn a scale of the scores"),
          field("dropout", &O::dropout, "share of the weights of the values to drop while training", range(0.0, 1.0)),
          field("seed", &O::seed, "kept for Keras; here the run's own seed decides"),
          field("use_causal_mask", &O::use_causal_mask, "whether a step sees only keys up to its own"),
          field("return_attention_scores", &O::return_attention_scores, "whether to give the weights of the values too, as a second value"),
          field("trainable", &O::trainable, "whether training changes the scale")};
}

}  // namespace layers

template <>
const Settings settings<layers::AttentionOptions> = layers::describe_layer(
    "attention", "attention by products of queries and keys; reads query, value and perhaps key",
    field("score_mode", &layers::AttentionOptions::score_mode, "how queries and keys are compared", one_of({"dot", "concat"})),
    layers::attention_fields<layers::AttentionOptions>());
template <>
const Settings settings<layers::AdditiveAttentionOptions> =
    layers::describe_layer("additive_attention", "attention by sums of queries and keys; reads query, value and perhaps key",
                           layers::attention_fields<layers::AdditiveAttentionOptions>());

namespace layers {
namespace {

// Keras's way to leave a key out.
constexpr float kOut = 1e9F;

Value row_counts(Ops& ops, Value x) {
  const Value n = ops.gather(ops.shape(x), ops.constant(Tensor::scalar(std::int64_t{1})), 0);
  return ops.node("Range", {ops.constant(Tensor::scalar(std::int64_t{0})), n, ops.constant(Tensor::scalar(std::int64_t{1}))});
}

// bool [batch or 1, time or 1, keys], absent where all keys are seen.
Value seen_keys(const BuildContext& context, bool causal) {
  Ops& ops = context.ops;
  const Value mask = context.mask(1);
  const Value by_value = mask ? ops.unsqueeze(mask, {1}) : Value();
  if (!causal) return by_value;
  const Value steps = ops.unsqueeze(row_counts(ops, context.inputs[0]), {0, 2});
  const Value keys = ops.unsqueeze(row_counts(ops, context.inputs.back()), {0, 1});
  const Value before = ops.greater_or_equal(steps, keys);
  return by_value ? ops.node("And", {by_value, before}) : before;
}

// What is attended to, and the weights of the values where they are asked for. Keras gives these behind their dropout.
template <typename O>
std::vector<Value> apply_scores(const BuildContext& context, Value scores, const O& options) {
  Ops& ops = context.ops;
  if (const Value seen = seen_keys(context, options.use_causal_mask)) scores = ops.where(seen, scores, ops.sub(scores, kOut));
  Value shares = ops.softmax(scores, -1);
  if (context.training && options.dropout > 0) shares = drop(context, shares, options.dropout, noise_dims(shares.dims()));
  Value y = ops.matmul(shares, ops.cast(context.inputs[1], DType::kFloat32));
  if (const Value mask = context.mask(0)) y = ops.where(ops.unsqueeze(mask, {2}), y, ops.constant(0.0F));
  return options.return_attention_scores ? std::vector{y, shares} : std::vector{y};
}

void expect_sequences(const std::vector<Dims>& inputs) {
  for (const Dims& dims : inputs)
    if (dims.size() != 3) throw Error(ErrorCode::kInvalidArgument, "it expects inputs of [batch, time, features], got " + to_string(dims));
}

// tanh(q + k) of each pair, [batch, time, keys, features].
Value pair_sums(Ops& ops, Value q, Value k, Value factor) {
  const Value sum = ops.add(ops.unsqueeze(q, {2}), ops.unsqueeze(k, {1}));
  return ops.tanh(factor ? ops.mul(sum, factor) : sum);
}

class Attention : public Layer {
 public:
  using Options = AttentionOptions;
  explicit Attention(Options options) : options_(std::move(options)) {}
  InputCount input_count() const override { return {2, 3}; }
  bool supports_masking() const override { return true; }  // the query's mask is the output's

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    expect_sequences(inputs);
    std::vector<WeightSpec> all;
    if (options_.use_scale) all.push_back(weight_spec("scale", {}, {"ones"}, options_.trainable));
    if (options_.score_mode == "concat") all.push_back(weight_spec("concat_score_weight", {}, {"ones"}, options_.trainable));
    return all;
  }

  Value build(const BuildContext& context) const override { return build_all(context)[0]; }

  std::vector<Value> build_all(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value q = ops.cast(context.inputs[0], DType::kFloat32);
    const Value k = ops.cast(context.inputs.back(), DType::kFloat32);
    const Value scale = options_.use_scale ? context.weight("scale") : Value();
    Value scores;
    if (options_.score_mode == "dot") {
      scores = ops.matmul(q, ops.transpose(k, {0, 2, 1}));
      if (scale) scores = ops.mul(scores, scale);
    } else {
      scores = ops.mul(ops.reduce_sum(pair_sums(ops, q, k, scale), {-1}), context.weight("concat_score_weight"));
    }
    return apply_scores(context, scores, options_);
  }

 private:
  Options options_;
};

class AdditiveAttention : public Layer {
 public:
  using Options = AdditiveAttentionOptions;
  explicit AdditiveAttention(Options options) : options_(std::move(options)) {}
  InputCount input_count() const override { return {2, 3}; }
  bool supports_masking() const override { return true; }  // the query's mask is the output's

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    expect_sequences(inputs);
    if (!options_.use_scale) return {};
    if (!inputs[0].back().known())
      throw Error(ErrorCode::kInvalidArgument, "it expects a known number of features, got " + to_string(inputs[0]));
    return {weight_spec("scale", {inputs[0].back().value}, {"glorot_uniform"}, options_.trainable)};
  }

  Value build(const BuildContext& context) const override { return build_all(context)[0]; }

  std::vector<Value> build_all(const BuildContext& context) const override {
    Ops& ops = context.ops;
    Value terms = pair_sums(ops, ops.cast(context.inputs[0], DType::kFloat32), ops.cast(context.inputs.back(), DType::kFloat32), {});
    if (options_.use_scale) terms = ops.mul(terms, context.weight("scale"));
    return apply_scores(context, ops.reduce_sum(terms, {-1}), options_);
  }

 private:
  Options options_;
};

template <typename L>
LayerEntry attention_entry(const char* keras_class) {
  LayerEntry made = entry<L>(keras_class);
  made.reads_list = true;
  made.call_settings = {"use_causal_mask", "return_attention_scores"};
  return made;
}

}  // namespace

void add_attention(LayerCatalog& catalog) {
  catalog.add(attention_entry<Attention>("Attention"));
  catalog.add(attention_entry<AdditiveAttention>("AdditiveAttention"));
}

}  // namespace layers
}  // namespace upkeep
