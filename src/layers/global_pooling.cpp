// GlobalMaxPooling and GlobalAveragePooling over 1, 2 and 3 axes: one number per channel. With `keepdims` the spatial axes stay, of size 1.
//
// GlobalAveragePooling1D leaves masked steps out: the mean of those that count.

#include <numeric>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

enum class GlobalPool { kMax, kAverage };

struct GlobalPoolingFamily {
  std::string data_format = "channels_last";
  bool keepdims = false;
};

template <GlobalPool kind, std::size_t Axes>
struct GlobalPoolingOptions : GlobalPoolingFamily {};

template <GlobalPool kind, std::size_t Axes>
static Settings describe_global_pooling() {
  using T = GlobalPoolingOptions<kind, Axes>;
  const bool max = kind == GlobalPool::kMax;
  return describe<T>(
      upkeep::format("global_{}_pooling{}d", max ? "max" : "average", Axes),
      max ? "the largest element of each channel" : "the mean of each channel",
      field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})),
      field<T, bool>("keepdims", &T::keepdims, "keep the spatial axes, of size 1"));
}

}  // namespace layers

template <>
const Settings settings<layers::GlobalPoolingOptions<layers::GlobalPool::kMax, 1>> =
    layers::describe_global_pooling<layers::GlobalPool::kMax, 1>();
template <>
const Settings settings<layers::GlobalPoolingOptions<layers::GlobalPool::kMax, 2>> =
    layers::describe_global_pooling<layers::GlobalPool::kMax, 2>();
template <>
const Settings settings<layers::GlobalPoolingOptions<layers::GlobalPool::kMax, 3>> =
    layers::describe_global_pooling<layers::GlobalPool::kMax, 3>();
template <>
const Settings settings<layers::GlobalPoolingOptions<layers::GlobalPool::kAverage, 1>> =
    layers::describe_global_pooling<layers::GlobalPool::kAverage, 1>();
template <>
const Settings settings<layers::GlobalPoolingOptions<layers::GlobalPool::kAverage, 2>> =
    layers::describe_global_pooling<layers::GlobalPool::kAverage, 2>();
template <>
const Settings settings<layers::GlobalPoolingOptions<layers::GlobalPool::kAverage, 3>> =
    layers::describe_global_pooling<layers::GlobalPool::kAverage, 3>();

namespace layers {
namespace {

class GlobalPooling : public Layer {
 public:
  GlobalPooling(GlobalPoolingFamily options, GlobalPool kind, std::size_t axes) : options_(std::move(options)), kind_(kind), axes_(axes) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() != axes_ + 2) throw wrong_spatial_axes(x.dims(), axes_);
    if (kind_ == GlobalPool::kAverage && axes_ == 1)
      if (const Value mask = context.mask(0)) return masked_mean(ops, x, mask);
    if (options_.data_format == "channels_first") return pool(ops, x, 2);
    if (!has_channels_first(ops, x)) return pool(ops, x, 1);
    const Value pooled = pool(ops, channels_first(ops, x), 2);
    return options_.keepdims ? channels_last(ops, pooled) : pooled;
  }

  bool takes_mask() const override { return kind_ == GlobalPool::kAverage && axes_ == 1; }

 private:
  // Over the axes from `first` on. Where they are the last ones, ONNX's global pools do it.
  Value pool(Ops& ops, const Value& x, std::int64_t first) const {
    const bool max = kind_ == GlobalPool::kMax;
    if (first == 2) {
      const Value pooled = ops.node(max ? "GlobalMaxPool" : "GlobalAveragePool", {x});
      return options_.keepdims ? pooled : ops.node("Flatten", {pooled}, {{"axis", std::int64_t{1}, {}}});
    }
    std::vector<std::int64_t> axes(axes_);
    std::iota(axes.begin(), axes.end(), first);
    return max ? ops.reduce_max(x, axes, options_.keepdims) : ops.reduce_mean(x, axes, options_.keepdims);
  }

  // sum(mask * x) / sum(mask), over the steps.
  Value masked_mean(Ops& ops, const Value& x, const Value& mask) const {
    const std::int64_t steps = options_.data_format == "channels_first" ? 2 : 1;
    const Value counts = ops.unsqueeze(mask, {3 - steps});
    const Value kept = ops.where(counts, x, ops.constant(0.0F));
    return ops.div(ops.reduce_sum(kept, {steps}, options_.keepdims),
                   ops.reduce_sum(ops.cast(counts, DType::kFloat32), {steps}, options_.keepdims));
  }

  GlobalPoolingFamily options_;
  GlobalPool kind_;
  std::size_t axes_;
};

template <GlobalPool kind, std::size_t Axes>
class GlobalPoolingOver : public GlobalPooling {
 public:
  using Options = GlobalPoolingOptions<kind, Axes>;
  explicit GlobalPoolingOver(const Options& options) : GlobalPooling(options, kind, Axes) {}
};

