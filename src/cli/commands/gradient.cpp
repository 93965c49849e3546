// upkeep gradient: the gradient of a model as a model of standard operators, which any ONNX runtime can run.

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "convert/formats/format.hpp"
#include "graph/element_types.hpp"
#include "graph/notes.hpp"
#include "graph/onnx.hpp"
#include "train/gradients/report.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep::commands {

struct GradientOptions {
  std::string model;
  std::string output;
  std::string of;
  std::vector<std::string> with_respect_to;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::GradientOptions;

template <>
inline const Settings settings<GradientOptions> = describe<GradientOptions>(
    "gradient", "the gradient of a model as a standard ONNX graph, which any runtime can run",
    field("model", &GradientOptions::model, "a model file, or name@alias in --registry"),
    field("output", &GradientOptions::output,
          "the new .onnx file: the model's inputs, and OF_grad (what arrives at OF) unless OF is one number; the model's outputs, and "
          "NAME_grad "
          "for each name asked"),
    field("of", &GradientOptions::of, "the value whose gradient is taken: an output, or any value inside (default: the only float output)"),
    field("with_respect_to", &GradientOptions::with_respect_to, "inputs, weights or values inside (default: all float inputs)"),
    field("registry", &GradientOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

std::string chosen_output(const Model& model, const std::string& asked) {
  if (!asked.empty()) return asked;
  std::vector<std::string> floats;
  for (const ValueInfo& output : model.graph.outputs)
    if (is_floating(output.type.dtype)) floats.push_back(output.name);
  if (floats.size() == 1) return floats[0];
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("the model has {} float outputs", floats.size()),
              floats.empty() ? "give --of the name of a value inside" : "give --of one of: " + join(floats));
}

std::vector<std::string> chosen_inputs(const Model& model, const std::vector<std::string>& asked) {
  if (!asked.empty()) return asked;
  std::vector<std::string> floats;
  for (const ValueInfo& input : model.graph.inputs)
    if (is_floating(input.type.dtype) && !model.graph.initializer(input.name)) floats.push_back(input.name);
  if (floats.empty()) throw Error(ErrorCode::kInvalidArgument, "the model has no float input", "say --with-respect-to which values");
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

std::string free_name(const Ops& ops, const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; ops.knows(name); ++i) name = upkeep::format("{}_{}", wanted, i);
  return name;
}

bool is_one_number(const Value& value) {
  return value.rank_known() && std::ranges::all_of(value.dims(), [](const Dim& dim) { return dim.value == 1; });
}

// What makes the model one of layers does not hold for its gradient.
void forget_layers(Model& model) {
  drop_notes(model);
  model.training_tensors.clear();
}

int run_gradient(const GradientOptions& options, const Ordered&, Output& output) {
  Model model = lowered(open_model(options.model, options.registry));
  Ops ops(model);
  const Value of = value_named(ops, chosen_output(model, options.of));
  const std::vector<std::string> names = chosen_inputs(model, options.with_respect_to);
  std::vector<Value> wanted;
  for (const std::string& name : names) wanted.push_back(value_named(ops, name));
  const std::string of_name = of.name();
  Json inputs = Json::array();
  Value incoming;
  if (!is_one_number(of)) {
    const std::string name = free_name(ops, of_name + "_grad");
    incoming = ops.input(name, of.type());
    inputs.push_back(name);
  }
  const gradients::Report report =
      gradients::differentiate_and_report(ops, of, wanted, incoming, {.by_name = !options.with_respect_to.empty()});
  Json outputs = Json::object();
  for (std::size_t i = 0; i < report.gradients.size(); ++i) {
    const std::string name = free_name(ops, names[i] + "_grad");
    ops.output(report.gradients[i], name);
    outputs[names[i]] = name;
  }
  forget_layers(model);
  verify(model);
  save_model(model, options.output);
  output.result({{"output", options.output}, {"of", of_name}, {"inputs", inputs}, {"gradients", outputs}, {"notes", report.notes}});
  for (const auto& [name, gradient] : outputs.items())
    output.text(upkeep::format("{}: gradient of {} with respect to {}", gradient.get<std::string>(), of_name, name));
  for (const std::string& text : report.notes) note(text);
  output.text(upkeep::format("saved {}", options.output));
  return 0;
}

}  // namespace

void add_gradient(CommandCatalog& catalog) {
  catalog.add(entry<GradientOptions>("train", {"model", "output"}, {"model", "output"},
                                     {"upkeep gradient model.onnx gradient.onnx --of loss --with-respect-to x,dense_1/kernel",
                                      "upkeep gradient net.h5 saliency.onnx", "upkeep gradient gradient.onnx second.onnx --of x_grad"},
                                     run_gradient));
}

}  // namespace upkeep::commands
