// upkeep convert: from one file format to another, by extension or name, with the graph rewritten on the way, and proof that the answers
// are the same.

#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/compare_inside.hpp"
#include "convert/formats/format.hpp"
#include "convert/random_inputs.hpp"
#include "layers/stateful.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::commands {

struct ConvertOptions {
  std::string model;
  std::string output;
  std::string as;
  std::string weights;
  std::string verify = "random";
  std::optional<double> tolerance;
  std::optional<std::int64_t> rows;
  std::int64_t seed = 0;
  bool states = false;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::ConvertOptions;

template <>
inline const Settings settings<ConvertOptions> = describe<ConvertOptions>(
    "convert", "write a model in another format, and prove that its answers are the same",
    field("model", &ConvertOptions::model, "a model file, an architecture, or name@alias in --registry"),
    field("output", &ConvertOptions::output, "the new file; its extension says the format (`upkeep catalog formats`)"),
    field("as", &ConvertOptions::as, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog convert/formats`, in place of the extension"),
    field("weights", &ConvertOptions::weights, "take the weights of this file instead: .npz, .safetensors, and Keras's weights alone"),
    field(
        "states", &ConvertOptions::states,
        "make the states of Keras's stateful layers inputs and outputs: LAYER_state_0, ...; outputs behind the model's own, in that order"),
    field("verify", &ConvertOptions::verify, "compare the answers on `random` rows, on a table's rows, or `none`"),
    field("tolerance", &ConvertOptions::tolerance,
          "largest difference, relative to the larger of both values and the output's root mean square; beyond it the conversion fails and "
          "leaves no file. Without it: 1e-5, or for float16 1e-2 and bfloat16 8e-2",
          range(0.0, 1.0)),
    field("rows", &ConvertOptions::rows, "random rows to compare on; without it 64, fewer where rows are large", range(1, 1e6)),
    field("seed", &ConvertOptions::seed, "of the random rows"),
    field("registry", &ConvertOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

// Inputs of the model, of sizes that suit the rewritten one too.
Model asked_of_both(Model model, const Model& rewritten) {
  for (ValueInfo& input : model.graph.inputs) {
    const ValueInfo* other = rewritten.graph.input(input.name);
    if (!other || !other->type.shape || !input.type.shape || other->type.shape->size() != input.type.shape->size()) continue;
    for (std::size_t i = 0; i < input.type.shape->size(); ++i)
      if (!(*input.type.shape)[i].known()) (*input.type.shape)[i] = (*other->type.shape)[i];
  }
  return model;
}

Tensors inputs_for(const Model& model, const Model& rewritten, const ConvertOptions& options) {
  if (options.verify == "random") {
    const Model asked = asked_of_both(model, rewritten);
    return random_inputs(asked, options.rows.value_or(enough_rows(asked)), static_cast<std::uint64_t>(options.seed));
  }
  return load_dataset(model, options.verify, {.no_targets = true}).inputs;
}

NamedSettings parse_format(const ConvertOptions& options) { return options.as.empty() ? NamedSettings() : parse_named(options.as); }

// Says by how much, and where inside the models part.
Error too_different(const Model& model, const Model& result, const Tensors& inputs, const Comparison& comparison, double tolerance) {
  const auto worst = std::ranges::max_element(comparison.outputs, {}, &OutputComparison::largest_relative);
  const Inside inside = compare_inside(model, result, inputs, tolerance);
  return Error(ErrorCode::kFailedPrecondition,
               upkeep::format("the answers differ by {:.3g} (relative) at output \"{}\", row {}; {}", worst->largest_relative,
                              worst->output, worst->row, to_text(inside)),
               upkeep::format("--tolerance is {:g}; nothing was written", tolerance));
}

// Weights that are the same as the source's are kept once.
void share_equal_weights(Model& result, const Model& source) {
  for (auto& [name, tensor] : result.graph.initializers)
    if (const Tensor* same = source.graph.initializer(name); same && *same == tensor) tensor = *same;
}

// What was written is read again, or run as it is. nullopt where nothing can run it.
std::optional<Comparison> compared(const Model& model, const std::filesystem::path& file, const Tensors& inputs,
                                   const ConvertOptions& options) {
  const formats::FormatEntry& format = format_to_write(file, parse_format(options));
  if (format.run) {
    const std::optional<Tensors> answers = format.run(file, model, inputs);
    return answers ? std::optional(compare(model, *answers, inputs)) : std::nullopt;
  }
  Model result = format.load ? load_model(file) : with_weights(model, file);
  share_equal_weights(result, model);
  Comparison comparison = compare(model, result, inputs);
  const double tolerance = options.tolerance.value_or(expected_difference(model, result));
  if (!(comparison.largest_relative() <= tolerance)) throw too_different(model, result, inputs, comparison, tolerance).in(options.output);
  return comparison;
}

// The result is written beside the wanted file and compared; only then does it take the name.
std::optional<Comparison> verified_save(const Model& model, const Model& rewritten, const ConvertOptions& options) {
  const Tensors inputs = inputs_for(model, rewritten, options);
  StagedModel staged(rewritten, options.output, parse_format(options));
  std::optional<Comparison> comparison;
  try {
    comparison = compared(model, staged.path(), inputs, options);
  } catch (const Error& error) {
    throw staged.of_file(error);
  }
  const double tolerance = options.tolerance.value_or(expected_difference(model, rewritten));
  if (comparison && !(comparison->largest_relative() <= tolerance))
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the answers differ by {:.3g} (relative)", comparison->largest_relative()),
                upkeep::format("--tolerance is {:g}; nothing was written", tolerance))
        .in(options.output);
  staged.publish();
  return comparison;
}

std::string proof_of(const Comparison& comparison) {
  if (comparison.outputs.size() == 1)
    return upkeep::format("answers on {} rows differ by at most {:.3g} absolute, {:.3g} relative, {:g} ulp", comparison.rows,
                          comparison.largest_absolute(), comparison.largest_relative(), comparison.largest_ulp());
  std::vector<std::vector<std::string>> rows{{"output", "absolute", "relative", "ulp"}};
  for (const OutputComparison& one : comparison.outputs)
    rows.push_back({one.output, number(one.largest_absolute), number(one.largest_relative), upkeep::format("{:g}", one.largest_ulp)});
  return upkeep::format("largest differences of the answers on {} rows:\n{}", comparison.rows, text_table(rows));
}

// In the order given. Notes go to the output, facts to the document.
Model rewrite_all(Model model, const Ordered& steps, Json& document, Output& output) {
  for (const auto& [flag, step] : steps) {
    if (flag != "rewrite") continue;
    const Change change = rewrite(model, parse_named(step));
    document["rewrites"].push_back(change.facts);
    for (const std::string& note : change.notes) output.text(note);
  }
  return model;
}

// MyLayer=FILE.onnx: what each names.
layers::StandIns stand_ins_of(const Ordered& steps) {
  layers::StandIns made;
  for (const auto& [flag, value] : steps) {
    if (flag != "map") continue;
    const std::size_t equals = value.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == value.size())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("--map is LAYER=FILE.onnx, got \"{}\"", value));
    const std::string file = value.substr(equals + 1);
    layers::OnnxGraph graph = in_context(file, [&] { return layers::onnx_graph_of(load_model(file)); });
    made.insert_or_assign(value.substr(0, equals), std::move(graph));
  }
  return made;
}

int run_convert(const ConvertOptions& options, const Ordered& steps, Output& output) {
  Model model = open_model(options.model, options.registry, 0, stand_ins_of(steps));
  if (!options.weights.empty()) model = with_weights(model, options.weights);
  if (options.states) model = layers::states_as_values(with_layers(model));
  Json document = {{"output", options.output}};
  const Model rewritten = rewrite_all(model, steps, document, output);
  std::string proof = "answers not compared";
  if (options.verify == "none") {
    save_model(rewritten, options.output, parse_format(options));
  } else if (const std::optional<Comparison> comparison = verified_save(model, rewritten, options)) {
    document["comparison"] = to_json(*comparison);
    proof = proof_of(*comparison);
  } else {
    proof += ": nothing is here that runs it (a C++ compiler)";
  }
  output.result(document);
  output.text(upkeep::format("saved {}; {}", options.output, proof));
  return 0;
}

std::vector<ExtraOption> repeated_flags() {
  return {
      {"map", "LAYER=FILE.onnx: this graph, with its weights, in place of Keras's layers of this name or class; may stand several times"},
      {"rewrite", "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/rewrites`; may stand several times and keeps its order"}};
}

}  // namespace

void add_convert(CommandCatalog& catalog) {
  CommandEntry made = entry<ConvertOptions>(
      "convert", {"model", "output"}, {"model", "output"},
      {"upkeep convert model.h5 model.onnx", "upkeep convert model.onnx model.h5 --verify test.csv --tolerance 1e-6",
       "upkeep convert net.yaml model.onnx --weights weights.npz", "upkeep convert model.keras model.onnx --map MyLayer=my_layer.onnx",
       "upkeep convert stateful.keras model.onnx --states",
       "upkeep convert in.onnx out.onnx --rewrite channels --rewrite fold-constants --as onnx:opset=13,ir_version=8,external_data=true"},
      run_convert);
  made.extra_options = repeated_flags;
  catalog.add(std::move(made));
}

}  // namespace upkeep::commands
