#include "train/gradients/shared/path.hpp"

#include <algorithm>
#include <ranges>

#include "graph/stop_gradient.hpp"
#include "graph/subgraph.hpp"
#include "train/gradients/shared/control_flow.hpp"
#include "train/kernels/kernel.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep::gradients {
namespace {

Path path_of_rules(Ops& ops, const Names& targets, const Names& sources) {
  Path path{.nodes = {}, .values = {}, .influenced = influenced_by(ops, sources)};
  const auto is_influenced = [&](const std::string& name) { return path.influenced.contains(name); };
  std::ranges::copy_if(targets, std::inserter(path.values, path.values.end()), is_influenced);
  for (const Node& node : std::views::reverse(ops.model().graph.nodes)) {
    if (std::ranges::none_of(node.outputs, [&](const std::string& name) { return path.values.contains(name); })) continue;
    const std::set<std::string> reads = reads_of(node);
    if (std::ranges::none_of(reads, is_influenced)) continue;
    std::ranges::copy_if(reads, std::inserter(path.values, path.values.end()), is_influenced);
    path.nodes.push_back(node);
  }
  return path;
}

void collect_missing(Ops& ops, const Path& path, const std::string& place, std::vector<std::string>& missing) {
  for (const Node& node : std::views::reverse(path.nodes)) {
    if (!rule_for(node) && !kernels::rule_for(node)) missing.push_back(described(node, place));
    for (const Wiring& wiring : wirings(node)) {
      Subgraph body(ops, typed_body(ops, node, wiring), body_prefix(ops, node, wiring));
      const BodyFlow flow = body_flow(body, wiring, node, path.values);
      collect_missing(body.ops(), flow.path, " in the " + wiring.attribute + " of " + node.op + " \"" + node.name + "\"" + place, missing);
    }
  }
}

}  // namespace

bool carries_gradient(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBFloat16 ||
         dtype == DType::kUndefined;
}

const GradientEntry* rule_for(const Node& node) {
  static const GradientEntry kStop = {.name = "Identity", .aliases = {}, .help = "dL/dx = 0: stops the gradient", .rule = nullptr};
  if (stops_gradient(node)) return &kStop;
  return node.domain.empty() ? catalog().find(node.op) : nullptr;
}

Names influenced_by(Ops& ops, const Names& sources) {
  Names influenced = sources;
  for (const Node& node : ops.model().graph.nodes) {
    const GradientEntry* entry = rule_for(node);
    if (entry && !entry->rule) continue;
    if (std::ranges::none_of(reads_of(node), [&](const std::string& name) { return influenced.contains(name); })) continue;
    const bool through_integers = entry && entry->through_integers;
    for (const std::string& output : node.outputs)
      if (!output.empty() && (through_integers || carries_gradient(ops.existing(output).dtype()))) influenced.insert(output);
  }
  return influenced;
}

std::string described(const Node& node, const std::string& place) {
  std::string text = (node.domain.empty() ? "" : node.domain + ":") + node.op;
  if (node.name.empty()) {
    const auto made = std::ranges::find_if(node.outputs, [](const std::string& name) { return !name.empty(); });
    return text + (made == node.outputs.end() ? "" : " that makes \"" + *made + "\"") + place;
  }
  text += " \"" + node.name + "\"";
  const std::string layer = node.name.substr(0, node.name.find('/'));
  if (layer != node.name) text += " of layer \"" + layer + "\"";
  return text + place;
}

Path find_path(Ops& ops, const Names& targets, const Names& sources) {
  for (;;) {
    Path path = path_of_rules(ops, targets, sources);
    bool changed = false;
    for (const Node& node : path.nodes) {
      if (rule_for(node) || !lowerings::can_lower(ops, node)) continue;
      lowerings::lower(ops, node);
      changed = true;
    }
    if (!changed) return path;
  }
}

std::vector<std::string> missing_rules(Ops& ops, const Path& path) {
  std::vector<std::string> missing;
  collect_missing(ops, path, "", missing);
  return missing;
}

}  // namespace upkeep::gradients
