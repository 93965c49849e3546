// DepthwiseConv1D and 2D: every channel is convolved with `depth_multiplier` kernels of its own.
//
// Weights: kernel [...window, channels, depth_multiplier], bias [channels * depth_multiplier]. In a graph: Conv with a group per channel.

#include "base/format.hpp"
#include "graph/permutation.hpp"
#include "layers/shared/convolution.hpp"
#include "layers/shared/foreign_windows.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct DepthwiseFamily : ConvolutionOptions {
  using ConvolutionOptions::ConvolutionOptions;
  std::int64_t depth_multiplier = 1;
  WeightSettings depthwise{"glorot_uniform"};
};

template <std::size_t Axes>
struct DepthwiseOptions : DepthwiseFamily {
  DepthwiseOptions() : DepthwiseFamily(Axes) {}
};

template <std::size_t Axes>
static Settings describe_depthwise() {
  using T = DepthwiseOptions<Axes>;
  return describe_layer(upkeep::format("depthwise_conv{}d", Axes), "convolution of each channel with kernels of its own",
                        field<T, std::int64_t>("depth_multiplier", &T::depth_multiplier, "kernels per channel", range(1, 1 << 24)),
                        convolution_fields<T>(), weight_fields<T>("depthwise", &T::depthwise));
}

}  // namespace layers

template <>
const Settings settings<layers::DepthwiseOptions<1>> = layers::describe_depthwise<1>();
template <>
const Settings settings<layers::DepthwiseOptions<2>> = layers::describe_depthwise<2>();

namespace layers {
namespace {

class Depthwise : public ConvolutionLayer {
 public:
  Depthwise(const DepthwiseFamily& options, std::size_t axes)
      : ConvolutionLayer(upkeep::format("depthwise_conv{}d", axes), options, axes), options_(options) {
    check(options_.depthwise, kind_, "depthwise");
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const std::int64_t in = channels(inputs[0]);
    return with_bias({kernel("kernel", window_.size, in, options_.depth_multiplier, options_.depthwise)}, in * options_.depth_multiplier);
  }

 protected:
  Value convolution(const BuildContext& context, const Value& x, const Value& bias) const override {
    return convolve(context.ops, x, depthwise_filters(context.ops, context.weight("kernel")), bias, window_, x.dims()[1].value);
  }

 private:
  DepthwiseFamily options_;
};

template <std::size_t Axes>
class DepthwiseOver : public Depthwise {
 public:
  using Options = DepthwiseOptions<Axes>;
  explicit DepthwiseOver(const Options& options) : Depthwise(options, Axes) {}
};

// [channels * multiplier, 1, ...] -> [..., channels, multiplier]
Tensor depthwise_kernel(const Tensor& filters, std::int64_t channels) {
  Shape apart = {channels, filters.dim(0) / channels};
  Sizes order;
  for (std::size_t axis = 2; axis < filters.rank(); ++axis) {
    apart.push_back(filters.dim(axis));
    order.push_back(static_cast<std::int64_t>(axis));
  }
  order.push_back(0);
  order.push_back(1);
  return permuted(filters.reshaped(apart), order);
}

std::optional<Recognised> recognise_depthwise(const GraphView& graph, std::size_t index, std::size_t axes) {
  std::optional<ForeignConvolution> foreign = foreign_convolution(graph, index, "Conv", axes);
  const std::int64_t groups = graph.nodes[index].get<std::int64_t>("group", 1);
  if (!foreign || groups < 2 || foreign->kernel.dim(1) != 1 || foreign->kernel.dim(0) % groups != 0) return std::nullopt;
  Recognised& found = foreign->found;
  if (foreign->kernel.dim(0) != groups) found.settings["depth_multiplier"] = foreign->kernel.dim(0) / groups;
  found.weights.insert(found.weights.begin(), {"kernel", depthwise_kernel(foreign->kernel, groups)});
  take_activation(graph, found);
  return found;
}

template <std::size_t Axes>
LayerEntry depthwise_entry() {
  return entry<DepthwiseOver<Axes>>(upkeep::format("DepthwiseConv{}D", Axes),
                                    [](const GraphView& graph, std::size_t node) { return recognise_depthwise(graph, node, Axes); });
}

}  // namespace

void add_depthwise_conv(LayerCatalog& catalog) {
  catalog.add(depthwise_entry<1>());
  catalog.add(depthwise_entry<2>());
}

}  // namespace layers
}  // namespace upkeep
