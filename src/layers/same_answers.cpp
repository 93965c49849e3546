#include "layers/same_answers.hpp"

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "graph/subgraph.hpp"
#include "layers/build.hpp"
#include "layers/layout.hpp"

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
  Renaming(model.graph).run();
  return model_to_bytes(model);
}

}  // namespace

bool same_answers(const Architecture& one, const Architecture& other) { return answers_of(one) == answers_of(other); }

}  // namespace upkeep::layers
