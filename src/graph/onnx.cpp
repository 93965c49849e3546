#include "graph/onnx.hpp"

#include "graph/onnx_proto.hpp"

namespace upkeep {

Model model_from_bytes(std::string_view bytes, const ModelLimits& limits) {
  if (bytes.size() > limits.file_bytes) throw Error(ErrorCode::kResourceExhausted, "the model is too large");
  onnx::ModelProto message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) throw Error(ErrorCode::kCorrupt, "not an ONNX model");
  return proto::model_from(std::move(message));
}

std::string model_to_bytes(const Model& model) {
  const onnx::ModelProto message = proto::to_message(model);
  std::string bytes;
  if (message.ByteSizeLong() > std::size_t{0x7fffffff} || !message.SerializeToString(&bytes))
    throw Error(ErrorCode::kResourceExhausted, "the model is too large for one protobuf message", "at most 2 GB; save it as a file");
  return bytes;
}

}  // namespace upkeep
