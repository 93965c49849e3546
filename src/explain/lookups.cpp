#include "explain/lookups.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "graph/nodes.hpp"
#include "graph/subgraph.hpp"

namespace upkeep::explain {

namespace {

// Operators that leave the order of elements as it is.
constexpr auto kInOrder = std::to_array<std::string_view>({"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Clip", "Add",
                                                           "Sub", "Mul", "Max", "Min", "Mod", "Abs", "LabelEncoder", "StringNormalizer"});

bool of_no_interest(const Node& node) { return is_op(node, "Shape") || is_op(node, "Size"); }

Error no_lookup(const std::string& input, const Node& node) {
  return Error(
      ErrorCode::kUnsupported,
      upkeep::format("input \"{}\" is read by {} \"{}\", to whose whole numbers or texts there is no gradient", input, node.op, node.name));
}

bool looks_up(const Node& node, const std::string& value) {
  if (is_op(node, "Gather")) return input(node, 1) == value && node.get<std::int64_t>("axis", 0) == 0;
  if (is_op(node, "OneHot")) return input(node, 0) == value && node.get<std::int64_t>("axis", -1) == -1;
  return is_op(node, "Cast") || node.op == "LabelEncoder";
}

}  // namespace

std::vector<Lookup> lookups_of(const Model& model, const std::string& input_name) {
  std::vector<Lookup> found;
  std::set<std::string> reached = {input_name};
  for (const Node& node : model.graph.nodes) {  // in topological order
    const std::set<std::string> reads = reads_of(node);
    const auto read = std::ranges::find_if(reads, [&](const std::string& name) { return reached.contains(name); });
    if (read == reads.end() || of_no_interest(node)) continue;
    for (const std::string& output : node.outputs) {
      const ValueInfo* const info = model.graph.value(output);
      if (!info) throw no_lookup(input_name, node);
      if (info->type.dtype == DType::kBool) continue;  // a mask
      if (is_floating(info->type.dtype)) {
        if (!looks_up(node, *read)) throw no_lookup(input_name, node);
        found.push_back({input_name, output});
      } else {
        if (std::ranges::find(kInOrder, node.op) == kInOrder.end()) throw no_lookup(input_name, node);
        reached.insert(output);
      }
    }
  }
  return found;
}

void cut_at(Model& model, const std::vector<Lookup>& lookups) {
  Graph& graph = model.graph;
  for (const Lookup& lookup : lookups) {
    const ValueInfo info = *graph.value(lookup.value);
    for (Node& node : graph.nodes)
      for (std::string& output : node.outputs)
        if (output == lookup.value) output += "/looked_up";
    std::erase_if(graph.values, [&](const ValueInfo& value) { return value.name == lookup.value; });
    graph.inputs.push_back({.name = info.name, .type = info.type, .doc = {}, .metadata = {}});
  }
}

}  // namespace upkeep::explain
