#include "train/gradients/shared/control_flow.hpp"

#include <algorithm>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

bool is_standard(const Node& node, std::string_view op) { return node.domain.empty() && node.op == op; }

GraphPtr body_of(const Node& node, const std::string& attribute) {
  GraphPtr graph = node.get<GraphPtr>(attribute, nullptr);
  if (!graph) throw Error(ErrorCode::kCorrupt, node.op + " \"" + node.name + "\" has no " + attribute);
  return graph;
}

Wiring branch(const Node& node, const std::string& attribute) {
  Wiring made{.attribute = attribute, .graph = body_of(node, attribute), .inputs = {}, .outputs = {}, .carried = {}};
  for (std::size_t i = 0; i < made.graph->outputs.size(); ++i) made.outputs.push_back(i);
  return made;
}

Wiring scan_body(const Node& node) {
  Wiring made{.attribute = "body", .graph = body_of(node, "body"), .inputs = {}, .outputs = {}, .carried = {}};
  const auto parts = static_cast<std::size_t>(node.get<std::int64_t>("num_scan_inputs", 1));
  for (std::size_t i = 0; i < made.graph->inputs.size(); ++i) made.inputs.push_back(i);
  for (std::size_t i = 0; i < made.graph->outputs.size(); ++i) made.outputs.push_back(i);
  for (std::size_t i = 0; i + parts < made.graph->inputs.size(); ++i) made.carried.emplace_back(i, i);
  return made;
}

// (step number, go on?, state...) -> (go on?, state..., what is stacked...); the node has a trip count and a first condition before its
// states.
Wiring loop_body(const Node& node) {
  Wiring made{.attribute = "body", .graph = body_of(node, "body"), .inputs = {}, .outputs = {}, .carried = {}};
  for (std::size_t i = 0; i < made.graph->inputs.size(); ++i) made.inputs.push_back(i < 2 ? std::nullopt : std::optional(i));
  for (std::size_t i = 0; i < made.graph->outputs.size(); ++i) made.outputs.push_back(i < 1 ? std::nullopt : std::optional(i - 1));
  for (std::size_t i = 2; i < made.graph->inputs.size(); ++i) made.carried.emplace_back(i - 1, i);
  return made;
}

// What holds of both.
ValueType widened(ValueType a, const ValueType& b) {
  if (!a.shape || !b.shape || a.shape->size() != b.shape->size()) {
    a.shape.reset();
    return a;
  }
  for (std::size_t i = 0; i < a.shape->size(); ++i)
    if ((*a.shape)[i] != (*b.shape)[i]) (*a.shape)[i] = Dim();
  return a;
}

void set_type(ValueInfo& input, const ValueType& known) {
  if (input.type == ValueType{} || !known.opaque.empty()) {
    input.type = known;
    return;
  }
  if (input.type.dtype == DType::kUndefined) input.type.dtype = known.dtype;
  if (known.shape) input.type.shape = known.shape;
}

// Begins with the types of the first step, and drops what a step changes until nothing changes any more.
void settle_states(Ops& ops, const Node& node, const Wiring& wiring, Graph& graph) {
  for (bool settled = false; !settled;) {
    settled = true;
    Subgraph probe(ops, graph, body_prefix(ops, node, wiring));
    for (const auto& [from, to] : wiring.carried) {
      ValueInfo& input = graph.inputs[to];
      if (!input.type.shape) continue;
      const ValueType after = widened(input.type, type_of(probe.ops(), graph.outputs[from].name));
      if (after == input.type) continue;
      input.type = after;
      settled = false;
    }
  }
}

}  // namespace

ValueType type_of(const Ops& ops, const std::string& name) {
  if (name.empty() || !ops.knows(name)) return {};
  return ops.existing(name).type();
}

ValueType without_axis(ValueType type, std::int64_t axis) {
  if (type.shape && !type.shape->empty()) type.shape->erase(type.shape->begin() + positive_axis(axis, type.shape->size()));
  return type;
}

std::vector<std::int64_t> list_attribute(const Node& node, const char* name, std::size_t count) {
  auto list = node.get<std::vector<std::int64_t>>(name, {});
  list.resize(count);
  return list;
}

std::string body_prefix(const Ops& ops, const Node& node, const Wiring& wiring) {
  const auto named = std::ranges::find_if(node.outputs, [](const std::string& name) { return !name.empty(); });
  const std::string label = named == node.outputs.end() ? node.op : *named;
  const std::string inside = ops.outer() ? ops.prefix() : "gradient/";
  return inside + (label.starts_with(inside) ? label.substr(inside.size()) : label) + "/" +
         (wiring.attribute == "body" ? "" : wiring.attribute + "/");
}

