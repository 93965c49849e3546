// What the convolution layers have in common: most of their settings, the check of them, the way from Keras's order of axes and back.
#pragma once

#include <string>
#include <vector>

#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/shared/window.hpp"

namespace upkeep::layers {

struct ConvolutionOptions {
  explicit ConvolutionOptions(std::size_t axes) : strides(ones(axes)), dilation_rate(ones(axes)) {}

  Json kernel_size = nullptr;
  Json strides;
  std::string padding = "valid";
  std::string data_format = "channels_last";
  Json dilation_rate;
  Json activation = nullptr;
  bool use_bias = true;
  WeightSettings bias{"zeros"};
  Json activity_regularizer = nullptr;
  bool trainable = true;
};

// The fields of ConvolutionOptions as fields of T, which is derived from it.
template <typename T>
std::vector<Field> convolution_fields(Choices paddings = {"valid", "same"}) {
  std::vector<Field> all = {
      field<T, Json>("kernel_size", &T::kernel_size, "size of the window: a number for all axes, or a list; must be given"),
      field<T, Json>("strides", &T::strides, "steps of the window"),
      field<T, std::string>("padding", &T::padding, "zeros around the input; same: the output has a size of ceil(input / stride)",
                            paddings),
      field<T, std::string>("data_format", &T::data_format, "where the channels are", one_of({"channels_last", "channels_first"})),
      field<T, Json>("dilation_rate", &T::dilation_rate, "distance between the elements that the window takes"),
      field<T, Json>("activation", &T::activation, "activation function; null for none"),
      field<T, bool>("use_bias", &T::use_bias, "whether to add a bias")};
  append_fields(all, weight_fields<T>("bias", &T::bias));
  append_fields(all, field<T, Json>("activity_regularizer", &T::activity_regularizer, "penalty on the output"));
  append_fields(all, field<T, bool>("trainable", &T::trainable, "whether training changes the weights"));
  return all;
}

class ConvolutionLayer : public Layer {
 public:
  Value build(const BuildContext& context) const final;

 protected:
  // `kind` is the layer's name, for messages.
  ConvolutionLayer(std::string kind, ConvolutionOptions options, std::size_t axes);

  void expect_positive(const char* setting, std::int64_t value) const;
  // Keras allows one of them, except in depthwise layers.
  void refuse_strides_with_dilation() const;

  // y [batch, filters, ...] of x [batch, channels, ...]; `bias` is absent where the layer has none.
  virtual Value convolution(const BuildContext& context, const Value& x, const Value& bias) const = 0;

  // How many channels the input has; throws where that is not known or the input's rank is wrong.
  std::int64_t channels(const Dims& input) const;
  // A kernel [..., last_but_one, last] over a window of `size`.
  WeightSpec kernel(std::string name, const Sizes& size, std::int64_t last_but_one, std::int64_t last, const WeightSettings& about) const;
  // With the bias behind, if there is one.
  std::vector<WeightSpec> with_bias(std::vector<WeightSpec> kernels, std::int64_t filters) const;

  const std::string kind_;
  const std::size_t axes_;
  Window window_;

 private:
  ConvolutionOptions options_;
  Activation activation_;
};

// A kernel [..., a, b] as [b, a, ...].
Value filters_first(Ops& ops, const Value& kernel);
// A depthwise kernel [..., channels, multiplier] as [channels * multiplier, 1, ...].
Value depthwise_filters(Ops& ops, const Value& kernel);

}  // namespace upkeep::layers
