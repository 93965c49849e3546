// What recognisers ask of a graph.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/nodes.hpp"
#include "graph/uses.hpp"

namespace upkeep::layers {

// The graph of a model, looked at and not changed; nodes are named by their place in the graph's list. The model must outlive its view.
class GraphView {
 public:
  explicit GraphView(const Model& model);

  const std::vector<Node>& nodes;
  const std::vector<ValueInfo>& outputs;
  const std::map<std::string, std::int64_t>& opsets;

  const Tensor* initializer(std::string_view name) const;
  const ValueInfo* value(std::string_view name) const;  // nullptr when its type is unknown
  const Node* producer(std::string_view value) const;
  const std::set<std::size_t>& readers(std::string_view value) const { return uses_.readers(value); }
  std::optional<std::size_t> only_reader(std::string_view value) const { return uses_.only_reader(value); }
  bool is_output(std::string_view value) const { return uses_.is_output(value); }

 private:
  Uses uses_;
  std::unordered_map<std::string_view, const Tensor*> initializers_;
  std::unordered_map<std::string_view, const ValueInfo*> values_;
};

// The value where it never changes: an initializer, a Constant node, and Identity, Sqrt, Max, Transpose or Reshape over one.
std::optional<Tensor> constant(const GraphView& graph, std::string_view value);
// A float32 constant; nullopt for other types.
std::optional<Tensor> float_constant(const GraphView& graph, std::string_view value);
// The numbers of an int64 constant, whatever its shape; nullopt for other values.
std::optional<std::vector<std::int64_t>> integer_constant(const GraphView& graph, std::string_view value);
// A float32 constant of one element.
std::optional<float> scalar_constant(const GraphView& graph, std::string_view value);

// The nodes that `value` is made by and that only `nodes` read, added to them.
void take_makers(const GraphView& graph, const std::string& value, std::vector<std::size_t>& nodes);

// The dimensions as far as known; nullptr when not even the rank is.
const Dims* dims(const GraphView& graph, std::string_view value);

// The two inputs of a node of which exactly one is a float32 constant.
struct Operand {
  std::string value;
  Tensor constant;
  bool constant_first = false;
};
std::optional<Operand> constant_operand(const GraphView& graph, const Node& node);

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
std::optional<Affine> affine_chain(const GraphView& graph, std::size_t node);

// The double with the fewest digits that is this float: 0.3 for 0.3F. For settings that people read.
double shortest(float number);

}  // namespace upkeep::layers
