// y = embeddings[x]: a row for each integer.   embeddings [input_dim, output_dim]
//
// With mask_zero, 0 stands for no entry: what follows skips it.

#include "layers/keras/form.hpp"
#include "layers/layer.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct EmbeddingOptions {
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  WeightSettings embeddings{"uniform"};
  Json activity_regularizer = nullptr;
  bool mask_zero = false;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::EmbeddingOptions> = layers::describe_layer(
    "embedding", "a row of numbers for each integer",
    field("input_dim", &layers::EmbeddingOptions::input_dim, "number of rows: the largest integer plus 1; must be given", range(1, 1e12)),
    field("output_dim", &layers::EmbeddingOptions::output_dim, "length of a row; must be given", range(1, 1 << 24)),
    layers::weight_fields("embeddings", &layers::EmbeddingOptions::embeddings),
    field("activity_regularizer", &layers::EmbeddingOptions::activity_regularizer, "penalty on the output"),
    field("mask_zero", &layers::EmbeddingOptions::mask_zero, "whether 0 means that there is no entry"),
    field("trainable", &layers::EmbeddingOptions::trainable, "whether training changes the rows"));

namespace layers {
namespace {

class Embedding : public Layer {
 public:
  using Options = EmbeddingOptions;

  explicit Embedding(Options options) : options_(std::move(options)) {
    if (options_.input_dim == 0 || options_.output_dim == 0)
      throw Error(ErrorCode::kInvalidArgument, "an embedding needs its number of rows and their length",
                  "such as input_dim: 1000, output_dim: 16");
    check(options_.embeddings, "embedding", "embeddings");
    in_context("embedding.activity_regularizer", [&] { check_regularizer(options_.activity_regularizer); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>&) const override {
    return {weight_spec("embeddings", {options_.input_dim, options_.output_dim}, options_.embeddings, options_.trainable)};
  }

  Value build(const BuildContext& context) const override {
    const Value y = context.ops.gather(context.weight("embeddings"), indices(context), 0);
    penalise(context, y, options_.activity_regularizer);
    return y;
  }

  Value mask(const BuildContext& context) const override {
    if (!options_.mask_zero) return {};
    Ops& ops = context.ops;
    return ops.node("Not", {ops.equal(indices(context), ops.constant(Tensor::scalar(std::int64_t{0})))});
  }

 private:
  static Value indices(const BuildContext& context) { return context.ops.cast(context.inputs[0], DType::kInt64); }

  Options options_;
};

std::optional<Recognised> recognise_embedding(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "Gather") || node.get<std::int64_t>("axis", 0) != 0 || constant(graph, node.inputs[1])) return std::nullopt;
  const std::optional<Tensor> rows = float_constant(graph, node.inputs[0]);
  const Dims* indices = dims(graph, node.inputs[1]);
  if (!rows || rows->rank() != 2 || rows->size() == 0 || !indices || indices->empty()) return std::nullopt;
  return Recognised{.settings = {{"input_dim", rows->dim(0)}, {"output_dim", rows->dim(1)}},
                    .weights = {{"embeddings", *rows}},
                    .nodes = {index},
                    .inputs = {node.inputs[1]},
                    .output = node.outputs[0]};
}

}  // namespace

void add_embedding(LayerCatalog& catalog) { catalog.add(entry<Embedding>("Embedding", recognise_embedding)); }

}  // namespace layers
}  // namespace upkeep
