// Cropping1D, 2D, 3D: takes elements off both ends of the spatial axes. `cropping` is written as ZeroPadding's `padding` is.

#include <algorithm>
#include <limits>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/sides.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct CroppingFamily {
  Json cropping;
  std::string data_format = "channels_last";
};

template <std::size_t Axes>
struct CroppingOptions : CroppingFamily {
  CroppingOptions() { cropping = same_sides(Axes == 1 ? 1 : Axes == 2 ? 0 : 1, Axes); }
};

template <std::size_t Axes>
static Settings describe_cropping() {
  using T = CroppingOptions<Axes>;
  std::vector<Field> fields = {field<T, Json>(
      "cropping", &T::cropping,
      Axes == 1 ? "how many: a number, or [before, after]" : "how many: a number, one per axis, or [before, after] per axis")};
  if (Axes > 1)
    fields.push_back(
        field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));
  return Settings(upkeep::format("cropping{}d", Axes), "takes elements off the ends of the spatial axes", std::move(fields));
}

}  // namespace layers

template <>
const Settings settings<layers::CroppingOptions<1>> = layers::describe_cropping<1>();
template <>
const Settings settings<layers::CroppingOptions<2>> = layers::describe_cropping<2>();
template <>
const Settings settings<layers::CroppingOptions<3>> = layers::describe_cropping<3>();

namespace layers {
namespace {

template <std::size_t Axes>
class Cropping : public Layer {
 public:
  using Options = CroppingOptions<Axes>;
  explicit Cropping(Options options)
      : options_(std::move(options)), sides_(read_sides(upkeep::format("cropping{}d.cropping", Axes), options_.cropping, Axes)) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    if (x.rank() != Axes + 2) throw wrong_spatial_axes(x.dims(), Axes);
    if (options_.data_format == "channels_first") return crop(ops, x, 2);
    if (!has_channels_first(ops, x)) return crop(ops, x, 1);
    return channels_last(ops, crop(ops, channels_first(ops, x), 2));
  }

 private:
  Value crop(Ops& ops, const Value& x, std::size_t first) const {
    Sizes starts, ends, axes;
    for (std::size_t i = 0; i < Axes; ++i) {
      const Dim& size = x.dims()[first + i];
      if (size.known() && sides_.before[i] + sides_.after[i] >= size.value)
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("cropping {} and {} leaves nothing of {} elements", sides_.before[i], sides_.after[i], size.value),
                    "take less");
      starts.push_back(sides_.before[i]);
      ends.push_back(sides_.after[i] == 0 ? std::numeric_limits<std::int64_t>::max() : -sides_.after[i]);
      axes.push_back(static_cast<std::int64_t>(first + i));
    }
    return ops.node("Slice", {x, ops.ints(starts), ops.ints(ends), ops.ints(axes)});
  }

  Options options_;
  Sides sides_;
};

// --- recognition: Slice of spatial axes only, step by step ----------------------------------------------------------------

// A constant int64 input of a node; nullopt where it is absent or no constant.
std::optional<Sizes> cropping_numbers(const GraphView& graph, const Node& node, std::size_t input) {
  if (node.inputs.size() <= input || node.inputs[input].empty()) return std::nullopt;
  const std::optional<Tensor> tensor = constant(graph, node.inputs[input]);
  if (!tensor || tensor->dtype() != DType::kInt64) return std::nullopt;
  return Sizes(tensor->data<std::int64_t>().begin(), tensor->data<std::int64_t>().end());
}

// What [start, end) leaves out at both ends of n elements.
std::optional<Padding> cropped_ends(std::int64_t start, std::int64_t end, const Dim& n) {
  if ((start < 0 || (end >= 0 && end < std::numeric_limits<std::int32_t>::max())) && !n.known()) return std::nullopt;
  const std::int64_t before = start < 0 ? std::max<std::int64_t>(n.value + start, 0) : start;
  const std::int64_t after = end < 0 ? -end : n.known() ? std::max<std::int64_t>(n.value - end, 0) : 0;
  if (n.known() && before + after >= n.value) return std::nullopt;
  return Padding{before, after};
}

std::optional<Recognised> recognise_cropping(const GraphView& graph, std::size_t index, std::size_t axes) {
  const Node& node = graph.nodes[index];
  const std::size_t rank = axes + 2;
  const Dims* input = is_op(node, "Slice") ? dims(graph, node.inputs[0]) : nullptr;
  if (!input || input->size() != rank) return std::nullopt;
  const auto starts = cropping_numbers(graph, node, 1), ends = cropping_numbers(graph, node, 2), places = cropping_numbers(graph, node, 3);
  const bool has_steps = node.inputs.size() > 4 && !node.inputs[4].empty();
  if (!starts || !ends || !places || (has_steps && cropping_numbers(graph, node, 4) != Sizes(places->size(), 1))) return std::nullopt;
  std::vector<Padding> crops(rank);
  for (std::size_t i = 0; i < places->size(); ++i) {
    const auto axis = static_cast<std::size_t>((*places)[i] < 0 ? (*places)[i] + static_cast<std::int64_t>(rank) : (*places)[i]);
    if (axis == 0 || axis >= rank || i >= starts->size() || i >= ends->size()) return std::nullopt;
    const std::optional<Padding> ends_of = cropped_ends((*starts)[i], (*ends)[i], (*input)[axis]);
    if (!ends_of) return std::nullopt;
    crops[axis] = *ends_of;
  }
  const bool last = crops.back() == Padding{};
  const bool front = crops[1] == Padding{} && axes > 1;
  if (!last && !front) return std::nullopt;
  Json around = Json::array();
  for (std::size_t i = 0; i < axes; ++i) around.push_back({crops[i + (front ? 2 : 1)].before, crops[i + (front ? 2 : 1)].after});
  Json settings = {{"cropping", axes == 1 ? around[0] : around}};
  if (front) settings["data_format"] = "channels_first";
  return Recognised{.settings = std::move(settings), .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

template <std::size_t Axes>
LayerEntry cropping_entry() {
  return entry<Cropping<Axes>>(upkeep::format("Cropping{}D", Axes),
                               [](const GraphView& graph, std::size_t node) { return recognise_cropping(graph, node, Axes); });
}

}  // namespace

void add_cropping(LayerCatalog& catalog) {
  catalog.add(cropping_entry<1>());
  catalog.add(cropping_entry<2>());
  catalog.add(cropping_entry<3>());
}

}  // namespace layers
}  // namespace upkeep
