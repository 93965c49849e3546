#include "layers/view/same_answers.hpp"

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "graph/subgraph.hpp"
#include "layers/view/build.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::layers {
namespace {

// Values by the place where they are first spoken of, so that what was built beside the answers leaves no trace in names.
class Renaming {
 public:
  explicit Renaming(Graph& graph) : graph_(graph) {
    for (const ValueInfo& input : graph.inputs) names_.emplace(input.name, input.name);
  }

  void run() {
    for (Node& node : graph_.nodes) {
      node.name.clear();
      for (std::string& input : node.inputs) input = name(input);
      for (std::string& output : node.outputs) output = name(output);
    }
    for (ValueInfo& output : graph_.outputs) output.name = name(output.name);
    for (auto& [old, tensor] : graph_.initializers) old = name(old);
    std::ranges::sort(graph_.initializers, {}, [](const auto& one) { return one.first; });
    graph_.values.clear();
  }

 private:
  std::string name(const std::string& old) {
    return old.empty() ? old : names_.try_emplace(old, upkeep::format("v{}", names_.size())).first->second;
  }

  Graph& graph_;
  std::map<std::string, std::string> names_;
};

// The nodes in an order that only the outputs decide: what a node reads stands before it, first what it reads first.
std::vector<Node> as_the_outputs_need(const Graph& graph) {
  std::map<std::string, std::size_t> makers;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const std::string& output : graph.nodes[i].outputs) makers.emplace(output, i);
  std::vector<Node> order;
  std::vector<bool> seen(graph.nodes.size());
  std::vector<std::pair<std::size_t, std::vector<std::string>>> path;  // nodes, and what they still wait for, the last first
  const auto enter = [&](const std::string& value) {
    const auto maker = makers.find(value);
    if (maker == makers.end() || seen[maker->second]) return;
    seen[maker->second] = true;
    std::vector<std::string> reads = graph.nodes[maker->second].inputs;
    for (const std::string& name : reads_of(graph.nodes[maker->second])) reads.push_back(name);  // of its sub-graphs too
    std::ranges::reverse(reads);
    path.emplace_back(maker->second, std::move(reads));
  };
  for (const ValueInfo& output : graph.outputs) {
    enter(output.name);
    while (!path.empty()) {
      if (auto& reads = path.back().second; !reads.empty()) {
        const std::string next = std::move(reads.back());
        reads.pop_back();
        enter(next);
      } else {
        order.push_back(graph.nodes[path.back().first]);
        path.pop_back();
      }
    }
  }
  return order;
}

std::string answers_of(const Architecture& architecture) {
  Model model;
  Ops ops(model);
  const BuiltLayers built =
      build_layers(architecture, ops, {.weight = [&](const NamedWeight& weight) {
                     return ops.input(weight.name, DType::kFloat32, Dims(weight.spec.shape.begin(), weight.spec.shape.end()));
                   }});
  for (const std::string& output : output_layers(architecture)) ops.output(built.outputs.at(output), output);
  drop_unread(model.graph);
  drop_unread_initializers(model.graph);
  model.graph.nodes = as_the_outputs_need(model.graph);
  std::ranges::sort(model.graph.inputs, {}, &ValueInfo::name);  // those, and weights, were made layer by layer
  Renaming(model.graph).run();
  return model_to_bytes(model);
}

}  // namespace

bool same_answers(const Architecture& one, const Architecture& other) { return answers_of(one) == answers_of(other); }

}  // namespace upkeep::layers
