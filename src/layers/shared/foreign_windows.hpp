// Convolutions and pools of foreign graphs, in Keras's words. Their padding is often none that Keras knows (PyTorch pads both sides alike);
// then it becomes a layer of its own.
#pragma once

#include <optional>
#include <string_view>

#include "layers/layer.hpp"
#include "layers/shared/window.hpp"

namespace upkeep::layers {

struct ForeignWindow {
  Json settings = Json::object();   // strides, padding, data_format, dilation_rate, where they differ from Keras's defaults
  Window window;                    // with its padding as Keras's word
  std::optional<PlainLayer> zeros;  // the padding, where Keras has no word for it
};

// Whether padding is said by Keras's word "same" where it is that, or by zeros always: where they count.
enum class ForeignPadding { kAny, kZeros };

// The attributes of a node over [batch, channels, ...] whose window has `size`. nullopt: Keras has nothing like it.
std::optional<ForeignWindow> foreign_window(const GraphView& graph, const Node& node, const Sizes& size,
                                            ForeignPadding padding = ForeignPadding::kAny);

struct ForeignConvolution {
  Recognised found;  // without what only one kind of convolution has: filters, the kernel
  Tensor kernel;     // as ONNX has it
  ForeignWindow window;
};
// A node `op` over `axes` spatial axes with constant kernel and bias.
std::optional<ForeignConvolution> foreign_convolution(const GraphView& graph, std::size_t index, std::string_view op, std::size_t axes);
// The activation that reads the layer's output and nothing else does, as the layer's setting.
void take_activation(const GraphView& graph, Recognised& found);

// [b, a, ...] as [..., a, b].
Tensor filters_last(const Tensor& kernel);

}  // namespace upkeep::layers
