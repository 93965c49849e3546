// Nodes, graphs and models, in both directions. What the graph has no place for goes to an `opaque` message and comes back from there.
#include "graph/onnx_proto.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/names.hpp"

namespace upkeep::proto {
namespace {

using google::protobuf::RepeatedPtrField;
using Entries = RepeatedPtrField<onnx::StringStringEntryProto>;

Metadata metadata_from(const Entries& entries) {
  Metadata made;
  for (const auto& entry : entries) made.emplace_back(entry.key(), entry.value());
  return made;
}

void metadata_to(const Metadata& metadata, Entries& into) {
  for (const auto& [key, value] : metadata) {
    auto* entry = into.Add();
    entry->set_key(key);
    entry->set_value(value);
  }
}

template <typename Message>
std::string opaque_bytes(const Message& message) {
  return message.ByteSizeLong() ? message.SerializeAsString() : std::string();
}

template <typename Message>
void parse_opaque(const std::string& bytes, Message& into) {
  if (!bytes.empty() && !into.ParseFromString(bytes)) throw Error(ErrorCode::kInternal, "an opaque part of the model is damaged");
}

Graph graph_from(onnx::GraphProto&& message, const ExternalData& external);

// What a tensor carries beside its elements: kept as a stub under its name.
void keep_tensor_extras(onnx::TensorProto& message, bool keep_name, onnx::TensorProto& stub) {
  if (keep_name && message.has_name()) stub.set_name(message.name());
  if (message.has_doc_string()) stub.set_doc_string(message.doc_string());
  *stub.mutable_metadata_props() = message.metadata_props();
  stub.mutable_unknown_fields()->MergeFrom(message.unknown_fields());
}

AttributeValue attribute_value(onnx::AttributeProto& message, const ExternalData& external) {
  using A = onnx::AttributeProto;
  switch (message.type()) {
    case A::FLOAT: return message.f();
    case A::INT: return static_cast<std::int64_t>(message.i());
    case A::STRING: return message.s();
    case A::TENSOR: return tensor_from(std::move(*message.mutable_t()), external);
    case A::GRAPH: return GraphPtr(std::make_shared<const Graph>(graph_from(std::move(*message.mutable_g()), external)));
    case A::FLOATS: return std::vector<float>(message.floats().begin(), message.floats().end());
    case A::INTS: return std::vector<std::int64_t>(message.ints().begin(), message.ints().end());
    case A::STRINGS: return std::vector<std::string>(message.strings().begin(), message.strings().end());
    case A::TENSORS: {
      std::vector<Tensor> tensors;
      for (auto& tensor : *message.mutable_tensors()) tensors.push_back(tensor_from(std::move(tensor), external));
      return tensors;
    }
    case A::GRAPHS: {
      std::vector<GraphPtr> graphs;
      for (auto& graph : *message.mutable_graphs()) graphs.push_back(std::make_shared<const Graph>(graph_from(std::move(graph), external)));
      return graphs;
    }
    default: return OpaqueAttribute{message.SerializeAsString()};
  }
}

// Files before IR version 2 leave the type out; it follows from the field that is there.
void complete_type(onnx::AttributeProto& a) {
  using A = onnx::AttributeProto;
  if (a.has_type() && a.type() != A::UNDEFINED) return;
  a.set_type(a.has_f()          ? A::FLOAT
             : a.has_i()        ? A::INT
             : a.has_s()        ? A::STRING
             : a.has_t()        ? A::TENSOR
             : a.has_g()        ? A::GRAPH
             : a.floats_size()  ? A::FLOATS
             : a.ints_size()    ? A::INTS
             : a.strings_size() ? A::STRINGS
             : a.tensors_size() ? A::TENSORS
             : a.graphs_size()  ? A::GRAPHS
                                : A::UNDEFINED);
}

Attribute attribute_from(onnx::AttributeProto&& message, const ExternalData& external, onnx::NodeProto& rest) {
  Attribute made{.name = message.name(), .value = {}, .doc = message.doc_string()};
  if (message.has_ref_attr_name() || message.has_sparse_tensor() || message.sparse_tensors_size() || message.has_tp() ||
      message.type_protos_size()) {
    made.value = OpaqueAttribute{message.SerializeAsString()};
    return made;
  }
  complete_type(message);
  onnx::AttributeProto stub;
  if (message.has_t()) keep_tensor_extras(*message.mutable_t(), true, *stub.mutable_t());
  for (auto& tensor : *message.mutable_tensors()) keep_tensor_extras(tensor, true, *stub.add_tensors());
  if (stub.has_t() && stub.t().ByteSizeLong() == 0) stub.clear_t();
  stub.mutable_unknown_fields()->MergeFrom(message.unknown_fields());
  if (stub.ByteSizeLong()) {
    stub.set_name(message.name());
    *rest.add_attribute() = std::move(stub);
  }
  made.value = attribute_value(message, external);
  return made;
}

ValueInfo value_from(const onnx::ValueInfoProto& message, onnx::GraphProto& rest) {
  if (!message.unknown_fields().empty()) {
    auto* stub = rest.add_value_info();
    stub->set_name(message.name());
    stub->mutable_unknown_fields()->MergeFrom(message.unknown_fields());
  }
  return {message.name(), message.has_type() ? type_from(message.type()) : ValueType{}, message.doc_string(),
          metadata_from(message.metadata_props())};
}

Graph graph_from(onnx::GraphProto&& message, const ExternalData& external) {
  Graph graph;
  graph.name = message.name();
  graph.doc = message.doc_string();
  onnx::GraphProto rest;
  for (const auto& value : message.input()) graph.inputs.push_back(value_from(value, rest));
  for (const auto& value : message.output()) graph.outputs.push_back(value_from(value, rest));
  for (const auto& value : message.value_info()) graph.values.push_back(value_from(value, rest));
  graph.metadata = metadata_from(message.metadata_props());
  for (auto& tensor : *message.mutable_initializer()) {
    onnx::TensorProto stub;
    keep_tensor_extras(tensor, false, stub);
    if (stub.ByteSizeLong()) {
      stub.set_name(tensor.name());
      *rest.add_initializer() = std::move(stub);
    }
    std::string name = tensor.name();
    graph.initializers.emplace_back(std::move(name), tensor_from(std::move(tensor), external));
  }
  graph.nodes.reserve(static_cast<std::size_t>(message.node_size()));
  for (auto& node : *message.mutable_node()) graph.nodes.push_back(node_from(std::move(node), external));
  rest.mutable_sparse_initializer()->Swap(message.mutable_sparse_initializer());
  rest.mutable_quantization_annotation()->Swap(message.mutable_quantization_annotation());
  rest.mutable_unknown_fields()->MergeFrom(message.unknown_fields());
  graph.opaque = opaque_bytes(rest);
  return graph;
}

// --- out -----------------------------------------------------------------------------------------------------------

void graph_to(const Graph& graph, onnx::GraphProto& into, const PlaceData& place);

struct AttributeWriter {
  onnx::AttributeProto& into;
  const PlaceData& place;
  using A = onnx::AttributeProto;

