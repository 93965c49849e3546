// What is no layer in a foreign graph, as functions between layers (layers/operations), which Keras 3 keeps in its models as well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/layer.hpp"

namespace upkeep::layers {

// A layer "operation": `function` of layers/operations called with the value that it reads first, and with `arguments`. Arguments that say
// "x" themselves name the values that they read.
PlainLayer operation(const std::string& function, Json arguments = Json::object());
// Axis i of the result is axis order[i].
PlainLayer transposition(const std::vector<std::int64_t>& order);
// x[..., start:stop:step, ...] and x[..., at, ...] along one axis; nullopt bounds: from the beginning, to the end.
PlainLayer slice_of_axis(std::size_t axis, std::optional<std::int64_t> start, std::optional<std::int64_t> stop, std::int64_t step = 1);
PlainLayer element_of_axis(std::size_t axis, std::int64_t at);

// The value beyond an edge is that at the edge: `pads` are ONNX's, [before..., behind...] over all axes. One step of each side at a time,
// which is what every backend of Keras knows (mode "symmetric").
std::vector<PlainLayer> edge_padding(const std::vector<std::int64_t>& pads);

// The function, or the few of them, that graph.nodes[index] is; with a constant beside the value it reads, an einsum_dense layer. The
// settings and `kind` are filled in. nullopt: none is known, or its sizes are not.
std::optional<Recognised> recognise_operation(const GraphView& graph, std::size_t index);

// --- parts of it ---------------------------------------------------------------------------------------------------

// y = x scale + shift, where the constants have axes of x: an einsum_dense layer whose trainable weights they are.
std::optional<Recognised> recognise_array_arithmetic(const GraphView& graph, std::size_t index);
// Resize to known sizes by any rule of ONNX: along each axis a product with a constant matrix.
std::optional<Recognised> recognise_resize(const GraphView& graph, std::size_t index);
// A constant that is spread over the batch: an embedding with one row, looked up for each sample.
std::optional<Recognised> recognise_spread_constant(const GraphView& graph, std::size_t index);

// The finds as one: the plain layers one behind the other, the first of which is the layer itself.
Recognised chain(std::vector<PlainLayer> layers, std::size_t node, std::string input, std::string output);

}  // namespace upkeep::layers
