// What each IR version brought (onnx.proto's own list): a model that uses it cannot be declared an older one.
#include <algorithm>
#include <array>

#include "graph/onnx_file.hpp"
#include "graph/opset.hpp"
#include "graph/stop_gradient.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {
namespace {

constexpr std::int64_t kOldest = 4;  // before, every weight was an input as well
constexpr std::int64_t kNewest = onnx::IR_VERSION;

class Uses {
 public:
  explicit Uses(std::int64_t version) : version_(version) {}

  void model(const Model& model) const {
    graph(model.graph);
    if (!model.functions.empty()) need(8, "functions of its own");
    if (!model.training_tensors.empty()) need(7, "training tensors");
    onnx::ModelProto rest;
    rest.ParseFromString(model.opaque);
    if (rest.training_info_size() > 0) need(7, "training info");
    for (const std::string& bytes : model.functions) {
      onnx::FunctionProto function;
      function.ParseFromString(bytes);
      if (function.attribute_proto_size() > 0) need(9, "function \"" + function.name() + "\" with defaults for its attributes");
      if (!function.overload().empty()) need(10, "function \"" + function.name() + "\" with an overload");
    }
  }

 private:
  void need(std::int64_t since, const std::string& what) const {
    if (version_ < since)
      throw Error(ErrorCode::kUnsupported, "the model has " + what + ", which IR version " + std::to_string(version_) + " has no field for",
                  "IR version " + std::to_string(since) + " is the first");
  }

  void dtype(DType dtype, const std::string& name) const {
    static constexpr std::array kEights = {DType::kFloat8E4M3FN, DType::kFloat8E4M3FNUZ, DType::kFloat8E5M2, DType::kFloat8E5M2FNUZ};
    if (std::ranges::contains(kEights, dtype)) need(9, "\"" + name + "\" of type " + to_string(dtype));
    if (dtype == DType::kInt4 || dtype == DType::kUInt4) need(10, "\"" + name + "\" of type " + to_string(dtype));
    if (dtype == DType::kFloat4E2M1) need(11, "\"" + name + "\" of type " + to_string(dtype));
  }

  void graph(const Graph& graph) const {
    if (!graph.metadata.empty()) need(10, "metadata at graph \"" + graph.name + "\"");
    for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values})
      for (const ValueInfo& value : *list) {
        dtype(value.type.dtype, value.name);
        if (!value.metadata.empty()) need(10, "metadata at value \"" + value.name + "\"");
        onnx::TypeProto type;
        if (type.ParseFromString(value.type.opaque) && type.has_optional_type()) need(8, "the optional value \"" + value.name + "\"");
      }
    for (const auto& [name, tensor] : graph.initializers) dtype(tensor.dtype(), name);
    onnx::GraphProto rest;
    rest.ParseFromString(graph.opaque);
    if (rest.sparse_initializer_size() > 0) need(6, "sparse weights");
    if (rest.quantization_annotation_size() > 0) need(5, "notes about quantisation");
    for (const Node& node : graph.nodes) this->node(node);
  }

  void node(const Node& node) const {
    if (!node.overload.empty()) need(10, "node \"" + node.name + "\" with an overload");
    // Readers of older versions pass over the field, and what stops a gradient is no part of the answers.
    if (!node.metadata.empty() && !(stops_gradient(node) && node.metadata.size() == 1)) need(10, "metadata at node \"" + node.name + "\"");
    for (const Attribute& attribute : node.attributes)
      if (const auto* tensor = std::get_if<Tensor>(&attribute.value)) dtype(tensor->dtype(), node.name);
    for (const GraphPtr& inner : subgraphs(node)) graph(*inner);
  }

  const std::int64_t version_;
};

}  // namespace

void set_ir_version(Model& model, std::int64_t version) {
  if (version < kOldest || version > kNewest)
    throw Error(ErrorCode::kInvalidArgument, "IR version " + std::to_string(version) + " is not known here",
                std::to_string(kOldest) + " to " + std::to_string(kNewest) + " are");
  Uses(version).model(model);
  model.ir_version = version;
}

}  // namespace upkeep
