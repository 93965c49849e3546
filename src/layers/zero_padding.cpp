// ZeroPadding1D, 2D, 3D: zeros around the spatial axes. `padding` is one number for everything, a number per axis for both its sides
// (2D, 3D; for 1D the numbers before and after), or [before, after] per axis.

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/sides.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct ZeroPaddingFamily {
  Json padding;
  std::string data_format = "channels_last";
};

template <std::size_t Axes>
struct ZeroPaddingOptions : ZeroPaddingFamily {
  ZeroPaddingOptions() { padding = same_sides(1, Axes); }
};

template <std::size_t Axes>
static Settings describe_zero_padding() {
  using T = ZeroPaddingOptions<Axes>;
  return describe<T>(
      upkeep::format("zero_padding{}d", Axes), "zeros around the spatial axes",
      field<T, Json>(
          "padding", &T::padding,
          Axes == 1 ? "how many: a number, or [before, after]" : "how many: a number, one per axis, or [before, after] per axis"),
      field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));
}

}  // namespace layers

template <>
const Settings settings<layers::ZeroPaddingOptions<1>> = layers::describe_zero_padding<1>();
template <>
const Settings settings<layers::ZeroPaddingOptions<2>> = layers::describe_zero_padding<2>();
template <>
const Settings settings<layers::ZeroPaddingOptions<3>> = layers::describe_zero_padding<3>();

namespace layers {
namespace {

template <std::size_t Axes>
class ZeroPadding : public Layer {
 public:
  using Options = ZeroPaddingOptions<Axes>;
  explicit ZeroPadding(Options options) : options_(std::move(options)), sides_(read_sides(place(), options_.padding, Axes)) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    if (x.rank() != Axes + 2) throw wrong_spatial_axes(x.dims(), Axes);
    if (options_.data_format == "channels_first") return pad(ops, x, 2);
    if (!has_channels_first(ops, x)) return pad(ops, x, 1);
    return channels_last(ops, pad(ops, channels_first(ops, x), 2));
  }

 private:
  static std::string place() { return upkeep::format("zero_padding{}d.padding", Axes); }

  Value pad(Ops& ops, const Value& x, std::size_t first) const { return pad_axes(ops, x, first, sides_.before, sides_.after, 0); }

  Options options_;
  Sides sides_;
};

// --- recognition: Pad with zeros of spatial axes only -------------------------------------------------------------------

// Pads per axis of the whole value, [before..., after...]; empty where they are not constant.
Sizes all_pads(const GraphView& graph, const Node& node, std::size_t rank) {
  const std::optional<Tensor> given = node.inputs.size() > 1 ? constant(graph, node.inputs[1]) : std::nullopt;
  if (!given || given->dtype() != DType::kInt64) return {};
  const Sizes pads(given->data<std::int64_t>().begin(), given->data<std::int64_t>().end());
  if (node.inputs.size() < 4 || node.inputs[3].empty()) return pads.size() == 2 * rank ? pads : Sizes();
  const std::optional<Tensor> axes = constant(graph, node.inputs[3]);
  if (!axes || axes->dtype() != DType::kInt64 || 2 * static_cast<std::size_t>(axes->size()) != pads.size()) return {};
  Sizes all(2 * rank, 0);
  for (std::size_t i = 0; i < pads.size() / 2; ++i) {
    const std::int64_t axis = axes->data<std::int64_t>()[i];
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
    if (at >= rank) return {};
    all[at] = pads[i];
    all[at + rank] = pads[i + pads.size() / 2];
  }
  return all;
}

std::optional<Recognised> recognise_zero_padding(const GraphView& graph, std::size_t index, std::size_t axes) {
  const Node& node = graph.nodes[index];
  const Dims* input = is_op(node, "Pad") ? dims(graph, node.inputs[0]) : nullptr;
  const std::size_t rank = axes + 2;
  if (!input || input->size() != rank || node.get<std::string>("mode", "constant") != "constant") return std::nullopt;
  if (node.inputs.size() > 2 && !node.inputs[2].empty() && scalar_constant(graph, node.inputs[2]) != 0.0F) return std::nullopt;
  const Sizes pads = all_pads(graph, node, rank);
  if (pads.empty() || std::ranges::any_of(pads, [](std::int64_t pad) { return pad < 0; })) return std::nullopt;
  const auto untouched = [&](std::size_t axis) { return pads[axis] == 0 && pads[axis + rank] == 0; };
  if (!untouched(0) || (!untouched(1) && !untouched(rank - 1))) return std::nullopt;
  const std::size_t first = untouched(1) ? 2 : 1;
  Json around = Json::array();
  for (std::size_t axis = first; axis < first + axes; ++axis) around.push_back({pads[axis], pads[axis + rank]});
  return Recognised{
      .settings = {{"padding", axes == 1 ? around[0] : around}, {"data_format", first == 2 ? "channels_first" : "channels_last"}},
      .nodes = {index},
      .inputs = {node.inputs[0]},
      .output = node.outputs[0]};
}

template <std::size_t Axes>
LayerEntry zero_padding_entry() {
  return entry<ZeroPadding<Axes>>(upkeep::format("ZeroPadding{}D", Axes),
                                  [](const GraphView& graph, std::size_t node) { return recognise_zero_padding(graph, node, Axes); });
}

}  // namespace

void add_zero_padding(LayerCatalog& catalog) {
  catalog.add(zero_padding_entry<1>());
  catalog.add(zero_padding_entry<2>());
  catalog.add(zero_padding_entry<3>());
}

}  // namespace layers
}  // namespace upkeep
