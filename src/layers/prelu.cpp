// y = x above zero, alpha x below (He et al. 2015), with an alpha for each place of an example; along shared_axes there is one.

#include <algorithm>
#include <numeric>

#include "layers/layer.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct PReluOptions {
  WeightSettings alpha{"zeros"};
  Json shared_axes = nullptr;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::PReluOptions> = layers::describe_layer(
    "prelu", "x above zero, a learned slope below", layers::weight_fields("alpha", &layers::PReluOptions::alpha),
    field("shared_axes", &layers::PReluOptions::shared_axes, "axes along which there is one slope, counted with the batch: [1, 2]"),
    field("trainable", &layers::PReluOptions::trainable, "whether training changes the slopes"));

namespace layers {
namespace {

class PRelu : public Layer {
 public:
  using Options = PReluOptions;

  explicit PRelu(Options options) : options_(std::move(options)) {
    check(options_.alpha, "prelu", "alpha");
    if (!options_.shared_axes.is_null())
      in_context("prelu.shared_axes", [&] { from_json_checked<std::vector<std::int64_t>>(options_.shared_axes); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const Dims& input = inputs[0];
    std::vector<std::size_t> shared;
    if (!options_.shared_axes.is_null()) shared = positive_axes(options_.shared_axes, input);
    Shape shape;
    for (std::size_t i = 1; i < input.size(); ++i)
      shape.push_back(
          std::ranges::contains(shared, i) ? 1 : input[positive_axis(static_cast<std::int64_t>(i), input, AxisSizes::kKnown)].value);
    return {weight_spec("alpha", shape, options_.alpha, options_.trainable)};
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    const Value alpha = context.weight("alpha");
    if (!has_channels_first(ops, x)) return ops.node("PRelu", {ops.cast(x, DType::kFloat32), alpha});
    const Value moved = ops.transpose(alpha, channels_before(alpha.rank()));
    return channels_last(ops, ops.node("PRelu", {ops.cast(channels_first(ops, x), DType::kFloat32), moved}));
  }

  bool supports_masking() const override { return true; }

 private:
  // [rank - 1, 0, 1, ...]
  static std::vector<std::int64_t> channels_before(std::size_t rank) {
    std::vector<std::int64_t> order(rank);
    std::iota(order.begin(), order.end(), -1);
    order[0] = static_cast<std::int64_t>(rank) - 1;
    return order;
  }

  Options options_;
};

// PRelu with one slope, or one per place along some axes. A slope without the first axes is the same for all of them.
std::optional<Recognised> recognise_prelu(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "PRelu")) return std::nullopt;
  const std::optional<Tensor> slope = float_constant(graph, node.inputs[1]);
  const Dims* input = dims(graph, node.inputs[0]);
  if (!slope || !input || input->size() < 2 || slope->rank() > input->size()) return std::nullopt;
  Shape shape = slope->shape();
  shape.insert(shape.begin(), input->size() - shape.size(), 1);
  if (shape.front() != 1) return std::nullopt;
  Json shared = Json::array();
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (shape[i] == 1) shared.push_back(i);
    else if ((*input)[i] != Dim(shape[i])) return std::nullopt;
  }
  Recognised found{.weights = {{"alpha", slope->reshaped({shape.begin() + 1, shape.end()})}},
                   .nodes = {index},
                   .inputs = {node.inputs[0]},
                   .output = node.outputs[0]};
  if (!shared.empty()) found.settings["shared_axes"] = shared;
  return found;
}

}  // namespace

void add_prelu(LayerCatalog& catalog) {
  LayerEntry made = entry<PRelu>("PReLU", recognise_prelu);
  made.channels_last = [](Json settings, const Dims& input) {
    if (const auto shared = settings.find("shared_axes"); shared != settings.end() && !shared->is_null()) {
      Json axes = Json::array();
      for (const Json& axis : *shared) axes.push_back(channels_last_axis(axis.get<std::int64_t>(), input.size()));
      *shared = positive_axes(axes, input);
    }
    return std::optional(ChannelsLastForm{std::move(settings), {"alpha"}});
  };
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
