#include "graph/subgraph.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_set>

namespace upkeep {
namespace {

Model around(const Model& outer, Graph graph) {
  Model model;
  model.graph = std::move(graph);
  model.ir_version = outer.ir_version;
  model.opsets = outer.opsets;
  model.functions = outer.functions;
  return model;
}

}  // namespace

std::vector<GraphPtr> subgraphs(const Node& node) {
  std::vector<GraphPtr> found;
  for (const Attribute& attribute : node.attributes) {
    if (const auto* one = std::get_if<GraphPtr>(&attribute.value)) found.push_back(*one);
    if (const auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value))
      found.insert(found.end(), several->begin(), several->end());
  }
  return found;
}

std::set<std::string> reads_of(const Node& node) {
  std::set<std::string> reads(node.inputs.begin(), node.inputs.end());
  for (const GraphPtr& inner : subgraphs(node)) reads.merge(reads_of(*inner));
  reads.erase("");
  return reads;
}

std::set<std::string> reads_of(const Graph& graph) {
  std::set<std::string> reads;
  for (const Node& node : graph.nodes) reads.merge(reads_of(node));
  for (const ValueInfo& output : graph.outputs) reads.insert(output.name);
  for (const ValueInfo& input : graph.inputs) reads.erase(input.name);
  for (const auto& [name, tensor] : graph.initializers) reads.erase(name);
  for (const Node& node : graph.nodes)
    for (const std::string& name : node.outputs) reads.erase(name);
  reads.erase("");
  return reads;
}

static void drop_initializers(Graph& graph, const std::unordered_set<std::string>& read) {
  std::erase_if(graph.initializers, [&](const auto& one) { return !read.contains(one.first) && !graph.input(one.first); });
}

void drop_unread_initializers(Graph& graph, const std::vector<std::string>& kept) {
  std::unordered_set<std::string> read(kept.begin(), kept.end());
  for (const ValueInfo& output : graph.outputs) read.insert(output.name);
  for (const Node& node : graph.nodes) {
    const std::set<std::string> reads = reads_of(node);
    read.insert(reads.begin(), reads.end());
  }
  drop_initializers(graph, read);
}

void drop_unused(Graph& graph) {
  std::unordered_set<std::string> needed;
  for (const ValueInfo& output : graph.outputs) needed.insert(output.name);
  std::vector<Node> kept;
  for (Node& node : std::views::reverse(graph.nodes)) {
    if (std::ranges::none_of(node.outputs, [&](const std::string& name) { return needed.contains(name); })) continue;
    const std::set<std::string> reads = reads_of(node);
    needed.insert(reads.begin(), reads.end());
    kept.push_back(std::move(node));
  }
  graph.nodes.clear();
  std::ranges::move(std::views::reverse(kept), std::back_inserter(graph.nodes));
  drop_initializers(graph, needed);
  std::unordered_set<std::string> made;
  for (const Node& node : graph.nodes) made.insert(node.outputs.begin(), node.outputs.end());
  std::erase_if(graph.values, [&](const ValueInfo& info) { return !made.contains(info.name); });
}

namespace {

using Renaming = std::map<std::string, std::string>;

void rename(std::string& name, const Renaming& names) {
  if (const auto found = names.find(name); found != names.end()) name = found->second;
}

template <typename Change>
void change_subgraphs(Node& node, const Change& change) {
  for (Attribute& attribute : node.attributes) {
    const auto inner = [&](GraphPtr& one) { one = std::make_shared<const Graph>(change(*one)); };
    if (auto* one = std::get_if<GraphPtr>(&attribute.value)) inner(*one);
    if (auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*several, inner);
  }
}

}  // namespace

Graph with_captures_renamed(const Graph& graph, const std::map<std::string, std::string>& names) {
  Renaming captured;
  for (const std::string& name : reads_of(graph))
    if (const auto found = names.find(name); found != names.end()) captured.insert(*found);
  Graph changed = graph;
  if (captured.empty()) return changed;
  for (Node& node : changed.nodes) {
    for (std::string& name : node.inputs) rename(name, captured);
    change_subgraphs(node, [&](const Graph& inner) { return with_captures_renamed(inner, captured); });
  }
  for (ValueInfo& output : changed.outputs) rename(output.name, captured);
  return changed;
}

Graph with_names_under(const Graph& graph, const std::string& prefix) {
  std::set<std::string> defined;
  for (const ValueInfo& input : graph.inputs) defined.insert(input.name);
  for (const auto& [name, tensor] : graph.initializers) defined.insert(name);
  for (const Node& node : graph.nodes) defined.insert(node.outputs.begin(), node.outputs.end());
  defined.erase("");
  Renaming names;
  for (const std::string& name : defined) {
    if (name.starts_with(prefix)) continue;
    std::string under = prefix + "forward/" + name;
    while (defined.contains(under)) under += "_";
    names.emplace(name, std::move(under));
  }
  Graph changed = graph;
  for (auto* list : {&changed.inputs, &changed.outputs, &changed.values})
    for (ValueInfo& info : *list) rename(info.name, names);
  for (auto& [name, tensor] : changed.initializers) rename(name, names);
  for (Node& node : changed.nodes) {
    for (auto* list : {&node.inputs, &node.outputs})
      for (std::string& name : *list) rename(name, names);
    change_subgraphs(node, [&](const Graph& inner) { return with_names_under(with_captures_renamed(inner, names), prefix); });
  }
  return changed;
}

Subgraph::Subgraph(Ops& outer, Graph graph, std::string prefix)
    : model_(around(outer.model(), std::move(graph))), ops_(model_, outer, std::move(prefix)) {}

ValueInfo Subgraph::output_info(const std::string& name, const Value& value) {
  ValueType type = value.type();
  if (type.shape)
    for (Dim& dim : *type.shape) dim.symbol.clear();
  return {name, std::move(type), {}, {}};
}

GraphPtr Subgraph::with_outputs(const std::vector<Value>& outputs) const {
  Graph made = model_.graph;
  made.outputs.clear();
  std::unordered_set<std::string> own;
  for (const Node& node : made.nodes) own.insert(node.outputs.begin(), node.outputs.end());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::string name = outputs[i].name();
    if (own.erase(name) == 0) {  // an input, an outer value, or a result twice
      name = ops_.prefix() + "output_" + std::to_string(i);
      while (ops_.knows(name)) name += "_";
      made.nodes.push_back({.op = "Identity", .domain = {}, .name = name, .inputs = {outputs[i].name()}, .outputs = {name}});
    }
    made.outputs.push_back(output_info(name, outputs[i]));
  }
  drop_unused(made);
  made.values.clear();
  return std::make_shared<const Graph>(with_names_under(made, ops_.prefix()));
}

}  // namespace upkeep
