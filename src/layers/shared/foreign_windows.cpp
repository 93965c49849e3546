#include "layers/shared/foreign_windows.hpp"
#include "graph/permutation.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "layers/shared/activations.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep::layers {
namespace {

// Whether `pads` are what Keras's "same" would be on this input.
bool pads_as_same(Window window, const Sizes& pads, const Dims* input) {
  window.padding = "same";
  const std::size_t axes = window.size.size();
  for (std::size_t i = 0; i < axes; ++i) {
    const std::optional<Padding> same = padding(window, i, input && input->size() == axes + 2 ? (*input)[i + 2] : Dim());
    if (!same || *same != Padding{pads[i], pads[i + axes]}) return false;
  }
  return true;
}

PlainLayer zero_padding(const Sizes& pads) {
  const std::size_t axes = pads.size() / 2;
  Json around = Json::array();
  for (std::size_t i = 0; i < axes; ++i) around.push_back({pads[i], pads[i + axes]});
  return {upkeep::format("zero_padding{}d", axes), {{"padding", axes == 1 ? around[0] : around}, {"data_format", "channels_first"}}};
}

// What the pads are in Keras's words; false for none.
bool name_padding(ForeignWindow& made, const Node& node, Sizes pads, const Dims* input, ForeignPadding padding) {
  const std::string automatic = node.get<std::string>("auto_pad", "NOTSET");
  const auto zero = [](std::int64_t pad) { return pad == 0; };
  if (automatic == "VALID") std::ranges::fill(pads, 0);
  if (automatic == "SAME_LOWER" || std::ranges::any_of(pads, [](std::int64_t pad) { return pad < 0; })) return false;
  if (automatic == "SAME_UPPER") made.window.padding = "same";
  else if (std::ranges::all_of(pads, zero)) made.window.padding = "valid";
  else if (padding == ForeignPadding::kAny && pads_as_same(made.window, pads, input)) made.window.padding = "same";
  else made.zeros = zero_padding(pads);
  return true;
}

}  // namespace

std::optional<ForeignWindow> foreign_window(const GraphView& graph, const Node& node, const Sizes& size, ForeignPadding padding) {
  const std::size_t axes = size.size();
  ForeignWindow made;
  made.window = {
      .size = size, .strides = node.get<Sizes>("strides", Sizes(axes, 1)), .dilation = node.get<Sizes>("dilations", Sizes(axes, 1))};
  Sizes pads = node.get<Sizes>("pads", Sizes(2 * axes, 0));
  if (made.window.strides.size() != axes || made.window.dilation.size() != axes || pads.size() != 2 * axes) return std::nullopt;
  if (!name_padding(made, node, std::move(pads), dims(graph, node.inputs[0]), padding)) return std::nullopt;
  made.settings["data_format"] = "channels_first";
  if (made.window.padding != "valid") made.settings["padding"] = made.window.padding;
  if (std::ranges::max(made.window.strides) > 1) made.settings["strides"] = made.window.strides;
  if (std::ranges::max(made.window.dilation) > 1) made.settings["dilation_rate"] = made.window.dilation;
  return made;
}

std::optional<ForeignConvolution> foreign_convolution(const GraphView& graph, std::size_t index, std::string_view op, std::size_t axes) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, op) || node.inputs.size() < 2) return std::nullopt;
  std::optional<Tensor> kernel = float_constant(graph, node.inputs[1]);
  if (!kernel || kernel->rank() != axes + 2 || float_constant(graph, node.inputs[0])) return std::nullopt;
  const std::optional<ForeignWindow> window = foreign_window(graph, node, Sizes(kernel->shape().begin() + 2, kernel->shape().end()));
  if (!window) return std::nullopt;
  ForeignConvolution made{.found = {.settings = window->settings, .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]},
                          .kernel = *std::move(kernel),
                          .window = *window};
  made.found.settings["kernel_size"] = window->window.size;
  if (window->zeros) made.found.before = {*window->zeros};
  if (node.inputs.size() < 3 || node.inputs[2].empty()) {
    made.found.settings["use_bias"] = false;
  } else {
    std::optional<Tensor> bias = float_constant(graph, node.inputs[2]);
    if (!bias) return std::nullopt;
    made.found.weights.emplace_back("bias", *std::move(bias));
  }
  return made;
}

void take_activation(const GraphView& graph, Recognised& found) {
  const auto activation = recognise_activation_after(graph, found.output);
  // Along an axis, an activation would mean another one with the channels elsewhere than Keras expects them.
  if (!activation || activation->activation.parameters.contains("axis")) return;
  found.settings["activation"] = activation_setting(activation->activation);
  found.nodes.insert(found.nodes.end(), activation->nodes.begin(), activation->nodes.end());
  found.output = activation->output;
}

Tensor filters_last(const Tensor& kernel) {
  Sizes order;
  for (std::size_t axis = 2; axis < kernel.rank(); ++axis) order.push_back(static_cast<std::int64_t>(axis));
  order.push_back(1);
  order.push_back(0);
  return permuted(kernel, order);
}

}  // namespace upkeep::layers
