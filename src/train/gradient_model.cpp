#include "train/gradient_model.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/element_types.hpp"
#include "graph/notes.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"
#include "train/gradients/report.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep {

namespace {

std::string chosen_output(const Model& model, const std::string& asked) {
  if (!asked.empty()) return asked;
  std::vector<std::string> floats;
  for (const ValueInfo& output : model.graph.outputs)
    if (is_floating(output.type.dtype)) floats.push_back(output.name);
  if (floats.size() == 1) return floats[0];
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("the model has {} float outputs", floats.size()),
              floats.empty() ? "name a value inside" : "name one of: " + join(floats));
}

std::vector<std::string> chosen_inputs(const Model& model, const std::vector<std::string>& asked) {
  if (!asked.empty()) return asked;
  std::vector<std::string> floats;
  for (const ValueInfo& input : model.graph.inputs)
    if (is_floating(input.type.dtype) && !model.graph.initializer(input.name)) floats.push_back(input.name);
  if (floats.empty()) throw Error(ErrorCode::kInvalidArgument, "the model has no float input", "name the values");
  return floats;
}

Value value_named(Ops& ops, const std::string& name) {
  if (ops.knows(name)) return ops.existing(name);
  const Graph& graph = ops.model().graph;
  std::vector<std::string> names;
  for (const ValueInfo& input : graph.inputs) names.push_back(input.name);
  for (const auto& [weight, tensor] : graph.initializers) names.push_back(weight);
  for (const Node& node : graph.nodes) names.insert(names.end(), node.outputs.begin(), node.outputs.end());
  throw unknown_name("value", name, names);
}

bool is_one_number(const Value& value) {
  return value.rank_known() && std::ranges::all_of(value.dims(), [](const Dim& dim) { return dim.value == 1; });
}

// What makes the model one of layers does not hold for its gradient.
void forget_layers(Model& model) {
  drop_notes(model);
  model.training_tensors.clear();
}

}  // namespace

std::string unused_name(const Ops& ops, const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; ops.knows(name); ++i) name = upkeep::format("{}_{}", wanted, i);
  return name;
}

GradientModel gradient_model(const Model& model, const std::string& of, const std::vector<std::string>& with_respect_to) {
  GradientModel made{.model = lowered(model), .of = {}, .incoming = {}, .gradients = {}, .notes = {}};
  Ops ops(made.model);
  const Value value = value_named(ops, chosen_output(made.model, of));
  const std::vector<std::string> names = chosen_inputs(made.model, with_respect_to);
  std::vector<Value> wanted;
  for (const std::string& name : names) wanted.push_back(value_named(ops, name));
  made.of = value.name();
  Value incoming;
  if (!is_one_number(value)) {
    made.incoming = unused_name(ops, made.of + "_grad");
    incoming = ops.input(made.incoming, value.type());
  }
  gradients::Report report = gradients::differentiate_and_report(ops, value, wanted, incoming, {.by_name = !with_respect_to.empty()});
  for (std::size_t i = 0; i < report.gradients.size(); ++i) {
    const std::string name = unused_name(ops, names[i] + "_grad");
    ops.output(report.gradients[i], name);
    made.gradients.emplace_back(names[i], name);
  }
  forget_layers(made.model);
  verify(made.model);
  made.notes = std::move(report.notes);
  return made;
}

}  // namespace upkeep
