// MaxPooling and AveragePooling over 1, 2 and 3 axes: the largest element of each window, or the mean of those that are there (padding does
// not count). In a graph: MaxPool, AveragePool.

#include "base/format.hpp"
#include "layers/shared/foreign_operations.hpp"
#include "layers/shared/foreign_windows.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

enum class Pool { kMax, kAverage };

struct PoolingFamily {
  Json pool_size;
  Json strides = nullptr;
  std::string padding = "valid";
  std::string data_format = "channels_last";
};

template <Pool kind, std::size_t Axes>
struct PoolingOptions : PoolingFamily {
  PoolingOptions() { pool_size = Json(std::vector<std::int64_t>(Axes, 2)); }
};

template <Pool kind, std::size_t Axes>
static Settings describe_pooling() {
  using T = PoolingOptions<kind, Axes>;
  return describe<T>(
      upkeep::format("{}_pooling{}d", kind == Pool::kMax ? "max" : "average", Axes),
      kind == Pool::kMax ? "the largest element of each window" : "the mean of each window",
      field<T, Json>("pool_size", &T::pool_size, "size of the window: a number for all axes, or a list"),
      field<T, Json>("strides", &T::strides, "steps of the window; null for its size"),
      field<T, std::string>("padding", &T::padding, "same: the output has a size of ceil(input / stride)", one_of({"valid", "same"})),
      field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));
}

}  // namespace layers

template <>
const Settings settings<layers::PoolingOptions<layers::Pool::kMax, 1>> = layers::describe_pooling<layers::Pool::kMax, 1>();
template <>
const Settings settings<layers::PoolingOptions<layers::Pool::kMax, 2>> = layers::describe_pooling<layers::Pool::kMax, 2>();
template <>
const Settings settings<layers::PoolingOptions<layers::Pool::kMax, 3>> = layers::describe_pooling<layers::Pool::kMax, 3>();
template <>
const Settings settings<layers::PoolingOptions<layers::Pool::kAverage, 1>> = layers::describe_pooling<layers::Pool::kAverage, 1>();
template <>
const Settings settings<layers::PoolingOptions<layers::Pool::kAverage, 2>> = layers::describe_pooling<layers::Pool::kAverage, 2>();
template <>
const Settings settings<layers::PoolingOptions<layers::Pool::kAverage, 3>> = layers::describe_pooling<layers::Pool::kAverage, 3>();

namespace layers {
namespace {

class PoolingLayer : public Layer {
 public:
  PoolingLayer(const std::string& name, const PoolingFamily& options, Pool kind, std::size_t axes)
      : kind_(kind), data_format_(options.data_format) {
    window_.size = read_sizes(name + ".pool_size", options.pool_size, axes);
    window_.strides = options.strides.is_null() ? window_.size : read_sizes(name + ".strides", options.strides, axes);
    window_.dilation = Sizes(axes, 1);
    window_.padding = options.padding;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() != window_.size.size() + 2) throw wrong_spatial_axes(x.dims(), window_.size.size());
    return in_data_format(ops, pool(ops, channels_first(ops, x, data_format_)), data_format_);
  }

 private:
  Value pool(Ops& ops, const Value& x) const {
    if (kind_ == Pool::kMax) {
      const Padded around = padded(ops, x, window_, -std::numeric_limits<float>::infinity());
      return ops.node("MaxPool", {around.x}, attributes(window_, around, false));
    }
    const Padded around = padded(ops, x, window_);
    const Value mean = ops.node("AveragePool", {around.x}, attributes(window_, around, false));
    if (!around.by_graph) return mean;
    // Zeros of the graph do count: divided by the share of each window that is no padding.
    const Padded counted = padded(ops, ops.expand(ops.constant(1.0F), ops.shape(x)), window_);
    return ops.div(mean, ops.node("AveragePool", {counted.x}, attributes(window_, counted, false)));
  }

