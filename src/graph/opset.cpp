// What is declared where: the graph, its functions, the operator set's number. How nodes change is the work of graph/opsets.

#include "graph/opset.hpp"

#include "graph/onnx_file.hpp"
#include "graph/opsets/shared/change.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {
namespace {

using opsets::Change;
using opsets::NewValues;

std::int64_t version_of(const Model& model) {
  const auto found = model.opsets.find("");
  return found == model.opsets.end() ? 0 : found->second;
}

void check_version(std::int64_t version) {
  if (version < kOldestOpset || version > kNewestOpset)
    throw Error(ErrorCode::kInvalidArgument, "operator set " + std::to_string(version) + " is not known here",
                std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset) + " are");
}

// Before IR version 4 an initializer was an input as well, which a new constant must not become.
NewValues::Constants constants_of(const Model& model) {
  return model.ir_version < 4 ? NewValues::Constants::kNodes : NewValues::Constants::kInitializers;
}

// The body as a graph, to be changed like any other.
Graph body_of(const onnx::FunctionProto& function) {
  Graph body;
  body.name = function.name();
  for (const std::string& name : function.input()) body.inputs.push_back({name, {}, {}, {}});
  for (const std::string& name : function.output()) body.outputs.push_back({name, {}, {}, {}});
  for (const auto& node : function.node()) body.nodes.push_back(proto::node_from(onnx::NodeProto(node)));
  return body;
}

std::string converted_function(const Model& model, const std::string& bytes, std::int64_t version) {
  onnx::FunctionProto function;
  if (!function.ParseFromString(bytes)) throw Error(ErrorCode::kInternal, "a function of the model is damaged");
  Model around;
  around.ir_version = model.ir_version;
  around.functions = model.functions;
  around.opsets.clear();
  for (const auto& opset : function.opset_import()) around.opsets[proto::plain_domain(opset.domain())] = opset.version();
  const std::int64_t from = version_of(around);
  if (from == 0 || from == version) return bytes;
  if (from > kNewestOpset) throw Error(ErrorCode::kUnsupported, "operator set " + std::to_string(from) + " is not known here");
  const Graph body = body_of(function);
  NewValues made(NewValues::Constants::kNodes);
  made.take(body);
  const Graph changed = in_context("function \"" + function.name() + "\"", [&] { return Change(around, from, version, made)(body); });
  function.clear_node();
  for (const Node& node : changed.nodes) proto::to_message(node, *function.add_node());
  for (auto& opset : *function.mutable_opset_import())
    if (proto::plain_domain(opset.domain()).empty()) opset.set_version(version);
  return function.SerializeAsString();
}

// nullopt: a function says too little of types and sizes; where it is called they are known.
std::optional<std::vector<std::string>> converted_functions(const Model& model, std::int64_t version) {
  std::vector<std::string> functions;
  try {
    for (const std::string& bytes : model.functions) functions.push_back(converted_function(model, bytes, version));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return std::nullopt;
  }
  return functions;
}

// An adapter that refused a node may have made a constant for it.
void add_what_is_read(Graph& graph, std::vector<std::pair<std::string, Tensor>> constants) {
  std::set<std::string> read;
  for (const Node& node : graph.nodes) read.merge(reads_of(node));
  for (auto& constant : constants)
    if (read.contains(constant.first)) graph.initializers.push_back(std::move(constant));
}

bool is_valid(const Model& model) {
  try {
    verify(model);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void set_opset(Model& model, std::int64_t version) {
  check_version(version);
  const std::int64_t from = version_of(model);
  if (from == 0 || from == version) return;
  if (from > kNewestOpset) throw Error(ErrorCode::kUnsupported, "operator set " + std::to_string(from) + " is not known here");
  NewValues made(constants_of(model));
  made.take(model.graph);
  const std::optional<std::vector<std::string>> functions = converted_functions(model, version);
  Model changed = model;
  changed.graph = Change(model, from, version, made, functions ? Change::Functions::kStay : Change::Functions::kWrittenOut)(model.graph);
  changed.functions = functions.value_or(std::vector<std::string>{});
  add_what_is_read(changed.graph, std::move(made.initializers));
  changed.opsets[""] = version;
  if (is_valid(model)) in_context("operator set " + std::to_string(version), [&] { verify(changed); });
  model = std::move(changed);
}

void set_opset(Ops& ops, std::int64_t version) {
  Model& model = ops.model();
  const std::int64_t from = version_of(model);
  if (from == 0 || from == version) return;
  NewValues made(NewValues::Constants::kInitializers);
  made.take(model.graph);
  model.graph.nodes = Change(model, from, version, made)(model.graph).nodes;
  for (auto& [name, tensor] : made.initializers) ops.initializer(name, std::move(tensor));
  model.opsets[""] = version;
}

}  // namespace upkeep
