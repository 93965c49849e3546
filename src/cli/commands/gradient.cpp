// upkeep gradient: the gradient of a model as a model of standard operators, which any ONNX runtime can run.

#include "train/gradient_model.hpp"

#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "convert/formats/format.hpp"

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

int run_gradient(const GradientOptions& options, const Ordered&, Output& output) {
  const GradientModel made = gradient_model(open_model(options.model, options.registry), options.of, options.with_respect_to);
  save_model(made.model, options.output);
  Json inputs = Json::array(), outputs = Json::object();
  if (!made.incoming.empty()) inputs.push_back(made.incoming);
  for (const auto& [name, gradient] : made.gradients) outputs[name] = gradient;
  output.result({{"output", options.output}, {"of", made.of}, {"inputs", inputs}, {"gradients", outputs}, {"notes", made.notes}});
  for (const auto& [name, gradient] : made.gradients)
    output.text(upkeep::format("{}: gradient of {} with respect to {}", gradient, made.of, name));
  for (const std::string& text : made.notes) note(text);
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
