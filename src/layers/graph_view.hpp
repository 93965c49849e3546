// What recognisers ask of a graph.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep::layers {

// The value where it never changes: an initializer, a Constant node, and Identity, Sqrt, Max, Transpose or Reshape over one.
std::optional<Tensor> constant(const Graph& graph, std::string_view value);
// A float32 constant; nullopt for other types.
std::optional<Tensor> float_constant(const Graph& graph, std::string_view value);
// The numbers of an int64 constant, whatever its shape; nullopt for other values.
std::optional<std::vector<std::int64_t>> integer_constant(const Graph& graph, std::string_view value);
// A float32 constant of one element.
std::optional<float> scalar_constant(const Graph& graph, std::string_view value);

// The tensor with its axes in another order: axis i of the result is axis order[i]. Throws Error{kUnsupported} for elements that are no
// whole bytes: strings, 4-bit numbers.
Tensor permuted(const Tensor& tensor, const std::vector<std::int64_t>& order);

// Indices of the nodes that read `value`, each once.
std::vector<std::size_t> readers(const Graph& graph, std::string_view value);
// The one node that reads `value`; nullopt when there are more, or when the graph gives it as an output.
std::optional<std::size_t> only_reader(const Graph& graph, std::string_view value);
bool is_output(const Graph& graph, std::string_view value);

// The nodes that `value` is made by and that only `nodes` read, added to them.
void take_makers(const Graph& graph, const std::string& value, std::vector<std::size_t>& nodes);

// The dimensions as far as known; nullptr when not even the rank is.
const Dims* dims(const Graph& graph, std::string_view value);

// The two inputs of a node of which exactly one is a float32 constant.
struct Operand {
  std::string value;
  Tensor constant;
  bool constant_first = false;
};
std::optional<Operand> constant_operand(const Graph& graph, const Node& node);

// One number for each channel of [batch, channels, ...], [channels], where the constant is that: of shape [channels, 1, ..., 1].
std::optional<Tensor> each_channel(const Tensor& constant, const Dims& input);

// The longest chain of Mul, Div, Add and Sub with constants from `node` on that is y = scale * x + offset, elementwise: one number each, or
// one per element of the last axis.
struct Affine {
  std::vector<double> scale = {1};
  std::vector<double> offset = {0};
  std::vector<std::size_t> nodes;
  std::string input;
  std::string output;
};
std::optional<Affine> affine_chain(const Graph& graph, std::size_t node);

// The double with the fewest digits that is this float: 0.3 for 0.3F. For settings that people read.
double shortest(float number);

inline bool is(const Node& node, std::string_view op) { return node.op == op && node.domain.empty(); }

}  // namespace upkeep::layers
