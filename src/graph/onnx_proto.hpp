// Between the graph and libonnx's messages. Seen by this folder only.
#pragma once

#include <onnx/onnx_pb.h>

#include <functional>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep::proto {

// Brings in the bytes of a tensor whose data lies outside of the message.
using ExternalData = std::function<Tensor(const onnx::TensorProto&)>;
Tensor refuse_external(const onnx::TensorProto& tensor);  // throws Error{kUnsupported}

// Into the graph. Messages are consumed: large buffers move, they are not copied. Throws Error{kCorrupt}.
Model model_from(onnx::ModelProto&& message, const ExternalData& external = refuse_external);
Tensor tensor_from(onnx::TensorProto&& message, const ExternalData& external = refuse_external);
Node node_from(onnx::NodeProto&& message, const ExternalData& external = refuse_external);
ValueType type_from(const onnx::TypeProto& message);
std::string plain_domain(const std::string& domain);  // "ai.onnx" is ""

// Which tensors keep their bytes elsewhere: called with the empty message, true when it filled in where.
using PlaceData = std::function<bool(const Tensor&, onnx::TensorProto&)>;
bool leave_out_data(const Tensor&, onnx::TensorProto&);  // for those who read types and names only

// Out of the graph.
onnx::ModelProto to_message(const Model& model, const PlaceData& place = {});
void to_message(const Node& node, onnx::NodeProto& into, const PlaceData& place = {});
void to_message(const Tensor& tensor, onnx::TensorProto& into, const PlaceData& place = {});
void to_message(const ValueType& type, onnx::TypeProto& into);

std::vector<std::string> sparse_initializers(const Graph& graph);  // their names; they live in graph.opaque
// "[ShapeInferenceError] (op_type:Gemm): ..." -> what a person needs of a message of libonnx.
std::string plain_message(std::string text);

}  // namespace upkeep::proto
