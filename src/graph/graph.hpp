// The graph: operators and values in SSA form, the truth of a model. A plain, copyable value; tensors inside are shared.
// It keeps everything that an ONNX file can say, so that reading and writing one loses nothing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "upkeep/error.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

struct Graph;

// One dimension of a type: a number, a symbol ("batch"), or unknown.
struct Dim {
  std::int64_t value = -1;  // -1: not a number
  std::string symbol;       // may be empty
  Dim() = default;
  Dim(std::int64_t number) : value(number) {}         // NOLINT: a number is a dimension
  Dim(std::string name) : symbol(std::move(name)) {}  // NOLINT
  Dim(const char* name) : symbol(name) {}             // NOLINT
  bool known() const { return value >= 0; }
  bool operator==(const Dim&) const = default;
};
using Dims = std::vector<Dim>;
std::string to_string(const Dims& dims);  // "[batch, 10]", "?" for unknown

// A value's type. Tensors in full; sequences, maps, optionals and sparse tensors are kept as they were (`opaque`, a serialised TypeProto).
struct ValueType {
  DType dtype = DType::kUndefined;
  std::optional<Dims> shape;  // nullopt: rank unknown
  std::string opaque;
  bool operator==(const ValueType&) const = default;
};
std::string to_string(const ValueType& type);  // "float32[batch, 10]"

using Metadata = std::vector<std::pair<std::string, std::string>>;  // in file order
const std::string* find(const Metadata& metadata, std::string_view key);
void set(Metadata& metadata, std::string key, std::string value);

struct ValueInfo {
  std::string name;
  ValueType type;
  std::string doc;
  Metadata metadata;
  bool operator==(const ValueInfo&) const = default;
};

using GraphPtr = std::shared_ptr<const Graph>;  // a sub-graph of If, Loop, Scan

// An attribute that has no C++ form here (sparse tensors, type protos) or refers to a function's attribute: a serialised AttributeProto.
struct OpaqueAttribute {
  std::string bytes;
  bool operator==(const OpaqueAttribute&) const = default;
};

using AttributeValue = std::variant<std::int64_t, float, std::string, Tensor, GraphPtr, std::vector<std::int64_t>, std::vector<float>,
                                    std::vector<std::string>, std::vector<Tensor>, std::vector<GraphPtr>, OpaqueAttribute>;

struct Attribute {
  std::string name;
  AttributeValue value;
  std::string doc;
};

struct Node {
  std::string op;      // "Gemm"
  std::string domain;  // "" is ai.onnx
  std::string name;
  std::vector<std::string> inputs;  // "" is an absent optional input
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes;
  std::string overload;
  std::string doc;
  Metadata metadata;
  std::string opaque;  // a serialised NodeProto with what else there was (names inside attribute tensors, fields newer than ours)

  const Attribute* find(std::string_view attribute) const;
  // The attribute's value, or the fallback. Throws Error{kCorrupt} when it has another type.
  template <typename T>
  T get(std::string_view attribute, T fallback) const;
};

// One graph. Names of values are unique over inputs, initializers and node outputs (SSA). Nodes are in topological order.
struct Graph {
  std::string name;
  std::string doc;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<ValueInfo> values;                             // types of inner values, where known
  std::vector<std::pair<std::string, Tensor>> initializers;  // in file order
  std::vector<Node> nodes;
  Metadata metadata;
  std::string opaque;  // a serialised GraphProto with what else there was (sparse initializers, quantisation annotations)

  const Tensor* initializer(std::string_view name) const;
  Tensor* initializer(std::string_view name);
  const ValueInfo* input(std::string_view name) const;
  const ValueInfo* value(std::string_view name) const;  // input, output or inner value; nullptr when its type is unknown
  const Node* producer(std::string_view value) const;   // the node whose output it is; linear search
};

// A model: a graph, the operator sets it is written in, and what else an ONNX file carries.
struct Model {
  Graph graph;
  std::int64_t ir_version = 10;
  std::map<std::string, std::int64_t> opsets = {{"", 21}};  // by domain
  std::string producer_name;
  std::string producer_version;
  std::string domain;
  std::int64_t model_version = 0;
  std::string doc;
  Metadata metadata;
  std::vector<std::string> functions;  // serialised FunctionProto, in file order
  // What training goes on from: optimiser slots, named "SLOT/WEIGHT" ("velocity/dense_1/kernel"). In a file they are the initializers of
  // one TrainingInfoProto's algorithm graph, named "upkeep", which runtimes ignore.
  std::vector<std::pair<std::string, Tensor>> training_tensors;
  std::string opaque;  // a serialised ModelProto with what else there was (training info)
};

inline constexpr std::int64_t kOpset = 21;  // what we write: the newest that Debian's libonnx and ONNX Runtime's headers agree on
inline constexpr std::int64_t kIrVersion = 10;

template <typename T>
T Node::get(std::string_view attribute, T fallback) const {
  const Attribute* found = find(attribute);
  if (!found) return fallback;
  if (const T* value = std::get_if<T>(&found->value)) return *value;
  throw Error(ErrorCode::kCorrupt, "attribute \"" + std::string(attribute) + "\" of " + op + " \"" + name + "\" has the wrong type");
}

}  // namespace upkeep
