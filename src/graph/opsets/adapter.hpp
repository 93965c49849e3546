// Operators whose form or meaning changed between two operator sets of ai.onnx, and how a node is written on the other side of the change.
// A change that only adds types, or attributes whose default says what was the case before, needs no member of this room.
//
// No adapter of libonnx runs here: those index inputs that are optional, keep nodes whose meaning changed, and know whole graphs only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/catalog.hpp"
#include "graph/graph.hpp"

namespace upkeep::opsets {

// What is known of the values that the nodes of a graph read: its own and, through `outer`, those of the graphs around it.
class Known {
 public:
  explicit Known(const Known* outer = nullptr) : outer_(outer) {}
  void declare(const std::string& name, const ValueType& type) { types_[name] = type; }
  void constant(const std::string& name, const Tensor& tensor);
  void varies(const std::string& name, const ValueType& type);  // a constant that callers may replace is none
  const ValueType* type(const std::string& name) const;         // nullptr: nothing is known
  const Tensor* constant(const std::string& name) const;        // nullptr: it is not the same in every run

 private:
  const Known* outer_;
  std::unordered_map<std::string, ValueType> types_;
  std::unordered_map<std::string, Tensor> constants_;
};

// Names and constants that are new to the model.
class NewValues {
 public:
  // Where constants go: functions have no initializers, and before IR version 4 an initializer was an input as well.
  enum class Constants { kInitializers, kNodes };
  explicit NewValues(Constants as) : as_(as) {}

  void take(const Graph& graph);  // all names that the graph and its sub-graphs use
  void take(const std::string& name) { names_.insert(name); }
  std::string fresh(const std::string& base);
  std::string constant(const Tensor& tensor);
  std::vector<Node> take_nodes() { return std::exchange(nodes_, {}); }  // that make constants, in front of the node that reads them

  std::vector<std::pair<std::string, Tensor>> initializers;
  std::unordered_set<std::string> at_least_one;  // scales that only enlarge

 private:
  Constants as_;
  std::unordered_set<std::string> names_;
  std::vector<Node> nodes_;
};

// Error{kUnsupported}: the node, by its name or, where it has none, by what it gives.
Error cannot_be_written(const Node& node, std::int64_t version, std::string why);

// A node on its way from one operator set to the next one, up or down.
class Step {
 public:
  Step(Node given, std::int64_t from, std::int64_t to, Known& known, NewValues& made);

  Node node;  // the adapter changes it in place
  const std::int64_t from;
  const std::int64_t to;

  // Throws Error{kUnsupported} with the node, the operator set and the reason.
  [[noreturn]] void refuse(std::string why) const;

  // --- inputs; "" is an absent one
  const std::string& input(std::size_t i) const;
  bool has(std::size_t i) const { return !input(i).empty(); }
  void set_input(std::size_t i, std::string name);  // "" takes it away
  std::optional<Dims> dims(std::size_t i) const;
  std::optional<std::int64_t> rank(std::size_t i) const;
  DType dtype(std::size_t i) const;  // kUndefined: not known
  const Tensor* constant_input(std::size_t i) const;
  DType known_dtype(std::size_t i) const;                                 // refuses where it is not known
  std::int64_t known_rank(std::size_t i) const;                           // refuses where it is not known
  const Tensor& constant_of(std::size_t i, std::string_view what) const;  // refuses where it is computed: older sets have an attribute
  std::vector<std::int64_t> integers(std::size_t i, std::string_view what) const;
  std::vector<float> floats(std::size_t i, std::string_view what) const;  // refuses what float32 does not hold
  bool has_output(std::size_t i) const { return i < node.outputs.size() && !node.outputs[i].empty(); }

  // --- attributes
  bool has_attribute(std::string_view name) const { return node.find(name) != nullptr; }
  template <typename T>
  T attribute(std::string_view name, T fallback) const {
    if (const Attribute* found = node.find(name); found && std::holds_alternative<OpaqueAttribute>(found->value))
      refuse("its attribute \"" + std::string(name) + "\" is given where the function is called");
    return node.get<T>(name, std::move(fallback));
  }
  void set(std::string name, AttributeValue value);
  void erase(std::string_view name);

  // --- what is new: names of values
  std::string constant(const Tensor& tensor) { return made_.constant(tensor); }
  std::string ints(std::vector<std::int64_t> values);                 // int64 [n]
  std::string filled(const Shape& shape, double value, DType dtype);  // of equal elements
  std::string before(std::string op, std::vector<std::string> inputs, std::vector<Attribute> attributes = {});
  std::string under(std::size_t output);  // the node's output gets a new name, for a node behind that gives the old one
  void after(std::string op, std::vector<std::string> inputs, std::string output, std::vector<Attribute> attributes = {});
  void become(std::string op, std::vector<std::string> inputs, std::vector<Attribute> attributes = {});

  NewValues& made() { return made_; }
  std::vector<Node> nodes() &&;

 private:
  const std::string& base() const;
  Known& known_;
  NewValues& made_;
  std::vector<Node> before_;
  std::vector<Node> after_;
};

using Adapt = void (*)(Step&);

// In place of an adapter: the node means something else on the other side, and is written as ONNX defines it by other operators.
void write_out(Step& step);

// nullptr: nothing is to be done in this direction.
struct OperatorChange {
  std::vector<std::string_view> ops;
  std::int64_t since;  // the newer of the two operator sets
  Adapt up = nullptr;
  Adapt down = nullptr;
};

struct AdapterEntry {
  std::string name;
  std::string help;  // which operators, and since when
  std::vector<OperatorChange> changes;
  Settings settings = {};
};
using AdapterCatalog = Catalog<AdapterEntry>;
const AdapterCatalog& catalog();

// What is to be done to the operator between these neighbouring sets; nullptr when nothing is.
Adapt adapter_for(std::string_view op, std::int64_t from, std::int64_t to);

// --- shared by members

// Counts the axes of an integer attribute, or of a list, from the front. `rank`: of the tensor that they are axes of; refuses where it is
// needed and not known.
void count_from_front(const Step& step, std::vector<std::int64_t>& axes, std::optional<std::int64_t> rank);
std::vector<std::int64_t> iota_axes(std::int64_t rank);  // 0, 1, ..., rank - 1

}  // namespace upkeep::opsets
