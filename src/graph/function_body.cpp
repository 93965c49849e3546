// Calls of functions, written out: of the model's own ones, and of operators that ONNX itself defines by other operators. libonnx's inliner
// does the renaming; it is handed a model that consists of the one call.
#include <onnx/defs/schema.h>
#include <onnx/inliner/inliner.h>

#include <algorithm>

#include "graph/onnx_file.hpp"

namespace upkeep {
namespace {

constexpr const char* kCall = "upkeep.call";  // a domain for the bodies that ONNX gives

bool is_own(const onnx::FunctionProto& function, const Node& node) {
  return proto::plain_domain(function.domain()) == node.domain && function.name() == node.op && function.overload() == node.overload;
}

onnx::ModelProto call_of(const Model& model, const Node& node, const std::vector<ValueType>& inputs) {
  onnx::ModelProto call;
  call.set_ir_version(model.ir_version);
  for (const auto& [domain, version] : model.opsets) {
    auto* opset = call.add_opset_import();
    opset->set_domain(domain);
    opset->set_version(version);
  }
  auto& graph = *call.mutable_graph();
  graph.set_name(node.op);
  std::vector<std::string> declared;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty() || std::ranges::find(declared, node.inputs[i]) != declared.end()) continue;
    declared.push_back(node.inputs[i]);
    auto* input = graph.add_input();
    input->set_name(node.inputs[i]);
    if (i < inputs.size() && inputs[i] != ValueType{}) proto::to_message(inputs[i], *input->mutable_type());
  }
  for (const std::string& name : node.outputs)
    if (!name.empty()) graph.add_output()->set_name(name);
  proto::to_message(node, *graph.add_node());
  return call;
}

bool add_own_functions(const Model& model, const Node& node, onnx::ModelProto& call) {
  bool found = false;
  for (const std::string& bytes : model.functions) {
    auto* function = call.add_functions();
    if (!function->ParseFromString(bytes)) throw Error(ErrorCode::kInternal, "a function of the model is damaged");
    found = found || is_own(*function, node);
  }
  if (!found) call.clear_functions();
  return found;
}

void add_defaults(const onnx::OpSchema& schema, onnx::NodeProto& node) {
  for (const auto& [name, attribute] : schema.attributes()) {
    const bool given = std::ranges::any_of(node.attribute(), [&](const auto& one) { return one.name() == name; });
    if (!given && attribute.default_value.has_name()) *node.add_attribute() = attribute.default_value;
  }
}

bool add_body_of_operator(const Model& model, const Node& node, const std::vector<ValueType>& inputs, onnx::ModelProto& call) {
  const auto opset = model.opsets.find(node.domain);
  if (opset == model.opsets.end()) return false;
  const auto version = static_cast<int>(opset->second);
  const auto* schema = onnx::OpSchemaRegistry::Instance()->GetSchema(node.op, version, node.domain);
  if (!schema) return false;
  auto& message = *call.mutable_graph()->mutable_node(0);
  onnx::FunctionProto body;
  if (schema->HasContextDependentFunction()) {
    std::vector<onnx::TypeProto> types(node.inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] != ValueType{}) proto::to_message(inputs[i], types[i]);
    if (!schema->BuildContextDependentFunction(onnx::FunctionBodyBuildContextImpl(message, types), body, version)) return false;
  } else if (const auto* fixed = schema->GetFunction(version, false)) {
    body = *fixed;
  } else {
    return false;
  }
  add_defaults(*schema, message);
  message.set_domain(kCall);
  body.set_domain(kCall);
  body.set_name(node.op);
  auto* import = call.add_opset_import();
  import->set_domain(kCall);
  import->set_version(1);
  *call.add_functions() = std::move(body);
  return true;
}

}  // namespace

bool is_own_function(const Model& model, const Node& node) {
  return std::ranges::any_of(model.functions, [&](const std::string& bytes) {
    onnx::FunctionProto function;
    return function.ParseFromString(bytes) && is_own(function, node);
  });
}

std::optional<Graph> function_body(const Model& model, const Node& node, const std::vector<ValueType>& inputs) {
  onnx::ModelProto call = call_of(model, node, inputs);
  if (!add_own_functions(model, node, call) && !add_body_of_operator(model, node, inputs, call)) return std::nullopt;
  try {
    onnx::inliner::InlineLocalFunctions(call, true);
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kUnsupported, "the function " + node.op + " cannot be written out: " + proto::plain_message(error.what()));
  }
  Graph body = proto::model_from(std::move(call)).graph;
  for (const Node& left : body.nodes)
    if (left.domain == kCall || is_own_function(model, left))
      throw Error(ErrorCode::kUnsupported, "the function " + node.op + " is written in an operator set that the model does not use");
  return body;
}

}  // namespace upkeep
