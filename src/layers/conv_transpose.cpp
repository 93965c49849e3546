// Conv1DTranspose, Conv2DTranspose, Conv3DTranspose: what the gradient of a convolution is to its input, as a layer of its own.
//
// Weights: kernel [...window, filters, channels], bias [filters]. With extent = (size - 1) * dilation + 1, along each axis of n elements:
//   valid   (n - 1) * stride + max(extent, stride)
//   same    n * stride
//   output_padding given: (n - 1) * stride + extent + output_padding for valid, (n - 1) * stride + extent % 2 + output_padding for same
// The transposed window gives (n - 1) * stride + extent elements. What is too much of that is cut off, half of it, rounded down, before, as
// TensorFlow's SAME of the convolution in the other direction; what is missing is added behind (ConvTranspose's output_padding).

#include <algorithm>

#include "base/format.hpp"
#include "layers/shared/convolution.hpp"
#include "layers/shared/foreign_windows.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct ConvTransposeFamily : ConvolutionOptions {
  using ConvolutionOptions::ConvolutionOptions;
  std::int64_t filters = 0;
  Json output_padding = nullptr;
  WeightSettings kernel{"glorot_uniform"};
};

template <std::size_t Axes>
struct ConvTransposeOptions : ConvTransposeFamily {
  ConvTransposeOptions() : ConvTransposeFamily(Axes) {}
};

template <std::size_t Axes>
static Settings describe_conv_transpose() {
  using T = ConvTransposeOptions<Axes>;
  return describe_layer(upkeep::format("conv{}d_transpose", Axes), "transposed convolution",
                        field<T, std::int64_t>("filters", &T::filters, "number of output channels; must be given", range(1, 1 << 24)),
                        convolution_fields<T>(),
                        field<T, Json>("output_padding", &T::output_padding, "elements added to the output; null for Keras's choice"),
                        weight_fields<T>("kernel", &T::kernel));
}

}  // namespace layers

template <>
const Settings settings<layers::ConvTransposeOptions<1>> = layers::describe_conv_transpose<1>();
template <>
const Settings settings<layers::ConvTransposeOptions<2>> = layers::describe_conv_transpose<2>();
template <>
const Settings settings<layers::ConvTransposeOptions<3>> = layers::describe_conv_transpose<3>();

namespace layers {
namespace {

class ConvTranspose : public ConvolutionLayer {
 public:
  ConvTranspose(const ConvTransposeFamily& options, std::size_t axes)
      : ConvolutionLayer(upkeep::format("conv{}d_transpose", axes), options, axes), options_(options) {
    expect_positive("filters", options_.filters);
    check(options_.kernel, kind_, "kernel");
    refuse_strides_with_dilation();
    if (options_.output_padding.is_null()) return;
    given_ = read_sizes(kind_ + ".output_padding", options_.output_padding, axes, 0);
    for (std::size_t i = 0; i < axes; ++i)
      if ((*given_)[i] >= window_.strides[i])
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("{}: an output_padding of {} with strides of {}", kind_, (*given_)[i], window_.strides[i]),
                    "it is smaller than the strides");
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    return with_bias({kernel("kernel", window_.size, options_.filters, channels(inputs[0]), options_.kernel)}, options_.filters);
  }

 protected:
  Value convolution(const BuildContext& context, const Value& x, const Value& bias) const override {
    Sizes pads(2 * axes_), behind;
    for (std::size_t i = 0; i < axes_; ++i) {
      const std::int64_t cut = std::max<std::int64_t>(-added(i), 0);
      pads[i] = cut / 2;
      pads[i + axes_] = cut - cut / 2;
      behind.push_back(std::max<std::int64_t>(added(i), 0));
    }
    return context.ops.node("ConvTranspose", {x, filters_first(context.ops, context.weight("kernel")), bias},
                            {{"kernel_shape", window_.size, {}},
                             {"strides", window_.strides, {}},
                             {"dilations", window_.dilation, {}},
                             {"pads", pads, {}},
                             {"output_padding", behind, {}}});
  }

 private:
  // How much longer the output is than (n - 1) * stride + extent.
  std::int64_t added(std::size_t axis) const {
    const std::int64_t extent = window_.extent(axis), stride = window_.strides[axis];
    if (window_.padding == "valid") return given_ ? (*given_)[axis] : std::max(extent, stride) - extent;
    return given_ ? extent % 2 + (*given_)[axis] - extent : stride - extent;
  }

  ConvTransposeFamily options_;
  std::optional<Sizes> given_;
};

template <std::size_t Axes>
class ConvTransposeOver : public ConvTranspose {
 public:
  using Options = ConvTransposeOptions<Axes>;
  explicit ConvTransposeOver(const Options& options) : ConvTranspose(options, Axes) {}
};

// --- recognition: the whole output, perhaps cropped ---------------------------------------------------------------------

std::optional<Recognised> recognise_conv_transpose(const GraphView& graph, std::size_t index, std::size_t axes) {
  const Node& node = graph.nodes[index];
  std::optional<ForeignConvolution> foreign = foreign_convolution(graph, index, "ConvTranspose", axes);
  const bool plain = node.get<std::int64_t>("group", 1) == 1 && !node.find("output_shape") && !node.find("auto_pad");
  if (!foreign || !plain) return std::nullopt;
  Recognised& found = foreign->found;
  const Window& window = foreign->window.window;
  const auto pads = node.get<Sizes>("pads", Sizes(2 * axes, 0));
  const auto behind = node.get<Sizes>("output_padding", Sizes(axes, 0));
  found.before.clear();
  found.settings.erase("padding");
  Json crops = Json::array();
  for (std::size_t i = 0; i < axes; ++i) {
    if (behind[i] >= window.strides[i]) return std::nullopt;
    crops.push_back({pads[i], pads[i + axes]});
  }
  found.settings["output_padding"] = behind;
  found.settings["filters"] = foreign->kernel.dim(1);
  found.weights.insert(found.weights.begin(), {"kernel", filters_last(foreign->kernel)});
  if (std::ranges::all_of(pads, [](std::int64_t pad) { return pad == 0; })) {
    take_activation(graph, found);
  } else if (axes == 1) {  // Cropping1D knows no channels in front
    return std::nullopt;
  } else {
    found.after = {{upkeep::format("cropping{}d", axes), {{"cropping", std::move(crops)}, {"data_format", "channels_first"}}}};
  }
  return found;
}

template <std::size_t Axes>
LayerEntry conv_transpose_entry() {
  LayerEntry made = entry<ConvTransposeOver<Axes>>(upkeep::format("Conv{}DTranspose", Axes), [](const GraphView& graph, std::size_t node) {
    return recognise_conv_transpose(graph, node, Axes);
  });
  made.aliases.push_back(upkeep::format("Convolution{}DTranspose", Axes));
  return made;
}

}  // namespace

void add_conv_transpose(LayerCatalog& catalog) {
  catalog.add(conv_transpose_entry<1>());
  catalog.add(conv_transpose_entry<2>());
  catalog.add(conv_transpose_entry<3>());
}

}  // namespace layers
}  // namespace upkeep
