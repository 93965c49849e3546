#include "train/texts.hpp"

#include <algorithm>
#include <set>

#include "graph/ops.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {

namespace {

using Names = std::set<std::string>;

bool reads_any(const Node& node, const Names& names) {
  return std::ranges::any_of(reads_of(node), [&](const std::string& name) { return names.contains(name); });
}

bool makes_any(const Node& node, const Names& names) {
  return std::ranges::any_of(node.outputs, [&](const std::string& name) { return names.contains(name); });
}

Names text_inputs(const Forward& forward) {
  Names names;
  for (const std::string& name : forward.data)
    if (forward.model.graph.input(name)->type.dtype == DType::kString) names.insert(name);
  return names;
}

// What is read of the graph from outside.
Names wanted_of(const Forward& forward) {
  Names names;
  for (const auto& [output, value] : forward.outputs) names.insert(value);
  for (const auto& [output, mask] : forward.masks) names.insert(mask);
  for (const auto& [activity, regularizer] : forward.activity_penalties) names.insert(activity);
  for (const auto& [weight, after] : forward.updates) names.insert(after);
  return names;
}

// The nodes that read texts, in order; `texts` grows by the texts that they make.
std::vector<Node> readers(const Graph& graph, const Ops& ops, Names& texts) {
  std::vector<Node> found;
  for (const Node& node : graph.nodes) {
    if (!reads_any(node, texts)) continue;
    found.push_back(node);
    for (const std::string& output : node.outputs)
      if (!output.empty() && ops.existing(output).type().dtype == DType::kString) texts.insert(output);
  }
  return found;
}

// The other nodes that are needed for `live`, which grows by what they read.
std::vector<Node> others(const Graph& graph, const Names& texts, Names& live) {
  std::vector<Node> kept;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (reads_any(*node, texts) || !makes_any(*node, live)) continue;
    live.merge(reads_of(*node));
    kept.push_back(*node);
  }
  std::ranges::reverse(kept);
  return kept;
}

// Whether only the number of rows varies. What is of other sizes (the words of a text) is computed with the texts.
bool has_equal_rows(const ValueType& type) {
  return type.shape && !type.shape->empty() &&
         std::all_of(type.shape->begin() + 1, type.shape->end(), [](const Dim& dim) { return dim.known(); });
}

Model part_for(const Model& model, std::vector<ValueInfo> outputs) {
  Model part = model;
  part.metadata.clear();
  part.training_tensors.clear();
  part.graph.name = "texts";
  part.graph.outputs = std::move(outputs);
  drop_unused(part.graph);
  Names read;
  for (const Node& node : part.graph.nodes) read.merge(reads_of(node));
  std::erase_if(part.graph.inputs, [&](const ValueInfo& input) { return !read.contains(input.name); });
  return part;
}

// A text that becomes as many numbers as it has words has no place in a batch of equal rows, nor has what is computed of it.
void expect_no_weights(const Graph& part, const std::vector<std::string>& data) {
  for (const ValueInfo& input : part.inputs)
    if (!std::ranges::contains(data, input.name))
      throw Error(ErrorCode::kUnsupported, "weight \"" + input.name + "\" works on texts of different lengths, each as long as its words",
                  "text_vectorization: {output_sequence_length: 100} gives all texts one length");
}

}  // namespace

std::optional<Model> take_out_texts(Forward& forward) {
  Graph& graph = forward.model.graph;
  const Names inputs = text_inputs(forward);
  if (inputs.empty()) return std::nullopt;
  Names texts = inputs;
  std::vector<ValueInfo> between;
  std::vector<Node> kept;
  for (bool grew = true; grew;) {
    const Ops ops(forward.model);
    const std::vector<Node> front = readers(graph, ops, texts);
    Names live = wanted_of(forward);
    kept = others(graph, texts, live);
    between.clear();
    for (const Node& node : front)
      for (const std::string& output : node.outputs)
        if (live.contains(output)) between.push_back({.name = output, .type = ops.existing(output).type()});
    grew = false;
    for (const ValueInfo& value : between) grew = (!has_equal_rows(value.type) && texts.insert(value.name).second) || grew;
  }
  for (const ValueInfo& value : between)
    if (value.type.dtype == DType::kString)
      throw Error(ErrorCode::kUnsupported, "output \"" + value.name + "\" is of texts", "training needs numbers");
  Model part = part_for(forward.model, between);
  expect_no_weights(part.graph, forward.data);
  graph.nodes = std::move(kept);
  const auto is_text = [&](const std::string& name) { return inputs.contains(name); };
  std::erase_if(graph.inputs, [&](const ValueInfo& input) { return is_text(input.name); });
  std::erase_if(forward.data, is_text);
  for (ValueInfo& value : between) {
    forward.data.push_back(value.name);
    graph.inputs.push_back(std::move(value));
  }
  return part;
}

}  // namespace upkeep