  Pool kind_;
  std::string data_format_;
  Window window_;
};

template <Pool kind, std::size_t Axes>
class PoolingOver : public PoolingLayer {
 public:
  using Options = PoolingOptions<kind, Axes>;
  explicit PoolingOver(const Options& options) : PoolingLayer(settings<Options>.name(), options, kind, Axes) {}
};

// --- recognition ---------------------------------------------------------------------------------------------------

// Whether the value is never below zero, so that zeros around it do not change the largest element of a window.
bool never_negative(const GraphView& graph, const std::string& value) {
  const Node* node = graph.producer(value);
  if (!node) return false;
  if (is_op(*node, "Relu") || is_op(*node, "Sigmoid") || is_op(*node, "HardSigmoid") || is_op(*node, "Softplus") || is_op(*node, "Exp"))
    return true;
  if (is_op(*node, "Clip") && node->inputs.size() > 1) return scalar_constant(graph, node->inputs[1]).value_or(-1) >= 0;
  return (is_op(*node, "MaxPool") || is_op(*node, "AveragePool") || is_op(*node, "Dropout")) && never_negative(graph, node->inputs[0]);
}

// The same pool with a number of windows that is rounded down: what the last one reads beyond the input is padding. nullopt: sizes that
// are not known, a window that begins beyond the input.
std::optional<Node> rounded_down(const GraphView& graph, Node node, const Sizes& size) {
  const std::size_t axes = size.size();
  const Dims* input = dims(graph, node.inputs[0]);
  const auto strides = node.get<Sizes>("strides", Sizes(axes, 1));
  const auto dilations = node.get<Sizes>("dilations", Sizes(axes, 1));
  auto pads = node.get<Sizes>("pads", Sizes(2 * axes, 0));
  if (!input || input->size() != axes + 2 || strides.size() != axes || dilations.size() != axes || pads.size() != 2 * axes)
    return std::nullopt;
  for (std::size_t i = 0; i < axes; ++i) {
    const Dim n = (*input)[i + 2];
    const std::int64_t extent = (size[i] - 1) * dilations[i] + 1;
    if (!n.known() || strides[i] < 1) return std::nullopt;
    const std::int64_t rest = (n.value + pads[i] + pads[i + axes] - extent) % strides[i];
    if (rest <= 0) continue;
    const std::int64_t begin = n.value + pads[i] + pads[i + axes] - extent - rest + strides[i];  // of the last window
    if (begin >= n.value + pads[i]) return std::nullopt;
    pads[i + axes] += strides[i] - rest;
  }
  std::erase_if(node.attributes, [](const Attribute& attribute) { return attribute.name == "pads" || attribute.name == "ceil_mode"; });
  node.attributes.push_back({"pads", pads, {}});
  return node;
}

// Beyond the edges, ONNX has nothing. The largest of a window does not change where zeros stand there, if nothing is below them, nor where
// the elements at the edges stand there once more: each window has the edge that it looks across.
void surround_for_max(const GraphView& graph, const Node& node, ForeignWindow& window, Recognised& layer) {
  if (never_negative(graph, node.inputs[0])) {
    layer.before = {*window.zeros};
    return;
  }
  Sizes pads = node.get<Sizes>("pads", {});
  pads.insert(pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2), 2, 0);
  pads.insert(pads.begin(), 2, 0);
  layer.before = edge_padding(pads);
}

// How many elements each window has of those that count, which are in [first, last), along an axis: [windows].
std::vector<float> counted(const Padding& pads, std::int64_t n, std::int64_t size, std::int64_t stride, std::int64_t first,
                           std::int64_t last) {
  std::vector<float> made;
  for (std::int64_t begin = -pads.before; begin + size <= n + pads.after; begin += stride)
    made.push_back(static_cast<float>(std::min(begin + size, last) - std::max(begin, first)));
  return made;
}

