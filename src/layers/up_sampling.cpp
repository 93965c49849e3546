// UpSampling1D, 2D, 3D: every element several times along the spatial axes; UpSampling2D interpolates as well.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/resize.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct UpSamplingFamily {
  Json size;
  std::string data_format = "channels_last";
  std::string interpolation = "nearest";
};

template <std::size_t Axes>
struct UpSamplingOptions : UpSamplingFamily {
  UpSamplingOptions() { size = Axes == 1 ? Json(2) : Json(std::vector<std::int64_t>(Axes, 2)); }
};

template <std::size_t Axes>
static Settings describe_up_sampling() {
  using T = UpSamplingOptions<Axes>;
  std::vector<Field> fields = {field<T, Json>("size", &T::size, "how many times: a number for all axes, or a list")};
  if (Axes > 1)
    fields.push_back(
        field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})));
  if (Axes == 2)
    fields.push_back(field<T, std::string>("interpolation", &T::interpolation, "what stands between the pixels", one_of(kInterpolations)));
  return Settings(upkeep::format("up_sampling{}d", Axes), "every element several times along the spatial axes", std::move(fields));
}

}  // namespace layers

template <>
const Settings settings<layers::UpSamplingOptions<1>> = layers::describe_up_sampling<1>();
template <>
const Settings settings<layers::UpSamplingOptions<2>> = layers::describe_up_sampling<2>();
template <>
const Settings settings<layers::UpSamplingOptions<3>> = layers::describe_up_sampling<3>();

namespace layers {
namespace {

class UpSampling : public Layer {
 public:
  UpSampling(const std::string& name, UpSamplingFamily options, std::size_t axes)
      : options_(std::move(options)), sizes_(read_sizes(name + ".size", options_.size, axes)) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    if (x.rank() != sizes_.size() + 2) throw wrong_spatial_axes(x.dims(), sizes_.size());
    if (options_.interpolation != "nearest")
      return in_data_format(ops, interpolated(ops, channels_first(ops, x, options_.data_format)), options_.data_format);
    if (options_.data_format == "channels_first") return repeated(ops, x, 2);
    if (!has_channels_first(ops, x)) return repeated(ops, x, 1);
    return channels_last(ops, repeated(ops, channels_first(ops, x), 2));
  }

 private:
  Value repeated(Ops& ops, const Value& x, std::size_t first) const {
    std::vector<float> scales(x.rank(), 1.0F);
    for (std::size_t i = 0; i < sizes_.size(); ++i) scales[first + i] = static_cast<float>(sizes_[i]);
    return ops.node("Resize", {x, {}, ops.constant(Tensor({static_cast<std::int64_t>(x.rank())}, std::move(scales)))},
                    {{"coordinate_transformation_mode", std::string("asymmetric"), {}},
                     {"mode", std::string("nearest"), {}},
                     {"nearest_mode", std::string("floor"), {}}});
  }

  Value interpolated(Ops& ops, const Value& input) const {
    const Value x = ops.cast(input, DType::kFloat32);
    if (options_.interpolation == "bilinear") {
      const Tensor scales({4}, std::vector<float>{1, 1, static_cast<float>(sizes_[0]), static_cast<float>(sizes_[1])});
      return ops.node("Resize", {x, {}, ops.constant(scales)},
                      {{"coordinate_transformation_mode", std::string("half_pixel"), {}}, {"mode", std::string("linear"), {}}});
    }
    Sizes size;
    for (std::size_t i = 0; i < 2; ++i) size.push_back(std::max<std::int64_t>(x.dims()[i + 2].value, 1) * sizes_[i]);
    return resize(ops, x, std::move(size), options_.interpolation, false);
  }

  UpSamplingFamily options_;
  Sizes sizes_;
};

template <std::size_t Axes>
class UpSamplingOver : public UpSampling {
 public:
  using Options = UpSamplingOptions<Axes>;
  explicit UpSamplingOver(const Options& options) : UpSampling(settings<Options>.name(), options, Axes) {}
};

// --- recognition: Resize by whole numbers, channels second ----------------------------------------------------------------

// Scales of all axes where they are whole numbers; empty otherwise.
Sizes whole_scales(const GraphView& graph, const Node& node) {
  const Dims* input = dims(graph, node.inputs[0]);
  const Dims* output = dims(graph, node.outputs[0]);
  Sizes scales;
  const std::optional<Tensor> given = node.inputs.size() > 2 ? float_constant(graph, node.inputs[2]) : std::nullopt;
  if (given && given->size() > 0) {
    for (const float scale : given->floats()) {
      if (scale < 1 || scale != std::round(scale)) return {};
      scales.push_back(static_cast<std::int64_t>(scale));
    }
  } else if (input && output && input->size() == output->size()) {
    for (std::size_t i = 0; i < input->size(); ++i) {
      const Dim& from = (*input)[i];
      const Dim& to = (*output)[i];
      const bool same = i == 0 && from == to;
      if (!same && (!from.known() || !to.known() || from.value < 1 || to.value % from.value != 0)) return {};
      scales.push_back(same ? 1 : to.value / from.value);
    }
  }
  return scales;
}

std::optional<Recognised> recognise_up_sampling(const GraphView& graph, std::size_t index, std::size_t axes) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "Resize") || node.find("axes") || node.inputs.size() < 3) return std::nullopt;
  const auto mode = node.get<std::string>("mode", "nearest");
  const auto where = node.get<std::string>("coordinate_transformation_mode", "half_pixel");
  const auto nearest = node.get<std::string>("nearest_mode", "round_prefer_floor");
  // By whole numbers, all of these repeat each element.
  const bool repeats = mode == "nearest" && ((where == "asymmetric" && nearest == "floor") || where == "half_pixel");
  const bool bilinear = mode == "linear" && axes == 2 && (where == "half_pixel" || where == "pytorch_half_pixel");
  const Sizes scales = whole_scales(graph, node);
  if ((!repeats && !bilinear) || scales.size() != axes + 2 || scales[0] != 1) return std::nullopt;
  Json settings = Json::object();
  const bool front = scales[1] == 1 && axes > 1;
  if (!front && scales.back() != 1) return std::nullopt;
  const Sizes size(scales.begin() + (front ? 2 : 1), scales.end() - (front ? 0 : 1));
  if (axes == 1) settings["size"] = size[0];
  else settings["size"] = size;
  if (front) settings["data_format"] = "channels_first";
  if (bilinear) settings["interpolation"] = "bilinear";
  return Recognised{.settings = std::move(settings), .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

template <std::size_t Axes>
LayerEntry up_sampling_entry() {
  return entry<UpSamplingOver<Axes>>(upkeep::format("UpSampling{}D", Axes),
                                     [](const GraphView& graph, std::size_t node) { return recognise_up_sampling(graph, node, Axes); });
}

}  // namespace

void add_up_sampling(LayerCatalog& catalog) {
  catalog.add(up_sampling_entry<1>());
  catalog.add(up_sampling_entry<2>());
  catalog.add(up_sampling_entry<3>());
}

}  // namespace layers
}  // namespace upkeep
