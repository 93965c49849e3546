#include "train/gradients/gradient.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <unordered_set>

#include "base/names.hpp"
#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

using Names = std::unordered_set<std::string>;

bool carries_gradient(DType dtype) {  // an unknown type might
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBFloat16 ||
         dtype == DType::kUndefined;
}

void add_reads(const Node& node, Names& reads);

void add_reads(const Graph& graph, Names& reads) {
  for (const Node& node : graph.nodes) add_reads(node, reads);
  for (const ValueInfo& output : graph.outputs) reads.insert(output.name);
}

// Its inputs, and whatever its sub-graphs might read from outside.
void add_reads(const Node& node, Names& reads) {
  reads.insert(node.inputs.begin(), node.inputs.end());
  for (const Attribute& attribute : node.attributes) {
    if (const auto* inner = std::get_if<GraphPtr>(&attribute.value)) add_reads(**inner, reads);
    if (const auto* inners = std::get_if<std::vector<GraphPtr>>(&attribute.value))
      for (const GraphPtr& one : *inners) add_reads(*one, reads);
  }
}

Names reads_of(const Node& node) {
  Names reads;
  add_reads(node, reads);
  reads.erase("");
  return reads;
}

// What lies between: nodes in backward order, and the values that gradients flow through.
struct Path {
  std::vector<Node> nodes;  // copies: the graph grows while they are used
  Names values;
};

Path find_path(Ops& ops, const Value& of, const std::vector<Value>& with_respect_to) {
  const Graph& graph = ops.model().graph;
  Names influenced;
  for (const Value& value : with_respect_to) influenced.insert(value.name());
  const auto is_influenced = [&](const std::string& name) { return influenced.contains(name); };
  for (const Node& node : graph.nodes) {
    if (std::ranges::none_of(reads_of(node), is_influenced)) continue;
    for (const std::string& output : node.outputs)
      if (!output.empty() && carries_gradient(ops.existing(output).dtype())) influenced.insert(output);
  }
  Path path;
  if (!influenced.contains(of.name())) return path;
  path.values.insert(of.name());
  for (const Node& node : std::views::reverse(graph.nodes)) {
    if (std::ranges::none_of(node.outputs, [&](const std::string& name) { return path.values.contains(name); })) continue;
    const Names reads = reads_of(node);
    if (std::ranges::none_of(reads, is_influenced)) continue;
    std::ranges::copy_if(reads, std::inserter(path.values, path.values.end()), is_influenced);
    path.nodes.push_back(node);
  }
  return path;
}

std::string layer_of(const Node& node) { return node.name.substr(0, node.name.rfind('/') + 1); }  // with the slash; may be empty

const GradientEntry* rule_for(const Node& node) {
  return node.domain.empty() || node.domain == "ai.onnx" ? catalog().find(node.op) : nullptr;
}

void refuse_missing_rules(const Path& path) {
  std::vector<std::string> missing;
  for (const Node& node : std::views::reverse(path.nodes)) {
    if (rule_for(node)) continue;
    const std::string layer = node.name.substr(0, node.name.find('/'));
    std::string text = (node.domain.empty() ? "" : node.domain + ":") + node.op + " \"" + node.name + "\"";
    if (layer != node.name) text += " of layer \"" + layer + "\"";
    missing.push_back(std::move(text));
  }
  if (missing.empty()) return;
  throw Error(ErrorCode::kUnsupported, "no gradient for " + join(missing), "`upkeep catalog gradients` lists the operators that have one");
}

// The gradients that have arrived at each value so far.
class Arrivals {
 public:
  explicit Arrivals(Ops& ops) : ops_(ops) {}
  void add(const std::string& name, Value gradient) { arrived_[name].push_back(std::move(gradient)); }
  Value total(const std::string& name) {
    const auto found = arrived_.find(name);
    if (found == arrived_.end()) return {};
    if (found->second.size() > 1) found->second = {plus(ops_, found->second)};
    return found->second[0];
  }

 private:
  Ops& ops_;
  std::unordered_map<std::string, std::vector<Value>> arrived_;
};