  void operator()(std::int64_t value) const { into.set_type(A::INT), into.set_i(value); }
  void operator()(float value) const { into.set_type(A::FLOAT), into.set_f(value); }
  void operator()(const std::string& value) const { into.set_type(A::STRING), into.set_s(value); }
  void operator()(const Tensor& value) const { into.set_type(A::TENSOR), to_message(value, *into.mutable_t(), place); }
  void operator()(const GraphPtr& value) const { into.set_type(A::GRAPH), graph_to(*value, *into.mutable_g(), place); }
  void operator()(const std::vector<std::int64_t>& list) const {
    into.set_type(A::INTS), into.mutable_ints()->Assign(list.begin(), list.end());
  }
  void operator()(const std::vector<float>& list) const {
    into.set_type(A::FLOATS), into.mutable_floats()->Assign(list.begin(), list.end());
  }
  void operator()(const std::vector<std::string>& list) const {
    into.set_type(A::STRINGS);
    for (const std::string& one : list) into.add_strings(one);
  }
  void operator()(const std::vector<Tensor>& list) const {
    into.set_type(A::TENSORS);
    for (int i = 0; i < static_cast<int>(list.size()); ++i)
      to_message(list[static_cast<std::size_t>(i)], i < into.tensors_size() ? *into.mutable_tensors(i) : *into.add_tensors(), place);
  }
  void operator()(const std::vector<GraphPtr>& list) const {
    into.set_type(A::GRAPHS);
    for (const GraphPtr& one : list) graph_to(*one, *into.add_graphs(), place);
  }
  void operator()(const OpaqueAttribute& opaque) const { parse_opaque(opaque.bytes, into); }
};

// What was kept aside, by name.
template <typename Message>
class Stubs {
 public:
  explicit Stubs(RepeatedPtrField<Message>& list) {
    list_.Swap(&list);
    for (const Message& stub : list_) by_name_.emplace(stub.name(), &stub);
  }
  void restore(const std::string& name, Message& into) const {
    if (const auto found = by_name_.find(name); found != by_name_.end()) into = *found->second;
  }

