// Embeddings that can be read backwards: integers [batch, ...] become rows [batch, ..., output_dim], and called with reverse, rows become
// scores of the integers [batch, ..., input_dim]: x embeddings^T, or x reverse_embeddings where the weights are not tied.
//
// Weights: embeddings [input_dim, output_dim]; then reverse_embeddings [output_dim, input_dim] unless tied. logit_soft_cap c keeps the
// scores between -c and c: c tanh(y / c).

#include "base/format.hpp"
#include "layers/keras/form.hpp"
#include "layers/layer.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep {
namespace layers {

struct ReversibleEmbeddingOptions {
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  bool tie_weights = true;
  WeightSettings embeddings{"uniform"};
  Json activity_regularizer = nullptr;
  bool mask_zero = false;
  std::optional<std::string> reverse_dtype;
  std::optional<double> logit_soft_cap;
  bool reverse = false;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::ReversibleEmbeddingOptions> = layers::describe_layer(
    "reversible_embedding", "a row of numbers for each integer, or a score of each integer for a row",
    field("input_dim", &layers::ReversibleEmbeddingOptions::input_dim, "how many integers there are; must be given", range(1, 1 << 30)),
    field("output_dim", &layers::ReversibleEmbeddingOptions::output_dim, "length of a row; must be given", range(1, 1 << 24)),
    field("tie_weights", &layers::ReversibleEmbeddingOptions::tie_weights, "whether both directions have the same weights"),
    layers::weight_fields("embeddings", &layers::ReversibleEmbeddingOptions::embeddings),
    field("activity_regularizer", &layers::ReversibleEmbeddingOptions::activity_regularizer, "penalty on the output"),
    field("mask_zero", &layers::ReversibleEmbeddingOptions::mask_zero, "whether 0 means that there is no entry"),
    field("reverse_dtype", &layers::ReversibleEmbeddingOptions::reverse_dtype, "null or float32", one_of({"float32"})),
    field("logit_soft_cap", &layers::ReversibleEmbeddingOptions::logit_soft_cap, "bound of the scores; null for none"),
    field("reverse", &layers::ReversibleEmbeddingOptions::reverse, "whether it reads rows and gives scores"),
    field("trainable", &layers::ReversibleEmbeddingOptions::trainable, "whether training changes the rows"));

namespace layers {
namespace {

class ReversibleEmbedding : public Layer {
 public:
  using Options = ReversibleEmbeddingOptions;

  explicit ReversibleEmbedding(Options options) : options_(std::move(options)) {
    if (options_.input_dim == 0 || options_.output_dim == 0)
      throw Error(ErrorCode::kInvalidArgument, "a reversible embedding needs its number of rows and their length",
                  "such as input_dim: 1000, output_dim: 16");
    check(options_.embeddings, "reversible_embedding", "embeddings");
    in_context("reversible_embedding.activity_regularizer", [&] { check_regularizer(options_.activity_regularizer); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>&) const override {
    std::vector<WeightSpec> all = {
        weight_spec("embeddings", {options_.input_dim, options_.output_dim}, options_.embeddings, options_.trainable)};
    if (!options_.tie_weights)
      all.push_back(weight_spec("reverse_embeddings", {options_.output_dim, options_.input_dim}, {options_.embeddings.initializer},
                                options_.trainable));
    return all;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value y = options_.reverse ? scores(context) : ops.gather(context.weight("embeddings"), indices(context), 0);
    penalise(context, y, options_.activity_regularizer);
    return y;
  }

  Value mask(const BuildContext& context) const override {
    if (!options_.mask_zero || options_.reverse) return {};
    Ops& ops = context.ops;
    return ops.node("Not", {ops.equal(indices(context), ops.constant(Tensor::scalar(std::int64_t{0})))});
  }

 private:
  static Value indices(const BuildContext& context) { return context.ops.cast(context.inputs[0], DType::kInt64); }

  Value scores(const BuildContext& context) const {
    Ops& ops = context.ops;
    const Value kernel = options_.tie_weights ? ops.transpose(context.weight("embeddings"), {1, 0}) : context.weight("reverse_embeddings");
    const Value y = ops.matmul(ops.cast(context.inputs[0], DType::kFloat32), kernel);
    if (!options_.logit_soft_cap) return y;
    const auto cap = static_cast<float>(*options_.logit_soft_cap);
    return ops.mul(ops.tanh(ops.div(y, cap)), cap);
  }

  Options options_;
};

}  // namespace

void add_reversible_embedding(LayerCatalog& catalog) {
  LayerEntry made = entry<ReversibleEmbedding>("ReversibleEmbedding");
  made.call_settings = {"reverse"};
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
