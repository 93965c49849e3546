// Operators as C++: one member of this room per operator or close family writes the loops that compute it, with every size a number.
//
// What a member writes is the body of one function. Its parameters are pointers: x0, x1, ... to the node's inputs, y0, y1, ... to its
// outputs, `scratch` to memory for the time of the call. Parameters that the body does not name are left out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "convert/firmware/shared/code.hpp"
#include "graph/graph.hpp"

namespace upkeep::firmware {

struct Operand {
  std::string name;  // "x0"; empty: the node has no such input or output
  DType dtype = DType::kUndefined;
  Shape shape;
  const Tensor* constant = nullptr;  // its values, where they are the same in every run
  explicit operator bool() const { return !name.empty(); }
  std::size_t rank() const { return shape.size(); }
  std::int64_t count() const { return element_count(shape); }
};

// A node whose shapes are all known.
class Operation {
 public:
  Operation(const Node& node, std::vector<Operand> inputs, std::vector<Operand> outputs)
      : node_(node), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {}

  const std::string& op() const { return node_.op; }
  std::size_t input_count() const { return inputs_.size(); }
  std::size_t output_count() const { return outputs_.size(); }
  Operand input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : Operand(); }
  Operand output(std::size_t i) const { return i < outputs_.size() ? outputs_[i] : Operand(); }
  template <typename T>
  T attribute(std::string_view name, T fallback) const {
    return node_.get<T>(name, std::move(fallback));
  }
  bool has(std::string_view attribute) const { return node_.find(attribute) != nullptr; }

  // The values of an input that decides about sizes. Throws Error{kUnsupported} where they are known in a run only.
  const Tensor& constant(std::size_t input) const;
  std::vector<std::int64_t> ints(std::size_t input) const;
  // An axis of `rank` from an attribute, counted from the front.
  std::size_t axis(std::string_view attribute, std::int64_t fallback, std::size_t rank) const;

  DType dtype() const { return outputs_.at(0) ? outputs_.at(0).dtype : inputs_.at(0).dtype; }
  std::string type() const { return type_name(dtype()); }                     // of what is computed
  std::string number(double value) const { return literal(value, dtype()); }  // of that type
  // So many elements, of type() where no other is given, for the time of the call, under the name "scratch".
  void use_scratch(std::int64_t count, std::optional<DType> of = std::nullopt) { scratch_ = count, scratch_dtype_ = of; }
  std::int64_t scratch() const { return scratch_; }
  DType scratch_dtype() const { return scratch_dtype_.value_or(dtype()); }

 private:
  const Node& node_;
  std::vector<Operand> inputs_;
  std::vector<Operand> outputs_;
  std::int64_t scratch_ = 0;
  std::optional<DType> scratch_dtype_;
};

enum class Memory {
  kOwn,      // outputs lie apart from all inputs
  kInPlace,  // y0 may lie where x0 lies, if that has its shape: each element of x0 is read before the one at its place is written
  kShared,   // y0 is x0 in another shape: nothing is written
};

struct OperatorEntry {
  std::string name;                  // ONNX's: "Conv"
  std::vector<std::string> aliases;  // operators that the same code writes
  std::string help;
  std::function<void(Operation& operation, Code& code)> write;  // absent where memory is kShared
  Memory memory = Memory::kOwn;
  Settings settings = {};
};
using OperatorCatalog = Catalog<OperatorEntry>;
const OperatorCatalog& catalog();

// Error{kUnsupported} about a setting that is not written as C++.
Error not_written(const std::string& what);

// An axis counted from the back or the front, from the front. Throws Error{kInvalidArgument}.
std::size_t front_axis(std::int64_t axis, std::size_t rank);

}  // namespace upkeep::firmware