 private:
  RepeatedPtrField<Message> list_;
  std::unordered_map<std::string_view, const Message*> by_name_;
};

void value_to(const ValueInfo& value, const Stubs<onnx::ValueInfoProto>& stubs, onnx::ValueInfoProto& into) {
  stubs.restore(value.name, into);
  into.set_name(value.name);
  if (value.type != ValueType{}) to_message(value.type, *into.mutable_type());
  if (!value.doc.empty()) into.set_doc_string(value.doc);
  metadata_to(value.metadata, *into.mutable_metadata_props());
}

void graph_to(const Graph& graph, onnx::GraphProto& into, const PlaceData& place) {
  parse_opaque(graph.opaque, into);
  const Stubs tensors(*into.mutable_initializer());
  const Stubs values(*into.mutable_value_info());
  into.set_name(graph.name);
  if (!graph.doc.empty()) into.set_doc_string(graph.doc);
  for (const ValueInfo& value : graph.inputs) value_to(value, values, *into.add_input());
  for (const ValueInfo& value : graph.outputs) value_to(value, values, *into.add_output());
  for (const ValueInfo& value : graph.values) value_to(value, values, *into.add_value_info());
  for (const auto& [name, tensor] : graph.initializers) {
    auto* made = into.add_initializer();
    tensors.restore(name, *made);
    made->set_name(name);
    to_message(tensor, *made, place);
  }
  for (const Node& node : graph.nodes) to_message(node, *into.add_node(), place);
  metadata_to(graph.metadata, *into.mutable_metadata_props());
}

}  // namespace

std::string plain_domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

bool leave_out_data(const Tensor&, onnx::TensorProto&) { return true; }

std::vector<std::string> sparse_initializers(const Graph& graph) {
  onnx::GraphProto rest;
  parse_opaque(graph.opaque, rest);
  std::vector<std::string> names;
  for (const auto& one : rest.sparse_initializer()) names.push_back(one.values().name());
  return names;
}

std::string plain_message(std::string text) {
  if (const auto context = text.find("\n\n==>"); context != std::string::npos) text.resize(context);
  for (const std::string_view tag : {"[ShapeInferenceError] ", "[TypeInferenceError] "})
    if (const auto at = text.find(tag); at != std::string::npos) text.erase(at, tag.size());
  std::ranges::replace(text, '\n', ' ');
  return std::string(trim(text));
}

Node node_from(onnx::NodeProto&& message, const ExternalData& external) {
  Node node;
  node.op = message.op_type();
  node.domain = plain_domain(message.domain());
  node.name = message.name();
  node.inputs.assign(message.input().begin(), message.input().end());
  node.outputs.assign(message.output().begin(), message.output().end());
  node.overload = message.overload();
  node.doc = message.doc_string();
  node.metadata = metadata_from(message.metadata_props());
  onnx::NodeProto rest;
  rest.mutable_unknown_fields()->MergeFrom(message.unknown_fields());
  in_context("node \"" + node.name + "\" (" + node.op + ")", [&] {
    for (auto& attribute : *message.mutable_attribute()) node.attributes.push_back(attribute_from(std::move(attribute), external, rest));
  });
  node.opaque = opaque_bytes(rest);
  return node;
}

void to_message(const Node& node, onnx::NodeProto& into, const PlaceData& place) {
  parse_opaque(node.opaque, into);
  const Stubs stubs(*into.mutable_attribute());
  into.set_op_type(node.op);
  if (!node.domain.empty()) into.set_domain(node.domain);
  if (!node.name.empty()) into.set_name(node.name);
  if (!node.overload.empty()) into.set_overload(node.overload);
  if (!node.doc.empty()) into.set_doc_string(node.doc);
  for (const std::string& name : node.inputs) into.add_input(name);
  for (const std::string& name : node.outputs) into.add_output(name);
  for (const Attribute& attribute : node.attributes) {
    auto* made = into.add_attribute();
    stubs.restore(attribute.name, *made);
    std::visit(AttributeWriter{*made, place}, attribute.value);
    made->set_name(attribute.name);
    if (!attribute.doc.empty()) made->set_doc_string(attribute.doc);
  }
  metadata_to(node.metadata, *into.mutable_metadata_props());
}

namespace {

constexpr const char* kTrainingGraph = "upkeep";

// Nothing but tensors: whatever else somebody put under our name stays as it was.
bool is_ours(onnx::TrainingInfoProto& info) {
  if (info.algorithm().name() != kTrainingGraph) return false;
  RepeatedPtrField<onnx::TensorProto> tensors;
  tensors.Swap(info.mutable_algorithm()->mutable_initializer());
  onnx::TrainingInfoProto only_the_name;
  only_the_name.mutable_algorithm()->set_name(kTrainingGraph);
  const bool ours = info.ByteSizeLong() == only_the_name.ByteSizeLong();
  tensors.Swap(info.mutable_algorithm()->mutable_initializer());
  return ours;
}

void take_training_tensors(onnx::TrainingInfoProto&& info, const ExternalData& external, Model& model) {
  for (auto& tensor : *info.mutable_algorithm()->mutable_initializer()) {
    std::string name = tensor.name();
    model.training_tensors.emplace_back(std::move(name), tensor_from(std::move(tensor), external));
  }
}

}  // namespace

Model model_from(onnx::ModelProto&& message, const ExternalData& external) {
  Model model;
  model.ir_version = message.ir_version();
  model.opsets.clear();
  for (const auto& opset : message.opset_import()) {
    const auto [at, added] = model.opsets.try_emplace(plain_domain(opset.domain()), opset.version());
    if (!added && at->second != opset.version())
      throw Error(ErrorCode::kCorrupt, "operator set \"" + opset.domain() + "\" is imported in two versions",
                  std::to_string(at->second) + " and " + std::to_string(opset.version()));
  }
  model.producer_name = message.producer_name();
  model.producer_version = message.producer_version();
  model.domain = message.domain();
  model.model_version = message.model_version();
  model.doc = message.doc_string();
  model.metadata = metadata_from(message.metadata_props());
  for (const auto& function : message.functions()) model.functions.push_back(function.SerializeAsString());
  model.graph = graph_from(std::move(*message.mutable_graph()), external);
  onnx::ModelProto rest;
  for (auto& info : *message.mutable_training_info()) {
    if (is_ours(info)) take_training_tensors(std::move(info), external, model);
    else *rest.add_training_info() = std::move(info);
  }
  rest.mutable_unknown_fields()->MergeFrom(message.unknown_fields());
  model.opaque = opaque_bytes(rest);
  return model;
}

onnx::ModelProto to_message(const Model& model, const PlaceData& place) {
  onnx::ModelProto into;
  parse_opaque(model.opaque, into);
  into.set_ir_version(model.ir_version);
  for (const auto& [domain, version] : model.opsets) {
    auto* opset = into.add_opset_import();
    opset->set_domain(domain);
    opset->set_version(version);
  }
  if (!model.producer_name.empty()) into.set_producer_name(model.producer_name);
  if (!model.producer_version.empty()) into.set_producer_version(model.producer_version);
  if (!model.domain.empty()) into.set_domain(model.domain);
  if (model.model_version) into.set_model_version(model.model_version);
  if (!model.doc.empty()) into.set_doc_string(model.doc);
  metadata_to(model.metadata, *into.mutable_metadata_props());
  for (const std::string& function : model.functions) parse_opaque(function, *into.add_functions());
  graph_to(model.graph, *into.mutable_graph(), place);
  if (!model.training_tensors.empty()) {
    onnx::GraphProto& algorithm = *into.add_training_info()->mutable_algorithm();
    algorithm.set_name(kTrainingGraph);
    for (const auto& [name, tensor] : model.training_tensors) {
      auto* made = algorithm.add_initializer();
      made->set_name(name);
      to_message(tensor, *made, place);
    }
  }
  return into;
}

}  // namespace upkeep::proto