std::vector<Wiring> wirings(const Node& node) {
  if (is_standard(node, "If")) return {branch(node, "then_branch"), branch(node, "else_branch")};
  if (is_standard(node, "Scan")) return {scan_body(node)};
  if (is_standard(node, "Loop")) return {loop_body(node)};
  return {};
}

Graph typed_body(Ops& ops, const Node& node, const Wiring& wiring) {
  Graph graph = *wiring.graph;
  graph.values.clear();  // what is said of values inside is inferred again, from the types of the inputs
  for (ValueInfo& output : graph.outputs) output.type.shape.reset();
  const std::size_t states = wiring.carried.size();
  if (is_standard(node, "Scan")) {
    const auto axes = list_attribute(node, "scan_input_axes", graph.inputs.size() - states);
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      const ValueType type = type_of(ops, node.inputs.at(i));
      set_type(graph.inputs[i], i < states ? type : without_axis(type, axes[i - states]));
    }
  } else if (is_standard(node, "Loop")) {
    set_type(graph.inputs.at(0), {.dtype = DType::kInt64, .shape = Dims{}, .opaque = {}});
    set_type(graph.inputs.at(1), {.dtype = DType::kBool, .shape = Dims{}, .opaque = {}});
    for (std::size_t i = 2; i < graph.inputs.size(); ++i) set_type(graph.inputs[i], type_of(ops, node.inputs.at(i)));
    settle_states(ops, node, wiring, graph);
  }
  return graph;
}

BodyFlow body_flow(Subgraph& body, const Wiring& wiring, const std::vector<bool>& wanted, const std::set<std::string>& captures,
                   const std::vector<bool>& arriving) {
  const std::vector<ValueInfo> inputs = body.graph().inputs;
  const std::vector<ValueInfo> outputs = body.graph().outputs;
  Names sources(captures.begin(), captures.end());
  Names targets;
  for (std::size_t i = 0; i < inputs.size() && i < wiring.inputs.size(); ++i)
    if (const auto from = wiring.inputs[i]; from && *from < wanted.size() && wanted[*from] && carries_gradient(inputs[i].type.dtype))
      sources.insert(inputs[i].name);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (const auto to = wiring.outputs[i]; to && *to < arriving.size() && arriving[*to]) targets.insert(outputs[i].name);
  Path path;
  for (bool grew = true; grew;) {
    grew = false;
    path = find_path(body.ops(), targets, sources);
    for (const auto& [from, to] : wiring.carried) {
      const std::string& before = inputs[to].name;
      const std::string& after = outputs[from].name;
      if (path.influenced.contains(after) && carries_gradient(inputs[to].type.dtype) && sources.insert(before).second) grew = true;
      if (path.values.contains(before) && targets.insert(after).second) grew = true;
    }
  }
  BodyFlow flow{.path = std::move(path), .sources = {}, .targets = {}};
  for (const ValueInfo& input : inputs) flow.sources.push_back(sources.contains(input.name));
  for (const ValueInfo& output : outputs)
    flow.targets.push_back(targets.contains(output.name) && flow.path.influenced.contains(output.name));
  return flow;
}

BodyFlow body_flow(Subgraph& body, const Wiring& wiring, const Node& node, const Names& on_path) {
  std::vector<bool> wanted;
  std::vector<bool> arriving;
  for (const std::string& name : node.inputs) wanted.push_back(on_path.contains(name));
  for (const std::string& name : node.outputs) arriving.push_back(on_path.contains(name));
  std::set<std::string> captures;
  std::ranges::copy_if(reads_of(*wiring.graph), std::inserter(captures, captures.end()),
                       [&](const std::string& name) { return on_path.contains(name); });
  return body_flow(body, wiring, wanted, captures, arriving);
}

bool is_random(const Node& node) {
  if (!node.domain.empty()) return false;
  if (node.op == "Dropout") return node.inputs.size() > 2;
  return node.op.starts_with("Random") || node.op == "Bernoulli" || node.op == "Multinomial";
}

void refuse_random(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (is_random(node))
      throw Error(ErrorCode::kUnsupported,
                  node.op + " \"" + node.name + "\" in a branch makes random numbers, and its gradient runs it again",
                  "make the random numbers outside of the branch");
    for (const GraphPtr& inner : subgraphs(node)) refuse_random(*inner);
  }
}

}  // namespace upkeep::gradients
