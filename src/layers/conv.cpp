// Conv1D, Conv2D, Conv3D: y[f] = activation(sum over window and channels of kernel * x + bias[f])
//
// Weights: kernel [...window, channels / groups, filters], bias [filters]. In a graph: Conv, whose kernel is [filters, channels / groups,
// ...window]; it stays in Keras's order as a weight and is transposed beside, which runtimes do once.

#include "base/format.hpp"
#include "layers/shared/convolution.hpp"
#include "layers/shared/foreign_windows.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct ConvFamily : ConvolutionOptions {
  using ConvolutionOptions::ConvolutionOptions;
  std::int64_t filters = 0;
  std::int64_t groups = 1;
  WeightSettings kernel{"glorot_uniform"};
};

template <std::size_t Axes>
struct ConvOptions : ConvFamily {
  ConvOptions() : ConvFamily(Axes) {}
};

template <std::size_t Axes>
static Settings describe_conv() {
  using T = ConvOptions<Axes>;
  Choices paddings = {"valid", "same"};
  if (Axes == 1) paddings.push_back("causal");
  return describe_layer(upkeep::format("conv{}d", Axes), upkeep::format("convolution over {} spatial ax{}s", Axes, Axes == 1 ? 'i' : 'e'),
                        field<T, std::int64_t>("filters", &T::filters, "number of output channels; must be given", range(1, 1 << 24)),
                        convolution_fields<T>(paddings),
                        field<T, std::int64_t>("groups", &T::groups, "groups of channels that see only each other", range(1, 1 << 24)),
                        weight_fields<T>("kernel", &T::kernel));
}

}  // namespace layers

template <>
const Settings settings<layers::ConvOptions<1>> = layers::describe_conv<1>();
template <>
const Settings settings<layers::ConvOptions<2>> = layers::describe_conv<2>();
template <>
const Settings settings<layers::ConvOptions<3>> = layers::describe_conv<3>();

namespace layers {
namespace {

class Conv : public ConvolutionLayer {
 public:
  Conv(const ConvFamily& options, std::size_t axes) : ConvolutionLayer(upkeep::format("conv{}d", axes), options, axes), options_(options) {
    expect_positive("filters", options_.filters);
    check(options_.kernel, kind_, "kernel");
    refuse_strides_with_dilation();
    if (options_.filters % options_.groups != 0)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("{}: {} filters do not make {} equal groups", kind_, options_.filters, options_.groups));
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const std::int64_t in = channels(inputs[0]);
    if (in % options_.groups != 0)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} channels do not make {} equal groups", in, options_.groups),
                  "groups divides both filters and the input's channels");
    return with_bias({kernel("kernel", window_.size, in / options_.groups, options_.filters, options_.kernel)}, options_.filters);
  }

 protected:
  Value convolution(const BuildContext& context, const Value& x, const Value& bias) const override {
    return convolve(context.ops, x, filters_first(context.ops, context.weight("kernel")), bias, window_, options_.groups);
  }

 private:
  ConvFamily options_;
};

template <std::size_t Axes>
class ConvOver : public Conv {
 public:
  using Options = ConvOptions<Axes>;
  explicit ConvOver(const Options& options) : Conv(options, Axes) {}
};

// --- recognition ---------------------------------------------------------------------------------------------------

// Zeros before the steps, as many as the window reaches back.
void name_causal(ForeignConvolution& foreign) {
  const Json before = {foreign.window.window.extent(0) - 1, 0};
  if (!foreign.window.zeros || foreign.window.zeros->settings["padding"] != before) return;
  foreign.found.before.clear();
  foreign.found.settings["padding"] = "causal";
}

std::optional<Recognised> recognise_conv(const GraphView& graph, std::size_t index, std::size_t axes) {
  const Node& node = graph.nodes[index];
  std::optional<ForeignConvolution> foreign = foreign_convolution(graph, index, "Conv", axes);
  if (!foreign) return std::nullopt;
  const std::int64_t groups = node.get<std::int64_t>("group", 1);
  const bool depthwise = axes < 3 && groups > 1 && foreign->kernel.dim(1) == 1;
  if (depthwise) return std::nullopt;
  Recognised& found = foreign->found;
  if (axes == 1) name_causal(*foreign);
  found.settings["filters"] = foreign->kernel.dim(0);
  if (groups != 1) found.settings["groups"] = groups;
  found.weights.insert(found.weights.begin(), {"kernel", filters_last(foreign->kernel)});
  take_activation(graph, found);
  return found;
}

template <std::size_t Axes>
LayerEntry conv_entry() {
  LayerEntry made = entry<ConvOver<Axes>>(upkeep::format("Conv{}D", Axes),
                                          [](const GraphView& graph, std::size_t node) { return recognise_conv(graph, node, Axes); });
  made.aliases.push_back(upkeep::format("Convolution{}D", Axes));
  return made;
}

}  // namespace

void add_conv(LayerCatalog& catalog) {
  catalog.add(conv_entry<1>());
  catalog.add(conv_entry<2>());
  catalog.add(conv_entry<3>());
}

}  // namespace layers
}  // namespace upkeep
