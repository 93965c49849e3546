#include "layers/shared/convolution.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "layers/keras/form.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::layers {

ConvolutionLayer::ConvolutionLayer(std::string kind, ConvolutionOptions options, std::size_t axes)
    : kind_(std::move(kind)), axes_(axes), options_(std::move(options)) {
  if (options_.kernel_size.is_null())
    throw Error(ErrorCode::kInvalidArgument, "a " + kind_ + " layer needs a kernel_size", "such as kernel_size: 3");
  window_.size = read_sizes(kind_ + ".kernel_size", options_.kernel_size, axes);
  window_.strides = read_sizes(kind_ + ".strides", options_.strides, axes);
  window_.dilation = read_sizes(kind_ + ".dilation_rate", options_.dilation_rate, axes);
  window_.padding = options_.padding;
  activation_ = in_context(kind_ + ".activation", [&] { return read_activation(options_.activation); });
  check(options_.bias, kind_, "bias");
  in_context(kind_ + ".activity_regularizer", [&] { check_regularizer(options_.activity_regularizer); });
}

void ConvolutionLayer::expect_positive(const char* setting, std::int64_t value) const {
  if (value < 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("a {} layer needs a number of {}", kind_, setting),
                upkeep::format("such as {}: 16", setting));
}

void ConvolutionLayer::refuse_strides_with_dilation() const {
  if (std::ranges::max(window_.strides) > 1 && std::ranges::max(window_.dilation) > 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{}: strides and dilation_rate are both greater than 1", kind_),
                "Keras allows one of them");
}

std::int64_t ConvolutionLayer::channels(const Dims& input) const {
  if (input.size() != axes_ + 2) throw wrong_spatial_axes(input, axes_);
  const Dim& size = options_.data_format == "channels_first" ? input[1] : input.back();
  if (!size.known())
    throw Error(ErrorCode::kInvalidArgument, "it expects a known number of channels, got " + to_string(input),
                "give the input layer its shape");
  return size.value;
}

WeightSpec ConvolutionLayer::kernel(std::string name, const Sizes& size, std::int64_t last_but_one, std::int64_t last,
                                    const WeightSettings& about) const {
  Shape shape = size;
  shape.push_back(last_but_one);
  shape.push_back(last);
  return weight_spec(std::move(name), std::move(shape), about, options_.trainable);
}

std::vector<WeightSpec> ConvolutionLayer::with_bias(std::vector<WeightSpec> kernels, std::int64_t filters) const {
  if (options_.use_bias) kernels.push_back(weight_spec("bias", {filters}, options_.bias, options_.trainable));
  return kernels;
}

Value ConvolutionLayer::build(const BuildContext& context) const {
  Ops& ops = context.ops;
  const Value x = channels_first(ops, ops.cast(context.inputs[0], DType::kFloat32), options_.data_format);
  Value y = convolution(context, x, options_.use_bias ? context.weight("bias") : Value());
  y = activate(ops, in_data_format(ops, y, options_.data_format), activation_);
  penalise(context, y, options_.activity_regularizer);
  return y;
}

namespace {

// [a, b, 0, 1, ...], with a and b counted from the end.
Sizes axes_in_front(std::size_t rank, std::int64_t a, std::int64_t b) {
  const auto size = static_cast<std::int64_t>(rank);
  Sizes order = {size - a, size - b};
  for (std::int64_t axis = 0; axis < size - 2; ++axis) order.push_back(axis);
  return order;
}

}  // namespace

Value filters_first(Ops& ops, const Value& kernel) { return ops.transpose(kernel, axes_in_front(kernel.rank(), 1, 2)); }

Value depthwise_filters(Ops& ops, const Value& kernel) {
  const Dims& dims = kernel.dims();
  Sizes shape = {dims[dims.size() - 2].value * dims[dims.size() - 1].value, 1};
  for (std::size_t axis = 0; axis + 2 < dims.size(); ++axis) shape.push_back(dims[axis].value);
  return ops.reshape(ops.transpose(kernel, axes_in_front(dims.size(), 2, 1)), std::move(shape));
}

}  // namespace upkeep::layers
