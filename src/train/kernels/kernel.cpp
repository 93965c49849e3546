#include "train/kernels/kernel.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "graph/subgraph.hpp"

namespace upkeep::kernels {

const KernelDomain& domain() {
  static const KernelDomain all = [] {
    KernelDomain made{.name = kDomain, .types = {}};
    for (const KernelEntry& entry : catalog())
      made.types.push_back({entry.name, entry.inputs, entry.inputs.size() - entry.optional_inputs, entry.outputs, entry.make});
    return made;
  }();
  return all;
}

bool takes(std::string_view name, const std::vector<Value>& inputs) {
  const KernelEntry& entry = catalog().at(name);
  if (inputs.size() > entry.inputs.size()) return false;
  for (std::size_t i = 0; i < entry.inputs.size(); ++i) {
    const bool given = i < inputs.size() && inputs[i];
    if (!given && i < entry.inputs.size() - entry.optional_inputs) return false;
    if (given && (inputs[i].dtype() != entry.inputs[i] || !inputs[i].rank_known())) return false;
  }
  return true;
}

std::vector<Value> apply(Ops& ops, std::string_view name, const std::vector<Value>& inputs, std::vector<Attribute> attributes,
                         const std::vector<bool>& wanted) {
  if (!takes(name, inputs)) throw Error(ErrorCode::kInternal, "kernel " + std::string(name) + " does not take these inputs");
  std::vector<ValueType> types = catalog().at(name).infer(inputs, attributes);
  for (std::size_t i = 0; i < wanted.size() && i < types.size(); ++i)
    if (!wanted[i]) types[i] = {};
  return ops.custom(name, kDomain, inputs, std::move(attributes), types);
}

const gradients::Rule* rule_for(const Node& node) {
  static const std::unordered_map<std::string, const gradients::Rule*> rules = [] {
    std::unordered_map<std::string, const gradients::Rule*> made;
    for (const KernelEntry& entry : catalog())
      for (const auto& [of, rule] : entry.rules) made.emplace(of, &rule);
    return made;
  }();
  const auto found = rules.find(node.domain.empty() || node.domain == "ai.onnx" ? node.op : node.domain + ":" + node.op);
  return found == rules.end() ? nullptr : found->second;
}

// --- putting nodes in place of others ------------------------------------------------------------------------------

namespace {

bool of_this_room(const Node& node) { return node.domain == kDomain; }

void rename(Graph& graph, std::size_t first, const std::string& from, const std::string& to) {
  for (std::size_t i = first; i < graph.nodes.size(); ++i) {
    std::ranges::replace(graph.nodes[i].inputs, from, to);
    std::ranges::replace(graph.nodes[i].outputs, from, to);
  }
  std::erase_if(graph.values, [&](const ValueInfo& info) { return info.name == from; });
}

// The nodes from `first` on were made in place of `node`: their results take its names. By Identity where a result is an input itself,
// or stands for two outputs.
void take_names(Ops& ops, const Node& node, std::size_t first, const std::vector<Value>& results) {
  Graph& graph = ops.model().graph;
  std::unordered_map<std::string, std::string> renamed;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const std::string& to = node.outputs[i];
    if (to.empty()) continue;
    if (i >= results.size() || !results[i]) {  // what only its gradient would read, which is expanded as well
      std::erase_if(graph.values, [&](const ValueInfo& info) { return info.name == to; });
      continue;
    }
    const std::string from = results.at(i).name();
    const bool made_here = std::any_of(graph.nodes.begin() + static_cast<std::ptrdiff_t>(first), graph.nodes.end(),
                                       [&](const Node& one) { return std::ranges::find(one.outputs, from) != one.outputs.end(); });
    if (made_here) {
      rename(graph, first, from, to);
      renamed[from] = to;
    } else {
      const auto earlier = renamed.find(from);
      std::string name = to;  // other nodes may be named after this value
      while (std::ranges::any_of(graph.nodes, [&](const Node& one) { return one.name == name; })) name += "/Identity";
      graph.nodes.push_back(
          {.op = "Identity", .domain = {}, .name = name, .inputs = {earlier == renamed.end() ? from : earlier->second}, .outputs = {to}});
    }
  }
}

std::vector<Value> existing(Ops& ops, const std::vector<std::string>& names) {
  std::vector<Value> values;
  for (const std::string& name : names) values.push_back(name.empty() ? Value() : ops.existing(name));
  return values;
}

// Rebuilds the list of nodes in order; `make` answers with what stands in place of a node, or nothing when it stays.
template <typename Make>
void replace_nodes(Ops& ops, const Make& make) {
  Graph& graph = ops.model().graph;
  const std::vector<Node> old = std::exchange(graph.nodes, {});
  for (const Node& node : old) {
    const std::size_t first = graph.nodes.size();
    const std::vector<Value> results = make(node);
    if (results.empty()) graph.nodes.push_back(node);
    else take_names(ops, node, first, results);
  }
}

std::unordered_set<std::string> all_reads(const Graph& graph) {
  std::unordered_set<std::string> all;
  for (const Node& node : graph.nodes) {
    const auto reads = reads_of(node);
    all.insert(reads.begin(), reads.end());
  }
  return all;
}

// Nodes that had a reader before and have none now.
void drop_orphans(Graph& graph, const std::unordered_set<std::string>& read_before, const std::vector<std::string>& roots) {
  bool more = true;
  while (more) {
    std::unordered_set<std::string> reads = all_reads(graph);
    reads.insert(roots.begin(), roots.end());
    const auto orphaned = [&](const Node& node) {
      const auto unread = [&](const std::string& name) { return !reads.contains(name); };
      const auto was_read = [&](const std::string& name) { return read_before.contains(name); };
      return std::ranges::all_of(node.outputs, unread) && std::ranges::any_of(node.outputs, was_read);
    };
    std::unordered_set<std::string> gone;
    for (const Node& node : graph.nodes)
      if (orphaned(node)) gone.insert(node.outputs.begin(), node.outputs.end());
    more = std::erase_if(graph.nodes, orphaned) > 0;
    std::erase_if(graph.values, [&](const ValueInfo& info) { return gone.contains(info.name); });
  }
}

}  // namespace

