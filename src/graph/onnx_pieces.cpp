// A message is its fields in any order, each after a tag and a length. So the initializers of a graph may stand behind its other fields,
// their data behind the rest of each, and the graphs behind the rest of the model.
#include "graph/onnx_pieces.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <unordered_set>

#include "graph/onnx_file.hpp"

namespace upkeep::proto {

namespace {

constexpr std::size_t kLarge = 1024;  // smaller ones are copied

// The tag and length of a field of bytes.
std::string head_of(int field, std::size_t length) {
  std::uint8_t bytes[20];
  std::uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(field) << 3U | 2U, bytes);
  end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(length, end);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(end - bytes)};
}

std::string_view bytes_of(const Tensor& tensor) { return {reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size_bytes()}; }

using TensorList = std::vector<std::pair<std::string, Tensor>>;
using Outside = std::unordered_set<const Tensor*>;  // those whose data is no part of their message

// The fields that `graph` has beside its initializers, then these; `tensors` are in the order of the initializers.
Pieces graph_pieces(onnx::GraphProto& graph, const TensorList& tensors, const Outside& outside) {
  google::protobuf::RepeatedPtrField<onnx::TensorProto> initializers;
  initializers.Swap(graph.mutable_initializer());
  Pieces pieces;
  pieces.add(graph.SerializeAsString());
  for (int i = 0; i < initializers.size(); ++i) {
    const Tensor& tensor = tensors[static_cast<std::size_t>(i)].second;
    const std::string rest = initializers[i].SerializeAsString();
    if (!outside.contains(&tensor)) {
      pieces.add(head_of(onnx::GraphProto::kInitializerFieldNumber, rest.size()) + rest);
      continue;
    }
    const std::string data = head_of(onnx::TensorProto::kRawDataFieldNumber, tensor.size_bytes());
    pieces.add(head_of(onnx::GraphProto::kInitializerFieldNumber, rest.size() + data.size() + tensor.size_bytes()) + rest + data);
    pieces.view(bytes_of(tensor));
  }
  return pieces;
}

void append(Pieces& to, int field, Pieces inner) {
  to.add(head_of(field, inner.size));
  to.append(std::move(inner));
}

// What is written of a model's training is one graph without nodes, the last of its training_info.
Pieces training_pieces(onnx::TrainingInfoProto& training, const TensorList& tensors, const Outside& outside) {
  Pieces graph = graph_pieces(*training.mutable_algorithm(), tensors, outside);
  training.clear_algorithm();
  Pieces pieces;
  pieces.add(training.SerializeAsString());
  append(pieces, onnx::TrainingInfoProto::kAlgorithmFieldNumber, std::move(graph));
  return pieces;
}

}  // namespace

void Pieces::view(std::string_view bytes) {
  if (bytes.empty()) return;
  views.push_back(bytes);
  size += bytes.size();
}

void Pieces::append(Pieces pieces) {
  views.insert(views.end(), pieces.views.begin(), pieces.views.end());
  texts_.splice(texts_.end(), pieces.texts_);
  size += pieces.size;
}

Pieces pieces_of(const Model& model, const PlaceData& place) {
  Outside outside;
  for (const auto* list : {&model.graph.initializers, &model.training_tensors})
    for (const auto& [name, tensor] : *list)
      if (tensor.dtype() != DType::kString && tensor.size_bytes() >= kLarge) outside.insert(&tensor);
  onnx::ModelProto message = to_message(model, [&](const Tensor& tensor, onnx::TensorProto& into) {
    if (!place || !place(tensor, into)) return outside.contains(&tensor);
    outside.erase(&tensor);
    return true;
  });
  Pieces graph = graph_pieces(*message.mutable_graph(), model.graph.initializers, outside);
  message.clear_graph();
  Pieces training;
  if (!model.training_tensors.empty()) {
    const int last = message.training_info_size() - 1;
    training = training_pieces(*message.mutable_training_info(last), model.training_tensors, outside);
    message.mutable_training_info()->RemoveLast();
  }
  Pieces pieces;
  pieces.add(message.SerializeAsString());
  append(pieces, onnx::ModelProto::kGraphFieldNumber, std::move(graph));
  if (!model.training_tensors.empty()) append(pieces, onnx::ModelProto::kTrainingInfoFieldNumber, std::move(training));
  if (pieces.size > kMessageBytes)
    throw Error(ErrorCode::kResourceExhausted,
                "the model has " + std::to_string(pieces.size) + " bytes: too large for one protobuf message",
                "save it as a file: weights then go to a second file");
  return pieces;
}

std::string joined(const Pieces& pieces) {
  std::string bytes;
  bytes.reserve(pieces.size);
  for (const std::string_view view : pieces.views) bytes += view;
  return bytes;
}

}  // namespace upkeep::proto
