// SeparableConv1D and 2D: a depthwise convolution, then a pointwise one (a window of 1) that mixes the channels.
//
// Weights: depthwise_kernel [...window, channels, depth_multiplier], pointwise_kernel [1, ..., channels * depth_multiplier, filters], bias
// [filters]. TensorFlow's 1D layer takes the strides on both of its two axes, which comes to the same.

#include "base/format.hpp"
#include "layers/shared/convolution.hpp"

namespace upkeep {
namespace layers {

struct SeparableFamily : ConvolutionOptions {
  using ConvolutionOptions::ConvolutionOptions;
  std::int64_t filters = 0;
  std::int64_t depth_multiplier = 1;
  WeightSettings depthwise{"glorot_uniform"};
  WeightSettings pointwise{"glorot_uniform"};
};

template <std::size_t Axes>
struct SeparableOptions : SeparableFamily {
  SeparableOptions() : SeparableFamily(Axes) {}
};

template <std::size_t Axes>
static Settings describe_separable() {
  using T = SeparableOptions<Axes>;
  return describe_layer(
      upkeep::format("separable_conv{}d", Axes), "depthwise convolution, then a pointwise one",
      field<T, std::int64_t>("filters", &T::filters, "number of output channels; must be given", range(1, 1 << 24)),
      convolution_fields<T>(),
      field<T, std::int64_t>("depth_multiplier", &T::depth_multiplier, "depthwise kernels per channel", range(1, 1 << 24)),
      weight_fields<T>("depthwise", &T::depthwise), weight_fields<T>("pointwise", &T::pointwise));
}

}  // namespace layers

template <>
const Settings settings<layers::SeparableOptions<1>> = layers::describe_separable<1>();
template <>
const Settings settings<layers::SeparableOptions<2>> = layers::describe_separable<2>();

namespace layers {
namespace {

class Separable : public ConvolutionLayer {
 public:
  Separable(const SeparableFamily& options, std::size_t axes)
      : ConvolutionLayer(upkeep::format("separable_conv{}d", axes), options, axes), options_(options) {
    expect_positive("filters", options_.filters);
    check(options_.depthwise, kind_, "depthwise");
    check(options_.pointwise, kind_, "pointwise");
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const std::int64_t in = channels(inputs[0]);
    return with_bias({kernel("depthwise_kernel", window_.size, in, options_.depth_multiplier, options_.depthwise),
                      kernel("pointwise_kernel", Sizes(axes_, 1), in * options_.depth_multiplier, options_.filters, options_.pointwise)},
                     options_.filters);
  }

 protected:
  Value convolution(const BuildContext& context, const Value& x, const Value& bias) const override {
    Ops& ops = context.ops;
    const Value deep = convolve(ops, x, depthwise_filters(ops, context.weight("depthwise_kernel")), {}, window_, x.dims()[1].value);
    const Window point{.size = Sizes(axes_, 1), .strides = Sizes(axes_, 1), .dilation = Sizes(axes_, 1)};
    return convolve(ops, deep, filters_first(ops, context.weight("pointwise_kernel")), bias, point, 1);
  }

 private:
  SeparableFamily options_;
};

template <std::size_t Axes>
class SeparableOver : public Separable {
 public:
  using Options = SeparableOptions<Axes>;
  explicit SeparableOver(const Options& options) : Separable(options, Axes) {}
};

template <std::size_t Axes>
LayerEntry separable_entry() {
  LayerEntry made = entry<SeparableOver<Axes>>(upkeep::format("SeparableConv{}D", Axes));
  made.aliases.push_back(upkeep::format("SeparableConvolution{}D", Axes));
  return made;
}

}  // namespace

void add_separable_conv(LayerCatalog& catalog) {
  catalog.add(separable_entry<1>());
  catalog.add(separable_entry<2>());
}

}  // namespace layers
}  // namespace upkeep
