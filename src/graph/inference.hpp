// Types, shapes and small constant values of a growing graph, node by node, over libonnx's inference functions.
#pragma once

#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

class Inference {
 public:
  // Only looks at the operator sets and functions of `model`, which must outlive this.
  explicit Inference(const Model& model);

  void declare(const std::string& name, const ValueType& type);
  void constant(const std::string& name, const Tensor& tensor);  // declares it too, and keeps its values when they are few
  // Declares the outputs of `node`. Throws Error{kInvalidArgument}: no such operator, wrong inputs, attributes, types or shapes.
  void add(const Node& node);

  const ValueType* type(const std::string& name) const;
  void rename(const std::string& from, const std::string& to);

 private:
  const onnx::OpSchema* schema(const Node& node) const;
  void run(const Node& node, onnx::NodeProto& message, const onnx::OpSchema* schema, onnx::shape_inference::InferenceContextImpl& context);
  void propagate(const Node& node, onnx::NodeProto& message, const onnx::OpSchema& schema);
  void refine_rank(const Node& node, onnx::TypeProto& output) const;
  void refine_reshape(const Node& node, onnx::TypeProto& output) const;
  bool knows_opsets() const;
  void refresh_opsets();

  const Model& model_;
  std::unordered_map<std::string, ValueType> types_;
  std::deque<onnx::TypeProto> messages_;
  std::unordered_map<std::string, onnx::TypeProto*> message_by_name_;
  std::deque<onnx::TensorProto> tensors_;
  std::unordered_map<std::string, const onnx::TensorProto*> tensor_by_name_;
  onnx::shape_inference::DataValueMap values_;  // integer vectors, entries known or symbolic
  std::deque<onnx::FunctionProto> functions_;
  onnx::shape_inference::ModelLocalFunctionsMap function_by_name_;
  onnx::shape_inference::SymbolTableImpl symbols_;
  std::unordered_map<std::string, int> opsets_;
};

}  // namespace upkeep