void step_back(Ops& ops, const Node& node, const Names& on_path, Arrivals& arrivals) {
  const auto scope = ops.scope("gradient/" + layer_of(node));
  std::vector<Value> inputs, outputs, grads;
  std::vector<bool> wanted;
  for (const std::string& name : node.inputs) {
    inputs.push_back(name.empty() ? Value() : ops.existing(name));
    wanted.push_back(on_path.contains(name));
  }
  for (const std::string& name : node.outputs) {
    outputs.push_back(name.empty() ? Value() : ops.existing(name));
    grads.push_back(on_path.contains(name) ? arrivals.total(name) : Value());
  }
  if (std::ranges::none_of(grads, [](const Value& grad) { return static_cast<bool>(grad); })) return;
  const Grads made = in_context("gradient of " + node.op + " \"" + node.name + "\"", [&] {
    return rule_for(node)->rule(ForwardNode(node, std::move(inputs), std::move(outputs), std::move(grads), std::move(wanted)), ops);
  });
  for (std::size_t i = 0; i < made.size(); ++i)
    if (made[i] && on_path.contains(node.inputs[i])) arrivals.add(node.inputs[i], made[i]);
}

// Drops the nodes from `first` on that nothing needs: the gradients nobody asked for.
void drop_unused(Graph& graph, std::size_t first, const std::vector<Value>& results) {
  Names needed;
  for (const Value& value : results) needed.insert(value.name());
  std::vector<Node> kept;
  for (std::size_t i = graph.nodes.size(); i-- > first;) {
    Node& node = graph.nodes[i];
    if (std::ranges::none_of(node.outputs, [&](const std::string& name) { return needed.contains(name); })) continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    kept.push_back(std::move(node));
  }
  Names gone;
  for (std::size_t i = first; i < graph.nodes.size(); ++i) gone.insert(graph.nodes[i].outputs.begin(), graph.nodes[i].outputs.end());
  for (const Node& node : kept)
    for (const std::string& name : node.outputs) gone.erase(name);
  graph.nodes.resize(first);
  std::ranges::move(std::views::reverse(kept), std::back_inserter(graph.nodes));
  std::erase_if(graph.values, [&](const ValueInfo& info) { return gone.contains(info.name); });
}

std::vector<Value> walk(Ops& ops, const Path& path, const Value& of, const std::vector<Value>& with_respect_to, const Value& incoming) {
  Arrivals arrivals(ops);
  const auto scope = ops.scope("gradient/");
  arrivals.add(of.name(), incoming ? incoming : number(ops, 1, of.dtype()));
  for (const Node& node : path.nodes) step_back(ops, node, path.values, arrivals);
  std::vector<Value> results;
  for (const Value& value : with_respect_to) {
    const Value gradient = path.values.contains(value.name()) ? arrivals.total(value.name()) : Value();
    results.push_back(gradient ? full(ops, gradient, value) : zeros_like(ops, value));
  }
  return results;
}

void check(Ops& ops, const Value& of, const std::vector<Value>& with_respect_to, const Value& incoming) {
  const auto opset = ops.model().opsets.find("");
  if (opset != ops.model().opsets.end() && opset->second < 13)
    throw Error(ErrorCode::kUnsupported, "the graph is written in operator set " + std::to_string(opset->second),
                "gradients need 13 or newer: convert it first");
  for (const Value& value : with_respect_to)
    if (!carries_gradient(value.dtype()))
      throw Error(ErrorCode::kInvalidArgument, "\"" + value.name() + "\" is " + to_string(value.dtype()), "only floats have gradients");
  if (!carries_gradient(of.dtype()))
    throw Error(ErrorCode::kInvalidArgument, "\"" + of.name() + "\" is " + to_string(of.dtype()), "only floats have gradients");
  const bool single = of.rank_known() && std::ranges::all_of(of.dims(), [](const Dim& dim) { return dim.value == 1; });
  if (!incoming && !single)
    throw Error(ErrorCode::kInvalidArgument,
                "\"" + of.name() + "\" has shape " + (of.rank_known() ? to_string(of.dims()) : "[...]") + ", not a single number",
                "reduce it to one number, or say which gradient arrives at it");
}

}  // namespace

std::vector<Value> differentiate(Ops& ops, Value of, const std::vector<Value>& with_respect_to, Value incoming) {
  check(ops, of, with_respect_to, incoming);
  const std::size_t first = ops.model().graph.nodes.size();
  const Path path = find_path(ops, of, with_respect_to);
  refuse_missing_rules(path);
  std::vector<Value> results;
  try {
    results = walk(ops, path, of, with_respect_to, incoming);
  } catch (...) {
    drop_unused(ops.model().graph, first, {});
    throw;
  }
  drop_unused(ops.model().graph, first, results);
  return results;
}

}  // namespace upkeep::gradients
