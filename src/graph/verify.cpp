// What makes a graph a graph: every name is given once, before it is read, and every operator is one of its operator set.
#include <onnx/defs/schema.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/names.hpp"
#include "graph/onnx_file.hpp"

namespace upkeep {
namespace {

Error corrupt(std::string message, std::string hint = {}) { return Error(ErrorCode::kCorrupt, std::move(message), std::move(hint)); }

std::string where(const Node& node) { return "node \"" + node.name + "\" (" + node.op + ")"; }

// Domains whose operators libonnx knows; of others only the import is checked.
bool is_standard(const std::string& domain) {
  return domain.empty() || domain == "ai.onnx.ml" || domain == "ai.onnx.training" || domain == "ai.onnx.preview.training";
}

using Functions = std::map<std::tuple<std::string, std::string, std::string>, onnx::FunctionProto>;  // by domain, name and overload
using Opsets = std::map<std::string, std::int64_t>;

// The names that may be read: of this graph, and of those around it.
class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}

  bool here(const std::string& name) const { return names_.contains(name); }
  bool anywhere(const std::string& name) const { return here(name) || (outer_ && outer_->anywhere(name)); }
  bool add(const std::string& name) { return names_.insert(name).second; }
  void collect(std::vector<std::string>& names) const {
    names.insert(names.end(), names_.begin(), names_.end());
    if (outer_) outer_->collect(names);
  }

 private:
  const Scope* outer_;
  std::unordered_set<std::string> names_;
};

class Verifier {
 public:
  Verifier(const Opsets& opsets, const Functions& functions) : opsets_(opsets), functions_(functions) {}

  void graph(const Graph& graph, const Scope* outer) {
    Scope scope(outer);
    for (const ValueInfo& input : graph.inputs) {
      if (input.name.empty()) throw corrupt("an input has no name");
      if (!scope.add(input.name)) throw corrupt("input \"" + input.name + "\" is declared twice");
      if (!outer && input.type == ValueType{}) throw corrupt("input \"" + input.name + "\" has no type");
    }
    initializers(graph, scope);
    nodes(graph.nodes, scope);
    outputs(graph, scope, !outer);
  }

  // The body of a function reads its parameters only.
  void function(const onnx::FunctionProto& function) {
    Scope scope;
    for (const std::string& name : function.input())
      if (!scope.add(name)) throw corrupt("input \"" + name + "\" is declared twice");
    std::vector<Node> body;
    for (const auto& node : function.node()) body.push_back(proto::node_from(onnx::NodeProto(node)));
    nodes(body, scope);
    for (const std::string& name : function.output())
      if (!scope.here(name)) throw missing(name, scope, {});
  }

 private:
  static void initializers(const Graph& graph, Scope& scope) {
    std::unordered_set<std::string_view> seen;
    for (const auto& [name, tensor] : graph.initializers) {
      if (name.empty()) throw corrupt("an initializer has no name");
      if (!seen.insert(name).second) throw corrupt("initializer \"" + name + "\" is there twice");
      scope.add(name);  // one that is an input too is that input's default
    }
    for (const std::string& name : proto::sparse_initializers(graph))
      if (!scope.add(name)) throw corrupt("initializer \"" + name + "\" is there twice");
  }

  void nodes(const std::vector<Node>& list, Scope& scope) {
    for (const Node& one : list) {
      in_context(where(one), [&] {
        for (const std::string& name : one.inputs)
          if (!name.empty() && !scope.anywhere(name)) throw missing(name, scope, list);
        signature(one);
        subgraphs(one, scope);
        for (const std::string& name : one.outputs) {
          if (name.empty()) continue;
          if (scope.anywhere(name)) throw corrupt("gives \"" + name + "\", which is there already", "a value is given once");
          scope.add(name);
        }
      });
    }
  }

  // Why a name cannot be read: it comes later, or never.
  static Error missing(const std::string& name, const Scope& scope, const std::vector<Node>& list) {
    for (const Node& later : list)
      if (std::ranges::find(later.outputs, name) != later.outputs.end())
        return corrupt("reads \"" + name + "\" before " + where(later) + " gives it", "nodes are in topological order");
    std::vector<std::string> known;
    scope.collect(known);
    std::ranges::sort(known);
    return unknown_name("value", name, known, ErrorCode::kCorrupt);
  }