const Node* Place::producer(const std::string& value) const {
  const auto found = uses_.producer(value);
  return found ? &graph_.nodes[*found] : nullptr;
}

bool Place::only_reader(const std::string& value) const {
  if (std::ranges::contains(roots_, value)) return false;
  const std::set<Uses::Id>& readers = uses_.readers(value);
  return readers.size() == 1 && std::ranges::count(graph_.nodes[*readers.begin()].inputs, value) == 1;  // not a sub-graph of the node
}

void fuse(Ops& ops, const std::vector<Value>& roots) {
  std::vector<std::string> names;
  for (const Value& root : roots) names.push_back(root.name());
  for (const ValueInfo& output : ops.model().graph.outputs) names.push_back(output.name);
  const auto read_before = all_reads(ops.model().graph);
  for (const KernelEntry& entry : catalog()) {
    if (!entry.fuse) continue;
    const Graph before = ops.model().graph;
    const Uses uses(before);
    replace_nodes(ops, [&](const Node& node) {
      const auto scope = ops.scope(node.name.substr(0, node.name.rfind('/') + 1));
      return entry.fuse(Place(before, uses, node, names), ops);
    });
    drop_orphans(ops.model().graph, read_before, names);
  }
}

void expand(Model& model) {
  if (std::ranges::none_of(model.graph.nodes, of_this_room)) return;
  Ops ops(model);
  replace_nodes(ops, [&](const Node& node) {
    if (!of_this_room(node)) return std::vector<Value>{};
    const auto scope = ops.scope(node.name.substr(0, node.name.rfind('/') + 1));
    return catalog().at(node.op).expand(ops, node, existing(ops, node.inputs));
  });
  model.opsets.erase(kDomain);
}

// --- what members are written in -----------------------------------------------------------------------------------

TypeInference like(std::vector<std::size_t> inputs) {
  return [from = std::move(inputs)](const std::vector<Value>& values, const std::vector<Attribute>&) {
    std::vector<ValueType> types;
    for (const std::size_t i : from) types.push_back({values.at(i).dtype(), values.at(i).dims(), {}});
    return types;
  };
}

std::vector<bool> wanted_outputs(const Node& node, std::size_t count) {
  std::vector<bool> wanted;
  for (std::size_t i = 0; i < count; ++i) wanted.push_back(i < node.outputs.size() && !node.outputs[i].empty());
  return wanted;
}

gradients::Grads by_rule(Ops& ops, Node node, std::vector<Value> inputs, std::vector<Value> outputs, std::vector<Value> grads,
                         std::vector<bool> wanted) {
  const gradients::Rule& rule = gradients::catalog().at(node.op).rule;
  return rule(gradients::ForwardNode(node, std::move(inputs), std::move(outputs), std::move(grads), std::move(wanted)), ops);
}

// Through copies of the inputs: one of them may depend on another, and only the way through this operator counts.
gradients::Grads by_lowering(Ops& ops, const std::vector<Value>& inputs, const std::vector<bool>& wanted, const std::vector<Value>& grads,
                             const std::function<std::vector<Value>(const std::vector<Value>& inputs)>& build) {
  std::vector<Value> copies, variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    copies.push_back(inputs[i] ? ops.identity(inputs[i]) : Value());
    if (wanted[i]) variables.push_back(copies.back());
  }
  const std::vector<Value> outputs = build(copies);
  std::vector<gradients::Arrival> arrivals;
  for (std::size_t i = 0; i < grads.size(); ++i)
    if (grads[i]) arrivals.push_back({outputs.at(i), grads[i]});
  const std::vector<Value> found = gradients::differentiate(ops, arrivals, variables);
  gradients::Grads made;
  std::size_t next = 0;
  for (const bool one : wanted) made.push_back(one ? found[next++] : Value());
  return made;
}

}  // namespace upkeep::kernels
