#include "graph/onnx.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <unordered_set>

#include "graph/onnx_file.hpp"
#include "graph/onnx_pieces.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {

namespace proto {

void check_size(std::uint64_t bytes, const ModelLimits& limits) {
  if (bytes > limits.file_bytes || bytes > kMessageBytes)
    throw Error(ErrorCode::kResourceExhausted, "the model has " + std::to_string(bytes) + " bytes",
                "at most " + std::to_string(std::min(limits.file_bytes, kMessageBytes)) + " are read");
}

onnx::ModelProto parse(std::string_view bytes, const ModelLimits& limits) {
  check_size(bytes.size(), limits);
  check_wire(bytes, limits);
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  in.SetRecursionLimit(limits.protobuf_depth);
  onnx::ModelProto message;
  if (!message.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage()) throw Error(ErrorCode::kCorrupt, "not an ONNX model");
  if (message.ir_version() < 1 || !message.has_graph())
    throw Error(ErrorCode::kCorrupt, "not an ONNX model", message.has_graph() ? "it has no IR version" : "it has no graph");
  if (message.opset_import_size() == 0 && message.ir_version() >= 3)
    throw Error(ErrorCode::kCorrupt, "the model does not say which operator sets it is written in");
  check_functions(message, limits);
  return message;
}

}  // namespace proto

Model model_from_bytes(std::string_view bytes, const ModelLimits& limits) { return proto::model_from(proto::parse(bytes, limits)); }

std::string model_to_bytes(const Model& model) { return proto::joined(proto::pieces_of(model)); }

ModelWithoutWeights model_without_weights(const Model& whole, std::size_t bytes_each) {
  ModelWithoutWeights made;
  Model model = whole;
  drop_unread_initializers(model.graph);
  std::unordered_set<const Tensor*> outside;
  for (const auto& [name, tensor] : model.graph.initializers) {
    if (tensor.size_bytes() < bytes_each || model.graph.input(name)) continue;
    outside.insert(&tensor);
    made.weights.emplace_back(name, tensor);
  }
  made.bytes = proto::joined(proto::pieces_of(model, [&](const Tensor& tensor, onnx::TensorProto& message) {
    if (!outside.contains(&tensor)) return false;
    message.set_data_location(onnx::TensorProto::EXTERNAL);
    proto::set_external(message, "location", "memory");
    proto::set_external(message, "offset", "0");
    proto::set_external(message, "length", std::to_string(tensor.size_bytes()));
    return true;
  }));
  return made;
}

}  // namespace upkeep