// --- recognition: ONNX's global pools with or without a Flatten behind, and reductions of all spatial axes -----------------

// The node that makes [batch, channels, 1, ...] to [batch, channels], where it is the only reader of `value`.
std::optional<std::size_t> squeezed(const GraphView& graph, const std::string& value, std::size_t axes) {
  const std::optional<std::size_t> next = graph.only_reader(value);
  if (!next) return std::nullopt;
  const Node& node = graph.nodes[*next];
  const Dims* shape = dims(graph, node.outputs[0]);
  const bool reshapes = is_op(node, "Flatten") || is_op(node, "Squeeze") || is_op(node, "Reshape");
  if (!reshapes || !shape || shape->size() != 2 || (*shape)[0].known()) return std::nullopt;
  const Dims* input = dims(graph, value);
  return input && input->size() == axes + 2 && (*shape)[1] == (*input)[1] ? next : std::nullopt;
}

std::optional<Recognised> recognise_global_pool(const GraphView& graph, std::size_t index, std::size_t axes) {
  const Node& node = graph.nodes[index];
  const Dims* input = dims(graph, node.inputs[0]);
  if (!input || input->size() != axes + 2) return std::nullopt;
  Recognised found{.settings = {{"data_format", "channels_first"}, {"keepdims", true}},
                   .nodes = {index},
                   .inputs = {node.inputs[0]},
                   .output = node.outputs[0]};
  if (const auto next = squeezed(graph, found.output, axes)) {
    found.settings.erase("keepdims");
    found.nodes.push_back(*next);
    found.output = graph.nodes[*next].outputs[0];
  }
  return found;
}

std::optional<Recognised> recognise_reduction(const GraphView& graph, std::size_t index, std::size_t axes) {
  const Node& node = graph.nodes[index];
  const Dims* input = dims(graph, node.inputs[0]);
  if (!input || input->size() != axes + 2) return std::nullopt;
  Sizes reduced = node.get<Sizes>("axes", {});
  if (node.inputs.size() > 1 && !node.inputs[1].empty()) {
    const std::optional<Tensor> given = constant(graph, node.inputs[1]);
    if (!given || given->dtype() != DType::kInt64) return std::nullopt;
    reduced.assign(given->data<std::int64_t>().begin(), given->data<std::int64_t>().end());
  }
  for (std::int64_t& axis : reduced) axis += axis < 0 ? static_cast<std::int64_t>(axes) + 2 : 0;
  std::ranges::sort(reduced);
  Sizes last(axes), middle(axes);
  std::iota(last.begin(), last.end(), 2);
  std::iota(middle.begin(), middle.end(), 1);
  if (reduced != last && reduced != middle) return std::nullopt;
  Json settings = Json::object();
  if (reduced == last) settings["data_format"] = "channels_first";
  if (node.get<std::int64_t>("keepdims", 1) != 0) settings["keepdims"] = true;
  return Recognised{.settings = std::move(settings), .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

std::optional<Recognised> recognise_global_pooling(const GraphView& graph, std::size_t index, GlobalPool kind, std::size_t axes) {
  const Node& node = graph.nodes[index];
  const bool max = kind == GlobalPool::kMax;
  if (is_op(node, max ? "GlobalMaxPool" : "GlobalAveragePool")) return recognise_global_pool(graph, index, axes);
  if (is_op(node, max ? "ReduceMax" : "ReduceMean")) return recognise_reduction(graph, index, axes);
  return std::nullopt;
}

template <GlobalPool kind, std::size_t Axes>
LayerEntry global_pooling_entry() {
  const bool max = kind == GlobalPool::kMax;
  LayerEntry made = entry<GlobalPoolingOver<kind, Axes>>(
      upkeep::format("Global{}Pooling{}D", max ? "Max" : "Average", Axes),
      [](const GraphView& graph, std::size_t node) { return recognise_global_pooling(graph, node, kind, Axes); });
  made.aliases.push_back(upkeep::format("Global{}Pool{}D", max ? "Max" : "Avg", Axes));
  return made;
}

}  // namespace

void add_global_pooling(LayerCatalog& catalog) {
  catalog.add(global_pooling_entry<GlobalPool::kMax, 1>());
  catalog.add(global_pooling_entry<GlobalPool::kMax, 2>());
  catalog.add(global_pooling_entry<GlobalPool::kMax, 3>());
  catalog.add(global_pooling_entry<GlobalPool::kAverage, 1>());
  catalog.add(global_pooling_entry<GlobalPool::kAverage, 2>());
  catalog.add(global_pooling_entry<GlobalPool::kAverage, 3>());
}

}  // namespace layers
}  // namespace upkeep
