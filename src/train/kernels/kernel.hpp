// Fused operators for training, in the domain "upkeep": each is quicker than the standard operators that it stands for, and means the same.
//
// A member brings its expansion into standard operators, which is its reference in tests and what everybody else gets; its kernel; and
// how it comes into a graph: as the gradient of an operator (a rule that is preferred to the one of train/gradients), or in place of a
// pattern of the forward graph.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/catalog.hpp"
#include "graph/ops.hpp"
#include "graph/uses.hpp"
#include "runtime/kernel.hpp"
#include "train/gradients/form.hpp"

namespace upkeep::kernels {

inline constexpr const char* kDomain = "upkeep";

// The operator in standard operators, given its node and inputs: a value for each output that the node has. Absent: an output that only
// serves operators of this room, whose expansions do without it.
using Expansion = std::function<std::vector<Value>(Ops& ops, const Node& node, const std::vector<Value>& inputs)>;
// The types of all its outputs.
using TypeInference = std::function<std::vector<ValueType>(const std::vector<Value>& inputs, const std::vector<Attribute>& attributes)>;

// A node of a forward graph, and what is around it.
class Place {
 public:
  // `uses` are those of `graph`.
  Place(const Graph& graph, const Uses& uses, const Node& node, const std::vector<std::string>& roots)
      : graph_(graph), uses_(uses), node_(node), roots_(roots) {}
  const Node& node() const { return node_; }
  const Node* producer(const std::string& value) const;
  // Nobody else reads the value.
  bool only_reader(const std::string& value) const;

 private:
  const Graph& graph_;
  const Uses& uses_;
  const Node& node_;
  const std::vector<std::string>& roots_;
};
// What to put in place of a node: a value for each of its outputs. Empty: it stays.
using Fusion = std::function<std::vector<Value>(const Place& place, Ops& ops)>;

struct KernelEntry {
  std::string name;  // the operator, "ConvGrad"
  std::string help;
  std::vector<DType> inputs;
  std::size_t optional_inputs = 0;  // how many of the last may be absent
  std::vector<DType> outputs;
  TypeInference infer;
  Expansion expand;
  std::function<std::unique_ptr<Kernel>(const KernelAttributes&)> make;
  // Gradients of operators: "Relu", or "upkeep:Conv" of this room. A rule that answers with nothing leaves the node to the standard one.
  std::vector<std::pair<std::string, gradients::Rule>> rules = {};
  Fusion fuse = {};
  Settings settings = {};
};
using KernelCatalog = Catalog<KernelEntry>;
const KernelCatalog& catalog();

// For SessionOptions::kernels.
const KernelDomain& domain();

// Whether the operator takes values of these types.
bool takes(std::string_view name, const std::vector<Value>& inputs);
// Appends the operator. `wanted` says which outputs; the others are absent Values. Throws Error{kInternal} unless it takes() the inputs.
std::vector<Value> apply(Ops& ops, std::string_view name, const std::vector<Value>& inputs, std::vector<Attribute> attributes = {},
                         const std::vector<bool>& wanted = {});

// The preferred gradient rule for a node, or nullptr.
const gradients::Rule* rule_for(const Node& node);

// Puts operators of this room in place of what they stand for. `roots` are values besides the graph's outputs that are read from outside,
// or will be.
void fuse(Ops& ops, const std::vector<Value>& roots);

// The same model in standard operators only.
void expand(Model& model);

// --- what members are written in -------------------------------------------------------------------------------------

// Outputs of the types of these inputs.
TypeInference like(std::vector<std::size_t> inputs);

// Which of its first `count` outputs a node has: for gradients, those of the inputs that are wanted.
std::vector<bool> wanted_outputs(const Node& node, std::size_t count);

// The gradients of a standard operator by its rule of train/gradients, for expansions. Inputs and outputs that the rule does not look at
// may be absent; `grads` are those of the outputs, and `wanted` says which inputs' gradients are made.
gradients::Grads by_rule(Ops& ops, Node node, std::vector<Value> inputs, std::vector<Value> outputs, std::vector<Value> grads,
                         std::vector<bool> wanted);

// The same for an operator that has a lowering instead of a rule: `build` appends it to the given inputs, whose gradients are answered
// with, absent where not wanted.
gradients::Grads by_lowering(Ops& ops, const std::vector<Value>& inputs, const std::vector<bool>& wanted, const std::vector<Value>& grads,
                             const std::function<std::vector<Value>(const std::vector<Value>& inputs)>& build);

}  // namespace upkeep::kernels
