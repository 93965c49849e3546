#include "train/lowerings/lowering.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "graph/onnx.hpp"
#include "graph/opset.hpp"
#include "graph/subgraph.hpp"
#include "train/gradients/shared/control_flow.hpp"

namespace upkeep {
namespace lowerings {
namespace {

const LoweringEntry* entry_for(const Node& node) {
  const LoweringEntry* entry = catalog().find(node.op);
  return entry && entry->domain == node.domain ? entry : nullptr;
}

std::optional<Graph> body_for(Ops& ops, const Node& node) {
  std::vector<ValueType> types;
  for (const std::string& name : node.inputs) types.push_back(gradients::type_of(ops, name));
  return function_body(ops.model(), node, types);
}

// The nodes of a function's body, one after the other, under names of this graph.
std::vector<Value> append_body(Ops& ops, const Node& call, const Graph& body) {
  std::map<std::string, std::string> names;
  for (const std::string& name : call.inputs) names[name] = name;
  for (const auto& [name, tensor] : body.initializers) names[name] = ops.constant(tensor).name();
  for (const Node& node : body.nodes) {
    std::vector<Value> inputs;
    for (const std::string& name : node.inputs) inputs.push_back(name.empty() ? Value() : ops.existing(names.at(name)));
    std::vector<Attribute> attributes = node.attributes;
    for (Attribute& attribute : attributes)
      if (auto* inner = std::get_if<GraphPtr>(&attribute.value))
        *inner = std::make_shared<const Graph>(with_captures_renamed(**inner, names));
    const std::vector<Value> made = ops.nodes(node.op, inputs, node.outputs.size(), std::move(attributes), node.domain);
    for (std::size_t i = 0; i < made.size(); ++i) names[node.outputs[i]] = made[i].name();
  }
  std::vector<Value> outputs;
  for (const std::string& name : call.outputs) outputs.push_back(name.empty() ? Value() : ops.existing(names.at(name)));
  return outputs;
}

}  // namespace

bool can_lower(Ops& ops, const Node& node) { return is_own_function(ops.model(), node) || entry_for(node) || body_for(ops, node); }

void lower(Ops& ops, const Node& node) {
  in_context("writing out " + node.op + " \"" + node.name + "\"", [&] {
    const auto output = std::ranges::find_if(node.outputs, [](const std::string& name) { return !name.empty(); });
    const auto scope = ops.scope((node.name.empty() ? *output : node.name) + "/");
    const LoweringEntry* entry = is_own_function(ops.model(), node) ? nullptr : entry_for(node);
    ops.replace(ops.existing(*output), [&](const Node& call) {
      if (!entry) return append_body(ops, call, body_for(ops, call).value());
      std::vector<Value> inputs;
      for (const std::string& name : call.inputs) inputs.push_back(name.empty() ? Value() : ops.existing(name));
      return entry->rule(Composite(call, std::move(inputs)), ops);
    });
  });
}

namespace {

// Calls of the model's functions, and operators of other domains; standard ones are written out when a gradient meets them.
bool is_foreign(Ops& ops, const Node& node) { return is_own_function(ops.model(), node) || (!node.domain.empty() && entry_for(node)); }

class WholeModel {
 public:
  void lower_graph(Ops& ops) {
    for (bool changed = true; changed;) {
      changed = false;
      const std::vector<Node> before = ops.model().graph.nodes;
      for (const Node& node : before)
        if (is_foreign(ops, node) && !left_.contains(node.outputs) && lower_or_leave(ops, node)) changed = true;
    }
    for (std::size_t i = 0; i < ops.model().graph.nodes.size(); ++i) lower_subgraphs(ops, i);
  }
  bool all() const { return left_.empty(); }

 private:
  bool lower_or_leave(Ops& ops, const Node& node) {
    try {
      lower(ops, node);
      return true;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      left_.insert(node.outputs);
      return false;
    }
  }

  void lower_subgraphs(Ops& ops, std::size_t at) {
    const Node node = ops.model().graph.nodes[at];
    for (const gradients::Wiring& wiring : gradients::wirings(node)) {
      Subgraph body(ops, gradients::typed_body(ops, node, wiring), gradients::body_prefix(ops, node, wiring));
      lower_graph(body.ops());
      Graph changed = body.graph();
      changed.values.clear();
      for (Attribute& attribute : ops.model().graph.nodes[at].attributes)
        if (attribute.name == wiring.attribute) attribute.value = GraphPtr(std::make_shared<const Graph>(std::move(changed)));
    }
  }

  std::set<std::vector<std::string>> left_;  // by outputs
};

}  // namespace
}  // namespace lowerings

namespace {

constexpr std::int64_t kOldestWithGradients = 13;
constexpr std::int64_t kWrittenAnew = 18;  // axes of reductions are inputs, as the rules read them

// Gradients, and whatever else training adds, read the operators of newer sets.
Model in_a_set_with_gradients(const Model& model) {
  Model made = model;
  const auto opset = made.opsets.find("");
  if (opset == made.opsets.end() || opset->second >= kOldestWithGradients) return made;
  in_context("to take gradients", [&] { set_opset(made, kWrittenAnew); });
  made.ir_version = std::max<std::int64_t>(made.ir_version, 8);  // before 4, what training adds would have to be inputs
  return made;
}

}  // namespace

Model lowered(const Model& model) {
  Model made = in_a_set_with_gradients(model);
  Ops ops(made);
  lowerings::WholeModel whole;
  whole.lower_graph(ops);
  if (whole.all()) made.functions.clear();  // no call is left
  return made;
}

}  // namespace upkeep