// The mean of what counts, from that with zeros around: times the share of elements that are no zeros. What counts is the input, and with
// it the padding that `given` says, where it says so; `node` has the padding that its last windows need. nullopt: sizes that are not known.
std::optional<PlainLayer> share_of_zeros(const GraphView& graph, const Node& node, const Node& given, const Window& window) {
  const std::size_t axes = window.size.size();
  const Dims* input = dims(graph, node.inputs[0]);
  const auto pads = node.get<Sizes>("pads", Sizes(2 * axes, 0));
  Sizes counts = given.get<Sizes>("pads", Sizes(2 * axes, 0));
  if (given.get<std::int64_t>("count_include_pad", 0) == 0) counts.assign(2 * axes, 0);
  if (!input || input->size() != axes + 2) return std::nullopt;
  Shape shape;
  std::vector<float> shares = {1};
  for (std::size_t i = 0; i < axes; ++i) {
    const Dim& n = (*input)[i + 2];
    if (!n.known()) return std::nullopt;
    const std::vector<float> axis =
        counted({pads[i], pads[i + axes]}, n.value, window.size[i], window.strides[i], -counts[i], n.value + counts[i + axes]);
    if (std::ranges::any_of(axis, [](float count) { return count < 1; })) return std::nullopt;
    std::vector<float> all;
    for (const float share : shares)
      for (const float count : axis) all.push_back(share * static_cast<float>(window.size[i]) / count);
    shares = std::move(all);
    shape.push_back(static_cast<std::int64_t>(axis.size()));
  }
  const std::string letters = std::string("abcde").substr(0, axes + 2);
  Json sizes = Json::array({nullptr});
  for (const std::int64_t size : shape) sizes.push_back(size);
  return PlainLayer{"einsum_dense",
                    {{"equation", letters + "," + letters.substr(2) + "->" + letters}, {"output_shape", sizes}, {"trainable", false}},
                    {{"kernel", Tensor(shape, std::move(shares))}}};
}

std::optional<Recognised> recognise_pooling(const GraphView& graph, std::size_t index, Pool kind, std::size_t axes) {
  const Node& given = graph.nodes[index];
  if (!is_op(given, kind == Pool::kMax ? "MaxPool" : "AveragePool") || given.get<std::int64_t>("storage_order", 0) != 0)
    return std::nullopt;
  const auto size = given.get<Sizes>("kernel_shape", {});
  const bool indices = given.outputs.size() > 1 && !given.outputs[1].empty();
  if (size.size() != axes || indices) return std::nullopt;
  const bool rounds_up = given.get<std::int64_t>("ceil_mode", 0) != 0;
  const std::optional<Node> exact = rounds_up ? rounded_down(graph, given, size) : std::nullopt;
  if (rounds_up && !exact) return std::nullopt;
  const Node& node = exact ? *exact : given;
  const bool counts_padding = kind == Pool::kAverage && node.get<std::int64_t>("count_include_pad", 0) != 0;
  std::optional<ForeignWindow> found = foreign_window(graph, node, size, counts_padding ? ForeignPadding::kZeros : ForeignPadding::kAny);
  if (!found || found->settings.contains("dilation_rate") || (counts_padding && found->window.padding == "same")) return std::nullopt;
  found->settings["pool_size"] = size;
  found->settings["strides"] = found->window.strides;
  if (found->window.strides == size) found->settings.erase("strides");
  Recognised layer{.settings = found->settings, .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
  if (found->zeros && kind == Pool::kMax) surround_for_max(graph, node, *found, layer);
  else if (found->zeros) layer.before = {*found->zeros};
  const auto as_given = [&] { return node.get<Sizes>("pads", {}) == given.get<Sizes>("pads", Sizes(2 * axes, 0)); };
  if (found->zeros && kind == Pool::kAverage && !(counts_padding && as_given())) {
    const std::optional<PlainLayer> shares = share_of_zeros(graph, node, given, found->window);
    if (!shares) return std::nullopt;
    layer.after = {*shares};
  }
  return layer;
}

template <Pool kind, std::size_t Axes>
LayerEntry pooling_entry() {
  const std::string word = kind == Pool::kMax ? "Max" : "Average";
  LayerEntry made =
      entry<PoolingOver<kind, Axes>>(upkeep::format("{}Pooling{}D", word, Axes),
                                     [](const GraphView& graph, std::size_t node) { return recognise_pooling(graph, node, kind, Axes); });
  made.aliases.push_back(upkeep::format("{}Pool{}D", kind == Pool::kMax ? "Max" : "Avg", Axes));
  return made;
}

}  // namespace

void add_pooling(LayerCatalog& catalog) {
  catalog.add(pooling_entry<Pool::kMax, 1>());
  catalog.add(pooling_entry<Pool::kMax, 2>());
  catalog.add(pooling_entry<Pool::kMax, 3>());
  catalog.add(pooling_entry<Pool::kAverage, 1>());
  catalog.add(pooling_entry<Pool::kAverage, 2>());
  catalog.add(pooling_entry<Pool::kAverage, 3>());
}

}  // namespace layers
}  // namespace upkeep