  static void outputs(const Graph& graph, const Scope& scope, bool outermost) {
    std::unordered_set<std::string_view> seen;
    for (const ValueInfo& output : graph.outputs) {
      if (!seen.insert(output.name).second) throw corrupt("output \"" + output.name + "\" is declared twice");
      if (!(outermost ? scope.here(output.name) : scope.anywhere(output.name)))
        throw corrupt("output \"" + output.name + "\" is given by no node");
      if (outermost && output.type == ValueType{}) throw corrupt("output \"" + output.name + "\" has no type");
    }
  }

  void subgraphs(const Node& node, const Scope& scope) {
    std::unordered_set<std::string_view> seen;
    for (const Attribute& attribute : node.attributes) {
      if (attribute.name.empty()) throw corrupt("an attribute has no name");
      if (!seen.insert(attribute.name).second) throw corrupt("attribute \"" + attribute.name + "\" is there twice");
      const auto inner = [&](const GraphPtr& one) {
        in_context("graph \"" + one->name + "\" in " + attribute.name, [&] { graph(*one, &scope); });
      };
      if (const auto* one = std::get_if<GraphPtr>(&attribute.value)) inner(*one);
      if (const auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*several, inner);
    }
  }

  // Inputs, outputs and attributes as the operator's schema or the model's function wants them.
  void signature(const Node& node) const {
    if (node.op.empty()) throw corrupt("has no operator");
    if (const auto function = functions_.find({node.domain, node.op, node.overload}); function != functions_.end()) {
      const auto& body = function->second;
      if (node.inputs.size() > static_cast<std::size_t>(body.input_size()) ||
          node.outputs.size() > static_cast<std::size_t>(body.output_size()))
        throw corrupt("has more inputs or outputs than the function that it calls");
      return;
    }
    const auto opset = opsets_.find(node.domain);
    if (opset == opsets_.end()) throw corrupt("belongs to operator set \"" + node.domain + "\", which the model does not import");
    if (!is_standard(node.domain)) return;
    const auto* schema = onnx::OpSchemaRegistry::Instance()->GetSchema(node.op, static_cast<int>(opset->second), node.domain);
    if (!schema || schema->Deprecated())
      throw corrupt("operator set \"" + node.domain + "\" " + std::to_string(opset->second) + " has no such operator");
    onnx::NodeProto message;
    proto::to_message(node, message, proto::leave_out_data);
    try {
      schema->Verify(message);
    } catch (const std::exception& error) {
      throw corrupt(proto::plain_message(error.what()));
    }
  }

  const Opsets& opsets_;
  const Functions& functions_;
};

Functions functions_of(const Model& model) {
  Functions functions;
  for (const std::string& bytes : model.functions) {
    onnx::FunctionProto function;
    if (!function.ParseFromString(bytes)) throw Error(ErrorCode::kInternal, "a function of the model is damaged");
    const std::string name = function.name();
    std::tuple key{proto::plain_domain(function.domain()), name, function.overload()};
    if (!functions.try_emplace(std::move(key), std::move(function)).second) throw corrupt("function \"" + name + "\" is there twice");
  }
  return functions;
}

}  // namespace

void verify(const Model& model) {
  if (model.ir_version < 3) throw corrupt("IR version " + std::to_string(model.ir_version) + " is older than 3");
  if (!model.functions.empty()) proto::check_functions(proto::to_message(model, proto::leave_out_data), ModelLimits{});
  const Functions functions = functions_of(model);
  for (const auto& [key, function] : functions) {
    Opsets opsets;
    for (const auto& opset : function.opset_import()) opsets[proto::plain_domain(opset.domain())] = opset.version();
    in_context("function \"" + function.name() + "\"", [&] { Verifier(opsets, functions).function(function); });
  }
  in_context("graph \"" + model.graph.name + "\"", [&] { Verifier(model.opsets, functions).graph(model.graph, nullptr); });
}

}  // namespace upkeep
